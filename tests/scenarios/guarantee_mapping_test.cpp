// The mapping is changed while the pair is in use: nothing happens before a person has agreed, then
// exactly what was shown; killed on the way, it is as if nobody had said anything.
#include <signal.h>

#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/guarantee_pairs.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

const std::string newsletter =
    R"("newsletter": {"type": "boolean", "shop": "newsletter", "erp": "Web Newsletter"},)";
const std::string lang =
    R"("lang": {"type": "text", "shop": "lang", "erp": {"column": "Language Code", "blank": "", "length": 10}},)";

// What a cycle says that nobody has agreed to.
std::string offered_id(const Pair& pair) {
  const Pair::Cycle cycle = pair.try_cycle();
  CAPTURE(cycle.report.dump(), cycle.err);
  CHECK(cycle.exit_code == 5);
  CHECK(cycle.report.at("outcome") == "brake");
  REQUIRE(cycle.report.at("brakes").size() == 1);
  return cycle.report.at("brakes").at(0).at("id");
}

std::string language_at_erp(Pair& pair) {
  return pair.erp().value(
      R"(SELECT "Language Code" FROM "CRONUS France$Customer" WHERE "No_" = 'W1')");
}

}  // namespace

TEST_CASE("a new field is taken up when a person has agreed, and not before",
          "[guarantee][mapping]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    // In the journal when the mapping is changed, and read by the new one.
    pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
    pair.edit_mapping(newsletter, newsletter + lang);
    const std::string before = pair.dump();
    const std::string id = offered_id(pair);
    CHECK(pair.verb({"status"}).exit_code == 5);
    CHECK(pair.verb({"check"}).exit_code == 2);
    const Ended plan = pair.verb({"plan", "--json"});
    CHECK(plan.exit_code == 5);
    const json shown = json::parse(plan.out).at("mapping");
    CHECK(shown.at("id") == id);
    CHECK(shown.at("changes").at(0).at("kind") == "field added");
    CHECK(shown.at("counts").at(0).at("decided") == 3);
    CHECK(shown.at("differences").at(0).at("shop") == "fr");
    CHECK(pair.verb({"plan"}).out.find("miroir cycle --accept '" + id + "'") != std::string::npos);

    CHECK(pair.try_cycle({"--accept", "mapping:0123456789abcdef"}).exit_code == 2);
    CHECK(pair.try_cycle({"--accept", "nonsense"}).exit_code == 2);
    // The journals do not watch the new columns yet.
    const Pair::Cycle early = pair.try_cycle({"--accept", id});
    CHECK(early.exit_code == 2);
    CHECK(early.report.at("hint").get<std::string>().find("miroir install") != std::string::npos);
    CHECK(changes(before, pair.dump()) == nothing);

    REQUIRE(pair.verb({"install", "--yes"}).exit_code == 0);
    const Pair::Cycle taken = pair.try_cycle({"--accept", id});
    CAPTURE(taken.report.dump(), taken.err);
    CHECK(taken.exit_code == 0);
    CHECK(taken.report.at("conflicts") == 3);
    CHECK(language_at_erp(pair) == "fr");
    CHECK(pair.erp().value(R"(SELECT "City" FROM "CRONUS France$Customer" WHERE "No_" = 'W1')") ==
          "Dijon");
    CHECK(pair.differences() == nothing);
    CHECK(pair.try_cycle({"--accept", id}).exit_code == 2);  // Once.

    pair.erp().run(
        R"(UPDATE "CRONUS France$Customer" SET "Language Code" = 'de' WHERE "No_" = 'W1')");
    cycle_until_quiet(pair);
    CHECK(pair.shop().value("SELECT lang FROM customer WHERE id = 1") == "de");
    CHECK(pair.verb({"check"}).exit_code == 0);
  }
}

TEST_CASE("a mapping that is changed again after it was shown is shown again",
          "[guarantee][mapping]") {
  Pair pair{pairs_under_test().front()};
  pair.edit_mapping(newsletter, newsletter + lang);
  const std::string id = offered_id(pair);
  pair.edit_mapping(R"("type": "text", "shop": "lang")",
                    R"("type": "text", "policy": "erp wins", "shop": "lang")");
  const Pair::Cycle stale = pair.try_cycle({"--accept", id});
  CHECK(stale.exit_code == 2);
  CHECK(stale.report.at("hint").get<std::string>().find(offered_id(pair)) != std::string::npos);
  // Back as it was: nothing to agree to.
  pair.edit_mapping(R"("type": "text", "policy": "erp wins", "shop": "lang")",
                    R"("type": "text", "shop": "lang")");
  pair.edit_mapping(lang, "");
  CHECK(pair.cycle().exit_code == 0);
}

TEST_CASE("a changed lookup lists what differs by it and overwrites nothing",
          "[guarantee][mapping]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    const std::string state_at_erp =
        R"(SELECT "Status" FROM "CRONUS France$Sales Header" WHERE "External Document No_" = 'S-1001')";
    const std::string was = pair.erp().value(state_at_erp);
    pair.edit_mapping(R"("lookup": {"open": 0, "released": 1, )",
                      R"("lookup": {"open": 1, "released": 0, )");
    const std::string id = offered_id(pair);
    const Pair::Cycle taken = pair.try_cycle({"--accept", id});
    CAPTURE(taken.report.dump(), taken.err);
    CHECK(taken.exit_code == 4);
    CHECK(taken.report.at("held").get<int>() > 0);
    CHECK(taken.report.at("delivered") == json{{"shop", 0}, {"erp", 0}});
    CHECK(pair.erp().value(state_at_erp) == was);
    const Ended status = pair.verb({"status"});
    CHECK(status.exit_code == 4);
    CHECK(status.out.find("the mapping was changed, and now the sites differ") !=
          std::string::npos);
  }
}

TEST_CASE("a removed field stops, and everything else goes on", "[guarantee][mapping]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    const std::string at_erp =
        R"(SELECT "Web Newsletter" FROM "CRONUS France$Customer" WHERE "No_" = 'W1')";
    const std::string kept = pair.erp().value(at_erp);
    pair.edit_mapping(newsletter, "");
    const std::string id = offered_id(pair);
    CHECK(pair.try_cycle({"--accept", id}).exit_code == 0);
    pair.shop().run("UPDATE customer SET city = 'Dijon', newsletter = " +
                    std::string{kind == Pair::sqlite_sqlite ? "1 - newsletter" : "NOT newsletter"} +
                    " WHERE id = 1");
    cycle_until_quiet(pair);
    CHECK(pair.erp().value(at_erp) == kept);
    CHECK(pair.erp().value(R"(SELECT "City" FROM "CRONUS France$Customer" WHERE "No_" = 'W1')") ==
          "Dijon");
  }
}

TEST_CASE("lines that are mirrored no more do not keep their orders back", "[guarantee][mapping]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    std::ifstream file{pair.mapping_file()};
    json mapping = json::parse(file, nullptr, true, true);
    mapping.at("entities").erase("order_line");
    mapping.at("entities").at("sales_order").at("fields").at("items_total").erase("policy");
    std::ofstream{pair.mapping_file()} << mapping.dump();
    const std::string id = offered_id(pair);
    CHECK(pair.try_cycle({"--accept", id}).exit_code == 0);
    // The triggers of the lines' table still note this, under the order.
    pair.shop().run("UPDATE order_line SET description = 'Autre' WHERE order_id = 1");
    pair.shop().run("UPDATE sales_order SET customer_note = 'vite' WHERE id = 1");
    cycle_until_quiet(pair);
    CHECK(
        pair.erp().value(
            R"(SELECT "Web Comment" FROM "CRONUS France$Sales Header" WHERE "External Document No_" = 'S-1001')") ==
        "vite");
    const auto triggers = [&] {
      const std::string all = pair.shop().schema();
      return all.find("miroir_order_line") != std::string::npos;
    };
    CHECK(triggers());
    REQUIRE(pair.verb({"install", "--yes"}).exit_code == 0);
    CHECK_FALSE(triggers());
    CHECK(pair.verb({"check"}).exit_code == 0);
  }
}

TEST_CASE("a key that changed is told in plain words, with what to do", "[guarantee][mapping]") {
  Pair pair{pairs_under_test().front()};
  pair.edit_mapping(R"("match": [["sku"]],
      "shop": {"table": "product", "key": [{"column": "id", "from": "database"}]})",
                    R"("match": [["sku"]],
      "shop": {"table": "product", "key": [{"column": "sku"}]})");
  const Ended ended = pair.verb({"cycle"});
  CHECK(ended.exit_code == 2);
  CHECK(ended.err.find("the key of product at shop is another than before") != std::string::npos);
  CHECK(ended.err.find("give it its key back, or seed anew") != std::string::npos);
}

TEST_CASE("a change of the mapping that is killed on its way has happened or has not",
          "[guarantee][mapping][G2]") {
  Pair pair{pairs_under_test().front()};
  std::string more = "INSERT INTO customer (last_name, email) VALUES ('Un', 'un@exemple.fr')";
  for (int n = 0; n < 300; ++n) {
    const std::string name = std::to_string(n);
    more += ", ('" + name + "', '" + name + "@exemple.fr')";
  }
  pair.shop().run(more);
  cycle_until_quiet(pair);
  int killed = 0;
  for (int round = 0; round < 8; ++round) {
    const bool there = round % 2 == 0;
    pair.edit_mapping(there ? newsletter : newsletter + lang,
                      there ? newsletter + lang : newsletter);
    pair.shop().run("UPDATE customer SET city = 'Dijon " + std::to_string(round) +
                    "' WHERE id < 9");
    REQUIRE(pair.verb({"install", "--yes"}).exit_code == 0);
    for (const int milliseconds : {5, 15, 30, 60, 100}) {
      const Ended seen = pair.verb({"cycle", "--json"});
      if (seen.exit_code != 5) break;
      const std::string id = json::parse(seen.out).at("brakes").at(0).at("id");
      Running cycle{pair.program({"cycle", "--accept", id})};
      std::this_thread::sleep_for(std::chrono::milliseconds{milliseconds + round});
      cycle.send(SIGKILL);
      if (cycle.wait().exit_code == 128 + SIGKILL) ++killed;
    }
    const Ended seen = pair.verb({"cycle", "--json"});
    CAPTURE(round, seen.out, seen.err);
    if (seen.exit_code == 5) {
      const std::string id = json::parse(seen.out).at("brakes").at(0).at("id");
      REQUIRE(pair.try_cycle({"--accept", id}).exit_code == 0);
    }
    cycle_until_quiet(pair);
    CHECK(pair.differences() == nothing);
    CHECK(pair.shop().value("SELECT count(*) FROM customer") == "304");
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer")") == "304");
  }
  CHECK(killed > 8);
  CHECK(language_at_erp(pair) == "fr");
}
