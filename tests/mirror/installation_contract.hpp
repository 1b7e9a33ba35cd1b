// What installing and uninstalling must do on every database, and leave as it was. The including
// file defines SqlSitesUnderTest, a std::tuple of kinds of SqlSiteUnderTest.
#pragma once

#include <catch2/catch.hpp>

#include "connectors/journal.hpp"
#include "tests/mirror/sql_site_under_test.hpp"

namespace miroir::test {

TEMPLATE_LIST_TEST_CASE("installing a second time changes nothing", "[install]",
                        SqlSitesUnderTest) {
  TestType sut;
  Session& session = sut.site().session();
  const Installed before = read_installed(session);
  CHECK(before.triggers.size() >= 3 * sut.mapping().entities.size());
  CHECK(install(session, sut.mapping(), SiteId::first) == 0);
  const Installed after = read_installed(session);
  CHECK(after.triggers == before.triggers);
  CHECK(after.tables == before.tables);
}

TEMPLATE_LIST_TEST_CASE("a table whose triggers were dropped is installed again, alone",
                        "[install]", SqlSitesUnderTest) {
  TestType sut;
  Session& session = sut.site().session();
  const auto tables = journalled_tables(sut.mapping(), SiteId::first);
  run_steps(session, {session.dialect().drop_triggers(tables.front())});
  sut.insert(customer, {std::int64_t{1}, "unseen", Null{}, Null{}, Null{}, Null{}});
  CHECK(sut.journal_rows() == 0);
  const std::size_t seal = session.dialect().seal_name().empty() ? 0 : 1;
  CHECK(install(session, sut.mapping(), SiteId::first) == 1 + seal);
  sut.insert(customer, {std::int64_t{2}, "seen", Null{}, Null{}, Null{}, Null{}});
  CHECK(sut.journal_rows() == 1);
}

// An upgrade of the shop's own program: nobody waits for miroir to be told of it. SQLite lets nobody
// drop what a trigger names, and writes the new name into the trigger.
TEMPLATE_LIST_TEST_CASE("a mirrored column that is renamed or dropped fails nobody's update",
                        "[install]", SqlSitesUnderTest) {
  TestType sut;
  Session& session = sut.site().session();
  const Dialect& dialect = session.dialect();
  const std::string table =
      "ALTER TABLE " + dialect.quote(journalled_tables(sut.mapping(), SiteId::first).front().table);
  const std::string email =
      dialect.quote(sut.mapping().table(customer, SiteId::first).columns.at(at::email).name);
  sut.insert(customer, {std::int64_t{1}, "anna", Null{}, Null{}, Null{}, Null{}});
  std::size_t noted = sut.journal_rows();
  const auto update = [&](const std::string& city) {
    CHECK_NOTHROW(sut.update(customer, {std::int64_t{1}}, at::city, city));
    CHECK(sut.journal_rows() == ++noted);
  };
  session.run({table + " RENAME COLUMN " + email + " TO " + dialect.quote("renamed"), {}});
  update("while it is called otherwise");
  try {
    session.run({table + " DROP COLUMN " + dialect.quote("renamed"), {}});
  } catch (const DbError&) {  // SQLite.
  }
  update("after it has gone");
}

// As online migrations do it: a copy takes the name, and what triggers there were stay behind.
TEMPLATE_LIST_TEST_CASE("a table that took another's name is found out, and installed again",
                        "[install]", SqlSitesUnderTest) {
  TestType sut;
  Session& session = sut.site().session();
  const Dialect& dialect = session.dialect();
  const std::string table =
      dialect.quote(journalled_tables(sut.mapping(), SiteId::first).front().table);
  sut.insert(customer, {std::int64_t{1}, "anna", Null{}, Null{}, Null{}, Null{}});
  REQUIRE(sut.site().claim({"store-a", CycleNumber{0}}));
  const std::size_t noted = sut.journal_rows();
  const std::string before = sut.site().take_census().catalogue;
  const TableState state = sut.site().describe_tables().at(customer.raw());
  CHECK(state.watched);
  for (const std::string& text :
       {"CREATE TABLE copied AS SELECT * FROM " + table, "ALTER TABLE " + table + " RENAME TO old",
        "ALTER TABLE copied RENAME TO " + table})
    session.run({text, {}});
  sut.update(customer, {std::int64_t{1}}, at::city, "unseen");
  CHECK(sut.journal_rows() == noted);
  CHECK(sut.site().take_census().catalogue != before);
  // Nor is it taken for what it was, so that somebody is asked for what was changed meanwhile.
  const TableState swapped = sut.site().describe_tables().at(customer.raw());
  CHECK_FALSE(swapped.watched);
  CHECK(swapped.triggers != state.triggers);
  CHECK(install(session, sut.mapping(), SiteId::first) >= 1);
  CHECK(install(session, sut.mapping(), SiteId::first) == 0);
  CHECK(sut.site().describe_tables().at(customer.raw()).watched);
  sut.update(customer, {std::int64_t{1}}, at::city, "seen");
  CHECK(sut.journal_rows() == noted + 1);
  session.run({"DELETE FROM old", {}});
  CHECK(sut.journal_rows() == noted + 1);
}

TEMPLATE_LIST_TEST_CASE("uninstalling leaves no table and no trigger, and the users' rows alone",
                        "[install]", SqlSitesUnderTest) {
  TestType sut;
  Session& session = sut.site().session();
  sut.insert(customer, {std::int64_t{1}, "anna", Null{}, Null{}, Null{}, Null{}});
  uninstall(session);
  const Installed left = read_installed(session);
  CHECK(left.tables.empty());
  CHECK(left.triggers.empty());
  CHECK(sut.find(customer, {std::int64_t{1}}));
  CHECK_NOTHROW(sut.update(customer, {std::int64_t{1}}, at::email, "still writable"));
}

// The site's own writes would fail for want of the journal.
TEMPLATE_LIST_TEST_CASE("uninstalling takes every trigger of ours, whatever the mapping says",
                        "[install]", SqlSitesUnderTest) {
  TestType sut;
  Session& session = sut.site().session();
  const Dialect& dialect = session.dialect();
  Dialect::JournalledTable former = journalled_tables(sut.mapping(), SiteId::first).front();
  former.entity = former.part = "for`mer \"one\"";
  run_steps(session, {dialect.create_triggers(former)});
  const std::string table = dialect.quote(former.table), moved = dialect.quote("moved");
  const auto rename = [&](const std::string& from, const std::string& to) {
    session.run({"ALTER TABLE " + from + " RENAME TO " + to, {}});
  };

  SECTION("also where the table is called otherwise now") {
    rename(table, moved);
    uninstall(session);
    rename(moved, table);
  }
  SECTION("also where the journal has gone already") {
    session.run({"DROP TABLE " + dialect.quote(dialect.own_tables().journal), {}});
    uninstall(session);
  }
  SECTION("also before there is anything else of ours") {
    uninstall(session);
    run_steps(session, {dialect.create_own_tables(), dialect.create_triggers(former)});
    uninstall(session);
  }
  SECTION("also by the script, where that can find them") {
    if (dialect.drops_found_triggers())
      run_steps(session, uninstall_steps(dialect, {}, {}));
    else
      uninstall(session);
  }
  CHECK(read_own_triggers(session).empty());
  CHECK_NOTHROW(sut.insert(customer, {std::int64_t{1}, "anna", Null{}, Null{}, Null{}, Null{}}));
}

}  // namespace miroir::test
