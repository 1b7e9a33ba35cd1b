#include "connectors/odbc/odbc_session.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>

#include "connectors/odbc/connection_string.hpp"
#include "connectors/odbc/odbc_error.hpp"
#include "connectors/odbc/odbc_handle.hpp"
#include "connectors/odbc/odbc_values.hpp"
#include "connectors/odbc/watchdog.hpp"

namespace miroir {
namespace {

// Rows that go into one INSERT are no more than this, unless one alone is.
constexpr std::size_t message_bytes = 1'000'000;

SQLCHAR* sql_text(const std::string& text) {
  return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.c_str()));  // ODBC only reads it.
}

ConnectionOptions checked_options(const std::string& text) {
  try {
    return parse_connection_string(text);
  } catch (const std::invalid_argument& e) {
    throw DbError{e.what(), "HY024", Recovery::misconfigured, "as in Driver=NAME;Database=PATH"};
  }
}

class OdbcSession final : public Session {
 public:
  OdbcSession(const std::string& connection_string, const OdbcDialect& dialect,
              const SessionLimits& limits)
      : dialect_{dialect},
        limits_{limits},
        options_{
            with_options(checked_options(connection_string), dialect.connection_options(limits))},
        environment_{ready_environment()},
        watchdog_{limits.statement} {
    reconnect();
  }

  const Dialect& dialect() const override { return dialect_; }
  std::size_t run(const Statement& statement) override;
  void query(const Statement& statement, std::span<const ValueKind> kinds,
             const RowSink& sink) override;
  void upload(const TableName& table, std::span<const std::string> columns,
              const std::function<bool(Row&)>& next) override;
  void begin_snapshot() override;
  void end_snapshot() override;
  void run_transaction(std::span<const Statement> statements) override;
  CatalogTable describe(const TableName& table) override { return dialect_.describe(*this, table); }
  void reconnect() override;
  bool connected() const override;

 private:
  StatementHandle new_statement();
  template <class Call>
  SQLRETURN watched(SQLHSTMT statement, Call&& call);
  void require(SQLHSTMT statement, SQLRETURN code, std::string_view doing);
  void execute(SQLHSTMT statement, const Statement& what, Parameters& parameters);
  std::size_t skip_rows(SQLHSTMT statement);
  std::size_t finish_results(SQLHSTMT statement);
  std::size_t run_as_is(const Statement& statement);
  std::size_t run_text(const std::string& text) { return run_as_is({text, {}}); }
  template <class Write>
  void write_staging(Write&& write);
  void require_room_for(std::size_t bytes);
  void roll_back();
  bool tried_rollback();
  void insert_rows(const std::string& into, std::size_t columns,
                   const std::function<bool(Row&)>& next);
  DbError connect_error(const std::vector<Diagnostic>& diagnostics) const;

  const OdbcDialect& dialect_;
  const SessionLimits limits_;
  const ConnectionOptions options_;
  EnvironmentHandle environment_;
  ConnectionHandle connection_;
  Watchdog watchdog_;
  std::optional<std::int64_t> message_bytes_max_;  // Asked for when it matters.
  bool in_snapshot_ = false;
};

void OdbcSession::reconnect() {
  connection_.reset();
  in_snapshot_ = false;
  message_bytes_max_.reset();
  SQLHANDLE handle = SQL_NULL_HANDLE;
  if (!succeeded(SQLAllocHandle(SQL_HANDLE_DBC, environment_.get(), &handle)))
    throw std::bad_alloc{};
  ConnectionHandle connection{handle};
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(limits_.connect).count();
  // ODBC passes small integers in pointers. NOLINTNEXTLINE(performance-no-int-to-ptr)
  SQLSetConnectAttr(handle, SQL_ATTR_LOGIN_TIMEOUT, reinterpret_cast<SQLPOINTER>(seconds), 0);
  const std::string text = to_connection_string(options_);
  const SQLRETURN code = SQLDriverConnect(handle, nullptr, sql_text(text), SQL_NTS, nullptr, 0,
                                          nullptr, SQL_DRIVER_NOPROMPT);
  if (!succeeded(code)) throw connect_error(diagnostics_of(SQL_HANDLE_DBC, handle));
  connection_ = std::move(connection);
  try {
    for (const std::string& statement : dialect_.prologue(limits_)) run_text(statement);
  } catch (const DbError&) {
    connection_.reset();  // A session without its prologue must not be used.
    throw;
  }
}

DbError OdbcSession::connect_error(const std::vector<Diagnostic>& diagnostics) const {
  const auto place = option(options_, dialect_.place_key());
  return error_from(diagnostics, dialect_, "cannot connect to " + place.value_or("the database"));
}

bool OdbcSession::connected() const {
  if (!connection_) return false;
  SQLUINTEGER dead = SQL_CD_FALSE;
  const SQLRETURN code =
      SQLGetConnectAttr(connection_.get(), SQL_ATTR_CONNECTION_DEAD, &dead, 0, nullptr);
  return !succeeded(code) || dead == SQL_CD_FALSE;  // Not every driver can tell.
}

StatementHandle OdbcSession::new_statement() {
  if (!connection_) throw DbError{"not connected", "08003", Recovery::reconnect};
  SQLHANDLE handle = SQL_NULL_HANDLE;
  if (!succeeded(SQLAllocHandle(SQL_HANDLE_STMT, connection_.get(), &handle))) {
    throw error_from(diagnostics_of(SQL_HANDLE_DBC, connection_.get()), dialect_,
                     "cannot prepare a statement");
  }
  return StatementHandle{handle};
}

template <class Call>
SQLRETURN OdbcSession::watched(SQLHSTMT statement, Call&& call) {
  if (!dialect_.needs_watchdog()) return call();
  return watchdog_.guard([statement] { SQLCancel(statement); }, std::forward<Call>(call));
}

void OdbcSession::require(SQLHSTMT statement, SQLRETURN code, std::string_view doing) {
  if (code == SQL_SUCCESS || code == SQL_NO_DATA)
    return;  // "No data": a statement that changed no row.
  const std::vector<Diagnostic> said = diagnostics_of(SQL_HANDLE_STMT, statement);
  const auto is_failure = [&](const Diagnostic& one) { return dialect_.is_failure(one); };
  if (code == SQL_SUCCESS_WITH_INFO && std::ranges::none_of(said, is_failure)) return;
  throw error_from(said, dialect_, doing);
}

void OdbcSession::execute(SQLHSTMT statement, const Statement& what, Parameters& parameters) {
  SQLCHAR* const text = sql_text(what.text);
  if (what.parameters.empty()) {
    const auto call = [&] { return SQLExecDirect(statement, text, SQL_NTS); };
    return require(statement, watched(statement, call), "cannot run a statement");
  }
  require(statement, SQLPrepare(statement, text, SQL_NTS), "cannot prepare a statement");
  require(statement, parameters.bind(statement, what.parameters, dialect_), "cannot bind a value");
  const auto call = [&] { return SQLExecute(statement); };
  require(statement, watched(statement, call), "cannot run a statement");
}

std::size_t OdbcSession::skip_rows(SQLHSTMT statement) {
  SQLSMALLINT columns = 0;
  require(statement, SQLNumResultCols(statement, &columns), "cannot read a result");
  for (std::size_t rows = 0; columns > 0; ++rows) {
    const SQLRETURN code = watched(statement, [&] { return SQLFetch(statement); });
    if (code == SQL_NO_DATA) return rows;
    require(statement, code, "cannot read a row");
  }
  return 0;
}

// A statement that gives rows may do nothing before they are fetched, and the error of a later
// statement in a batch is reported by SQLMoreResults alone. Returns how many rows there were.
std::size_t OdbcSession::finish_results(SQLHSTMT statement) {
  for (std::size_t rows = 0;;) {
    rows += skip_rows(statement);
    const SQLRETURN code = watched(statement, [&] { return SQLMoreResults(statement); });
    if (code == SQL_NO_DATA) return rows;
    require(statement, code, "cannot run a statement");
  }
}

std::size_t OdbcSession::run(const Statement& statement) {
  if (!in_snapshot_ || !dialect_.writes_staging(statement.text)) return run_as_is(statement);
  std::size_t rows = 0;
  write_staging([&] { rows = run_as_is(statement); });
  return rows;
}

// Staging tables may be written within a snapshot, which is read-only otherwise.
template <class Write>
void OdbcSession::write_staging(Write&& write) {
  for (const std::string& text : dialect_.snapshot_writes(true)) run_text(text);
  try {
    write();
  } catch (...) {
    for (const std::string& text : dialect_.snapshot_writes(false)) run_text(text);
    throw;
  }
  for (const std::string& text : dialect_.snapshot_writes(false)) run_text(text);
}

std::size_t OdbcSession::run_as_is(const Statement& statement) {
  StatementHandle handle = new_statement();
  Parameters parameters;
  execute(handle.get(), statement, parameters);
  SQLLEN rows = 0;
  if (!succeeded(SQLRowCount(handle.get(), &rows))) rows = 0;  // Nothing to count: DDL.
  if (finish_results(handle.get()) == 0 && dialect_.answers(statement.text)) {
    handle.reset();
    connection_.reset();  // Whatever is still open there ends with it.
    throw DbError{"a transaction ended before its end, and no error was said", "40003",
                  Recovery::in_doubt, "the next cycle finds out whether it happened"};
  }
  return static_cast<std::size_t>(std::max<SQLLEN>(rows, 0));
}

void OdbcSession::query(const Statement& statement, std::span<const ValueKind> kinds,
                        const RowSink& sink) {
  const StatementHandle handle = new_statement();
  Parameters parameters;
  execute(handle.get(), statement, parameters);
  SQLSMALLINT columns = 0;
  require(handle.get(), SQLNumResultCols(handle.get(), &columns), "cannot read a result");
  if (static_cast<std::size_t>(columns) != kinds.size()) {
    throw std::logic_error{"a result of " + std::to_string(columns) + " columns read as " +
                           std::to_string(kinds.size())};
  }
  ColumnReader reader{dialect_};
  while (true) {
    const SQLRETURN code = watched(handle.get(), [&] { return SQLFetch(handle.get()); });
    if (code == SQL_NO_DATA) break;
    require(handle.get(), code, "cannot read a row");
    Row row(kinds.size());
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      if (!reader.read(handle.get(), i + 1, kinds[i], row[i]))
        require(handle.get(), SQL_ERROR, "cannot read a value");
    }
    sink(std::move(row));
  }
}

void OdbcSession::require_room_for(std::size_t bytes) {
  const auto ask = dialect_.message_bytes_max();
  if (bytes <= message_bytes || !ask) return;
  if (!message_bytes_max_) {
    constexpr std::array kinds{ValueKind::integer};
    query({*ask, {}}, kinds,
          [&](Row&& row) { message_bytes_max_ = std::get<std::int64_t>(row[0]); });
  }
  refuse_longer(bytes, static_cast<std::size_t>(message_bytes_max_.value_or(0)));
}

// "INSERT INTO t (a, b) VALUES (?, ?), (?, ?)": prepared once for as many rows as the dialect sends
// at a time, and once more for what is left, or has other places.
void OdbcSession::insert_rows(const std::string& into, std::size_t columns,
                              const std::function<bool(Row&)>& next) {
  const std::size_t rows_max = dialect_.rows_per_insert(columns);
  StatementHandle handle;
  std::string prepared, places;
  Parameters parameters;
  const auto send = [&](const std::vector<Value>& values) {
    std::string text = into + " VALUES " + places;
    for (std::size_t i = 1; i < values.size() / columns; ++i) text += ", " + places;
    if (text != prepared) {
      handle = new_statement();
      require(handle.get(), SQLPrepare(handle.get(), sql_text(text), SQL_NTS),
              "cannot prepare an upload");
      prepared = std::move(text);
    }
    require(handle.get(), parameters.bind(handle.get(), values, dialect_), "cannot bind a value");
    const auto call = [&] { return SQLExecute(handle.get()); };
    require(handle.get(), watched(handle.get(), call), "cannot upload a row");
  };
  std::vector<Value> values;
  std::size_t bytes = 0;
  const auto send_all = [&] {
    if (!values.empty()) send(values);
    values.clear();
    bytes = 0;
  };
  for (Row row; next(row);) {
    if (row.size() != columns) throw std::logic_error{"a row has other columns than its upload"};
    const std::size_t more = bytes_of(row);
    std::string needed = places_for(row, dialect_);
    if (bytes + more > message_bytes || needed != places) send_all();
    require_room_for(more);
    places = std::move(needed);
    values.insert(values.end(), row.begin(), row.end());
    bytes += more;
    if (values.size() >= rows_max * columns) send_all();
  }
  send_all();
}

void OdbcSession::upload(const TableName& table, std::span<const std::string> columns,
                         const std::function<bool(Row&)>& next) {
  std::string names;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    names += (i ? ", " : "") + dialect_.quote(columns[i]);
  }
  const std::string into = "INSERT INTO " + dialect_.quote(table) + " (" + names + ")";
  if (in_snapshot_) {
    const auto write = [&] { insert_rows(into, columns.size(), next); };
    return dialect_.writes_staging(into) ? write_staging(write) : write();
  }
  run_text(dialect_.begin());
  try {
    insert_rows(into, columns.size(), next);
    run_text(dialect_.commit());
  } catch (...) {
    roll_back();
    throw;
  }
}

void OdbcSession::begin_snapshot() {
  if (in_snapshot_) throw std::logic_error{"a snapshot within a snapshot"};
  in_snapshot_ = true;
  try {
    for (const std::string& text : dialect_.begin_snapshot()) run_text(text);
  } catch (const DbError&) {
    roll_back();
    throw;
  }
}

void OdbcSession::end_snapshot() {
  if (!in_snapshot_) return;
  in_snapshot_ = false;
  try {
    for (const std::string& text : dialect_.end_snapshot()) run_text(text);
  } catch (const DbError&) {
    roll_back();
    throw;
  }
}

void OdbcSession::run_transaction(std::span<const Statement> statements) {
  if (in_snapshot_) throw std::logic_error{"a transaction within a snapshot"};
  const bool bound =
      std::ranges::any_of(statements, [](const Statement& s) { return !s.parameters.empty(); });
  if (bound) throw std::logic_error{"a transaction's statements take no parameters"};
  const std::vector<std::string> messages = dialect_.write_messages(statements);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    try {
      run_text(messages[i]);
    } catch (const DbError& e) {
      roll_back();
      const bool committing = i + 1 == messages.size();
      // MariaDB looks whether a compound statement was cancelled when its COMMIT is done, too.
      // A server that is read-only has said that it did not.
      const bool doubtful = (e.recovery() == Recovery::reconnect && e.sqlstate() != "25006") ||
                            e.sqlstate() == "57014";
      if (!committing || !doubtful) throw;
      throw DbError{e.what(), std::string{e.sqlstate()}, Recovery::in_doubt,
                    "the next cycle finds out whether it happened"};
    }
  }
}

// For use while an error is on its way. If even this fails, the connection is dropped: that rolls
// back for certain.
void OdbcSession::roll_back() {
  in_snapshot_ = false;
  if (connection_ && !tried_rollback()) connection_.reset();
}

bool OdbcSession::tried_rollback() {
  SQLHANDLE handle = SQL_NULL_HANDLE;
  if (!succeeded(SQLAllocHandle(SQL_HANDLE_STMT, connection_.get(), &handle))) return false;
  const StatementHandle statement{handle};
  for (const std::string& text : dialect_.rollback()) {
    if (succeeded(SQLExecDirect(handle, sql_text(text), SQL_NTS))) continue;
    const auto diagnostics = diagnostics_of(SQL_HANDLE_STMT, handle);
    if (diagnostics.empty() || !dialect_.says_no_transaction(diagnostics.front())) return false;
  }
  return true;
}

}  // namespace

std::unique_ptr<Session> open_odbc(const std::string& connection_string, const OdbcDialect& dialect,
                                   const SessionLimits& limits) {
  return std::make_unique<OdbcSession>(connection_string, dialect, limits);
}

std::vector<std::string> warnings(Session& session, std::span<const TableName> tables) {
  const auto* dialect = dynamic_cast<const OdbcDialect*>(&session.dialect());
  return dialect == nullptr ? std::vector<std::string>{} : dialect->warnings(session, tables);
}

}  // namespace miroir
