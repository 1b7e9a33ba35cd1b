// G1 and G5 where the two sites hold one value in different ways: over two columns, by a table, in
// a code page, as a moment and as its day.
#include "tests/scenarios/guarantee_pairs.hpp"
#include "tests/support/held_cycle.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

using Rows = std::vector<std::string>;

std::string anne_at_erp(const std::string& columns) {
  return "SELECT " + columns +
         R"( FROM "CRONUS France$Customer" WHERE "E-Mail" = 'anne@exemple.fr')";
}
std::string set_anne_at_erp(const std::string& assignment) {
  return R"(UPDATE "CRONUS France$Customer" SET )" + assignment +
         R"( WHERE "E-Mail" = 'anne@exemple.fr')";
}
std::string why_set_aside(const Pair& pair) {
  const json status = json::parse(pair.verb({"status", "--json"}).out);
  std::string reasons;
  for (const json& item : status.at("set_aside"))
    reasons += item.at("reason").get<std::string>() + "\n";
  return reasons;
}

}  // namespace

TEST_CASE("a name over two columns arrives whole, wherever it is changed", "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.shop().run("UPDATE customer SET first_name = 'Marie Claire', last_name = '" +
                    std::string{"de la Rochefoucauld-Montbel du Moulin-à-Vent d''Épinay"} +
                    "' WHERE id = 1");
    pair.cycle();
    CHECK(pair.erp().rows(anne_at_erp(R"("Name", "Name 2")")) ==
          Rows{"Marie Claire de la Rochefoucauld-Montbel du|Moulin-à-Vent d'Épinay"});
    CHECK(pair.differences() == nothing);

    pair.erp().run(set_anne_at_erp(R"("Name 2" = 'Moulin-à-Vent d''Orgeval')"));
    pair.cycle();
    CHECK(pair.shop().rows("SELECT first_name, last_name FROM customer WHERE id = 1") ==
          Rows{"Marie Claire|de la Rochefoucauld-Montbel du Moulin-à-Vent d'Orgeval"});
    CHECK(pair.differences() == nothing);

    pair.erp().run(set_anne_at_erp(R"("Name" = 'Anne Chevalier', "Name 2" = '')"));
    cycle_until_quiet(pair);
    CHECK(pair.shop().rows("SELECT first_name, last_name FROM customer WHERE id = 1") ==
          Rows{"Anne|Chevalier"});
    const std::string before = pair.dump();
    pair.cycle();
    CHECK(pair.dump() == before);
  }
}

TEST_CASE("a name that changes in its second column meanwhile is not overwritten",
          "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.shop().run("UPDATE customer SET last_name = 'Dupont' WHERE id = 1");
    HeldCycle cycle{pair};
    cycle.go_past("plan");
    pair.erp().run(set_anne_at_erp(R"("Name 2" = '(décédée)')"));
    CHECK(cycle.finish().exit_code == 0);
    CHECK(pair.erp().rows(anne_at_erp(R"("Name", "Name 2")")) == Rows{"Anne Chevalier|(décédée)"});
    const json report = pair.cycle().report;
    CHECK(report.at("conflicts") == 1);
    CHECK(report.at("decisions").at(0).at("loser") == "Anne Chevalier (décédée)");
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("a character that the ERP's code page lacks sets its record aside, and no other",
          "[guarantee][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind, Pair::filled};
    pair.edit_mapping(
        R"("erp": {"column": "City", "blank": "", "length": 30})",
        R"("erp": {"column": "City", "blank": "", "length": 30, "code_page": "cp850"})");
    REQUIRE(pair.verb({"install", "--yes"}).exit_code == 0);
    REQUIRE(pair.verb({"seed"}).exit_code == 0);
    pair.shop().run("UPDATE customer SET city = 'Sacré-Cœur', phone = '1' WHERE id = 1");
    pair.shop().run("UPDATE customer SET city = 'Épernay' WHERE id = 2");
    CHECK(pair.cycle(4).report.at("set_aside") == 1);
    CHECK(why_set_aside(pair) ==
          "customer.city: the column's code page cp850 has no 'œ' (U+0153)\n");
    CHECK(pair.erp().rows(anne_at_erp(R"("City", "Phone No_")")) ==
          Rows{"Beaune|+33 1 23 45 67 89"});
    CHECK(pair.erp().rows(R"(SELECT "City" FROM "CRONUS France$Customer"
                             WHERE "E-Mail" = 'benoit@exemple.fr')") == Rows{"Épernay"});
    pair.shop().run("UPDATE customer SET city = 'Sacré-Coeur' WHERE id = 1");
    CHECK(pair.cycle().report.at("set_aside") == 0);
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("a country is looked up, home is blank, and one that the ERP does not know waits",
          "[guarantee][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    CHECK(pair.erp().rows(anne_at_erp(R"("Country_Region Code")")) == Rows{""});
    pair.erp().run(set_anne_at_erp(R"("Country_Region Code" = 'F')"));
    pair.shop().run("UPDATE customer SET country = 'XK' WHERE id = 2");
    pair.shop().run("UPDATE customer SET country = 'BE' WHERE id = 3");
    CHECK(pair.cycle(4).report.at("set_aside") == 1);
    CHECK(why_set_aside(pair).find("value XK is not in the table") != std::string::npos);
    CHECK(pair.shop().value("SELECT country FROM customer WHERE id = 1") == "FR");
    CHECK(pair.erp().rows(anne_at_erp(R"("Country_Region Code")")) == Rows{"F"});
    CHECK(pair.erp().rows(R"(SELECT "Country_Region Code" FROM "CRONUS France$Customer"
                             WHERE "Phone No_" = '0611223344')") == Rows{"BE"});
  }
}

TEST_CASE("an order that was placed late in the evening has the day that it was in Paris",
          "[guarantee][G1]") {
  const std::string day = R"(SELECT substr(CAST("Order Date" AS char(19)), 1, 10)
      FROM "CRONUS France$Sales Header" WHERE "External Document No_" = 'S-1002')";
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    CHECK(pair.erp().value(day) == "2026-01-08");
    pair.erp().run(R"(UPDATE "CRONUS France$Sales Header" SET "Web Comment" = 'vu'
                      WHERE "External Document No_" = 'S-1002')");
    pair.cycle();
    CHECK(pair.shop()
              .value("SELECT CAST(placed_at AS char(20)) FROM sales_order WHERE id = 2")
              .substr(11, 2) == "23");
    CHECK(pair.differences() == nothing);
  }
}
