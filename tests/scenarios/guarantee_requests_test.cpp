// What people decide: answers, undo, another try, links. By the verbs, on real databases.
#include "tests/scenarios/guarantee_pairs.hpp"
#include "tests/support/held_cycle.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

constexpr auto terms_in_shop = "SELECT payment_terms FROM customer WHERE id = 1";
constexpr auto terms_in_erp =
    R"(SELECT "Payment Terms Code" FROM "CRONUS France$Customer" WHERE "No_" = 'W1')";

std::string set_erp(const std::string& assignment) {
  return R"(UPDATE "CRONUS France$Customer" SET )" + assignment + R"( WHERE "No_" = 'W1')";
}

// Credit is granted by people: two answers are a question.
void disagree(Pair& pair) {
  pair.shop().run("UPDATE customer SET payment_terms = '60J' WHERE id = 1");
  pair.erp().run(set_erp(R"("Payment Terms Code" = 'COMPTANT')"));
}

json told(const Pair& pair, std::vector<std::string> verb, int exit_code = 0) {
  verb.emplace_back("--json");
  const Ended ended = pair.verb(verb);
  CAPTURE(ended.out, ended.err);
  REQUIRE(ended.exit_code == exit_code);
  return json::parse(ended.out);
}

std::string only_held(const Pair& pair) {
  const json list = told(pair, {"held", "list"}, 4).at("held");
  REQUIRE(list.size() == 1);
  return list.at(0).at("id").dump();
}

// The decision about this field that was made last.
std::string last_decision(const Pair& pair, const std::string& field) {
  const json status = json::parse(pair.verb({"status", "--json"}).out);
  for (const json& decision : status.at("decisions")) {
    if (decision.at("field") == field) return decision.at("id").dump();
  }
  FAIL("nothing was decided about " + field);
  return {};
}

}  // namespace

TEST_CASE("a held field stays different on both sides until it is answered, the rest flows",
          "[guarantee][request]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    disagree(pair);
    pair.cycle(4);
    pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
    pair.erp().run(set_erp(R"("Phone No_" = '0380000000')"));
    pair.cycle(4);
    CHECK(pair.shop().value(terms_in_shop) == "60J");
    CHECK(pair.erp().value(terms_in_erp) == "COMPTANT");
    CHECK(pair.shop().value("SELECT phone FROM customer WHERE id = 1") == "0380000000");
    CHECK(pair.erp().value(R"(SELECT "City" FROM "CRONUS France$Customer" WHERE "No_" = 'W1')") ==
          "Dijon");

    CHECK(told(pair, {"status", "--entity", "customer"}, 4).at("held").size() == 1);
    CHECK(told(pair, {"status", "--entity", "sales_order"}, 0).at("held").empty());
    CHECK(pair.verb({"status", "--entity", "costumer"}).exit_code == 2);
    const std::string brief = pair.verb({"status", "--brief"}).out;
    CHECK(brief.find("waiting     1 question, 0 set aside, 0 requests for the next cycle") !=
          std::string::npos);
    CHECK(brief.find("COMPTANT") == std::string::npos);
    CHECK(pair.verb({"status", "--brief", "--json"}).exit_code == 2);

    const std::string id = only_held(pair);
    const json item = told(pair, {"held", "show", id}, 4).at("item");
    CHECK(item.at("candidates") == json{{"shop", "60J"}, {"erp", "COMPTANT"}});
    CHECK(item.at("agreed") == nullptr);
    CHECK(item.at("since_time") != "");
    const json asked = told(pair, {"held", "answer", id, "--take", "erp", "--by", "Anne"});
    CHECK(asked.at("requests").at(0).at("state") == "waits");
    CHECK(pair.shop().value(terms_in_shop) == "60J");  // Only a cycle does it.
    CHECK(told(pair, {"status"}, 4).at("pending_requests") == 1);

    const std::string before = pair.dump();
    const json plan = told(pair, {"plan"});
    CHECK(plan.at("requests").at(0).at("state") == "done");
    REQUIRE(plan.at("plan").size() == 1);
    CHECK(plan.at("plan").at(0).at("site") == "shop");
    CHECK(plan.at("plan").at(0).at("fields").at(0).at("after") == "COMPTANT");
    CHECK(changes(before, pair.dump()) == nothing);

    const json report = pair.cycle().report;
    CHECK(report.at("requests").at(0).at("state") == "done");
    CHECK(report.at("requests").at(0).at("by") == "Anne");
    CHECK(pair.shop().value(terms_in_shop) == "COMPTANT");
    cycle_until_quiet(pair);
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("a held address stays different as a whole until it is answered, the rest flows",
          "[guarantee][request]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    const std::string street = R"("line1": {"type": "text", )";
    pair.edit_mapping(street, street + R"("policy": "hold", )");
    const auto in_shop = [&] {
      return pair.shop().value("SELECT line1 || ', ' || postcode || ' ' || city FROM customer "
                               "WHERE id = 1");
    };
    const auto in_erp = [&] {
      return pair.erp().rows(R"(SELECT "Address", "Post Code", "City" FROM
                                "CRONUS France$Customer" WHERE "No_" = 'W1')");
    };
    pair.shop().run("UPDATE customer SET line1 = '5 rue Haute', phone = '0611' WHERE id = 1");
    pair.erp().run(set_erp(R"("City" = 'Dijon', "Post Code" = '21000')"));
    const std::vector<std::string> theirs{"1 rue des Vignes|21000|Dijon"};
    for (int cycle = 0; cycle < 2; ++cycle) {
      pair.cycle(4);
      CHECK(in_shop() == "5 rue Haute, 21200 Beaune");
      CHECK(in_erp() == theirs);
      CHECK(pair.erp().value(R"(SELECT "Phone No_" FROM "CRONUS France$Customer"
                                WHERE "No_" = 'W1')") == "0611");
      pair.erp().run(set_erp(R"("E-Mail" = 'anne@exemple.org')"));
    }
    CHECK(pair.shop().value("SELECT email FROM customer WHERE id = 1") == "anne@exemple.org");
    // Each of its fields can be shown; one answer is for all of them.
    const json held = told(pair, {"held", "list"}, 4).at("held");
    REQUIRE(!held.empty());
    told(pair, {"held", "answer", held.at(0).at("id").dump(), "--take", "erp"});
    pair.cycle();
    CHECK(in_shop() == "1 rue des Vignes, 21000 Dijon");
    CHECK(in_erp() == theirs);
    cycle_until_quiet(pair);
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("an answer is refused when a value has moved since it was shown",
          "[guarantee][request]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    disagree(pair);
    pair.cycle(4);
    const std::string id = only_held(pair);
    told(pair, {"held", "answer", id, "--take", "shop"});
    pair.erp().run(set_erp(R"("Payment Terms Code" = '30J')"));
    const json report = pair.cycle(4).report;
    CHECK(report.at("requests").at(0).at("state") == "refused");
    CHECK(report.at("requests")
              .at(0)
              .at("message")
              .get<std::string>()
              .find("erp held COMPTANT then, and holds 30J now") != std::string::npos);
    CHECK(pair.erp().value(terms_in_erp) == "30J");
    CHECK(pair.shop().value(terms_in_shop) == "60J");
    // By what is shown now, at once.
    CHECK(told(pair, {"held", "answer", id, "--value", "45j", "--now"}).at("held") == 0);
    CHECK(pair.erp().value(terms_in_erp) == "45J");
    CHECK(pair.shop().value(terms_in_shop) == "45J");
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("what a decision made lose comes back on both sides, whoever had won",
          "[guarantee][request]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};  // The shop wins for telephones, the ERP for VAT numbers.
    pair.shop().run("UPDATE customer SET phone = '0380', vat_number = 'FR1' WHERE id = 1");
    pair.erp().run(set_erp(R"("Phone No_" = '0381', "VAT Registration No_" = 'FR2')"));
    CHECK(pair.cycle().report.at("conflicts") == 2);
    told(pair, {"undo", last_decision(pair, "phone")});
    told(pair, {"undo", last_decision(pair, "vat_number"), "--now"});
    CHECK(pair.shop().value("SELECT phone FROM customer WHERE id = 1") == "0381");
    CHECK(pair.shop().value("SELECT vat_number FROM customer WHERE id = 1") == "FR1");
    CHECK(
        pair.erp().rows(R"(SELECT "Phone No_", "VAT Registration No_" FROM "CRONUS France$Customer"
                             WHERE "No_" = 'W1')") == std::vector<std::string>{"0381|FR1"});
    cycle_until_quiet(pair);
    CHECK(pair.differences() == nothing);

    // What somebody has changed since then is a question, with both values.
    const std::string undone = last_decision(pair, "phone");
    pair.erp().run(set_erp(R"("Phone No_" = '0382')"));
    told(pair, {"undo", undone, "--now"}, 4);
    const std::string id = only_held(pair);
    const json item = told(pair, {"held", "show", id}, 4).at("item");
    CHECK(item.at("had_lost") == "0380");
    told(pair, {"held", "answer", id, "--take-back", "--now"});
    CHECK(pair.shop().value("SELECT phone FROM customer WHERE id = 1") == "0380");
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("the story of a record is told after it is deleted, by any of its keys",
          "[guarantee][request]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.shop().run("INSERT INTO customer (email, last_name) VALUES ('c@exemple.fr', 'Colin')");
    pair.cycle();
    const std::string id = pair.shop().value("SELECT id FROM customer WHERE last_name = 'Colin'");
    const std::string where = R"( WHERE "E-Mail" = 'c@exemple.fr')";
    pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = " + id);
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Nuits')" + where);
    pair.cycle();
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "Phone No_" = '1')" + where);
    pair.cycle();
    pair.shop().run("DELETE FROM customer WHERE id = " + id);
    cycle_until_quiet(pair);
    const std::string in_erp = "W" + id;
    for (const std::string& key : {id, in_erp}) {
      const json trace = told(pair, {"trace", "customer", key});
      CHECK(trace.at("state") == "deleted");
      std::vector<std::string> events;
      for (const json& event : trace.at("story"))
        events.push_back(event.at("event").get<std::string>());
      CHECK(events == std::vector<std::string>{"born", "delivered", "changed", "decided", "changed",
                                               "deleted"});
      CHECK(trace.at("story").at(0).at("site") == "shop");
      CHECK(trace.at("story").at(1).at("site") == "erp");
      CHECK(trace.at("story").at(1).at("key") == in_erp);
      CHECK(trace.at("story").at(1).at("text") == "delivered at erp as " + in_erp);
      CHECK(trace.at("story").at(3).at("winner") == "Dijon");
      CHECK(trace.at("story").at(3).at("loser") == "Nuits");
      CHECK(trace.at("story").at(4).at("site") == "erp");
      CHECK(trace.at("story").at(4).at("changes").at(0).at("after") == "1");
      CHECK(trace.at("story").at(5).at("time") != "");
    }
    const Ended text = pair.verb({"trace", "customer", in_erp});
    CHECK(text.out.find("city: Dijon, not Nuits of erp (shop wins)") != std::string::npos);
  }
}

TEST_CASE("two customers that are linked are one on both sides", "[guarantee][request]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    // Each is at its own site only: the ERP refuses the shop's, and the shop is paused.
    refuse_city(pair.erp(), "Metz");
    pair.shop().run(
        "INSERT INTO customer (email, last_name, city) VALUES ('c@exemple.fr', 'Colin', 'Metz')");
    pair.cycle(4);
    told(pair, {"pause", "--site", "shop", "--reason", "inventaire"});
    pair.erp().run(R"(INSERT INTO "CRONUS France$Customer" ("No_", "E-Mail", "Name", "Phone No_")
                      VALUES ('K77', 'colin@exemple.fr', 'Colin', '0380'))");
    pair.cycle(4);
    told(pair, {"resume", "--site", "shop"});
    refuse_nothing(pair.erp());
    const std::string id = pair.shop().value("SELECT id FROM customer WHERE last_name = 'Colin'");
    const json report = told(pair, {"link", "customer", id, "K77", "--now"});
    CHECK(report.at("requests").at(0).at("state") == "done");
    CHECK(report.at("set_aside") == 0);
    cycle_until_quiet(pair);
    CHECK(pair.differences() == nothing);
    CHECK(pair.shop().rows("SELECT email, phone, city FROM customer WHERE last_name = 'Colin'") ==
          std::vector<std::string>{"c@exemple.fr||Metz"});  // The shop wins for all three.
    CHECK(pair.erp().rows(R"(SELECT "No_", "E-Mail" FROM "CRONUS France$Customer"
                             WHERE "Name" = 'Colin')") ==
          std::vector<std::string>{"K77|c@exemple.fr"});
    const json trace = told(pair, {"trace", "customer", "K77"});
    CHECK(trace.at("keys") == id + " (shop), K77 (erp)");
    CHECK(trace.at("story").dump().find("0380") != std::string::npos);  // What lost is kept.
  }
}

TEST_CASE("what the ERP refused is tried at once when a person says so", "[guarantee][request]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    refuse_city(pair.erp(), "Metz");
    pair.shop().run("INSERT INTO customer (last_name, city) VALUES ('Colin', 'Metz')");
    for (int n = 0; n < 6; ++n) pair.cycle(4);
    refuse_nothing(pair.erp());
    pair.cycle(4);  // It is not its turn.
    CHECK(told(pair, {"held", "list"}, 4).at("set_aside").at(0).at("id") == "S1");
    CHECK(told(pair, {"held", "retry", "S1", "--now"}).at("set_aside") == 0);
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("who wants a cycle now, beside a running one, has his request noted",
          "[guarantee][request]") {
  Pair pair{pairs_under_test().front()};
  disagree(pair);
  pair.cycle(4);
  const std::string id = only_held(pair);
  HeldCycle cycle{pair};
  cycle.go_past("census");
  const Ended busy = pair.verb({"held", "answer", id, "--take", "shop", "--now"});
  CHECK(busy.exit_code == 6);
  CHECK(busy.err.find("the next cycle carries it out") != std::string::npos);
  cycle.finish();
  pair.try_cycle();
  CHECK(pair.erp().value(terms_in_erp) == "60J");
  CHECK(pair.differences() == nothing);
}

TEST_CASE("who waits for a refused customer is counted with him, and arrives with him",
          "[guarantee][request][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    refuse_city(pair.erp(), "Interdit");
    pair.shop().run(
        "INSERT INTO customer (email, last_name, city) VALUES ('un@x.fr', 'Un', 'Interdit')");
    pair.shop().run(
        "INSERT INTO sales_order (order_no, customer_id) SELECT 'S-7', id FROM customer WHERE "
        "email = 'un@x.fr'");
    pair.cycle(4);
    const json list = told(pair, {"held", "list"}, 4).at("set_aside");
    REQUIRE(list.size() == 1);
    const json& him = list.at(0);
    CHECK(him.at("entity") == "customer");
    CHECK(him.at("tried") == "insert");
    CHECK(him.at("tries") == 1);
    CHECK(him.at("next") == him.at("since").get<int>() + 1);
    CHECK(him.at("waiting") == 1);
    const std::string id = him.at("id");
    CHECK(told(pair, {"held", "show", id}, 4).at("item") == him);
    const std::string shown = pair.verb({"held", "show", id}).out;
    CHECK(shown.find("waiting     1 other that refers to it") != std::string::npos);
    CHECK(shown.find("miroir held retry " + id + " --now") != std::string::npos);

    pair.cycle(4);
    const json again = told(pair, {"held", "list"}, 4).at("set_aside").at(0);
    CHECK(again.at("tries") == 2);
    CHECK(again.at("next") > again.at("since").get<int>() + 2);
    pair.shop().run("UPDATE customer SET city = 'Nantes' WHERE email = 'un@x.fr'");
    cycle_until_quiet(pair);
    CHECK(pair.differences() == nothing);
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Sales Header" WHERE
                              "External Document No_" = 'S-7')") == "1");
  }
}
