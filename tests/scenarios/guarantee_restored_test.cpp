// G7: a site, or miroir's own state file, that was put back from a backup while miroir is away.
#include <filesystem>

#include "tests/scenarios/guarantee_brakes.hpp"
#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/site_backup.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

// After the backup, at both sides, and mirrored.
void live_on(Pair& pair) {
  pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
  pair.shop().run(sell_in_shop(4));
  pair.shop().run(shop_order("A1"));
  pair.shop().run(
      "INSERT INTO customer (email, last_name, phone) VALUES ('neuf@x.fr', 'Neuf', '1')");
  pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Nuits' WHERE "No_" = 'W2')");
  pair.erp().run(sell_in_erp(3));
  pair.erp().run(erp_order("B1"));
  cycle_until_quiet(pair);
  REQUIRE(pair.differences() == nothing);
}

std::string mark_of(SiteDatabase& site) {
  return site.value("SELECT cycle FROM " +
                    std::string{site.dialect() == "postgres" ? "miroir.site" : "miroir_site"});
}

void must_be_as_it_was(Pair& pair) {
  CHECK(pair.differences() == nothing);
  CHECK(pair.shop().value("SELECT city FROM customer WHERE id = 1") == "Dijon");
  CHECK(pair.shop().value("SELECT city FROM customer WHERE id = 2") == "Nuits");
  CHECK(pair.shop().value(web_stock_in_shop) == "17");
  CHECK(pair.erp().value(web_stock_in_erp) == "17");
  CHECK(pair.shop().value("SELECT count(*) FROM sales_order") == "4");
  CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Sales Header")") == "4");
  CHECK(pair.shop().value(half_orders_in_shop) == "0");
  CHECK(pair.erp().value(half_orders_in_erp) == "0");
  CHECK(pair.shop().value("SELECT count(*) FROM customer") == "4");
  const Ended verified = pair.verb({"verify"});
  CAPTURE(verified.out);
  CHECK(verified.exit_code == 0);
}

}  // namespace

TEST_CASE("what a restored site has lost comes back, and nothing of the other one is lost",
          "[guarantee][G7][restored]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    for (const bool in_shop : {true, false}) {
      CAPTURE(name_of(kind), in_shop);
      Pair pair{kind};
      SiteDatabase& site = in_shop ? pair.shop() : pair.erp();
      pair.cycle();
      SiteBackup backup{site, pair.folder() / "backup"};
      live_on(pair);
      backup.restore();
      const std::string name = in_shop ? "shop" : "erp";
      const json brake = braked(pair, "restored:" + name + ":", Rest::none);
      CHECK(pair.differences() != nothing);
      accept(pair, brake);
      must_be_as_it_was(pair);
    }
  }
}

TEST_CASE("where nothing was written since the backup the journal's last number alone tells",
          "[guarantee][G7][restored]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    for (const bool in_shop : {true, false}) {
      CAPTURE(name_of(kind), in_shop);
      Pair pair{kind};
      SiteDatabase& site = in_shop ? pair.shop() : pair.erp();
      pair.cycle();
      REQUIRE(pair.verb({"pause", "--entity", "customer", "--reason", "fin de mois"}).exit_code == 0);
      pair.cycle();
      const std::string mark = mark_of(site);
      SiteBackup backup{site, pair.folder() / "backup"};
      site.run(in_shop ? "UPDATE customer SET city = 'Perdue' WHERE id = 1"
                       : R"(UPDATE "CRONUS France$Customer" SET "City" = 'Perdue' WHERE "No_" = 'W1')");
      pair.cycle();  // Has seen that there is something, and leaves it for later.
      CHECK(mark_of(site) == mark);
      backup.restore();
      REQUIRE(pair.verb({"resume", "--entity", "customer"}).exit_code == 0);
      const json brake =
          braked(pair, std::string{"restored:"} + (in_shop ? "shop" : "erp") + ":", Rest::none);
      accept(pair, brake);
      CHECK(pair.differences() == nothing);
      CHECK(pair.shop().value("SELECT city FROM customer WHERE id = 1") == "Beaune");
    }
  }
}

TEST_CASE("what people did in a restored site before anybody looked is carried too",
          "[guarantee][G7][restored]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.cycle();
    SiteBackup backup{pair.shop(), pair.folder() / "backup"};
    live_on(pair);
    backup.restore();
    pair.shop().run("UPDATE customer SET phone = '0600' WHERE id = 3");
    pair.shop().run("INSERT INTO customer (email, last_name) VALUES ('apres@x.fr', 'Après')");
    const json brake = braked(pair, "restored:shop:", Rest::none);
    const Pair::Cycle cycle = pair.try_cycle({"--accept", brake.at("id").get<std::string>()});
    CAPTURE(cycle.report.dump(), cycle.err);
    CHECK((cycle.exit_code == 0 || cycle.exit_code == 4));
    CHECK(pair.erp().value(
              R"(SELECT "Phone No_" FROM "CRONUS France$Customer" WHERE "No_" = 'W3')") == "0600");
    // The number that the restored shop gave away again is the other one's at the ERP.
    for (const char* email : {"apres@x.fr", "neuf@x.fr"})
      CHECK(pair.shop().value("SELECT count(*) FROM customer WHERE email = '" + std::string{email} +
                              "'") == "1");
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer"
                              WHERE "E-Mail" = 'neuf@x.fr')") == "1");
  }
}

TEST_CASE("a state file from a backup catches up with both sites", "[guarantee][G7][restored]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    const std::string file = (pair.folder() / "backup.db").string();
    pair.cycle();
    run_tool({"/usr/bin/sqlite3", pair.state_file().string(), ".backup '" + file + "'"});
    live_on(pair);
    for (const char* beside : {"-wal", "-shm"})
      std::filesystem::remove(pair.state_file().string() + beside);
    std::filesystem::copy_file(file, pair.state_file(),
                               std::filesystem::copy_options::overwrite_existing);
    const std::string before = pair.dump();
    json brake = braked(pair, "state:", Rest::none);
    for (int n = 0; n < 12; ++n) brake = braked(pair, "state:", Rest::none);
    CHECK(changes(before, pair.dump()) == nothing);
    accept(pair, brake);
    must_be_as_it_was(pair);
    pair.shop().run(sell_in_shop(1));
    cycle_until_quiet(pair);
    CHECK(pair.erp().value(web_stock_in_erp) == "16");
  }
}

TEST_CASE("a clock that has jumped keeps its site out until somebody says that it is right",
          "[guarantee][G7][restored]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.cycle();
    // As if the ERP's clock had been two hours behind in the last cycle.
    run_tool({"/usr/bin/sqlite3", pair.state_file().string(),
         "UPDATE watch SET value = value - 7200000000 WHERE site = 1 AND name = 'clock offset'"});
    pair.shop().run("UPDATE customer SET city = 'Metz' WHERE id = 1");
    const json brake = braked(pair, "clock:erp", Rest::none);
    CHECK(says(brake.at("message"), "jumped by 7"));
    CHECK(pair.differences() != nothing);
    accept(pair, brake);
    CHECK(pair.differences() == nothing);
  }
}
