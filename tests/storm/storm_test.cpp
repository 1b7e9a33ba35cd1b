// A short run of the storm, and of the storm itself: that it can be replayed, that it shortens what
// fails, and that it notices every defect that can be planted.
#include <fmt/core.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <string_view>
#include <thread>
#include <utility>

#include "tests/storm/bugs.hpp"
#include "tests/storm/draw.hpp"
#include "tests/storm/report.hpp"
#include "tests/storm/seeds.hpp"

namespace miroir::storm {
namespace {

// How far the rarest bug's first victim is, with room for schedules to be drawn otherwise.
constexpr std::uint64_t schedules_per_bug = 5'000;

class Planted {
 public:
  explicit Planted(Bug bug) { planted_bug = bug; }
  ~Planted() { planted_bug = Bug::none; }
};

std::optional<std::uint64_t> first_failure(unsigned threads = std::thread::hardware_concurrency()) {
  return run_seeds({1, schedules_per_bug, threads}).failed;
}

// What the judge tells of the sites at the end: an engine that only breaks off has proved nothing.
constexpr std::string_view judged[] = {"vanished", "once",      "whole",    "counter",
                                       "equal",    "rest",      "reversed", "ladder",
                                       "mixed",    "misplaced", "invented"};

// What went wrong once, and is too rare to be met again by chance.
const std::pair<const char*, const char*> found_by_storms[] = {
    {"a new row is renamed to the key of one that was deleted and typed again",
     R"(storm seed=331420 scoped=0 capitals=0 ahead=3600 chunk=1000 batch=500 cycles=3
5 1 -#1 erp new_customer 0 919
17 1 erp.settle#1 erp rename_customer 7 453
35 2 census#2 erp new_customer 34 539
31 2 plan#1 erp customer_comes_again 26 631
38 3 -#1 shop edit_note 18 835
39 3 -#1 erp rename_customer 34 405
)"},
    {"a new customer's key is a deleted one's, whom an order keeps that waits for the new one",
     R"(storm seed=17086 scoped=0 capitals=0 ahead=0 chunk=1000 batch=500 cycles=2
4 1 -#1 erp new_customer 1 886
5 1 -#1 shop new_customer 4 156
6 1 -#1 erp new_order 0 227
20 1 shop.clock#2 shop reuse_key 5 225
31 2 -#1 erp move_order 5 499
33 2 -#1 shop move_order 19 636
)"},
    {"an order is set aside by one chunk and named again by the next",
     R"(storm seed=167305 scoped=0 capitals=0 ahead=3600 chunk=3 batch=500 cycles=1
2 1 -#1 erp new_item 2 706
5 1 -#1 erp new_customer 0 224
6 1 -#1 erp new_order 0 38
10 1 -#1 erp rename_customer 1 305
11 1 -#1 erp new_order 11 69
18 1 -#1 erp new_order 17 211
19 1 -#1 erp rename_order 18 551
16 1 extract#2 erp rename_customer 2 427
15 1 merge#3 erp rename_customer 3 109
)"},
    {"an order is typed for who got a customer's key after the customers were read",
     R"(storm seed=2439 scoped=0 capitals=0 ahead=0 chunk=1 batch=500 cycles=1
2 1 -#1 shop new_item 1 163
4 1 -#1 shop new_customer 4 257
5 1 -#1 shop new_customer 3 283
15 1 incorporate#3 shop reuse_key 11 115
17 1 shop.acknowledge#3 shop new_order 7 686
)"},
    {"an order is moved away, and to who has the key of its customer by then",
     R"(storm seed=14267 scoped=0 capitals=0 ahead=7 chunk=1000 batch=500 cycles=2
3 1 -#1 shop new_customer 3 592
9 1 -#1 shop new_twins 3 261
15 1 -#1 shop new_order 14 181
13 1 census#3 shop move_order 11 36
17 1 erp.take_census#2 erp move_order 15 592
28 2 -#1 erp reuse_key 28 427
31 2 -#1 erp move_order 11 767
)"},
    {"an order is moved to who has its customer's key, when that key had changed hands unread",
     R"(storm seed=12487 scoped=0 capitals=0 ahead=3600 chunk=1000 batch=500 cycles=2
3 1 -#1 shop new_customer 2 384
4 1 -#1 erp new_customer 1 488
6 1 -#1 erp new_order 0 157
11 1 erp.clock#2 shop rename_order 3 180
15 2 -#1 shop move_order 13 916
16 2 -#1 shop add_points_late 0 422
24 2 -#1 shop reuse_key 3 301
27 2 erp.settle#1 shop move_order 23 369
)"},
    {"an order is moved to who has its customer's key, while it is not mirrored",
     R"(storm seed=15710 scoped=1 capitals=0 ahead=-86400 chunk=1000 batch=500 cycles=3
5 1 -#1 shop new_customer 0 612
18 1 -#1 erp new_customer 5 792
14 1 shop.take_census#1 erp new_order 6 337
21 2 -#1 shop leave 13 169
22 2 census#1 shop move_order 20 295
24 3 -#1 erp move_order 14 603
27 3 -#1 erp reuse_key 9 43
40 3 match#2 erp move_order 10 250
)"},
    {"an order that the other side deletes is moved to who has its customer's key by then",
     R"(storm seed=1592 scoped=0 capitals=0 ahead=0 chunk=1000 batch=500 cycles=3
4 1 -#1 erp new_customer 4 537
5 1 -#1 shop new_customer 0 367
6 1 -#1 shop new_order 4 634
14 2 -#1 shop customer_comes_again 7 384
26 2 census#3 erp delete_customer 24 978
27 3 incorporate#1 shop replace_customer 26 608
)"},
    {"a customer's key is another's at both sides, and he who has it at the ERP gets a new one",
     R"(storm seed=7371 scoped=0 capitals=0 ahead=0 chunk=1000 batch=500 cycles=3
4 1 -#1 shop new_customer 0 324
6 1 -#1 shop new_order 3 22
9 1 extract#3 erp new_twins 2 164
12 1 acknowledge#3 erp replace_customer 3 408
17 2 -#1 shop replace_customer 13 288
26 3 shop.connect#1 erp rename_customer 12 132
)"},
    {"an order is moved to who has its customer's key by then, and is not mirrored himself",
     R"(storm seed=2216 scoped=1 capitals=0 ahead=7 chunk=1000 batch=500 cycles=2
4 1 -#1 erp new_customer 4 823
5 1 -#1 shop new_customer 4 601
6 1 -#1 erp new_order 4 957
25 1 erp.clock#2 erp replace_customer 4 96
41 2 -#1 erp leave 16 712
)"},
    {"an order that is just being deleted is moved to who has its customer's key by then",
     R"(storm seed=2565 scoped=0 capitals=0 ahead=7 chunk=1000 batch=500 cycles=3
5 1 -#1 erp new_customer 0 21
16 1 record#2 erp new_order 2 898
42 3 -#1 erp delete_order 2 953
44 3 -#1 shop new_twins 1 722
39 3 deliver#1 shop replace_customer 2 476
)"},
    {"an order that is not mirrored goes along when its customer's key changes, and he is another "
     "by then",
     R"(storm seed=19201 scoped=1 capitals=0 ahead=7 chunk=1000 batch=500 cycles=3
3 1 -#1 shop new_customer 0 58
5 1 -#1 shop new_customer 2 157
6 1 -#1 shop new_order 0 720
7 1 shop.settle#2 shop leave 6 635
21 2 -#1 shop replace_customer 9 157
23 2 shop.connect#2 erp rename_customer 2 711
)"},
    {"an order is moved to who has its customer's key, while it waits to be read again",
     R"(storm seed=78673 scoped=0 capitals=0 ahead=0 chunk=1000 batch=500 cycles=2
3 1 -#1 shop new_customer 1 354
6 1 -#1 shop new_order 2 45
12 1 -#1 erp new_twins 12 941
14 1 -#1 shop move_order 5 538
13 1 erp.describe_tables#3 erp rename_order 10 910
45 2 incorporate#1 shop crash 44 440
22 2 shop.acknowledge#3 erp reuse_key 10 169
27 2 erp.clock#1 erp move_order 4 625
19 2 erp.settle#1 erp move_order 13 978
)"},
};

// Ten schedules in which everything took effect, just often enough.
Tally complete() {
  Tally tally;
  tally.schedules = 10;
  tally.writes = 300;
  tally.cycles = 50;
  tally.entities = 30;
  tally.faults = 20;
  tally.kinds.fill(1);
  for (const auto call : call_names()) {
    for (const char* when : {"before", "after"})
      tally.faults_by_call[fmt::format("{} {}", when, call)] = 1;
  }
  for (const auto step : step_names())
    tally.faults_by_call[fmt::format("crash before {}", step)] = 1;
  return tally;
}

}  // namespace

TEST_CASE("storms of edits, faults and crashes lose nothing and end equal", "[storm]") {
  Arena arena;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const Schedule schedule = draw_schedule(seed);
    const Verdict verdict = arena.run(schedule);
    INFO("seed " << seed << "\n" << describe(schedule, verdict));
    REQUIRE(verdict.failures.empty());
  }
}

TEST_CASE("what a storm has found once does not happen again", "[storm]") {
  for (const auto& [what, text] : found_by_storms) {
    DYNAMIC_SECTION(what) {
      const Schedule schedule = schedule_from_text(text);
      Arena arena;
      const Verdict verdict = arena.run(schedule);
      INFO(describe(schedule, verdict));
      CHECK(verdict.failures.empty());
      // All of it took effect.
      const auto& kinds = verdict.tally.kinds;
      CHECK(std::accumulate(kinds.begin(), kinds.end(), std::size_t{0}) == schedule.events.size());
    }
  }
}

TEST_CASE("every defect that can be planted is noticed", "[storm]") {
  for (const PlantedBug& bug : planted_bugs()) {
    DYNAMIC_SECTION(bug.name) {
      const Planted planted{bug.bug};
      const auto seed = first_failure();
      REQUIRE(seed);
      const Failure failure = Arena{}.run(draw_schedule(*seed)).failures.at(0);
      INFO("seed " << *seed << ": " << failure.rule << ": " << failure.text);
      CHECK(std::find(std::begin(judged), std::end(judged), failure.rule) != std::end(judged));
    }
  }
}

TEST_CASE("a schedule that is printed and read back is the same", "[storm]") {
  for (const std::uint64_t seed : {7U, 8U, 9U}) {
    const std::string text = to_text(draw_schedule(seed));
    CHECK(to_text(schedule_from_text(text)) == text);
  }
  CHECK_THROWS_WITH(schedule_from_text("17 3 nowhere#1 erp sell 1 1"),
                    "nowhere is no place of a cycle");
  CHECK_THROWS_WITH(schedule_from_text("17 3 -#1 erp sleep 1 1"), "sleep is no kind of event");
}

TEST_CASE("a seed fails alike whatever was run before it", "[storm]") {
  const Planted planted{Bug::two_way_merge};
  const auto seed = first_failure();
  REQUIRE(seed);
  Arena used, fresh;
  for (std::uint64_t before = 1; before <= *seed; ++before) used.run(draw_schedule(before));
  const auto again = fresh.run(draw_schedule(*seed)).failures;
  const auto before = used.run(draw_schedule(*seed)).failures;
  REQUIRE(again.size() == before.size());
  CHECK(again.front().text == before.front().text);
}

TEST_CASE("the first seed that fails is the same, however many threads look for it", "[storm]") {
  const Planted planted{Bug::two_way_merge};  // One that many seeds notice.
  for (std::uint64_t first = 1; first <= 20; ++first) {
    const auto seed = run_seeds({first, schedules_per_bug, 1}).failed;
    REQUIRE(seed);
    CHECK(run_seeds({first, schedules_per_bug, 8}).failed == seed);
  }
}

TEST_CASE("threads that share schedules out leave none out", "[storm]") {
  const Tally together = run_seeds({1, 60, 3}).tally, alone = run_seeds({1, 60, 1}).tally;
  CHECK(together.schedules == 60);
  CHECK(table_of(together) == table_of(alone));
}

TEST_CASE("what never took effect is told, each for itself", "[storm]") {
  CHECK(what_is_missing(complete()).empty());
  for (std::size_t kind = 0; kind < kind_count; ++kind) {
    Tally tally = complete();
    tally.kinds[kind] = 0;
    CHECK(what_is_missing(tally) ==
          fmt::format("{} never took effect\n", name_of(static_cast<Kind>(kind))));
  }
  const auto without = [](const std::string& fault) {
    Tally tally = complete();
    REQUIRE(tally.faults_by_call.erase(fault) == 1);
    return what_is_missing(tally);
  };
  for (const auto call : call_names()) {
    for (const char* when : {"before", "after"})
      CHECK(without(fmt::format("{} {}", when, call)) ==
            fmt::format("nothing went wrong {} {}\n", when, call));
  }
  for (const auto step : step_names())
    CHECK(without(fmt::format("crash before {}", step)) ==
          fmt::format("nothing crashed before {}\n", step));
}

TEST_CASE("too little of anything in a schedule is told, each for itself", "[storm]") {
  const std::pair<std::size_t Tally::*, const char*> averages[] = {{&Tally::writes, "writes"},
                                                                   {&Tally::cycles, "cycles"},
                                                                   {&Tally::entities, "entities"},
                                                                   {&Tally::faults, "faults"}};
  for (const auto& [sum, what] : averages) {
    Tally tally = complete();
    tally.*sum -= 1;
    CHECK(what_is_missing(tally) == fmt::format("too few {} in a schedule\n", what));
  }
  CHECK_FALSE(what_is_missing(Tally{}).empty());
}

TEST_CASE("what fails is shortened until nothing can be left out", "[storm]") {
  const Planted planted{Bug::two_way_merge};
  const auto seed = first_failure();
  REQUIRE(seed);
  Arena arena;
  const Schedule whole = draw_schedule(*seed);
  const Failure failure = arena.run(whole).failures.front();
  const Schedule small = shortest(whole, failure, arena);
  CHECK(small.events.size() < whole.events.size() / 3);
  const auto fails = [&](const Schedule& schedule) {
    const auto failures = arena.run(schedule).failures;
    return !failures.empty() && failures.front().rule == failure.rule;
  };
  CHECK(fails(small));
  for (std::size_t n = 0; n < small.events.size(); ++n) {
    Schedule less = small;
    less.events.erase(less.events.begin() + static_cast<std::ptrdiff_t>(n));
    CHECK_FALSE(fails(less));
  }
}

}  // namespace miroir::storm
