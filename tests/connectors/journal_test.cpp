// What is installed for the journal, and its statements, as text.
#include "connectors/journal.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "connectors/postgres/postgres_dialect.hpp"
#include "tests/connectors/document_mapping.hpp"

namespace miroir::test {
namespace {

Installed everything(const Dialect& dialect, const std::vector<Dialect::JournalledTable>& tables) {
  const OwnTables own = dialect.own_tables();
  Installed installed{{own.journal.name, own.marker.name, own.site.name}, {}};
  for (const auto& table : tables) {
    for (const std::string& name : dialect.trigger_names(table))
      installed.triggers[name] = {dialect.mark_of(table), "", table.table};
  }
  return installed;
}

std::string text_of(const Step& step) {
  std::string text;
  for (const Statement& statement : step) text += statement.text + "\n";
  return text;
}

}  // namespace

TEST_CASE("a part's columns are named in the order of its root's key, constants too", "[journal]") {
  const Mapping mapping = document_mapping();
  CHECK(root_columns(mapping, document, SiteId::first) == std::vector<std::size_t>{0, 1});
  CHECK(root_columns(mapping, line, SiteId::first) == std::vector<std::size_t>{2, 1});
}

TEST_CASE("a part that holds no column of its root's key is refused", "[journal]") {
  Mapping mapping = document_mapping();
  mapping.entities[line.raw()].table[0].key[0].source = Constant{std::int64_t{2}};
  CHECK_THROWS_AS(root_columns(mapping, line, SiteId::first), std::invalid_argument);
  CHECK_NOTHROW(root_columns(mapping, line, SiteId::second));
}

TEST_CASE("every table of the mapping is journaled under its root's name", "[journal]") {
  const auto tables = journalled_tables(document_mapping(), SiteId::first);
  REQUIRE(tables.size() == 3);
  CHECK(tables[1].entity == "document");
  CHECK(tables[1].part == "document line");
  CHECK(tables[1].key == std::vector<std::string>{"Document Type", "Document No_", "Line No_"});
  CHECK(tables[1].root == std::vector<std::string>{"Document Type", "Document No_"});
  CHECK(tables[1].columns.size() == 4);
  CHECK(tables[2].entity == "note");
}

TEST_CASE("installing where everything is there and fires needs nothing", "[journal]") {
  const Dialect& dialect = postgres_dialect();
  const auto tables = journalled_tables(document_mapping(), SiteId::first);
  CHECK(install_steps(dialect, tables, everything(dialect, tables)).empty());
}

TEST_CASE("installing writes own tables first, and then one step for each table", "[journal]") {
  const Dialect& dialect = postgres_dialect();
  const auto tables = journalled_tables(document_mapping(), SiteId::first);
  const auto steps = install_steps(dialect, tables, {});
  REQUIRE(steps.size() == 4);
  CHECK(text_of(steps[0]) == text_of(dialect.create_own_tables()));
  for (const Step& step : steps) {
    for (const Statement& statement : step) CHECK(statement.parameters.empty());
  }
}

TEST_CASE("a trigger that does not fire is dropped and created anew, the others stay",
          "[journal]") {
  const Dialect& dialect = postgres_dialect();
  const auto tables = journalled_tables(document_mapping(), SiteId::first);
  Installed installed = everything(dialect, tables);
  installed.triggers.erase(dialect.trigger_names(tables[1]).front());
  const auto steps = install_steps(dialect, tables, installed);
  REQUIRE(steps.size() == 1);
  CHECK(text_of(steps[0]) == text_of(dialect.create_triggers(tables[1])));
}

TEST_CASE("triggers that were written for other columns are created anew", "[journal]") {
  const Dialect& dialect = postgres_dialect();
  auto tables = journalled_tables(document_mapping(), SiteId::first);
  const Installed installed = everything(dialect, tables);
  CHECK(install_steps(dialect, tables, installed).empty());
  tables[0].columns.emplace_back("fax");
  const auto steps = install_steps(dialect, tables, installed);
  REQUIRE(steps.size() == 1);
  CHECK(text_of(steps[0]) == text_of(dialect.create_triggers(tables[0])));
}

TEST_CASE("triggers of an earlier version are known, and created anew", "[journal]") {
  const Dialect& dialect = postgres_dialect();
  auto tables = journalled_tables(document_mapping(), SiteId::first);
  Installed installed = everything(dialect, tables);
  CHECK_FALSE(installed.watched_before(dialect, tables[0]));
  const std::vector<std::string> names = dialect.trigger_names(tables[0]);
  installed.triggers[names[1]].mark = Dialect::mark_of(tables[0], dialect.trigger_version() - 1);
  CHECK(installed.watched_before(dialect, tables[0]));
  CHECK(install_steps(dialect, tables, installed).size() == 1);
  tables[0].columns.emplace_back("fax");  // And watched other columns.
  CHECK_FALSE(installed.watched_before(dialect, tables[0]));
  tables[0].columns.pop_back();
  installed.triggers.erase(names[0]);
  CHECK_FALSE(installed.watched_before(dialect, tables[0]));
}

TEST_CASE("uninstalling drops all triggers before the journal they write to", "[journal]") {
  const Dialect& dialect = postgres_dialect();
  const auto tables = journalled_tables(document_mapping(), SiteId::first);
  const auto steps = uninstall_steps(dialect, tables, {});
  REQUIRE(steps.size() == 4);
  CHECK(text_of(steps.back()) == text_of(dialect.drop_own_tables()));
  // Two triggers of one function are dropped by one step.
  const std::vector<OwnTrigger> found{
      {"a_rows", "a", "f"}, {"a_update", "a", "f"}, {"b", "b", "g"}};
  const auto more = uninstall_steps(dialect, {}, found);
  REQUIRE(more.size() == 3);
  CHECK(text_of(more.back()) == text_of(dialect.drop_own_tables()));
}

TEST_CASE("what no table of the mapping has is left of an earlier one", "[journal]") {
  const Dialect& dialect = postgres_dialect();
  const auto tables = journalled_tables(document_mapping(), SiteId::first);
  std::vector<OwnTrigger> all{{"miroir_stock_rows", "stock", "miroir_stock"}};
  for (const auto& table : tables) {
    for (const std::string& name : dialect.trigger_names(table))
      all.push_back({name, table.table.name, name});
  }
  // Somebody's own, by a function that the mapping needs.
  all.push_back({"theirs", "other", dialect.trigger_names(tables[0])[0]});
  const auto left = left_triggers(dialect, all, tables);
  REQUIRE(left.size() == 1);
  CHECK(left[0].table == "stock");
}

TEST_CASE("steps print as a script of transactions", "[journal]") {
  CHECK(postgres_dialect().as_script({{{"A", {}}, {"B", {}}}, {{"C", {}}}}) ==
        "BEGIN;\nA;\nB;\nCOMMIT;\nBEGIN;\nC;\nCOMMIT;\n");
}

TEST_CASE("entities and cursors are bound, never written into the text", "[journal]") {
  const Statement statement = list_roots(postgres_dialect(), "x'; DROP", "[\"y'\"]", 10);
  CHECK(statement.text.find("DROP") == std::string::npos);
  CHECK(statement.parameters == std::vector<Value>{"x'; DROP", "[\"y'\"]"});
  CHECK(statement.text.find("LIMIT 10") != std::string::npos);
  CHECK(read_journal(postgres_dialect(), "e", {"", "s"}, "k", false).parameters ==
        std::vector<Value>{"e"});
}

}  // namespace miroir::test
