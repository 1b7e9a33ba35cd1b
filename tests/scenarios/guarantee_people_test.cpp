// G1 and G6: what two people do to the same thing, one at each side, before a cycle comes by.
#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/guarantee_pairs.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

constexpr auto oeuvray = R"( WHERE "Name" = 'Œuvray')";

std::vector<std::string> lines_in_shop(Pair& pair) {
  return pair.shop().rows(
      "SELECT description FROM order_line WHERE order_id = 2 ORDER BY description");
}

}  // namespace

TEST_CASE("one side deletes what the other changes: the change wins on both", "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.shop().run("DELETE FROM customer WHERE id = 3");
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Sion')" + std::string{oeuvray});
    const json report = pair.cycle().report;
    CAPTURE(report.dump());
    CHECK(report.at("conflicts") == 1);
    cycle_until_quiet(pair);
    CHECK(pair.differences().empty());
    CHECK(pair.shop().rows("SELECT city FROM customer WHERE last_name = 'Œuvray'") ==
          std::vector<std::string>{"Sion"});
  }
}

TEST_CASE("both sides delete the same customer: it is gone, and nobody is asked",
          "[guarantee][G3]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.shop().run("DELETE FROM customer WHERE id = 3");
    pair.erp().run(R"(DELETE FROM "CRONUS France$Customer")" + std::string{oeuvray});
    const json report = pair.cycle().report;
    CAPTURE(report.dump());
    CHECK(report.at("conflicts") == 0);
    CHECK(report.at("delivered") == json{{"shop", 0}, {"erp", 0}});
    CHECK(pair.differences().empty());
  }
}

TEST_CASE("a customer entered at both sides with one e-mail address is one customer",
          "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    // Spelled as each of them likes: to people it is one.
    pair.shop().run(
        "INSERT INTO customer (email, last_name, phone) VALUES ('Zoe@X.fr', 'Zoé', '1')");
    pair.erp().run(R"(INSERT INTO "CRONUS France$Customer" ("No_", "E-Mail", "Name", "City",
                      "Country_Region Code") VALUES ('10000', 'zoe@x.fr', 'Zoe', 'Metz', 'FR'))");
    const json report = pair.cycle().report;
    CAPTURE(report.dump());
    CHECK(report.at("conflicts") >= 1);
    cycle_until_quiet(pair);
    CHECK(pair.differences().empty());
    CHECK(pair.erp().rows(R"(SELECT "No_", "Name" FROM "CRONUS France$Customer"
                             WHERE "E-Mail" = 'Zoe@X.fr')") ==
          std::vector<std::string>{"10000|Zoé"});
    CHECK(pair.shop().value("SELECT count(*) FROM customer") == "4");
  }
}

TEST_CASE("a line added at each side with one number is two lines", "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.shop().run(
        "INSERT INTO order_line (order_id, line_no, description) VALUES (2, 2, 'De la boutique')");
    pair.erp().run(R"(INSERT INTO "CRONUS France$Sales Line" ("Document Type", "Document No_",
      "Line No_", "Type", "Description") SELECT 1, "No_", 20000, 2, 'De Navision' FROM
      "CRONUS France$Sales Header" WHERE "External Document No_" = 'S-1002')");
    cycle_until_quiet(pair);
    CHECK(pair.differences().empty());
    CHECK(lines_in_shop(pair) ==
          std::vector<std::string>{"Crémant", "De Navision", "De la boutique"});
  }
}

TEST_CASE("an order whose lines both sides edit at once is one order with all of it",
          "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    const std::string in_erp = R"( WHERE "Document No_" = (SELECT "No_" FROM
      "CRONUS France$Sales Header" WHERE "External Document No_" = 'S-1001'))";
    pair.shop().run(
        "INSERT INTO order_line (order_id, line_no, description, qty, unit_price, line_total) "
        "VALUES (1, 4, 'Magnum', '1', '95.50', '95.50')");
    pair.shop().run("DELETE FROM order_line WHERE order_id = 1 AND line_no = 3");
    pair.erp().run(R"(UPDATE "CRONUS France$Sales Line" SET "Quantity" = '6')" + in_erp +
                   R"( AND "Line No_" = 10000)");
    pair.erp().run(R"(UPDATE "CRONUS France$Sales Header" SET "Web Comment" = 'Livrer le matin'
                      WHERE "External Document No_" = 'S-1001')");
    const json report = pair.cycle().report;
    CAPTURE(report.dump());
    CHECK(report.at("conflicts") == 0);
    CHECK(pair.differences().empty());
    CHECK(pair.shop().rows("SELECT description, CAST(CAST(qty AS decimal(38,3)) AS integer) FROM "
                           "order_line WHERE order_id = 1 ORDER BY line_no") ==
          std::vector<std::string>{"Chassagne-Montrachet 2015|6", "Beaune Grèves 2018|2",
                                   "Magnum|1"});
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Sales Line")" + in_erp) == "3");
    // Six at 42.50, two at 31.90, one at 95.50; and 10 for the way.
    const auto cents = [](const std::string& column) {
      return "CAST(round(100 * " + column + ") AS integer)";
    };
    CHECK(pair.shop().rows("SELECT " + cents("items_total") + ", " + cents("grand_total") +
                           " FROM sales_order WHERE id = 1") ==
          std::vector<std::string>{"41430|42430"});
    CHECK(pair.erp().rows("SELECT " + cents(R"("Web Items Total")") + ", " +
                          cents(R"("Web Grand Total")") +
                          R"( FROM "CRONUS France$Sales Header"
                             WHERE "External Document No_" = 'S-1001')") ==
          std::vector<std::string>{"41430|42430"});
    cycle_until_quiet(pair);
  }
}

TEST_CASE("lines that change places stay the lines that they are", "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    const std::string of_order = R"(SELECT "No_" FROM "CRONUS France$Sales Header" WHERE
                                    "External Document No_" = 'S-1001')";
    const std::string number = pair.erp().value(of_order);
    const auto renumber = [&](const char* from, const char* to) {
      return R"(UPDATE "CRONUS France$Sales Line" SET "Line No_" = )" + std::string{to} +
             R"( WHERE "Document No_" = ')" + number + R"(' AND "Line No_" = )" + from + ";";
    };
    pair.erp().run("BEGIN;" + renumber("10000", "5") + renumber("20000", "10000") +
                   renumber("5", "20000") + "COMMIT");
    pair.shop().run("UPDATE order_line SET qty = '9' WHERE order_id = 1 AND line_no = 2");
    pair.shop().run("UPDATE order_line SET line_no = 5 WHERE order_id = 1 AND line_no = 1");
    cycle_until_quiet(pair);
    CHECK(pair.differences().empty());
    CHECK(pair.shop().rows(
              "SELECT description FROM order_line WHERE order_id = 1 ORDER BY line_no") ==
          std::vector<std::string>{"Beaune Grèves 2018", "Cadeau : ne pas joindre la facture",
                                   "Chassagne-Montrachet 2015"});
    const std::string line = R"(SELECT "Description", "No_", CAST("Quantity" AS integer) FROM
                                "CRONUS France$Sales Line" WHERE "Document No_" = ')" +
                             number + "'";
    CHECK(pair.erp().rows(line + R"( ORDER BY "Line No_")") ==
          std::vector<std::string>{"Beaune Grèves 2018|BEA-2018|9",
                                   "Chassagne-Montrachet 2015|CHX-2015|2",
                                   "Cadeau : ne pas joindre la facture||0"});
  }
}

TEST_CASE("a customer whom the ERP gives another number keeps his orders", "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    const std::string no = pair.erp().value(
        R"(SELECT "No_" FROM "CRONUS France$Customer" WHERE "E-Mail" = 'anne@exemple.fr')");
    pair.erp().run(R"(BEGIN; UPDATE "CRONUS France$Customer" SET "No_" = 'C-900' WHERE "No_" = ')" +
                   no + R"('; UPDATE "CRONUS France$Sales Header" SET "Sell-to Customer No_" =
                   'C-900' WHERE "Sell-to Customer No_" = ')" +
                   no + "'; COMMIT");
    pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
    CHECK(pair.cycle().report.at("conflicts") == 0);
    CHECK(pair.erp().rows(R"(SELECT "No_", "City" FROM "CRONUS France$Customer"
                             WHERE "E-Mail" = 'anne@exemple.fr')") ==
          std::vector<std::string>{"C-900|Dijon"});
    CHECK(pair.shop().value("SELECT customer_id FROM sales_order WHERE order_no = 'S-1001'") ==
          "1");
    CHECK(pair.differences().empty());
    cycle_until_quiet(pair);
  }
}

TEST_CASE("one side adds a line to the order that the other deletes: nothing of it is lost",
          "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.shop().run("DELETE FROM sales_order WHERE id = 2");
    pair.erp().run(R"(INSERT INTO "CRONUS France$Sales Line" ("Document Type", "Document No_",
      "Line No_", "Type", "Description") SELECT 1, "No_", 20000, 2, 'De Navision' FROM
      "CRONUS France$Sales Header" WHERE "External Document No_" = 'S-1002')");
    for (int n = 0; n < 3; ++n) {
      const Pair::Cycle cycle = pair.try_cycle();
      CAPTURE(n, cycle.report.dump(), cycle.err);
      CHECK((cycle.exit_code == 0 || cycle.exit_code == 4));
    }
    CHECK(pair.differences().empty());
    CHECK(pair.shop().rows("SELECT description FROM order_line l JOIN sales_order o ON o.id = "
                           "l.order_id WHERE o.order_no = 'S-1002' ORDER BY description") ==
          std::vector<std::string>{"Crémant", "De Navision"});
  }
}

TEST_CASE("a customer goes with his delivery addresses, unless the other side adds one",
          "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    for (const std::string name : {"Part", "Reste"}) {
      pair.shop().run("INSERT INTO customer (last_name) VALUES ('" + name + "')");
      pair.shop().run(
          "INSERT INTO customer_address (customer_id, label, city) SELECT id, 'Ici', '" + name +
          "' FROM customer WHERE last_name = '" + name + "'");
    }
    cycle_until_quiet(pair);
    CHECK(pair.differences().empty());
    pair.shop().run("DELETE FROM customer WHERE last_name IN ('Part', 'Reste')");
    pair.erp().run(R"(INSERT INTO "CRONUS France$Ship-to Address" ("Customer No_", "Code", "City")
                      SELECT "No_", 'NEUF', 'Autun' FROM "CRONUS France$Customer"
                      WHERE "Name" = 'Reste')");
    for (int n = 0; n < 3; ++n) {
      const Pair::Cycle cycle = pair.try_cycle();
      CAPTURE(n, cycle.report.dump(), cycle.err);
      CHECK((cycle.exit_code == 0 || cycle.exit_code == 4));
    }
    CHECK(pair.differences().empty());
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer"
                              WHERE "Name" = 'Part')") == "0");
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Ship-to Address"
                              WHERE "City" = 'Part')") == "0");
    CHECK(pair.shop().rows("SELECT a.city FROM customer_address a JOIN customer c ON c.id = "
                           "a.customer_id WHERE c.last_name = 'Reste' AND a.city = 'Autun'") ==
          std::vector<std::string>{"Autun"});
  }
}
