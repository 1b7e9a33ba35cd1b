// What happens behind miroir's back: verify finds exactly that, whoever writes meanwhile, and
// resync brings it back, by merging or as one site says.
#include <signal.h>

#include <atomic>
#include <set>
#include <thread>

#include "tests/scenarios/guarantee_brakes.hpp"
#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/guarantee_pairs.hpp"
#include "tests/support/site_user.hpp"
#include "tests/support/temporary_sqlite.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

// Noted by the triggers, and forgotten before miroir reads it: what no census can see.
void unseen(SiteDatabase& site, const std::string& script) {
  site.run(script);
  site.administer("DELETE FROM " + journal_of(site) + " WHERE entity = 'customer'");
}
void unseen_in_shop(Pair& pair, const std::string& script) { unseen(pair.shop(), script); }
void unseen_in_erp(Pair& pair, const std::string& script) { unseen(pair.erp(), script); }

json told(const Pair& pair, std::vector<std::string> verb, int exit_code) {
  verb.emplace_back("--json");
  const Ended ended = pair.verb(verb);
  CAPTURE(ended.out, ended.err);
  REQUIRE(ended.exit_code == exit_code);
  return json::parse(ended.out);
}

std::set<std::string> keys_of(const json& report, const std::string& standing) {
  std::set<std::string> keys;
  for (const json& record : report.at("records")) {
    if (record.at("standing") == standing) keys.insert(record.at("key").get<std::string>());
  }
  return keys;
}

// 60 changed in the shop, 40 in the ERP; two new and two deleted in the shop, one each in the ERP.
void drift_apart(Pair& pair) {
  add_customers(pair, 120);
  unseen_in_shop(pair,
                 "UPDATE customer SET city = 'Metz' WHERE id BETWEEN 4 AND 63;"
                 "DELETE FROM customer WHERE id IN (110, 111);"
                 "INSERT INTO customer (last_name, phone) VALUES ('Neuf', 'n1'), ('Neuf', 'n2')");
  std::string numbers;
  for (int n = 64; n < 104; ++n)
    numbers += (numbers.empty() ? "'W" : ", 'W") + std::to_string(n) + "'";
  unseen_in_erp(pair,
                R"(UPDATE "CRONUS France$Customer" SET "Phone No_" = '0380' WHERE "No_" IN ()" +
                    numbers +
                    R"(); DELETE FROM "CRONUS France$Customer" WHERE "No_" = 'W112';
                      INSERT INTO "CRONUS France$Customer" ("No_", "Name", "Phone No_")
                        VALUES ('K1', 'Neuf', 'n3'))");
}

// The decision of a record's story that made this lose.
std::string decision_against(const Pair& pair, const std::string& customer,
                             const std::string& loser) {
  const json trace = told(pair, {"trace", "customer", customer}, 0);
  for (const json& event : trace.at("story")) {
    if (event.at("event") == "decided" && event.at("loser") == loser) return event.at("id").dump();
  }
  FAIL("nothing made " + loser + " lose");
  return {};
}

void check_at_rest(Pair& pair) {
  const json report = told(pair, {"verify"}, 0);
  CHECK(report.at("drifted") == 0);
  CHECK(report.at("missing") == 0);
  CHECK(report.at("in_flight") == 0);
  const json delivered = pair.cycle().report.at("delivered");
  CHECK(delivered == json{{"shop", 0}, {"erp", 0}});
  CHECK(pair.differences() == nothing);
}

}  // namespace

TEST_CASE("what happened behind miroir's back is found exactly, and mended by merging",
          "[guarantee][drift]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    const int records = told(pair, {"verify"}, 0).at("equal").get<int>() + 120;
    drift_apart(pair);
    const std::string before = pair.dump();
    const std::string state = SqliteUser{pair.state_file()}.value("SELECT count(*) FROM request");
    const json report = told(pair, {"verify"}, 4);
    CHECK(report.at("drifted") == 100);
    CHECK(report.at("missing") == 6);
    CHECK(report.at("missing_at") == json{{"shop", 3}, {"erp", 3}});
    CHECK(report.at("in_flight") == 0);
    CHECK(report.at("equal") == records - 103);
    CHECK(report.at("entities").at("customer").at("drifted") == 100);
    std::set<std::string> drifted;
    for (int n = 4; n < 104; ++n) drifted.insert(std::to_string(n));
    CHECK(keys_of(report, "drifted") == drifted);
    CHECK(keys_of(report, "missing") ==
          std::set<std::string>{"110", "111", "112", "124", "125", "K1"});
    for (const json& record : report.at("records")) {
      if (record.at("key") != "4") continue;
      CHECK(record.at("rows").at(0).at("fields") ==
            json{{{"field", "city"}, {"shop", "Metz"}, {"erp", "Nantes"}, {"agreed", "Nantes"}}});
    }

    const json plan = told(pair, {"resync", "--dry-run"}, 0);
    CHECK(plan.at("chosen") == 106);
    CHECK(plan.at("plan").size() == 106);
    CHECK(plan.at("deleted") == json{{"shop", 1}, {"erp", 2}});
    CHECK(changes(before, pair.dump()) == nothing);  // Neither verify nor the rehearsal wrote.
    CHECK(SqliteUser{pair.state_file()}.value("SELECT count(*) FROM request") == state);

    told(pair, {"resync"}, 2);  // It would delete: that is asked about.
    CHECK(changes(before, pair.dump()) == nothing);
    const json mended = told(pair, {"resync", "--yes"}, 0);
    CHECK(mended.at("delivered") == json{{"shop", 42}, {"erp", 64}});
    check_at_rest(pair);
    CHECK(pair.shop().value("SELECT count(*) FROM customer WHERE phone = '0380'") == "40");
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer"
                              WHERE "City" = 'Metz')") == "60");
    CHECK(pair.shop().value("SELECT count(*) FROM customer") == "123");
    CHECK(told(pair, {"resync"}, 0).at("chosen") == 0);
  }
}

TEST_CASE("what a resync overwrote or deleted without a conflict can be undone as well",
          "[guarantee][drift]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    add_customers(pair, 6);
    unseen_in_shop(
        pair, "UPDATE customer SET city = 'Metz' WHERE id = 4; DELETE FROM customer WHERE id = 5");
    // Also of one that both have changed, whose conflict is told once.
    unseen_in_shop(pair, "UPDATE customer SET city = 'Metz' WHERE id = 6");
    unseen_in_erp(pair,
                  R"(UPDATE "CRONUS France$Customer" SET "City" = 'Lille' WHERE "No_" = 'W6')");
    const json mended = told(pair, {"resync", "--yes"}, 0);
    CHECK(mended.at("conflicts") == 3);
    check_at_rest(pair);
    CHECK(pair.erp().value(R"(SELECT "City" FROM "CRONUS France$Customer" WHERE "No_" = 'W4')") ==
          "Metz");
    told(pair, {"undo", decision_against(pair, "4", "Nantes"), "--now"}, 0);
    told(pair, {"undo", decision_against(pair, "5", "kept"), "--now"}, 0);
    for (const char* id : {"4", "5"})
      CHECK(pair.shop().value(
                std::string{"SELECT count(*) FROM customer WHERE city = 'Nantes' AND phone = '"} +
                id + "'") == "1");
    check_at_rest(pair);
  }
}

TEST_CASE("what changed while triggers were off is found, and brought back once that is accepted",
          "[guarantee][drift]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    add_customers(pair, 120);
    const Triggers triggers = triggers_of(pair.shop(), "customer");
    pair.shop().run(triggers.off);
    pair.shop().run("UPDATE customer SET city = 'Metz' WHERE id BETWEEN 4 AND 103");
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    pair.shop().administer(triggers.on);
    const json found = told(pair, {"verify"}, 4);
    CHECK(found.at("drifted") == 100);
    CHECK(keys_of(found, "drifted").size() == 100);

    // The census knows that they were off, and lets nothing pass before somebody has said so.
    const json braked = told(pair, {"resync"}, 5);
    const std::string brake = braked.at("brakes").at(0).at("id");
    CHECK(brake.starts_with("triggers:shop:customer:"));
    const Ended again = pair.verb({"resync", "--later"});
    CHECK(again.out.find("1 request of before, not carried out yet\n") != std::string::npos);
    CHECK(again.out.find("read again and merged") == std::string::npos);
    CHECK(told(pair, {"resync", "--accept", brake}, 0).at("delivered").at("erp") == 100);
    check_at_rest(pair);
    told(pair, {"resync", "--later", "--accept", brake}, 2);
  }
}

TEST_CASE("one site is declared right for the records that are chosen, and undone",
          "[guarantee][drift]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    unseen_in_shop(pair, "UPDATE customer SET city = 'Metz', phone = '1' WHERE id IN (1, 2)");
    const std::string erp_before = pair.erp().dump();
    told(pair,
         {"resync", "--from", "erp", "--entity", "customer", "--where", "city=Metz", "--key", "1"},
         2);  // Something would be overwritten.
    const json plan = told(
        pair, {"resync", "--from", "erp", "--entity", "customer", "--key", "1", "--dry-run"}, 0);
    CHECK(plan.at("overwritten") == json{{"shop", 1}, {"erp", 0}});
    CHECK(plan.at("records").at(0).at("rows").at(0).at("fields").size() == 2);
    CHECK(plan.at("plan").at(0).at("site") == "shop");
    CHECK(pair.shop().value("SELECT city FROM customer WHERE id = 1") == "Metz");

    told(pair, {"resync", "--from", "erp", "--entity", "customer", "--key", "W1", "--yes"}, 0);
    CHECK(pair.shop().value("SELECT city FROM customer WHERE id = 1") == "Beaune");
    CHECK(pair.shop().value("SELECT phone FROM customer WHERE id = 1") == "+33 1 23 45 67 89");
    CHECK(pair.shop().value("SELECT city FROM customer WHERE id = 2") == "Metz");
    CHECK(changes(erp_before, pair.erp().dump()).size() <= 4);  // The mark of the site.
    told(pair, {"undo", decision_against(pair, "1", "Metz"), "--now"}, 0);
    CHECK(pair.shop().value("SELECT city FROM customer WHERE id = 1") == "Metz");
    told(pair, {"resync", "--entity", "customer", "--where", "city=Lyon"}, 0);  // Held by the ERP.
    CHECK(pair.erp().value(R"(SELECT "City" FROM "CRONUS France$Customer" WHERE "No_" = 'W2')") ==
          "Metz");
    check_at_rest(pair);
  }
}

TEST_CASE("what miroir has carried since a time is chosen by it", "[guarantee][drift]") {
  Pair pair{pairs_under_test().front()};
  unseen_in_shop(pair, "UPDATE customer SET city = 'Metz' WHERE id IN (1, 2)");
  CHECK(told(pair, {"resync", "--since", "2999-01-01", "--dry-run"}, 0).at("chosen") == 0);
  CHECK(told(pair, {"resync", "--since", "2026-01-01T00:00", "--dry-run"}, 0).at("chosen") == 2);
  told(pair, {"resync", "--since", "yesterday"}, 2);
  told(pair, {"resync", "--entity", "customer", "--where", "town=Metz"}, 2);
  told(pair, {"resync", "--entity", "order_line"}, 2);
  told(pair, {"verify", "--key", "1"}, 2);
  CHECK(told(pair, {"verify", "--entity", "customer", "--key", "3"}, 0).at("equal") == 1);
  CHECK(told(pair, {"verify", "--sample", "1", "--entity", "product"}, 0).at("equal") == 1);
  told(pair, {"resync", "--later"}, 0);
  CHECK(told(pair, {"status"}, 0).at("pending_requests") == 1);
  told(pair, {"resync", "--later"}, 0);  // What is asked is not asked twice.
  CHECK(told(pair, {"status"}, 0).at("pending_requests") == 1);
  pair.cycle();
  check_at_rest(pair);
}

TEST_CASE("who writes while verify looks has not drifted", "[guarantee][drift]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    add_customers(pair, 40);
    unseen_in_shop(pair, "UPDATE customer SET city = 'Metz' WHERE id = 43");
    std::atomic<bool> stop = false;
    std::atomic<int> written = 0, refused = 0;
    const auto writes = [&](SiteDatabase& site, const char* before, const char* after) {
      return std::thread{[&, user = std::make_shared<SiteUser>(site), before, after] {
        for (int n = 0; !stop; ++n) {
          try {
            user->run(before + std::to_string(n) + after + std::to_string(1 + n % 39) + "'");
            ++written;
          } catch (const std::exception&) {
            ++refused;  // A lock: another try.
          }
          std::this_thread::sleep_for(std::chrono::milliseconds{3});
        }
      }};
    };
    std::thread shop = writes(pair.shop(), "UPDATE customer SET city = 'Ville ", "' WHERE id = '");
    std::thread erp = writes(pair.erp(), R"(UPDATE "CRONUS France$Customer" SET "Phone No_" = ')",
                             R"(' WHERE "No_" = 'W)");
    std::thread cycles{[&] {
      while (!stop) pair.try_cycle();
    }};
    std::vector<json> reports;
    for (int n = 0; n < 12; ++n)
      reports.push_back(json::parse(pair.verb({"verify", "--json"}).out));
    stop = true;
    for (std::thread* one : {&shop, &erp, &cycles}) one->join();
    CHECK(written > 100);
    bool any_in_flight = false;
    for (const json& report : reports) {
      CAPTURE(report.dump());
      CHECK(report.at("missing") == 0);
      CHECK(report.at("drifted") == 1);
      CHECK(keys_of(report, "drifted") == std::set<std::string>{"43"});
      any_in_flight = any_in_flight || report.at("in_flight") > 0;
    }
    CHECK(any_in_flight);
  }
}

TEST_CASE("what was counted at both sides is no drift", "[guarantee][drift]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.shop().run(sell_in_shop(2));
    pair.erp().run(sell_in_erp(3));
    cycle_until_quiet(pair);
    CHECK(pair.verb({"verify"}).exit_code == 0);
  }
}

TEST_CASE("a resync that is killed goes on where it is run again", "[guarantee][drift]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    drift_apart(pair);
    int killed = 0;
    // Ever later: the first before it has begun, whatever the machine.
    for (int n = 0; n < 10; ++n) {
      Running resync{pair.program({"resync", "--yes", "--json"})};
      std::this_thread::sleep_for(std::chrono::milliseconds{5 + 3 * n * n});
      resync.send(SIGKILL);
      if (resync.wait().exit_code == 128 + SIGKILL) ++killed;
    }
    CHECK(killed > 0);
    told(pair, {"resync", "--yes"}, 0);
    cycle_until_quiet(pair);
    check_at_rest(pair);
    CHECK(pair.shop().value("SELECT count(*) FROM customer") == "123");
  }
}
