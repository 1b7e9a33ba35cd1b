#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/turmoil/demands.hpp"

using namespace miroir::turmoil;

namespace {

// Just enough; each test takes a little away.
Happened enough() {
  Happened happened{.seconds = 60,
                    .acknowledged = {1'200, 1'200},
                    .kills_and_cuts = 12,
                    .kills = {},
                    .minutes = {{.from = 3, .acknowledged = 1'000, .faults = 8, .conflicts = 10}}};
  for (const char* step : steps) happened.kills[std::string{"after the step "} + step] = 1;
  return happened;
}

// What is said to be too little; "": nothing.
std::string missing(const Happened& happened) {
  std::string all;
  for (const Complaint& complaint : demand_enough(happened)) {
    CHECK(complaint.rule == "too little");
    all += (all.empty() ? "" : "; ") + complaint.text;
  }
  return all;
}

nlohmann::json idle() {
  const nlohmann::json none{{"shop", 0}, {"erp", 0}};
  return {{"delivered", none}, {"extracted", none}, {"set_aside", 0}};
}

}  // namespace

TEST_CASE("a run with just enough is enough", "[demands]") { CHECK(missing(enough()) == ""); }

TEST_CASE("a site where people did too little a second", "[demands]") {
  Happened happened = enough();
  happened.acknowledged[1] = 1'199;
  CHECK(missing(happened) ==
        "acknowledged transactions a second of the erp: 20.0, and 20.0 are wanted");
  happened = enough();
  happened.acknowledged[0] = 600;
  CHECK(missing(happened) ==
        "acknowledged transactions a second of the shop: 10.0, and 20.0 are wanted");
}

TEST_CASE("too few kills and cuts for its length", "[demands]") {
  Happened happened = enough();
  happened.kills_and_cuts = 11;
  CHECK(missing(happened) == "kills and cuts: 11.0, and 12.0 are wanted");
}

TEST_CASE("each step that nobody was killed after", "[demands]") {
  for (const char* step : steps) {
    Happened happened = enough();
    happened.kills.erase(std::string{"after the step "} + step);
    CHECK(missing(happened) ==
          std::string{"killed after the step "} + step + ": 0.0, and 1.0 are wanted");
    happened.seconds = 59;  // Of a short run none is wanted.
    CHECK(missing(happened) == "");
  }
}

TEST_CASE("a minute with too little of anything", "[demands]") {
  Happened happened = enough();
  happened.minutes.push_back({.from = 63, .acknowledged = 999, .faults = 8, .conflicts = 10});
  CHECK(missing(happened) ==
        "in the minute from 63 s acknowledged: 999.0, and 1000.0 are wanted");
  happened.minutes.back() = {.from = 63, .acknowledged = 1'000, .faults = 7, .conflicts = 10};
  CHECK(missing(happened) == "in the minute from 63 s faults: 7.0, and 8.0 are wanted");
  happened.minutes.back() = {.from = 63, .acknowledged = 1'000, .faults = 8, .conflicts = 9};
  CHECK(missing(happened) ==
        "in the minute from 63 s conflicts in one field: 9.0, and 10.0 are wanted");
  happened.minutes.back().conflicts.reset();
  CHECK(missing(happened) == "");
}

TEST_CASE("how a cycle may end", "[demands]") {
  for (const int good : {0, 3, 4, 128 + 9}) CHECK(is_excused(good, false));
  for (const int bad : {1, 2, 5, 6, 128 + 11}) CHECK_FALSE(is_excused(bad, false));
  CHECK(is_excused(2, true));  // The disk is full: the state file cannot be used.
  for (const int bad : {1, 5, 6, 128 + 11}) CHECK_FALSE(is_excused(bad, true));
}

TEST_CASE("a cycle that has nothing to do", "[demands]") {
  CHECK(is_at_rest(0, idle()));
  CHECK(is_at_rest(4, idle()));  // Questions may wait.
  CHECK_FALSE(is_at_rest(3, idle()));
  for (const char* what : {"delivered", "extracted"}) {
    for (const char* site : {"shop", "erp"}) {
      nlohmann::json report = idle();
      report[what][site] = 1;
      CHECK_FALSE(is_at_rest(0, report));
    }
  }
  nlohmann::json report = idle();
  report["set_aside"] = 1;
  CHECK_FALSE(is_at_rest(0, report));
}
