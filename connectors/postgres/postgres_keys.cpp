#include "connectors/postgres/postgres_keys.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/postgres/postgres_text.hpp"

namespace miroir::postgres {
namespace {

using StagedInsert = Dialect::StagedInsert;

// Their names cannot be taken for columns.
constexpr std::string_view declarations =
    "\nDECLARE\n  miroir_generator text;\n  miroir_place tid;\nBEGIN\n";

// The expression that gives a fresh value: the column's sequence, or its default, unless that is
// always the same. NULL where a trigger may change the row before it is stored.
std::string find_generator(const Dialect& dialect, const StagedInsert& insert) {
  return fmt::format(
      "  SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM pg_catalog.pg_trigger AS t\n"
      "      WHERE t.tgrelid = a.attrelid AND (t.tgtype & 7) = 7 AND t.tgenabled <> 'D') THEN\n"
      "    COALESCE('pg_catalog.nextval(' || pg_catalog.quote_literal("
      "pg_catalog.pg_get_serial_sequence({0}, {1})) || '::regclass)',\n"
      "      (SELECT e FROM pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS e\n"
      "        WHERE pg_catalog.regexp_replace(e, '''[^'']*''', '', 'g') LIKE '%(%')) END\n"
      "  INTO miroir_generator\n"
      "  FROM pg_catalog.pg_attribute AS a\n"
      "  LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum\n"
      "  WHERE a.attrelid = {0}::regclass AND a.attname = {1};\n",
      literal(dialect.quote(insert.table)), literal(insert.generated));
}

std::string allocate(const StagedInsert& insert) {
  const std::string before =
      fmt::format("UPDATE {} AS staged SET {} = fresh.v FROM (SELECT s.{} AS n, (", insert.staging,
                  insert.staged_column, insert.row_column);
  const std::string after = fmt::format(
      ") AS v FROM {} AS s WHERE {} AND s.{} IS NULL ORDER BY s.{}) AS fresh WHERE staged.{} = "
      "fresh.n",
      insert.staging, insert.filter, insert.staged_column, insert.row_column, insert.row_column);
  return fmt::format(
      "  IF miroir_generator IS NOT NULL THEN\n    EXECUTE {} || miroir_generator || {};\n"
      "  END IF;\n",
      literal(before), literal(after));
}

std::string insert_known(const Dialect& dialect, StagedInsert insert) {
  insert.filter += fmt::format(" AND s.{} IS NOT NULL", insert.staged_column);
  return "  " + dialect.insert_staged(insert) + ";\n";
}

std::string insert_one_by_one(const Dialect& dialect, const StagedInsert& insert) {
  StagedInsert one = insert;
  const auto generated = std::ranges::find(one.columns, dialect.quote(insert.generated));
  one.values.erase(one.values.begin() + (generated - one.columns.begin()));
  one.columns.erase(generated);
  one.filter = "s.ctid = miroir_place";
  return fmt::format(
      "  FOR miroir_place IN SELECT s.ctid FROM {0} AS s WHERE {1} AND s.{2} IS NULL ORDER BY "
      "s.{3} LOOP\n"
      "    WITH stored AS ({4} RETURNING {5} AS k)\n"
      "    UPDATE {0} AS staged SET {2} = stored.k FROM stored WHERE staged.ctid = miroir_place;\n"
      "  END LOOP;\n",
      insert.staging, insert.filter, insert.staged_column, insert.row_column,
      dialect.insert_staged(one), dialect.quote(insert.generated));
}

std::string refuse_if(const std::string& staging, const std::string& condition,
                      const std::string& message) {
  return fmt::format(
      "  IF EXISTS (SELECT 1 FROM {} AS s WHERE {}) THEN\n    RAISE EXCEPTION '%', {};\n"
      "  END IF;\n",
      staging, condition, literal(message));
}

std::string refuse_missing(const Dialect& dialect, const StagedInsert& insert) {
  return refuse_if(
      insert.staging,
      fmt::format("{} AND coalesce(s.{}::text, '') = ''", insert.filter, insert.staged_column),
      fmt::format("the database handed out no {} for a new row of {}",
                  dialect.quote(insert.generated), dialect.quote(insert.table)));
}

}  // namespace

std::string insert_with_keys(const Dialect& dialect, const StagedInsert& insert) {
  return "DO " + dollar_quoted(std::string{declarations} + find_generator(dialect, insert) +
                               allocate(insert) + insert_known(dialect, insert) +
                               insert_one_by_one(dialect, insert) +
                               refuse_missing(dialect, insert) + "END\n");
}

std::string refuse_where(const std::string& staging, const std::string& condition,
                         const std::string& message) {
  return "DO " + dollar_quoted("\nBEGIN\n" + refuse_if(staging, condition, message) + "END\n");
}

}  // namespace miroir::postgres
