#include <array>
#include <catch2/catch.hpp>

#include "connectors/odbc/dialects/sqlite_dialect.hpp"
#include "connectors/odbc/odbc_session.hpp"
#include "tests/support/temporary_sqlite.hpp"

namespace miroir {
namespace {

using test::TemporarySqlite;

constexpr std::array one_text{ValueKind::text};
constexpr std::array one_integer{ValueKind::integer};

std::unique_ptr<Session> open(const TemporarySqlite& database) {
  return open_odbc(database.connection_string(), sqlite_dialect(), SessionLimits{});
}

std::string first_text(Session& session, const std::string& query) {
  const Value value = all_rows(session, {query, {}}, one_text).at(0).at(0);
  return is_null(value) ? "NULL" : std::get<std::string>(value);
}

void upload(Session& session, const TableName& table, const std::vector<std::string>& columns,
            const std::vector<Row>& rows) {
  std::size_t next = 0;
  session.upload(table, columns, [&](Row& row) {
    if (next == rows.size()) return false;
    row = rows[next++];
    return true;
  });
}

const CatalogColumn& column(const CatalogTable& table, std::string_view name) {
  for (const CatalogColumn& c : table.columns) {
    if (c.name == name) return c;
  }
  throw std::out_of_range{std::string{name}};
}

// Of the rows of temp.w that are inserts, into a table with a column `a` besides its key.
Dialect::StagedInsert staged_insert(const TableName& table, const std::string& key) {
  Dialect::StagedInsert staged;
  staged.table = table;
  staged.columns = {sqlite_dialect().quote(key), "\"a\""};
  staged.values = {"s.\"k\"", "NULL"};
  staged.staging = "\"temp\".\"w\"";
  staged.row_column = "\"seq\"";
  staged.filter = "s.\"op\" = 'I'";
  staged.generated = key;
  staged.generated_kind = ValueKind::text;
  staged.staged_column = "\"k\"";
  staged.key_text = "json_array(s.\"k\")";
  staged.noted = "1 = 1";
  return staged;
}

}  // namespace

TEST_CASE("names are quoted, whatever is in them", "[sqlite][dialect]") {
  const Dialect& dialect = sqlite_dialect();
  CHECK(dialect.quote("a\"b;--") == "\"a\"\"b;--\"");
  CHECK(dialect.quote(TableName{"main", "T$ x.y"}) == "\"main\".\"T$ x.y\"");
  CHECK(dialect.quote(TableName{"", "t"}) == "\"t\"");
  CHECK_THROWS_AS(dialect.quote(std::string_view{"a\0b", 3}), std::invalid_argument);
}

TEST_CASE("two values are the same only when they are so exactly", "[sqlite][dialect]") {
  struct Case {
    const char* a;
    const char* b;
    bool same;
  };
  const Case cases[] = {
      {"'x'", "'x'", true},  {"'x'", "'X'", false},        {"'x'", "'x '", false},
      {"'é'", "'e'", false}, {"NULL", "NULL", true},       {"NULL", "''", false},
      {"''", "0", false},    {"NULL", "0", false},         {"'Chateau'", "'Château'", false},
      {"12", "12", true},    {"x'00ff'", "x'00ff'", true}, {"x'00ff'", "x'00fe'", false},
  };
  const TemporarySqlite database{"CREATE TABLE t(a TEXT COLLATE NOCASE, b TEXT COLLATE RTRIM)"};
  const auto session = open(database);
  for (const Case& c : cases) {
    CAPTURE(c.a, c.b);
    const std::string same = sqlite_dialect().same(c.a, c.b, ValueKind::text);
    CHECK((first_text(*session, "SELECT " + same) == "1") == c.same);
  }
  // A column's own collation is overruled.
  session->run({"INSERT INTO t VALUES('x', 'X '), ('y', 'y ')", {}});
  CHECK(first_text(*session, "SELECT count(*) FROM t WHERE " +
                                 sqlite_dialect().same("\"a\"", "\"b\"", ValueKind::text)) == "0");
}

TEST_CASE("staging keeps the types of the columns, and none of their limits", "[sqlite][dialect]") {
  const TemporarySqlite database{
      "CREATE TABLE \"t$ é\"(id INTEGER PRIMARY KEY, code VARCHAR(3) NOT NULL COLLATE NOCASE,"
      " price TEXT, n INTEGER, b BLOB)"};
  const auto session = open(database);
  const SqliteDialect& dialect = sqlite_dialect();
  const TableName staging = dialect.staging_table("keys");
  const std::vector<Dialect::StagedColumn> columns{
      {"seq", "0", ValueKind::integer},      {"id", "\"id\"", ValueKind::integer},
      {"code", "\"code\"", ValueKind::text}, {"price", "\"price\"", ValueKind::text},
      {"why", "''", ValueKind::text},        {"b", "\"b\"", ValueKind::bytes},
      {"nothing", "NULL", ValueKind::text}};
  for (int again = 0; again < 2; ++again) {  // Only created where it is missing.
    for (const Statement& s : dialect.create_staging(staging, {"", "t$ é"}, columns))
      session->run(s);
  }
  const std::string digits = "12345678901234567890123456789012345678";
  const Row row{std::int64_t{1},
                std::int64_t{5},
                std::string{"longer"},
                *parse_decimal(digits),
                std::string{"007"},
                Bytes{std::string("\0\xff", 2)},
                Null{}};
  upload(*session, staging, {"seq", "id", "code", "price", "why", "b", "nothing"},
         {row, {Null{}, Null{}, Null{}, Null{}, Null{}, Null{}, Null{}}});
  const std::array kinds{ValueKind::integer, ValueKind::integer, ValueKind::text,
                         ValueKind::decimal, ValueKind::text,    ValueKind::bytes,
                         ValueKind::text};
  const auto rows =
      all_rows(*session, {"SELECT * FROM " + dialect.Dialect::quote(staging), {}}, kinds);
  REQUIRE(rows.size() == 2);
  CHECK((rows[0] == row));
  CHECK(first_text(*session,
                   "SELECT typeof(id) || typeof(price) || typeof(why) FROM temp.keys LIMIT 1") ==
        "integertexttext");
  CHECK(first_text(*session, "SELECT count(*) FROM temp.keys WHERE code = 'LONGER'") == "0");
}

TEST_CASE("a table is updated from staging, and staging from a table", "[sqlite][dialect]") {
  const TemporarySqlite database{
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES(1, 'x'), (2, 'y')"};
  const auto session = open(database);
  const SqliteDialect& dialect = sqlite_dialect();
  session->run({"CREATE TEMP TABLE s1 AS SELECT 2 AS id, 'new' AS a, 0 AS hit", {}});
  const std::string target = dialect.quote("t");
  const std::string staging = dialect.Dialect::quote(dialect.staging_table("s1"));
  const std::string join = target + ".\"id\" = s.\"id\"";
  CHECK(session->run({dialect.update_from(target, {{"\"a\"", "s.\"a\""}}, staging, join), {}}) ==
        1);
  CHECK(first_text(*session, "SELECT group_concat(a) FROM t") == "x,new");
  const std::string back = staging + ".\"id\" = s.\"id\"";
  CHECK(session->run(
            {dialect.update_from(staging, {{"\"hit\"", "s.\"id\" + 40"}}, target, back), {}}) == 1);
  CHECK(first_text(*session, "SELECT hit FROM s1") == "42");
}

TEST_CASE("rows that are there are flagged as locked, others are not", "[sqlite][dialect]") {
  const TemporarySqlite database{
      "CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES(1), (2), (3)"};
  const auto session = open(database);
  const SqliteDialect& dialect = sqlite_dialect();
  session->run({"CREATE TEMP TABLE w(seq INTEGER, op TEXT, k INTEGER, locked INTEGER, id)", {}});
  session->run(
      {"INSERT INTO w VALUES(1,'U',1,0,0), (2,'U',9,0,0), (3,'I',2,0,0), (4,'U',3,0,0)", {}});
  const auto texts = dialect.lock_rows({"\"t\"",
                                        "\"temp\".\"w\"",
                                        "\"t\".\"id\" = s.\"k\"",
                                        "s.\"op\" = 'U'",
                                        "\"seq\"",
                                        "\"locked\"",
                                        {{"\"id\"", "\"id\""}}});
  for (const std::string& text : texts) session->run({text, {}});
  CHECK(first_text(*session, "SELECT group_concat(seq) FROM w WHERE locked = 1") == "1,4");
  CHECK(first_text(*session, "SELECT group_concat(id) FROM w") == "1,0,0,3");
}

TEST_CASE("keys are handed out behind all that are there and, if the table promises, ever were",
          "[sqlite][dialect]") {
  const auto allocated = [](const std::string& id_column) {
    const TemporarySqlite database{
        "CREATE TABLE seen(id INTEGER PRIMARY KEY AUTOINCREMENT);"
        "CREATE TABLE \"O'Neill\"(id " +
        id_column +
        ", a TEXT);"
        "INSERT INTO \"O'Neill\" VALUES(5, 'x'), (9, 'y');"
        "DELETE FROM \"O'Neill\" WHERE id = 9"};
    const auto session = open(database);
    session->run({"CREATE TEMP TABLE w(seq INTEGER, op TEXT, k INTEGER)", {}});
    session->run({"INSERT INTO w VALUES(3,'I',NULL), (1,'I',NULL), (2,'U',7), (4,'I',NULL)", {}});
    Dialect::StagedInsert staged = staged_insert({"", "O'Neill"}, "id");
    staged.generated_kind = ValueKind::integer;
    for (const std::string& text : sqlite_dialect().insert_generated(staged))
      session->run({text, {}});
    CHECK(first_text(*session,
                     "SELECT group_concat(id) FROM (SELECT id FROM \"O'Neill\" WHERE a IS "
                     "NULL ORDER BY id)") ==
          first_text(*session,
                     "SELECT group_concat(k) FROM (SELECT k FROM w WHERE op = 'I' ORDER BY k)"));
    return first_text(*session, "SELECT group_concat(k) FROM (SELECT k FROM w ORDER BY seq)");
  };
  CHECK(allocated("INTEGER PRIMARY KEY AUTOINCREMENT") == "10,7,11,12");
  CHECK(allocated("INTEGER PRIMARY KEY") == "6,7,7,8");  // The 7 in the middle is the update's.
}

TEST_CASE("a key that no trigger hands out is refused, and leaves no loop behind",
          "[sqlite][dialect]") {
  const TemporarySqlite database{
      "CREATE TABLE t(code TEXT NOT NULL DEFAULT '' PRIMARY KEY, a TEXT)"};
  const auto session = open(database);
  std::vector<Statement> statements = sqlite_dialect().create_own_tables();
  session->run_transaction(statements);
  session->run({"CREATE TEMP TABLE w(seq INTEGER, op TEXT, k TEXT)", {}});
  session->run({"INSERT INTO w VALUES(1,'I',NULL)", {}});
  statements.clear();
  for (const std::string& text :
       sqlite_dialect().insert_generated(staged_insert({"", "t"}, "code")))
    statements.push_back({text, {}});
  for (int attempt = 0; attempt < 2; ++attempt) {
    try {
      session->run_transaction(statements);
      FAIL("not refused");
    } catch (const DbError& error) {
      CHECK(error.recovery() == Recovery::refused);
      CHECK_THAT(error.what(), Catch::Contains("handed out no key"));
    }
  }
  CHECK(first_text(*session,
                   "SELECT count(*) || '' FROM temp.sqlite_schema WHERE type = "
                   "'trigger'") == "0");
}

TEST_CASE("key texts are unpacked into columns of their types", "[sqlite][dialect]") {
  const TemporarySqlite database{"CREATE TABLE t(n INTEGER, code TEXT)"};
  const auto session = open(database);
  const SqliteDialect& dialect = sqlite_dialect();
  session->run({"CREATE TEMP TABLE k AS SELECT n, code FROM t WHERE 0", {}});
  const std::string key = dialect.json_key({"?", "?"});
  const std::string code = "W1\"2\\é😀\n";
  CHECK(session->run({dialect.unpack_keys("\"temp\".\"k\"", {"\"n\"", "\"code\""},
                                          "SELECT " + key + " AS key_text"),
                      {std::int64_t{5}, code}}) == 1);
  CHECK(first_text(*session, "SELECT code FROM k WHERE typeof(n) = 'integer' AND n = 5") == code);
  CHECK(first_text(*session, "SELECT " + dialect.joined("a") +
                                 " FROM (SELECT 'x' AS a UNION ALL SELECT 'y')") == "x,y");
}

TEST_CASE("a counter grows exactly, in a column of any type", "[sqlite][dialect]") {
  struct Case {
    const char* type;
    const char* held;
    const char* increment;
    int scale;
    const char* expected;
  };
  const Case cases[] = {
      {"TEXT", "12", "1", 0, "13"},
      {"TEXT", "12.00000000000000000000", "1", 3, "13"},
      {"TEXT", "0.1", "0.2", 1, "0.3"},
      {"TEXT", "12.345", "1.1", 3, "13.445"},
      {"TEXT", "100", "-100", 2, "0"},
      {"TEXT", "-7", "2", 0, "-5"},
      {"TEXT", "10", "90", 0, "100"},
      {"TEXT", "999999999999.123", "-0.876", 3, "999999999998.247"},
      {"TEXT", "123456789012344", "1", 0, "123456789012345"},
      {"TEXT", "0.00000000000001", "0.00000000000002", 14, "0.00000000000003"},
      {"INTEGER", "12", "1.000", 3, "13"},
      {"INTEGER", "-1", "1", 0, "0"},
      {"REAL", "1.5", "1.25", 2, "2.75"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.type, c.held, c.increment, c.scale);
    const TemporarySqlite database{"CREATE TABLE t(n " + std::string{c.type} +
                                   "); INSERT INTO t VALUES('" + c.held + "')"};
    const auto session = open(database);
    session->run({"CREATE TEMP TABLE s AS SELECT n FROM t WHERE 0", {}});
    upload(*session, {"temp", "s"}, {"n"}, {{*parse_decimal(c.increment)}});
    const std::string sum = sqlite_dialect().incremented("\"t\".\"n\"", "s.\"n\"", c.scale);
    session->run({"UPDATE t SET n = " + sum + " FROM temp.s AS s", {}});
    CHECK(first_text(*session, "SELECT n FROM t") == c.expected);
  }
}

TEST_CASE("a counter that SQLite cannot add exactly is refused, and NULL stays NULL",
          "[sqlite][dialect]") {
  for (const char* held : {"1234567890123456", "-1234567890123456", "999999999999999"}) {
    CAPTURE(held);
    const TemporarySqlite database{"CREATE TABLE t(n TEXT); INSERT INTO t VALUES('" +
                                   std::string{held} + "')"};
    const auto session = open(database);
    const std::string sum = sqlite_dialect().incremented("n", held[0] == '-' ? "-1" : "1", 0);
    try {
      session->run({"UPDATE t SET n = " + sum, {}});
      FAIL("not refused");
    } catch (const DbError& e) {
      CHECK(e.recovery() == Recovery::refused);
    }
    CHECK(first_text(*session, "SELECT n FROM t") == held);
  }
  const TemporarySqlite database{"CREATE TABLE t(n TEXT); INSERT INTO t VALUES(NULL)"};
  const auto session = open(database);
  session->run({"UPDATE t SET n = " + sqlite_dialect().incremented("n", "1", 2), {}});
  CHECK(first_text(*session, "SELECT n FROM t") == "NULL");
  CHECK_THROWS_AS(sqlite_dialect().incremented("n", "1", 15), std::invalid_argument);
}

TEST_CASE("the clock is read in UTC", "[sqlite][dialect]") {
  const TemporarySqlite database;
  const auto session = open(database);
  constexpr std::array kinds{ValueKind::instant};
  const auto now = std::get<Instant>(all_rows(*session, sqlite_dialect().now(), kinds).at(0).at(0));
  const auto here = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  CHECK(std::abs(here.count() - now.micros) < 5'000'000);
}

TEST_CASE("describe tells what can be mirrored, and why the rest cannot", "[sqlite][catalog]") {
  const TemporarySqlite database{
      "CREATE TABLE \"Sales Line\"(id INTEGER PRIMARY KEY, code nvarchar(20) NOT NULL,"
      " on_date DATE, at DATETIME, flag BOOLEAN NOT NULL DEFAULT 0, small TINYINT, photo BLOB,"
      " price decimal(38,20), x REAL, y double precision, note TEXT UNIQUE, bare,"
      " total TEXT GENERATED ALWAYS AS (code || note) STORED);"
      "CREATE UNIQUE INDEX u1 ON \"Sales Line\"(code, on_date);"
      "CREATE UNIQUE INDEX u2 ON \"Sales Line\"(code) WHERE small > 0;"
      "CREATE UNIQUE INDEX u3 ON \"Sales Line\"(lower(code))"};
  const auto session = open(database);
  const CatalogTable table = session->describe({"", "Sales Line"});
  REQUIRE(table.columns.size() == 13);
  CHECK(table.columns.front().name == "id");
  CHECK(column(table, "id").kind == ValueKind::integer);
  CHECK(column(table, "id").has_default);
  CHECK_FALSE(column(table, "id").nullable);
  CHECK(column(table, "code").kind == ValueKind::text);
  CHECK(column(table, "code").length == 20);
  CHECK_FALSE(column(table, "code").nullable);
  CHECK_FALSE(column(table, "code").has_default);
  CHECK(column(table, "on_date").kind == ValueKind::text);
  CHECK(column(table, "at").kind == ValueKind::text);
  CHECK(column(table, "at").nullable);
  CHECK(column(table, "flag").kind == ValueKind::integer);
  CHECK(column(table, "flag").has_default);
  CHECK(column(table, "small").kind == ValueKind::integer);
  CHECK(column(table, "photo").kind == ValueKind::bytes);
  CHECK(column(table, "note").kind == ValueKind::text);
  CHECK_FALSE(column(table, "note").length);
  CHECK(column(table, "total").generated_always);
  for (const char* name : {"price", "x", "y"}) {
    CAPTURE(name);
    CHECK_FALSE(column(table, name).kind);
    CHECK_THAT(column(table, name).declared_type, Catch::Contains("declare it TEXT"));
  }
  CHECK_FALSE(column(table, "bare").kind);
  using Names = std::vector<std::string>;
  REQUIRE(table.unique_keys.size() == 3);
  CHECK(table.unique_keys[0] == Names{"id"});
  CHECK_THAT(table.unique_keys, Catch::VectorContains(Names{"code", "on_date"}) &&
                                    Catch::VectorContains(Names{"note"}));
}

TEST_CASE("describe tells a composite key in its own order, and of no table nothing",
          "[sqlite][catalog]") {
  const TemporarySqlite database{
      "CREATE TABLE t(b TEXT, a INTEGER, PRIMARY KEY(a, b));"
      "CREATE TABLE w(id INTEGER PRIMARY KEY, a TEXT) WITHOUT ROWID"};
  const auto session = open(database);
  const CatalogTable table = session->describe({"main", "t"});
  REQUIRE(table.unique_keys.size() == 1);
  CHECK(table.unique_keys[0] == std::vector<std::string>{"a", "b"});
  CHECK_FALSE(column(table, "a").has_default);
  CHECK(column(table, "a").nullable);
  CHECK_FALSE(column(session->describe({"", "w"}), "id").has_default);
  CHECK(session->describe({"", "nowhere"}).columns.empty());
  CHECK(session->describe({"", "t'; DROP TABLE t; --"}).columns.empty());
}

}  // namespace miroir
