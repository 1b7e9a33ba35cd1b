// Roots that were born in one chunk, and those that the store has: which of them a new row of the
// other site may be.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "mirror/match.hpp"

namespace miroir {

class Births {
 public:
  void remember(SiteId site, const Entity& entity, RecordId id, const Row& canonical);
  // By the first match rule that finds any; more than one is a question for a person.
  std::vector<RecordId> twins(SiteId site, const Entity& entity, const Row& canonical,
                              const Known& known,
                              const std::function<bool(RecordId)>& may_link) const;

 private:
  std::map<std::pair<SiteId, MatchName>, std::vector<RecordId>> births_;
};

}  // namespace miroir
