// Cycles as bars: where each belongs, how tall it is, and which are seen to have failed.
#include "mirror/status/cycle_chart.hpp"

#include <catch2/catch.hpp>

using namespace miroir;
using nlohmann::json;

namespace {

const PerSite<std::string> sites{"shop", "erp"};
const Instant now = *parse_instant("2026-03-10T10:07:00Z");

LoggedCycle cycle(std::int64_t number, const std::string& started, const std::string& outcome,
                  std::size_t shop, std::size_t erp, double seconds = 1) {
  const json summary{{"delivered", {{"shop", shop}, {"erp", erp}}}};
  return {CycleNumber{number}, started, seconds, outcome, summary.dump()};
}

}  // namespace

TEST_CASE("each of the last cycles is a bar, the oldest first", "[status][chart]") {
  const auto bars = bars_of({cycle(3, "2026-03-10T10:00:00Z", "waiting", 1, 20, 2.5),
                             cycle(2, "2026-03-10T09:45:00Z", "unreachable", 0, 0),
                             cycle(1, "2026-03-01T09:30:00Z", "done", 5, 0)},
                            ChartSpan::last, sites, now);
  REQUIRE(bars.size() == 3);
  CHECK(bars[0].written == PerSite<std::size_t>{5, 0});
  CHECK(bars[2].written == PerSite<std::size_t>{1, 20});
  CHECK(bars[2].seconds == 2.5);
  CHECK(bars[0].failed + bars[2].failed == 0);
  CHECK(bars[1].failed == 1);
}

TEST_CASE("no more bars than there is room for, however many cycles there were", "[status][chart]") {
  std::vector<LoggedCycle> many;
  for (std::int64_t n = 200; n > 0; --n)
    many.push_back(cycle(n, "2026-03-10T10:00:00Z", "done", 1, 1));
  CHECK(bars_of(many, ChartSpan::last, sites, now).size() == chart_cycles);
  const auto day = bars_of(many, ChartSpan::day, sites, now);
  CHECK(day.size() == 96);
  CHECK(day.back().cycles == 200);
  CHECK(day.back().written == PerSite<std::size_t>{200, 200});
}

TEST_CASE("in a day each quarter of an hour has its bar, and nothing older has", "[status][chart]") {
  const auto bars = bars_of({cycle(5, "2026-03-10T10:06:00Z", "done", 1, 0, 3),
                             cycle(4, "2026-03-10T10:00:00Z", "internal", 2, 0, 4),
                             cycle(3, "2026-03-10T09:59:59Z", "done", 4, 0),
                             cycle(2, "2026-03-09T10:15:00Z", "done", 8, 0),
                             cycle(1, "2026-03-09T10:14:59Z", "done", 16, 0)},
                            ChartSpan::day, sites, now);
  REQUIRE(bars.size() == 96);
  CHECK(bars.back().cycles == 2);
  CHECK(bars.back().failed == 1);
  CHECK(bars.back().written[0] == 3);
  CHECK(bars.back().seconds == 4);
  CHECK(bars[94].written[0] == 4);
  CHECK(bars.front().written[0] == 8);
  CHECK(to_string(bars.front().from).starts_with("2026-03-09T10:15:00"));
}

TEST_CASE("the tallest bar fills its half, a small one is seen, none is where nothing was written",
          "[status][chart]") {
  const Speech speech{"en", {}};
  const auto bars = bars_of({cycle(3, "2026-03-10T10:00:00Z", "brake", 0, 10'000, 8),
                             cycle(2, "2026-03-10T09:45:00Z", "done", 1, 0, 4)},
                            ChartSpan::last, sites, now);
  const json chart = chart_values(bars, ChartSpan::last, sites, speech, now);
  const json &small = chart["bars"][0], &tall = chart["bars"][1];
  CHECK(tall["down"] == "49.0");
  CHECK(tall["up"] == "0.0");
  CHECK(small["up"] == "2.0");
  CHECK(small["up_y"] == "48.0");
  CHECK(tall["took"] == "39.0");
  CHECK(small["took"] == "19.5");
  CHECK(tall["failed"] == true);
  CHECK(small["failed"] == false);
  CHECK(chart["width"] == "20.0");
  CHECK(chart["description"].get<std::string>().find("2 passes") == 0);
  CHECK(chart["lines"][0]["second"] == 10'000);
  CHECK(chart["failed"] == "passes that failed, were stopped or cut: 1");
}

TEST_CASE("where there was no cycle there is nothing to draw", "[status][chart]") {
  const Speech speech{"fr", {}};
  CHECK(chart_values(bars_of({}, ChartSpan::last, sites, now), ChartSpan::last, sites, speech, now)
            .is_null());
  CHECK(chart_values(bars_of({}, ChartSpan::week, sites, now), ChartSpan::week, sites, speech, now)
            .is_null());
  // What no miroir wrote is no reason to show nothing.
  const LoggedCycle odd{CycleNumber{1}, "2026-03-10T10:00:00Z", 0, "done", "no json"};
  CHECK_FALSE(
      chart_values(bars_of({odd}, ChartSpan::day, sites, now), ChartSpan::day, sites, speech, now)
          .is_null());
}
