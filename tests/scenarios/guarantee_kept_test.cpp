// What a site's trigger or rule leaves as it was, without a word: it was not delivered. G1, G3, G5.
#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/guarantee_reasons.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

// The ways in which a site can do that.
std::vector<std::string> ways_at(const SiteDatabase& site) {
  if (site.dialect() == "postgres") return {"NULL", "OLD", "rule"};
  return {"IGNORE"};
}

// `what` is UPDATE or DELETE; the condition speaks of OLD and NEW.
void keep(SiteDatabase& site, const std::string& way, const std::string& what,
          const std::string& table, const std::string& condition) {
  const std::string name = "keep_" + what + "_" + table;
  if (way == "rule")
    return site.run("CREATE RULE " + name + " AS ON " + what + " TO " + table + " WHERE " +
                    condition + " DO INSTEAD NOTHING");
  const std::string head = "CREATE TRIGGER " + name + " BEFORE " + what + " ON " + table +
                           " FOR EACH ROW WHEN (" + condition + ") ";
  if (way == "IGNORE") return site.run(head + "BEGIN SELECT RAISE(IGNORE); END");
  site.run("CREATE FUNCTION " + name + "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN " +
           way + "; END $$; " + head + "EXECUTE FUNCTION " + name + "()");
}

void keep_no_more(SiteDatabase& site, const std::string& way, const std::string& what,
                  const std::string& table) {
  const std::string name = "keep_" + what + "_" + table;
  site.run(way == "rule"     ? "DROP RULE " + name + " ON " + table
           : way == "IGNORE" ? "DROP TRIGGER " + name
                             : "DROP FUNCTION " + name + " CASCADE");
}

// The cycles that follow try, or do not, and change nothing.
void check_that_it_waits(const Pair& pair, std::size_t set_aside) {
  for (int n = 0; n < 3; ++n) {
    const json report = pair.cycle(4).report;
    CAPTURE(report.dump());
    CHECK(report.at("set_aside") == set_aside);
    CHECK(report.at("delivered").at("shop") == 0);
    CHECK(report.at("delivered").at("erp") == 0);
  }
}

}  // namespace

TEST_CASE("a deletion that the shop leaves undone without a word waits, and the rest arrives",
          "[guarantee][G3][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    Pair pair{kind};
    for (const std::string& way : ways_at(pair.shop())) {
      if (way == "OLD") continue;  // That lets it be deleted.
      CAPTURE(name_of(kind), way);
      pair.shop().run(
          "INSERT INTO customer (last_name, email, city) VALUES ('Un', 'un@x.fr', 'Nice'), "
          "('Deux', 'deux@x.fr', 'Nice'), ('Trois', 'trois@x.fr', 'Nice')");
      cycle_until_quiet(pair);
      keep(pair.shop(), way, "DELETE", "customer", "OLD.email = 'un@x.fr'");
      pair.erp().run(R"(DELETE FROM "CRONUS France$Customer" WHERE "E-Mail" = 'un@x.fr';
        DELETE FROM "CRONUS France$Customer" WHERE "E-Mail" = 'trois@x.fr';
        UPDATE "CRONUS France$Customer" SET "City" = 'Brest' WHERE "E-Mail" = 'deux@x.fr')");
      const json report = pair.cycle(4).report;
      CAPTURE(report.dump());
      CHECK(report.at("set_aside") == 1);
      CHECK(report.at("delivered").at("shop") == 2);
      check_reasons(pair, {"still there: a trigger or a rule there keeps the row"});
      check_that_it_waits(pair, 1);
      CHECK(pair.shop().value("SELECT count(*) FROM customer WHERE email = 'un@x.fr'") == "1");
      CHECK(pair.shop().value("SELECT count(*) FROM customer WHERE email = 'trois@x.fr'") == "0");
      CHECK(pair.shop().value("SELECT city FROM customer WHERE email = 'deux@x.fr'") == "Brest");
      CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer"
                                WHERE "E-Mail" = 'un@x.fr')") == "0");

      keep_no_more(pair.shop(), way, "DELETE", "customer");
      CHECK(pair.verb({"held", "retry", "--all"}).exit_code == 0);
      cycle_until_quiet(pair);
      CHECK(pair.shop().value("SELECT count(*) FROM customer WHERE email = 'un@x.fr'") == "0");
      CHECK(pair.differences() == nothing);
      pair.shop().run("DELETE FROM customer WHERE email = 'deux@x.fr'");
      cycle_until_quiet(pair);
    }
  }
}

TEST_CASE(
    "a movement of stock that the shop leaves out without a word waits, and is not undone at the "
    "ERP",
    "[guarantee][G1][G2][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    Pair pair{kind};
    for (const std::string& way : ways_at(pair.shop())) {
      CAPTURE(name_of(kind), way);
      const int stock = std::stoi(pair.shop().value(web_stock_in_shop));
      keep(pair.shop(), way, "UPDATE", "stock", "OLD.product_id = 1");
      pair.erp().run(sell_in_erp(2));
      pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Quimper )" + way +
                     R"(' WHERE "No_" = 'W2')");
      const json report = pair.cycle(4).report;
      CAPTURE(report.dump());
      CHECK(report.at("set_aside") == 1);
      CHECK(report.at("delivered").at("shop") == 1);
      check_reasons(pair, {"a stock is as it was"});
      check_that_it_waits(pair, 1);
      CHECK(pair.shop().value("SELECT city FROM customer WHERE id = 2") == "Quimper " + way);
      CHECK(pair.shop().value(web_stock_in_shop) == std::to_string(stock));
      CHECK(pair.erp().value(web_stock_in_erp) == std::to_string(stock - 2));

      keep_no_more(pair.shop(), way, "UPDATE", "stock");
      CHECK(pair.verb({"held", "retry", "--all"}).exit_code == 0);
      cycle_until_quiet(pair);
      CHECK(pair.shop().value(web_stock_in_shop) == std::to_string(stock - 2));
      CHECK(pair.differences() == nothing);
    }
  }
}

// A mark that takes the row out of what is mirrored is as good as a deletion.
TEST_CASE("an order that the ERP marks instead of deleting it is gone", "[guarantee][scope][G3]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind, Pair::filled};
    if (pair.erp().dialect() == "mariadb") continue;  // There a trigger cannot keep a row.
    pair.edit_mapping(R"("erp": {"table": "CRONUS France$Sales Header",)",
                      R"("erp": {"table": "CRONUS France$Sales Header",
                         "where": {"Location Code": {"not": ["GONE"]}},)");
    REQUIRE(pair.verb({"install"}).exit_code == 0);
    REQUIRE(pair.verb({"seed"}).exit_code == 0);
    pair.shop().run(shop_order("S-2000"));
    cycle_until_quiet(pair);
    const std::string mark = R"(UPDATE "CRONUS France$Sales Header" SET "Location Code" = 'GONE'
      WHERE "Document Type" = OLD."Document Type" AND "No_" = OLD."No_"; )";
    const std::string head =
        R"(CREATE TRIGGER mark BEFORE DELETE ON "CRONUS France$Sales Header" FOR EACH ROW )";
    pair.erp().run(pair.erp().dialect() == "sqlite"
                       ? head + "BEGIN " + mark + "SELECT RAISE(IGNORE); END"
                       : "CREATE FUNCTION mark() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql "
                         "AS $$ BEGIN " +
                             mark + "RETURN NULL; END $$; " + head + "EXECUTE FUNCTION mark()");
    pair.shop().run("DELETE FROM sales_order WHERE order_no = 'S-2000'");
    cycle_until_quiet(pair);
    CHECK(pair.shop().value("SELECT count(*) FROM sales_order WHERE order_no = 'S-2000'") == "0");
    CHECK(pair.erp().value(R"(SELECT "Location Code" FROM "CRONUS France$Sales Header"
                              WHERE "External Document No_" = 'S-2000')") == "GONE");
    CHECK(pair.verb({"verify"}).exit_code == 0);
  }
}
