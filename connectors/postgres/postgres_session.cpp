#include "connectors/postgres/postgres_session.hpp"

#include <algorithm>
#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/prepared_statement>
#include <pqxx/result>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "connectors/postgres/postgres_catalog.hpp"
#include "connectors/postgres/postgres_conninfo.hpp"
#include "connectors/postgres/postgres_dialect.hpp"
#include "connectors/postgres/postgres_errors.hpp"
#include "connectors/postgres/postgres_prepared.hpp"
#include "connectors/postgres/postgres_prologue.hpp"
#include "connectors/postgres/postgres_text.hpp"
#include "connectors/postgres/postgres_upload.hpp"
#include "connectors/postgres/postgres_values.hpp"

namespace miroir {
namespace {

namespace pg = postgres;

constexpr std::size_t first_fetch_rows = 1'000;
constexpr std::size_t fetch_rows_max = 5'000;
constexpr std::size_t fetch_bytes_target = 1'000'000;  // What a fetch after the first aims at.

bool is_query(std::string_view text) {
  return text.starts_with("SELECT") || text.starts_with("WITH") || text.starts_with("VALUES");
}

std::size_t rows_of_next_fetch(std::size_t rows, std::size_t bytes) {
  const std::size_t row_bytes = std::max<std::size_t>(bytes / std::max<std::size_t>(rows, 1), 1);
  return std::clamp<std::size_t>(fetch_bytes_target / row_bytes, 1, fetch_rows_max);
}

// Gives the rows to the sink; returns how many bytes they had.
std::size_t pour(const pqxx::result& result, std::span<const ValueKind> kinds,
                 const RowSink& sink) {
  if (!result.empty() && result.columns() != kinds.size()) {
    throw std::logic_error{"a query gives another number of columns than are read"};
  }
  std::size_t bytes = 0;
  for (const auto& source : result) {
    Row row;
    row.reserve(kinds.size());
    for (const auto& field : source) {
      bytes += field.size();
      row.push_back(field.is_null()
                        ? Value{}
                        : pg::read_value({field.c_str(), field.size()}, kinds[row.size()]));
    }
    sink(std::move(row));
  }
  return bytes;
}

class PostgresSession final : public Session {
 public:
  PostgresSession(const std::string& conninfo, const SessionLimits& limits,
                  const std::string& application_name)
      : limits_{limits}, conninfo_{pg::make_conninfo(conninfo, limits, application_name)} {
    open();
  }

  const Dialect& dialect() const override { return postgres_dialect(); }

  std::size_t run(const Statement& statement) override {
    // On its own, a statement commits itself: a lost line leaves open whether it did.
    const auto lost = in_snapshot_ ? pg::IfLost::nothing_happened : pg::IfLost::unknown;
    return bound(statement.text, statement.parameters, lost).affected_rows();
  }

  void query(const Statement& statement, std::span<const ValueKind> kinds,
             const RowSink& sink) override {
    if (!is_query(statement.text)) {
      const auto lost = in_snapshot_ ? pg::IfLost::nothing_happened : pg::IfLost::unknown;
      pour(bound(statement.text, statement.parameters, lost), kinds, sink);
      return;
    }
    const std::string cursor = "miroir_rows_" + std::to_string(++cursors_);
    std::size_t asked = first_fetch_rows;
    pqxx::result rows = open_cursor(cursor, statement);
    for (;;) {
      const std::size_t bytes = pour(rows, kinds, sink);
      if (rows.size() < asked) return;
      asked = rows_of_next_fetch(rows.size(), bytes);
      rows = simple(fetch(cursor, asked), pg::IfLost::nothing_happened);
    }
  }

  void upload(const TableName& table, std::span<const std::string> columns,
              const std::function<bool(Row&)>& next) override {
    guarded(pg::IfLost::nothing_happened, [&] {
      pqxx::nontransaction work{*connection_};
      pg::copy_in(work, dialect().quote(table), columns, next);
    });
  }

  void begin_snapshot() override {
    if (in_snapshot_) throw std::logic_error{"a snapshot is open already"};
    // Last: a statement before it would make a transaction of its own, whose isolation cannot be
    // chosen any more.
    simple("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; " + close_cursor(),
           pg::IfLost::nothing_happened);
    in_snapshot_ = true;
  }

  void end_snapshot() override {
    in_snapshot_ = false;
    open_cursor_.clear();
    // A lost connection has ended its snapshot. COMMIT also ends a transaction that an error broke.
    if (connected()) simple("COMMIT", pg::IfLost::nothing_happened);
  }

  void run_transaction(std::span<const Statement> statements) override {
    if (in_snapshot_) throw std::logic_error{"a transaction that writes inside a snapshot"};
    for (const Statement& statement : statements) {
      if (!statement.parameters.empty()) throw std::logic_error{"a parameter in a transaction"};
    }
    std::string message = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n";
    for (const Statement& statement : statements) message += prepared_.call(statement.text) + ";\n";
    try {
      simple(message + "COMMIT", pg::IfLost::unknown);
      prepared_.succeeded();
    } catch (const DbError&) {
      roll_back();
      throw;
    }
  }

  CatalogTable describe(const TableName& table) override {
    const auto columns = all_rows(*this, pg::list_columns(table), pg::column_kinds);
    return pg::catalog_table(columns,
                             all_rows(*this, pg::list_unique_keys(table), pg::unique_key_kinds));
  }

  void reconnect() override {
    connection_.reset();
    in_snapshot_ = false;
    open_cursor_.clear();
    prepared_.forget();
    open();
  }

  bool connected() const override { return connection_ && connection_->is_open(); }

 private:
  void open() {
    try {
      connection_ = std::make_unique<pqxx::connection>(conninfo_.text);
    } catch (const pqxx::failure&) {
      throw pg::translated_connect(conninfo_.password);
    }
    const Statement prologue = pg::prologue(limits_);
    bound(prologue.text, prologue.parameters, pg::IfLost::nothing_happened);
  }

  template <class Work>
  std::invoke_result_t<const Work&> guarded(pg::IfLost lost, const Work& work) {
    // libpqxx would connect again by itself, and what was said to the lost session would be
    // forgotten unnoticed.
    if (!connected()) {
      throw DbError{"the connection is closed", "08003", Recovery::reconnect,
                    pg::hint_for("08003")};
    }
    try {
      return work();
    } catch (const pqxx::pqxx_exception&) {
      throw pg::translated(connected(), lost);
    }
  }

  // One message of the simple protocol: several statements, no parameters, the last one's rows.
  pqxx::result simple(const std::string& text, pg::IfLost lost) {
    return guarded(lost, [&] {
      pqxx::nontransaction work{*connection_};
      return work.exec(text);
    });
  }

  pqxx::result bound(const std::string& text, const std::vector<Value>& parameters,
                     pg::IfLost lost) {
    std::vector<std::optional<std::string>> texts;
    std::vector<const char*> pointers;
    texts.reserve(parameters.size());
    for (const Value& value : parameters) {
      texts.push_back(pg::write_value(value));
      pointers.push_back(texts.back() ? texts.back()->c_str() : nullptr);
    }
    return guarded(lost, [&] {
      pqxx::nontransaction work{*connection_};
      return work.exec_params(text, pqxx::prepare::make_dynamic_params(pointers));
    });
  }

  static std::string fetch(const std::string& cursor, std::size_t rows) {
    return "FETCH " + std::to_string(rows) + " FROM " + cursor;
  }

  // Closing costs no round trip of its own: it travels with the next message.
  std::string close_cursor() {
    return open_cursor_.empty() ? std::string{} : "CLOSE " + std::exchange(open_cursor_, {}) + "; ";
  }

  // Outside a snapshot the cursor must outlive the transaction of the one message: WITH HOLD.
  pqxx::result open_cursor(const std::string& cursor, const Statement& statement) {
    const std::string declare = "DECLARE " + cursor + " NO SCROLL CURSOR " +
                                (in_snapshot_ ? "" : "WITH HOLD ") + "FOR " + statement.text;
    const std::string rest = fetch(cursor, first_fetch_rows);
    pqxx::result rows;
    if (statement.parameters.empty()) {
      rows = simple(close_cursor() + declare + ";\n" + rest, pg::IfLost::nothing_happened);
    } else {
      bound(declare, statement.parameters, pg::IfLost::nothing_happened);
      rows = simple(close_cursor() + rest, pg::IfLost::nothing_happened);
    }
    open_cursor_ = cursor;
    return rows;
  }

  // Only tidies up after an error that is on its way to the caller; a connection that breaks now is
  // rolled back by the server, and the next call finds it closed. What was prepared before the
  // error is there all the same: nobody knows how far that was.
  void roll_back() {
    prepared_.forget();
    if (!connected()) return;
    try {
      simple("ROLLBACK; DEALLOCATE ALL", pg::IfLost::nothing_happened);
    } catch (const DbError&) {
      connection_->disconnect();
    }
  }

  SessionLimits limits_;
  pg::Conninfo conninfo_;
  std::unique_ptr<pqxx::connection> connection_;
  bool in_snapshot_ = false;
  std::string open_cursor_;  // One that the server still has.
  std::uint64_t cursors_ = 0;
  pg::PreparedTexts prepared_;  // Of transactions.
};

}  // namespace

std::unique_ptr<Session> open_postgres(const std::string& conninfo, const SessionLimits& limits,
                                       const std::string& application_name) {
  return std::make_unique<PostgresSession>(conninfo, limits, application_name);
}

}  // namespace miroir
