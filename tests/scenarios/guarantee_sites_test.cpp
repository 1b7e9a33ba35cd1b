// What sites do of their own accord - triggers, cascades, constraints, being away - and what
// becomes of it: G1, G2 and G4.
#include <map>

#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/guarantee_pairs.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

// The database takes the lines away with their order, and nobody notes it of the lines.
void delete_order_unseen(SiteDatabase& shop, const std::string& id) {
  shop.run("DELETE FROM sales_order WHERE id = " + id);
  shop.administer("DELETE FROM " + journal_of(shop) + " WHERE part = 'order_line'");
}

// The ERP prints ten characters of a comment, and says nothing.
void cut_comments(SiteDatabase& erp) {
  const std::map<std::string, const char*> scripts{
      {"postgres", R"(CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                        NEW."Web Comment" := left(NEW."Web Comment", 10); RETURN NEW; END $$;
                      CREATE TRIGGER cut BEFORE INSERT OR UPDATE ON "CRONUS France$Sales Header"
                        FOR EACH ROW EXECUTE FUNCTION cut())"},
      {"mariadb", R"(CREATE TRIGGER cut BEFORE UPDATE ON "CRONUS France$Sales Header"
                     FOR EACH ROW SET NEW."Web Comment" = left(NEW."Web Comment", 10))"},
      {"sqlite", R"(CREATE TRIGGER cut AFTER UPDATE OF "Web Comment" ON "CRONUS France$Sales Header"
                    BEGIN UPDATE "CRONUS France$Sales Header"
                      SET "Web Comment" = substr("Web Comment", 1, 10) WHERE rowid = NEW.rowid; END)"}};
  erp.run(scripts.at(erp.dialect()));
}

}  // namespace

TEST_CASE("stock that the shop's trigger takes for an order is taken once on both sides",
          "[guarantee][G2]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    take_stock_in_shop(pair);
    pair.shop().run(shop_order("A1"));
    pair.erp().run(erp_order("B1"));
    pair.erp().run(erp_order("B2"));
    pair.erp().run(sell_in_erp(5));
    cycle_until_quiet(pair);
    CHECK(pair.shop().value(web_stock_in_shop) == "10");  // 24, less three orders of 3, less 5.
    CHECK(pair.erp().value(web_stock_in_erp) == "10");
    CHECK(pair.differences().empty());
  }
}

TEST_CASE("lines that a cascade took away unseen go on the other side too", "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    delete_order_unseen(pair.shop(), "1");
    CHECK(pair.shop().value("SELECT count(*) FROM order_line") == "1");
    cycle_until_quiet(pair);
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Sales Header")") == "1");
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Sales Line")") == "1");
    CHECK(pair.differences().empty());
    CHECK(pair.verb({"check"}).exit_code == 0);
  }
}

TEST_CASE("a text that the ERP shortens is held, and never shortens the shop's",
          "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    cut_comments(pair.erp());
    const std::string note = "SELECT customer_note FROM sales_order WHERE id = 2";
    pair.shop().run("UPDATE sales_order SET customer_note = 'Livrer par la cour' WHERE id = 2");
    for (int n = 0; n < 3; ++n) {
      const json report = pair.cycle(4).report;
      CAPTURE(n, report.dump());
      CHECK(report.at("held") == 1);
      CHECK(pair.shop().value(note) == "Livrer par la cour");
      CHECK(pair.erp().value(R"(SELECT "Web Comment" FROM "CRONUS France$Sales Header"
                                WHERE "External Document No_" = 'S-1002')") == "Livrer par");
    }
    // The question answers itself when both agree.
    pair.shop().run("UPDATE sales_order SET customer_note = 'Livrer par' WHERE id = 2");
    CHECK(pair.cycle().report.at("held") == 0);
    CHECK(pair.differences().empty());
  }
}

TEST_CASE("a declared loss of length is no question and never comes back", "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    const std::string full(150, 'x');
    const std::string line = "SELECT description FROM order_line WHERE id = 1";
    pair.shop().run("UPDATE order_line SET description = '" + full + "' WHERE id = 1");
    cycle_until_quiet(pair);
    pair.erp().run(R"(UPDATE "CRONUS France$Sales Line" SET "Quantity" = '7' WHERE
                      "Description" = ')" +
                   full.substr(0, 100) + "'");
    cycle_until_quiet(pair);
    CHECK(pair.shop().value(line) == full);
    CHECK(pair.differences().empty());
    pair.erp().run(R"(UPDATE "CRONUS France$Sales Line" SET "Description" = 'Relu' WHERE
                      "Description" = ')" +
                   full.substr(0, 100) + "'");
    cycle_until_quiet(pair);
    CHECK(pair.shop().value(line) == "Relu");
  }
}

TEST_CASE("while one site is away the other works on, and all arrives afterwards",
          "[guarantee][G4]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    for (const std::string away : {"erp", "shop"}) {
      CAPTURE(name_of(kind), away);
      Pair pair{kind};
      pair.cut(away);
      for (int n = 1; n <= 3; ++n) {
        const std::string number = std::to_string(n);
        pair.shop().run(shop_order("A" + number));
        pair.shop().run(sell_in_shop(1));
        pair.erp().run(erp_order("B" + number));
        pair.erp().run(sell_in_erp(2));
        const Pair::Cycle cycle = pair.try_cycle();
        CAPTURE(n, cycle.report.dump(), cycle.err);
        CHECK(cycle.exit_code == 3);
        CHECK(cycle.report.at("seconds") < 10);
        CHECK(cycle.report.at("extracted").at(away == "erp" ? "shop" : "erp") > 0);
      }
      pair.mend(away);
      cycle_until_quiet(pair);
      CHECK(pair.differences().empty());
      CHECK(pair.shop().value("SELECT count(*) FROM sales_order") == "8");
      CHECK(pair.shop().value(web_stock_in_shop) == "15");
      CHECK(pair.erp().value(web_stock_in_erp) == "15");
    }
  }
}
