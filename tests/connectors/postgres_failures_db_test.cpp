// What only a server can do to a session: end it, refuse it, and say too much.
#include <catch2/catch.hpp>

#include "connectors/postgres/postgres_session.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/temporary_postgres.hpp"

namespace miroir::test {
namespace {

constexpr std::array text_kind{ValueKind::text};
constexpr std::array integer_kind{ValueKind::integer};

std::unique_ptr<Session> open(const std::string& conninfo) {
  return open_postgres(conninfo, SessionLimits{}, "miroir/test");
}

std::string text_of(Session& session, const std::string& query) {
  return std::get<std::string>(all_rows(session, {query, {}}, text_kind).at(0).at(0));
}

// As an administrator would, and not before the backend is gone.
void end_session(TemporaryPostgres& database) {
  database.execute(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
      " WHERE application_name = 'miroir/test' AND datname = current_database()");
}

}  // namespace

TEST_CASE("a session that an administrator ended is reconnected", "[postgres]") {
  TemporaryPostgres database;
  const auto session = open(database.conninfo());
  end_session(database);
  CHECK(error_of([&] { text_of(*session, "SELECT 'x'"); }).recovery() == Recovery::reconnect);
  CHECK_FALSE(session->connected());
  CHECK(error_of([&] { text_of(*session, "SELECT 'x'"); }).recovery() == Recovery::reconnect);
  session->reconnect();
  CHECK(text_of(*session, "SELECT 'x'") == "x");
}

TEST_CASE("a session that dies inside a snapshot can end it and go on", "[postgres]") {
  TemporaryPostgres database;
  const auto session = open(database.conninfo());
  session->begin_snapshot();
  end_session(database);
  CHECK(error_of([&] { text_of(*session, "SELECT 'x'"); }).recovery() == Recovery::reconnect);
  session->end_snapshot();
  session->reconnect();
  session->begin_snapshot();
  CHECK(text_of(*session, "SELECT 'x'") == "x");
}

TEST_CASE("a snapshot that a query broke can be ended, and the session goes on", "[postgres]") {
  TemporaryPostgres database;
  const auto session = open(database.conninfo());
  session->begin_snapshot();
  CHECK_THROWS_AS(text_of(*session, "SELECT 1 / 0"), DbError);
  session->end_snapshot();
  CHECK(text_of(*session, "SELECT 'x'") == "x");
}

TEST_CASE("a connection lost during a transaction that writes is in doubt", "[postgres]") {
  TemporaryPostgres database;
  database.execute("CREATE TABLE t (id int)");
  const auto session = open(database.conninfo());
  const std::vector<Statement> dies{{"INSERT INTO t VALUES (1)", {}},
                                    {"SELECT pg_terminate_backend(pg_backend_pid())", {}}};
  CHECK(error_of([&] { session->run_transaction(dies); }).recovery() == Recovery::in_doubt);
  CHECK(error_of([&] { session->run(dies[1]); }).recovery() ==
        Recovery::reconnect);  // Known to be closed.
  session->reconnect();
  CHECK(error_of([&] { session->run(dies[1]); }).recovery() == Recovery::in_doubt);
}

TEST_CASE("what a trigger reports as a lost line, or as a server that stops, is its own error",
          "[postgres]") {
  TemporaryPostgres database;
  database.execute(
      "CREATE TABLE t (code text); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ "
      "BEGIN "
      "RAISE 'could not establish connection' USING ERRCODE = NEW.code; END $$;"
      "CREATE TRIGGER f BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()");
  const auto session = open(database.conninfo());
  for (const std::string code : {"08000", "08001", "08006", "53300", "57P01", "57P02", "57P03"}) {
    CAPTURE(code);
    const std::vector<Statement> writes{{"INSERT INTO t VALUES ('" + code + "')", {}}};
    const DbError error = error_of([&] { session->run_transaction(writes); });
    CHECK(name_of(error.recovery()) == "misconfigured");
    CHECK(std::string{error.what()} == "could not establish connection");
    CHECK(error.hint().find("trigger") != std::string_view::npos);
    CHECK(name_of(error_of([&] { session->run(writes[0]); }).recovery()) == "misconfigured");
    CHECK(text_of(*session, "SELECT 'x'") == "x");
  }
}

TEST_CASE("what a session has prepared ends with an error, or with it", "[postgres]") {
  TemporaryPostgres database;
  database.execute("CREATE TABLE t (id int)");
  const auto session = open(database.conninfo());
  const std::vector<Statement> writes{{"INSERT INTO t VALUES (1)", {}}};
  const std::vector<Statement> fails{{"INSERT INTO t VALUES (1)", {}}, {"SELECT 1 / 0", {}}};
  const auto prepared = [&] {
    return text_of(*session,
                   "SELECT coalesce(string_agg(name, ' '), '') FROM pg_prepared_statements");
  };
  for (int n = 0; n < 3; ++n) session->run_transaction(writes);
  CHECK(prepared() == "miroir_1");
  CHECK_THROWS_AS(session->run_transaction(fails), DbError);
  CHECK(prepared().empty());
  session->run_transaction(writes);
  CHECK_THROWS_AS(session->run_transaction(fails), DbError);  // It was prepared, and failed then.
  CHECK(prepared().empty());
  for (int n = 0; n < 2; ++n) session->run_transaction(writes);
  CHECK(prepared() == "miroir_3");
  session->reconnect();
  for (int n = 0; n < 2; ++n) session->run_transaction(writes);
  CHECK(prepared() == "miroir_4");
  CHECK(text_of(*session, "SELECT count(*)::text FROM t") == "8");
}

TEST_CASE("a session that dies during an upload is reconnected", "[postgres]") {
  TemporaryPostgres database;
  database.execute("CREATE TABLE t (id int)");
  const auto session = open(database.conninfo());
  const std::vector<std::string> columns{"id"};
  std::int64_t next = 0;
  const DbError error = error_of([&] {
    session->upload({"", "t"}, columns, [&](Row& row) {
      if (next == 1'000) end_session(database);
      row = {next};
      return next++ < 200'000;
    });
  });
  CHECK(error.recovery() == Recovery::reconnect);
  session->reconnect();
  CHECK(text_of(*session, "SELECT count(*)::text FROM t") == "0");
}

TEST_CASE("a server that nobody answers at is named, with what to check", "[postgres]") {
  const DbError error = error_of([] { open("host=127.0.0.1 port=1 password=s3cret dbname=x"); });
  CHECK(error.recovery() == Recovery::reconnect);
  CHECK(std::string{error.what()}.find("127.0.0.1") != std::string::npos);
  CHECK(std::string{error.what()}.find("s3cret") == std::string::npos);
  CHECK(error.hint().find("host and port") != std::string::npos);
}

TEST_CASE("an unknown database or user is a matter for a person", "[postgres]") {
  TemporaryPostgres database;
  const DbError missing = error_of([&] { open(database.conninfo("dbname=not_there")); });
  CHECK(missing.recovery() == Recovery::misconfigured);
  CHECK(missing.sqlstate() == "3D000");
  const DbError user = error_of([&] { open(database.conninfo("user=nobody_knows")); });
  CHECK(user.recovery() == Recovery::misconfigured);
  CHECK(user.hint().find("user") != std::string_view::npos);
}

TEST_CASE("a row that a policy hides is an error, and not absent", "[postgres]") {
  TemporaryPostgres database;
  database.execute(
      "CREATE TABLE t (id int); INSERT INTO t VALUES (1), (2); GRANT SELECT ON t TO pg_monitor;"
      "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id > 1)");
  const auto session = open(database.conninfo());
  CHECK(text_of(*session, "SELECT count(*)::text FROM t") == "2");
  session->run({"SET ROLE pg_monitor", {}});
  const DbError error = error_of([&] { text_of(*session, "SELECT count(*)::text FROM t"); });
  CHECK(error.sqlstate() == "42501");
  CHECK(error.hint().find("BYPASSRLS") != std::string_view::npos);
}

TEST_CASE("an error shows no row's contents", "[postgres]") {
  TemporaryPostgres database;
  database.execute(
      "CREATE TABLE t (email text PRIMARY KEY, n int); INSERT INTO t VALUES ('a@secret.fr', 1)");
  const auto session = open(database.conninfo());
  const auto what = [&](const std::string& text) {
    return std::string{error_of([&] { session->run({text, {}}); }).what()};
  };
  CHECK(what("INSERT INTO t VALUES ('a@secret.fr', 2)").find("secret") == std::string::npos);
  CHECK(what("INSERT INTO t SELECT 'b', email::int FROM t").find("secret") == std::string::npos);
  CHECK(what("INSERT INTO t VALUES (NULL, 2)").find("email") != std::string::npos);
}

TEST_CASE("a statement that takes too long is given up and can be tried again", "[postgres]") {
  TemporaryPostgres database;
  SessionLimits limits;
  limits.statement = std::chrono::milliseconds{200};
  const auto session = open_postgres(database.conninfo(), limits, "miroir/test");
  CHECK(error_of([&] { text_of(*session, "SELECT pg_sleep(20)::text"); }).recovery() ==
        Recovery::retry);
  CHECK(text_of(*session, "SELECT 'x'") == "x");
}

TEST_CASE("the limits and the name are known to the server", "[postgres]") {
  TemporaryPostgres database;
  database.execute("ALTER DATABASE " + database.name() +
                   " SET \"TimeZone\" = 'Asia/Tokyo'; ALTER DATABASE " + database.name() +
                   " SET \"DateStyle\" = 'German'; ALTER DATABASE " + database.name() +
                   " SET bytea_output = 'escape'; ALTER DATABASE " + database.name() +
                   " SET synchronous_commit = 'off'; ALTER DATABASE " + database.name() +
                   " SET default_transaction_isolation = 'serializable'");
  const auto session = open(database.conninfo());
  const auto setting = [&](const std::string& name) {
    return text_of(*session, "SELECT current_setting('" + name + "')");
  };
  CHECK(setting("lock_timeout") == "2s");
  CHECK(setting("statement_timeout") == "30s");
  CHECK(setting("idle_in_transaction_session_timeout") == "10s");
  CHECK(setting("application_name") == "miroir/test");
  CHECK(setting("client_encoding") == "UTF8");
  CHECK(setting("TimeZone") == "UTC");
  CHECK(setting("DateStyle") == "ISO, YMD");
  CHECK(setting("bytea_output") == "hex");
  CHECK(setting("synchronous_commit") == "on");
  CHECK(setting("default_transaction_isolation") == "read committed");
  CHECK(std::get<std::int64_t>(all_rows(*session,
                                        {"SELECT octet_length(current_setting('search_path'))", {}},
                                        integer_kind)[0][0]) > 0);
}

TEST_CASE("the server notices a dead line over TCP in time", "[postgres]") {
  TemporaryPostgres database;
  const auto session =
      open(database.conninfo("host=127.0.0.1"));  // A unix socket has no line to die.
  const auto setting = [&](const std::string& name) {
    return text_of(*session, "SELECT setting FROM pg_settings WHERE name = '" + name + "'");
  };
  CHECK(setting("tcp_keepalives_idle") == "15");
  CHECK(setting("tcp_keepalives_interval") == "5");
  CHECK(setting("tcp_keepalives_count") == "3");
  CHECK(setting("tcp_user_timeout") == "30000");
}

TEST_CASE("values that cannot be mirrored exactly come as PostgreSQL's text", "[postgres]") {
  TemporaryPostgres database;
  const auto session = open(database.conninfo());
  const auto read = [&](const std::string& expression, ValueKind kind) {
    const std::array kinds{kind};
    const auto rows = all_rows(*session, {"SELECT " + expression, {}}, kinds);
    return std::get<std::string>(rows.at(0).at(0));
  };
  CHECK(read("'NaN'::numeric", ValueKind::decimal) == "NaN");
  CHECK(read("1e40::numeric", ValueKind::decimal) == "1" + std::string(40, '0'));
  CHECK(read("'infinity'::date", ValueKind::date) == "infinity");
  CHECK(read("'0044-03-15 BC'::date", ValueKind::date) == "0044-03-15 BC");
  CHECK(read("'10000-01-01'::timestamp", ValueKind::timestamp) == "10000-01-01 00:00:00");
  CHECK(read("'-infinity'::timestamptz", ValueKind::instant) == "-infinity");
}

TEST_CASE("results around the size of a fetch are complete, with and without parameters",
          "[postgres]") {
  TemporaryPostgres database;
  const auto session = open(database.conninfo());
  const auto count = [&](std::int64_t rows) {
    std::int64_t seen = 0;
    session->query({"SELECT generate_series(1, $1::int)", {rows}}, integer_kind,
                   [&](Row&&) { ++seen; });
    return seen;
  };
  const auto check_all = [&] {
    for (const std::int64_t rows : {0, 1, 999, 1000, 1001, 12'345}) {
      CHECK(count(rows) == rows);
      const std::string text = "SELECT generate_series(1, " + std::to_string(rows) + ")";
      CHECK(all_rows(*session, {text, {}}, integer_kind).size() == static_cast<std::size_t>(rows));
    }
  };
  check_all();
  session->begin_snapshot();
  check_all();
  session->end_snapshot();
  check_all();
  CHECK(text_of(*session, "SELECT count(*)::text FROM pg_cursors") == "1");  // Its own.
}

TEST_CASE("PostgreSQL's own types are described by what they hold", "[postgres]") {
  TemporaryPostgres database;
  database.execute(
      "CREATE TYPE state AS ENUM ('placed', 'shipped');"
      "CREATE DOMAIN email AS varchar(80) NOT NULL; CREATE DOMAIN work_email AS email;"
      "CREATE TABLE d (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, s state, e work_email, c "
      "char(2),"
      " f float8, j jsonb, a int[], twice int GENERATED ALWAYS AS (3 * 2) STORED, u uuid UNIQUE,"
      " part int UNIQUE DEFERRABLE);"
      "CREATE UNIQUE INDEX ON d (c) WHERE s = 'placed'; CREATE UNIQUE INDEX ON d (lower(c))");
  const CatalogTable table = open(database.conninfo())->describe({"public", "d"});
  const auto column = [&](std::size_t i) { return table.columns.at(i); };
  CHECK(column(0).has_default);
  CHECK_FALSE(column(0).generated_always);
  CHECK(column(1).kind == ValueKind::text);
  CHECK(column(2).kind == ValueKind::text);
  CHECK(column(2).length == 80);
  CHECK_FALSE(column(2).nullable);
  CHECK(column(3).length == 2);
  for (const std::size_t cannot : {4, 5, 6}) CHECK_FALSE(column(cannot).kind.has_value());
  CHECK(column(4).declared_type == "double precision");
  CHECK(column(7).generated_always);
  CHECK_FALSE(column(7).has_default);
  const std::vector<std::vector<std::string>> keys{{"id"}, {"u"}, {"part"}};
  CHECK(table.unique_keys == keys);
}

}  // namespace miroir::test
