// What is SQLite's own, beyond the contract of every session.
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <fstream>

#include "connectors/odbc/dialects/sqlite_dialect.hpp"
#include "connectors/odbc/odbc_session.hpp"
#include "tests/support/temporary_sqlite.hpp"

namespace miroir {
namespace {

using test::SqliteMode;
using test::TemporarySqlite;
using Clock = std::chrono::steady_clock;

constexpr std::array one_text{ValueKind::text};
constexpr std::array one_integer{ValueKind::integer};

std::unique_ptr<Session> open(const std::string& connection_string) {
  SessionLimits limits;
  limits.lock_wait = std::chrono::milliseconds{400};
  return open_odbc(connection_string, sqlite_dialect(), limits);
}
std::unique_ptr<Session> open(const TemporarySqlite& database) {
  return open(database.connection_string());
}
// Statements are cancelled soon: only for tests of that, since a busy machine makes any statement
// slow.
std::unique_ptr<Session> open_impatiently(const TemporarySqlite& database) {
  SessionLimits limits;
  limits.statement = std::chrono::milliseconds{1'000};
  return open_odbc(database.connection_string(), sqlite_dialect(), limits);
}

DbError error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const DbError& e) {
    return e;
  }
  throw std::logic_error{"no DbError"};
}

std::string first_text(Session& session, const std::string& query) {
  return std::get<std::string>(all_rows(session, {query, {}}, one_text).at(0).at(0));
}
std::int64_t first_integer(Session& session, const std::string& query) {
  return std::get<std::int64_t>(all_rows(session, {query, {}}, one_integer).at(0).at(0));
}

// Root writes to every file: becomes another user for as long as it lives.
class WithoutRoot {
 public:
  explicit WithoutRoot(const std::filesystem::path& folder) {
    if (geteuid() != 0) return;
    chmod(folder.c_str(), 0755);
    changed_ = seteuid(65534) == 0;
    if (!changed_) throw std::runtime_error{"cannot become another user"};
  }
  ~WithoutRoot() {
    if (changed_ && seteuid(0) != 0) std::terminate();
  }
  WithoutRoot(const WithoutRoot&) = delete;
  WithoutRoot& operator=(const WithoutRoot&) = delete;

 private:
  bool changed_ = false;
};

const char* const endless =
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3000000000) "
    "SELECT count(*) FROM c";

}  // namespace

TEST_CASE("a file that is missing cannot be reached and is not created", "[odbc][sqlite]") {
  const TemporarySqlite database;
  const auto missing = database.folder() / "missing.db";
  const DbError error =
      error_of([&] { open("Driver=SQLite3;NoCreat=0;PWD=secret;Database=" + missing.string()); });
  CHECK(error.recovery() == Recovery::reconnect);
  CHECK_THAT(error.what(), Catch::Contains(missing.string()) && !Catch::Contains("secret"));
  CHECK_THAT(std::string{error.hint()}, Catch::Contains("does the file exist"));
  CHECK_FALSE(std::filesystem::exists(missing));
}

TEST_CASE("a file that is moved away is out of reach until it is back", "[odbc][sqlite]") {
  const TemporarySqlite database{"CREATE TABLE t(a TEXT); INSERT INTO t VALUES('x')"};
  const auto session = open(database);
  const auto away = database.folder() / "away.db";
  std::filesystem::rename(database.file(), away);
  CHECK(error_of([&] { session->reconnect(); }).recovery() == Recovery::reconnect);
  CHECK_FALSE(session->connected());
  CHECK(error_of([&] { session->run({"DELETE FROM t", {}}); }).recovery() == Recovery::reconnect);
  std::filesystem::rename(away, database.file());
  session->reconnect();
  CHECK(session->connected());
  CHECK(first_text(*session, "SELECT a FROM t") == "x");
}

TEST_CASE("a file that is no database is a mistake, not an outage", "[odbc][sqlite]") {
  const TemporarySqlite database;
  const auto other = database.folder() / "letter.txt";
  std::ofstream{other} << std::string(4096, 'x');
  const DbError error = error_of([&] { open("Driver=SQLite3;Database=" + other.string()); });
  CHECK(error.recovery() == Recovery::misconfigured);
  CHECK_THAT(std::string{error.hint()}, Catch::Contains("SQLite file"));
}

TEST_CASE("a driver that is not there and a string that is none are mistakes", "[odbc][sqlite]") {
  for (const char* text :
       {"Driver=NoSuchDriver;Database=x", "Driver=/no/such/driver.so;Database=x", "nonsense"}) {
    CAPTURE(text);
    CHECK(error_of([&] { open(text); }).recovery() == Recovery::misconfigured);
  }
}

TEST_CASE("the driver may be named by its file", "[odbc][sqlite]") {
  const TemporarySqlite database;
  const auto session = open("Driver=/usr/lib/x86_64-linux-gnu/odbc/libsqlite3odbc.so;Database=" +
                            database.file().string());
  CHECK(first_integer(*session, "SELECT 1") == 1);
}

TEST_CASE("a file that may only be read says so when it is written", "[odbc][sqlite]") {
  const TemporarySqlite database{"CREATE TABLE t(a TEXT)", SqliteMode::rollback_journal};
  chmod(database.file().c_str(), 0444);
  const WithoutRoot another{database.folder()};
  const auto session = open(database);
  CHECK(first_integer(*session, "SELECT count(*) FROM t") == 0);
  const DbError error = error_of([&] { session->run({"INSERT INTO t VALUES('x')", {}}); });
  CHECK(error.recovery() == Recovery::misconfigured);
  CHECK_THAT(std::string{error.hint()}, Catch::Contains("writable"));
}

TEST_CASE("a busy writer gives retry when the lock wait is over, not earlier", "[odbc][sqlite]") {
  const TemporarySqlite database{"CREATE TABLE t(a TEXT)"};
  auto user = database.user();
  const auto session = open(database);
  user.run("BEGIN IMMEDIATE");
  const std::vector<Statement> writes{{"INSERT INTO t VALUES('x')", {}}};
  const auto begin = Clock::now();
  CHECK(error_of([&] { session->run_transaction(writes); }).recovery() == Recovery::retry);
  const auto waited = Clock::now() - begin;
  CHECK(waited > std::chrono::milliseconds{250});
  CHECK(waited < std::chrono::seconds{10});
  CHECK(error_of([&] { session->run(writes[0]); }).recovery() == Recovery::retry);
  user.run("COMMIT");
  session->run_transaction(writes);
  CHECK(user.value("SELECT count(*) FROM t") == "1");
}

TEST_CASE("a commit that readers keep waiting is rolled back, and never in doubt",
          "[odbc][sqlite]") {
  const TemporarySqlite database{"CREATE TABLE t(a TEXT); INSERT INTO t VALUES('old')",
                                 SqliteMode::rollback_journal};
  auto user = database.user();
  const auto session = open(database);
  user.run("BEGIN; SELECT * FROM t");
  const std::vector<Statement> writes{{"UPDATE t SET a = 'new'", {}}};
  CHECK(error_of([&] { session->run_transaction(writes); }).recovery() == Recovery::retry);
  user.run("COMMIT");
  CHECK(user.value("SELECT a FROM t") == "old");
  session->run_transaction(writes);
  CHECK(user.value("SELECT a FROM t") == "new");
}

TEST_CASE("a snapshot does not see what is committed meanwhile, and keeps nobody waiting",
          "[odbc][sqlite]") {
  const TemporarySqlite database{"CREATE TABLE t(a TEXT); INSERT INTO t VALUES('old')"};
  auto user = database.user();
  const auto session = open(database);
  session->begin_snapshot();
  user.run("UPDATE t SET a = 'new'");
  CHECK(first_text(*session, "SELECT a FROM t") == "old");
  session->end_snapshot();
  CHECK(first_text(*session, "SELECT a FROM t") == "new");
}

TEST_CASE("what is staged within a snapshot outlives it", "[odbc][sqlite]") {
  const TemporarySqlite database{"CREATE TABLE t(a TEXT)"};
  const auto session = open(database);
  session->run({R"(CREATE TEMP TABLE keys(k INTEGER))", {}});
  session->begin_snapshot();
  const std::vector<std::string> columns{"k"};
  std::int64_t next = 0;
  session->upload({"temp", "keys"}, columns, [&](Row& row) {
    row = {Value{++next}};
    return next <= 3;
  });
  CHECK(first_integer(*session, "SELECT sum(k) FROM temp.keys") == 6);
  session->end_snapshot();
  CHECK(first_integer(*session, "SELECT sum(k) FROM temp.keys") == 6);
}

TEST_CASE("a statement that runs too long is cancelled and can be tried again", "[odbc][sqlite]") {
  const TemporarySqlite database;
  const auto session = open_impatiently(database);
  const auto begin = Clock::now();
  const DbError error = error_of([&] { all_rows(*session, {endless, {}}, one_integer); });
  CHECK(error.recovery() == Recovery::retry);
  CHECK(error.sqlstate() == "57014");
  CHECK(Clock::now() - begin < std::chrono::seconds{20});
  CHECK(first_integer(*session, "SELECT 1") == 1);
}

TEST_CASE("a transaction that is cancelled leaves nothing behind", "[odbc][sqlite]") {
  const TemporarySqlite database{"CREATE TABLE t(a TEXT)"};
  const auto session = open_impatiently(database);
  const std::vector<Statement> writes{{"INSERT INTO t VALUES('x')", {}},
                                      {std::string{"INSERT INTO t "} + endless, {}}};
  CHECK(error_of([&] { session->run_transaction(writes); }).recovery() == Recovery::retry);
  CHECK(session->connected());
  CHECK(first_integer(*session, "SELECT count(*) FROM t") == 0);
  session->run_transaction(std::span{writes}.first(1));
  CHECK(first_integer(*session, "SELECT count(*) FROM t") == 1);
}

TEST_CASE("foreign keys are enforced, also those that speak at commit", "[odbc][sqlite]") {
  const TemporarySqlite database{
      "CREATE TABLE p(id INTEGER PRIMARY KEY);"
      "CREATE TABLE c(p INTEGER REFERENCES p(id));"
      "CREATE TABLE d(p INTEGER REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED)"};
  const auto session = open(database);
  for (const char* text : {"INSERT INTO c VALUES(7)", "INSERT INTO d VALUES(7)"}) {
    CAPTURE(text);
    const std::vector<Statement> writes{{text, {}}};
    const DbError error = error_of([&] { session->run_transaction(writes); });
    CHECK(error.recovery() == Recovery::refused);
    CHECK(error.sqlstate() == "23000");
  }
  CHECK(first_integer(*session, "SELECT (SELECT count(*) FROM c) + (SELECT count(*) FROM d)") == 0);
}

TEST_CASE("an application's trigger that updates its own row again does not recurse",
          "[odbc][sqlite]") {
  const TemporarySqlite database{
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, updated_at TEXT); INSERT INTO t VALUES(1, "
      "'x', '');"
      "CREATE TRIGGER touch AFTER UPDATE ON t BEGIN"
      " UPDATE t SET updated_at = 'now' || random() WHERE id = new.id; END"};
  const auto session = open(database);
  CHECK(session->run({"UPDATE t SET a = ?", {std::string{"y"}}}) == 1);
  CHECK_THAT(first_text(*session, "SELECT updated_at FROM t"), Catch::StartsWith("now"));
}

TEST_CASE("what an application's trigger refuses is refused", "[odbc][sqlite]") {
  const TemporarySqlite database{
      "CREATE TABLE t(a TEXT);"
      "CREATE TRIGGER no BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'closed month'); END"};
  const auto session = open(database);
  const DbError error = error_of([&] { session->run({"INSERT INTO t VALUES('x')", {}}); });
  CHECK(error.recovery() == Recovery::refused);
  CHECK_THAT(error.what(), Catch::Contains("closed month"));
}

TEST_CASE("a text with a NUL is neither cut on its way in, nor on its way out", "[odbc][sqlite]") {
  const TemporarySqlite database{"CREATE TABLE t(a TEXT)"};
  const auto session = open(database);
  const SqliteDialect& dialect = sqlite_dialect();
  const std::string text{"a\0b", 3};
  const std::string place = dialect.placeholder(1, ValueKind::text);
  session->run({"INSERT INTO t VALUES(" + place + ")", {text}});
  const std::vector<std::string> names{"a"};
  std::vector<Row> rows{{std::string{"x"}}, {text}, {std::string(9'000, '\0')}, {std::string{}}};
  session->upload({"", "t"}, names, [&, i = 0u](Row& row) mutable {
    if (i < rows.size()) row = rows[i];
    return i++ < rows.size();
  });
  rows.insert(rows.begin(), {text});
  CHECK(
      (all_rows(*session,
                {"SELECT " + dialect.selected("a", ValueKind::text) + " FROM t ORDER BY rowid", {}},
                one_text) == rows));
  CHECK(first_integer(*session,
                      "SELECT count(*) FROM t WHERE hex(a) = '610062' AND typeof(a) = "
                      "'text'") == 2);
  const Statement same{"SELECT count(*) FROM t WHERE " + dialect.same("a", place, ValueKind::text),
                       {text}};
  CHECK(std::get<std::int64_t>(all_rows(*session, same, one_integer).at(0).at(0)) == 2);
}

TEST_CASE("a value that is not of the kind asked for comes as its text, and hides no other",
          "[odbc][sqlite]") {
  const TemporarySqlite database{"CREATE TABLE t(a TEXT); INSERT INTO t VALUES('geheim'), (NULL)"};
  const auto session = open(database);
  for (const ValueKind kind :
       {ValueKind::boolean, ValueKind::integer, ValueKind::decimal, ValueKind::date,
        ValueKind::timestamp, ValueKind::instant, ValueKind::uuid}) {
    const std::array kinds{kind};
    const auto rows = all_rows(*session, {"SELECT a FROM t ORDER BY a DESC", {}}, kinds);
    CHECK((rows == std::vector<Row>{{std::string{"geheim"}}, {Null{}}}));
  }
}

TEST_CASE("a blob in a text column is no text, and a text that looks like one is",
          "[odbc][sqlite]") {
  const TemporarySqlite database{
      "CREATE TABLE t(a TEXT); INSERT INTO t VALUES(X'00FF'), ('X''00FF'''), (X''), (''), ('1'), "
      "(NULL), (CAST(X'FF4230' AS TEXT))"};
  const auto session = open(database);
  const auto rows = all_rows(
      *session,
      {"SELECT " + sqlite_dialect().selected("a", ValueKind::text) + " FROM t ORDER BY rowid", {}},
      one_text);
  const auto text = [](const char* value) { return Row{std::string{value}}; };
  CHECK((rows == std::vector<Row>{{Bytes{std::string{"\0\xFF", 2}}},
                                  text("X'00FF'"),
                                  {Bytes{}},
                                  text(""),
                                  text("1"),
                                  {Null{}},
                                  text("\xFF"
                                       "B0")}));
}

TEST_CASE("a text in a BLOB column is its bytes, and is the same as they are", "[odbc][sqlite]") {
  const TemporarySqlite database{
      "CREATE TABLE t(a BLOB); INSERT INTO t VALUES(CAST(X'610062FF' AS TEXT))"};
  const auto session = open(database);
  const SqliteDialect& dialect = sqlite_dialect();
  constexpr std::array kinds{ValueKind::bytes};
  const Bytes bytes{std::string{"a\0b\xff", 4}};
  const auto rows = all_rows(
      *session, {"SELECT " + dialect.selected("a", ValueKind::bytes) + " FROM t", {}}, kinds);
  CHECK((rows.at(0).at(0) == Value{bytes}));
  const Statement same{"SELECT count(*) FROM t WHERE " + dialect.same("a", "?", ValueKind::bytes),
                       {bytes}};
  CHECK(std::get<std::int64_t>(all_rows(*session, same, one_integer).at(0).at(0)) == 1);
}

TEST_CASE("texts and bytes of a megabyte come back whole, at every border of a chunk",
          "[odbc][sqlite]") {
  const TemporarySqlite database{"CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b BLOB)"};
  const auto session = open(database);
  constexpr std::array kinds{ValueKind::text, ValueKind::bytes};
  for (const std::size_t size :
       {0u, 1u, 254u, 255u, 256u, 257u, 511u, 4000u, 4001u, 65534u, 65535u, 65536u, 65537u, 65790u,
        65791u, 65792u, 131070u, 131326u, 1'000'001u}) {
    CAPTURE(size);
    std::string text;
    while (text.size() + 2 <= size) text += "é";
    text.resize(size, 'x');
    Bytes bytes{std::string(size, '\0')};
    for (std::size_t i = 0; i < size; ++i) bytes.raw[i] = static_cast<char>(i * 7);
    session->run({"DELETE FROM t", {}});
    session->run({"INSERT INTO t(a, b) VALUES(?, ?)", {text, bytes}});
    const auto rows = all_rows(*session, {"SELECT a, b FROM t", {}}, kinds);
    REQUIRE(rows.size() == 1);
    CHECK((rows[0] == Row{text, bytes}));
  }
}

TEST_CASE("check says how to mend a file that is not in WAL mode", "[odbc][sqlite]") {
  const TemporarySqlite with_wal;
  CHECK(warnings(*open(with_wal), {}).empty());
  const TemporarySqlite without{"", SqliteMode::rollback_journal};
  const auto told = warnings(*open(without), {});
  REQUIRE(told.size() == 1);
  CHECK_THAT(told[0], Catch::Contains("PRAGMA journal_mode=WAL"));
}

}  // namespace miroir
