// The engine on two sites in memory: fields that are computed from others.
#include <catch2/catch.hpp>

#include "mirror/merge_derived.hpp"
#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

using Names = std::vector<std::string>;

std::string text(const char* t) { return t; }
Value money(const char* t) { return parse_decimal(t).value(); }

// items = sum of qty * price; total = items + shipping.
const char* const totals = R"({"entities": {
    "order": {"fields": {
      "total": {"type": "decimal", "shop": "total", "erp": "Total",
                "policy": {"derived": {"plus": ["items", "shipping"], "scale": 2}}},
      "shipping": {"type": "decimal", "shop": "shipping", "erp": "Shipping"},
      "items": {"type": "decimal", "shop": "items", "erp": "Items",
                "policy": {"derived": {"sum": "line", "of": ["qty", "price"], "scale": 2}}}}},
    "line": {"fields": {
      "qty": {"type": "decimal", "shop": "qty", "erp": "Qty", "policy": "hold"},
      "price": {"type": "decimal", "shop": "price", "erp": "Price"}}}}})";

// An order of two lines, 3 at 1.50 and 1 at 10.005, with 4.90 shipping, known at both sites.
struct Order {
  SmallWorld world{small_mapping(totals)};
  Key customer, shop, erp;

  Order() {
    customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
    world.shop.begin();
    shop = world.shop.insert(world.entity("order").id, world.row(at_shop, "order",
                                                                 {{"customer_id", customer[0]},
                                                                  {"state", text("open")},
                                                                  {"shipping", money("4.90")},
                                                                  {"items", money("14.51")},
                                                                  {"total", money("19.41")}}));
    add_shop_line(1, "3", "1.50");
    add_shop_line(2, "1", "10.005");
    world.shop.commit();
    world.seed();
    erp = world.there(at_shop, "order", shop);
  }
  void add_shop_line(std::int64_t number, const char* qty, const char* price) {
    world.shop.insert(world.entity("line").id, world.row(at_shop, "line",
                                                         {{"order_id", shop[0]},
                                                          {"line_no", number},
                                                          {"what", text("wine")},
                                                          {"qty", money(qty)},
                                                          {"price", money(price)}}));
  }
  Key erp_line(std::int64_t number) const { return {std::int64_t{1}, erp[1], number * 10'000}; }
  Value at_shop_is(const char* column) const { return world.get(at_shop, "order", shop, column); }
  Value at_erp_is(const char* column) const { return world.get(at_erp, "order", erp, column); }
};

TEST_CASE("two people who change different lines of an order: the total is that of both",
          "[derived][G1]") {
  Order order;
  CHECK(order.at_erp_is("Items") == money("14.51"));  // Rounded half away from zero, once.
  CHECK(order.at_erp_is("Total") == money("19.41"));
  SmallWorld& world = order.world;
  // Each site keeps its own total right, as its own lines are.
  order.add_shop_line(3, "2", "5");
  world.set(at_shop, "order", order.shop, "items", money("24.51"));
  world.set(at_shop, "order", order.shop, "total", money("29.41"));
  world.set(at_erp, "line", order.erp_line(1), "Qty", money("1"));
  world.set(at_erp, "order", order.erp, "Items", money("11.51"));
  world.set(at_erp, "order", order.erp, "Total", money("16.41"));
  const Outcome outcome = world.cycle();
  CHECK(outcome.conflicts == 0);
  CHECK(order.at_shop_is("items") == money("21.51"));
  CHECK(order.at_shop_is("total") == money("26.41"));
  CHECK(world.differences() == Names{});
  world.cycles_until_quiet();
}

TEST_CASE("a total that nobody keeps is kept by the mirror, on both sides", "[derived]") {
  Order order;
  order.world.erp.erase(order.world.entity("line").id, order.erp_line(1));
  CHECK(order.world.cycle().conflicts == 0);
  CHECK(order.at_erp_is("Items") == money("10.01"));
  CHECK(order.at_shop_is("total") == money("14.91"));
  order.world.set(at_shop, "order", order.shop, "shipping", money("0"));
  order.world.cycle();
  CHECK(order.at_erp_is("Total") == money("10.01"));
  CHECK(order.world.differences() == Names{});
}

TEST_CASE("a total that somebody types is put back, and stands in the log", "[derived][G1]") {
  Order order;
  order.world.set(at_erp, "order", order.erp, "Total", money("15"));
  const Outcome outcome = order.world.cycle();
  CHECK(outcome.conflicts == 1);
  CHECK(order.at_erp_is("Total") == money("19.41"));
  const auto logged = order.world.store.conflicts(outcome.cycle, 10);
  REQUIRE(logged.size() == 1);
  CHECK(logged[0].conflict.loser == money("15"));
  CHECK(logged[0].conflict.rule == "derived");
  order.world.cycles_until_quiet();
}

TEST_CASE("while a quantity is a question, so are the totals that it is part of", "[derived]") {
  Order order;
  SmallWorld& world = order.world;
  const Key line{std::int64_t{1}};
  world.set(at_shop, "line", line, "qty", money("5"));
  world.set(at_erp, "line", order.erp_line(1), "Qty", money("6"));
  CHECK(world.cycle().held == 3);
  CHECK(order.at_shop_is("items") == money("14.51"));
  world.set(at_erp, "line", order.erp_line(1), "Qty", money("5"));
  CHECK(world.cycle().held == 0);
  CHECK(order.at_erp_is("Items") == money("17.51"));
  CHECK(order.at_shop_is("total") == money("22.41"));
  CHECK(world.differences() == Names{});
}

TEST_CASE("a formula multiplies, takes off, adds up and rounds exactly", "[derived]") {
  const Derived product{std::nullopt, {0, 1}, 2, {}, 2};
  CHECK(compute(product, {money("3"), money("19.99"), money("12.5")}, {}) ==
        parse_decimal("52.47"));
  CHECK(compute(product, {Value{}, money("19.99"), Value{}}, {}) == Decimal{});
  const Derived sum{EntityId{1}, {0}, std::nullopt, {0}, 0};
  CHECK(compute(sum, {money("-0.5")}, {{money("1.2")}, {std::int64_t{2}}}) == Decimal{3, 0});
  CHECK(compute(sum, {money("0")}, {}) == Decimal{});
  const Value huge = money("99999999999999999999999999999999999999");
  CHECK_FALSE(compute(product, {huge, huge, Value{}}, {}));
}

TEST_CASE("a total that waited for an answer is computed with it", "[derived][request]") {
  Order order;
  SmallWorld& world = order.world;
  const Key line = world.there(at_erp, "line", order.erp_line(1));
  world.set(at_shop, "line", line, "qty", money("4"));
  world.set(at_erp, "line", order.erp_line(1), "Qty", money("5"));
  CHECK(world.cycle().held == 3);  // The quantity, and with it both sums.
  for (const OpenHeld& held : world.store.held()) {
    AnswerFields answer;
    answer.choices.push_back({held.id, held.candidates[1], held.candidates});
    world.store.ask({0, "", "anne", "", held.record, answer});
  }
  CHECK(world.cycle().held == 0);
  CHECK(order.at_shop_is("items") == money("17.51"));
  CHECK(order.at_erp_is("Total") == money("22.41"));
  // What is computed is no person's to say.
  std::size_t refused = 0;
  for (const EndedRequest& one : world.store.ended_requests(std::nullopt, 10))
    refused += one.end.done ? 0 : 1;
  CHECK(refused == 2);
  world.cycles_until_quiet();
  CHECK(world.differences() == Names{});
}

// Of his change all is known at the other site; but the sums that follow from it had not come back.
TEST_CASE("who deletes what only he has changed finds no total in his way", "[derived]") {
  Order order;
  SmallWorld& world = order.world;
  world.set(at_erp, "line", order.erp_line(1), "Qty", money("50"));
  world.erp.lock(world.entity("order").id, order.erp);
  CHECK(world.cycle().behind[index(at_erp)] > 0);
  world.erp.unlock_all();
  SECTION("a line") { world.erp.erase(world.entity("line").id, order.erp_line(1)); }
  SECTION("the whole order") {
    world.erp.begin();
    for (const std::int64_t line : {1, 2})
      world.erp.erase(world.entity("line").id, order.erp_line(line));
    world.erp.erase(world.entity("order").id, order.erp);
    world.erp.commit();
  }
  const std::size_t lines = world.erp.rows(world.entity("line").id).size();
  CHECK(world.cycle().conflicts == 0);
  world.cycles_until_quiet();
  CHECK(world.erp.rows(world.entity("line").id).size() == lines);
  CHECK(world.differences() == Names{});
}

}  // namespace
}  // namespace miroir::test
