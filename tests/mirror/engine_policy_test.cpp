// The engine on two sites in memory: how fields are decided that are more than the winner's value.
#include <catch2/catch.hpp>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

using Names = std::vector<std::string>;

std::string text(const char* t) { return t; }

struct Customer {
  Key shop, erp;
};

// One customer that both sites know.
Customer known_customer(SmallWorld& world) {
  const Key shop = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  return {shop, world.there(at_shop, "customer", shop)};
}

// ---- Groups

const char* const address = R"({"entities": {"customer": {
    "groups": {"address": {"fields": ["city", "note"], "by": "city"}},
    "fields": {"note": {"policy": null}}}}})";

TEST_CASE("two people who change different lines of one address: one address wins", "[group][G1]") {
  SmallWorld world{small_mapping(address)};
  const Customer customer = known_customer(world);
  world.set(at_shop, "customer", customer.shop, "city", text("Dijon"));
  world.set(at_erp, "customer", customer.erp, "Note", text("1 rue du Port"));
  const Outcome outcome = world.cycle();
  CHECK(world.get(at_erp, "customer", customer.erp, "City") == Value{text("Dijon")});
  CHECK(world.get(at_erp, "customer", customer.erp, "Note") == Value{text("")});
  CHECK(world.differences() == Names{});
  const auto logged = world.store.conflicts(outcome.cycle, 10);
  REQUIRE(logged.size() == 2);
  CHECK(logged[0].conflict.loser == Value{text("1 rue du Port")});
  CHECK(logged[1].conflict.loser == Value{text("Beaune")});
  world.cycles_until_quiet();
}

TEST_CASE("an address that is changed on one side alone arrives as it is", "[group]") {
  SmallWorld world{small_mapping(address)};
  const Customer customer = known_customer(world);
  world.set(at_erp, "customer", customer.erp, "City", text("Dijon"));
  CHECK(world.cycle().conflicts == 0);
  world.set(at_shop, "customer", customer.shop, "note", text("1 rue du Port"));
  CHECK(world.cycle().conflicts == 0);
  CHECK(world.get(at_shop, "customer", customer.shop, "city") == Value{text("Dijon")});
  CHECK(world.get(at_erp, "customer", customer.erp, "Note") == Value{text("1 rue du Port")});
}

TEST_CASE("a held address waits as a whole, and until the whole of it agrees", "[group]") {
  SmallWorld world{small_mapping(R"({"entities": {"customer": {
      "groups": {"address": {"fields": ["city", "note"], "by": "note"}}}}})")};
  const Customer customer = known_customer(world);
  world.set(at_shop, "customer", customer.shop, "city", text("Dijon"));
  world.set(at_erp, "customer", customer.erp, "Note", text("1 rue du Port"));
  CHECK(world.cycle().held == 2);
  world.set(at_erp, "customer", customer.erp, "City", text("Dijon"));
  CHECK(world.cycle().held == 2);
  CHECK(world.get(at_shop, "customer", customer.shop, "note") == Value{});
  world.set(at_shop, "customer", customer.shop, "note", text("1 rue du Port"));
  CHECK(world.cycle().held == 0);
  CHECK(world.differences() == Names{});
}

TEST_CASE("a line of an address that changes while the rest is written is not mixed with it",
          "[group][G1]") {
  SmallWorld world{small_mapping(address)};
  const Customer customer = known_customer(world);
  world.set(at_shop, "customer", customer.shop, "city", text("Dijon"));
  world.options.at_step = [&](const char* step) {
    if (text(step) == "plan" &&
        world.get(at_erp, "customer", customer.erp, "Note") != Value{text("2")})
      world.set(at_erp, "customer", customer.erp, "Note", text("2"));
  };
  world.cycle();
  CHECK(world.get(at_erp, "customer", customer.erp, "City") == Value{text("Beaune")});
  world.options.at_step = [](const char*) {};
  world.cycles_until_quiet();
  CHECK(world.get(at_erp, "customer", customer.erp, "City") == Value{text("Dijon")});
  CHECK(world.get(at_erp, "customer", customer.erp, "Note") == Value{text("")});
}

TEST_CASE("a site that cuts one line of an address holds the whole of it", "[group]") {
  SmallWorld world{small_mapping(address)};
  const Customer customer = known_customer(world);
  const std::size_t city = world.column(at_erp, "customer", "City");
  world.erp.before_write = [&](EntityId entity, Row& row) {
    if (entity != world.entity("customer").id) return;
    if (row[city] == Value{text("Besancon")}) row[city] = text("Besa");
  };
  world.set(at_shop, "customer", customer.shop, "city", text("Besancon"));
  CHECK(world.cycle().held == 2);
  CHECK(world.get(at_shop, "customer", customer.shop, "city") == Value{text("Besancon")});
}

// ---- Ladders

const char* const ladder = R"({"entities": {"order": {"fields": {"state": {
    "type": "enumeration",
    "policy": {"ladder": ["open", "released", "shipped"], "back": [["released", "open"]]},
    "shop": {"column": "state", "lookup": {"open": "open", "released": "released", "shipped": "sent"}},
    "erp": {"column": "State", "lookup": {"open": "open", "released": "released", "shipped": "S"}}}}}}})";

struct Order {
  Key shop, erp;
};

Order known_order(SmallWorld& world, const Names& lines = {}) {
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key shop = world.new_order(at_shop, customer, lines);
  world.seed();
  return {shop, world.there(at_shop, "order", shop)};
}

TEST_CASE("the higher state of a ladder wins, and the lower one stands in the log",
          "[ladder][G1]") {
  SmallWorld world{small_mapping(ladder)};
  const Order order = known_order(world);
  world.set(at_shop, "order", order.shop, "state", text("released"));
  world.set(at_erp, "order", order.erp, "State", text("S"));
  const Outcome outcome = world.cycle();
  CHECK(world.get(at_shop, "order", order.shop, "state") == Value{text("sent")});
  CHECK(outcome.conflicts == 1);
}

TEST_CASE("a legal step back by somebody who had seen the head is a change like others",
          "[ladder]") {
  SmallWorld world{small_mapping(ladder)};
  const Order order = known_order(world);
  world.set(at_shop, "order", order.shop, "state", text("released"));
  world.cycle();
  world.set(at_erp, "order", order.erp, "State", text("open"));
  CHECK(world.cycle().conflicts == 0);
  CHECK(world.get(at_shop, "order", order.shop, "state") == Value{text("open")});
}

TEST_CASE("a step back that is not legal is put back and stands in the log", "[ladder][G1]") {
  SmallWorld world{small_mapping(ladder)};
  const Order order = known_order(world);
  world.set(at_shop, "order", order.shop, "state", text("sent"));
  world.cycle();
  world.set(at_erp, "order", order.erp, "State", text("released"));
  const Outcome outcome = world.cycle();
  CHECK(world.get(at_erp, "order", order.erp, "State") == Value{text("S")});
  CHECK(world.get(at_shop, "order", order.shop, "state") == Value{text("sent")});
  const auto logged = world.store.conflicts(outcome.cycle, 10);
  REQUIRE(logged.size() == 1);
  CHECK(logged[0].conflict.loser == Value{text("released")});
  CHECK(logged[0].conflict.rule == "ladder");
  world.cycles_until_quiet();
}

// ---- Against the direction

const char* const one_way = R"({"entities": {"customer": {"fields": {
    "city": {"direction": "to shop", "against": "hold"}}}}})";

TEST_CASE("a change against the direction is held where the mapping asks", "[direction][G1]") {
  SmallWorld world{small_mapping(one_way)};
  const Customer customer = known_customer(world);
  world.set(at_shop, "customer", customer.shop, "city", text("Dijon"));
  const Outcome outcome = world.cycle();
  CHECK(outcome.held == 1);
  const auto held = world.store.held();
  REQUIRE(held.size() == 1);
  CHECK(held[0].reason == "it was changed at the site that it only goes to");
  CHECK(held[0].candidates == PerSite<Value>{text("Dijon"), text("Beaune")});
  CHECK(world.get(at_shop, "customer", customer.shop, "city") == Value{text("Dijon")});
  CHECK(world.get(at_erp, "customer", customer.erp, "City") == Value{text("Beaune")});
  SECTION("who has a say agrees") {
    world.set(at_erp, "customer", customer.erp, "City", text("Dijon"));
  }
  SECTION("who has none takes it back") {
    world.set(at_shop, "customer", customer.shop, "city", text("Beaune"));
  }
  CHECK(world.cycle().held == 0);
  CHECK(world.differences() == Names{});
}

TEST_CASE("the other side's change goes the field's way without a question", "[direction]") {
  SmallWorld world{small_mapping(one_way)};
  const Customer customer = known_customer(world);
  world.set(at_erp, "customer", customer.erp, "City", text("Dijon"));
  CHECK(world.cycle().held == 0);
  CHECK(world.get(at_shop, "customer", customer.shop, "city") == Value{text("Dijon")});
}

}  // namespace
}  // namespace miroir::test
