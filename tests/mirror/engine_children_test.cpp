// What hangs on a record that is deleted: what goes with it, what keeps it, and what comes back.
#include <catch2/catch.hpp>

#include "tests/mirror/deletion_world.hpp"

namespace miroir::test {

TEST_CASE("a parent that gets a new child comes back with all that went with it, and a question",
          "[engine][deletion][G1]") {
  DeletionWorld world;
  world.new_order(at_shop, world.shop_key, {"Chablis", "Pommard"});
  world.cycles_until_quiet();
  world.delete_with_orders();
  world.new_order(at_erp, world.erp_key, {"Rully"});
  CHECK(world.cycle().conflicts == 2);  // About him and about his order.
  CHECK(world.questions() == 1);
  CHECK(world.count("customer") == Counts{1, 1});
  CHECK(world.count("order") == Counts{2, 2});
  CHECK(world.count("line") == Counts{3, 3});
  CHECK(world.there(at_shop, "customer", world.shop_key) == world.erp_key);
  CHECK(world.differences() == Names{});
}

TEST_CASE("a parent whose child is changed comes back with all that went with it, and a question",
          "[engine][deletion][G1]") {
  DeletionWorld world;
  const Key order = world.new_order(at_shop, world.shop_key, {"Chablis", "Pommard"});
  world.cycles_until_quiet();
  const Key header = world.there(at_shop, "order", order);
  world.delete_with_orders();
  world.set(at_erp, "order", header, "State", text("released"));
  CHECK(world.cycle().conflicts == 2);  // About him and about his order.
  CHECK(world.questions() == 1);
  CHECK(world.count("customer") == Counts{1, 1});
  CHECK(world.count("order") == Counts{1, 1});
  CHECK(world.count("line") == Counts{2, 2});
  CHECK(world.get(at_erp, "order", header, "State") == Value{text("released")});
  CHECK(world.differences() == Names{});
}

TEST_CASE("a parent whose deletion loses comes back with all that went with it",
          "[engine][deletion][G1]") {
  DeletionWorld world;
  world.new_order(at_shop, world.shop_key, {"Chablis", "Pommard"});
  world.cycles_until_quiet();
  world.delete_with_orders();
  world.set(at_erp, "customer", world.erp_key, "City", text("Dijon"));
  world.cycle();
  CHECK(world.count("customer") == Counts{1, 1});
  CHECK(world.count("order") == Counts{1, 1});
  CHECK(world.count("line") == Counts{2, 2});
  CHECK(world.differences() == Names{});
  world.cycles_until_quiet();
}

TEST_CASE("what was deleted long before its parent does not come back with it",
          "[engine][deletion]") {
  DeletionWorld world;
  const Key old_order = world.new_order(at_shop, world.shop_key, {"Chablis"});
  world.cycles_until_quiet();
  world.shop.erase(world.entity("order").id, old_order);
  world.cycles_until_quiet();
  world.delete_in_shop();
  world.new_order(at_erp, world.erp_key, {"Rully"});
  world.cycle();
  CHECK(world.count("customer") == Counts{1, 1});
  CHECK(world.count("order") == Counts{1, 1});
}

TEST_CASE("what was deleted for itself before its parent does not come back with it",
          "[engine][deletion]") {
  for (const bool told : {true, false}) {
    CAPTURE(told);
    DeletionWorld world;
    world.shop.tells_transactions = told;
    const Key unwanted = world.new_order(at_shop, world.shop_key, {"Chablis"});
    world.cycles_until_quiet();
    world.shop.erase(world.entity("order").id, unwanted);
    world.delete_in_shop();
    world.new_order(at_erp, world.erp_key, {"Rully"});
    CHECK(world.cycle().exit == Exit::waiting);
    CHECK(world.count("customer") == Counts{1, 1});
    // Where a site does not tell its transactions: rather that than lose it.
    const std::size_t left = told ? 1 : 2;
    CHECK(world.count("order") == Counts{left, left});
    CHECK(world.differences() == Names{});
  }
}

TEST_CASE("what was deleted for itself stays deleted where its parent's deletion loses",
          "[engine][deletion]") {
  DeletionWorld world;
  const Key unwanted = world.new_order(at_shop, world.shop_key, {"Chablis"});
  world.cycles_until_quiet();
  world.shop.erase(world.entity("order").id, unwanted);
  world.delete_in_shop();
  world.set(at_erp, "customer", world.erp_key, "City", text("Dijon"));
  world.cycles_until_quiet();
  CHECK(world.count("customer") == Counts{1, 1});
  CHECK(world.count("order") == Counts{0, 0});
}

TEST_CASE("a line that was deleted for itself does not come back with its order",
          "[engine][deletion]") {
  DeletionWorld world;
  const Key order = world.new_order(at_shop, world.shop_key, {"Chablis", "Pommard"});
  world.cycles_until_quiet();
  world.shop.erase(world.entity("line").id, world.rows(at_shop, "line").begin()->first);
  world.shop.erase(world.entity("order").id, order);
  world.set(at_erp, "order", world.rows(at_erp, "order").begin()->first, "State", text("paid"));
  world.cycles_until_quiet();
  CHECK(world.count("order") == Counts{1, 1});
  CHECK(world.count("line") == Counts{1, 1});
  CHECK(world.differences() == Names{});
}

TEST_CASE("a record that lives on alone comes back where something new refers to it",
          "[engine][deletion][G1]") {
  DeletionWorld world{customers(R"("deletion": {"shop": "ignore"})")};
  world.new_order(at_shop, world.shop_key, {"Chablis"});
  world.cycles_until_quiet();
  world.delete_with_orders();
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.count("order") == Counts{0, 1});
  world.new_order(at_erp, world.erp_key, {"Rully"});
  CHECK(world.cycle().exit == Exit::waiting);
  CHECK(world.questions() == 1);
  CHECK(world.count("customer") == Counts{1, 1});
  CHECK(world.count("order") == Counts{2, 2});
  CHECK(world.differences() == Names{});
}

}  // namespace miroir::test
