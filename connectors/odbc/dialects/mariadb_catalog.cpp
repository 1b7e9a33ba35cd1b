// What MariaDB's catalogue says of a table, and what its triggers cannot see.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "connectors/odbc/dialects/mariadb_dialect.hpp"

namespace miroir {
namespace {

constexpr ValueKind text = ValueKind::text;
constexpr ValueKind integer = ValueKind::integer;

struct TypeKind {
  std::string_view type;
  ValueKind kind;
};
constexpr std::array type_kinds{
    TypeKind{"tinyint", integer},
    TypeKind{"smallint", integer},
    TypeKind{"mediumint", integer},
    TypeKind{"int", integer},
    TypeKind{"bigint", integer},
    TypeKind{"decimal", ValueKind::decimal},
    TypeKind{"char", text},
    TypeKind{"varchar", text},
    TypeKind{"tinytext", text},
    TypeKind{"text", text},
    TypeKind{"mediumtext", text},
    TypeKind{"longtext", text},
    TypeKind{"enum", text},
    TypeKind{"set", text},
    TypeKind{"date", ValueKind::date},
    TypeKind{"datetime", ValueKind::timestamp},
    TypeKind{"timestamp", ValueKind::instant},
    TypeKind{"uuid", ValueKind::uuid},
    TypeKind{"binary", ValueKind::bytes},
    TypeKind{"varbinary", ValueKind::bytes},
    TypeKind{"tinyblob", ValueKind::bytes},
    TypeKind{"blob", ValueKind::bytes},
    TypeKind{"mediumblob", ValueKind::bytes},
    TypeKind{"longblob", ValueKind::bytes},
};

std::int64_t number_or(const Value& value, std::int64_t otherwise) {
  const auto* number = std::get_if<std::int64_t>(&value);
  return number == nullptr ? otherwise : *number;
}

std::optional<ValueKind> kind_of(const std::string& type, const Value& scale, int scale_max) {
  const auto* found = std::ranges::find(type_kinds, type, &TypeKind::type);
  if (found == type_kinds.end()) return std::nullopt;
  if (found->kind == ValueKind::decimal && number_or(scale, 0) > scale_max) return std::nullopt;
  return found->kind;
}

constexpr std::int64_t staged_digits = 6;      // Of a second's fraction, in staging tables.

// What a trigger makes of a value must be JSON, and the text that a staging table's makes.
std::optional<NoKey> no_key(const CatalogColumn& column, const std::string& type,
                            std::int64_t fraction, bool ascii) {
  if (column.declared_type.find("zerofill") != std::string::npos) {
    return NoKey{
        "a number that begins with zeros is no JSON, and every write of the table's users would "
        "fail in the journal's trigger",
        "the same type without ZEROFILL"};
  }
  if (type == "enum" || type == "set") {
    return NoKey{
        "MariaDB sorts it as it was declared and compares it as text, and rows that are read page "
        "by page would be left out",
        "VARCHAR, or a constant", true};
  }
  if (!column.kind) return std::nullopt;
  switch (*column.kind) {
    case ValueKind::decimal:
      return NoKey{"one number has several texts, and the journal's would not be found again",
                   "BIGINT, or another column that is unique"};
    case ValueKind::timestamp:
      if (fraction == staged_digits) return std::nullopt;
      return NoKey{"one moment has several texts, and the journal's would not be found again",
                   "DATETIME(6), or another column that is unique"};
    case ValueKind::instant:
      return NoKey{"its text in the journal depends on the time zone of whoever writes the row",
                   "DATETIME(6), or another column that is unique"};
    case ValueKind::bytes:
      return NoKey{
          "bytes that are no text are no JSON, and writes of the table's users would fail in the "
          "journal's trigger",
          "UUID, a text or a whole number, or another column that is unique"};
    default:
      if (ascii) return std::nullopt;
      return NoKey{"in this character set its text in the journal cannot be read again",
                   "CHARACTER SET utf8mb4"};
  }
}

// The connection's database where the mapping names none.
constexpr std::string_view of_table =
    "TABLE_SCHEMA = COALESCE(NULLIF(?, ''), DATABASE()) AND TABLE_NAME = ?";

std::vector<Value> parameters_of(const TableName& table) { return {table.schema, table.name}; }

CatalogColumn column_of(const Row& row, int scale_max) {
  const auto is_true = [&](std::size_t i) { return std::get<std::int64_t>(row[i]) != 0; };
  CatalogColumn column;
  column.name = std::get<std::string>(row[0]);
  column.declared_type = std::get<std::string>(row[2]);
  column.kind = kind_of(std::get<std::string>(row[1]), row[3], scale_max);
  column.nullable = is_true(5);
  if (const auto* length = std::get_if<std::int64_t>(&row[4]); length && column.kind == text) {
    constexpr std::int64_t most = std::numeric_limits<int>::max();
    column.length = static_cast<int>(std::min(*length, most));
  }
  column.has_default = is_true(6);
  column.generated_always = is_true(7);
  column.filled_by_trigger = is_true(8);
  column.no_key = no_key(column, std::get<std::string>(row[1]), number_or(row[9], 0),
                         number_or(row[10], 1) != 0);
  return column;
}

}  // namespace

CatalogTable MariadbDialect::describe(Session& session, const TableName& table) const {
  CatalogTable catalog;
  // A column that takes NULL and has no default has the default 'NULL', as a text.
  const Statement columns{
      fmt::format("SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, NUMERIC_SCALE, "
                  "CHARACTER_MAXIMUM_LENGTH, IS_NULLABLE = 'YES', (COLUMN_DEFAULT IS NOT NULL AND "
                  "COLUMN_DEFAULT <> 'NULL') OR EXTRA LIKE '%auto_increment%', EXTRA LIKE "
                  "'%GENERATED%', EXISTS (SELECT 1 FROM information_schema.TRIGGERS AS r WHERE "
                  "r.EVENT_OBJECT_SCHEMA = TABLE_SCHEMA AND r.EVENT_OBJECT_TABLE = TABLE_NAME AND "
                  "r.ACTION_TIMING = 'BEFORE' AND r.EVENT_MANIPULATION = 'INSERT'), "
                  "DATETIME_PRECISION, "
                  // Those of which ASCII is no part.
                  "CHARACTER_SET_NAME NOT IN ('ucs2', 'utf16', 'utf16le', 'utf32') FROM "
                  "information_schema.COLUMNS WHERE {} ORDER BY ORDINAL_POSITION",
                  of_table),
      parameters_of(table)};
  constexpr std::array column_kinds{text,    text,    text,    integer, integer, integer,
                                    integer, integer, integer, integer, integer};
  session.query(columns, column_kinds,
                [&](Row&& row) { catalog.columns.push_back(column_of(row, scale_max())); });
  // An index on the beginnings of texts makes no set of columns unique.
  const Statement keys{
      fmt::format("SELECT INDEX_NAME, COLUMN_NAME, SUB_PART IS NOT NULL FROM "
                  "information_schema.STATISTICS WHERE {} AND NON_UNIQUE = 0 ORDER BY INDEX_NAME "
                  "<> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX",
                  of_table),
      parameters_of(table)};
  constexpr std::array key_kinds{text, text, integer};
  std::vector<std::pair<std::string, std::vector<std::string>>> found;
  std::vector<std::string> partial;
  session.query(keys, key_kinds, [&](Row&& row) {
    const auto& index = std::get<std::string>(row[0]);
    if (found.empty() || found.back().first != index) found.push_back({index, {}});
    found.back().second.push_back(std::get<std::string>(row[1]));
    if (std::get<std::int64_t>(row[2]) != 0) partial.push_back(index);
  });
  for (auto& [index, names] : found) {
    if (std::ranges::find(partial, index) == partial.end())
      catalog.unique_keys.push_back(std::move(names));
  }
  return catalog;
}

std::vector<std::string> MariadbDialect::warnings(Session& session,
                                                  std::span<const TableName> tables) const {
  std::vector<std::string> told;
  constexpr std::array texts{text};
  for (const TableName& table : tables) {
    const Statement engine{
        fmt::format("SELECT ENGINE FROM information_schema.TABLES WHERE {} AND ENGINE <> 'InnoDB'",
                    of_table),
        parameters_of(table)};
    for (const Row& row : all_rows(session, engine, texts)) {
      told.push_back(
          fmt::format("table {} is kept by {}, which knows no transactions: a write that is cut "
                      "cannot be taken "
                      "back; run ALTER TABLE {} ENGINE=InnoDB",
                      table.name, std::get<std::string>(row[0]), Dialect::quote(table)));
    }
    const Statement cascades{
        "SELECT CONCAT(CONSTRAINT_NAME, ' (ON DELETE ', DELETE_RULE, ', ON UPDATE ', UPDATE_RULE, "
        "')') FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = "
        "COALESCE(NULLIF(?, ''), DATABASE()) AND TABLE_NAME = ? AND (DELETE_RULE IN ('CASCADE', "
        "'SET NULL') OR UPDATE_RULE IN ('CASCADE', 'SET NULL'))",
        parameters_of(table)};
    for (const Row& row : all_rows(session, cascades, texts)) {
      told.push_back(fmt::format(
          "table {} follows its parent by {}, and MariaDB fires no trigger for that: miroir reads "
          "the rows again that it knows to refer to a deleted row, but a new one that no cycle has "
          "seen yet can be missed, and parts of a row that gets another key can be taken for new "
          "ones; RESTRICT is safer",
          table.name, std::get<std::string>(row[0])));
    }
  }
  return told;
}

}  // namespace miroir
