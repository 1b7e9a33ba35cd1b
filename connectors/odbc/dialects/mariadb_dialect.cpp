#include "connectors/odbc/dialects/mariadb_dialect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace miroir {
namespace {

// By ValueKind. A staging table's columns take whatever a mirrored column might hold, and more:
// what is too long must fail its own write. Texts are made from the table's column instead, so that
// they keep its character set and collation, without which no index serves the join.
constexpr std::array<std::string_view, 9> staged_types{
    "TINYINT",     "BIGINT",      "DECIMAL(65,27)", "",        "DATE",
    "DATETIME(6)", "DATETIME(6)", "UUID",           "LONGBLOB"};
constexpr std::array<std::string_view, 9> cast_types{
    "SIGNED", "SIGNED", "DECIMAL(65,27)", "", "DATE", "DATETIME(6)", "DATETIME(6)", "UUID", ""};

std::size_t place(ValueKind kind) { return static_cast<std::size_t>(kind) - 1; }

std::string listed(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string bytes_of(const std::string& text) {
  return "BINARY CONVERT(" + text + " USING utf8mb4)";
}

// A staging table: one of ours, but none of those that stay.
bool is_staging(const MariadbDialect& dialect, const std::string& quoted) {
  const OwnTables own = dialect.own_tables();
  const std::array lasting{dialect.quote(own.journal.name), dialect.quote(own.marker.name),
                           dialect.quote(own.site.name)};
  return quoted.starts_with("`miroir_") && std::ranges::find(lasting, quoted) == lasting.end();
}

}  // namespace

const MariadbDialect& mariadb_dialect() {
  static const MariadbDialect dialect;
  return dialect;
}

// Backticks mean the same in every sql_mode.
std::string MariadbDialect::quote(std::string_view name) const {
  std::string out{'`'};
  for (const char c : name) {
    if (c == '\0') throw std::invalid_argument{"NUL in identifier"};
    out.append(c == '`' ? 2 : 1, c);
  }
  return out += '`';
}

// The driver sends most values as texts, and a text compares with a number as a double.
std::string MariadbDialect::placeholder(std::size_t, ValueKind kind) const {
  const std::string_view type = cast_types.at(place(kind));
  return type.empty() ? "?" : fmt::format("CAST(? AS {})", type);
}

OwnTables MariadbDialect::own_tables() const {
  return {{"", "miroir_journal"}, {"", "miroir_marker"}, {"", "miroir_site"}};
}

// Two columns may have two character sets.
std::string MariadbDialect::same(const std::string& a, const std::string& b, ValueKind kind) const {
  if (kind == ValueKind::text) return "(" + bytes_of(a) + " <=> " + bytes_of(b) + ")";
  return "(" + a + " <=> " + b + ")";
}

std::string MariadbDialect::selected(const std::string& expression, ValueKind kind) const {
  switch (kind) {
    case ValueKind::date:
    case ValueKind::timestamp:
      return "CAST(" + expression + " AS CHAR)";
    case ValueKind::instant:
      return "CONCAT(" + expression + ", 'Z')";
    default:
      return expression;
  }
}

std::string MariadbDialect::json_key(const std::vector<std::string>& parts) const {
  return "CONVERT(JSON_COMPACT(JSON_ARRAY(" + listed(parts) +
         ")) USING utf8mb4) COLLATE utf8mb4_bin";
}

// CONCAT keeps a text's character set and collation; SPACE makes room. Joins look for `seq` and `w`
// all the time.
std::vector<Statement> MariadbDialect::create_staging(
    const TableName& staging, const TableName& table,
    const std::vector<StagedColumn>& columns) const {
  std::vector<std::string> defined;
  std::vector<std::string> selected;
  for (const StagedColumn& column : columns) {
    const std::string name = quote(column.name);
    if (column.kind == ValueKind::text) {
      selected.push_back("CONCAT(" + column.source + ", SPACE(100000)) AS " + name);
    } else {
      defined.push_back(fmt::format("{} {}", name, staged_types.at(place(column.kind))));
    }
    if (column.name == "seq" || column.name == "w") defined.push_back("KEY (" + name + ")");
  }
  std::string text = "CREATE TEMPORARY TABLE IF NOT EXISTS " + quote(staging);
  if (!defined.empty()) text += " (" + listed(defined) + ")";
  text += " ENGINE=InnoDB";
  if (!selected.empty()) {
    text += " AS SELECT " + listed(selected) + " FROM " + quote(table) + " LIMIT 0";
  }
  return {{text, {}}};
}

// From staging to the mirrored table, by its key: the other way round, rows that others hold would
// be waited for.
std::string MariadbDialect::update_from(
    const std::string& target, const std::vector<std::pair<std::string, std::string>>& sets,
    const std::string& source, const std::string& condition) const {
  std::string assignments;
  for (const auto& [column, expression] : sets) {
    assignments +=
        fmt::format("{}{}.{} = {}", assignments.empty() ? "" : ", ", target, column, expression);
  }
  const std::string from = source + " AS s";
  const bool staging_first = is_staging(*this, source);
  return fmt::format("UPDATE {} STRAIGHT_JOIN {} SET {} WHERE {}", staging_first ? from : target,
                     staging_first ? target : from, assignments, condition);
}

std::string MariadbDialect::delete_staged(const std::string& target,
                                          const std::vector<std::string>& columns,
                                          const std::string& staging,
                                          const std::vector<std::string>& values,
                                          const std::string& filter) const {
  std::string join;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    join += fmt::format("{}t.{} = {}", i == 0 ? "" : " AND ", columns[i], values[i]);
  }
  return fmt::format("DELETE t FROM {} AS s STRAIGHT_JOIN {} AS t ON {} WHERE {}", staging, target,
                     join, filter);
}

// A DELETE locks what it looks at, and would wait for the rows that others are just inserting; a
// SELECT under READ COMMITTED does not.
std::vector<std::string> MariadbDialect::delete_where(const std::string& target,
                                                      const std::string& id,
                                                      const std::string& condition) const {
  return {"CREATE TEMPORARY TABLE IF NOT EXISTS `miroir_ids` (`id` BIGINT PRIMARY KEY)",
          "DELETE FROM `miroir_ids`",
          fmt::format("INSERT INTO `miroir_ids` (`id`) SELECT {} FROM {} WHERE {}", id, target,
                      condition),
          delete_staged(target, {id}, "`miroir_ids`", {"s.`id`"}, "1 = 1")};
}

// Exact: decimals add as decimals.
std::string MariadbDialect::incremented(const std::string& column, const std::string& increment,
                                        int) const {
  return fmt::format("(CAST({} AS DECIMAL(65,27)) + CAST({} AS DECIMAL(65,27)))", column,
                     increment);
}

std::vector<std::string> MariadbDialect::lock_rows(const RowLock& lock) const {
  std::string selected, sets;
  for (const auto& [into, from] : lock.copies) {
    selected += fmt::format(", {}.{} AS {}", lock.target, from, into);
    sets += fmt::format(", s.{0} = l.{0}", into);
  }
  // An UPDATE that joined the target would wait for the rows that others hold wherever it is small
  // enough to be scanned.
  return {"DROP TEMPORARY TABLE IF EXISTS `miroir_locked`",
          fmt::format("CREATE TEMPORARY TABLE `miroir_locked` (KEY (`n`)) SELECT s.{0} AS `n`{5} "
                      "FROM {1} AS s STRAIGHT_JOIN {2} ON {3} WHERE {4} ORDER BY s.{0} FOR UPDATE "
                      "SKIP LOCKED",
                      lock.row_column, lock.staging, lock.target, lock.join, lock.filter, selected),
          fmt::format("UPDATE `miroir_locked` AS l STRAIGHT_JOIN {0} AS s ON s.{1} = l.`n` SET "
                      "s.{2} = 1{3}",
                      lock.staging, lock.row_column, lock.flag, sets)};
}

// Row by row: the journal's trigger has noted which key a row got, whether AUTO_INCREMENT, a
// default or a trigger of the site's gave it. A column that must have a value and has no default
// takes NULL until the trigger has run, but cannot be left out.
std::vector<std::string> MariadbDialect::insert_generated(const StagedInsert& insert) const {
  StagedInsert known = insert;
  known.filter += fmt::format(" AND s.{} IS NOT NULL", insert.staged_column);
  StagedInsert blank = insert;
  blank.filter = fmt::format("s.{} = miroir_row.n", insert.row_column);
  const auto place =
      std::ranges::find(insert.columns, quote(insert.generated)) - insert.columns.begin();
  blank.values[static_cast<std::size_t>(place)] = "NULL";
  StagedInsert without = blank;
  without.values.erase(without.values.begin() + place);
  without.columns.erase(without.columns.begin() + place);
  const std::string must_be_named = fmt::format(
      "SET @miroir_named = EXISTS (SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = "
      "{} "
      "AND TABLE_NAME = {} AND COLUMN_NAME = {} AND IS_NULLABLE = 'NO' AND COLUMN_DEFAULT IS NULL "
      "AND EXTRA = '')",
      insert.table.schema.empty() ? "DATABASE()" : quoted_text(insert.table.schema),
      quoted_text(insert.table.name), quoted_text(insert.generated));
  std::vector<std::string> texts{
      insert_staged(known), must_be_named,
      fmt::format("FOR miroir_row IN (SELECT s.{0} AS n FROM {1} AS s WHERE {2} AND s.{3} IS "
                  "NULL ORDER BY s.{0}) DO IF @miroir_named THEN {8}; ELSE {4}; END IF; UPDATE {1} "
                  "SET {3} = (SELECT JSON_VALUE(`new_key`, '$[{5}]') FROM {6} WHERE {7} AND `op` = "
                  "'I' ORDER BY `id` DESC LIMIT 1) WHERE {0} = miroir_row.n; END FOR",
                  insert.row_column, insert.staging, insert.filter, insert.staged_column,
                  insert_staged(without), insert.key_place, quote(own_tables().journal),
                  insert.noted, insert_staged(blank))};
  for (std::string& text : refuse_where(
           insert.staging,
           fmt::format("{} AND COALESCE(s.{}, '') = ''", insert.filter, insert.staged_column),
           "the database handed out no key for a new row"))
    texts.push_back(std::move(text));
  return texts;
}

// In two statements: see write_messages().
std::vector<std::string> MariadbDialect::refuse_where(const std::string& staging,
                                                      const std::string& condition,
                                                      const std::string& message) const {
  return {
      fmt::format("SET @miroir_refused = EXISTS (SELECT 1 FROM {} AS s WHERE {})", staging,
                  condition),
      fmt::format("IF @miroir_refused THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = {}; END IF",
                  quoted_text(message))};
}

std::string MariadbDialect::unpack_keys(const std::string& staging,
                                        const std::vector<std::string>& columns,
                                        const std::string& source) const {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    parts.push_back(fmt::format("JSON_VALUE(k.`key_text`, '$[{}]')", i));
  }
  return fmt::format("INSERT INTO {} ({}) SELECT {} FROM ({}) AS k", staging, listed(columns),
                     listed(parts), source);
}

std::string MariadbDialect::joined(const std::string& text) const {
  return "GROUP_CONCAT(" + text + " SEPARATOR ',')";
}

Statement MariadbDialect::now() const { return {"SELECT CONCAT(UTC_TIMESTAMP(6), 'Z')", {}}; }

}  // namespace miroir
