// Writes that a site does not finish within its statements' limit.
#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "mirror/late.hpp"
#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

std::string text(const char* t) { return t; }

LateError too_late() {
  return {{"canceling statement due to statement timeout", "57014", Recovery::retry},
          std::chrono::seconds{30}};
}

// How often the ERP's own trigger did not end in time for these.
struct Slow {
  template <class Error = LateError>
  Slow(SmallWorld& world, const std::function<bool(const Value&)>& is_slow,
       const Error& error = too_late()) {
    world.options.limits.retry_pause = std::chrono::milliseconds{1};
    world.erp.before_write = [this, &world, is_slow, error,
                              name = world.column(at_erp, "customer", "Name")](EntityId entity,
                                                                               Row& row) {
      if (entity != world.entity("customer").id || !is_slow(row[name])) return;
      ++times;
      throw Error{error};
    };
  }
  int times = 0;
};
bool is_nobody(const Value& name) { return name == Value{text("Nobody")}; }

void new_customers(SmallWorld& world, const char* name, int count) {
  for (int n = 0; n < count; ++n)
    world.new_customer(at_shop, name, name + std::to_string(n) + "@x.fr");
}

TEST_CASE("a record that alone takes longer than a statement may is set aside, the others arrive",
          "[engine][G5]") {
  SmallWorld world;
  world.seed();
  Slow slow{world, is_nobody};
  new_customers(world, "Aubert", 150);
  new_customers(world, "Nobody", 1);
  new_customers(world, "Bichot", 150);
  const Outcome outcome = world.cycle();
  CHECK(outcome.exit == Exit::waiting);
  CHECK(outcome.set_aside == 1);
  CHECK(outcome.delivered[1] == 300);
  CHECK(slow.times <= 5);  // Each takes as long as a statement may.
  REQUIRE(world.store.set_aside().size() == 1);
  const std::string reason = world.store.set_aside()[0].reason;
  CHECK_THAT(reason, Catch::Contains("did not finish it within 30 s (limits.statement_seconds)"));
  CHECK_THAT(reason, Catch::Contains("canceling statement"));
  // Tried again after 1, 2, 4 ... cycles, with others and without them, and soon alone.
  slow.times = 0;
  for (int n = 0; n < 10; ++n) {
    if (n % 2 == 0) new_customers(world, ("C" + std::to_string(n)).c_str(), 20);
    CHECK(world.cycle().exit == Exit::waiting);
  }
  CHECK(world.rows(at_erp, "customer").size() == 400);
  CHECK(world.store.set_aside()[0].tries > 3);
  CHECK(slow.times <= 3 * 4);
  world.erp.before_write = nullptr;
  for (int n = 0; n < 16 && !world.store.set_aside().empty(); ++n) world.cycle();
  world.cycles_until_quiet();
  CHECK(world.rows(at_erp, "customer").size() == 401);
}

TEST_CASE("a record that is slow is set aside also where nothing else is to be written",
          "[engine][G5]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  Slow slow{world, is_nobody};
  world.set(at_shop, "customer", customer, "name", text("Nobody"));
  CHECK(world.cycle().exit == Exit::waiting);
  CHECK(slow.times == 2);
  CHECK(world.store.set_aside().size() == 1);
  // As soon as it changes it is tried.
  world.set(at_shop, "customer", customer, "name", text("Bichot"));
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.store.set_aside().empty());
  CHECK(world.differences().empty());
}

TEST_CASE("what somebody has cancelled once, or a lock has kept, is not set aside",
          "[engine][G5]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  world.set(at_shop, "customer", customer, "name", text("Nobody"));
  SECTION("cancelled") {
    bool once = true;
    const Slow slow{world, [&](const Value&) { return std::exchange(once, false); }};
    CHECK(world.cycle().exit == Exit::done);
    CHECK(world.differences().empty());
  }
  SECTION("locked") {
    const Slow slow{world, is_nobody, DbError{"lock timeout", "55P03", Recovery::retry}};
    for (int n = 0; n < 3; ++n) world.cycle();
    CHECK(world.store.set_aside().empty());
    world.erp.before_write = nullptr;
    world.cycles_until_quiet();
    CHECK(world.differences().empty());
  }
  SECTION("locked, then cancelled") {
    int times = 0;
    world.options.limits.retry_pause = std::chrono::milliseconds{1};
    world.erp.before_write = [&](EntityId, Row&) {
      if (++times == 1) throw DbError{"lock timeout", "55P03", Recovery::retry};
      if (times == 2) throw too_late();
    };
    world.cycle();
    CHECK(world.store.set_aside().empty());
    world.cycles_until_quiet();
    CHECK(world.differences().empty());
  }
}

TEST_CASE("a site that finishes nothing in time is given up soon, and nothing is set aside",
          "[engine][G5]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key order = world.new_order(at_shop, customer, {"Chablis"});
  world.seed();
  Slow slow{world, [](const Value&) { return true; }};
  world.erp.before_write = [&](EntityId, Row&) {
    ++slow.times;
    throw too_late();
  };
  new_customers(world, "Nobody", 300);
  world.set(at_shop, "order", order, "state", text("released"));
  const Outcome outcome = world.cycle();
  CHECK(outcome.exit == Exit::unreachable);
  CHECK(outcome.set_aside == 0);
  REQUIRE(outcome.troubles.size() == 1);
  CHECK_THAT(outcome.troubles[0].message, Catch::Contains("limits.statement_seconds"));
  CHECK(slow.times < 15);
  world.erp.before_write = nullptr;
  world.cycles_until_quiet();
  CHECK(world.differences().empty());
}

TEST_CASE("what is known to be slow is tried two at a time, however small the batches",
          "[engine][G5]") {
  SmallWorld world;
  world.seed();
  world.options.limits.batch_aggregates = 1;
  Slow slow{world, is_nobody};
  for (int n = 0; n < 4; ++n) {
    new_customers(world, "Nobody", 1);
    new_customers(world, ("A" + std::to_string(n)).c_str(), 1);
  }
  CHECK(world.cycle().set_aside == 4);
  for (int n = 0; n < 6; ++n) {
    slow.times = 0;
    new_customers(world, ("B" + std::to_string(n)).c_str(), 1);
    CHECK(world.cycle().delivered[1] == 1);
    CHECK(slow.times <= 4);
  }
  CHECK(world.store.set_aside().size() == 4);
}

TEST_CASE("slow records of two kinds keep a third kind from nothing", "[engine][G5]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key order = world.new_order(at_shop, customer, {"Chablis"});
  world.seed();
  world.options.limits.retry_pause = std::chrono::milliseconds{1};
  int times = 0;
  world.erp.before_write = [&](EntityId entity, Row&) {
    if (entity == world.entity("order").id) return;
    ++times;
    throw too_late();
  };
  for (const char* sku : {"A", "B", "C", "D"}) {
    world.shop.insert(world.entity("item").id,
                      world.row(at_shop, "item", {{"sku", text(sku)}, {"stock", std::int64_t{1}}}));
  }
  new_customers(world, "Nobody", 30);
  world.set(at_shop, "order", order, "state", text("released"));
  const Outcome outcome = world.cycle();
  CHECK(outcome.exit == Exit::waiting);
  CHECK(outcome.set_aside == 4);
  CHECK(outcome.delivered[1] == 1);
  CHECK(times < 15);
}

TEST_CASE("many slow records keep nothing else from arriving, and are set aside a few at a time",
          "[engine][G5]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key order = world.new_order(at_shop, customer, {"Chablis"});
  world.seed();
  Slow slow{world, is_nobody};
  new_customers(world, "Nobody", 8);
  world.set(at_shop, "order", order, "state", text("released"));
  const Outcome outcome = world.cycle();
  CHECK(outcome.exit == Exit::waiting);
  CHECK(outcome.set_aside == 3);
  CHECK(slow.times < 10);
  CHECK(world.get(at_erp, "order", world.there(at_shop, "order", order), "State") ==
        Value{text("released")});
  for (int n = 0; n < 6; ++n) {
    slow.times = 0;
    new_customers(world, ("C" + std::to_string(n)).c_str(), 5);
    world.cycle();
    CHECK(slow.times < 20);
  }
  CHECK(world.rows(at_erp, "customer").size() == 31);
  CHECK(world.store.set_aside().size() == 8);
  world.erp.before_write = nullptr;
  for (int n = 0; n < 17 && !world.store.set_aside().empty(); ++n) world.cycle();
  world.cycles_until_quiet();
  CHECK(world.differences().empty());
}

}  // namespace
}  // namespace miroir::test
