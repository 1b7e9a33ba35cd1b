#include <array>
#include <catch2/catch.hpp>

#include "connectors/odbc/dialects/sqlite_dialect.hpp"
#include "connectors/odbc/odbc_session.hpp"
#include "tests/support/temporary_sqlite.hpp"

namespace miroir {
namespace {

using test::SqliteUser;
using test::TemporarySqlite;
using Rows = std::vector<std::string>;

const Dialect::JournalledTable order{{"", "Sales $Header"}, "order",        "order",
                                     {"type", "no"},        {"type", "no"}, {"type", "no", "note"}};
const Dialect::JournalledTable line{{"", "line"}, "order",         "line",
                                    {"id"},       {"type", "doc"}, {"id", "type", "doc", "qty"}};

const char* const site =
    "CREATE TABLE \"Sales $Header\"(type INTEGER, no TEXT, note TEXT COLLATE NOCASE, clerk TEXT,"
    " PRIMARY KEY(type, no));"
    "CREATE TABLE line(id INTEGER PRIMARY KEY, type INTEGER, doc TEXT, qty TEXT,"
    " FOREIGN KEY(type, doc) REFERENCES \"Sales $Header\"(type, no) ON DELETE CASCADE);"
    "INSERT INTO \"Sales $Header\" VALUES(1, 'A', 'x', 'Anne'), (1, 'B', NULL, 'Bruno');"
    "INSERT INTO line VALUES(7, 1, 'A', '2'), (8, 1, 'A', '3');";

std::unique_ptr<Session> open(const TemporarySqlite& database) {
  return open_odbc(database.connection_string(), sqlite_dialect(), SessionLimits{});
}

void install(Session& session) {
  session.run_transaction(sqlite_dialect().create_own_tables());
  for (const auto* table : {&order, &line})
    session.run_transaction(sqlite_dialect().create_triggers(*table));
}

Rows journal(SqliteUser& user) {
  return user.rows(
      "SELECT entity, part, op, old_key, new_key, old_root, new_root, root, origin FROM "
      "miroir_journal ORDER BY id");
}

}  // namespace

TEST_CASE("the journal notes inserts, updates and deletions with their keys and roots",
          "[sqlite][journal]") {
  const TemporarySqlite database{site};
  const auto session = open(database);
  install(*session);
  auto user = database.user();
  user.run(
      "INSERT INTO line VALUES(9, 1, 'B', '1'); UPDATE line SET qty = '4' WHERE id = 7;"
      "DELETE FROM line WHERE id = 8; UPDATE \"Sales $Header\" SET note = 'y' WHERE no = 'A'");
  CHECK(journal(user) == Rows{
                             R"(order|line|I||[9]||[1,"B"]|[1,"B"]|)",
                             R"(order|line|U|[7]|[7]|[1,"A"]|[1,"A"]|[1,"A"]|)",
                             R"(order|line|D|[8]||[1,"A"]||[1,"A"]|)",
                             R"(order|order|U|[1,"A"]|[1,"A"]|[1,"A"]|[1,"A"]|[1,"A"]|)",
                         });
}

TEST_CASE("a row that changes its root is listed under both, a key that changes is known by both",
          "[sqlite][journal]") {
  const TemporarySqlite database{site};
  const auto session = open(database);
  install(*session);
  auto user = database.user();
  user.run(
      "UPDATE line SET doc = 'B' WHERE id = 7; UPDATE line SET id = 80 WHERE id = 8;"
      "UPDATE \"Sales $Header\" SET no = 'C' WHERE no = 'B'");
  CHECK(journal(user) == Rows{
                             R"(order|line|U|[7]|[7]|[1,"A"]|[1,"B"]|[1,"B"]|)",
                             R"(order|line|U|[7]|[7]|[1,"A"]|[1,"B"]|[1,"A"]|)",
                             R"(order|line|U|[8]|[80]|[1,"A"]|[1,"A"]|[1,"A"]|)",
                             R"(order|order|U|[1,"B"]|[1,"C"]|[1,"B"]|[1,"C"]|[1,"C"]|)",
                             R"(order|order|U|[1,"B"]|[1,"C"]|[1,"B"]|[1,"C"]|[1,"B"]|)",
                         });
}

TEST_CASE("only what is mirrored and really changes is noted, down to case and blanks",
          "[sqlite][journal]") {
  const TemporarySqlite database{site};
  const auto session = open(database);
  install(*session);
  auto user = database.user();
  user.run("UPDATE \"Sales $Header\" SET clerk = 'Zoe', note = note");
  CHECK(journal(user).empty());
  for (const char* note : {"'X'", "'X '", "''", "NULL"}) {
    CAPTURE(note);
    user.run("DELETE FROM miroir_journal");
    user.run("UPDATE \"Sales $Header\" SET note = " + std::string{note} + " WHERE no = 'A'");
    CHECK(journal(user).size() == 1);
  }
}

TEST_CASE("what a foreign key's cascade deletes is noted", "[sqlite][journal]") {
  const TemporarySqlite database{site};
  const auto session = open(database);
  install(*session);
  CHECK(session->run({"DELETE FROM \"Sales $Header\" WHERE no = 'A'", {}}) == 1);
  auto user = database.user();
  CHECK(user.rows("SELECT part, op, old_key FROM miroir_journal ORDER BY part, old_key") ==
        Rows{"line|D|[7]", "line|D|[8]", R"(order|D|[1,"A"])"});
}

TEST_CASE("a transaction's origin is noted, and nobody else's changes carry it",
          "[sqlite][journal]") {
  const TemporarySqlite database{site};
  const auto session = open(database);
  install(*session);
  session->run({"CREATE TEMP TABLE batch AS SELECT 42 AS id", {}});
  const auto transaction = [&](bool fails) {
    std::vector<Statement> statements;
    for (const auto& text : sqlite_dialect().set_origin("(SELECT id FROM temp.batch)"))
      statements.push_back({text, {}});
    statements.push_back({"UPDATE line SET qty = qty || '0' WHERE id = 7", {}});
    if (fails) statements.push_back({"INSERT INTO line VALUES(7, 1, 'A', '2')", {}});
    for (const auto& text : sqlite_dialect().clear_origin()) statements.push_back({text, {}});
    session->run_transaction(statements);
  };
  auto user = database.user();
  transaction(false);
  user.run("UPDATE line SET qty = '9' WHERE id = 8");
  CHECK_THROWS_AS(transaction(true), DbError);
  user.run("UPDATE line SET qty = '10' WHERE id = 8");
  CHECK(user.rows("SELECT op, old_key, origin FROM miroir_journal ORDER BY id") ==
        Rows{"U|[7]|42", "U|[8]|", "U|[8]|"});
}

TEST_CASE(
    "a REPLACE is one deletion and one insert of the same transaction, two statements are not",
    "[sqlite][journal]") {
  const TemporarySqlite database{site};
  const auto session = open(database);
  install(*session);
  auto user = database.user();
  user.run("PRAGMA recursive_triggers = ON");
  user.run("REPLACE INTO line VALUES(7, 1, 'A', '5'), (8, 1, 'A', '6')");
  CHECK(user.rows("SELECT group_concat(op, ''), old_key, new_key FROM miroir_journal GROUP BY tx "
                  "ORDER BY min(id)")
            .size() == 2);
  CHECK(user.value("SELECT count(*) FROM miroir_journal d JOIN miroir_journal i ON d.tx = i.tx"
                   " AND d.op = 'D' AND i.op = 'I' AND d.old_key = i.new_key") == "2");
  user.run("DELETE FROM miroir_journal");
  user.run("BEGIN");
  for (int i = 0; i < 50; ++i) {  // Many within each millisecond.
    user.run("DELETE FROM line WHERE id = 7; INSERT INTO line VALUES(7, 1, 'A', '5')");
  }
  user.run("COMMIT");
  CHECK(user.value("SELECT count(*) FROM miroir_journal") == "100");
  CHECK(user.value("SELECT count(DISTINCT tx) FROM miroir_journal") == "100");
}

TEST_CASE("journal ids are never used again", "[sqlite][journal]") {
  const TemporarySqlite database{site};
  const auto session = open(database);
  install(*session);
  auto user = database.user();
  user.run("UPDATE line SET qty = '8' WHERE id = 7");
  const std::string first = user.value("SELECT id FROM miroir_journal");
  user.run("DELETE FROM miroir_journal; UPDATE line SET qty = '9' WHERE id = 7");
  CHECK(std::stoll(user.value("SELECT id FROM miroir_journal")) > std::stoll(first));
}

TEST_CASE("times in the journal are instants", "[sqlite][journal]") {
  const TemporarySqlite database{site};
  const auto session = open(database);
  install(*session);
  session->run({"UPDATE line SET qty = '8' WHERE id = 7", {}});
  constexpr std::array kinds{ValueKind::instant};
  CHECK(all_rows(*session, {"SELECT at FROM miroir_journal", {}}, kinds).size() == 1);
}

TEST_CASE("installing twice changes nothing, and uninstalling leaves nothing",
          "[sqlite][journal]") {
  const std::string schema =
      "SELECT type, name, sql FROM sqlite_schema WHERE name <> 'sqlite_sequence' ORDER BY 1, 2";
  const TemporarySqlite database{site};
  auto user = database.user();
  const Rows before = user.rows(schema);
  const auto session = open(database);
  install(*session);
  const Rows installed = user.rows(schema);
  install(*session);
  CHECK(user.rows(schema) == installed);
  constexpr std::array two{ValueKind::text, ValueKind::text};
  constexpr std::array one{ValueKind::integer};
  const Statement count{"SELECT count(*) FROM (" + sqlite_dialect().list_triggers().text + ")", {}};
  CHECK(all_rows(*session, count, one).at(0).at(0) == Value{std::int64_t{6}});
  CHECK(all_rows(*session, sqlite_dialect().list_own_tables(), two).size() == 4);
  for (const std::string& name : sqlite_dialect().trigger_names(line)) {
    CHECK(user.value("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name = '" +
                     name + "'") == "1");
  }
  for (const auto* table : {&order, &line})
    session->run_transaction(sqlite_dialect().drop_triggers(*table));
  session->run_transaction(sqlite_dialect().drop_own_tables());
  CHECK(user.rows(schema) == before);
}

TEST_CASE("two entities of one table have triggers of their own", "[sqlite][journal]") {
  Dialect::JournalledTable quote = line;
  quote.part = "quote line";
  const TemporarySqlite database{site};
  const auto session = open(database);
  install(*session);
  session->run_transaction(sqlite_dialect().create_triggers(quote));
  auto user = database.user();
  user.run("DELETE FROM line WHERE id = 7");
  CHECK(user.rows("SELECT part FROM miroir_journal ORDER BY part") == Rows{"line", "quote line"});
}

TEST_CASE("the site's row is one, and a batch has one marker for each store", "[sqlite][journal]") {
  const TemporarySqlite database{site};
  const auto session = open(database);
  install(*session);
  session->run({"INSERT INTO miroir_site(store, cycle) VALUES('s', 1)", {}});
  CHECK_THROWS_AS(session->run({"INSERT INTO miroir_site(store, cycle) VALUES('t', 1)", {}}),
                  DbError);
  const Statement marker{
      "INSERT INTO miroir_marker(store, batch, cycle, void, outcome) VALUES(?, 5, 1, ?, '')",
      {std::string{"s"}, false}};
  CHECK(session->run(marker) == 1);
  CHECK_THROWS_AS(session->run(marker), DbError);
}

}  // namespace miroir
