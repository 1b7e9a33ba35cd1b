// When a record came to a site, and under which number; and when the values of a question came.
#include <string_view>

#include "mirror/state/events.hpp"
#include "tests/mirror/request_world.hpp"

namespace miroir::test {
namespace {

struct Arrived {
  std::string event;
  std::int64_t cycle = 0;
  std::optional<SiteId> site;
  Key key;
  friend bool operator==(const Arrived&, const Arrived&) = default;
};

// Of a root, in order; its parts have none.
std::vector<Arrived> arrivals(const SmallWorld& world, RecordId root) {
  std::vector<Arrived> all;
  for (const RecordState& state : world.store.aggregate(root)) {
    for (const LoggedHistory& one : world.store.history_of(state.id)) {
      if (!has_key(one.line.event)) continue;
      CHECK(state.id == root);
      CHECK(one.line.changes.empty());
      all.push_back({one.line.event, one.cycle.raw(), one.line.site, one.line.key});
    }
  }
  return all;
}

RecordId record_of(const SmallWorld& world, const std::string& entity, const Key& at_the_shop) {
  return world.store.find(at_shop, world.entity(entity).id, at_the_shop).value();
}

}  // namespace

TEST_CASE("an order's history says when it came to the other site, and under which number",
          "[engine][arrival]") {
  SmallWorld world;
  world.seed();
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key order = world.new_order(at_shop, customer, {"Chablis", "Pommard"});
  const Outcome sent = world.cycle();
  const Key there = world.there(at_shop, "order", order);
  const std::vector<Arrived> once{{"delivered", sent.cycle.raw(), at_erp, there}};
  CHECK(arrivals(world, record_of(world, "order", order)) == once);
  // What is written to it afterwards costs no line.
  world.new_line(at_shop, order, 3, "Rully");
  world.set(at_shop, "customer", customer, "city", text("Dijon"));
  world.cycles_until_quiet();
  CHECK(arrivals(world, record_of(world, "order", order)) == once);
  CHECK(arrivals(world, record_of(world, "customer", customer)).size() == 1);
}

TEST_CASE("what was delivered before a crash has the time of the cycle that sent it",
          "[engine][arrival]") {
  RequestWorld world;
  const Key late = world.new_customer(at_shop, "Bichot", "b@x.fr");
  world.options.at_step = [](const char* step) {
    if (std::string_view{step} == "record") throw RequestWorld::Killed{};
  };
  CHECK_THROWS_AS(world.cycle(), RequestWorld::Killed);
  world.options.at_step = [](const char*) {};
  const std::int64_t sent = world.store.last_cycle().raw();
  world.cycles_until_quiet();
  CHECK(arrivals(world, record_of(world, "customer", late)) ==
        std::vector<Arrived>{{"delivered", sent, at_erp, world.there(at_shop, "customer", late)}});
}

TEST_CASE("another number, and a row that was there already, stand in the history",
          "[engine][arrival]") {
  SmallWorld world;
  world.seed();
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.cycles_until_quiet();
  const RecordId record = record_of(world, "customer", customer);
  world.set(at_erp, "customer", world.there(at_shop, "customer", customer), "No_", text("C900"));
  const Outcome renamed = world.cycle();
  const auto told = arrivals(world, record);
  REQUIRE(told.size() == 2);
  CHECK(told[1] == Arrived{"renumbered", renamed.cycle.raw(), at_erp, {text("C900")}});

  bool refused = true;
  world.erp.faults = [&](std::string_view call) {
    return refused && call == "deliver" ? Fault::before : Fault::none;
  };
  const Key twin = world.new_customer(at_shop, "Bichot", "b@x.fr");
  world.cycle();
  const Key typed = world.new_customer(at_erp, "Bichot", "b@x.fr");
  refused = false;
  const Outcome met = world.cycle();
  CHECK(world.there(at_shop, "customer", twin) == typed);
  CHECK(arrivals(world, record_of(world, "customer", twin)) ==
        std::vector<Arrived>{{"recognised", met.cycle.raw(), at_erp, typed}});
}

// A person is asked whether a record stays, by what he was shown of it: that it came to a site is
// no change of it.
TEST_CASE("that a record came to a site is no change of it", "[engine][arrival][request]") {
  SmallWorld world;
  world.seed();
  bool away = true;
  world.erp.faults = [&](std::string_view call) {
    return away && call == "deliver" ? Fault::before : Fault::none;
  };
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Outcome before = world.cycle();
  const RecordId record = record_of(world, "customer", customer);
  const std::int64_t change = world.store.last_change(record);
  CHECK(change > 0);
  away = false;
  world.cycle();
  CHECK(arrivals(world, record).size() == 1);
  CHECK(world.store.last_change(record) == change);
  CHECK_FALSE(world.store.changed_after(record, before.cycle));
}

TEST_CASE("a question knows in which cycle each site's value came in", "[engine][arrival]") {
  RequestWorld world;
  world.disagree();
  const CycleNumber asked = world.cycle().cycle;
  CHECK(world.store.held().at(0).came == PerSite<std::optional<CycleNumber>>{asked, asked});
  world.write_note(at_erp, "third");
  const CycleNumber moved = world.cycle().cycle;
  CHECK(world.store.held().at(0).came == PerSite<std::optional<CycleNumber>>{asked, moved});
  world.set(at_shop, "customer", world.customer, "city", text("Dijon"));  // Another field.
  world.cycles_until_quiet();
  CHECK(world.store.held().at(0).came == PerSite<std::optional<CycleNumber>>{asked, moved});
  CHECK(world.store.held().at(0).changed == PerSite<std::optional<Instant>>{});
}

TEST_CASE("where the journal's times are read, a question has those of its values",
          "[engine][arrival][latest]") {
  constexpr std::int64_t second = 1'000'000;
  SmallWorld world{
      small_mapping(R"({"entities": {"customer": {"fields": {"city": {"policy": "latest"}}}}})")};
  world.options.one_thread = true;
  world.options.now = [] { return Instant{1'000 * second}; };
  world.shop.time = Instant{1'000 * second};
  world.erp.time = Instant{1'300 * second};  // Five minutes ahead.
  world.options.limits.brakes.clock_jump = std::chrono::hours{24};
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  const Key there = world.there(at_shop, "customer", customer);
  world.set(at_shop, "customer", customer, "note", text("shop's"));
  world.set(at_erp, "customer", there, "Note", text("erp's"));
  CHECK(world.cycle().held == 1);
  const auto changed = world.store.held().at(0).changed;
  CHECK(changed ==
        PerSite<std::optional<Instant>>{Instant{1'000 * second}, Instant{1'000 * second}});
}

}  // namespace miroir::test
