// What verify says beside people who write, and beside a cycle: nothing of that has drifted.
#include <catch2/catch.hpp>

#include "tests/mirror/verify_world.hpp"

namespace miroir::test {

TEST_CASE("beside a cycle nothing has drifted, whatever its step", "[engine][verify]") {
  VerifyWorld world{R"({"entities": {"customer": {"fields": {"city": {"direction": "to erp"}}}}})"};
  const Key order = world.new_order(at_shop, world.customer, {"a", "b"});
  world.cycles_until_quiet();
  int said = 0, looked = 0;
  for (int round = 0; round < 6; ++round) {
    world.set(at_shop, "customer", world.customer, "name", "shop" + std::to_string(round));
    // Against its direction: the cycle takes it for the shadow, and puts it back.
    world.set(at_erp, "customer", world.no, "City", "erp" + std::to_string(round));
    world.new_customer(at_erp, "C" + std::to_string(round), std::to_string(round) + "@c.fr");
    world.new_order(
        at_shop,
        world.new_customer(at_shop, "S" + std::to_string(round), std::to_string(round) + "@s.fr"),
        {"a", "b"});
    for (const auto& [key, row] : world.rows(at_shop, "line"))
      world.set(at_shop, "line", key, "what", "line" + std::to_string(round));
    world.options.at_step = [&](const char*) {
      world.verify();
      ++looked;
      said += static_cast<int>(world.of(Standing::drifted) + world.of(Standing::missing));
    };
    world.cycle();
    world.options.at_step = [](const char*) {};
  }
  CHECK(looked > 30);
  CHECK(said == 0);
  world.cycles_until_quiet();
  CHECK(world.nothing_differs());
}

TEST_CASE("what people change and a cycle carries between two reads has not drifted",
          "[engine][verify]") {
  // At every call of the port in turn: a person writes, and at another one a whole cycle runs.
  constexpr int calls_max = 14;
  for (int write_at = 0; write_at < calls_max; ++write_at) {
    for (int cycle_at = write_at; cycle_at <= calls_max; ++cycle_at) {
      CAPTURE(write_at, cycle_at);
      VerifyWorld world{
          R"({"entities": {"customer": {"fields": {"city": {"direction": "to erp"}}}}})"};
      const Key drifted = world.new_customer(at_shop, "Barbier", "b@x.fr");
      world.cycles_until_quiet();
      world.change_unseen(at_shop, "customer", drifted, "name", text("Zoe"));
      int calls = -1;
      bool busy = false;
      const auto meddle = [&](std::string_view) {
        if (busy) return Fault::none;
        busy = true;
        ++calls;
        if (calls == write_at) {
          world.set(at_shop, "customer", world.customer, "name", text("shop"));
          world.set(at_erp, "customer", world.no, "City", text("erp"));
          world.new_customer(at_erp, "New", "new@c.fr");
        }
        if (calls == cycle_at) world.cycle();
        busy = false;
        return Fault::none;
      };
      world.shop.faults = world.erp.faults = meddle;
      world.verify();
      world.shop.faults = world.erp.faults = {};
      CHECK(world.of(Standing::missing) == 0);
      CHECK(world.of(Standing::drifted) == 1);
    }
  }
}

TEST_CASE("what was changed and put back between two reads has not drifted", "[engine][verify]") {
  VerifyWorld world{R"({"entities": {"order": {"fields": {"state": {"direction": "to erp"}}}}})"};
  const Key order = world.new_order(at_shop, world.customer, {"a"});
  world.cycles_until_quiet();
  const Key no = world.there(at_shop, "order", order);
  VerifyOptions how = world.at_its_ease();
  how.entities = {world.entity("order").id};
  how.only = {{world.store.find(at_shop, world.entity("order").id, order), {}}};
  int calls = 0;
  world.erp.faults = [&](std::string_view call) {
    if (calls == 0 && call == "extract") {
      ++calls;  // The shadow is what somebody has just written, until the cycle writes back.
      world.set(at_erp, "order", no, "State", text("closed"));
      world.options.at_step = [](const char* step) {
        if (std::string_view{step} == "deliver") throw VerifyWorld::Killed{};
      };
      CHECK_THROWS_AS(world.cycle(), VerifyWorld::Killed);
      world.options.at_step = [](const char*) {};
      ++calls;
    } else if (calls == 2 && call == "has_truncations") {
      ++calls;
      world.cycle();
      ++calls;
    }
    return Fault::none;
  };
  CHECK(world.verify(how) == 1);
  CHECK(calls == 4);
  world.erp.faults = {};
}

}  // namespace miroir::test
