// The census of a site: one question about the site itself and its tables, one about the journal.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "connectors/journal.hpp"
#include "mirror/site_local.hpp"
#include "schema/hash.hpp"

namespace miroir {
namespace {

constexpr std::size_t small_journal_rows = 1'000;  // Any plan is good enough for these.
constexpr std::array one_number{ValueKind::integer};

std::size_t size_from(const Value& value) {
  return static_cast<std::size_t>(std::get<std::int64_t>(value));
}

std::optional<JournalId> id_from(const Value& value) {
  if (is_null(value)) return std::nullopt;
  return JournalId{std::get<std::int64_t>(value)};
}

std::string text_from(const Value& value) {
  return is_null(value) ? std::string{} : std::get<std::string>(value);
}

}  // namespace

SiteMark LocalSite::read_mark() {
  SiteMark mark;
  const std::array kinds{ValueKind::text, ValueKind::integer};
  const Statement read{fmt::format("SELECT {}, {} FROM {}", quote("store"), quote("cycle"),
                                   dialect().quote(dialect().own_tables().site)),
                       {}};
  session().query(read, kinds, [&](Row&& row) {
    mark = {std::get<std::string>(row[0]), CycleNumber{std::get<std::int64_t>(row[1])}};
  });
  return mark;
}

void LocalSite::look_at_site(const std::vector<Dialect::JournalledTable>& tables, Census& census) {
  const std::array kinds{ValueKind::text,    ValueKind::integer, ValueKind::integer,
                         ValueKind::integer, ValueKind::integer, ValueKind::instant,
                         ValueKind::text,    ValueKind::text};
  session().query(miroir::look_at_site(dialect(), tables), kinds, [&](Row&& row) {
    const ByTables by_tables{mapping_, site_};
    census.mark = {std::get<std::string>(row[0]), CycleNumber{std::get<std::int64_t>(row[1])}};
    if (!is_null(row[2])) census.last_batch = BatchId{std::get<std::int64_t>(row[2])};
    census.last_id = id_from(row[3]);
    census.anchor = id_from(row[4]);
    census.clock = std::get<Instant>(row[5]);
    if (!tables.empty()) census.catalogue = hex_hash(text_from(row[6]));
    const std::string filled = text_from(row[7]);
    for (std::size_t i = 0; i < filled.size(); ++i) {
      const Entity& empty = *by_tables->find(tables[i].part);
      // A satellite may well be.
      if (filled[i] == '0' && !empty.satellite_of) census.empty.insert(empty.id.raw());
    }
  });
}

std::map<std::size_t, TableState> LocalSite::describe_tables() {
  return guarded([&] {
    const Installed installed = read_installed(session());
    std::map<std::size_t, TableState> states;
    std::map<std::size_t, std::vector<Dialect::JournalledTable>> spread;
    const ByTables tables{mapping_, site_};
    for (const Dialect::JournalledTable& journalled : journalled_tables(mapping_, site_)) {
      const Entity& of = *tables->find(journalled.part);
      const bool own = !of.satellite_of;  // Comes before its satellites.
      const std::size_t id = of.satellite_of.value_or(of.id).raw();
      TableState& state = states[id];
      spread[id].push_back(journalled);
      state.watched = (own || state.watched) && installed.fires(dialect(), journalled);
      state.triggers = installed.states(dialect(), spread[id]);
      for (const CatalogColumn& column : session().describe(journalled.table).columns) {
        const auto& mirrored = journalled.columns;
        if (std::find(mirrored.begin(), mirrored.end(), column.name) != mirrored.end())
          state.columns[(own ? "" : journalled.table.name + ".") + column.name] =
              column.declared_type;
      }
    }
    return states;
  });
}

// A quiet site costs two queries, which look for one row of each mirrored table; more of them is
// looked at only where something was deleted. Behind a journal that has grown, the statements of
// this cycle are planned with its size.
Census LocalSite::take_census() {
  return guarded([&] {
    Census census;
    try {
      look_at_site(journalled_tables(mapping_, site_), census);
    } catch (const DbError& error) {
      if (error.recovery() != Recovery::misconfigured) throw;
      look_at_site({}, census);  // A table is gone: who asks for the catalogue sees which.
    }
    const ByTables tables{mapping_, site_};
    std::map<std::size_t, std::vector<EntityId>> gone;
    std::vector<EntityId> truncated;
    std::size_t grown = 0;
    const std::array kinds{ValueKind::text,    ValueKind::text,    ValueKind::integer,
                           ValueKind::integer, ValueKind::integer, ValueKind::integer,
                           ValueKind::integer};
    session().query(count_journal(dialect()), kinds, [&](Row&& row) {
      grown += size_from(row[2]);
      const Entity* root = mapping_.find(std::get<std::string>(row[0]));
      const Entity* part = tables->find(std::get<std::string>(row[1]));
      if (root == nullptr || part == nullptr)
        return;  // Of an older mapping: nothing of it is mirrored.
      if (size_from(row[2]) > 0) {
        EntityCensus& counted = census.entities[root->id.raw()];
        counted.journaled += size_from(row[2]);
        if (root->id == part->id) counted.inserted_roots = size_from(row[5]);
        counted.updated_roots = std::max(counted.updated_roots, size_from(row[6]));
      }
      if (size_from(row[3]) > 0) gone[root->id.raw()].push_back(part->id);
      if (size_from(row[4]) > 0 && (truncated.empty() || truncated.back() != root->id)) {
        truncated.push_back(root->id);
      }
    });
    if (grown > small_journal_rows) {
      for (const Statement& one : dialect().refresh_statistics(dialect().own_tables().journal)) {
        session().run(one);
      }
    }
    for (const EntityId root : truncated) {
      EntityCensus& counted = census.entities[root.raw()];
      counted.truncations.clear();
      session().query(list_truncations(dialect(), entity(root).name), one_number, [&](Row&& row) {
        counted.truncations.emplace_back(std::get<std::int64_t>(row[0]));
      });
    }
    for (const auto& [root, parts] : gone) count_gone(EntityId{root}, parts, census.entities[root]);
    mark_ = census.mark;
    return census;
  });
}

std::vector<JournalId> LocalSite::noted_until(Instant moment) {
  return guarded([&] {
    std::vector<JournalId> ids;
    session().query(miroir::noted_until(dialect(), moment), one_number, [&](Row&& row) {
      ids.emplace_back(std::get<std::int64_t>(row[0]));
    });
    return ids;
  });
}

void LocalSite::count_gone(EntityId root, const std::vector<EntityId>& gone,
                           EntityCensus& counted) {
  create_keys_tables(root);
  const std::string name = entity(root).name;
  const TableName staging = keys_table(root, "named");
  filled_.insert(staging);
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < table(root).key.size(); ++i) columns.push_back(fmt::format("k{}", i));
  const Statement empty{"DELETE FROM " + dialect().quote(staging), {}};
  const auto count = [&](const Statement& keys, const std::string& condition,
                         std::vector<Key>& out) {
    session().run(empty);
    session().run(stage_keys(dialect(), staging, columns, keys));
    if (table(root).has_conditions()) out = staged_keys(root, condition);
    return count_staged(root, condition);
  };
  // Not in a snapshot: MariaDB's would lock what of the journal it copies, against all users'
  // writes.
  for (const EntityId part : gone) {
    if (part == root) {
      counted.deleted_roots = count(lost_keys(dialect(), name), "NOT EXISTS", counted.deleted);
    } else {
      // Of all parts at once.
      counted.cut_roots = count(cut_roots(dialect(), name), "EXISTS", counted.cut);
    }
  }
}

// Of the staged keys, those with a row or without.
Statement LocalSite::staged_where(EntityId root, const std::string& selected,
                                  const std::string& condition) {
  return {fmt::format("SELECT {} FROM {} AS s WHERE {} (SELECT 1 FROM {} AS t WHERE {})", selected,
                      dialect().quote(keys_table(root, "named")), condition,
                      dialect().quote(table(root).name), staged_key(root)),
          {}};
}

std::size_t LocalSite::count_staged(EntityId root, const std::string& condition) {
  const Statement counting = staged_where(root, "count(*)", condition);
  return size_from(all_rows(session(), counting, one_number).at(0).at(0));
}

std::vector<Key> LocalSite::staged_keys(EntityId root, const std::string& condition) {
  std::string list;
  for (std::size_t i = 0; i < table(root).key.size(); ++i) {
    list += (i ? ", " : "") +
            dialect().selected("s." + quote(fmt::format("k{}", i)), table(root).key_kinds()[i]);
  }
  return all_rows(session(), staged_where(root, list, condition), table(root).key_kinds());
}

}  // namespace miroir
