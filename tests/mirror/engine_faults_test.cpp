// The engine where something goes wrong in the middle: answers that are lost, rows that are
// refused, changes that nobody announced, tables that are emptied.
#include <atomic>
#include <catch2/catch.hpp>

#include <algorithm>
#include <utility>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

using Names = std::vector<std::string>;

std::string text(const char* t) { return t; }

// The next delivery to the site happens, but its answer is lost.
void lose_one_answer(MemorySite& site) {
  site.faults = [once = true](std::string_view call) mutable {
    if (call != "deliver" || !std::exchange(once, false)) return Fault::none;
    return Fault::after;
  };
}

TEST_CASE("a delivery whose answer is lost is not repeated", "[engine][G2]") {
  SmallWorld world;
  // Settled within the cycle, or by the next one where the line does not come back.
  const bool comes_back = GENERATE(true, false);
  if (!comes_back) world.options.limits.tries_lost = 1;
  const Exit exit = comes_back ? Exit::done : Exit::unreachable;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr", 100);
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  SECTION("an increment") {
    world.set(at_shop, "customer", customer, "points", std::int64_t{90});
    lose_one_answer(world.erp);
    const Outcome outcome = world.cycle();
    CHECK(outcome.exit == exit);
    CHECK(outcome.delivered[1] == (comes_back ? 1 : 0));
    CHECK(world.get(at_erp, "customer", no, "Points") == Value{Decimal{90, 0}});
    world.cycles_until_quiet();
    CHECK(world.get(at_erp, "customer", no, "Points") == Value{Decimal{90, 0}});
    CHECK(world.get(at_shop, "customer", customer, "points") == Value{std::int64_t{90}});
  }
  SECTION("an order that gets its keys from the database") {
    world.new_order(at_erp, no, {"Chablis", "Pommard"});
    lose_one_answer(world.shop);
    CHECK(world.cycle().exit == exit);
    world.cycles_until_quiet();
    CHECK(world.rows(at_shop, "order").size() == 1);
    CHECK(world.rows(at_erp, "order").size() == 1);
    CHECK(world.rows(at_shop, "line").size() == 2);
  }
  CHECK(world.differences() == Names{});
}

TEST_CASE("a batch that is sent again although it happened is known for what it is",
          "[engine][G2]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr", 100);
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  int sent = 0;
  for (MemorySite* site : {&world.shop, &world.erp}) {
    site->faults = [&, once = true](std::string_view call) mutable {
      if (call != "deliver") return Fault::none;
      ++sent;
      return std::exchange(once, false) ? Fault::denied : Fault::none;
    };
  }
  world.set(at_shop, "customer", customer, "points", std::int64_t{90});
  world.new_order(at_erp, no, {"Chablis", "Pommard"});
  const Outcome outcome = world.cycle();
  CHECK(sent == 4);
  CHECK(outcome.exit == Exit::done);
  CHECK(outcome.delivered[0] == 1);
  CHECK(outcome.delivered[1] == 1);
  world.cycles_until_quiet();
  CHECK(world.get(at_erp, "customer", no, "Points") == Value{Decimal{90, 0}});
  CHECK(world.get(at_shop, "customer", customer, "points") == Value{std::int64_t{90}});
  CHECK(world.rows(at_shop, "order").size() == 1);
  CHECK(world.rows(at_shop, "line").size() == 2);
  CHECK(world.differences() == Names{});
}

TEST_CASE("a batch that never happened is sent again, and its rows are not read again",
          "[engine][G2]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  world.erp.faults = [](std::string_view call) {
    return call == "deliver" ? Fault::before : Fault::none;
  };
  world.set(at_shop, "customer", customer, "name", text("Bichot"));
  CHECK(world.cycle().exit == Exit::unreachable);
  std::vector<std::string> calls;
  world.erp.faults = [&](std::string_view call) {
    calls.emplace_back(call);
    return Fault::none;
  };
  CHECK(world.cycle().delivered[1] == 1);
  CHECK(std::count(calls.begin(), calls.end(), "settle") == 1);
  CHECK(std::count(calls.begin(), calls.end(), "extract") == 0);
  world.cycles_until_quiet();
  CHECK(world.differences() == Names{});
}

TEST_CASE("a line that is lost once, in whatever call, costs nothing but another try",
          "[engine][G4][transient]") {
  const char* call =
      GENERATE("connect", "take_census", "list_roots", "extract", "acknowledge", "deliver");
  const Fault fault = GENERATE(Fault::before, Fault::after);
  CAPTURE(call, static_cast<int>(fault));
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr", 100);
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  world.set(at_shop, "customer", customer, "points", std::int64_t{90});
  world.set(at_erp, "customer", no, "Points", Decimal{105, 0});
  std::atomic<bool> lost = false;
  for (MemorySite* site : {&world.shop, &world.erp}) {
    site->faults = [&, once = true](std::string_view name) mutable {
      if (name != call || !std::exchange(once, false)) return Fault::none;
      lost = true;
      return fault;
    };
  }
  const Outcome outcome = world.cycle();
  CHECK(lost);
  CHECK(outcome.exit == Exit::done);
  CHECK(outcome.troubles.empty());
  CHECK(outcome.delivered[0] + outcome.delivered[1] == 2);
  CHECK(world.get(at_shop, "customer", customer, "points") == Value{std::int64_t{95}});
  CHECK(world.get(at_erp, "customer", no, "Points") == Value{Decimal{95, 0}});
  CHECK(world.differences() == Names{});
}

TEST_CASE("a batch that cuts the line again and again is left to the next cycle",
          "[engine][G4][transient]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  int sent = 0;
  world.erp.faults = [&](std::string_view call) {
    if (call != "deliver") return Fault::none;
    ++sent;
    return Fault::before;
  };
  world.set(at_shop, "customer", customer, "name", text("Bichot"));
  CHECK(world.cycle().exit == Exit::unreachable);
  CHECK(sent == 3);
  world.erp.faults = nullptr;
  world.cycles_until_quiet();
  CHECK(world.differences() == Names{});
}

TEST_CASE("a batch that is still under way when its line is back keeps its site out of the cycle",
          "[engine][G2][transient]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr", 100);
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  world.erp.faults = [once = true](std::string_view call) mutable {
    return call == "deliver" && std::exchange(once, false) ? Fault::stalled : Fault::none;
  };
  world.set(at_shop, "customer", customer, "points", std::int64_t{90});
  CHECK(world.cycle().exit == Exit::unreachable);
  CHECK(world.cycle().exit == Exit::unreachable);
  world.erp.land();
  world.cycles_until_quiet();
  CHECK(world.get(at_erp, "customer", no, "Points") == Value{Decimal{90, 0}});
  CHECK(world.differences() == Names{});
}

TEST_CASE("a counter changed at a site that the head has not reached counts only what changed",
          "[engine][G2]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr", 100);
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  world.erp.faults = [](std::string_view call) {
    return call == "deliver" ? Fault::before : Fault::none;
  };
  world.set(at_shop, "customer", customer, "points", std::int64_t{70});
  world.cycle();
  world.erp.faults = nullptr;
  world.set(at_erp, "customer", no, "Points", Decimal{105, 0});
  world.cycles_until_quiet();
  CHECK(world.get(at_shop, "customer", customer, "points") == Value{std::int64_t{75}});
  CHECK(world.get(at_erp, "customer", no, "Points") == Value{Decimal{75, 0}});
}

TEST_CASE("a change that no trigger saw is found by the guard and comes in", "[engine][G1]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  Row row = *world.erp.find(world.entity("customer").id, no);
  row[world.column(at_erp, "customer", "Name")] = text("Bichot");
  world.erp.set_untriggered(world.entity("customer").id, no, row);
  world.set(at_shop, "customer", customer, "name", text("Chanson"));
  world.cycles_until_quiet();
  CHECK(world.get(at_shop, "customer", customer, "name") == Value{text("Bichot")});
  CHECK(world.get(at_erp, "customer", no, "Name") == Value{text("Bichot")});
  const auto logged = world.store.conflicts(std::nullopt, 10);
  REQUIRE(logged.size() == 1);
  CHECK(logged[0].conflict.loser == Value{text("Chanson")});
}

TEST_CASE("a record that a site refuses is set aside alone, the others of its batch arrive",
          "[engine][G5]") {
  SmallWorld world;
  world.seed();
  const std::size_t name = world.column(at_erp, "customer", "Name");
  world.erp.before_write = [&](EntityId entity, Row& row) {
    if (entity == world.entity("customer").id && row[name] == Value{text("Nobody")})
      throw DbError{"no such name", "P0001", Recovery::refused};
  };
  for (const char* one : {"Aubert", "Bichot", "Nobody", "Chanson", "Drouhin"})
    world.new_customer(at_shop, one, text(one) + "@x.fr");
  const Outcome outcome = world.cycle();
  CHECK(outcome.set_aside == 1);
  CHECK(outcome.delivered[1] == 4);
  CHECK(world.rows(at_erp, "customer").size() == 4);
}

TEST_CASE("an emptied table is a brake, and nothing of it is deleted", "[engine][G7]") {
  SmallWorld world;
  for (int n = 0; n < 30; ++n) world.new_customer(at_shop, "Customer", std::to_string(n) + "@x.fr");
  world.seed();
  world.shop.truncate(world.entity("customer").id);
  CHECK(world.cycle().exit == Exit::brake);
  CHECK(world.rows(at_erp, "customer").size() == 30);
}

TEST_CASE("what refers to a braked entity sits out with it", "[engine][G7]") {
  SmallWorld world;
  std::vector<Key> customers;
  for (int n = 0; n < 30; ++n)
    customers.push_back(world.new_customer(at_shop, "Customer", std::to_string(n) + "@x.fr"));
  const Key order = world.new_order(at_shop, customers.back(), {"Chablis"});
  world.seed();
  const Key header = world.there(at_shop, "order", order);
  customers.pop_back();
  for (const Key& customer : customers) world.shop.erase(world.entity("customer").id, customer);
  world.set(at_shop, "order", order, "state", text("released"));
  CHECK(world.cycle().exit == Exit::brake);
  CHECK(world.get(at_erp, "order", header, "State") == Value{text("open")});
}

TEST_CASE("a refused record that somebody deletes waits no more", "[engine][G5]") {
  SmallWorld world;
  world.seed();
  const Key customer = world.new_customer(at_shop, "A name of more than twenty letters", "l@x.fr");
  REQUIRE(world.cycle().set_aside == 1);
  world.shop.erase(world.entity("customer").id, customer);
  const Outcome outcome = world.cycle();
  CHECK(outcome.set_aside == 0);
  CHECK(outcome.exit == Exit::done);
}

TEST_CASE("a new line does not take the number of one that comes back", "[engine][G1]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key order = world.new_order(at_shop, customer, {"Chablis", "Pommard"});
  world.seed();
  world.erp.erase(world.entity("order").id, world.there(at_shop, "order", order));
  world.new_line(at_shop, order, 3, "Volnay");
  const Outcome outcome = world.cycle();
  CHECK(outcome.set_aside == 0);
  CHECK(world.rows(at_erp, "line").size() == 3);
  CHECK(world.differences().empty());
}

}  // namespace
}  // namespace miroir::test
