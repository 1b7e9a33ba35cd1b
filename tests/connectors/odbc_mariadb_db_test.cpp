// What MariaDB does differently: collations, zero dates, cascades, engines, locks.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>

#include "connectors/journal.hpp"
#include "connectors/odbc/dialects/mariadb_dialect.hpp"
#include "connectors/odbc/odbc_session.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/temporary_mariadb.hpp"

namespace miroir::test {
namespace {

const MariadbDialect& dialect = mariadb_dialect();
constexpr std::array one_text{ValueKind::text};

struct Shop {
  explicit Shop(const std::string& script, const std::string& options = {}) : database{options} {
    database.user().execute(script);
    session = open_odbc(database.connection_string(), dialect, limits);
  }

  std::string text(const std::string& query) const {
    const Value value = all_rows(*session, {query, {}}, one_text).at(0).at(0);
    return is_null(value) ? "NULL" : std::get<std::string>(value);
  }
  void run(const std::vector<std::string>& texts) const {
    std::vector<Statement> statements;
    for (const std::string& text : texts) statements.push_back({text, {}});
    session->run_transaction(statements);
  }
  void run(const std::vector<Statement>& statements) const { session->run_transaction(statements); }

  SessionLimits limits{.lock_wait = std::chrono::seconds{1}};
  TemporaryMariadb database;
  std::unique_ptr<Session> session;
};

const Dialect::JournalledTable item_table{{"", "item"}, "item",   "item",
                                          {"code"},     {"code"}, {"code", "name"}};

// As its own client would: DELIMITER is the client's.
template <class User>
void run_script(User& user, std::string plain) {
  for (const char* word : {"DELIMITER $$\n", "DELIMITER ;\n"}) {
    const std::size_t at = plain.find(word);
    REQUIRE(at != std::string::npos);
    plain.erase(at, std::string_view{word}.size());
  }
  for (std::size_t at = 0; at < plain.size();) {
    const std::size_t end = std::min(plain.find("$$\n", at), plain.size());
    if (end > at) user.execute(plain.substr(at, end - at));
    at = end + 3;
  }
}

}  // namespace

TEST_CASE("MariaDB: texts are the same by their bytes, whatever the collation says", "[mariadb]") {
  Shop shop{
      "CREATE TABLE t (a VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci, b VARCHAR(20) "
      "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci)"};
  const auto same = [&](const std::string& a, const std::string& b) {
    shop.session->run({"DELETE FROM t", {}});
    shop.session->run({"INSERT INTO t VALUES (" + a + ", " + b + ")", {}});
    return shop.text("SELECT " + dialect.same("a", "b", ValueKind::text) + " FROM t") == "1";
  };
  CHECK(same("'Château'", "'Château'"));
  CHECK_FALSE(same("'Château'", "'Chateau'"));
  CHECK_FALSE(same("'Château'", "'château'"));
  CHECK_FALSE(same("'x'", "'x '"));
  CHECK_FALSE(same("NULL", "''"));
  CHECK(same("NULL", "NULL"));
}

TEST_CASE("MariaDB: a zero date is neither NULL nor a day, and can be written", "[mariadb]") {
  Shop shop{
      "CREATE TABLE t (id INT PRIMARY KEY, d DATE, w DATETIME(3), i TIMESTAMP(6) NULL);"
      "SET sql_mode = ''; INSERT INTO t VALUES (1, '0000-00-00', '0000-00-00', '0000-00-00'),"
      " (2, NULL, NULL, NULL), (3, '2024-00-15', NULL, NULL)"};
  const std::array kinds{ValueKind::date, ValueKind::timestamp, ValueKind::instant};
  const std::string columns = dialect.selected("d", kinds[0]) + ", " +
                              dialect.selected("w", kinds[1]) + ", " +
                              dialect.selected("i", kinds[2]);
  const auto row = [&](std::int64_t id) {
    return all_rows(*shop.session, {"SELECT " + columns + " FROM t WHERE id = ?", {id}}, kinds)
        .at(0);
  };
  CHECK(row(1) == Row{Date::zero(), Timestamp::zero(), Instant::zero()});
  CHECK(row(2) == Row{Null{}, Null{}, Null{}});
  CHECK(row(3) == Row{Date::unreadable(), Null{}, Null{}});

  const std::vector<std::string> names{"id", "d", "w", "i"};
  bool given = false;
  shop.session->upload({"", "t"}, names, [&](Row& out) {
    out = {std::int64_t{4}, Date::zero(), Timestamp::zero(), Instant::zero()};
    return !std::exchange(given, true);
  });
  CHECK(row(4) == row(1));
  CHECK(shop.text("SELECT count(*) FROM t WHERE " + dialect.same("d", "NULL", ValueKind::date)) ==
        "1");
}

TEST_CASE("MariaDB: a number beyond 64 bits comes as its text, and hides no other", "[mariadb]") {
  Shop shop{"CREATE TABLE t (n BIGINT UNSIGNED); INSERT INTO t VALUES (18446744073709551615), (7)"};
  const std::array kinds{ValueKind::integer};
  const auto rows = all_rows(*shop.session, {"SELECT n FROM t ORDER BY n", {}}, kinds);
  CHECK((rows == std::vector<Row>{{std::int64_t{7}}, {std::string{"18446744073709551615"}}}));
}

TEST_CASE(
    "MariaDB: texts go in messages that the server takes, and one that is too long is refused",
    "[mariadb]") {
  Shop shop{"CREATE TABLE t (a LONGTEXT)"};
  const auto upload = [&](std::size_t bytes, int rows) {
    const std::vector<std::string> names{"a"};
    shop.session->upload({"", "t"}, names, [&](Row& out) {
      out = {std::string(bytes, 'x')};
      return rows-- > 0;
    });
  };
  upload(9'000'000, 3);
  CHECK(shop.text("SELECT count(*) FROM t WHERE length(a) = 9000000") == "3");
  const DbError error = error_of([&] { upload(17'000'000, 1); });
  CHECK(error.recovery() == Recovery::refused);
  CHECK(std::string{error.hint()}.find("max_allowed_packet") != std::string::npos);
  CHECK(shop.session->connected());
  CHECK(shop.text("SELECT count(*) FROM t") == "3");
}

TEST_CASE("MariaDB: instants travel in UTC, whatever the server's zone", "[mariadb]") {
  Shop shop{"CREATE TABLE t (i TIMESTAMP(6) NULL)"};
  const Instant noon = parse_instant("2026-03-29T12:00:00.5Z").value();
  bool given = false;
  const std::vector<std::string> names{"i"};
  shop.session->upload({"", "t"}, names, [&](Row& out) {
    out = {noon};
    return !std::exchange(given, true);
  });
  auto user = shop.database.user();
  CHECK(user.value("SELECT UNIX_TIMESTAMP(i) = " + std::to_string(noon.micros / 1'000'000) +
                   ".5 FROM t") == "1");
  const std::array kinds{ValueKind::instant};
  const auto back =
      all_rows(*shop.session,
               {"SELECT " + dialect.selected("i", ValueKind::instant) + " FROM t", {}}, kinds);
  CHECK(back.at(0).at(0) == Value{noon});
}

TEST_CASE("MariaDB: a number that would be rounded on its way is refused", "[mariadb]") {
  Shop shop{"CREATE TABLE t (n DECIMAL(65,27))"};
  const Decimal fine = parse_decimal("0.0000000000000000000000000001").value();
  const std::vector<std::string> names{"n"};
  const DbError error = error_of([&] {
    shop.session->upload({"", "t"}, names, [&](Row& out) {
      out = {fine};
      return true;
    });
  });
  CHECK(error.recovery() == Recovery::refused);
  CHECK(shop.text("SELECT count(*) FROM t") == "0");
}

TEST_CASE("MariaDB: only what really changes is journaled, down to case and blanks", "[mariadb]") {
  Shop shop{"CREATE TABLE item (code VARCHAR(20) PRIMARY KEY, name VARCHAR(50), other INT)"};
  shop.run(dialect.create_own_tables());
  shop.run(dialect.create_triggers(item_table));
  auto user = shop.database.user();
  user.execute(
      "INSERT INTO item VALUES ('a', 'x', 1); UPDATE item SET other = 2; UPDATE item SET name = "
      "'x'; UPDATE item SET name = 'X'; UPDATE item SET name = 'X '; UPDATE item SET code = 'A'; "
      "REPLACE INTO item VALUES ('A', 'y', 3); DELETE FROM item");
  CHECK(user.rows("SELECT op, old_key, new_key FROM miroir_journal ORDER BY id") ==
        std::vector<std::string>{R"(I||["a"])", R"(U|["a"]|["a"])", R"(U|["a"]|["a"])",
                                 R"(U|["a"]|["A"])", R"(U|["a"]|["A"])", R"(D|["A"]|)",
                                 R"(I||["A"])", R"(D|["A"]|)"});
  // A key that changes is listed under both; REPLACE deletes and inserts in one statement.
  CHECK(user.value("SELECT count(DISTINCT tx) FROM miroir_journal WHERE id IN (6, 7)") == "1");
}

TEST_CASE("MariaDB: keys that its collation holds for one name one row each", "[mariadb]") {
  CHECK(named_by(dialect, {{"t.code", "s.k0", ValueKind::text}}) ==
        "t.code = s.k0 AND " + dialect.same("t.code", "s.k0", ValueKind::text));
  CHECK(named_by(dialect, {{"t.id", "s.k0", ValueKind::integer}}) == "t.id = s.k0");
}

TEST_CASE("MariaDB: installing again replaces triggers in one step", "[mariadb]") {
  for (const Statement& statement : dialect.create_triggers(item_table)) {
    const auto has = [&](const char* word) { return statement.text.find(word) != std::string::npos; };
    CHECK((has("OR REPLACE") ? !has("DROP") : has("EVENT_OBJECT_TABLE <> 'item'")));
  }
  Shop shop{"CREATE TABLE item (code VARCHAR(20) PRIMARY KEY, name VARCHAR(50))"};
  shop.run(dialect.create_own_tables());
  shop.run(dialect.create_triggers(item_table));
  CHECK_NOTHROW(shop.run(dialect.create_triggers(item_table)));
  CHECK(shop.text("SELECT CONCAT(COUNT(*)) FROM (" + dialect.list_triggers().text + ") AS t") ==
        "3");
}

TEST_CASE("MariaDB: the script for an administrator does what install does", "[mariadb]") {
  Shop shop{"CREATE TABLE item (code VARCHAR(20) PRIMARY KEY, name VARCHAR(50))"};
  auto user = shop.database.user();
  run_script(user,
             dialect.as_script({dialect.create_own_tables(), dialect.create_triggers(item_table)}));
  user.execute("INSERT INTO item VALUES ('a', 'x')");
  CHECK(user.value("SELECT count(*) FROM miroir_journal") == "1");
}

TEST_CASE("MariaDB: the script of uninstall finds the triggers by itself, and ours alone",
          "[mariadb]") {
  Shop shop{"CREATE TABLE item (code VARCHAR(20) PRIMARY KEY, name VARCHAR(50))"};
  Dialect::JournalledTable odd = item_table;
  odd.part = "a `b`";
  shop.run(dialect.create_own_tables());
  for (const auto& table : {item_table, odd}) shop.run(dialect.create_triggers(table));
  auto user = shop.database.user();
  user.execute(
      "CREATE TRIGGER miroir_theirs BEFORE INSERT ON item FOR EACH ROW SET NEW.name = 'y'");
  run_script(user, dialect.as_script(uninstall_steps(dialect, {}, {})));
  user.execute("INSERT INTO item VALUES ('a', 'x')");
  CHECK(user.value("SELECT name FROM item") == "y");
  CHECK(user.value("SELECT count(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = "
                   "DATABASE()") == "1");
}

TEST_CASE("MariaDB: names of triggers that would be too long are cut, and stay apart",
          "[mariadb]") {
  Dialect::JournalledTable a = item_table;
  a.table.name = std::string(50, 'x') + "a";
  Dialect::JournalledTable b = item_table;
  b.table.name = std::string(50, 'x') + "b";
  for (const std::string& name : dialect.trigger_names(a)) CHECK(name.size() <= 64);
  CHECK(dialect.trigger_names(a) != dialect.trigger_names(b));
}

TEST_CASE("MariaDB: forgetting rows of the journal waits for nobody who is just writing",
          "[mariadb]") {
  Shop shop{"CREATE TABLE item (code VARCHAR(20) PRIMARY KEY, name VARCHAR(50))"};
  shop.run(dialect.create_own_tables());
  shop.run(dialect.create_triggers(item_table));
  auto user = shop.database.user();
  user.execute("INSERT INTO item VALUES ('a', 'x'), ('b', 'y'), ('c', 'z')");
  auto slow = shop.database.user();
  slow.execute("START TRANSACTION; UPDATE item SET name = 'slow' WHERE code = 'b'");
  user.execute("UPDATE item SET name = 'quick' WHERE code = 'a'");

  SECTION("by a condition") {
    const auto begin = std::chrono::steady_clock::now();
    shop.run(dialect.delete_where("`miroir_journal`", "`id`", "`id` > 1"));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds{500});
  }
  SECTION("by their ids, and another user inserts into the gap between them") {
    const TableName staging = dialect.staging_table("miroir_forget");
    shop.run(
        dialect.create_staging(staging, {"", "miroir_site"}, {{"id", "0", ValueKind::integer}}));
    shop.session->run({"INSERT INTO miroir_forget VALUES (1), (3)", {}});
    shop.session->run({"START TRANSACTION", {}});
    shop.session->run(forget_staged(dialect, staging, "id"));
    auto third = shop.database.user();
    third.execute("SET innodb_lock_wait_timeout = 1");
    CHECK_NOTHROW(third.execute("INSERT INTO item VALUES ('d', 'new')"));
    shop.session->run({"COMMIT", {}});
  }
  slow.execute("COMMIT");
  CHECK(user.value("SELECT count(*) FROM miroir_journal WHERE new_key = '[\"b\"]' AND op = 'U'") ==
        "1");
}

TEST_CASE("MariaDB: keys that a trigger of the site's hands out are learnt", "[mariadb]") {
  Shop shop{
      "CREATE TABLE item (code VARCHAR(20) PRIMARY KEY, name VARCHAR(50));"
      "CREATE TABLE series (last INT); INSERT INTO series VALUES (100);"
      "CREATE TRIGGER numbers BEFORE INSERT ON item FOR EACH ROW BEGIN"
      " IF NEW.code = '' THEN UPDATE series SET last = last + 1;"
      " SET NEW.code = CONCAT('K', (SELECT last FROM series)); END IF; END"};
  shop.run(dialect.create_own_tables());
  shop.run(dialect.create_triggers(item_table));
  shop.session->run({"ALTER TABLE item ALTER code SET DEFAULT ''", {}});
  const TableName staging = dialect.staging_table("miroir_rows_0");
  shop.run(dialect.create_staging(staging, {"", "item"},
                                  {{"seq", "0", ValueKind::integer},
                                   {"k0", "`code`", ValueKind::text},
                                   {"n1", "`name`", ValueKind::text}}));
  shop.session->run(
      {"INSERT INTO miroir_rows_0 (seq, k0, n1) VALUES (1, NULL, 'one'), (2, 'OWN', 'two'), "
       "(3, NULL, 'three')",
       {}});
  Dialect::StagedInsert staged;
  staged.table = {"", "item"};
  staged.columns = {"`code`", "`name`"};
  staged.values = {"s.`k0`", "s.`n1`"};
  staged.staging = "`miroir_rows_0`";
  staged.row_column = "`seq`";
  staged.filter = "1 = 1";
  staged.generated = "code";
  staged.staged_column = "`k0`";
  staged.noted = "`part` = 'item'";
  shop.run(dialect.insert_generated(staged));
  CHECK(shop.text("SELECT GROUP_CONCAT(k0 ORDER BY seq) FROM miroir_rows_0") == "K101,OWN,K102");
  CHECK(shop.text("SELECT GROUP_CONCAT(code, '=', name ORDER BY code) FROM item") ==
        "K101=one,K102=three,OWN=two");
  // Without the trigger there is only the default, which is no key.
  shop.database.user().execute("DROP TRIGGER numbers");
  shop.session->run({"INSERT INTO miroir_rows_0 (seq, k0, n1) VALUES (4, NULL, 'four')", {}});
  staged.filter = "s.`seq` = 4";
  const DbError error = error_of([&] { shop.run(dialect.insert_generated(staged)); });
  CHECK(error.recovery() == Recovery::refused);
  CHECK_THAT(error.what(), Catch::Contains("handed out no key"));
}

TEST_CASE("MariaDB: what cannot be mirrored well is told, with a remedy", "[mariadb]") {
  Shop shop{
      "CREATE TABLE parent (id INT PRIMARY KEY); CREATE TABLE good (id INT PRIMARY KEY);"
      "CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id) ON "
      "DELETE CASCADE); CREATE TABLE isam (id INT PRIMARY KEY) ENGINE=MyISAM"};
  const std::vector<TableName> tables{{"", "child"}, {"", "good"}, {"", "isam"}, {"", "parent"}};
  const std::vector<std::string> told = warnings(*shop.session, tables);
  REQUIRE(told.size() == 2);
  CHECK(told[0].find("child") != std::string::npos);
  CHECK(told[0].find("CASCADE") != std::string::npos);
  CHECK(told[1].find("ALTER TABLE `isam` ENGINE=InnoDB") != std::string::npos);
}

TEST_CASE("MariaDB: a statement that runs too long is cancelled and can be tried again",
          "[mariadb]") {
  TemporaryMariadb database;
  const SessionLimits limits{.statement = std::chrono::seconds{1}};
  const auto session = open_odbc(database.connection_string(), dialect, limits);
  const auto begin = std::chrono::steady_clock::now();
  const DbError error = error_of([&] {
    session->run({"SELECT count(*) FROM seq_1_to_1000000 AS a, seq_1_to_1000000 AS b", {}});
  });
  CHECK(error.recovery() == Recovery::retry);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{10});
  CHECK_NOTHROW(session->run({"SELECT 1", {}}));
}

// It says so of a compound statement that has committed as well.
TEST_CASE("MariaDB: a transaction that is cancelled in the message that commits is in doubt",
          "[mariadb][G2]") {
  Shop shop{"CREATE TABLE t (a INT)"};
  shop.limits.statement = std::chrono::seconds{1};
  shop.session = open_odbc(shop.database.connection_string(), dialect, shop.limits);
  const DbError error = error_of([&] {
    shop.run(std::vector<std::string>{
        "INSERT INTO t VALUES (1)",
        "INSERT INTO t SELECT count(*) FROM seq_1_to_1000000 AS a, seq_1_to_1000000 AS b"});
  });
  CHECK(error.recovery() == Recovery::in_doubt);
  CHECK(error.sqlstate() == "57014");
  CHECK(shop.text("SELECT count(*) FROM t") == "0");
}

TEST_CASE("MariaDB: a server that answers nothing is given up after the connect limit",
          "[mariadb]") {
  // A port that accepts and says nothing.
  TemporaryMariadb database;
  std::string text = database.connection_string();
  const std::size_t port = text.find("Port=");
  text.replace(port, text.find(';', port) - port, "Port=1");
  const DbError error = error_of([&] { open_odbc(text, dialect, SessionLimits{}); });
  CHECK(error.recovery() == Recovery::reconnect);
  CHECK(std::string{error.what()}.find("127.0.0.1") != std::string::npos);
}

TEST_CASE("MariaDB: errors tell what is wrong, and nothing of what stands in the row",
          "[mariadb]") {
  Shop shop{
      "CREATE TABLE t (code VARCHAR(40) PRIMARY KEY, d DATE, l VARCHAR(9) CHARACTER SET latin1);"
      "INSERT INTO t VALUES ('bob''s for key', NULL, NULL)"};
  for (const char* values : {"('bob''s for key', NULL, NULL)", "('x', 'bob', NULL)",
                             "('x', NULL, 'bob \u2192')", "('x', NULL, 'bob far too long')"}) {
    const DbError error = error_of([&] {
      shop.session->run({std::string{"INSERT INTO t VALUES "} + values, {}});
    });
    CAPTURE(error.what());
    CHECK(error.recovery() == Recovery::refused);
    CHECK(std::string{error.what()}.find("bob") == std::string::npos);
  }
}

TEST_CASE("MariaDB: the session's limits are known to the server", "[mariadb]") {
  Shop shop{"DO 1"};
  CHECK(shop.text("SELECT CONCAT_WS(' ', @@innodb_lock_wait_timeout, @@lock_wait_timeout, "
                  "@@max_statement_time, @@idle_transaction_timeout, @@net_write_timeout, "
                  "@@tx_isolation)") == "1 1 30.000000 10 30 READ-COMMITTED");
}

}  // namespace miroir::test
