#include "mirror/taken_over.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace miroir {
namespace {

bool was_read(const ReadRow& read, std::size_t column) {
  return read.row && (!read.columns || std::find(read.columns->begin(), read.columns->end(),
                                                 column) != read.columns->end());
}

std::map<EntityId, std::set<Key>> referred_roots(const Extract& extract, SiteId site,
                                                 const Mapping& mapping) {
  std::map<EntityId, std::set<Key>> referred;
  for (const ReadRow& read : extract.rows) {
    for (const Field& field : mapping.entity(read.entity).fields) {
      if (!field.refers_to || mapping.entity(*field.refers_to).is_part()) continue;
      const std::size_t column = field.at[index(site)].column();
      if (!was_read(read, column)) continue;
      const Value& raw = (*read.row)[column];
      if (is_null(raw) || raw == field.at[index(site)].lens.blank) continue;
      referred[*field.refers_to].insert(key_of_reference(mapping, *field.refers_to, site, raw));
    }
  }
  return referred;
}

}  // namespace

std::vector<TakenOver> keys_taken_over(Site& at, SiteId site, EntityId entity,
                                       const Extract& extract, const Mapping& mapping) {
  std::vector<TakenOver> taken;
  for (const auto& [target, keys] : referred_roots(extract, site, mapping)) {
    // The entity's own journal holds at least what this chunk is about.
    if (target != entity && at.list_roots(target, "", 1).empty()) continue;
    const Extract unread = at.extract({target, {keys.begin(), keys.end()}, {}, keys});
    for (const JournalRow& row : unread.journal) {
      if (row.entity != target || !row.new_key || row.new_key == row.old_key) continue;
      if (keys.contains(*row.new_key))
        taken.push_back({row.id, target, row.new_key->at(mapping.reference_key(target, site))});
    }
  }
  return taken;
}

}  // namespace miroir
