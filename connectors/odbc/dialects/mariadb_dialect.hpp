// MariaDB's SQL, and what its ODBC driver (mariadb-connector-odbc 3.1) needs to be told. See
// ../README.md for what was measured. MariaDB 10.6 or newer (SKIP LOCKED), InnoDB only.
//
// A transaction that writes is one compound statement (BEGIN NOT ATOMIC ... END), so that no lock
// waits for the line; DDL commits by itself and is sent statement by statement. Texts are compared
// by bytes, whatever a column's collation takes for equal. Dates travel as text, since the driver
// reads 0000-00-00 as NULL.
#pragma once

#include "connectors/odbc/odbc_dialect.hpp"

namespace miroir {

class MariadbDialect : public OdbcDialect {
 public:
  using OdbcDialect::quote;

  // mariadb_dialect.cpp: SQL
  std::string quote(std::string_view name) const override;
  std::string placeholder(std::size_t one_based, ValueKind kind) const override;
  OwnTables own_tables() const override;
  std::string same(const std::string& a, const std::string& b, ValueKind kind) const override;
  bool equality_is_exact() const override { return false; }
  std::string selected(const std::string& expression, ValueKind kind) const override;
  std::string json_key(const std::vector<std::string>& parts) const override;
  std::vector<Statement> create_staging(const TableName& staging, const TableName& table,
                                        const std::vector<StagedColumn>& columns) const override;
  TableName staging_table(std::string_view name) const override { return {"", std::string{name}}; }
  std::string update_from(const std::string& target,
                          const std::vector<std::pair<std::string, std::string>>& sets,
                          const std::string& source, const std::string& condition) const override;
  std::string delete_staged(const std::string& target, const std::vector<std::string>& columns,
                            const std::string& staging, const std::vector<std::string>& values,
                            const std::string& filter) const override;
  std::vector<std::string> delete_where(const std::string& target, const std::string& id,
                                        const std::string& condition) const override;
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

  // mariadb_journal.cpp
  std::vector<std::string> set_origin(const std::string& origin) const override;
  std::vector<std::string> clear_origin() const override;
  std::vector<Statement> create_own_tables() const override;
  std::vector<Statement> create_triggers(const JournalledTable& table) const override;
  std::vector<Statement> drop_triggers(const JournalledTable& table) const override;
  std::vector<Statement> drop_own_tables() const override;
  Statement list_triggers() const override;
  Statement list_own_triggers() const override;
  Statement drop_trigger(const std::string& by) const override;
  std::string last_journal_id() const override;
  std::string catalogue_state(const std::vector<JournalledTable>& tables) const override;
  int trigger_version() const override { return 3; }
  std::vector<std::string> trigger_names(const JournalledTable& table) const override;
  Statement list_own_tables() const override;
  std::string as_script(const std::vector<std::vector<Statement>>& steps) const override;

  // mariadb_driver.cpp
  std::optional<Judgement> judge(const Diagnostic& diagnostic) const override;
  std::string without_values(const Diagnostic& diagnostic) const override;
  bool says_no_transaction(const Diagnostic&) const override { return false; }
  std::vector<std::pair<std::string, std::string>> connection_options(
      const SessionLimits& limits) const override;
  // The driver's SQLCancel opens a connection of its own, which over a dead line takes minutes;
  // max_statement_time and Read_Timeout end whatever takes too long.
  bool needs_watchdog() const override { return false; }
  std::string_view place_key() const override { return "Server"; }
  std::vector<std::string> prologue(const SessionLimits& limits) const override;
  std::string instant_text(Instant instant) const override;
  // 65 digits in all, 38 of them before the point.
  int scale_max() const override { return 27; }
  std::size_t rows_per_insert(std::size_t columns) const override;
  std::optional<std::string> message_bytes_max() const override {
    return "SELECT @@max_allowed_packet";
  }
  std::string begin() const override { return "START TRANSACTION"; }
  std::string commit() const override { return "COMMIT"; }
  std::vector<std::string> rollback() const override { return {"ROLLBACK"}; }
  std::vector<std::string> begin_snapshot() const override;
  std::vector<std::string> end_snapshot() const override { return {"COMMIT"}; }
  std::vector<std::string> snapshot_writes(bool) const override { return {}; }
  bool writes_staging(std::string_view) const override { return false; }
  std::vector<std::string> write_messages(std::span<const Statement> statements) const override;
  bool answers(std::string_view message) const override;
  bool is_failure(const Diagnostic& diagnostic) const override;

  // mariadb_catalog.cpp
  CatalogTable describe(Session& session, const TableName& table) const override;
  std::vector<std::string> warnings(Session& session,
                                    std::span<const TableName> tables) const override;
};

// Immutable, for all sessions and threads.
const MariadbDialect& mariadb_dialect();

}  // namespace miroir
