// SQLite's SQL, and what its ODBC driver (sqliteodbc 0.9998) needs to be told. See ../README.md for
// what was measured.
//
// Decimals live in TEXT columns: a DECIMAL column is stored as a double by SQLite, so describe()
// says of it that it cannot be mirrored. The journal needs nothing of the application but that it
// does not delete by REPLACE.
#pragma once

#include "connectors/odbc/odbc_dialect.hpp"

namespace miroir {

class SqliteDialect final : public OdbcDialect {
 public:
  using OdbcDialect::quote;

  // sqlite_dialect.cpp: SQL
  std::string quote(std::string_view name) const override;
  std::string placeholder(std::size_t one_based, ValueKind kind) const override;
  OwnTables own_tables() const override;
  std::string same(const std::string& a, const std::string& b, ValueKind kind) const override;
  std::string selected(const std::string& expression, ValueKind kind) const override;
  bool equality_is_exact() const override { return false; }  // COLLATE NOCASE, RTRIM.
  std::string json_key(const std::vector<std::string>& parts) const override;
  std::vector<Statement> create_staging(const TableName& staging, const TableName& table,
                                        const std::vector<StagedColumn>& columns) const override;
  TableName staging_table(std::string_view name) const override;
  std::string update_from(const std::string& target,
                          const std::vector<std::pair<std::string, std::string>>& sets,
                          const std::string& source, const std::string& condition) const override;
  std::string incremented(const std::string& column, const std::string& increment,
                          int scale) const override;
  std::vector<std::string> lock_rows(const RowLock& lock) const override;
  std::vector<std::string> insert_generated(const StagedInsert& insert) const override;
  std::vector<std::string> refuse_where(const std::string& staging, const std::string& condition,
                                        const std::string& message) const override;
  std::string unpack_keys(const std::string& staging, const std::vector<std::string>& columns,
                          const std::string& source) const override;
  std::string joined(const std::string& text) const override;
  std::string overriding() const override { return {}; }
  std::optional<std::string> constraints_now() const override { return std::nullopt; }
  Statement now() const override;

  // sqlite_journal.cpp
  std::vector<std::string> set_origin(const std::string& origin) const override;
  std::vector<std::string> clear_origin() const override;
  std::vector<Statement> create_own_tables() const override;
  std::vector<Statement> create_triggers(const JournalledTable& table) const override;
  std::vector<Statement> drop_triggers(const JournalledTable& table) const override;
  std::vector<Statement> drop_own_tables() const override;
  bool drops_found_triggers() const override { return false; }  // SQLite's SQL runs no text.
  Statement list_triggers() const override;
  Statement list_own_triggers() const override;
  Statement drop_trigger(const std::string& by) const override;
  std::vector<Statement> create_seal() const override;
  std::string seal_name() const override { return "miroir_seal"; }
  std::string last_journal_id() const override;
  std::string catalogue_state(const std::vector<JournalledTable>& tables) const override;
  std::vector<std::string> trigger_names(const JournalledTable& table) const override;
  Statement list_own_tables() const override;

  // sqlite_dialect.cpp: the driver
  bool texts_end_at_nul() const override { return true; }
  Value read_text(std::string&& text) const override;
  std::optional<Judgement> judge(const Diagnostic& diagnostic) const override;
  bool says_no_transaction(const Diagnostic& diagnostic) const override;
  std::vector<std::pair<std::string, std::string>> connection_options(
      const SessionLimits& limits) const override;
  std::string_view place_key() const override { return "Database"; }
  std::vector<std::string> prologue(const SessionLimits& limits) const override;
  std::string begin() const override { return "BEGIN"; }
  std::string commit() const override { return "COMMIT"; }
  std::vector<std::string> rollback() const override;
  std::vector<std::string> begin_snapshot() const override;
  std::vector<std::string> end_snapshot() const override;
  std::vector<std::string> snapshot_writes(bool allowed) const override;
  bool writes_staging(std::string_view text) const override;
  std::vector<std::string> write_messages(std::span<const Statement> statements) const override;

  // sqlite_catalog.cpp
  CatalogTable describe(Session& session, const TableName& table) const override;
  std::vector<std::string> warnings(Session& session,
                                    std::span<const TableName> tables) const override;
};

// Immutable, for all sessions and threads.
const SqliteDialect& sqlite_dialect();

}  // namespace miroir
