#include "connectors/postgres/postgres_dialect.hpp"

#include <fmt/format.h>

#include <array>

#include "connectors/postgres/postgres_journal.hpp"
#include "connectors/postgres/postgres_keys.hpp"
#include "connectors/postgres/postgres_text.hpp"
#include "connectors/postgres/postgres_triggers.hpp"
#include "connectors/postgres/postgres_values.hpp"

namespace miroir {
namespace {

namespace pg = postgres;

constexpr std::string_view own_prefix = "miroir_";  // Of our names where others have theirs.

// By ValueKind; what a parameter or a literal is cast to, so that the server never has to guess.
constexpr std::array<std::string_view, 9> type_names{
    "boolean", "bigint", "numeric", "text", "date", "timestamp", "timestamptz", "uuid", "bytea"};
std::string_view type_name(ValueKind kind) {
  return type_names.at(static_cast<std::size_t>(kind) - 1);
}

class PostgresDialect final : public Dialect {
 public:
  using Dialect::quote;

  std::string quote(std::string_view name) const override { return pg::quoted_name(name); }

  std::string placeholder(std::size_t one_based, ValueKind kind) const override {
    return fmt::format("${}::{}", one_based, type_name(kind));
  }

  std::string literal(const Value& value, ValueKind kind) const override {
    const auto text = pg::write_value(value);
    return (text ? quoted_text(*text) : "NULL") + "::" + std::string{type_name(kind)};
  }

  OwnTables own_tables() const override {
    return {{pg::own_schema, "journal"}, {pg::own_schema, "marker"}, {pg::own_schema, "site"}};
  }

  // Collations may hold different texts equal (citext, ICU): as "C" text they are compared by
  // bytes.
  std::string same(const std::string& a, const std::string& b, ValueKind kind) const override {
    if (kind == ValueKind::text) {
      return fmt::format("(({})::text COLLATE \"C\" IS NOT DISTINCT FROM ({})::text)", a, b);
    }
    return fmt::format("({} IS NOT DISTINCT FROM {})", a, b);
  }

  // But for collations that are not deterministic and citext, which as keys are not supported.
  bool equality_is_exact() const override { return true; }

  std::string json_key(const std::vector<std::string>& parts) const override {
    return pg::json_key_of(parts);
  }

  // OFFSET 0 keeps the subquery from becoming a join, which would scan the whole journal, or a
  // whole mirrored table, for each chunk.
  std::string look_up(const std::string& table, const std::string& alias,
                      const std::string& condition) const override {
    return fmt::format("JOIN LATERAL (SELECT * FROM {0} AS {1} WHERE {2} OFFSET 0) AS {1} ON TRUE",
                       table, alias, condition);
  }

  // COALESCE with NULL keeps a column's type but drops its length and scale and resolves a domain
  // to its base type: what is too long must fail the one row's write, not the upload of a whole
  // batch.
  std::vector<Statement> create_staging(const TableName& staging, const TableName& table,
                                        const std::vector<StagedColumn>& columns) const override {
    std::string list;
    for (const StagedColumn& column : columns) {
      if (!list.empty()) list += ", ";
      const bool is_column = column.source.starts_with('"');
      list += is_column ? fmt::format("COALESCE({}, NULL)", column.source)
                        : fmt::format("CAST({} AS {})", column.source, type_name(column.kind));
      list += " AS " + quote(column.name);
    }
    return {{fmt::format("CREATE TEMP TABLE IF NOT EXISTS {} AS SELECT {} FROM {} WITH NO DATA",
                         quote(staging), list, quote(table)),
             {}}};
  }

  // The schema is the session's own: without the prefix, each batch's text is shorter.
  TableName staging_table(std::string_view name) const override {
    if (name.starts_with(own_prefix)) name.remove_prefix(own_prefix.size());
    return {"pg_temp", std::string{name}};
  }

  // Nothing vacuums temporary tables: DELETE would leave the rows of every batch before to be read
  // again.
  std::string empty_staging(const TableName& staging) const override {
    return "TRUNCATE " + quote(staging);
  }

  // The journal is empty most of the time, and may well have been so when it was last analyzed.
  std::vector<Statement> refresh_statistics(const TableName& table) const override {
    if (table == own_tables().journal) return {pg::analyze_journal()};
    return {{"ANALYZE (SKIP_LOCKED) " + quote(table), {}}};
  }

  std::string update_from(const std::string& target,
                          const std::vector<std::pair<std::string, std::string>>& sets,
                          const std::string& source, const std::string& condition) const override {
    std::string list;
    for (const auto& [column, expression] : sets) {
      list += (list.empty() ? "" : ", ") + column + " = " + expression;
    }
    return fmt::format("UPDATE {} SET {} FROM {} AS s WHERE {}", target, list, source, condition);
  }

  // Nothing is known of a staging table's size: for IN (SELECT ...) the whole journal was read for
  // each thousand of its rows.
  std::string delete_staged(const std::string& target, const std::vector<std::string>& columns,
                            const std::string& staging, const std::vector<std::string>& values,
                            const std::string& filter) const override {
    if (columns.size() != 1)
      return Dialect::delete_staged(target, columns, staging, values, filter);
    return fmt::format("DELETE FROM {} WHERE {} = ANY (ARRAY(SELECT {} FROM {} AS s WHERE {}))",
                       target, columns.front(), values.front(), staging, filter);
  }

  // A counter that was never written counts as zero. numeric is exact whatever the scale.
  std::string incremented(const std::string& column, const std::string& increment,
                          int /*scale*/) const override {
    return fmt::format("(COALESCE({}, 0) + {})", column, increment);
  }

  // FOR UPDATE OF takes no qualified name. Locks are taken in the order of the staging rows, so
  // that two sessions that both write in that order cannot wait for each other.
  std::vector<std::string> lock_rows(const RowLock& lock) const override {
    const std::string name = pg::last_name(lock.target);
    const std::string selected = lock.copies.empty() ? "" : ", " + name + " AS was";
    std::string sets;
    for (const auto& [into, from] : lock.copies)
      sets += fmt::format(", {} = (locked.was).{}", into, from);
    return {fmt::format(
        "WITH locked AS (SELECT s.{row} AS n{selected} FROM {target} JOIN {staging} AS s ON {join}"
        " WHERE {filter} ORDER BY s.{row} FOR UPDATE OF {name} SKIP LOCKED)"
        " UPDATE {staging} AS staged SET {flag} = 1{sets} FROM locked WHERE staged.{row} = "
        "locked.n",
        fmt::arg("row", lock.row_column), fmt::arg("selected", selected),
        fmt::arg("target", lock.target), fmt::arg("staging", lock.staging),
        fmt::arg("join", lock.join), fmt::arg("filter", lock.filter), fmt::arg("name", name),
        fmt::arg("flag", lock.flag), fmt::arg("sets", sets))};
  }

  std::vector<std::string> insert_generated(const StagedInsert& insert) const override {
    return {pg::insert_with_keys(*this, insert)};
  }

  std::vector<std::string> refuse_where(const std::string& staging, const std::string& condition,
                                        const std::string& message) const override {
    return {pg::refuse_where(staging, condition, message)};
  }

  // The staging table's own row type tells json_populate_record what each part is.
  std::string unpack_keys(const std::string& staging, const std::vector<std::string>& columns,
                          const std::string& source) const override {
    std::string into;
    std::string out;
    std::string named;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const char* comma = i == 0 ? "" : ", ";
      into += comma + columns[i];
      out += comma + ("r." + columns[i]);
      named += fmt::format("{}{}, k.key_text::json -> {}", comma,
                           pg::literal(pg::plain_name(columns[i])), i);
    }
    return fmt::format(
        "INSERT INTO {0} ({1}) SELECT {2} FROM ({3}) AS k"
        " CROSS JOIN LATERAL pg_catalog.json_populate_record(NULL::{0}, "
        "pg_catalog.json_build_object({4})) AS r",
        staging, into, out, source, named);
  }

  std::string joined(const std::string& text) const override {
    return fmt::format("pg_catalog.string_agg(({})::text, ',')", text);
  }

  std::string overriding() const override { return "OVERRIDING SYSTEM VALUE "; }

  std::optional<std::string> constraints_now() const override {
    return "SET CONSTRAINTS ALL IMMEDIATE";
  }

  std::vector<std::string> set_origin(const std::string& origin) const override {
    return {fmt::format("SELECT pg_catalog.set_config('miroir.origin', ({})::text, true)", origin)};
  }
  std::vector<std::string> clear_origin() const override {
    return {"SET LOCAL miroir.origin = ''"};
  }
  std::optional<Unnoted> leave_unnoted(const std::string& part,
                                       const std::string& table) const override {
    return Unnoted{pg::begin_unnoted(part, table), pg::end_unnoted(), pg::this_transaction};
  }

  std::vector<Statement> create_own_tables() const override { return pg::create_own_tables(); }
  bool journal_names_columns() const override { return true; }
  bool journal_tells_transactions() const override { return true; }
  std::vector<Statement> create_triggers(const JournalledTable& table) const override {
    return pg::create_triggers(table, mark_of(table));
  }
  std::vector<Statement> drop_triggers(const JournalledTable& table) const override {
    return pg::drop_triggers(table);
  }
  std::vector<Statement> drop_own_tables() const override { return pg::drop_own_tables(); }
  Statement list_triggers() const override { return pg::list_triggers(); }
  Statement list_own_triggers() const override { return pg::list_own_triggers(); }
  Statement drop_trigger(const std::string& by) const override { return pg::drop_trigger(by); }
  std::string last_journal_id() const override { return pg::last_journal_id(); }
  std::string catalogue_state(const std::vector<JournalledTable>& tables) const override {
    return pg::catalogue_state(tables);
  }
  int trigger_version() const override { return 4; }
  std::vector<std::string> trigger_names(const JournalledTable& table) const override {
    return pg::trigger_names(table);
  }
  Statement list_own_tables() const override { return pg::list_own_tables(); }

  Statement now() const override { return {"SELECT pg_catalog.clock_timestamp()", {}}; }
};

}  // namespace

const Dialect& postgres_dialect() {
  static const PostgresDialect dialect;
  return dialect;
}

}  // namespace miroir
