// A session: one connection to one database, used by one thread at a time.
//
// Two implementations: PostgresSession (libpqxx) and OdbcSession (unixODBC). Both run statements
// that the dialect and the functions of journal.hpp and delivery.hpp wrote, translate every failure
// to DbError, and keep the limits given at connect: connect, lock wait, statement, idle in
// transaction; a dead line's locks are freed by the server (keepalives).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "connectors/errors.hpp"
#include "connectors/statement.hpp"
#include "schema/mapping_file.hpp"
#include "schema/value.hpp"

namespace miroir {

class Dialect;

struct SessionLimits {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds lock_wait{2'000};
  std::chrono::milliseconds statement{30'000};
  std::chrono::milliseconds idle_in_transaction{10'000};
  std::chrono::milliseconds dead_line{
      30'000};  // Until the server gives up a client that no longer answers.
};

using RowSink = std::function<void(Row&&)>;

class Session {
 public:
  virtual ~Session() = default;
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  virtual const Dialect& dialect() const = 0;

  // Runs one statement, in the open transaction or on its own; returns the number of rows it
  // changed.
  virtual std::size_t run(const Statement& statement) = 0;

  // Streams the rows: memory does not grow with their number. Column i is read as kinds[i].
  // The sink must not use the session.
  virtual void query(const Statement& statement, std::span<const ValueKind> kinds,
                     const RowSink& sink) = 0;

  // Bulk-inserts rows into a table of the session's own (COPY, or one prepared statement executed
  // for each row). next(row) fills `row` (values in the order of `columns`) and returns false at
  // the end.
  virtual void upload(const TableName& table, std::span<const std::string> columns,
                      const std::function<bool(Row&)>& next) = 0;

  // Read-only, one snapshot for all that is read until end_snapshot().
  virtual void begin_snapshot() = 0;
  virtual void end_snapshot() = 0;

  // Runs all the statements in one transaction that writes, committed: in one round trip where the
  // protocol can, so that no lock waits for the client. None of them may have parameters (values
  // come from staging tables) or give rows. On an error all is rolled back. An error during or
  // after the commit whose effect is unknown is in_doubt.
  virtual void run_transaction(std::span<const Statement> statements) = 0;

  virtual CatalogTable describe(const TableName& table) = 0;

  // Ends a broken connection and opens a new one; temporary tables are gone.
  virtual void reconnect() = 0;
  virtual bool connected() const = 0;
};

inline std::vector<Row> all_rows(Session& session, const Statement& statement,
                                 std::span<const ValueKind> kinds) {
  std::vector<Row> rows;
  session.query(statement, kinds, [&](Row&& row) { rows.push_back(std::move(row)); });
  return rows;
}

}  // namespace miroir
