#include "mirror/own_links.hpp"

#include <algorithm>

#include "mirror/lensing.hpp"

namespace miroir {
namespace {

// Field by field, what refers to a root that the store does not know.
template <class Visit>
void each_unknown(const Entity& entity, const Entity& root, SiteId site, const Row& raw,
                  const Links& links, const Visit& visit) {
  for (std::size_t f = 0; f < entity.fields.size(); ++f) {
    if (entity.fields[f].refers_to != root.id) continue;
    const Lensed known = get_field(entity, f, site, raw, links);
    if (const auto* refusal = std::get_if<Refusal>(&known))
      visit(f, entity.fields[f].at[index(site)].column(), refusal->reason);
  }
}

}  // namespace

bool refers_to_itself(const Entity& root, const Mapping& mapping) {
  const auto refers = [&](const Entity& entity) {
    return std::any_of(entity.fields.begin(), entity.fields.end(),
                       [&](const Field& field) { return field.refers_to == root.id; });
  };
  return refers(root) || std::any_of(root.parts.begin(), root.parts.end(),
                                     [&](EntityId part) { return refers(mapping.entity(part)); });
}

Row without_own_links(const Entity& entity, const Entity& root, SiteId site, const Row& raw,
                      const Links& links) {
  Row readable = raw;
  each_unknown(
      entity, root, site, raw, links,
      [&](std::size_t, std::size_t column, const std::string&) { readable[column] = Null{}; });
  return readable;
}

std::vector<Unlinked> add_own_links(std::map<RecordId, Pair>& pairs, const Entity& root,
                                    const Links& links, const Mapping& mapping,
                                    const FindRoot& find) {
  std::vector<Unlinked> unlinked;
  for (auto& [id, pair] : pairs) {
    const Entity& entity = mapping.entity(pair.entity);
    for (const SiteId site : both_sites) {
      auto* row = std::get_if<Present>(&pair.now[index(site)]);
      if (row == nullptr) continue;
      each_unknown(entity, root, site, row->raw, links,
                   [&](std::size_t field, std::size_t column, const std::string& reason) {
                     const Key key = key_of_reference(mapping, root.id, site, row->raw[column]);
                     if (const auto record = find(site, key))
                       row->canonical[field] = record->raw();
                     else
                       unlinked.push_back(
                           {site, {entity.id, row->key, row->raw}, entity.name + "." + reason});
                   });
    }
  }
  return unlinked;
}

}  // namespace miroir
