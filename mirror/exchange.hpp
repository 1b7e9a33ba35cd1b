// Part of loop two: records that a site refuses because each is to get what another one gives up,
// as two customers who swap their e-mail addresses where these are unique. Neither can go first.
//
// One steps aside: for a moment its column holds nothing, then the others are written in their
// order, and it last. Every step is a guarded write like any other, so a crash between two of them
// leaves a record that is behind, and nothing else. Pure.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "mirror/stages.hpp"

namespace miroir {

struct Exchange {
  std::vector<RecordId> roots;         // In the order in which they are to be written.
  std::optional<AggregateWrite> step;  // Before them; nullopt: the column must not be empty.
};

// `refused`: updates of one root entity that the site refused in this cycle, by root. nullopt: it
// waits for nothing that another one of them gives up.
std::optional<Exchange> find_exchange(RecordId root,
                                      const std::map<RecordId, AggregateWrite>& refused,
                                      SiteId site, const Mapping& mapping);

}  // namespace miroir
