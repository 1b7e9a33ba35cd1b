#include "tests/connectors/session_contract.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/error_of.hpp"

namespace miroir::test {
namespace {

constexpr std::array integer_kind{ValueKind::integer};

std::int64_t count_of(Session& session, const std::string& table) {
  const auto rows = all_rows(session, {"SELECT count(*) FROM " + table, {}}, integer_kind);
  return std::get<std::int64_t>(rows.at(0).at(0));
}

void make_items(SessionUnderTest& subject) {
  subject.execute("CREATE TABLE items (id INTEGER NOT NULL PRIMARY KEY, name " +
                  subject.type_of(ValueKind::text) +
                  "); INSERT INTO items VALUES (1, 'one'), (2, 'two'), (3, 'three')");
}

std::size_t resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

void statements_report_what_they_did(SessionUnderTest& subject) {
  make_items(subject);
  const std::unique_ptr<Session> session = subject.open();
  SECTION("run counts the rows that it changed, matched ones with equal values too") {
    CHECK(session->run({"UPDATE items SET name = name WHERE id <= 2", {}}) == 2);
    CHECK(session->run({"DELETE FROM items WHERE id = " +
                            session->dialect().placeholder(1, ValueKind::integer),
                        {std::int64_t{3}}}) == 1);
    CHECK(session->run({"DELETE FROM items WHERE id = 99", {}}) == 0);
    CHECK(count_of(*session, "items") == 2);
  }
  SECTION("what a sink throws goes on, and the session stays usable") {
    const auto stop = [](Row&&) { throw std::runtime_error{"enough"}; };
    CHECK_THROWS_WITH(session->query({"SELECT id FROM items", {}}, integer_kind, stop), "enough");
    CHECK(count_of(*session, "items") == 3);
  }
  SECTION("an upload that is given up leaves nothing") {
    std::int64_t next = 10;
    const std::vector<std::string> columns{"id", "name"};
    const auto give_up = [&](Row& row) {
      if (next == 12) throw std::runtime_error{"enough"};
      row = {next++, std::string{"x"}};
      return true;
    };
    CHECK_THROWS_WITH(session->upload({"", "items"}, columns, give_up), "enough");
    CHECK(count_of(*session, "items") == 3);
  }
  SECTION("reconnect gives a session that works") {
    session->reconnect();
    CHECK(session->connected());
    CHECK(count_of(*session, "items") == 3);
  }
}

void transactions_are_atomic(SessionUnderTest& subject) {
  make_items(subject);
  const std::unique_ptr<Session> session = subject.open();
  SECTION("all statements are committed together") {
    const std::vector<Statement> both{{"INSERT INTO items VALUES (4, 'four')", {}},
                                      {"DELETE FROM items WHERE id = 1", {}}};
    session->run_transaction(both);
    CHECK(count_of(*subject.open(), "items WHERE id IN (1, 4)") == 1);
  }
  SECTION("an error in the last statement leaves nothing, and the session stays usable") {
    const std::vector<Statement> broken{{"DELETE FROM items WHERE id = 1", {}},
                                        {"INSERT INTO items VALUES (2, 'again')", {}}};
    CHECK(error_of([&] { session->run_transaction(broken); }).recovery() == Recovery::refused);
    CHECK(count_of(*session, "items") == 3);
    session->run_transaction(std::vector<Statement>{{"DELETE FROM items WHERE id = 1", {}}});
    CHECK(count_of(*subject.open(), "items") == 2);
  }
}

void snapshots_stand_still(SessionUnderTest& subject) {
  make_items(subject);
  const std::unique_ptr<Session> session = subject.open();
  SECTION("what another commits meanwhile is seen only after the snapshot") {
    session->begin_snapshot();
    CHECK(count_of(*session, "items") == 3);
    subject.execute("INSERT INTO items VALUES (4, 'four')");
    CHECK(count_of(*session, "items") == 3);
    session->end_snapshot();
    CHECK(count_of(*session, "items") == 4);
  }
  SECTION("a snapshot refuses to write") {
    session->begin_snapshot();
    CHECK_THROWS_AS(session->run({"DELETE FROM items", {}}), DbError);
    session->end_snapshot();
    CHECK(count_of(*session, "items") == 3);
  }
}

void errors_say_what_can_be_done(SessionUnderTest& subject) {
  make_items(subject);
  const std::unique_ptr<Session> session = subject.open();
  SECTION("a row that is held by another is retried, after seconds and not after minutes") {
    const auto held = subject.hold_rows("items");
    const auto begin = std::chrono::steady_clock::now();
    const DbError error = error_of([&] {
      session->run_transaction(
          std::vector<Statement>{{"UPDATE items SET name = 'x' WHERE id = 1", {}}});
    });
    CHECK(error.recovery() == Recovery::retry);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{6});
  }
  SECTION("a key that is taken is refused, with its SQLSTATE") {
    const DbError error = error_of([&] {
      session->run({"INSERT INTO items VALUES (1, 'x')", {}});
    });
    CHECK(error.recovery() == Recovery::refused);
    CHECK(error.sqlstate().substr(0, 2) == "23");
  }
  SECTION("a table that is not there is a matter for a person") {
    const DbError error = error_of([&] { count_of(*session, "missing"); });
    CHECK(error.recovery() == Recovery::misconfigured);
    CHECK(std::string{error.what()}.find("missing") != std::string::npos);
  }
}

void tables_are_described(SessionUnderTest& subject) {
  const std::string text = subject.type_of(ValueKind::text);
  subject.execute("CREATE TABLE described (id INTEGER NOT NULL, line INTEGER NOT NULL, code " +
                  text + " NOT NULL, note " + text +
                  " DEFAULT 'none', PRIMARY KEY (id, line), UNIQUE (code))");
  const std::unique_ptr<Session> session = subject.open();
  SECTION("columns with their kinds, in the table's order") {
    const CatalogTable table = session->describe({"", "described"});
    REQUIRE(table.columns.size() == 4);
    CHECK(table.columns[0].name == "id");
    CHECK(table.columns[0].kind == ValueKind::integer);
    CHECK_FALSE(table.columns[0].nullable);
    CHECK(table.columns[3].kind == ValueKind::text);
    CHECK(table.columns[3].nullable);
    CHECK(table.columns[3].has_default);
    CHECK_FALSE(table.columns[2].has_default);
  }
  SECTION("unique keys, the primary key first") {
    const std::vector<std::vector<std::string>> keys{{"id", "line"}, {"code"}};
    CHECK(session->describe({"", "described"}).unique_keys == keys);
  }
  SECTION("a table that is not there has no columns") {
    CHECK(session->describe({"", "missing"}).columns.empty());
  }
}

void long_results_stream(SessionUnderTest& subject) {
  constexpr std::int64_t rows = 200'000;
  const std::string text = subject.type_of(ValueKind::text);
  subject.execute(
      "CREATE TABLE long_table (id INTEGER NOT NULL PRIMARY KEY, filler " + text +
      "); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)"
      " INSERT INTO long_table SELECT i,"
      " 'a filler of a hundred characters, so that the whole table is twenty megabytes"
      " large when it is read at once' FROM n");
  const std::unique_ptr<Session> session = subject.open();
  SECTION("memory does not grow with the number of rows") {
    const std::array kinds{ValueKind::integer, ValueKind::text};
    std::int64_t sum = 0;
    std::size_t most = 0;
    session->begin_snapshot();
    const std::size_t before = resident_bytes();
    session->query({"SELECT id, filler FROM long_table ORDER BY id", {}}, kinds, [&](Row&& row) {
      const std::int64_t id = std::get<std::int64_t>(row.at(0));
      sum += id;
      if (id % 10'000 == 0) most = std::max(most, resident_bytes());
    });
    session->end_snapshot();
    CHECK(sum == rows * (rows + 1) / 2);
    CHECK(most < before + 10'000'000);
  }
}

}  // namespace miroir::test
