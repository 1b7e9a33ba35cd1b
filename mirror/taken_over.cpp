#include "mirror/taken_over.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

namespace miroir {
namespace {

using Meant = std::map<std::size_t, RecordId>;  // As Store::row_references.

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

// Of what was read and refers to whom it referred to before, by a key that nobody has any more.
std::map<EntityId, std::set<Key>> orphaned_references(const Extract& extract, SiteId site,
                                                      const Store& store, const Mapping& mapping) {
  std::map<EntityId, std::set<Key>> orphaned;
  for (const ReadRow& read : extract.rows) {
    const auto record = read.row ? store.find(site, read.entity, read.key) : std::nullopt;
    const auto meant = record ? store.row_references(site, *record) : Meant{};
    if (meant.empty()) continue;
    const auto shadow = store.record(*record).value().shadow[index(site)];
    for (const auto& [f, parent] : meant) {
      const Field& field = mapping.entity(read.entity).fields[f];
      if (!shadow || !field.refers_to || mapping.entity(*field.refers_to).is_part()) continue;
      const std::size_t column = field.at[index(site)].column();
      const Value& raw = (*shadow)[column];
      if (is_null(raw) || raw == field.at[index(site)].lens.blank) continue;
      if (was_read(read, column) && (*read.row)[column] != raw) continue;
      const Key key = key_of_reference(mapping, *field.refers_to, site, raw);
      if (!store.find(site, *field.refers_to, key)) orphaned[*field.refers_to].insert(key);
    }
  }
  return orphaned;
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

void look_for_strangers(Changes& changes, Crew& crew, const Store& store, const Mapping& mapping) {
  using Orphaned = std::map<EntityId, std::set<Key>>;
  auto orphaned = std::make_shared<PerSite<Orphaned>>();  // A site that hangs keeps it.
  for (const SiteId site : both_sites) {
    const auto& extract = changes.from[index(site)];
    if (extract && store.any_row_references(site))
      (*orphaned)[index(site)] = orphaned_references(*extract, site, store, mapping);
  }
  if ((*orphaned)[0].empty() && (*orphaned)[1].empty()) return;
  const auto found = crew.ask([orphaned, &mapping](SiteId site, Site& s) {
    std::vector<TakenOver> taken;
    for (const auto& [target, keys] : (*orphaned)[index(site)]) {
      for (const ReadRow& row : s.extract({target, {}, {keys.begin(), keys.end()}}).rows) {
        if (row.entity == target && row.row)
          taken.push_back({std::nullopt, target, row.key.at(mapping.reference_key(target, site))});
      }
    }
    return taken;
  });
  for (const SiteId site : both_sites) {
    if (!found[index(site)]) continue;
    auto& taken = changes.taken_over[index(site)];
    taken.insert(taken.end(), found[index(site)]->begin(), found[index(site)]->end());
  }
}

bool removes_unread(const AggregateWrite& write, SiteId site, const Store& store,
                    const Mapping& mapping) {
  const auto refers = [&](const RowChange& change) {
    const auto& fields = mapping.entity(change.entity).fields;
    return change.op == WriteOp::remove &&
           std::any_of(fields.begin(), fields.end(),
                       [](const Field& field) { return field.refers_to.has_value(); });
  };
  return std::any_of(write.rows.begin(), write.rows.end(), refers) &&
         is_to_be_read(write.root, site, store);
}

bool goes_over_a_move(const AggregateWrite& write, SiteId site, const Store& store,
                      const Mapping& mapping) {
  return std::any_of(write.rows.begin(), write.rows.end(), [&](const RowChange& change) {
    const auto record = change.op == WriteOp::update && store.any_row_references(site)
                            ? store.find(site, change.entity, change.key)
                            : std::nullopt;
    const auto meant = record ? store.row_references(site, *record) : Meant{};
    if (meant.empty() || !is_to_be_read(*record, site, store)) return false;
    return std::any_of(meant.begin(), meant.end(), [&](const auto& noted) {
      const Field& field = mapping.entity(change.entity).fields[noted.first];
      const std::size_t column = field.at[index(site)].column();
      const auto& columns = change.columns;
      if (!field.refers_to || std::find(columns.begin(), columns.end(), column) == columns.end())
        return false;
      return store.keys(noted.second)[index(site)] !=
             key_of_reference(mapping, *field.refers_to, site, change.expected[column]);
    });
  });
}

}  // namespace miroir
