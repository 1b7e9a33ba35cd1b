// The engine and sites that refuse, rewrite, vanish, cascade or belong to another store.
#include <catch2/catch.hpp>

#include <cctype>
#include <utility>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

using Names = std::vector<std::string>;

std::string text(const char* t) { return t; }

TEST_CASE("what does not fit is set aside and the others arrive", "[engine][G5]") {
  SmallWorld world;
  world.seed();
  world.new_customer(at_shop, "Short", "s@x.fr");
  const Key customer = world.new_customer(at_shop, "A name of more than twenty letters", "l@x.fr");
  const Outcome outcome = world.cycle();
  CHECK(outcome.set_aside == 1);
  CHECK(outcome.exit == Exit::waiting);
  CHECK(world.rows(at_erp, "customer").size() == 1);
  world.set(at_shop, "customer", customer, "name", text("Now it fits"));
  const Outcome after = world.cycle();
  CHECK(after.set_aside == 0);
  CHECK(world.differences() == Names{});
}

TEST_CASE("a declared loss of length never comes back", "[engine][G1]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  world.set(at_shop, "customer", customer, "city", text("Bourg-en-Bresse"));
  world.cycle();
  const Key no = world.there(at_shop, "customer", customer);
  CHECK(world.get(at_erp, "customer", no, "City") == Value{text("Bourg-en-B")});
  world.set(at_erp, "customer", no, "Name", text("Aubertin"));
  CHECK(world.cycles_until_quiet() == 2);
  CHECK(world.get(at_shop, "customer", customer, "city") == Value{text("Bourg-en-Bresse")});
  CHECK(world.get(at_shop, "customer", customer, "name") == Value{text("Aubertin")});
}

TEST_CASE("a value that a site shortens by itself is held and never comes back", "[engine][G1]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  world.erp.before_write = [&](EntityId entity, Row& row) {
    if (entity != world.entity("customer").id) return;
    auto& name = std::get<std::string>(row[world.column(at_erp, "customer", "Name")]);
    if (name.size() > 8) name.resize(8);
  };
  world.set(at_shop, "customer", customer, "name", text("Lafarge-Vial"));
  const Outcome outcome = world.cycle();
  CHECK(outcome.held == 1);
  world.cycle();
  world.cycle();
  CHECK(world.get(at_shop, "customer", customer, "name") == Value{text("Lafarge-Vial")});
}

TEST_CASE("a site's own rewriting comes in as its change", "[engine][G3]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  world.erp.before_write = [&](EntityId entity, Row& row) {
    if (entity != world.entity("customer").id) return;
    for (char& c : std::get<std::string>(row[world.column(at_erp, "customer", "City")])) {
      c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  };
  world.set(at_shop, "customer", customer, "city", text("Nuits"));
  world.cycles_until_quiet();
  CHECK(world.get(at_shop, "customer", customer, "city") == Value{text("NUITS")});
}

TEST_CASE("a field that the sites keep rewriting is held at the third turn", "[engine][G3]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  const auto rewrite = [&](SiteId site, const char* name, auto how) {
    return [&world, how, column = world.column(site, "customer", name)](EntityId entity, Row& row) {
      if (entity != world.entity("customer").id) return;
      for (char& c : std::get<std::string>(row[column]))
        c = static_cast<char>(how(static_cast<unsigned char>(c)));
    };
  };
  world.erp.before_write = rewrite(at_erp, "City", [](int c) { return std::toupper(c); });
  world.shop.before_write = rewrite(at_shop, "city", [](int c) { return std::tolower(c); });
  world.set(at_shop, "customer", customer, "city", text("nuits"));
  for (int n = 0; n < 6; ++n) world.cycle();
  CHECK(world.store.count_held() == 1);
  CHECK(world.cycle().delivered == PerSite<std::size_t>{});
}

TEST_CASE("one site that rewrites what it is given, however often, is no quarrel", "[engine][G3]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  const std::size_t city = world.column(at_erp, "customer", "City");
  world.erp.before_write = [&](EntityId entity, Row& row) {
    if (entity != world.entity("customer").id) return;
    for (char& c : std::get<std::string>(row[city]))
      c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  };
  // The shop's people are faster than what comes back: it never gets there.
  std::string name = "nuits";
  world.options.at_step = [&](const char* step) {
    if (step == std::string{"plan"})
      world.set(at_shop, "customer", customer, "city", name += "x");
  };
  world.set(at_shop, "customer", customer, "city", name);
  for (int n = 0; n < 5; ++n) world.cycle();
  CHECK(world.store.count_held() == 0);
}

TEST_CASE("what the shop's own trigger does in miroir's transaction is a change like any other",
          "[engine][G1]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const EntityId item = world.entity("item").id;
  const EntityId line = world.entity("line").id;
  const Key wine = world.shop.insert(
      item, world.row(at_shop, "item", {{"sku", text("CHABLIS")}, {"stock", std::int64_t{10}}}));
  const std::size_t stock = world.column(at_shop, "item", "stock");
  world.seed();
  world.shop.after_write = [&](EntityId entity, WriteOp op, const Row&) {
    if (entity != line || op != WriteOp::insert) return;
    world.shop.update(item, wine,
                      [=](Row& row) { row[stock] = std::get<std::int64_t>(row[stock]) - 1; });
  };
  world.new_order(at_erp, world.there(at_shop, "customer", customer), {"Chablis", "Chablis"});
  world.cycles_until_quiet();
  CHECK(world.get(at_shop, "item", wine, "stock") == Value{std::int64_t{8}});
  CHECK(world.get(at_erp, "item", wine, "Stock") == Value{Decimal{8, 0}});
}

TEST_CASE("a site that is away costs the other nothing, and all arrives afterwards",
          "[engine][G4]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  bool away = true;
  world.erp.faults = [&](std::string_view) { return away ? Fault::before : Fault::none; };
  for (int n = 0; n < 3; ++n) {
    world.new_order(at_shop, customer, {"Chablis"});
    world.set(at_erp, "customer", world.there(at_shop, "customer", customer), "Name",
              "Name " + std::to_string(n));
    const Outcome outcome = world.cycle();
    CHECK(outcome.exit == Exit::unreachable);
    CHECK(outcome.behind[1] == static_cast<std::size_t>(n + 1));
  }
  away = false;
  world.cycle();
  CHECK(world.differences() == Names{});
  CHECK(world.rows(at_erp, "order").size() == 3);
  CHECK(world.get(at_shop, "customer", customer, "name") == Value{text("Name 2")});
}

TEST_CASE("many deletions at once are a brake, and pass when a person says so", "[engine][G7]") {
  SmallWorld world;
  std::vector<Key> customers;
  for (int n = 0; n < 30; ++n) {
    customers.push_back(world.new_customer(at_shop, "Customer", std::to_string(n) + "@x.fr"));
  }
  world.seed();
  for (int n = 0; n < 25; ++n)
    world.shop.erase(world.entity("customer").id, customers[static_cast<std::size_t>(n)]);
  const Outcome outcome = world.cycle();
  CHECK(outcome.exit == Exit::brake);
  REQUIRE(outcome.brakes.size() == 1);
  CHECK(world.rows(at_erp, "customer").size() == 30);
  world.options.accepted.insert(outcome.brakes[0].id);
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.rows(at_erp, "customer").size() == 5);
}

TEST_CASE("another store on the same sites stops the cycle", "[engine][G7]") {
  SmallWorld world;
  world.seed();
  const Mapping mapping = small_mapping();
  Store stranger = Store::in_memory(mapping);
  world.new_customer(at_shop, "Aubert", "a@x.fr");
  const auto journal = world.shop.journal().size();
  const Outcome outcome = run_cycle({&world.shop, &world.erp}, stranger, mapping, world.options);
  CHECK(outcome.exit == Exit::brake);
  CHECK(outcome.brakes.size() == 2);
  CHECK(world.shop.journal().size() == journal);
  CHECK(world.rows(at_erp, "customer").empty());
}

TEST_CASE("a seed that one site refuses leaves no mark on the other", "[engine][G7]") {
  SmallWorld world;
  REQUIRE(world.erp.claim({"another store", CycleNumber{1}}));
  const Mapping mapping = small_mapping();
  const SeedReport report = seed({&world.shop, &world.erp}, world.store, mapping, world.options);
  CHECK(report.refusals.size() == 1);
  CHECK(world.shop.mark().store.empty());
  CHECK_FALSE(world.store.seeded());
}

TEST_CASE("a key deleted and used again is a new record", "[engine]") {
  SmallWorld world;
  const EntityId customer = world.entity("customer").id;
  const Key key = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  world.shop.erase(customer, key);
  world.shop.insert(customer, world.row(at_shop, "customer",
                                        {{"id", key[0]},
                                         {"email", text("other@x.fr")},
                                         {"name", text("Bichot")},
                                         {"points", std::int64_t{0}},
                                         {"changed", std::int64_t{0}}}));
  world.cycles_until_quiet();
  CHECK(world.rows(at_erp, "customer").size() == 1);
  CHECK(world.get(at_erp, "customer", world.there(at_shop, "customer", key), "Name") ==
        Value{text("Bichot")});
  CHECK(world.differences() == Names{});
}

TEST_CASE("a cascade that no trigger saw is found through what it deleted", "[engine][G1]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key order = world.new_order(at_shop, customer, {"Chablis"});
  world.seed();
  world.shop.set_untriggered(world.entity("line").id, world.rows(at_shop, "line").begin()->first,
                             std::nullopt);
  world.shop.set_untriggered(world.entity("order").id, order, std::nullopt);
  world.shop.erase(world.entity("customer").id, customer);
  world.cycles_until_quiet();
  CHECK(world.rows(at_erp, "customer").empty());
  CHECK(world.rows(at_erp, "order").empty());
  CHECK(world.rows(at_erp, "line").empty());
}

TEST_CASE("lines that an order left behind at its site are removed there too", "[engine][G3]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key order = world.new_order(at_shop, customer, {"Chablis", "Pommard"});
  world.seed();
  world.shop.cascades = false;
  world.shop.erase(world.entity("order").id, order);
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "line").empty());
  CHECK(world.rows(at_erp, "line").empty());
  CHECK(world.rows(at_erp, "order").empty());
}

TEST_CASE("a row changed between extraction and delivery is not overwritten", "[engine][G1]") {
  for (const char* sneaked : {"AUBERT", "Aubert ", "Bichot"}) {
    SmallWorld world;
    const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
    world.seed();
    const Key no = world.there(at_shop, "customer", customer);
    world.set(at_shop, "customer", customer, "name", text("Chanson"));
    bool once = true;
    world.options.at_step = [&](const char* step) {
      if (std::string_view{step} == "plan" && std::exchange(once, false)) {
        world.set(at_erp, "customer", no, "Name", text(sneaked));
      }
    };
    world.cycle();
    CHECK(world.get(at_erp, "customer", no, "Name") == Value{text(sneaked)});
    const Outcome outcome = world.cycle();
    CHECK(outcome.conflicts == 1);  // The ERP wins this field, the shop's name is in the list.
    CHECK(world.get(at_shop, "customer", customer, "name") == Value{text(sneaked)});
    CHECK(world.store.conflicts(outcome.cycle, 1).at(0).conflict.loser == Value{text("Chanson")});
  }
}

TEST_CASE("an ambiguous twin waits for a person", "[engine]") {
  SmallWorld world;
  world.new_customer(at_shop, "One", "same@x.fr");
  world.new_customer(at_shop, "Two", "same@x.fr");
  world.erp.faults = [](std::string_view call) {
    return call == "deliver" ? Fault::before : Fault::none;
  };
  world.seed();
  world.new_customer(at_erp, "Three", "same@x.fr");
  world.cycle();
  CHECK(world.store.count_set_aside() == 1);
  const OpenSetAside before = world.store.set_aside().at(0);
  world.cycle();
  world.erp.faults = nullptr;
  REQUIRE(world.store.count_set_aside() == 1);
  CHECK(world.store.set_aside().at(0).since == before.since);
  CHECK(world.store.set_aside().at(0).tries == before.tries + 1);
  CHECK(world.rows(at_shop, "customer").size() == 2);
}

TEST_CASE("rehearsing writes nothing anywhere", "[engine]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  world.set(at_shop, "customer", customer, "city", text("Dijon"));
  world.new_order(at_shop, customer, {"Chablis"});
  const auto journal = world.shop.journal().size();
  std::size_t planned = 0;
  world.options.writes = Writes::forbidden;
  world.options.planned = [&](SiteId site, EntityId, RecordId, const Planned&) {
    planned += site == at_erp ? 1 : 0;
  };
  world.cycle();
  CHECK(planned == 2);
  CHECK(world.shop.journal().size() == journal);
  CHECK(world.rows(at_erp, "order").empty());
}

}  // namespace
}  // namespace miroir::test
