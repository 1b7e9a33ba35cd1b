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
      "CREATE TABLE \"or.der\" (id int PRIMARY KEY, note text); INSERT INTO \"or.der\" VALUES (1, "
      "'a'), "
      "(2, 'b'), (3, 'c')"};
  const TableName table{"public", "or.der"};
  shop.run(dialect.create_staging(staging, table,
                                  {{"row", "0", ValueKind::integer},
                                   {"free", "0", ValueKind::integer},
                                   {"id", "\"id\"", ValueKind::integer},
                                   {"before", "\"note\"", ValueKind::text}}));
  shop.session->run(
      {"INSERT INTO pg_temp.staging VALUES (1, 0, 1), (2, 0, 2), (3, 0, 3), (4, 0, 4)", {}});
  PostgresClient another{shop.database.conninfo()};
  another.execute("BEGIN; UPDATE \"or.der\" SET note = 'mine' WHERE id = 2");
  const std::string target = dialect.quote(table);
  const auto locks = dialect.lock_rows({target,
                                        dialect.quote(staging),
                                        "s.\"id\" = " + target + ".\"id\"",
                                        "s.\"row\" > 1",
                                        "\"row\"",
                                        "\"free\"",
                                        {{"\"before\"", "\"note\""}}});
  std::vector<Statement> statements;
  for (const std::string& text : locks) statements.push_back({text, {}});
  shop.session->run_transaction(statements);
  CHECK(shop.text("SELECT string_agg(\"row\"::text, ',') FROM staging WHERE free = 1") == "3");
  CHECK(shop.text("SELECT string_agg(\"row\" || before, ',') FROM staging") == "3c");
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

TEST_CASE("the database hands out keys in the staging rows' order, by whatever means it has",
          "[postgres]") {
  Shop shop{
      "CREATE TABLE \"o'rder\" (id int GENERATED ALWAYS AS IDENTITY UNIQUE, old serial UNIQUE,"
      " code text DEFAULT 'W' || gen_random_uuid() UNIQUE, plain text DEFAULT '', note text)"};
  const TableName table{"public", "o'rder"};
  const auto insert = [&](const std::string& column, const std::string& given) {
    shop.session->run({"DROP TABLE IF EXISTS pg_temp.staging", {}});
    shop.session->run({"TRUNCATE \"o'rder\"", {}});
    const std::string key = dialect.quote(column);
    shop.run(dialect.create_staging(staging, table,
                                    {{"row", "0", ValueKind::integer},
                                     {"k", key, ValueKind::text},
                                     {"note", "\"note\"", ValueKind::text}}));
    shop.session->run({"INSERT INTO pg_temp.staging VALUES (3, NULL, 'c'), (2, " + given +
                           ", 'b'), (1, NULL, 'a'), (9, NULL, 'no')",
                       {}});
    Dialect::StagedInsert staged;
    staged.table = table;
    staged.columns = {key, "\"note\""};
    staged.values = {"s.\"k\"", "s.\"note\""};
    staged.staging = dialect.quote(staging);
    staged.row_column = "\"row\"";
    staged.filter = "s.\"row\" < 9";
    staged.generated = column;
    staged.staged_column = "\"k\"";
    shop.run(dialect.insert_generated(staged));
    CHECK(shop.text("SELECT count(*)::text FROM pg_temp.staging WHERE k IS NULL") == "1");
    const std::string pairs = "string_agg(note || '=' || " + key + ", ' ' ORDER BY note)";
    const std::string stored = shop.text("SELECT " + pairs + " FROM \"o'rder\"");
    CHECK(shop.text("SELECT string_agg(note || '=' || k, ' ' ORDER BY note) FROM staging WHERE "
                    "\"row\" < 9") == stored);
    return stored;
  };
  CHECK(insert("id", "77") == "a=1 b=77 c=2");
  CHECK(insert("old", "NULL") == "a=4 b=5 c=6");  // Three went to the rows before.
  CHECK_THAT(insert("code", "'mine'"), Catch::StartsWith("a=W") && Catch::Contains(" b=mine c=W"));
  CHECK_THROWS_AS(insert("plain", "'x'"), DbError);  // Always the same default hands out nothing.

  shop.database.execute(
      "CREATE SEQUENCE n; CREATE FUNCTION number() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN"
      " IF NEW.plain = '' THEN NEW.plain := 'SO-' || nextval('n'); END IF; RETURN NEW; END $f$;"
      "CREATE TRIGGER number BEFORE INSERT ON \"o'rder\" FOR EACH ROW EXECUTE FUNCTION number()");
  CHECK(insert("plain", "'x'") == "a=SO-1 b=x c=SO-2");
  CHECK_THAT(insert("id", "78"), Catch::Contains("b=78"));  // It minds another column.
}

TEST_CASE("a row that the site's trigger leaves without a key is refused", "[postgres]") {
  Shop shop{
      "CREATE TABLE t (k text UNIQUE); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $f$"
      " BEGIN RETURN NULL; END $f$;"
      "CREATE TRIGGER f BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()"};
  shop.run(dialect.create_staging(
      staging, {"", "t"}, {{"row", "0", ValueKind::integer}, {"k", "\"k\"", ValueKind::text}}));
  shop.session->run({"INSERT INTO pg_temp.staging VALUES (1, NULL)", {}});
  Dialect::StagedInsert staged;
  staged.table = {"", "t"};
  staged.columns = {"\"k\"", "\"note\""};
  staged.values = {"s.\"k\"", "'x'"};
  staged.staging = dialect.quote(staging);
  staged.row_column = "\"row\"";
  staged.filter = "1 = 1";
  staged.generated = "k";
  staged.staged_column = "\"k\"";
  shop.database.execute("ALTER TABLE t ADD note text");
  try {
    shop.run(dialect.insert_generated(staged));
    FAIL("not refused");
  } catch (const DbError& error) {
    CHECK(error.recovery() == Recovery::refused);
    CHECK_THAT(error.what(), Catch::Contains("handed out no"));
  }
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
