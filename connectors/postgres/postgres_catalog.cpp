#include "connectors/postgres/postgres_catalog.hpp"

#include <algorithm>
#include <utility>

#include "connectors/postgres/postgres_text.hpp"

namespace miroir::postgres {
namespace {

constexpr std::array<std::pair<std::string_view, ValueKind>, 14> kinds{{
    {"bool", ValueKind::boolean},
    {"int2", ValueKind::integer},
    {"int4", ValueKind::integer},
    {"int8", ValueKind::integer},
    {"numeric", ValueKind::decimal},
    {"text", ValueKind::text},
    {"varchar", ValueKind::text},
    {"bpchar", ValueKind::text},
    {"citext", ValueKind::text},
    {"name", ValueKind::text},
    {"date", ValueKind::date},
    {"timestamp", ValueKind::timestamp},
    {"timestamptz", ValueKind::instant},
    {"uuid", ValueKind::uuid},
}};

// Floats are not exact, json has several texts for one value, arrays are no single value: none of
// them is here.
std::optional<ValueKind> kind_of(const std::string& base_type, bool is_enum) {
  if (is_enum) return ValueKind::text;
  if (base_type == "bytea") return ValueKind::bytes;
  const auto* const found =
      std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == base_type; });
  return found == kinds.end() ? std::nullopt : std::optional{found->second};
}

// The quoted name as text: to_regclass looks it up as any statement would, and gives NULL if there
// is no such table.
Value regclass_text(const TableName& table) { return quoted_table(table); }

// One value must have one text in the journal, and what is equal must be the same.
std::optional<NoKey> no_key(const std::string& base_type, bool is_enum, bool is_whole,
                            bool is_exact, bool is_limited) {
  if (is_enum)
    return NoKey{"an enum is not compared with texts, as pages of rows and constants are",
                 "text, or another column that is unique"};
  if (base_type == "citext" || !is_exact)
    return NoKey{"it takes different texts for equal",
                 "text with a deterministic collation, or another column that is unique"};
  if (base_type == "numeric" && !is_whole)
    return NoKey{
        "one number has several texts, as 5 and 5.00, and the journal's would not be "
        "found again",
        "bigint, or numeric without digits after the point, as numeric(18,0)"};
  if (base_type == "bpchar" && !is_limited)
    return NoKey{"it takes a text with and without blanks at its end for equal",
                 "varchar, or char with a length"};
  return std::nullopt;
}

CatalogColumn catalog_column(const Row& row) {
  CatalogColumn column;
  column.name = std::get<std::string>(row[0]);
  column.declared_type = std::get<std::string>(row[1]);
  column.kind = kind_of(std::get<std::string>(row[2]), std::get<bool>(row[3]));
  column.nullable = std::get<bool>(row[4]);
  if (!is_null(row[5])) column.length = static_cast<int>(std::get<std::int64_t>(row[5]));
  column.generated_always = std::get<bool>(row[6]);
  column.has_default = std::get<bool>(row[7]);
  column.filled_by_trigger = std::get<bool>(row[8]);
  column.no_key =
      no_key(std::get<std::string>(row[2]), std::get<bool>(row[3]), std::get<bool>(row[9]),
             std::get<bool>(row[10]), column.length.has_value());
  return column;
}

}  // namespace

Statement list_columns(const TableName& table) {
  return {
      "WITH RECURSIVE base AS (\n"
      "  SELECT a.attnum, a.atttypid AS type, a.atttypmod AS typmod, a.attnotnull AS never_null\n"
      "  FROM pg_catalog.pg_attribute AS a\n"
      "  WHERE a.attrelid = pg_catalog.to_regclass($1::text) AND a.attnum > 0 AND NOT "
      "a.attisdropped\n"
      "  UNION ALL\n"
      "  SELECT b.attnum, t.typbasetype, CASE WHEN b.typmod >= 0 THEN b.typmod ELSE t.typtypmod "
      "END,\n"
      "         b.never_null OR t.typnotnull\n"
      "  FROM base AS b JOIN pg_catalog.pg_type AS t ON t.oid = b.type AND t.typtype = 'd')\n"
      "SELECT a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), t.typname::text,\n"
      "       t.typtype = 'e', NOT b.never_null,\n"
      "       CASE WHEN t.typname IN ('varchar', 'bpchar') AND b.typmod >= 4 THEN b.typmod - 4 "
      "END,\n"
      "       a.attgenerated <> '', (a.atthasdef AND a.attgenerated = '') OR a.attidentity <> ''\n"
      "         OR (SELECT d.typdefault IS NOT NULL FROM pg_catalog.pg_type AS d WHERE d.oid = "
      "a.atttypid),\n"
      "       EXISTS (SELECT 1 FROM pg_catalog.pg_trigger AS r WHERE r.tgrelid = a.attrelid AND\n"
      "         (r.tgtype & 7) = 7 AND r.tgenabled <> 'D'),\n"  // For each row, before an insert.
      // The scale of a numeric, in eleven bits, of which one is the sign.
      "       b.typmod >= 4 AND (((b.typmod - 4) & 2047) # 1024) - 1024 <= 0,\n"
      "       NOT EXISTS (SELECT 1 FROM pg_catalog.pg_collation AS c WHERE c.oid = a.attcollation\n"
      "         AND NOT c.collisdeterministic)\n"
      "FROM base AS b\n"
      "JOIN pg_catalog.pg_type AS t ON t.oid = b.type AND t.typtype <> 'd'\n"
      "JOIN pg_catalog.pg_attribute AS a\n"
      "  ON a.attrelid = pg_catalog.to_regclass($1::text) AND a.attnum = b.attnum\n"
      "ORDER BY a.attnum",
      {regclass_text(table)}};
}

Statement list_unique_keys(const TableName& table) {
  return {
      "SELECT i.indexrelid::bigint, a.attname::text\n"
      "FROM pg_catalog.pg_index AS i\n"
      "CROSS JOIN LATERAL pg_catalog.generate_series(0, i.indnkeyatts - 1) AS place\n"
      "JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = "
      "i.indkey[place]\n"
      "WHERE i.indrelid = pg_catalog.to_regclass($1::text) AND i.indisunique AND i.indisvalid\n"
      "  AND i.indpred IS NULL AND i.indexprs IS NULL\n"
      "  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_inherits AS h JOIN pg_catalog.pg_class AS c\n"
      "    ON c.oid = h.inhparent AND c.relkind = 'r' WHERE h.inhparent = i.indrelid)\n"
      "ORDER BY i.indisprimary DESC, i.indexrelid, place",
      {regclass_text(table)}};
}

CatalogTable catalog_table(const std::vector<Row>& columns, const std::vector<Row>& unique_keys) {
  CatalogTable table;
  for (const Row& row : columns) table.columns.push_back(catalog_column(row));
  Value index;
  for (const Row& row : unique_keys) {
    if (row[0] != index) table.unique_keys.emplace_back();
    index = row[0];
    table.unique_keys.back().push_back(std::get<std::string>(row[1]));
  }
  return table;
}

}  // namespace miroir::postgres
