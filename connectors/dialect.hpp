// A dialect: what differs between databases in the SQL that miroir writes. Pure functions from
// names to text; one file for each database (postgres/postgres_dialect.cpp,
// odbc/dialects/sqlite_dialect.cpp, odbc/dialects/mariadb_dialect.cpp; SQL Server is not there
// yet).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/statement.hpp"
#include "schema/mapping.hpp"
#include "schema/mapping_file.hpp"

namespace miroir {

// miroir's own tables at a site; see journal.hpp. PostgreSQL: in the schema "miroir"; SQLite and
// MariaDB: with the prefix "miroir_".
struct OwnTables {
  TableName journal, marker, site;
};

// Between the names in the journal's column "changed".
inline constexpr const char* column_separator = ",";

// 'it''s'. Throws std::invalid_argument on NUL.
std::string quoted_text(std::string_view text);

class Dialect {
 public:
  virtual ~Dialect() = default;

  virtual std::string quote(
      std::string_view name) const = 0;             // Throws std::invalid_argument on NUL.
  std::string quote(const TableName& table) const;  // schema.name, or name.
  virtual std::string placeholder(std::size_t one_based, ValueKind kind) const = 0;
  // A value of the mapping's as SQL text. Throws std::invalid_argument on NUL.
  virtual std::string literal(const Value& value, ValueKind kind) const = 0;
  virtual OwnTables own_tables() const = 0;

  // Text that is true when both are equal, exactly (binary) and with NULL equal to NULL: whatever
  // the merge calls a change must make it false.
  virtual std::string same(const std::string& a, const std::string& b, ValueKind kind) const = 0;
  // False where `=` on texts takes case or blanks for equal: then a row is the one that a key names
  // only if the key's texts are the same() as well.
  virtual bool equality_is_exact() const = 0;
  // How a mirrored column is read, so that the driver gives the value as it is. Not for staging
  // tables' own numbers.
  virtual std::string selected(const std::string& expression, ValueKind kind) const;
  // "JOIN table AS alias ON condition" where the condition names a row by an index: each staged row
  // is looked up, however small the database believes the table to be. May stand behind LEFT.
  virtual std::string look_up(const std::string& table, const std::string& alias,
                              const std::string& condition) const;
  // The journal's key text: a JSON array of the columns ("[5]"). `parts` are quoted column
  // expressions.
  virtual std::string json_key(const std::vector<std::string>& parts) const = 0;
  // A temporary table of this session's with one column for each expression over `table`, so that
  // the types are the table's, but without its limits of length and scale; empty, no constraints;
  // created only if missing.
  struct StagedColumn {
    std::string name;
    std::string source;
    ValueKind kind;
  };  // source: quoted column, or a literal
  virtual std::vector<Statement> create_staging(const TableName& staging, const TableName& table,
                                                const std::vector<StagedColumn>& columns) const = 0;
  virtual TableName staging_table(std::string_view name) const = 0;  // pg_temp / temp
  // Empties a staging table, outside snapshots. DELETE, where nothing better is known.
  virtual std::string empty_staging(const TableName& staging) const;
  // What lets the database plan well for a table of ours that has just grown; may be nothing.
  virtual std::vector<Statement> refresh_statistics(const TableName& table) const;
  // UPDATE target SET sets FROM source AS s WHERE condition; the target is called by its quoted
  // name. Either may be a staging table. `sets` are (quoted column, expression).
  virtual std::string update_from(const std::string& target,
                                  const std::vector<std::pair<std::string, std::string>>& sets,
                                  const std::string& source,
                                  const std::string& condition) const = 0;
  // DELETE FROM target the rows whose `columns` (quoted) are the `values` of a staging row, called
  // s, that meets `filter`. The target may be the journal.
  virtual std::string delete_staged(const std::string& target,
                                    const std::vector<std::string>& columns,
                                    const std::string& staging,
                                    const std::vector<std::string>& values,
                                    const std::string& filter) const;
  // DELETE FROM target WHERE condition, without waiting for rows that others hold and that do not
  // meet it. `id` is the quoted key.
  virtual std::vector<std::string> delete_where(const std::string& target, const std::string& id,
                                                const std::string& condition) const;
  // col + increment, exact for `scale` digits after the point.
  virtual std::string incremented(const std::string& column, const std::string& increment,
                                  int scale) const = 0;
  // Statements that lock the target's rows named by a join with staging, skipping what another
  // holds, and set `flag` to 1 and each column of `copies` to the target's in the staging rows
  // whose target row is locked. Databases with a single writer set the flag where the row is there.
  // In `join` and `filter` the staging table is called s, the target by its quoted name; `target`
  // and `staging` are quoted tables, `row_column` (unique in staging) and `flag` quoted columns of
  // staging, `copies` pairs of a quoted column of staging and one of the target.
  struct RowLock {
    std::string target, staging, join, filter, row_column, flag;
    std::vector<std::pair<std::string, std::string>> copies;
  };
  virtual std::vector<std::string> lock_rows(const RowLock& lock) const = 0;
  // INSERT INTO target from the staging rows that meet `filter`, in the order of row_column.
  struct StagedInsert {
    TableName table;
    std::vector<std::string> columns,
        values;  // Quoted columns; what each gets, an expression over s.
    std::string staging, row_column, filter;  // Quoted, quoted, a condition over s.
    std::string generated;  // Plain name of the column that the database hands out; empty: none.
    ValueKind generated_kind = ValueKind::integer;
    std::string
        staged_column;  // Quoted: where its value stands, or is to stand. NULL: to be handed out.
    std::size_t key_place = 0;  // Which part of the key that column is.
    std::string key_text;       // json_key() of the staged key, over s.
    std::string noted;          // The condition that the journal's rows of this insert meet.
  };
  std::string insert_staged(const StagedInsert& insert) const;
  // The same where the database hands out keys, be it by a sequence, a default or a trigger of the
  // site's: they stand in staging afterwards, and in the journal as if each row had been inserted
  // with its own. Refused where one was handed out empty, or not at all.
  virtual std::vector<std::string> insert_generated(const StagedInsert& insert) const = 0;
  // Fail with this message where staging, quoted, has a row s that meets the condition.
  virtual std::vector<std::string> refuse_where(const std::string& staging,
                                                const std::string& condition,
                                                const std::string& message) const = 0;
  // INSERT INTO staging (columns): the parts, one column for each, of key texts that json_key()
  // made, with the types of the columns. `source` is a query whose only column is called key_text;
  // staging and columns are quoted.
  virtual std::string unpack_keys(const std::string& staging,
                                  const std::vector<std::string>& columns,
                                  const std::string& source) const = 0;
  // An aggregate: a group's texts joined by commas (string_agg, group_concat).
  virtual std::string joined(const std::string& text) const = 0;
  // Between INSERT's column list and SELECT: "OVERRIDING SYSTEM VALUE " or "".
  virtual std::string overriding() const = 0;
  // Makes deferred constraints speak before stored rows are compared; nullopt where there are none.
  virtual std::optional<std::string> constraints_now() const = 0;
  // Sets, and clears, the origin that the journal's triggers note, for the open transaction.
  // `origin` is an expression that gives the batch's number (a subquery on a staging table): a
  // dialect that needs text casts it.
  virtual std::vector<std::string> set_origin(const std::string& origin) const = 0;
  virtual std::vector<std::string> clear_origin() const = 0;
  // Where triggers know by whom they are fired: statements before and after an update, so that they
  // leave out what it does itself to rows of this table. All else is noted: what gives a row another
  // key or root, and what the site's triggers and foreign keys do besides. `part` is an expression
  // that gives the name under which the table is journalled, `table` quoted. nullopt: all is noted.
  struct Unnoted {
    std::string before, after;
    std::string transaction;  // An expression: "tx", as the journal has it.
  };
  virtual std::optional<Unnoted> leave_unnoted(const std::string& part,
                                               const std::string& table) const;

  // Journal: see journal.hpp.
  virtual std::vector<Statement> create_own_tables() const = 0;
  // Whether the journal has a column "changed" with the names of the columns that an update
  // changed.
  virtual bool journal_names_columns() const { return false; }
  // Whether "tx" is the same in all rows of one transaction, and in no others. Where triggers are
  // not told, it is that of a statement.
  virtual bool journal_tells_transactions() const { return false; }
  struct JournalledTable {
    TableName table;
    std::string entity;            // The root entity's name.
    std::string part;              // The entity's own name; the same for roots.
    std::vector<std::string> key;  // Column names.
    std::vector<std::string>
        root;  // Columns of this table that hold the root's key, in the order of the root's key.
    std::vector<std::string> columns;  // All that miroir mirrors.
  };
  // Replaces those that are there, also if they are switched off or were written for other columns.
  // No change may slip through meanwhile.
  virtual std::vector<Statement> create_triggers(const JournalledTable& table) const = 0;
  virtual std::vector<Statement> drop_triggers(const JournalledTable& table) const = 0;
  virtual std::vector<Statement> drop_own_tables() const = 0;
  // Whether that takes away first what triggers of ours it finds: one that outlived the journal
  // would fail the site's every write. Else somebody must look for them (list_own_triggers).
  virtual bool drops_found_triggers() const { return true; }
  // The triggers of ours that exist and fire, as rows of (trigger name, mark of the table it was
  // written for, or "", state, schema and name of the table it stands on, whether the name alone
  // means that table): for check, for a second install and for the census. A trigger that was
  // dropped, switched off or replaced meanwhile has another state, even if it is back.
  virtual Statement list_triggers() const = 0;
  // All that write into the journal, be they switched off, or on a table that no mapping names:
  // rows of (trigger name, name of its table, what drop_trigger() takes).
  virtual Statement list_own_triggers() const = 0;
  virtual Statement drop_trigger(const std::string& by) const = 0;
  // What stands behind all triggers, where that is how their states are told; its own name.
  virtual std::vector<Statement> create_seal() const { return {}; }
  virtual std::string seal_name() const { return {}; }
  // The second is the one that fires on updates, and carries the mark: it watches the columns.
  virtual std::vector<std::string> trigger_names(const JournalledTable& table) const = 0;
  // What triggers write, and what they cost: another number where that changes, so that install
  // replaces older ones.
  virtual int trigger_version() const { return 2; }
  // 16 digits of all that triggers depend on; those of a version.
  std::string mark_of(const JournalledTable& table) const;
  static std::string mark_of(const JournalledTable& table, int version);
  // Rows of (table schema, table name) of ours that exist.
  virtual Statement list_own_tables() const = 0;

  // For a database administrator: the steps, each a transaction where the database has such, for
  // its own command-line program.
  virtual std::string as_script(const std::vector<std::vector<Statement>>& steps) const;

  // An expression: the last number that the journal has handed out, or NULL where nobody may know.
  virtual std::string last_journal_id() const = 0;
  // An expression: one text for the triggers of ours and the columns of these tables, as the
  // catalogue has them. It is another one after any of them was changed, also for a while.
  virtual std::string catalogue_state(const std::vector<JournalledTable>& tables) const = 0;

  // The site's clock in UTC, one row with one instant.
  virtual Statement now() const = 0;
};

}  // namespace miroir
