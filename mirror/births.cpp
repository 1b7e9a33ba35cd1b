#include "mirror/births.hpp"

#include <algorithm>
#include <iterator>

#include "mirror/lensing.hpp"

namespace miroir {

void Births::remember(SiteId site, const Entity& entity, RecordId id, const Row& canonical) {
  const auto texts = match_texts(entity, canonical);
  for (std::size_t rule = 0; rule < texts.size(); ++rule) {
    if (texts[rule]) births_[{site, {entity.id.raw(), rule, *texts[rule]}}].push_back(id);
  }
}

std::vector<RecordId> Births::twins(SiteId site, const Entity& entity, const Row& canonical,
                                    const Known& known,
                                    const std::function<bool(RecordId)>& may_link) const {
  const auto texts = match_texts(entity, canonical);
  for (std::size_t rule = 0; rule < texts.size(); ++rule) {
    if (!texts[rule]) continue;
    const MatchName name{entity.id.raw(), rule, *texts[rule]};
    std::vector<RecordId> found;
    const auto add = [&](const std::vector<RecordId>& ids) {
      std::copy_if(ids.begin(), ids.end(), std::back_inserter(found), may_link);
    };
    if (const auto stored = known.twins.find(name); stored != known.twins.end())
      add(stored->second);
    if (const auto born = births_.find({other(site), name}); born != births_.end())
      add(born->second);
    if (!found.empty()) return found;
  }
  return {};
}

}  // namespace miroir
