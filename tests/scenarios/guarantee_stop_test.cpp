// Somebody wants a cycle to end (SIGTERM of a service manager, SIGINT of a terminal): it does so at
// its next good moment, says so, and the next one goes on.
#include <signal.h>

#include <algorithm>
#include <thread>

#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/guarantee_pairs.hpp"
#include "tests/scenarios/silent_port.hpp"
#include "tests/support/held_cycle.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

// More than one chunk, and more than one batch.
void change_many(Pair& pair) {
  std::string script;
  for (int n = 0; n < 120; ++n)
    script += "INSERT INTO customer (last_name, phone, city) VALUES ('Client', '" +
              std::to_string(n) + "', 'Nantes');";
  pair.shop().run(script);
}

// What a cycle that was held after this step still does when it is to end.
std::vector<std::string> steps_after(HeldCycle& cycle, const std::string& step, int signal) {
  cycle.go_past(step);
  const std::size_t so_far = cycle.steps().size();
  ::kill(cycle.pid(), signal);
  while (cycle.next()) {
  }
  return {cycle.steps().begin() + static_cast<std::ptrdiff_t>(so_far), cycle.steps().end()};
}

}  // namespace

TEST_CASE("a cycle that is to end finishes its chunk and begins no other", "[guarantee][stop]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    for (const int signal : {SIGTERM, SIGINT}) {
      CAPTURE(name_of(kind), signal);
      Pair pair{kind};
      change_many(pair);
      HeldCycle cycle{pair};
      // The chunk is in the heads already, and its journal is told so; nothing is delivered.
      const auto steps = steps_after(cycle, "incorporate", signal);
      CHECK(steps == std::vector<std::string>{"acknowledge", "plan"});
      const Ended ended = cycle.finish();
      CAPTURE(ended.out);
      REQUIRE(ended.exit_code == 3);
      const json report = json::parse(ended.out);
      CHECK(report.at("cut_short") == "signal");
      CHECK(report.at("delivered").at("erp") == 0);
      CHECK(report.at("behind").at("erp") > 0);
      CHECK(json::parse(pair.verb({"status", "--json"}).out).at("last_cycle").at("outcome") ==
            "unreachable");
      cycle_until_quiet(pair);
      CHECK(pair.differences() == nothing);
    }
  }
}

TEST_CASE("a cycle that is to end waits for the batch that is under way", "[guarantee][stop]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    change_many(pair);
    HeldCycle cycle{pair};
    const auto steps = steps_after(cycle, "deliver", SIGTERM);
    CHECK(std::count(steps.begin(), steps.end(), "deliver") == 0);
    CHECK(std::count(steps.begin(), steps.end(), "record") == 1);
    const Ended ended = cycle.finish();
    REQUIRE(ended.exit_code == 3);
    CHECK(json::parse(ended.out).at("delivered").at("erp") > 0);
    cycle_until_quiet(pair);
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("a cycle whose site says nothing ends within five seconds when it is to",
          "[guarantee][stop]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    if (pair.erp().dialect() == "sqlite" && pair.shop().dialect() == "sqlite") continue;
    SilentPort port;
    pair.redirect(pair.erp().dialect() == "sqlite" ? "shop" : "erp", port.port());
    Running cycle{pair.program({"cycle", "--json"})};
    std::this_thread::sleep_for(std::chrono::milliseconds{1'000});
    cycle.send(SIGTERM);
    const Ended ended = cycle.wait();
    CAPTURE(ended.out, ended.err);
    CHECK(ended.seconds < 6);
    REQUIRE(ended.exit_code == 3);
    CHECK(json::parse(ended.out).at("cut_short") == "signal");
  }
}

TEST_CASE("who asks twice does not wait", "[guarantee][stop]") {
  // A service manager first, then somebody at a terminal: the second need not be of the same kind.
  for (const int second : {SIGTERM, SIGINT}) {
    CAPTURE(second);
    Pair pair{pairs_under_test().front()};
    change_many(pair);
    HeldCycle cycle{pair};
    cycle.go_past("census");
    ::kill(cycle.pid(), SIGTERM);
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    ::kill(cycle.pid(), second);
    CHECK(cycle.finish().exit_code == 128 + second);
    cycle_until_quiet(pair);
    CHECK(pair.differences() == nothing);
  }
}
