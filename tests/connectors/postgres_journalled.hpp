// A PostgreSQL database whose orders and lines are journaled, for the tests of the journal. Needs
// MIROIR_TEST_POSTGRES.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "connectors/journal.hpp"
#include "connectors/postgres/postgres_dialect.hpp"
#include "connectors/postgres/postgres_session.hpp"
#include "tests/support/temporary_postgres.hpp"

namespace miroir::test {

inline const Dialect& dialect = postgres_dialect();
inline const Dialect::JournalledTable orders{{"public", "orders"}, "order", "order", {"id"}, {"id"},
                                             {"id", "note"}};
inline const Dialect::JournalledTable lines{
    {"public", "lines"}, "order", "line", {"id"}, {"order_id"}, {"id", "order_id", "qty"}};

struct Journalled {
  TemporaryPostgres database;
  std::unique_ptr<Session> session;

  Journalled() {
    database.execute(
        "CREATE TABLE orders (id int PRIMARY KEY, note varchar(20), seen int);"
        "CREATE TABLE lines (id int PRIMARY KEY, order_id int, qty numeric(8,2))");
    session = open_postgres(database.conninfo(), SessionLimits{}, "miroir/test");
    install();
  }
  void run(const std::vector<Statement>& statements) {
    for (const Statement& statement : statements) session->run(statement);
  }
  void install() {
    run(dialect.create_own_tables());
    run(dialect.create_triggers(orders));
    run(dialect.create_triggers(lines));
  }
  // What the script leaves in the journal: "op old_key>new_key@root", one for each row.
  std::string journal_of(const std::string& script) {
    database.execute("DELETE FROM miroir.journal; " + script);
    return database.value(
        "SELECT string_agg(part || ' ' || op || ' ' || coalesce(old_key, '') || '>' ||"
        " coalesce(new_key, '') || '@' || root, ', ' ORDER BY id) FROM miroir.journal");
  }
  // What a batch of miroir's that makes `own` leaves in the journal: "part op old_key>new_key".
  std::string noted_of(const std::vector<std::string>& own) {
    database.execute("DELETE FROM miroir.journal");
    std::vector<Statement> batch;
    for (const std::string& text : dialect.set_origin("SELECT 17")) batch.push_back({text, {}});
    const auto unnoted = dialect.leave_unnoted("'order'", "orders").value();
    batch.push_back({unnoted.before, {}});
    for (const std::string& text : own) batch.push_back({text, {}});
    batch.push_back({unnoted.after, {}});
    session->run_transaction(batch);
    return database.value(
        "SELECT coalesce(string_agg(part || ' ' || op || ' ' || coalesce(old_key, '') || '>' ||"
        " coalesce(new_key, ''), ', ' ORDER BY id), 'nothing') FROM miroir.journal");
  }
  std::size_t triggers() {
    return read_installed(*session).triggers.size();
  }
};

}  // namespace miroir::test
