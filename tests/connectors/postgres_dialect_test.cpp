// The dialect as text: what can be judged without a server.
#include "connectors/postgres/postgres_dialect.hpp"

#include <catch2/catch.hpp>

#include "connectors/postgres/postgres_text.hpp"

namespace miroir::test {
namespace {

const Dialect& dialect = postgres_dialect();

std::string all_text(const std::vector<Statement>& statements) {
  std::string text;
  for (const Statement& statement : statements) text += statement.text + "\n";
  return text;
}

}  // namespace

TEST_CASE("names are quoted and their quotes doubled", "[postgres][dialect]") {
  CHECK(dialect.quote("a\"b") == "\"a\"\"b\"");
  CHECK(dialect.quote(TableName{"s", "a.b"}) == "\"s\".\"a.b\"");
  CHECK(dialect.quote(TableName{"", "t"}) == "\"t\"");
  CHECK_THROWS_AS(dialect.quote(std::string_view{"a\0", 2}), std::invalid_argument);
}

TEST_CASE("quoted names can be taken apart again", "[postgres][dialect]") {
  CHECK(postgres::plain_name("\"a\"\"b\"") == "a\"b");
  CHECK_THROWS_AS(postgres::plain_name("a"), std::invalid_argument);
  CHECK(postgres::last_name(R"("s.x"."t""."".u")") == R"("t""."".u")");
  CHECK(postgres::last_name("\"t\"") == "\"t\"");
}

TEST_CASE("no name can end a function's body", "[postgres][dialect]") {
  CHECK(postgres::dollar_quoted("x") == "$m$x$m$");
  CHECK(postgres::dollar_quoted("$m$ $mm$") == "$mmm$$m$ $mm$$mmm$");
  CHECK(postgres::literal("o'rder") == "'o''rder'");
  CHECK(postgres::literal("o'rder\\") == "E'o''rder\\\\'");
}

TEST_CASE("placeholders carry their type, so that the server never guesses",
          "[postgres][dialect]") {
  CHECK(dialect.placeholder(1, ValueKind::text) == "$1::text");
  CHECK(dialect.placeholder(12, ValueKind::instant) == "$12::timestamptz");
}

TEST_CASE("triggers of different tables and parts never share a name", "[postgres][dialect]") {
  const std::string long_part(80, 'p');
  const Dialect::JournalledTable a{{"s", "t"}, "order", long_part, {"id"}, {"id"}, {}};
  Dialect::JournalledTable b = a;
  b.part += "q";
  Dialect::JournalledTable c = a;
  c.table = {"", "st"};
  CHECK(dialect.trigger_names(a) != dialect.trigger_names(b));
  CHECK(dialect.trigger_names(a) != dialect.trigger_names(c));
  for (const std::string& name : dialect.trigger_names(a)) CHECK(name.size() <= 63);
}

TEST_CASE("installing can be repeated, and what it makes is qualified", "[postgres][dialect]") {
  const Dialect::JournalledTable lines{{"public", "lines"}, "order", "line", {"id"},
                                       {"order_id"},        {"qty"}};
  const std::string triggers = all_text(dialect.create_triggers(lines));
  CHECK(triggers.find("CREATE TRIGGER") == std::string::npos);  // Only CREATE OR REPLACE.
  CHECK(triggers.find("SECURITY DEFINER") != std::string::npos);
  CHECK(triggers.find("SET search_path = pg_catalog") != std::string::npos);
  CHECK(triggers.find("ENABLE ALWAYS TRIGGER") != std::string::npos);
  CHECK(triggers.find("\"public\".\"lines\"") != std::string::npos);
  const std::string dropped = all_text(dialect.drop_own_tables());
  CHECK(dropped.find("DROP SCHEMA IF EXISTS miroir\n") != std::string::npos);  // Without CASCADE.
}

}  // namespace miroir::test
