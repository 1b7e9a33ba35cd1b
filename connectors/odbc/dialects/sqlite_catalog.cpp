// What SQLite's catalogue says of a table, and of the file.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "connectors/odbc/dialects/sqlite_dialect.hpp"

namespace miroir {
namespace {

constexpr ValueKind text = ValueKind::text;
constexpr ValueKind integer = ValueKind::integer;

std::string upper(std::string_view name) {
  std::string out{name};
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::toupper(c); });
  return out;
}

// The first line that matches decides, as in SQLite's own rules of affinity; what they make NUMERIC
// comes after them.
struct TypeRule {
  std::string_view part;
  std::optional<ValueKind> kind;
};
constexpr std::array type_rules{
    TypeRule{"INT", integer},
    TypeRule{"CHAR", text},
    TypeRule{"CLOB", text},
    TypeRule{"TEXT", text},
    TypeRule{"BLOB", ValueKind::bytes},
    TypeRule{"REAL", std::nullopt},
    TypeRule{"FLOA", std::nullopt},
    TypeRule{"DOUB", std::nullopt},
    TypeRule{"BOOL", integer},
    TypeRule{"DATE", text},
    TypeRule{"TIME", text},
};

std::optional<ValueKind> kind_of(const std::string& declared) {
  const std::string type = upper(declared);
  const auto* rule = std::ranges::find_if(
      type_rules, [&](const TypeRule& r) { return type.find(r.part) != std::string::npos; });
  return rule == type_rules.end() ? std::nullopt : rule->kind;
}

std::string named_type(const std::string& declared) {
  if (declared.empty()) return "(no type: declare one)";
  if (kind_of(declared)) return declared;
  return declared + " (cannot hold exact decimals: declare it TEXT)";
}

// The n of VARCHAR(n). SQLite itself does not keep to it, the applications on it do.
std::optional<int> length_of(const std::string& declared) {
  const auto open = declared.find('(');
  if (open == std::string::npos) return std::nullopt;
  int length = 0;
  const char* const begin = declared.data() + open + 1;
  const auto [end, error] = std::from_chars(begin, declared.data() + declared.size(), length);
  if (error != std::errc{} || *end != ')') return std::nullopt;
  return length;
}

std::string schema_of(const TableName& table) {
  return table.schema.empty() ? "main" : table.schema;
}

struct TableInfo {
  std::vector<CatalogColumn> columns;
  std::vector<std::pair<std::int64_t, std::string>> primary;  // (place in the key, column)
};

// Whether the site has a trigger that may change a row that has just been inserted.
std::string numbering(const TableName& table) {
  return "EXISTS (SELECT 1 FROM " + sqlite_dialect().quote(schema_of(table)) +
         ".sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE AND name NOT GLOB "
         "'miroir_*' AND sql LIKE '%after%insert%')";
}

TableInfo read_columns(Session& session, const TableName& table) {
  const Statement statement{"SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk, hidden, " +
                                numbering(table) + " FROM pragma_table_xinfo(?, ?) ORDER BY cid",
                            {table.name, table.name, schema_of(table)}};
  constexpr std::array kinds{text, text, integer, integer, integer, integer, integer};
  TableInfo info;
  session.query(statement, kinds, [&](Row&& row) {
    const auto& name = std::get<std::string>(row[0]);
    const auto& type = std::get<std::string>(row[1]);
    const auto number = [&](std::size_t i) { return std::get<std::int64_t>(row[i]); };
    CatalogColumn column;
    column.name = name;
    column.declared_type = named_type(type);
    column.kind = kind_of(type);
    column.nullable = number(2) == 0;
    if (column.kind == text) column.length = length_of(type);
    if (column.kind == ValueKind::bytes) {
      column.no_key = NoKey{
          "JSON has no bytes, and every write of the table's users would fail in the journal's "
          "trigger",
          "INTEGER or TEXT, or another column that is unique"};
    }
    column.has_default = number(3) != 0;
    column.generated_always = number(5) == 2 || number(5) == 3;  // Virtual or stored.
    // A row is checked before its triggers fire: what must not be NULL needs a default besides.
    column.filled_by_trigger = number(6) != 0 && column.nullable;
    if (number(4) != 0) info.primary.emplace_back(number(4), name);
    info.columns.push_back(std::move(column));
  });
  std::ranges::sort(info.primary);
  return info;
}

struct Index {
  std::string name;
  bool primary;
};

std::vector<Index> read_unique_indexes(Session& session, const TableName& table) {
  const Statement statement{
      "SELECT name, origin = 'pk' FROM pragma_index_list(?, ?)"
      " WHERE \"unique\" = 1 AND partial = 0 ORDER BY seq",
      {table.name, schema_of(table)}};
  constexpr std::array kinds{text, integer};
  std::vector<Index> indexes;
  for (Row& row : all_rows(session, statement, kinds)) {
    indexes.push_back({std::get<std::string>(row[0]), std::get<std::int64_t>(row[1]) != 0});
  }
  return indexes;
}

// Empty for an index on an expression: it makes no set of columns unique.
std::vector<std::string> read_index_columns(Session& session, const TableName& table,
                                            const std::string& index) {
  const Statement statement{"SELECT name FROM pragma_index_info(?, ?) ORDER BY seqno",
                            {index, schema_of(table)}};
  constexpr std::array kinds{text};
  std::vector<std::string> columns;
  for (const Row& row : all_rows(session, statement, kinds)) {
    if (is_null(row[0])) return {};
    columns.push_back(std::get<std::string>(row[0]));
  }
  return columns;
}

// INTEGER PRIMARY KEY is the row's own number: never NULL, and handed out by SQLite. It has no
// index of its own.
void mark_row_number(TableInfo& info, const std::vector<Index>& indexes) {
  if (info.primary.size() != 1 || std::ranges::any_of(indexes, &Index::primary)) return;
  for (CatalogColumn& column : info.columns) {
    if (column.name != info.primary.front().second || upper(column.declared_type) != "INTEGER")
      continue;
    column.nullable = false;
    column.has_default = true;
  }
}

}  // namespace

CatalogTable SqliteDialect::describe(Session& session, const TableName& table) const {
  TableInfo info = read_columns(session, table);
  const std::vector<Index> indexes = read_unique_indexes(session, table);
  mark_row_number(info, indexes);
  CatalogTable catalog{.columns = std::move(info.columns), .unique_keys = {}};
  if (!info.primary.empty()) {
    std::vector<std::string> key;
    for (const auto& [place, column] : info.primary) key.push_back(column);
    catalog.unique_keys.push_back(std::move(key));
  }
  for (const Index& index : indexes) {
    if (index.primary) continue;
    if (auto columns = read_index_columns(session, table, index.name); !columns.empty())
      catalog.unique_keys.push_back(std::move(columns));
  }
  return catalog;
}

std::vector<std::string> SqliteDialect::warnings(Session& session,
                                                 std::span<const TableName>) const {
  constexpr std::array kinds{text};
  const auto mode = all_rows(session, {"PRAGMA journal_mode", {}}, kinds);
  if (!mode.empty() && mode.front().front() == Value{std::string{"wal"}}) return {};
  return {
      "the file is not in WAL mode: whoever writes to it waits while miroir reads, and the other "
      "way"
      " round; run PRAGMA journal_mode=WAL once, with sqlite3"};
}

}  // namespace miroir
