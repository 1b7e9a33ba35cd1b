// Orders that disappear because the ERP posted them.
#include <catch2/catch.hpp>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

std::string text(const char* t) { return t; }

constexpr const char* posted = R"json({"entities": {"order": {"erp": {"moved": [
  {"table": "Posted", "where": {"Order No_": "{No_}", "Kind": 3}, "then": {"state": "invoiced"}},
  {"table": "Archive", "where": {"Order No_": "{No_}"}, "then": {"state": "archived"}}
]}}}})json";

class MovedWorld : public SmallWorld {
 public:
  MovedWorld() : SmallWorld{small_mapping(posted)} {
    const Key customer = new_customer(at_shop, "Aubert", "a@x.fr");
    order = new_order(at_shop, customer, {"Chablis", "Pommard"});
    seed();
    header = there(at_shop, "order", order);
  }

  void leave_table() { erp.erase(entity("order").id, header); }
  void appear_in(const char* table, std::int64_t kind = 3) {
    erp.elsewhere[{"", table}].push_back({{"Order No_", header[1]}, {"Kind", kind}});
  }
  Value state() { return get(at_shop, "order", order, "state"); }
  std::size_t lines() const { return rows(at_shop, "line").size(); }

  Key order, header;
};

}  // namespace

TEST_CASE("a posted order stays in the shop, with the state that this means", "[engine][moved]") {
  MovedWorld world;
  world.leave_table();
  world.appear_in("Posted");
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.state() == Value{text("open")});  // One look proves nothing.
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.state() == Value{text("invoiced")});
  CHECK(world.lines() == 2);
  CHECK(world.cycles_until_quiet() <= 2);
  CHECK(world.store.count_held() == 0);
  CHECK(world.rows(at_erp, "order").empty());

  world.set(at_shop, "order", world.order, "state", text("returned"));
  world.cycles_until_quiet();
  CHECK(world.rows(at_erp, "order").empty());
}

TEST_CASE("the first place that has it counts, and only a row that is it", "[engine][moved]") {
  MovedWorld world;
  world.leave_table();
  world.appear_in("Posted", 4);  // Another kind of document.
  world.appear_in("Archive");
  world.cycle();
  world.cycle();
  CHECK(world.state() == Value{text("archived")});
}

TEST_CASE("an order that is found nowhere, twice, is a question", "[engine][moved]") {
  MovedWorld world;
  world.leave_table();
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.cycle().exit == Exit::waiting);
  CHECK(world.store.count_held() == 1);
  CHECK(world.state() == Value{text("open")});
  CHECK(world.lines() == 2);
  CHECK(world.cycle().exit == Exit::waiting);
  CHECK(world.store.count_held() == 1);
}

TEST_CASE("an order that is posted in two steps is looked for until two looks agree",
          "[engine][moved]") {
  MovedWorld world;
  world.leave_table();
  world.cycle();
  world.appear_in("Posted");
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.state() == Value{text("open")});
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.state() == Value{text("invoiced")});
  CHECK(world.store.count_held() == 0);
}

TEST_CASE("an order that is there again before the second look has never left", "[engine][moved]") {
  MovedWorld world;
  const Row header = *world.erp.find(world.entity("order").id, world.header);
  const MemorySite::Rows lines = world.rows(at_erp, "line");
  world.leave_table();
  world.cycle();
  world.erp.begin();
  world.erp.insert(world.entity("order").id, header);
  for (const auto& [key, line] : lines) world.erp.insert(world.entity("line").id, line);
  world.erp.commit();
  world.set(at_erp, "order", world.header, "State", text("released"));
  CHECK(world.cycles_until_quiet() <= 2);
  CHECK(world.state() == Value{text("released")});
  CHECK(world.lines() == 2);
  CHECK(world.differences() == std::vector<std::string>{});
}

TEST_CASE("a look that a cut line prevents is no look", "[engine][moved][G4]") {
  MovedWorld world;
  world.leave_table();
  world.cycle();
  bool cut = true;
  world.erp.faults = [&](std::string_view call) {
    return cut && call == "look_elsewhere" ? Fault::before : Fault::none;
  };
  world.set(at_shop, "order", world.order, "state", text("urgent"));
  CHECK(world.cycle().exit == Exit::unreachable);
  CHECK(world.store.count_held() == 0);
  cut = false;
  world.appear_in("Posted");
  world.cycle();
  CHECK(world.state() == Value{text("urgent")});
  const Outcome outcome = world.cycle();
  CHECK(world.state() == Value{text("invoiced")});
  // The shop's change had not been there when the order was posted.
  CHECK(outcome.conflicts == 1);
}

TEST_CASE("an order that the shop deletes while it is looked for is gone", "[engine][moved]") {
  MovedWorld world;
  world.leave_table();
  world.cycle();
  world.shop.erase(world.entity("order").id, world.order);
  world.cycles_until_quiet();
  CHECK(world.store.count(world.entity("order").id) == 0);
  CHECK(world.store.count_held() == 0);
}

}  // namespace miroir::test
