// Errors that look like a matter for a person, and may be the fault of a row.
#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

std::string text(const char* t) { return t; }

// Of somebody's trigger at the ERP: nothing tells whether the row is to blame.
void fail_oddly(SmallWorld& world, const std::function<bool(const Value&)>& fails) {
  world.erp.before_write = [&world, fails, name = world.column(at_erp, "customer", "Name")](
                               EntityId entity, Row& row) {
    if (entity == world.entity("customer").id && fails(row[name]))
      throw DbError{"malformed JSON", "HY000", Recovery::misconfigured};
  };
}
bool is_nobody(const Value& name) { return name == Value{text("Nobody")}; }

TEST_CASE("a record that alone fails with an error without a code is set aside, the others arrive",
          "[engine][G5]") {
  SmallWorld world;
  world.seed();
  fail_oddly(world, is_nobody);
  for (const char* one : {"Nobody", "Aubert", "Bichot", "Chanson", "Drouhin"})
    world.new_customer(at_shop, one, text(one) + "@x.fr");
  const Outcome outcome = world.cycle();
  CHECK(outcome.exit == Exit::waiting);
  CHECK(outcome.set_aside == 1);
  CHECK(outcome.delivered[1] == 4);
  REQUIRE(world.store.set_aside().size() == 1);
  CHECK_THAT(world.store.set_aside()[0].reason, Catch::Contains("malformed JSON"));
  // It is tried again, alone; and what comes after it arrives.
  world.new_customer(at_shop, "Nobody", "n@x.fr");
  for (int n = 0; n < 4; ++n) {
    world.new_customer(at_shop, "Eugenie", std::to_string(n) + "@x.fr");
    CHECK(world.cycle().exit == Exit::waiting);
    CHECK(world.cycle().exit == Exit::waiting);
  }
  CHECK(world.store.set_aside().size() == 2);
  CHECK(world.store.set_aside()[0].tries > 1);
  CHECK(world.rows(at_erp, "customer").size() == 8);
  world.erp.before_write = nullptr;
  for (int n = 0; n < 16 && !world.store.set_aside().empty(); ++n) world.cycle();
  CHECK(world.rows(at_erp, "customer").size() == 10);
}

TEST_CASE("an error without a code that no other record disproves is for a person, and alone",
          "[engine][G5]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key order = world.new_order(at_shop, customer, {"Chablis"});
  world.seed();
  fail_oddly(world, is_nobody);
  world.set(at_shop, "customer", customer, "name", text("Nobody"));
  world.set(at_shop, "order", order, "state", text("released"));
  const Outcome outcome = world.cycle();
  CHECK(outcome.exit == Exit::usage);
  CHECK(outcome.set_aside == 0);
  REQUIRE(outcome.troubles.size() == 1);
  CHECK_THAT(outcome.troubles[0].message, Catch::Contains("malformed JSON"));
  CHECK_THAT(outcome.troubles[0].message, Catch::Contains("customer"));
  const Key header = world.there(at_shop, "order", order);
  CHECK(world.get(at_erp, "order", header, "State") == Value{text("released")});
}

TEST_CASE("a site where nothing passes any more is given up soon, and nothing is set aside",
          "[engine][G5]") {
  SmallWorld world;
  world.seed();
  int sent = 0;
  world.erp.faults = [&](std::string_view call) {
    if (call == "deliver") ++sent;
    return Fault::none;
  };
  fail_oddly(world, [](const Value&) { return true; });
  for (int n = 0; n < 300; ++n)
    world.new_customer(at_shop, "Customer", std::to_string(n) + "@x.fr");
  const Outcome outcome = world.cycle();
  CHECK(outcome.exit == Exit::usage);
  CHECK(outcome.set_aside == 0);
  CHECK(sent > 0);
  CHECK(sent < 60);
  world.erp.before_write = nullptr;
  world.cycles_until_quiet();
  CHECK(world.rows(at_erp, "customer").size() == 300);
}

}  // namespace
}  // namespace miroir::test
