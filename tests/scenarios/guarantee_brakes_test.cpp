// G7: what looks like an accident at a site keeps its table out, and nothing else; a cycle ends with
// 5 and says what was seen and what to type; and what is typed goes on without a loss.
#include "tests/scenarios/guarantee_brakes.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

void limit(const Pair& pair, const json& brakes) {
  json config = pair.config();
  config["brakes"] = brakes;
  pair.write_config(config);
}

std::string customers_of(bool shop) { return shop ? "customer" : in_quotes(erp_customer); }
std::string stock_of(bool shop) { return shop ? "stock" : in_quotes("CRONUS France$Web Stock"); }

ComparedSite compared(SiteDatabase& site) {
  return {site.dialect(), [&site](const std::string& query) { return site.rows(query); }};
}

}  // namespace

TEST_CASE("an UPDATE without its WHERE stops at the other side's door", "[guarantee][G7]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    add_customers(pair, 20);
    limit(pair, {{"updates", {{"count", 10}, {"share", 0.5}}}});
    pair.shop().run("UPDATE customer SET city = 'Metz' WHERE id <= 10");
    pair.cycle();
    pair.shop().run("UPDATE customer SET phone = '0'");
    const json brake = braked(pair, "updates:shop:customer:");
    CHECK(pair.erp().value(count_phone) == "0");
    accept(pair, brake);
    CHECK(pair.erp().value(count_phone) == "23");
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("a DELETE with too short a WHERE stops at the other side's door", "[guarantee][G7]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    for (const bool in_shop : {true, false}) {
      CAPTURE(name_of(kind), in_shop);
      Pair pair{kind};
      SiteDatabase &site = in_shop ? pair.shop() : pair.erp(),
                   &other = in_shop ? pair.erp() : pair.shop();
      const std::string count_here = "SELECT count(*) FROM " + customers_of(in_shop);
      const std::string count_there = "SELECT count(*) FROM " + customers_of(!in_shop);
      add_customers(pair, 30);
      const std::string name = in_shop ? "last_name" : R"("Name")";
      const std::string phone = in_shop ? "phone" : R"("Phone No_")";
      const auto dismiss = [&](const std::string& which) {
        site.run("DELETE FROM " + customers_of(in_shop) + " WHERE " + name + " = 'Client' AND " +
                 phone + which);
      };
      dismiss(" IN ('4', '5', '6', '7', '8')");
      cycle_until_quiet(pair);
      CHECK(other.value(count_there) == "28");
      dismiss(" <> '9'");
      const json brake =
          braked(pair, std::string{"deletions:"} + (in_shop ? "shop" : "erp") + ":customer:24");
      CHECK(says(brake.at("message"), "24 of 28 customer records were deleted"));
      CHECK(other.value(count_there) == "28");
      accept(pair, brake);
      CHECK(site.value(count_here) == "4");
      CHECK(pair.differences() == nothing);
    }
  }
}

// PostgreSQL has a trigger for it. MariaDB has none: there the table is empty all of a sudden.
TEST_CASE("a table that somebody truncates empties nothing at the other side", "[guarantee][G7]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    for (const bool in_shop : {true, false}) {
      CAPTURE(name_of(kind), in_shop);
      Pair pair{kind};
      SiteDatabase& site = in_shop ? pair.shop() : pair.erp();
      if (site.dialect() == "sqlite") continue;  // Knows no TRUNCATE.
      limit(pair, {{"deletions", {{"count", 2}, {"share", 0.05}}}});
      site.run("TRUNCATE TABLE " + stock_of(in_shop));
      const bool told = site.dialect() == "postgres";
      const std::string at = in_shop ? "shop" : "erp";
      const json brake = braked(
          pair, told ? "deletions:" + at + ":stock:4" : "emptied:" + at + ":stock", Rest::customers);
      CHECK(says(brake.at("message"), told ? "4 of 4 stock records were deleted by TRUNCATE"
                                           : "is empty, but stock records stood there"));
      SiteDatabase& other = in_shop ? pair.erp() : pair.shop();
      CHECK(other.value("SELECT count(*) FROM " + stock_of(!in_shop)) == "4");
      accept(pair, brake);
      CHECK(other.value("SELECT count(*) FROM " + stock_of(!in_shop)) == "0");
      CHECK(pair.differences() == nothing);
    }
  }
}

TEST_CASE("a second store on the same databases is told so, and touches neither",
          "[guarantee][G7]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    const Pair other{kind};
    json config = other.config();
    config["sites"] = pair.config()["sites"];
    other.write_config(config);
    pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
    const std::string before = pair.dump();

    const json brakes = all_brakes(other);
    REQUIRE(brakes.size() == 2);
    CHECK(brakes[0].at("id") == "store:shop");
    CHECK(brakes[1].at("id") == "store:erp");
    for (const json& brake : brakes) {
      CHECK(brake.at("acceptable") == false);
      CHECK(says(brake.at("message"), "with another state file"));
      CHECK(other.try_cycle({"--accept", brake.at("id").get<std::string>()}).exit_code == 5);
    }
    const Ended check = other.verb({"check"});
    CHECK(check.exit_code == 2);
    CHECK(says(check.out, "another store"));
    CHECK(changes(before, pair.dump()) == nothing);
    pair.cycle();
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("another database in a site's place gets what the old one had, once somebody says so",
          "[guarantee][G7]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    Pair other{kind, Pair::installed};
    json config = pair.config();
    config["sites"]["erp"] = other.config()["sites"]["erp"];
    pair.write_config(config);
    pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
    const json brakes = all_brakes(pair);
    REQUIRE(brakes.size() == 1);
    CHECK(brakes[0].at("id") == "replaced:erp");
    CHECK(brakes[0].at("acceptable") == true);
    CHECK(says(brakes[0].at("message"), "`miroir cycle --accept 'replaced:erp'`"));
    CHECK(other.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer")") == "0");
    accept(pair, brakes[0]);
    CHECK(differences_between(compared(pair.shop()), compared(other.erp())) == nothing);
    CHECK(other.erp().value(R"(SELECT "City" FROM "CRONUS France$Customer" WHERE "No_" = 'W1')") ==
          "Dijon");
    CHECK(pair.verb({"verify"}).exit_code == 0);
  }
}

TEST_CASE("a nightly price list, a first load and a burst of edits are ordinary work",
          "[guarantee][G7]") {
  Pair pair{pairs_under_test().front()};
  add_customers(pair, 400);
  pair.shop().run("UPDATE customer SET city = 'Metz'");
  pair.erp().run(R"(UPDATE "CRONUS France$Item" SET "Unit Price" = "Unit Price" + 1)");
  pair.cycle();
  CHECK(pair.differences() == nothing);
}

TEST_CASE("rows that come in thousands are asked about where there were few",
          "[guarantee][G7]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    limit(pair, {{"entities", {{"customer", {{"inserts", {{"count", 3}, {"share", 1}}}}}}}});
    for (int n = 0; n < 4; ++n)
      pair.shop().run("INSERT INTO customer (last_name, phone) VALUES ('Neuf', '" +
                      std::to_string(n) + "')");
    const json brake = braked(pair, "inserts:shop:customer:4");
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer")") == "3");
    accept(pair, brake);
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer")") == "7");
  }
}

TEST_CASE("a table that was emptied without a trigger deletes nothing at the other side",
          "[guarantee][G7]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    // What fires no trigger: rows that are gone without a line in the journal.
    pair.erp().run(R"(DELETE FROM "CRONUS France$Web Stock")");
    pair.erp().administer("DELETE FROM " + journal_of(pair.erp()) + " WHERE entity = 'stock'");
    json brake = braked(pair, "emptied:erp:stock", Rest::customers);
    CHECK(pair.shop().value("SELECT count(*) FROM stock") == "4");
    accept(pair, brake);
    CHECK(pair.shop().value("SELECT count(*) FROM stock") == "0");
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("a table that was replaced by an empty one is noticed", "[guarantee][G7]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    replace_table(pair.erp(), "CRONUS France$Web Stock");
    pair.make_accounts();  // On PostgreSQL a new table has nothing of what the old one granted.
    const json brakes = all_brakes(pair);
    REQUIRE(brakes.size() == 1);
    CHECK(brakes[0].at("id") == "unwatched:erp:stock");
    CHECK(brakes[0].at("acceptable") == false);
    CHECK(says(brakes[0].at("message"), "`miroir install --site erp`"));
    REQUIRE(pair.verb({"install", "--yes"}).exit_code == 0);
    const std::string first = braked(pair, "triggers:erp:stock:", Rest::customers).at("id");
    // Compared, it has nothing left.
    const Pair::Cycle compared = pair.try_cycle({"--accept", first});
    REQUIRE(compared.exit_code == 5);
    const json found = compared.report.at("brakes").at(0);
    CHECK(found.at("id") == first + ":4");
    CHECK(says(found.at("message"), "4 of 4 stock records are gone from erp"));
    braked(pair, first, Rest::customers);
    CHECK(pair.shop().value("SELECT count(*) FROM stock") == "4");
    accept(pair, found);
    CHECK(pair.shop().value("SELECT count(*) FROM stock") == "0");
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("what happened while triggers were off is brought in when somebody says so",
          "[guarantee][G7]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    for (const bool in_shop : {true, false}) {
      CAPTURE(name_of(kind), in_shop);
      Pair pair{kind};
      SiteDatabase& site = in_shop ? pair.shop() : pair.erp();
      const Triggers triggers = triggers_of(site, in_shop ? "customer" : erp_customer);
      site.run(triggers.off);
      site.run(in_shop ? "UPDATE customer SET city = 'Metz' WHERE id = 1"
                       : R"(UPDATE "CRONUS France$Customer" SET "City" = 'Metz' WHERE "No_" = 'W1')");
      const json off = braked(pair, in_shop ? "unwatched:shop:customer" : "unwatched:erp:customer");
      CHECK(off.at("acceptable") == false);
      // The verb accepts nothing that is not mended.
      CHECK(pair.try_cycle({"--accept", off.at("id").get<std::string>()}).exit_code == 5);
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
      site.administer(triggers.on);
      // People of the other side go on.
      (in_shop ? pair.erp() : pair.shop())
          .run(in_shop ? R"(UPDATE "CRONUS France$Customer" SET "Phone No_" = '77' WHERE "No_" = 'W1')"
                       : "UPDATE customer SET phone = '77' WHERE id = 1");
      const json on =
          braked(pair, in_shop ? "triggers:shop:customer:" : "triggers:erp:customer:");
      CHECK(pair.differences() != nothing);
      accept(pair, on);
      CHECK(pair.shop().value("SELECT city || phone FROM customer WHERE id = 1") == "Metz77");
      CHECK(pair.differences() == nothing);
      CHECK(pair.verb({"verify"}).exit_code == 0);
    }
  }
}

TEST_CASE("triggers that miroir puts back are asked about, once",
          "[guarantee][G7]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    const Triggers triggers = triggers_of(pair.shop(), "customer");
    pair.shop().run(triggers.drop_one);
    pair.shop().run("UPDATE customer SET city = 'Metz' WHERE id = 1");
    braked(pair, "unwatched:shop:customer");
    REQUIRE(pair.verb({"install", "--yes"}).exit_code == 0);
    accept(pair, braked(pair, "triggers:shop:customer:"));
    CHECK(pair.differences() == nothing);
    REQUIRE(pair.verb({"install", "--yes"}).exit_code == 0);
    pair.cycle();
  }
}

TEST_CASE("a column of another type keeps its table out until somebody takes it",
          "[guarantee][G7]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    change_type(pair.erp(), erp_customer, "City", "varchar(31)");
    const json brake = braked(pair, "columns:erp:customer:");
    CHECK(says(brake.at("message"), "column City is now "));
    CHECK(says(brake.at("message"), "(31), it was "));
    pair.shop().run("UPDATE customer SET city = 'Metz' WHERE id = 1");
    CHECK(all_brakes(pair).size() == 1);
    CHECK(pair.differences() != nothing);
    accept(pair, brake);
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("a column that is gone is named, and cannot be taken without a word about the mapping",
          "[guarantee][G7]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    rename_column(pair.shop(), "customer", "company", "firm");
    pair.shop().run("UPDATE customer SET firm = 'Chai 4', city = 'Metz' WHERE id = 1");
    pair.shop().run("UPDATE product SET price = '45' WHERE id = 1");
    const Pair::Cycle cycle = pair.try_cycle();
    REQUIRE(cycle.exit_code == 5);
    bool named = false;
    for (const json& brake : cycle.report.at("brakes"))
      named = named || says(brake.at("message"), "column company is gone");
    CHECK(named);
    std::string id;
    for (const json& brake : cycle.report.at("brakes")) {
      if (says(brake.at("id"), "columns:")) id = brake.at("id");
    }
    const Ended taken = pair.verb({"cycle", "--accept", id});
    CHECK(taken.exit_code == 2);
    CHECK(says(taken.err, "company"));
    rename_column(pair.shop(), "customer", "firm", "company");
    CHECK(pair.try_cycle().exit_code == 0);
    CHECK(pair.erp().value(R"(SELECT "City" FROM "CRONUS France$Customer" WHERE "No_" = 'W1')") == "Metz");
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("a journal that somebody emptied keeps its site out until all is compared",
          "[guarantee][G7]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.cycle();
    pair.shop().run("UPDATE customer SET city = 'Metz' WHERE id = 1");
    pair.shop().administer(pair.shop().dialect() == "postgres" ? "TRUNCATE miroir.journal"
                                                               : "DELETE FROM miroir_journal");
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "Phone No_" = '77' WHERE "No_" = 'W1')");
    const json brake = braked(pair, "journal:shop:", Rest::none);
    CHECK(pair.erp().value("SELECT count(*) FROM " + journal_of(pair.erp()) +
                           " WHERE entity > ''") == "0");
    accept(pair, brake);
    CHECK(pair.shop().value("SELECT city || phone FROM customer WHERE id = 1") == "Metz77");
    CHECK(pair.differences() == nothing);
    pair.cycle();
  }
}
