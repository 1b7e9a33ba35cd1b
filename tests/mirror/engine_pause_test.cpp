// A site or an entity that a person keeps out of the cycles, and what the rest does meanwhile.
#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

using Names = std::vector<std::string>;

std::string text(const char* t) { return t; }

Pause pause_of(const Pausable& what) {
  return {.what = what, .reason = "month end", .since = "2026-01-31T17:00:00Z", .by = "anne"};
}

// A world with one customer, his order and an item; the calls of both sites are counted.
class PausedWorld : public SmallWorld {
 public:
  PausedWorld() {
    shop.insert(entity("item").id,
                row(at_shop, "item", {{"sku", text("CHABLIS")}, {"stock", std::int64_t{10}}}));
    seed();
    for (const SiteId site : both_sites) {
      at(site).faults = [this, site](std::string_view) {
        ++calls[index(site)];
        return Fault::none;
      };
    }
    calls = {};
  }
  Key no(const Key& shop_customer) const { return there(at_shop, "customer", shop_customer); }

  Key customer = new_customer(at_shop, "Aubert", "a@x.fr");
  Key order = new_order(at_shop, customer, {"Chablis"});
  PerSite<int> calls{};
};

TEST_CASE(
    "a paused site is not even called, the other works on, and all arrives once it is resumed",
    "[engine][pause]") {
  for (const SiteId paused : both_sites) {
    CAPTURE(index(paused));
    PausedWorld world;
    const SiteId working = other(paused);
    const Key no = world.no(world.customer);
    world.store.pause(pause_of(paused));
    for (std::size_t n = 1; n <= 3; ++n) {
      const std::string number = std::to_string(n);
      world.new_order(at_shop, world.customer, {"Chablis"});
      world.new_order(at_erp, no, {"Pommard"});
      world.set(at_shop, "customer", world.customer, "city", "City " + number);
      world.set(at_erp, "customer", no, "Name", "Name " + number);
      const Outcome outcome = world.cycle();
      CHECK(outcome.exit == Exit::done);
      CHECK(outcome.troubles.empty());
      CHECK(outcome.extracted[index(working)] == 2);
      CHECK(outcome.behind[index(paused)] == n + 1);  // The orders and the customer.
      REQUIRE(outcome.pauses.size() == 1);
      CHECK(outcome.pauses[0].what == Pausable{paused});
      CHECK(outcome.pauses[0].reason == "month end");
      CHECK(world.at(working).journal().empty());
    }
    CHECK(world.calls[index(paused)] == 0);
    CHECK(world.calls[index(working)] > 0);

    world.store.resume(paused, {"lea", ""});
    const Outcome outcome = world.cycle();
    CHECK(outcome.exit == Exit::done);
    CHECK(outcome.pauses.empty());
    CHECK(outcome.conflicts == 0);
    world.cycles_until_quiet();
    CHECK(world.differences() == Names{});
    CHECK(world.rows(at_erp, "order").size() == 7);
    CHECK(world.get(at_erp, "customer", no, "City") == Value{text("City 3")});
    CHECK(world.get(at_shop, "customer", world.customer, "name") == Value{text("Name 3")});
  }
}

TEST_CASE("what both sides changed during a pause is asked once", "[engine][pause]") {
  PausedWorld world;
  world.store.pause(pause_of(at_erp));
  world.set(at_shop, "customer", world.customer, "note", text("shop's"));
  CHECK(world.cycle().held == 0);
  world.set(at_erp, "customer", world.no(world.customer), "Note", text("erp's"));
  CHECK(world.cycle().held == 0);
  world.store.resume(at_erp, {"lea", ""});
  CHECK(world.cycle().held == 1);
  world.store.pause(pause_of(at_erp));
  CHECK(world.cycle().held == 1);
  world.store.resume(at_erp, {"lea", ""});
  CHECK(world.cycle().held == 1);
  CHECK(world.get(at_shop, "customer", world.customer, "note") == Value{text("shop's")});
}

TEST_CASE("with both sites paused a cycle does nothing, and well", "[engine][pause]") {
  PausedWorld world;
  for (const SiteId site : both_sites) world.store.pause(pause_of(site));
  world.set(at_shop, "customer", world.customer, "city", text("Dijon"));
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.calls == PerSite<int>{});
}

TEST_CASE("a paused entity sits out with what refers to it, and its journal stays",
          "[engine][pause]") {
  PausedWorld world;
  const EntityId item = world.entity("item").id;
  const EntityId customer = world.entity("customer").id;
  world.store.pause(pause_of(customer));
  const Key newcomer = world.new_customer(at_shop, "Bichot", "b@x.fr");
  world.new_order(at_shop, newcomer, {"Chablis", "Pommard"});
  world.set(at_erp, "customer", world.no(world.customer), "City", text("Nuits"));
  const PerSite<std::size_t> journals{world.shop.journal().size(), world.erp.journal().size()};
  world.shop.update(item, {text("CHABLIS")}, [&](Row& row) {
    row[world.column(at_shop, "item", "stock")] = std::int64_t{7};
  });
  for (int n = 0; n < 2; ++n) {
    const Outcome outcome = world.cycle();
    CHECK(outcome.exit == Exit::done);
    CHECK(outcome.extracted == PerSite<std::size_t>{n == 0 ? 1u : 0u, 0});
  }
  CHECK(world.get(at_erp, "item", {text("CHABLIS")}, "Stock") == Value{Decimal{7, 0}});
  CHECK(world.rows(at_erp, "customer").size() == 1);
  CHECK(world.rows(at_erp, "order").size() == 1);
  CHECK(world.get(at_shop, "customer", world.customer, "city") == Value{text("Beaune")});
  CHECK(world.shop.journal().size() == journals[0]);
  CHECK(world.erp.journal().size() == journals[1]);

  world.store.resume(customer, {"lea", ""});
  CHECK(world.cycle().exit == Exit::done);
  world.cycles_until_quiet();
  CHECK(world.differences() == Names{});
  CHECK(world.rows(at_erp, "order").size() == 2);
}

TEST_CASE("what was behind when its entity was paused stays behind", "[engine][pause]") {
  PausedWorld world;
  world.store.pause(pause_of(at_erp));
  world.set(at_shop, "customer", world.customer, "city", text("Dijon"));
  CHECK(world.cycle().behind[1] == 1);
  world.store.pause(pause_of(world.entity("customer").id));
  world.store.resume(at_erp, {"lea", ""});
  const Outcome outcome = world.cycle();
  CHECK(outcome.behind[1] == 1);
  CHECK(outcome.delivered == PerSite<std::size_t>{});
  world.store.resume(world.entity("customer").id, {"lea", ""});
  world.cycle();
  CHECK(world.differences() == Names{});
}

// The customer is read, his orders are not: that they are gone too is not known yet.
TEST_CASE("a deletion waits while one who may refer to it is paused, and is no question",
          "[engine][pause]") {
  for (const bool elsewhere : {false, true}) {
    CAPTURE(elsewhere);
    PausedWorld world;
    const Key no = world.no(world.customer);
    world.store.pause(pause_of(world.entity("order").id));
    world.shop.erase(world.entity("order").id, world.order);
    world.shop.erase(world.entity("customer").id, world.customer);
    for (int n = 0; n < 2; ++n) {
      const Outcome outcome = world.cycle();
      CHECK(outcome.exit == Exit::done);
      CHECK(outcome.held == 0);
    }
    CHECK(world.rows(at_shop, "customer").empty());
    CHECK(world.rows(at_erp, "customer").size() == 1);
    if (elsewhere) world.new_order(at_erp, no, {"Pommard"});  // Then he must come back.

    world.store.resume(world.entity("order").id, {"lea", ""});
    CHECK(world.cycle().held == (elsewhere ? 1u : 0u));
    world.cycles_until_quiet();
    CHECK(world.differences() == Names{});
    CHECK(world.rows(at_shop, "customer").size() == (elsewhere ? 1u : 0u));
    // The other one was deleted for itself, by another transaction.
    CHECK(world.rows(at_erp, "order").size() == (elsewhere ? 1u : 0u));
  }
}

TEST_CASE("a paused entity has no brake; once it is resumed it has", "[engine][pause][G7]") {
  SmallWorld world;
  const EntityId customer = world.entity("customer").id;
  for (int n = 0; n < 30; ++n) world.new_customer(at_shop, "Customer", std::to_string(n) + "@x.fr");
  world.seed();
  world.store.pause(pause_of(customer));
  world.shop.truncate(customer);
  const auto journal = world.shop.journal().size();
  CHECK(world.cycle().exit == Exit::done);
  world.options.limits.brakes.all.deletions.count = 100;  // No brake, as for a small table ...
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.shop.journal().size() == journal);  // ... and yet nothing is read or forgotten.
  CHECK(world.store.last_reread() == 0);
  world.options.limits.brakes = {};
  world.store.resume(customer, {"lea", ""});
  CHECK(world.cycle().exit == Exit::brake);
  CHECK(world.rows(at_erp, "customer").size() == 30);
}

TEST_CASE("a rehearsal respects pauses", "[engine][pause]") {
  PausedWorld world;
  world.set(at_shop, "customer", world.customer, "city", text("Dijon"));
  world.set(at_shop, "order", world.order, "state", text("paid"));
  world.options.writes = Writes::forbidden;
  std::vector<std::string> planned;
  world.options.planned = [&](SiteId site, EntityId entity, RecordId, const Planned&) {
    planned.push_back(std::to_string(index(site)) + " " + small_mapping().entity(entity).name);
  };
  world.store.pause(pause_of(world.entity("order").id));
  CHECK(world.cycle().pauses.size() == 1);
  CHECK(planned == Names{"1 customer"});
  world.store.pause(pause_of(at_erp));
  planned.clear();
  world.cycle();
  CHECK(planned == Names{});
}

// The store is a file, as with the program: whoever pauses has a connection of his own.
TEST_CASE("pausing at every step of a cycle disturbs it not, and holds from the next one on",
          "[engine][pause]") {
  std::string folder = (std::filesystem::temp_directory_path() / "miroir-pause-XXXXXX").string();
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  {
    const Mapping mapping = small_mapping();
    SmallWorld world;
    Store store = Store::open(folder + "/s.db", mapping);
    Store person = Store::open(folder + "/s.db", mapping);
    const Sites sites{&world.shop, &world.erp};
    const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
    REQUIRE(seed(sites, store, mapping, world.options).refusals.empty());
    world.new_customer(at_shop, "Bichot", "b@x.fr");  // So that every step has work.
    int steps = 0;
    world.options.at_step = [&](const char*) {
      ++steps;
      person.resume(at_erp, {"lea", ""});
      person.pause(pause_of(at_erp));
      person.pause(pause_of(mapping.find("customer")->id));
    };
    const Outcome first = run_cycle(sites, store, mapping, world.options);
    CHECK(steps > 8);
    CHECK(first.exit == Exit::done);
    CHECK(first.pauses.empty());
    CHECK(first.delivered[1] == 2);
    CHECK(world.rows(at_erp, "customer").size() == 2);

    world.set(at_shop, "customer", customer, "city", text("Dijon"));
    const Outcome second = run_cycle(sites, store, mapping, world.options);
    CHECK(second.exit == Exit::done);
    CHECK(second.pauses.size() == 2);
    CHECK(second.extracted == PerSite<std::size_t>{});
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace miroir::test
