// G1: what the mapping says that a deletion means, and orders that the ERP posts.
#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/guarantee_pairs.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

constexpr auto customer_match = R"("match": [["email"], ["vat_number"]],)";

void say_of_customers(Pair& pair, const std::string& words) {
  pair.edit_mapping(customer_match, std::string{customer_match} + words + ",");
}

// A customer with a delivery address, on both sides.
void add_dupont(Pair& pair) {
  pair.shop().run("INSERT INTO customer (email, last_name) VALUES ('d@x.fr', 'Dupont')");
  pair.shop().run(
      "INSERT INTO customer_address (customer_id, label, city) SELECT id, 'Cave', 'Autun' FROM "
      "customer WHERE email = 'd@x.fr'");
  cycle_until_quiet(pair);
}
std::string of_dupont(const std::string& column) {
  return "SELECT " + column + R"( FROM "CRONUS France$Customer" WHERE "E-Mail" = 'd@x.fr')";
}
constexpr auto addresses_at_erp =
    R"(SELECT count(*) FROM "CRONUS France$Ship-to Address" WHERE "City" = 'Autun')";

// What posting does in Navision: the order becomes an invoice.
std::string post(const std::string& number) {
  const std::string no = R"((SELECT "No_" FROM "CRONUS France$Sales Header"
    WHERE "External Document No_" = ')" +
                         number + "')";
  return R"(BEGIN; INSERT INTO "CRONUS France$Sales Invoice Header" ("No_", "Order No_") SELECT
    'F-1', "No_" FROM "CRONUS France$Sales Header" WHERE "External Document No_" = ')" +
         number + R"('; DELETE FROM "CRONUS France$Sales Line" WHERE "Document No_" = )" + no +
         R"(; DELETE FROM "CRONUS France$Sales Header" WHERE "External Document No_" = ')" +
         number + "'; COMMIT";
}
void expect_posting(Pair& pair) {
  pair.erp().run(R"(CREATE TABLE "CRONUS France$Sales Invoice Header"
    ("No_" varchar(20) NOT NULL PRIMARY KEY, "Order No_" varchar(20) NOT NULL))");
  const std::string header = R"("table": "CRONUS France$Sales Header",)";
  pair.edit_mapping(header, header + R"("moved": [{"table": "CRONUS France$Sales Invoice Header",
    "where": {"Order No_": "{No_}"}, "then": {"state": "pending_prepayment"}}],)");
}
std::string state_of(Pair& pair, const std::string& number) {
  return pair.shop().value("SELECT state FROM sales_order WHERE order_no = '" + number + "'");
}

}  // namespace

TEST_CASE("a customer whom the ERP deletes while the shop takes his order survives with it",
          "[guarantee][deletion][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    add_dupont(pair);
    const std::string no = pair.erp().value(of_dupont(R"("No_")"));
    pair.erp().run(R"(BEGIN; DELETE FROM "CRONUS France$Ship-to Address" WHERE "City" = 'Autun';
                      DELETE FROM "CRONUS France$Customer" WHERE "E-Mail" = 'd@x.fr'; COMMIT)");
    pair.shop().run(
        "INSERT INTO sales_order (order_no, customer_id) SELECT 'S-2001', id FROM customer WHERE "
        "email = 'd@x.fr'");
    const json report = pair.cycle(4).report;
    CAPTURE(report.dump());
    CHECK(report.at("held") == 1);
    CHECK(pair.erp().value(of_dupont(R"("No_")")) == no);
    CHECK(pair.erp().value(addresses_at_erp) == "1");
    CHECK(pair.differences().empty());
    CHECK(pair.erp().value(R"(SELECT "Sell-to Customer No_" FROM "CRONUS France$Sales Header"
                              WHERE "External Document No_" = 'S-2001')") == no);
  }
}

TEST_CASE(
    "a deletion that is to be ignored leaves the ERP's row alone, until the shop has it again",
    "[guarantee][deletion]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    add_dupont(pair);
    say_of_customers(pair, R"("deletion": {"shop": "ignore"})");
    pair.shop().run("DELETE FROM customer WHERE email = 'd@x.fr'");  // His address goes with him.
    cycle_until_quiet(pair);
    CHECK(pair.erp().value(of_dupont("count(*)")) == "1");
    CHECK(pair.erp().value(addresses_at_erp) == "1");
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Sens'
                      WHERE "E-Mail" = 'd@x.fr')");
    cycle_until_quiet(pair);
    CHECK(pair.shop().value("SELECT count(*) FROM customer WHERE email = 'd@x.fr'") == "0");

    pair.shop().run(
        "INSERT INTO customer (email, last_name, city) VALUES ('d@x.fr', 'Dupont', "
        "'Sens')");
    cycle_until_quiet(pair);
    CHECK(pair.erp().value(of_dupont("count(*)")) == "1");
    CHECK(pair.erp().value(of_dupont(R"("City")")) == "Sens");
  }
}

TEST_CASE("a deletion in the shop blocks the ERP's customer, as the mapping says",
          "[guarantee][deletion]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    add_dupont(pair);
    say_of_customers(pair, R"("deletion": {"shop": {"set": {"blocked": true}}})");
    pair.shop().run("DELETE FROM customer WHERE email = 'd@x.fr'");
    cycle_until_quiet(pair);
    CHECK(pair.erp().value(of_dupont(R"("Privacy Blocked")")) == "1");
    CHECK(pair.erp().value(addresses_at_erp) == "1");
  }
}

TEST_CASE("a deletion that is held waits for a person, and both sides keep what they have",
          "[guarantee][deletion]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    add_dupont(pair);
    say_of_customers(pair, R"("deletion": "hold")");
    pair.shop().run("DELETE FROM customer WHERE email = 'd@x.fr'");
    const json report = pair.cycle(4).report;
    CHECK(report.at("held") == 1);
    CHECK(pair.cycle(4).report.at("held") == 1);
    CHECK(pair.erp().value(of_dupont("count(*)")) == "1");
    CHECK(pair.erp().value(addresses_at_erp) == "1");
    CHECK(pair.verb({"status"}).out.find("it was deleted at shop") != std::string::npos);
  }
}

TEST_CASE("a held deletion is carried out, or taken back, as a person answers",
          "[guarantee][deletion]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    for (const std::string answer : {"--keep", "--delete"}) {
      CAPTURE(name_of(kind), answer);
      Pair pair{kind};
      add_dupont(pair);
      say_of_customers(pair, R"("deletion": "hold")");
      pair.shop().run("DELETE FROM customer WHERE email = 'd@x.fr'");
      pair.cycle(4);
      const json held = json::parse(pair.verb({"held", "list", "--json"}).out).at("held");
      REQUIRE(held.size() == 1);
      const auto id = std::to_string(held.at(0).at("id").get<int>());
      CHECK(pair.verb({"held", "answer", id, answer, "--now"}).exit_code == 0);
      const std::string left = answer == "--keep" ? "1" : "0";
      CHECK(pair.shop().value("SELECT count(*) FROM customer WHERE email = 'd@x.fr'") == left);
      CHECK(pair.erp().value(of_dupont("count(*)")) == left);
      CHECK(pair.erp().value(addresses_at_erp) == left);
      CHECK(pair.differences().empty());
    }
  }
}

TEST_CASE("the mapping may let a deletion win over what the other side changed",
          "[guarantee][deletion]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    add_dupont(pair);
    say_of_customers(pair, R"("deletion_conflict": "shop wins")");
    pair.shop().run("DELETE FROM customer WHERE email = 'd@x.fr'");
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Sens'
                      WHERE "E-Mail" = 'd@x.fr')");
    CHECK(pair.cycle().report.at("conflicts") == 1);
    CHECK(pair.erp().value(of_dupont("count(*)")) == "0");
    CHECK(pair.erp().value(addresses_at_erp) == "0");
    CHECK(pair.differences().empty());
  }
}

TEST_CASE("an order that Navision posts stays in the shop, with the state that this means",
          "[guarantee][moved][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    expect_posting(pair);
    pair.erp().run(post("S-1001"));
    CHECK(pair.cycle().report.at("held") == 0);
    CHECK(state_of(pair, "S-1001") == "placed");  // One look proves nothing.
    CHECK(pair.cycle().report.at("held") == 0);
    CHECK(state_of(pair, "S-1001") == "awaiting_payment");
    cycle_until_quiet(pair);
    CHECK(pair.shop().value("SELECT count(*) FROM order_line WHERE order_id = 1") == "3");
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Sales Header"
                              WHERE "External Document No_" = 'S-1001')") == "0");
  }
}

TEST_CASE("an order that is found nowhere is a question, and stays in the shop",
          "[guarantee][moved][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    expect_posting(pair);
    pair.erp().run(R"(DELETE FROM "CRONUS France$Sales Line" WHERE "Document No_" = (SELECT "No_"
      FROM "CRONUS France$Sales Header" WHERE "External Document No_" = 'S-1002'))");
    pair.erp().run(R"(DELETE FROM "CRONUS France$Sales Header"
                      WHERE "External Document No_" = 'S-1002')");
    CHECK(pair.cycle().report.at("held") == 0);
    CHECK(pair.cycle(4).report.at("held") == 1);
    CHECK(pair.cycle(4).report.at("held") == 1);
    CHECK(state_of(pair, "S-1002") == "accepted");
    CHECK(pair.shop().value("SELECT count(*) FROM order_line WHERE order_id = 2") == "1");
  }
}
