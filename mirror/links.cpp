#include "mirror/stages.hpp"
#include "schema/row_codec.hpp"

namespace miroir {

bool Chunk::empty() const {
  return roots[0].empty() && roots[1].empty() && whole[0].empty() && whole[1].empty();
}

void Links::add(EntityId entity, RecordId record, const Presence& presence,
                const Mapping& mapping) {
  if (!presence.gone) alive_.insert(record);
  for (const SiteId site : both_sites) {
    if (presence.outside[index(site)]) outside_[index(site)].insert(record);
    const auto& key = presence.keys[index(site)];
    if (!key) continue;
    const Value& held = key->at(mapping.reference_key(entity, site));
    by_key_[index(site)][{entity.raw(), key_text({held})}] = record;
    by_record_[index(site)][record] = held;
    if (presence.there[index(site)]) there_[index(site)].insert(record);
  }
}

void Links::distrust(SiteId site, EntityId entity, const Value& raw) {
  distrusted_[index(site)].emplace(entity.raw(), key_text({raw}));
}

bool Links::is_distrusted(SiteId site, EntityId entity, const Value& raw) const {
  return distrusted_[index(site)].contains({entity.raw(), key_text({raw})});
}

void Links::add_row_references(SiteId site, RecordId record,
                               std::map<std::size_t, RecordId> meant) {
  if (!meant.empty()) row_references_[index(site)][record] = std::move(meant);
}

std::optional<RecordId> Links::row_referred(SiteId site, RecordId record, std::size_t field) const {
  const auto& known = row_references_[index(site)];
  const auto found = known.find(record);
  if (found == known.end()) return std::nullopt;
  const auto meant = found->second.find(field);
  return meant == found->second.end() ? std::nullopt : std::optional{meant->second};
}

std::optional<RecordId> Links::record_of(SiteId site, EntityId entity, const Value& raw) const {
  const auto& known = by_key_[index(site)];
  const std::pair<std::size_t, std::string> name{entity.raw(), key_text({raw})};
  const auto found = known.find(name);
  if (found == known.end() || distrusted_[index(site)].contains(name)) return std::nullopt;
  return found->second;
}

std::optional<Value> Links::key_of(SiteId site, RecordId record) const {
  const auto& known = by_record_[index(site)];
  const auto found = known.find(record);
  if (found == known.end()) return std::nullopt;
  return found->second;
}

}  // namespace miroir
