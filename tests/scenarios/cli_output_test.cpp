// What the program prints, and what it makes of connection texts: pure functions.
#include <catch2/catch.hpp>

#include "mirror/cli/catalog_text.hpp"
#include "mirror/cli/connection_text.hpp"
#include "mirror/cli/planned_change.hpp"
#include "mirror/cli/progress.hpp"
#include "mirror/cli/table.hpp"
#include "mirror/exit_code.hpp"

using namespace miroir;

TEST_CASE("a table's columns stand below each other, whatever the alphabet", "[cli][table]") {
  Table table{{"NAME", "CITY"}};
  table.add({"Benoît", "Lyon"});
  table.add({"葡萄酒", "Beaune"});
  table.add({"e\xCC\x81", "Dijon"});  // An e and a combining accent: one place.
  CHECK(table.text() ==
        "NAME    CITY\n"
        "Benoît  Lyon\n"
        "葡萄酒  Beaune\n"
        "e\xCC\x81       Dijon\n");
}

TEST_CASE("what a row holds cannot move the cursor or break a line", "[cli][table]") {
  Table table{{"A", "B"}};
  table.add({"one\ntwo\x1b[2J", "x"});
  CHECK(table.text() == "A            B\none two [2J  x\n");
}

TEST_CASE("bytes that are no UTF-8 are shown as such and counted as one place", "[cli][table]") {
  CHECK(display_width("a\xFFz") == 3);
  CHECK(shortened("a\xFFz", 10) == "a\xEF\xBF\xBDz");
  CHECK(display_width("\xE2\x82") == 2);
}

TEST_CASE("a long text is cut at a whole character", "[cli][table]") {
  CHECK(shortened("Crémant", 7) == "Crémant");
  CHECK(shortened("Crémant", 4) == "Cré…");
  CHECK(shortened("葡萄酒", 4) == "葡…");
}

TEST_CASE("a reason that stands at a line's end is shown whole, a long value in its middle is not",
          "[cli][table]") {
  Table table{{"KEY", "WHY"}};
  const std::string reason = std::string(200, 'r') + " and this one follows";
  table.add({std::string(80, 'k'), reason});
  CHECK(table.text().find(reason + "\n") != std::string::npos);
  CHECK(table.text().find(std::string(59, 'k') + "…  rrr") != std::string::npos);
}

TEST_CASE("progress says how far it is, also when the end is unknown", "[cli][progress]") {
  CHECK(progress_line({.stage = "reading customer", .done = 5, .total = 20}) ==
        "reading customer: 5 of 20");
  CHECK(progress_line({.stage = "reading customer", .done = 5}) == "reading customer: 5");
  CHECK(progress_bar({.stage = "x", .done = 10, .total = 20}, 80) ==
        "[████████████············]  50% x");
  CHECK(progress_bar({.stage = "x", .done = 30, .total = 20}, 80).find("100%") !=
        std::string::npos);
  CHECK(display_width(progress_bar({.stage = "a stage", .done = 1, .total = 3}, 20)) <= 20);
}

TEST_CASE("a password in a connection text is found, however it is written", "[cli][config]") {
  CHECK(names_password("postgres", "host=x password=y"));
  CHECK(names_password("postgres", "host = x PASSWORD = 'y z'"));
  CHECK(names_password("postgres", "postgresql://clerk:y@x/shop"));
  CHECK(names_password("postgres", "postgresql://x/shop?password=y"));
  CHECK(names_password("odbc", "Driver=X;pwd={a;b}"));
  CHECK_FALSE(names_password("postgres", "host=x user='password=no' dbname=shop"));
  CHECK_FALSE(names_password("postgres", "postgresql://clerk@x:5432/shop"));
  CHECK_FALSE(names_password("odbc", "Driver=X;Database=pwd"));
}

TEST_CASE("a line is called unverified when it leaves the machine and nobody checks who answers",
          "[cli][config]") {
  CHECK(travels_unverified("postgres", "host=shop.example.com dbname=shop"));
  CHECK(travels_unverified("postgres", "host=shop.example.com sslmode=require"));
  CHECK(travels_unverified("postgres", "host=shop.example.com sslmode='verify-ca'"));
  CHECK(travels_unverified("postgres", "host=127.0.0.1,shop.example.com"));
  CHECK(travels_unverified("postgres", "host=localhost hostaddr=10.0.0.7"));
  CHECK(travels_unverified("postgres", "postgresql://clerk@shop.example.com:5432/shop?a=b"));
  CHECK(travels_unverified("odbc", "Driver=MariaDB Unicode;Server=erp.lan;ForceTLS=1"));
  CHECK_FALSE(travels_unverified("postgres", "host = 'shop.example.com' SSLMODE = 'verify-full'"));
  CHECK_FALSE(travels_unverified("postgres", "postgresql://x@h/shop?a=b&sslmode=verify-full"));
  CHECK_FALSE(travels_unverified("postgres", "postgresql://clerk@[::1]:5432/shop"));
  CHECK_FALSE(travels_unverified("postgres", "host=/run/postgresql dbname=shop"));
  CHECK_FALSE(travels_unverified("postgres", "dbname=shop"));
  CHECK_FALSE(travels_unverified("postgres", "host=127.0.0.1,::1,localhost"));
  CHECK_FALSE(travels_unverified("odbc", "Driver=MariaDB Unicode;Server=127.0.0.1"));
  CHECK_FALSE(travels_unverified("odbc", "Driver=MariaDB Unicode;Socket=/run/mysqld/socket"));
  CHECK_FALSE(travels_unverified("odbc", "Driver=SQLite3;Database=erp.db"));
  CHECK_FALSE(travels_unverified("odbc", with_tls("odbc", "Driver=X;Server=erp.lan", "ca.pem")));
  CHECK_FALSE(travels_unverified("postgres", with_tls("postgres", "host=x", "/it's/ca.pem")));
}

TEST_CASE("a password is added in quotes that it cannot leave", "[cli][config]") {
  CHECK(with_password("postgres", "host=x", R"(it's \ a)") == R"(host=x password='it\'s \\ a')");
  CHECK(with_password("odbc", "Driver=X", "a}b;c") == "Driver=X;PWD={a}}b;c};");
  CHECK(with_password("postgres", "host=x", "") == "host=x");
}

TEST_CASE("only a relative database file is looked for beside the configuration", "[cli][config]") {
  CHECK(with_absolute_database("Driver=SQLite3;Database=../erp.db", "/etc/miroir") ==
        "Driver=SQLite3;Database=/etc/erp.db;");
  CHECK(with_absolute_database("Driver=SQLite3;Database=/srv/erp.db", "/etc/miroir") ==
        "Driver=SQLite3;Database=/srv/erp.db");
}

TEST_CASE("a catalogue that was written is read back the same", "[cli]") {
  CatalogTables tables;
  CatalogTable& table = tables[{"public", "Item$"}];
  table.columns = {{.name = "No_",
                    .declared_type = "varchar(20)",
                    .kind = ValueKind::text,
                    .nullable = false,
                    .length = 20,
                    .generated_always = false,
                    .has_default = true,
                    .filled_by_trigger = false},
                   {.name = "picture",
                    .declared_type = "json",
                    .kind = std::nullopt,
                    .nullable = true,
                    .length = std::nullopt,
                    .generated_always = true,
                    .has_default = false,
                    .filled_by_trigger = true}};
  table.columns[0].no_key = NoKey{"it has several texts", "BIGINT", true};
  table.unique_keys = {{"No_"}, {"a", "b"}};
  const auto read = catalog_from_text(catalog_to_text(tables));
  REQUIRE(read);
  const CatalogTable& again = read->at({"public", "Item$"});
  REQUIRE(again.columns.size() == 2);
  CHECK(again.columns[0].name == "No_");
  CHECK(again.columns[0].kind == ValueKind::text);
  CHECK(again.columns[0].length == 20);
  CHECK_FALSE(again.columns[0].nullable);
  CHECK(again.columns[0].has_default);
  CHECK_FALSE(again.columns[1].kind);
  CHECK_FALSE(again.columns[1].length);
  CHECK(again.columns[1].generated_always);
  CHECK_FALSE(again.columns[0].filled_by_trigger);
  CHECK(again.columns[1].filled_by_trigger);
  REQUIRE(again.columns[0].no_key);
  CHECK(again.columns[0].no_key->because == "it has several texts");
  CHECK(again.columns[0].no_key->right == "BIGINT");
  CHECK(again.columns[0].no_key->sorted);
  CHECK_FALSE(again.columns[1].no_key);
  CHECK(again.unique_keys == table.unique_keys);
}

TEST_CASE("a catalogue that another version wrote is asked for again", "[cli]") {
  CHECK_FALSE(catalog_from_text(""));
  CHECK_FALSE(catalog_from_text("not JSON"));
  CHECK_FALSE(catalog_from_text(R"({"version": 99, "tables": []})"));
}

TEST_CASE("of two ends the graver one counts", "[cli][exit]") {
  CHECK(graver(Exit::done, Exit::waiting) == Exit::waiting);
  CHECK(graver(Exit::unreachable, Exit::waiting) == Exit::unreachable);
  CHECK(graver(Exit::unreachable, Exit::brake) == Exit::brake);
  CHECK(graver(Exit::usage, Exit::brake) == Exit::usage);
  CHECK(graver(Exit::internal, Exit::usage) == Exit::internal);
}

TEST_CASE("every exit code has the name that scripts read", "[cli][exit]") {
  CHECK(name_of(Exit::done) == "done");
  CHECK(name_of(Exit::internal) == "internal");
  CHECK(name_of(Exit::usage) == "usage");
  CHECK(name_of(Exit::unreachable) == "unreachable");
  CHECK(name_of(Exit::waiting) == "waiting");
  CHECK(name_of(Exit::brake) == "brake");
  CHECK(name_of(Exit::busy) == "busy");
}
