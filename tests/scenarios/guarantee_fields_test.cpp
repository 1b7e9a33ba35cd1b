// G1 nothing vanishes and G3 convergence, field by field.
#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/guarantee_pairs.hpp"
#include "tests/support/held_cycle.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

// Which customer of the ERP is the shop's first: found by the e-mail, as a person would.
constexpr auto anne = R"( FROM "CRONUS France$Customer" WHERE "E-Mail" = 'anne@exemple.fr')";

std::string set_anne(const std::string& assignment) {
  return R"(UPDATE "CRONUS France$Customer" SET )" + assignment +
         R"( WHERE "E-Mail" = 'anne@exemple.fr')";
}

}  // namespace

TEST_CASE("both sides change different columns of one row: both survive, without a conflict",
          "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
    pair.erp().run(set_anne(R"("Phone No_" = '0380000000')"));
    const json report = pair.cycle().report;
    CAPTURE(report.dump());
    CHECK(report.at("conflicts") == 0);
    CHECK(report.at("decisions").empty());
    CHECK(pair.erp().value(R"(SELECT "City")" + std::string{anne}) == "Dijon");
    CHECK(pair.shop().value("SELECT phone FROM customer WHERE id = 1") == "0380000000");
    CHECK(pair.differences().empty());
  }
}

TEST_CASE("both sides change the same column: one wins, and the loser stands in the list",
          "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
    pair.erp().run(set_anne(R"("City" = 'Nuits')"));
    const json report = pair.cycle().report;
    CAPTURE(report.dump());
    CHECK(report.at("conflicts") == 1);
    const json& decision = report.at("decisions").at(0);
    CHECK(decision.at("entity") == "customer");
    CHECK(decision.at("field") == "city");
    CHECK(decision.at("winner") == "Dijon");
    CHECK(decision.at("loser") == "Nuits");
    CHECK(pair.differences().empty());
    CHECK(pair.shop().value("SELECT city FROM customer WHERE id = 1") == "Dijon");
  }
}

TEST_CASE("a row changed between extraction and delivery is not overwritten", "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    Pair pair{kind};
    // Also where a database's own comparison, or a person's eye, would see no change.
    for (const std::string meanwhile : {"beaune", "BEAUNE", "BEAUNE  ", "Nuits", ""}) {
      CAPTURE(name_of(kind), meanwhile);
      pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
      HeldCycle cycle{pair};
      cycle.go_past("plan");
      pair.erp().run(set_anne("\"City\" = '" + meanwhile + "'"));
      const Ended ended = cycle.finish();
      CAPTURE(ended.out);
      CHECK(ended.exit_code == 0);
      CHECK(pair.erp().value(R"(SELECT "City")" + std::string{anne}) == meanwhile);
      CHECK(json::parse(ended.out).at("behind").at("erp") == 1);

      const json report = pair.cycle().report;
      CAPTURE(report.dump());
      CHECK(report.at("conflicts") == 1);
      const json loser = meanwhile.empty() ? json(nullptr) : json(meanwhile);
      CHECK(report.at("decisions").at(0).at("loser") == loser);
      CHECK(pair.differences().empty());
      pair.shop().run("UPDATE customer SET city = 'Beaune' WHERE id = 1");
      pair.cycle();
    }
  }
}

TEST_CASE("the same cycle run again writes nothing at any site", "[guarantee][G3]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
    pair.shop().run("UPDATE stock SET on_hand = on_hand - 1 WHERE location = 'WEB'");
    pair.shop().run("INSERT INTO customer (email, last_name) VALUES ('c@exemple.fr', 'Colin')");
    pair.erp().run(set_anne(R"("Phone No_" = '0380000000')"));
    pair.cycle();
    CHECK(pair.differences().empty());
    pair.cycle();  // It acknowledges the journal's rows of the deliveries.
    const std::string before = pair.dump();
    const json report = pair.cycle().report;
    CHECK(report.at("extracted") == json{{"shop", 0}, {"erp", 0}});
    CHECK(pair.dump() == before);
  }
}

TEST_CASE("a key deleted and used again ends as one record with the new values",
          "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.shop().run("INSERT INTO customer (id, email, last_name) VALUES (50, 'a@x.fr', 'Ancien')");
    pair.cycle();
    pair.shop().run("DELETE FROM customer WHERE id = 50");
    pair.shop().run("INSERT INTO customer (id, email, last_name) VALUES (50, 'n@x.fr', 'Nouveau')");
    cycle_until_quiet(pair);
    CHECK(pair.differences().empty());
    CHECK(pair.erp().rows(R"(SELECT "Name" FROM "CRONUS France$Customer" WHERE "E-Mail" IN
                             ('a@x.fr', 'n@x.fr'))") == std::vector<std::string>{"Nouveau"});
  }
}

TEST_CASE("an order whose number is deleted and used again has the new lines only",
          "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.erp().run(erp_order("B1"));
    pair.cycle();
    pair.erp().run(R"(DELETE FROM "CRONUS France$Sales Line" WHERE "Document No_" = 'B1')");
    pair.erp().run(R"(DELETE FROM "CRONUS France$Sales Header" WHERE "No_" = 'B1')");
    pair.erp().run(R"(INSERT INTO "CRONUS France$Sales Header" ("Document Type", "No_",
                      "External Document No_", "Web Comment") VALUES (1, 'B1', 'B2', 'Nouvelle'))");
    pair.erp().run(R"(INSERT INTO "CRONUS France$Sales Line" ("Document Type", "Document No_",
                      "Line No_", "Description") VALUES (1, 'B1', 20000, 'Nouvelle ligne'))");
    cycle_until_quiet(pair);
    CHECK(pair.differences().empty());
    CHECK(pair.shop().rows("SELECT order_no, customer_note FROM sales_order WHERE order_no IN "
                           "('B1', 'B2')") == std::vector<std::string>{"B2|Nouvelle"});
    CHECK(pair.shop().rows("SELECT description FROM order_line WHERE order_id = (SELECT id FROM "
                           "sales_order WHERE order_no = 'B2')") ==
          std::vector<std::string>{"Nouvelle ligne"});
  }
}
