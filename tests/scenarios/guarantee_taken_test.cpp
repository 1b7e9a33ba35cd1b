// G5: a unique value that another record has already. Whoever mends it has to know both.
#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/guarantee_reasons.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

std::string customer(const std::string& id) { return "customer " + id + " (shop) W" + id + " (erp)"; }

void make_unique(SiteDatabase& erp, const std::string& table, const std::string& columns) {
  erp.run(R"(CREATE UNIQUE INDEX only_one ON "CRONUS France$)" + table + "\" (" + columns + ")");
}

std::string refused_for(const std::string& what, const std::string& holder) {
  return " is to get the " + what + " of " + holder + ", and only one can have it at erp: ";
}

}  // namespace

TEST_CASE("a change and a birth that are to get what others have wait with both names",
          "[guarantee][taken][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    for (const std::string id : {"1", "2", "3"})
      pair.shop().run("UPDATE customer SET phone = '" + id + "' WHERE id = " + id);
    cycle_until_quiet(pair);
    make_unique(pair.erp(), "Customer", R"("Phone No_")");

    pair.shop().run("UPDATE customer SET phone = '1' WHERE id = 2");
    pair.shop().run("INSERT INTO customer (last_name, phone) VALUES ('Neuf', '3')");
    pair.shop().run("UPDATE customer SET city = 'Autun' WHERE id = 1");
    const json report = pair.cycle(4).report;
    CHECK(report.at("set_aside") == 2);
    CHECK(report.at("delivered").at("erp") == 1);
    const std::string change = customer("2") + refused_for("phone", customer("1"));
    const std::string birth = "customer 4 (shop)" + refused_for("phone", customer("3"));
    check_reasons(pair, {change, birth});
    CHECK(pair.verb({"held", "list"}).out.find(change) != std::string::npos);

    // Each is mended at another side, by giving the one who had it another.
    pair.shop().run("UPDATE customer SET phone = '11' WHERE id = 1");
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "Phone No_" = '33' WHERE "No_" = 'W3')");
    for (int n = 0; n < 4; ++n) pair.try_cycle();
    CHECK(pair.cycle().report.at("set_aside") == 0);
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer"
                              WHERE "Phone No_" IN ('1', '3', '11', '33'))") == "4");
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("what only several columns make unique is named with all of them, and the other one too",
          "[guarantee][taken][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.shop().run("INSERT INTO customer (last_name, phone) VALUES ('Client', '1'), ('Client', '2')");
    cycle_until_quiet(pair);
    make_unique(pair.erp(), "Customer", R"("Name", "Phone No_")");
    // The name is not written: it is the row's own.
    pair.shop().run("UPDATE customer SET phone = '1' WHERE last_name = 'Client' AND phone = '2'");
    CHECK(pair.cycle(4).report.at("set_aside") == 1);
    check_reasons(pair, {customer("5") + refused_for("name and phone", customer("4"))});
    pair.shop().run("UPDATE customer SET phone = '7' WHERE id = 5");
    cycle_until_quiet(pair);
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("a row that nobody mirrors is named by its key when it has what an order is to get",
          "[guarantee][taken][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    make_unique(pair.erp(), "Sales Header", R"("External Document No_")");
    pair.erp().run(R"(INSERT INTO "CRONUS France$Sales Header" ("Document Type", "No_",
                      "External Document No_") VALUES (0, 'Q1', 'S-7'))");
    pair.shop().run(shop_order("S-7"));
    pair.shop().run(shop_order("S-8"));
    CHECK(pair.cycle(4).report.at("set_aside") == 1);
    check_reasons(pair, {refused_for("order_no", "sales_order 0/Q1 (erp), which is not mirrored")});
    pair.erp().run(R"(DELETE FROM "CRONUS France$Sales Header" WHERE "No_" = 'Q1')");
    CHECK(pair.verb({"held", "retry", "--all"}).exit_code == 0);
    cycle_until_quiet(pair);
    CHECK(pair.differences() == nothing);
  }
}
