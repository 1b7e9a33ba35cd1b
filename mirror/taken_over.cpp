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

// Whose keys the row held there, by what is expected of it.
std::vector<Key> overwritten_references(const RowChange& change, SiteId site,
                                        const Mapping& mapping) {
  std::vector<Key> keys;
  if (change.op != WriteOp::update) return keys;
  for (const Field& field : mapping.entity(change.entity).fields) {
    if (!field.refers_to) continue;
    const std::size_t column = field.at[index(site)].column();
    if (std::find(change.columns.begin(), change.columns.end(), column) != change.columns.end())
      keys.push_back(key_of_reference(mapping, *field.refers_to, site, change.expected[column]));
  }
  return keys;
}

bool is_to_be_read(RecordId record, SiteId site, const Store& store) {
  const auto root = store.root_of(record);
  const auto state = root ? store.record(*root) : std::nullopt;
  const auto& key = state ? state->key[index(site)] : std::optional<Key>{};
  return key && store.must_reread(site, state->entity, *key);
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

bool removes_unread(const AggregateWrite& write, SiteId site, const Store& store,
                    const Mapping& mapping) {
  const auto refers = [&](const RowChange& change) {
    const auto& fields = mapping.entity(change.entity).fields;
    return change.op == WriteOp::remove &&
           std::any_of(fields.begin(), fields.end(),
                       [](const Field& field) { return field.refers_to.has_value(); });
  };
  return is_to_be_read(write.root, site, store) &&
         std::any_of(write.rows.begin(), write.rows.end(), refers);
}

bool goes_over_a_move(const AggregateWrite& write, SiteId site, const Store& store,
                      const Mapping& mapping) {
  return std::any_of(write.rows.begin(), write.rows.end(), [&](const RowChange& change) {
    const auto references = overwritten_references(change, site, mapping);
    const auto record =
        references.empty() ? std::nullopt : store.find(site, change.entity, change.key);
    if (!record) return false;
    const std::vector<RecordId> meant = store.row_references(site, *record);
    if (meant.empty() || !is_to_be_read(*record, site, store)) return false;
    return std::any_of(references.begin(), references.end(), [&](const auto& reference) {
      return std::none_of(meant.begin(), meant.end(), [&](RecordId parent) {
        return store.keys(parent)[index(site)] == reference;
      });
    });
  });
}

}  // namespace miroir
