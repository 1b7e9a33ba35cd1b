#include "connectors/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "connectors/satellites.hpp"

namespace miroir {
namespace {

std::size_t constant_column(const Mapping& mapping, EntityId part, SiteId site,
                            const KeyColumn& root_part) {
  const SiteTable& table = mapping.table(part, site);
  const SiteTable& root = mapping.table(*mapping.entity(part).root, site);
  const auto* wanted = std::get_if<Constant>(&root_part.source);
  std::optional<std::size_t> found;
  for (const KeyColumn& own : table.key) {
    const auto* constant = std::get_if<Constant>(&own.source);
    if (wanted == nullptr || constant == nullptr || constant->value != wanted->value) continue;
    const bool same_name = table.columns[own.column].name == root.columns[root_part.column].name;
    if (!found || same_name) found = own.column;
  }
  if (found) return *found;
  throw std::invalid_argument{fmt::format("{}: no column of {} holds {} of its root's key",
                                          mapping.entity(part).name, table.name.name,
                                          root.columns[root_part.column].name)};
}

std::vector<std::string> names(const SiteTable& table, const std::vector<std::size_t>& columns) {
  std::vector<std::string> out;
  for (const std::size_t column : columns) out.push_back(table.columns[column].name);
  return out;
}

std::string journal_of(const Dialect& dialect) {
  return dialect.quote(dialect.own_tables().journal);
}

}  // namespace

std::vector<std::size_t> root_columns(const Mapping& mapping, EntityId entity, SiteId site) {
  const SiteTable& table = mapping.table(entity, site);
  std::vector<std::size_t> columns;
  if (!mapping.entity(entity).is_part()) {
    for (const KeyColumn& part : table.key) columns.push_back(part.column);
    return columns;
  }
  const SiteTable& root = mapping.table(*mapping.entity(entity).root, site);
  const auto parents = table.parent_columns();
  for (std::size_t i = 0; i < root.key.size(); ++i) {
    const auto parent = std::find_if(parents.begin(), parents.end(),
                                     [i](const auto& candidate) { return candidate.first == i; });
    columns.push_back(parent != parents.end()
                          ? parent->second
                          : constant_column(mapping, entity, site, root.key[i]));
  }
  return columns;
}

std::vector<Dialect::JournalledTable> journalled_tables(const Mapping& mapping, SiteId site) {
  std::vector<Dialect::JournalledTable> tables;
  const ByTables by_tables{mapping, site};
  for (const Entity& entity : by_tables->entities) {
    const SiteTable& table = entity.table[index(site)];
    std::vector<std::size_t> key, all(table.columns.size());
    for (const KeyColumn& part : table.key) key.push_back(part.column);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    tables.push_back({table.name, mapping.entity(entity.root.value_or(entity.id)).name, entity.name,
                      names(table, key), names(table, root_columns(*by_tables, entity.id, site)),
                      names(table, all)});
  }
  return tables;
}

std::string named_by(const Dialect& dialect, const std::vector<KeyPair>& key) {
  std::string condition;
  for (const KeyPair& part : key) {
    if (!condition.empty()) condition += " AND ";
    condition += part.column + " = " + part.value;
    if (part.kind == ValueKind::text && !dialect.equality_is_exact()) {
      condition += " AND " + dialect.same(part.column, part.value, part.kind);
    }
  }
  return condition;
}

Statement count_journal(const Dialect& dialect) {
  const std::string theirs = dialect.quote("origin") + " IS NULL";
  const std::string old_root = dialect.quote("old_root"), new_root = dialect.quote("new_root");
  const auto count_if = [](const std::string& condition) {
    return "sum(CASE WHEN " + condition + " THEN 1 ELSE 0 END)";
  };
  const auto different = [&](const char* op, const std::string& key) {
    return "count(DISTINCT CASE WHEN " + theirs + " AND " + dialect.quote("op") + " = " +
           quoted_text(op) + " THEN " + key + " END)";
  };
  return {fmt::format("SELECT {0}, {1}, {2}, {3}, {4}, {6}, {7} FROM {5} WHERE {0} > '' "
                      "GROUP BY {0}, {1}",
                      dialect.quote("entity"), dialect.quote("part"), count_if(theirs),
                      count_if(theirs + " AND " + old_root + " IS NOT NULL AND (" + new_root +
                               " IS NULL OR " + new_root + " <> " + old_root + ")"),
                      count_if(dialect.quote("op") + " = 'T'"), journal_of(dialect),
                      different("I", dialect.quote("new_key")),
                      different("U", dialect.quote("root"))),
          {}};
}

Statement anchor_journal(const Dialect& dialect) {
  std::string columns;
  for (const char* name : {"entity", "part", "op", "root", "tx", "at"})
    columns += (columns.empty() ? "" : ", ") + dialect.quote(name);
  return {fmt::format("INSERT INTO {0} ({1}) SELECT '', '', 'I', '', '', CURRENT_TIMESTAMP "
                      "WHERE NOT EXISTS (SELECT 1 FROM {0} WHERE {2} = '')",
                      journal_of(dialect), columns, dialect.quote("entity")),
          {}};
}

Statement look_at_site(const Dialect& dialect,
                       const std::vector<Dialect::JournalledTable>& tables) {
  const OwnTables own = dialect.own_tables();
  std::string filled;
  for (const Dialect::JournalledTable& table : tables) {
    filled += fmt::format("{}CASE WHEN EXISTS (SELECT 1 FROM {}) THEN '1' ELSE '0' END",
                          filled.empty() ? "" : " || ", dialect.quote(table.table));
  }
  return {fmt::format("SELECT s.{0}, s.{1}, (SELECT max({2}) FROM {3} AS m WHERE m.{0} = s.{0}), "
                      "{4}, (SELECT max({5}) FROM {6} WHERE {7} = ''), ({8}), {9}, {10} "
                      "FROM {11} AS s",
                      dialect.quote("store"), dialect.quote("cycle"), dialect.quote("batch"),
                      dialect.quote(own.marker), dialect.last_journal_id(), dialect.quote("id"),
                      journal_of(dialect), dialect.quote("entity"), dialect.now().text,
                      dialect.catalogue_state(tables), filled.empty() ? "''" : filled,
                      dialect.quote(own.site)),
          {}};
}

Statement noted_until(const Dialect& dialect, Instant moment) {
  return {fmt::format("SELECT {0} FROM {1} WHERE {2} > '' AND {3} < {4}", dialect.quote("id"),
                      journal_of(dialect), dialect.quote("entity"), dialect.quote("at"),
                      dialect.placeholder(1, ValueKind::instant)),
          {moment}};
}

Statement list_truncations(const Dialect& dialect, const std::string& entity) {
  return {fmt::format("SELECT {0} FROM {1} WHERE {2} = {3} AND {4} = '' AND {5} = 'T' ORDER BY {0}",
                      dialect.quote("id"), journal_of(dialect), dialect.quote("entity"),
                      dialect.placeholder(1, ValueKind::text), dialect.quote("root"),
                      dialect.quote("op")),
          {entity}};
}

Statement lost_keys(const Dialect& dialect, const std::string& entity) {
  return {
      fmt::format(
          "SELECT DISTINCT {0} AS key_text FROM {1} WHERE {2} = {3} AND {4} IS NULL AND {0} IS NOT "
          "NULL AND ({5} IS NULL OR {5} <> {0})",
          dialect.quote("old_key"), journal_of(dialect), dialect.quote("part"),
          dialect.placeholder(1, ValueKind::text), dialect.quote("origin"),
          dialect.quote("new_key")),
      {entity}};
}

Statement cut_roots(const Dialect& dialect, const std::string& entity) {
  return {
      fmt::format(
          "SELECT DISTINCT {0} AS key_text FROM {1} WHERE {2} = {3} AND {4} <> {2} AND {5} IS NULL "
          "AND {0} IS NOT NULL AND ({6} IS NULL OR {6} <> {0})",
          dialect.quote("old_root"), journal_of(dialect), dialect.quote("entity"),
          dialect.placeholder(1, ValueKind::text), dialect.quote("part"), dialect.quote("origin"),
          dialect.quote("new_root")),
      {entity}};
}

Statement stage_keys(const Dialect& dialect, const TableName& staging,
                     const std::vector<std::string>& columns, const Statement& source) {
  std::vector<std::string> quoted;
  for (const std::string& column : columns) quoted.push_back(dialect.quote(column));
  return {dialect.unpack_keys(dialect.quote(staging), quoted, source.text), source.parameters};
}

Statement list_roots(const Dialect& dialect, const std::string& entity, const std::string& cursor,
                     std::size_t limit) {
  const std::string root = dialect.quote("root");
  return {
      fmt::format(
          "SELECT DISTINCT {0} FROM {1} WHERE {2} = {3} AND {0} > {4} ORDER BY {0} LIMIT {5}", root,
          journal_of(dialect), dialect.quote("entity"), dialect.placeholder(1, ValueKind::text),
          dialect.placeholder(2, ValueKind::text), limit),
      {entity, cursor}};
}

namespace {

// From the staged roots to the journal's index, whatever a database believes about the journal's
// size: an outer join leaves it no other order, and only a condition on coalesce() does not turn it
// into an inner one.
std::string by_staged_root(const Dialect& dialect, const TableName& staging,
                           const std::string& root_key) {
  const std::string condition =
      fmt::format("j.{} = {} AND j.{} = {}", dialect.quote("entity"),
                  dialect.placeholder(1, ValueKind::text), dialect.quote("root"), root_key);
  return dialect.quote(staging) + " AS s LEFT " +
         dialect.look_up(journal_of(dialect), "j", condition);
}

std::string changed_column(const Dialect& dialect) {
  return dialect.journal_names_columns() ? "j." + dialect.quote("changed") : "NULL";
}

// An update of the root itself, under the key that it had: all that there is to say of it is which
// columns. Their names must not look like what is said of the others.
std::string is_plain(const Dialect& dialect) {
  const auto column = [&](const char* name) { return "j." + dialect.quote(name); };
  const auto same = [&](const char* a, const char* b) {
    return dialect.same(column(a), column(b), ValueKind::text);
  };
  return column("op") + " = 'U' AND " + same("part", "entity") + " AND " + same("old_key", "root") +
         " AND " + same("new_key", "root") + " AND coalesce(" + changed_column(dialect) +
         ", '') NOT LIKE '[%'";
}

}  // namespace

Statement read_journal(const Dialect& dialect, const std::string& entity, const TableName& staging,
                       const std::string& root_key, bool times) {
  std::vector<std::string> details;
  for (const char* name : {"part", "op", "old_key", "new_key", "old_root", "new_root", "tx"}) {
    details.push_back("j." + dialect.quote(name));
  }
  const std::string id = "j." + dialect.quote("id");
  const std::string at =
      times ? fmt::format(", CASE WHEN j.{} IS NULL THEN {} END AS w", dialect.quote("origin"),
                          dialect.selected("j." + dialect.quote("at"), ValueKind::instant))
            : "";
  const std::string rows = fmt::format(
      "SELECT {0} AS i, s.{1} AS n, CASE WHEN {3} THEN {2} ELSE {4} END AS d{6} FROM {5} "
      "WHERE coalesce({0}, 0) > 0",
      id, dialect.quote("seq"), changed_column(dialect), is_plain(dialect),
      dialect.json_key(details), by_staged_root(dialect, staging, root_key), at);
  const std::string again =
      dialect.same("j.d", "lag(j.d) OVER (ORDER BY j.i)", ValueKind::text);
  return {fmt::format("SELECT j.i, j.n, CASE WHEN {} THEN '{}' ELSE j.d END{} FROM ({}) j ORDER BY "
                      "j.i",
                      again, said_before, times ? ", j.w" : "", rows),
          {entity}};
}

Statement read_changed(const Dialect& dialect, const std::string& entity, const TableName& staging,
                       const std::string& root_key, const std::string& changed,
                       const std::string& selected, const std::string& join) {
  const std::string wanted = is_plain(dialect) + " AND " +
                             dialect.same(changed_column(dialect),
                                          dialect.placeholder(2, ValueKind::text), ValueKind::text);
  return {fmt::format("SELECT s.{0}, {1} FROM {2} {3} WHERE coalesce(CASE WHEN {4} THEN j.{5} "
                      "END, 0) > 0",
                      dialect.quote("seq"), selected, by_staged_root(dialect, staging, root_key),
                      join, wanted, dialect.quote("id")),
          {entity, changed}};
}

Statement forget_staged(const Dialect& dialect, const TableName& staging, const std::string& id) {
  return {dialect.delete_staged(journal_of(dialect), {dialect.quote("id")}, dialect.quote(staging),
                                {"s." + dialect.quote(id)}, "1 = 1"),
          {}};
}

}  // namespace miroir
