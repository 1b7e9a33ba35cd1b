// The engine on two sites in memory: fields that are decided by the sites' own change times.
#include <catch2/catch.hpp>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

std::string text(const char* t) { return t; }

constexpr std::int64_t second = 1'000'000;

// The three clocks show what they are set to, and stand still.
struct TimedWorld {
  SmallWorld world{
      small_mapping(R"({"entities": {"customer": {"fields": {"city": {"policy": "latest"}}}}})")};
  Key shop, erp;
  std::int64_t now = 1'000 * second;
  std::int64_t erp_ahead = 0;
  std::int64_t round_trip = 0;
  std::int64_t looks = 0;  // Before and after each answer of a site.

  TimedWorld() {
    world.options.one_thread = true;
    world.options.limits.brakes.clock_jump = std::chrono::hours{24};  // They jump at will.
    world.options.now = [this] { return Instant{now + looks++ % 2 * round_trip}; };
    set_clocks();
    shop = world.new_customer(at_shop, "Aubert", "a@x.fr");
    world.seed();
    erp = world.there(at_shop, "customer", shop);
  }
  void set_clocks() {
    world.shop.time = Instant{now};
    world.erp.time = Instant{now + erp_ahead};
  }
  void pass(std::int64_t micros) {
    now += micros;
    set_clocks();
  }
  void shop_says(const char* city) { world.set(at_shop, "customer", shop, "city", text(city)); }
  void erp_says(const char* city) { world.set(at_erp, "customer", erp, "City", text(city)); }
  Outcome cycle() {
    set_clocks();
    return world.cycle();
  }
  std::string city() const {
    const Value here = world.get(at_shop, "customer", shop, "city");
    const Value there = world.get(at_erp, "customer", erp, "City");
    return here == there ? std::get<std::string>(here) : "not agreed";
  }
};

TEST_CASE("who changed a field last wins, and the other stands in the log", "[latest][G1]") {
  const bool shop_first = GENERATE(true, false);
  TimedWorld timed;
  if (shop_first) timed.shop_says("Dijon");
  if (!shop_first) timed.erp_says("Nuits");
  timed.pass(60 * second);
  if (shop_first) timed.erp_says("Nuits");
  if (!shop_first) timed.shop_says("Dijon");
  timed.pass(60 * second);
  CHECK(timed.cycle().conflicts == 1);
  CHECK(timed.city() == (shop_first ? "Nuits" : "Dijon"));
}

TEST_CASE("a clock that is ahead makes nobody later", "[latest]") {
  TimedWorld timed;
  timed.erp_ahead = 3'600 * second;
  timed.set_clocks();
  timed.erp_says("Nuits");
  timed.pass(60 * second);
  timed.shop_says("Dijon");
  const Outcome outcome = timed.cycle();
  CHECK(outcome.clocks[1].value().micros == 3'600 * second);
  CHECK(timed.city() == "Dijon");
}

TEST_CASE("what the clocks cannot tell apart is held", "[latest]") {
  TimedWorld timed;
  timed.round_trip = 2 * second;  // So each clock is known to one second.
  timed.shop_says("Dijon");
  timed.pass(second);
  timed.erp_says("Nuits");
  const Outcome outcome = timed.cycle();
  CHECK(outcome.held == 1);
  CHECK(timed.city() == "not agreed");
  timed.erp_says("Dijon");
  CHECK(timed.cycle().held == 0);
}

TEST_CASE("a change that was taken in while the line was cut keeps its time", "[latest][G1]") {
  const bool shop_first = GENERATE(true, false);
  TimedWorld timed;
  timed.world.erp.faults = [](std::string_view) { return Fault::before; };
  if (!shop_first) timed.erp_says("Nuits");
  timed.pass(60 * second);
  timed.shop_says("Dijon");
  timed.pass(60 * second);
  CHECK(timed.cycle().exit == Exit::unreachable);
  if (shop_first) timed.erp_says("Nuits");
  timed.pass(60 * second);
  timed.world.erp.faults = {};
  timed.cycle();
  CHECK(timed.city() == (shop_first ? "Nuits" : "Dijon"));
}

TEST_CASE("a change whose time nobody knows is held when another stands against it", "[latest]") {
  TimedWorld timed;
  const std::size_t city = timed.world.column(at_erp, "customer", "City");
  Row row = *timed.world.erp.find(timed.world.entity("customer").id, timed.erp);
  row[city] = text("Nuits");
  timed.world.erp.set_untriggered(timed.world.entity("customer").id, timed.erp, row);
  timed.world.store.begin();
  timed.world.store.reread(at_erp, timed.world.entity("customer").id, timed.erp);
  timed.world.store.commit();
  timed.shop_says("Dijon");
  CHECK(timed.cycle().held == 1);
}

TEST_CASE("clocks are read only where something is decided by times", "[latest]") {
  SmallWorld world;
  world.seed();
  std::vector<std::string> calls;
  world.shop.faults = [&](std::string_view call) {
    calls.emplace_back(call);
    return Fault::none;
  };
  CHECK_FALSE(world.cycle().clocks[0]);
  CHECK(std::find(calls.begin(), calls.end(), "clock") == calls.end());
}

}  // namespace
}  // namespace miroir::test
