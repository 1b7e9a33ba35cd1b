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

using Keys = std::map<EntityId, std::set<Key>>;

// The key of a root that a row refers to by the field; nullopt: of none.
std::optional<Key> referred_root(const Field& field, SiteId site, const Row& row,
                                 const Mapping& mapping) {
  if (!field.refers_to || mapping.entity(*field.refers_to).is_part()) return std::nullopt;
  const FieldAt& at = field.at[index(site)];
  const Value& raw = row[at.column()];
  if (is_null(raw) || raw == at.lens.blank) return std::nullopt;
  return key_of_reference(mapping, *field.refers_to, site, raw);
}

Keys referred_roots(const Extract& extract, SiteId site, const Mapping& mapping) {
  Keys referred;
  for (const ReadRow& read : extract.rows) {
    for (const Field& field : mapping.entity(read.entity).fields) {
      if (!was_read(read, field.at[index(site)].column())) continue;
      if (const auto key = referred_root(field, site, *read.row, mapping))
        referred[*field.refers_to].insert(*key);
    }
  }
  return referred;
}

// Of what was read and refers to whom it referred to before, by a key that nobody has any more.
Keys orphaned_references(const Extract& extract, SiteId site, const Store& store,
                         const Mapping& mapping) {
  Keys orphaned;
  for (const ReadRow& read : extract.rows) {
    const auto record = read.row ? store.find(site, read.entity, read.key) : std::nullopt;
    const auto meant = record ? store.row_references(site, *record) : Meant{};
    if (meant.empty()) continue;
    const auto shadow = store.record(*record).value().shadow[index(site)];
    for (const auto& [f, parent] : meant) {
      const Field& field = mapping.entity(read.entity).fields[f];
      const auto key = shadow ? referred_root(field, site, *shadow, mapping) : std::nullopt;
      const std::size_t column = field.at[index(site)].column();
      const bool says_it =
          key && (!was_read(read, column) || (*read.row)[column] == (*shadow)[column]);
      if (says_it && !store.find(site, *field.refers_to, *key))
        orphaned[*field.refers_to].insert(*key);
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
  auto orphaned = std::make_shared<PerSite<Keys>>();  // A site that hangs keeps it.
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
    const std::vector<Field>& fields = mapping.entity(change.entity).fields;
    const auto is_overwritten = [&](const Field& field) {
      const auto& columns = change.columns;
      return field.refers_to && std::find(columns.begin(), columns.end(),
                                          field.at[index(site)].column()) != columns.end();
    };
    if (change.op != WriteOp::update || std::none_of(fields.begin(), fields.end(), is_overwritten))
      return false;
    const auto record = store.find(site, change.entity, change.key);
    const auto meant = record ? store.row_references(site, *record) : Meant{};
    if (meant.empty() || !is_to_be_read(*record, site, store)) return false;
    return std::any_of(meant.begin(), meant.end(), [&](const auto& noted) {
      const Field& field = fields[noted.first];
      return is_overwritten(field) &&
             store.keys(noted.second)[index(site)] !=
                 key_of_reference(mapping, *field.refers_to, site,
                                  change.expected[field.at[index(site)].column()]);
    });
  });
}

}  // namespace miroir
