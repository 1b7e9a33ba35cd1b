// Two databases that both hold data meet for the first time: nothing is doubled, nothing is lost,
// and what is said beforehand is what is done.
#include <signal.h>

#include <set>
#include <thread>

#include "tests/scenarios/guarantee_pairs.hpp"
#include "tests/support/temporary_sqlite.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

// Both sides as they would be found: full, alike but for a few rows, and never mirrored.
void part_company(Pair& pair) {
  REQUIRE(pair.verb({"uninstall", "--yes"}).exit_code == 0);
  std::filesystem::remove(pair.state_file());
  pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
  pair.shop().run("INSERT INTO customer (last_name, email) VALUES ('Seul', 'seul@exemple.fr')");
  pair.erp().run(R"(INSERT INTO "CRONUS France$Customer" ("No_", "Name", "E-Mail")
                    VALUES ('K1', 'Allein', 'allein@exemple.fr'))");
  pair.erp().run(R"(UPDATE "CRONUS France$Item" SET "Unit Price" = '44.00'
                    WHERE "No_" = 'CHX-2015')");
  pair.erp().run(R"(UPDATE "CRONUS France$Sales Line" SET "Quantity" = '3'
                    WHERE "Document No_" = 'SO-000001' AND "Line No_" = 10000)");
  // Numbers that the ERP gave itself, so that only what they hold tells that they are the same.
  pair.erp().run(R"(UPDATE "CRONUS France$Sales Header" SET "Sell-to Customer No_" = 'D900'
                    WHERE "Sell-to Customer No_" = 'W2')");
  pair.erp().run(R"(UPDATE "CRONUS France$Ship-to Address" SET "Customer No_" = 'D900'
                    WHERE "Customer No_" = 'W2')");
  pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "No_" = 'D900' WHERE "No_" = 'W2')");
  // A code that looks like one of the shop's, but is another customer's.
  pair.erp().run(R"(INSERT INTO "CRONUS France$Ship-to Address" ("Customer No_", "Code", "Name")
                    VALUES ('W1', 'W1', 'Anne chez elle'))");
  REQUIRE(pair.verb({"install", "--yes"}).exit_code == 0);
}

}  // namespace

TEST_CASE("a rehearsal names what is on one side only and what differs, and does nothing",
          "[guarantee][meeting]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    part_company(pair);
    const std::string before = pair.dump();
    const Ended ended = pair.verb({"seed", "--dry-run", "--json"});
    CAPTURE(ended.out, ended.err);
    CHECK(ended.exit_code == 0);
    const json report = json::parse(ended.out);
    const json& customer = report.at("entities").at("customer");
    CHECK(customer.at("both") == 3);
    CHECK(customer.at("only") == json{{"shop", 1}, {"erp", 1}});
    CHECK(customer.at("only_keys") == json{{"shop", {"4"}}, {"erp", {"K1"}}});
    CHECK(report.at("entities").at("sales_order").at("both") == 2);
    CHECK(report.at("entities").at("customer_address").at("both") == 2);
    CHECK(report.at("entities").at("customer_address").at("only") == json{{"shop", 0}, {"erp", 1}});
    std::set<std::string> differences;
    for (const json& one : report.at("differences"))
      differences.insert(one.at("entity").get<std::string>() + "." +
                         one.at("field").get<std::string>());
    CHECK(differences == std::set<std::string>{"customer.city", "product.price", "order_line.qty"});
    CHECK(changes(before, pair.dump()) == nothing);
    CHECK_FALSE(std::filesystem::exists(pair.state_file()));
  }
}

TEST_CASE("two full databases are equal after seed, killed on its way again and again",
          "[guarantee][meeting][G2]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    part_company(pair);
    // From the moment at which there is a state file, a little later each time.
    int killed = 0;
    for (const int milliseconds : {0, 3, 6, 12, 24}) {
      Running seed{pair.program({"seed"})};
      for (int n = 0; n < 2'000 && !std::filesystem::exists(pair.state_file()); ++n)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
      std::this_thread::sleep_for(std::chrono::milliseconds{milliseconds});
      seed.send(SIGKILL);
      if (seed.wait().exit_code == 128 + SIGKILL) ++killed;
    }
    CHECK(killed > 0);
    const Ended rehearsal = pair.verb({"seed", "--dry-run"});
    INFO(rehearsal.exit_code << ": " << rehearsal.err);
    CHECK((rehearsal.exit_code == 0 || rehearsal.err.find("seeded already") != std::string::npos));
    const Ended seed = pair.verb({"seed"});
    CAPTURE(seed.out, seed.err);
    // It may have been seeded before it was killed: then a cycle does the rest.
    CHECK((seed.exit_code == 0 || seed.err.find("seeded already") != std::string::npos));
    cycle_until_quiet(pair);
    CHECK(pair.differences() == nothing);
    CHECK(pair.shop().value("SELECT count(*) FROM customer") == "5");
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer")") == "5");
    CHECK(pair.shop().value("SELECT count(*) FROM order_line") == "4");
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Sales Line")") == "4");
    CHECK(pair.erp().value(R"(SELECT "City" FROM "CRONUS France$Customer" WHERE "No_" = 'W1')") ==
          "Dijon");
    CHECK(pair.shop()
              .value("SELECT CAST(price AS decimal(9,2)) = 44 FROM product WHERE id = 1")
              .find_first_of("1t") == 0);
    const json report = pair.cycle().report;
    CHECK(report.at("delivered") == json{{"shop", 0}, {"erp", 0}});
  }
}

TEST_CASE("seed takes the side that a person prefers", "[guarantee][meeting]") {
  Pair pair{pairs_under_test().front()};
  part_company(pair);
  CHECK(pair.verb({"seed", "--prefer", "paris"}).exit_code == 2);
  CHECK(pair.verb({"seed", "--prefer", "erp"}).exit_code == 0);
  CHECK(pair.shop().value("SELECT city FROM customer WHERE id = 1") == "Beaune");
  CHECK(pair.differences() == nothing);
}

TEST_CASE("a seed that is cut goes on with what is configured now, or begins anew",
          "[guarantee][meeting]") {
  Pair pair{Pair::sqlite_sqlite};
  part_company(pair);
  REQUIRE(pair.verb({"seed"}).exit_code == 0);
  SqliteUser state{pair.state_file()};
  const auto cut = [&] { state.run("DELETE FROM meta WHERE name = 'seeded'"); };
  const std::string twins = "SELECT count(*) FROM mapping WHERE text LIKE '%vat_number\"]]%'";
  const std::string records = "SELECT min(id) FROM record";
  const std::string first = state.value(records);
  cut();
  REQUIRE(pair.verb({"seed"}).exit_code == 0);
  CHECK(state.value(records) == first);
  CHECK(state.value(twins) == "1");
  cut();
  pair.edit_mapping(R"("match": [["email"], ["vat_number"]])", R"("match": [["email"]])");
  REQUIRE(pair.verb({"seed"}).exit_code == 0);
  CHECK(state.value(twins) == "0");
  cycle_until_quiet(pair);
  CHECK(pair.differences() == nothing);
}
