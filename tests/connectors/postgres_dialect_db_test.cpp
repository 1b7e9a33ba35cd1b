// The dialect's SQL where only a server can say whether it is right: staging, locks, keys.
#include <catch2/catch.hpp>

#include "connectors/postgres/postgres_dialect.hpp"
#include "connectors/postgres/postgres_session.hpp"
#include "tests/support/temporary_postgres.hpp"

namespace miroir::test {
namespace {

const Dialect& dialect = postgres_dialect();
const TableName staging = dialect.staging_table("staging");

struct Shop {
  TemporaryPostgres database;
  std::unique_ptr<Session> session;

  explicit Shop(const std::string& script) {
    database.execute(script);
    session = open_postgres(database.conninfo(), SessionLimits{}, "miroir/test");
  }
  void run(const std::vector<Statement>& statements) {
    for (const Statement& statement : statements) session->run(statement);
  }
  void run(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) session->run({text, {}});
  }
  std::string text(const std::string& query) {
    const std::array kinds{ValueKind::text};
    const auto rows = all_rows(*session, {query, {}}, kinds);
    return rows.empty() || is_null(rows[0][0]) ? "" : std::get<std::string>(rows[0][0]);
  }
  std::string type_of_staged(const std::string& column) {
    return text(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = 'pg_temp.staging'::regclass AND attname = '" +
        column + "'");
  }
};

}  // namespace

TEST_CASE("a staging table has the columns' types without their limits", "[postgres]") {
  Shop shop{
      "CREATE TYPE state AS ENUM ('placed'); CREATE DOMAIN code AS varchar(3) CHECK (VALUE <> 'x');"
      "CREATE TABLE t (\"n me\" varchar(5), price numeric(6,2), s state, c code, f char(2), at "
      "timestamptz(0))"};
  const std::vector<Dialect::StagedColumn> columns{
      {"row", "0", ValueKind::integer},      {"nothing", "NULL", ValueKind::text},
      {"name", "\"n me\"", ValueKind::text}, {"price", "\"price\"", ValueKind::decimal},
      {"s", "\"s\"", ValueKind::text},       {"c", "\"c\"", ValueKind::text},
      {"f", "\"f\"", ValueKind::text},       {"at", "\"at\"", ValueKind::instant}};
  shop.run(dialect.create_staging(staging, {"", "t"}, columns));
  shop.run(dialect.create_staging(staging, {"", "t"}, columns));  // Only if missing.
  CHECK(shop.type_of_staged("row") == "bigint");
  CHECK(shop.type_of_staged("nothing") == "text");
  CHECK(shop.type_of_staged("name") == "character varying");
  CHECK(shop.type_of_staged("price") == "numeric");
  CHECK(shop.type_of_staged("s") == "state");
  CHECK(shop.type_of_staged("c") == "character varying");
  CHECK(shop.type_of_staged("f") == "bpchar");
  CHECK(shop.type_of_staged("at") == "timestamp with time zone");
  CHECK(shop.text("SELECT count(*)::text FROM staging") == "0");
}

TEST_CASE("what is the same is the same to the byte, and NULL is the same as NULL", "[postgres]") {
  Shop shop{
      "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false);"
      "CREATE TABLE t (a varchar(20) COLLATE blind, b varchar(20) COLLATE blind);"
      "INSERT INTO t VALUES ('Chateau', 'Château')"};
  const auto same = [&](const std::string& a, const std::string& b, ValueKind kind) {
    return shop.text("SELECT (" + dialect.same(a, b, kind) + ")::text FROM t") == "true";
  };
  CHECK(shop.text("SELECT (a = b)::text FROM t") == "true");
  CHECK_FALSE(same("a", "b", ValueKind::text));
  CHECK(same("a", "a", ValueKind::text));
  CHECK_FALSE(same("'x'", "'x '", ValueKind::text));
  CHECK_FALSE(same("NULL", "''", ValueKind::text));
  CHECK(same("NULL::text", "NULL", ValueKind::text));
  CHECK(same("1.50", "1.5", ValueKind::decimal));
  CHECK_FALSE(same("NULL::numeric", "0", ValueKind::decimal));
}

TEST_CASE("rows that another holds are skipped, the others are locked and flagged", "[postgres]") {
  Shop shop{
      "CREATE TABLE \"or.der\" (id int PRIMARY KEY, note text); INSERT INTO \"or.der\" VALUES (1), "
      "(2), (3)"};
  const TableName table{"public", "or.der"};
  shop.run(dialect.create_staging(staging, table,
                                  {{"row", "0", ValueKind::integer},
                                   {"free", "0", ValueKind::integer},
                                   {"id", "\"id\"", ValueKind::integer}}));
  shop.session->run(
      {"INSERT INTO pg_temp.staging VALUES (1, 0, 1), (2, 0, 2), (3, 0, 3), (4, 0, 4)", {}});
  PostgresClient another{shop.database.conninfo()};
  another.execute("BEGIN; UPDATE \"or.der\" SET note = 'mine' WHERE id = 2");
  const std::string target = dialect.quote(table);
  const auto locks =
      dialect.lock_rows(target, dialect.quote(staging), "s.\"id\" = " + target + ".\"id\"",
                        "s.\"row\" > 1", "\"row\"", "\"free\"");
  std::vector<Statement> statements;
  for (const std::string& text : locks) statements.push_back({text, {}});
  shop.session->run_transaction(statements);
  CHECK(shop.text("SELECT string_agg(\"row\"::text, ',') FROM staging WHERE free = 1") == "3");
}

TEST_CASE("updates take their values from staging", "[postgres]") {
  Shop shop{"CREATE TABLE t (id int, stock numeric(8,2)); INSERT INTO t VALUES (1, 5), (2, NULL)"};
  shop.run(dialect.create_staging(
      staging, {"", "t"},
      {{"id", "\"id\"", ValueKind::integer}, {"add", "\"stock\"", ValueKind::decimal}}));
  shop.session->run({"INSERT INTO pg_temp.staging VALUES (1, -1.25), (2, 0.5)", {}});
  shop.run({dialect.update_from(
      "\"t\"", {{"\"stock\"", dialect.incremented("\"t\".\"stock\"", "s.\"add\"", 2)}},
      dialect.quote(staging), "s.\"id\" = \"t\".\"id\"")});
  CHECK(shop.text("SELECT string_agg(stock::text, ' ' ORDER BY id) FROM t") == "3.75 0.50");
}

TEST_CASE("generated keys are handed out before the insert, in the staging rows' order",
          "[postgres]") {
  Shop shop{
      "CREATE TABLE \"o'rder\" (id int GENERATED ALWAYS AS IDENTITY, old serial,"
      " code text DEFAULT 'W' || gen_random_uuid(), plain int)"};
  const TableName table{"public", "o'rder"};
  shop.run(dialect.create_staging(staging, table,
                                  {{"row", "0", ValueKind::integer},
                                   {"id", "\"id\"", ValueKind::integer},
                                   {"old", "\"old\"", ValueKind::integer},
                                   {"code", "\"code\"", ValueKind::text}}));
  shop.session->run({"INSERT INTO pg_temp.staging VALUES (3), (2), (1), (9)", {}});
  const auto allocate = [&](const std::string& column) {
    shop.run({dialect.allocate_keys(table, column, dialect.quote(staging), dialect.quote(column),
                                    "\"row\"", "s.\"row\" < 9")});
  };
  allocate("id");
  allocate("old");
  allocate("code");
  CHECK(shop.text("SELECT string_agg(\"row\" || ':' || id || ':' || old, ' ' ORDER BY \"row\") "
                  "FROM staging") == "1:1:1 2:2:2 3:3:3");
  CHECK(shop.text("SELECT count(DISTINCT code)::text FROM staging WHERE code LIKE 'W%'") == "3");
  CHECK_THROWS_AS(allocate("plain"), DbError);
  shop.run({"INSERT INTO \"o'rder\" (id, old, code) " + dialect.overriding() +
            "SELECT id, old, code FROM pg_temp.staging WHERE \"row\" < 9"});
  CHECK(shop.text("SELECT count(*)::text FROM \"o'rder\"") == "3");
}

TEST_CASE("key texts come apart with the types of their columns", "[postgres]") {
  Shop shop{"CREATE TABLE t (type int, \"no \"\"x\" varchar(20), day date)"};
  shop.run(dialect.create_staging(staging, {"", "t"},
                                  {{"a", "\"type\"", ValueKind::integer},
                                   {"b\"", "\"no \"\"x\"", ValueKind::text},
                                   {"c", "\"day\"", ValueKind::date}}));
  const std::string key = dialect.json_key({"1", "'W\"1é,\\'::varchar", "DATE '2026-03-29'"});
  CHECK(shop.text("SELECT " + key) == R"([1,"W\"1é,\\","2026-03-29"])");
  CHECK(shop.text("SELECT " + dialect.json_key({"NULL::int"})) == "[null]");
  shop.run({dialect.unpack_keys(dialect.quote(staging), {"\"a\"", "\"b\"\"\"", "\"c\""},
                                "SELECT " + key + " AS key_text")});
  CHECK(shop.text("SELECT a || '|' || \"b\"\"\" || '|' || c FROM staging") ==
        "1|W\"1é,\\|2026-03-29");
}

TEST_CASE("texts of a group are joined by commas", "[postgres]") {
  Shop shop{""};
  CHECK(shop.text("SELECT " + dialect.joined("n") + " FROM generate_series(1, 3) AS n") == "1,2,3");
}

TEST_CASE("the clock is an instant of now", "[postgres]") {
  Shop shop{""};
  const std::array kinds{ValueKind::instant};
  const auto now = std::get<Instant>(all_rows(*shop.session, dialect.now(), kinds).at(0).at(0));
  const auto here = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  CHECK(std::abs(now.micros - here.count()) < 60'000'000);
}

}  // namespace miroir::test
