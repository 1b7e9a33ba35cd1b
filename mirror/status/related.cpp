#include "mirror/status/related.hpp"

#include <algorithm>

#include "mirror/status/titles.hpp"

namespace miroir {
namespace {

std::vector<RecordId> roots_of(const Records& records, const std::vector<RecordId>& some,
                               RecordId but) {
  std::vector<RecordId> roots;
  for (const RecordId id : some) {
    const auto state = records.store.record(id);
    if (state && state->root != but) roots.push_back(state->root);
  }
  std::sort(roots.begin(), roots.end(), [](RecordId a, RecordId b) { return a.raw() > b.raw(); });
  roots.erase(std::unique(roots.begin(), roots.end()), roots.end());
  return roots;
}

}  // namespace

Related referred_by(const Records& records, RecordId record) {
  std::vector<RecordId> parents;
  const auto state = records.store.record(record);
  if (!state) return {};
  const Entity& entity = records.mapping().entity(state->entity);
  for (std::size_t f = 0; f < entity.fields.size(); ++f) {
    const auto* parent = std::get_if<std::int64_t>(&state->head.at(f));
    if (entity.fields[f].refers_to && parent != nullptr) parents.emplace_back(*parent);
  }
  return {roots_of(records, parents, record)};
}

Related referring_to(const Records& records, RecordId record, std::size_t max) {
  // The store knows numbers alone of the many lines of an item that everybody buys.
  auto some = records.store.referrers(record, false);
  const std::size_t all = some.size(), looked_at = std::min(all, 20 * max);
  some.erase(some.begin(), some.end() - static_cast<std::ptrdiff_t>(looked_at));
  Related found{roots_of(records, some, record)};
  found.more = all - looked_at;
  if (found.records.size() > max) {
    found.more += found.records.size() - max;
    found.records.resize(max);
  }
  return found;
}

nlohmann::json links_to(const Records& records, const Speech& speech, const Related& related) {
  nlohmann::json links = nlohmann::json::array();
  for (const RecordId record : related.records)
    links.push_back({{"to", "/record/" + std::to_string(record.raw())},
                     {"title", title_of(records, speech, record)}});
  return links;
}

}  // namespace miroir
