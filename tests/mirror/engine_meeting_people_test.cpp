// The first meeting of two databases while people go on working, and lines are cut.
#include "tests/mirror/meeting_world.hpp"

namespace miroir::test {

TEST_CASE("twins that wait are not taken for new when one site is away", "[engine][meeting]") {
  SmallWorld world;
  const Key anna = add_customer(world, at_shop, std::int64_t{1}, "Anna", "a@x.fr");
  add_customer(world, at_erp, text("W1"), "Anna", "a@x.fr");
  const Key order = world.new_order(at_shop, anna, {"wine", "cork"});
  world.set(at_shop, "order", order, "state", text("open"));
  add_erp_order(world, "W1", "W1", {"wines", "corks"});
  CHECK(meet(world).set_aside == 2);
  for (MemorySite* away : {&world.erp, &world.shop}) {
    away->faults = [](std::string_view) { return Fault::before; };
    CHECK(world.cycle().exit == Exit::unreachable);
    away->faults = {};
  }
  const Outcome outcome = world.cycle();
  CHECK(outcome.set_aside == 2);
  CHECK(world.store.count_behind(at_shop) + world.store.count_behind(at_erp) == 0);
  CHECK(world.rows(at_erp, "order").size() == 1);
  CHECK(world.rows(at_shop, "line").size() == 2);
  CHECK(world.rows(at_erp, "line").size() == 2);
}

TEST_CASE("a site that is lost while everything is read doubles nothing", "[engine][meeting]") {
  const int calls = GENERATE(range(3, 40, 3));
  const SiteId lost = GENERATE(at_shop, at_erp);
  SmallWorld world;
  world.options.limits.chunk_roots = 1;
  const Key anna = add_customer(world, at_shop, std::int64_t{1}, "Anna", "a@x.fr");
  add_customer(world, at_erp, text("D1"), "Anna", "a@x.fr", "Bourg-en-B");
  world.set(at_shop, "customer", anna, "city", text("Bourg-en-Bresse"));
  for (int n = 0; n < 2; ++n) {
    world.set(at_shop, "order", world.new_order(at_shop, anna, {"wine", "cork"}), "state",
              text("open"));
  }
  add_erp_order(world, "W1", "D1", {"cork", "wine"});
  add_erp_order(world, "W2", "D1", {"wine", "cork"});
  int left = calls;
  world.at(lost).faults = [&](std::string_view) {
    return --left < 0 ? Fault::before : Fault::none;
  };
  const Mapping mapping = small_mapping();
  try {
    seed({&world.shop, &world.erp}, world.store, mapping, world.options);
  } catch (const DbError&) {
  }
  world.at(lost).faults = {};
  if (!world.store.seeded()) meet(world);
  world.cycles_until_quiet();
  CHECK(world.store.set_aside().empty());
  CHECK(world.rows(at_shop, "customer").size() == 1);
  CHECK(world.rows(at_erp, "customer").size() == 1);
  CHECK(world.rows(at_shop, "line").size() == 4);
  CHECK(world.rows(at_erp, "line").size() == 4);
  CHECK(world.get(at_shop, "customer", anna, "city") == Value{text("Bourg-en-Bresse")});
}

TEST_CASE("a key that is changed while the databases meet keeps its twin", "[engine][meeting]") {
  SmallWorld world;
  add_customer(world, at_shop, std::int64_t{12}, "Aubert", "a@x.fr");
  const Key old = add_customer(world, at_erp, text("C77"), "Aubert", "a@x.fr");
  meet_while(world, [&] {
    world.erp.update(world.entity("customer").id, old, [&](Row& row) {
      row[world.column(at_erp, "customer", "No_")] = text("C78");
      row[world.column(at_erp, "customer", "E-Mail")] = text("new@x.fr");
    });
  });
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "customer").size() == 1);
  CHECK(world.rows(at_erp, "customer").size() == 1);
  CHECK(world.there(at_shop, "customer", {std::int64_t{12}}) == Key{text("C78")});
}

TEST_CASE("a key that is used again while the databases meet is somebody else",
          "[engine][meeting]") {
  SmallWorld world;
  const Key key = add_customer(world, at_shop, std::int64_t{12}, "Aubert", "a@x.fr");
  add_customer(world, at_erp, text("C77"), "Aubert", "a@x.fr");
  meet_while(world, [&] {
    world.shop.erase(world.entity("customer").id, key);
    add_customer(world, at_shop, std::int64_t{12}, "Bichot", "b@x.fr");
  });
  world.cycles_until_quiet();
  // Aubert's deletion is older than the mirror: he comes back from the ERP.
  CHECK(world.rows(at_shop, "customer").size() == 2);
  CHECK(world.rows(at_erp, "customer").size() == 2);
  CHECK(world.get(at_erp, "customer", {text("C77")}, "Name") == Value{text("Aubert")});
  CHECK(world.differences() == Names{});
}

TEST_CASE("who is entered on both sides while the databases meet is one customer",
          "[engine][meeting]") {
  SmallWorld world;
  add_customer(world, at_shop, std::int64_t{1}, "Aubert", "a@x.fr");
  add_customer(world, at_erp, text("C1"), "Aubert", "a@x.fr");
  meet_while(world, [&] {
    add_customer(world, at_shop, std::int64_t{2}, "Neu", "n@x.fr");
    add_customer(world, at_erp, text("C2"), "Neu", "n@x.fr");
  });
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "customer").size() == 2);
  CHECK(world.rows(at_erp, "customer").size() == 2);
}

TEST_CASE("a row that is entered like those that wait for an answer waits with them",
          "[engine][meeting]") {
  SmallWorld world;
  add_customer(world, at_shop, std::int64_t{1}, "Aubert", "same@x.fr");
  add_customer(world, at_shop, std::int64_t{2}, "Aubert fils", "same@x.fr");
  add_customer(world, at_erp, text("C1"), "Aubert", "same@x.fr");
  CHECK(meet(world).set_aside == 3);
  add_customer(world, at_erp, text("C2"), "Aubert", "same@x.fr");
  CHECK(world.cycle().set_aside == 4);
  CHECK(world.rows(at_shop, "customer").size() == 2);
  CHECK(world.rows(at_erp, "customer").size() == 2);
}

TEST_CASE("what was deleted before the databases meet is no brake", "[engine][meeting][G7]") {
  SmallWorld world;
  for (int n = 1; n <= 30; ++n)
    add_customer(world, at_shop, std::int64_t{n}, "Client", std::to_string(n) + "@x.fr");
  for (int n = 1; n <= 25; ++n) world.shop.erase(world.entity("customer").id, {std::int64_t{n}});
  CHECK(meet(world).exit == Exit::done);
  world.cycles_until_quiet();
  CHECK(world.rows(at_erp, "customer").size() == 5);
}

}  // namespace miroir::test
