#include "mirror/look.hpp"

#include <memory>

namespace miroir {
namespace {

struct Lost {
  std::vector<Key> keys;
  std::vector<Row> rows;  // As they were last seen.
};

Lost lost_roots(const Changes& changes, SiteId site, const Store& store, const Mapping& mapping) {
  Lost lost;
  const auto& extract = changes.from[index(site)];
  if (!extract || mapping.table(changes.entity, site).moved.empty()) return lost;
  for (const ReadRow& row : extract->rows) {
    if (row.row || row.entity != changes.entity) continue;
    const auto id = store.find(site, row.entity, row.key);
    const auto state = id ? store.record(*id) : std::nullopt;
    if (!state || state->gone || !state->shadow[index(site)]) continue;
    lost.keys.push_back(row.key);
    lost.rows.push_back(*state->shadow[index(site)]);
  }
  return lost;
}

}  // namespace

void look_elsewhere(Changes& changes, Crew& crew, const Store& store, const Mapping& mapping) {
  auto lost = std::make_shared<PerSite<Lost>>();  // A site that hangs keeps what it was asked.
  for (const SiteId site : both_sites)
    (*lost)[index(site)] = lost_roots(changes, site, store, mapping);
  if ((*lost)[0].keys.empty() && (*lost)[1].keys.empty()) return;
  const auto places = crew.ask([lost, entity = changes.entity](SiteId site, Site& s) {
    const auto& rows = (*lost)[index(site)].rows;
    return rows.empty() ? std::vector<std::optional<std::size_t>>{}
                        : s.look_elsewhere(entity, rows);
  });
  for (const SiteId site : both_sites) {
    for (std::size_t i = 0; places[index(site)] && i < places[index(site)]->size(); ++i)
      changes.looked[index(site)].push_back(
          {(*lost)[index(site)].keys[i], places[index(site)]->at(i)});
  }
}

}  // namespace miroir
