// What the store and the sites keep does not grow for ever, and what is still needed stays.
#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/mirror/restored_world.hpp"
#include "tests/support/failing_vfs.hpp"

namespace miroir::test {
namespace {

constexpr std::int64_t day = 86'400 * second;
using Counts = std::map<std::string, std::int64_t>;

// Hundreds of days would wait for the real disk thousands of times.
struct FastDisk {
  FailingVfs disk;
};

// A world in which each cycle is another day.
class Years : private FastDisk, public RestoredWorld {
 public:
  Years() {
    world.options.limits.retention = {std::chrono::days{30}, std::chrono::days{30},
                                      std::chrono::days{30}};
  }

  Outcome next_day(std::int64_t days = 1) {
    now.micros += days * day;
    return night();
  }
  Outcome night() {
    world.options.started = to_string(now);
    const Outcome outcome = cycle();
    store->log_cycle({outcome.cycle, world.options.started, 1, "done", "{}"});
    return outcome;
  }

  // A conflict, a counter, a birth, an order with a line, and the customer and order of a week ago
  // are deleted.
  void live() {
    const std::string n = std::to_string(++days_);
    set(at_shop, customers[0], "city", "A" + n);
    set(at_erp, erp_key(0), "City", "B" + n);
    set(at_shop, customers[2], "points", std::int64_t{1'000 + days_});
    const Key born = world.new_customer(at_shop, "Born", n + "@y.fr");
    const Key placed = world.new_order(at_shop, born, {"Chablis"});
    come_.emplace_back(born, placed);
    if (come_.size() > 7) {
      world.shop.erase(world.entity("order").id, come_.front().second);
      world.shop.erase(world.entity("customer").id, come_.front().first);
      come_.erase(come_.begin());
    }
    store->pause({at_erp, n, to_string(now), "anne"});
    store->resume(at_erp, {"anne", to_string(now)});
    next_day();
  }
  void live_for(int days) {
    for (int n = 0; n < days; ++n) live();
  }

  Counts counts() const {
    SQLite::Database file{(folder / "state.db").string(), SQLite::OPEN_READONLY};
    Counts counts;
    for (const char* table : {"history", "conflict", "cycle", "request", "record", "match_value",
                              "reference", "removal", "held", "reread", "turn", "missed", "batch",
                              "unacknowledged", "former_record", "act"})
      counts[table] = file.execAndGet("SELECT count(*) FROM " + std::string{table}).getInt64();
    counts["shop's markers"] = static_cast<std::int64_t>(world.shop.markers());
    counts["erp's markers"] = static_cast<std::int64_t>(world.erp.markers());
    counts["shop's journal"] = static_cast<std::int64_t>(world.shop.journal().size());
    counts["erp's journal"] = static_cast<std::int64_t>(world.erp.journal().size());
    return counts;
  }

 private:
  int days_ = 0;
  std::vector<std::pair<Key, Key>> come_;
};

}  // namespace

TEST_CASE("what the store and the sites keep stops growing", "[engine][store][retention]") {
  Years years;
  years.live_for(60);
  const Counts before = years.counts();
  years.live_for(120);
  const Counts after = years.counts();
  for (const auto& [what, count] : after) {
    INFO(what);
    CHECK(count <= before.at(what) + 2);
  }
  CHECK(before.at("history") > 100);
  CHECK(before.at("conflict") > 25);
  CHECK(before.at("conflict") < 40);
  CHECK(before.at("cycle") < 40);
  CHECK(before.at("act") > 50);
  CHECK(before.at("act") < 80);
  years.quiet();
  years.must_be_equal();
}

TEST_CASE("what waits for a person is kept, with all that it is shown with",
          "[engine][store][retention]") {
  Years years;
  RestoredWorld& r = years;
  r.set(at_shop, r.customers[3], "note", text("shop's"));
  r.set(at_erp, r.erp_key(3), "Note", text("erp's"));
  r.set(at_shop, r.customers[3], "city", text("Metz"));
  r.set(at_erp, r.erp_key(3), "City", text("Nancy"));
  years.next_day();
  const std::string since = r.world.options.started;
  REQUIRE(r.store->count_held() == 1);
  const RecordId record = r.store->held()[0].record;
  const std::size_t told = r.store->history_of(record).size();
  REQUIRE(told > 1);
  REQUIRE(r.store->conflicts_of(record).size() == 1);
  years.live_for(90);
  REQUIRE(r.store->count_held() == 1);
  CHECK(r.store->history_of(record).size() == told);
  REQUIRE(r.store->conflicts_of(record).size() == 1);
  CHECK(r.store->conflicts_of(record)[0].time == since);
  // Why somebody ignores it as well, for as long as it is open.
  const std::int64_t id = r.store->held()[0].id;
  REQUIRE(r.store->ignore({{.id = 0,
                            .made = since,
                            .by = "anne",
                            .reason = "as agreed",
                            .record = record,
                            .what = Ignoring{true, {{id, r.store->held()[0].candidates, 0}}, {}}}}));
  years.live_for(90);
  REQUIRE(r.store->held().at(0).ignored);
  CHECK(r.store->held()[0].ignored->reason == "as agreed");
  CHECK(r.store->requests_of(record).size() == 1);
  // Answered, it is history like any other.
  r.set(at_erp, r.erp_key(3), "Note", text("shop's"));
  years.live_for(40);
  CHECK(r.store->count_held() == 0);
  CHECK(r.store->conflicts_of(record).empty());
  CHECK(r.store->requests_of(record).empty());
}

TEST_CASE("a deletion that has not reached a site is not forgotten", "[engine][store][retention]") {
  Years years;
  years.live_for(3);
  const Key customer = years.customers[4];
  const Key there = years.erp_key(4);
  years.world.erp.faults = [](std::string_view call) {
    return call == "connect" ? Fault::before : Fault::none;
  };
  years.world.shop.erase(years.world.entity("customer").id, customer);
  for (int n = 0; n < 90; ++n) years.next_day();
  years.world.erp.faults = nullptr;
  years.next_day();
  CHECK(years.world.erp.find(years.world.entity("customer").id, there) == nullptr);
  years.quiet();
  years.must_be_equal();
}

TEST_CASE("a clock that is years ahead costs little of the history", "[engine][store][retention]") {
  Years years;
  years.world.options.limits.retention = {};
  years.live_for(60);
  const Counts before = years.counts();
  REQUIRE(before.at("history") > 400);
  years.next_day(3'650);
  for (int n = 0; n < 20; ++n) years.night();  // In the same day.
  const Counts after = years.counts();
  CHECK(after.at("history") >= before.at("history") - 100);
  CHECK(after.at("history") < before.at("history"));
  CHECK(after.at("record") >= before.at("record") - 200);
}

TEST_CASE("nothing is forgotten in a cycle that a brake holds", "[engine][store][retention]") {
  Years years;
  years.live_for(40);
  const Counts before = years.counts();
  years.now.micros += 3'650 * day;  // This machine's clock alone.
  years.world.options.started = to_string(years.now);
  const Outcome outcome = run_cycle({&years.world.shop, &years.world.erp}, *years.store,
                                    years.mapping, years.world.options);
  CHECK(outcome.exit == Exit::brake);
  CHECK(years.counts().at("history") == before.at("history"));
}

}  // namespace miroir::test
