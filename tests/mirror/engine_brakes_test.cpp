// What looks like an accident at a site: it sits out, the rest goes on, and once a person says so
// nothing of what happened meanwhile is lost.
#include <catch2/catch.hpp>

#include "mirror/brakes.hpp"
#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

using Names = std::vector<std::string>;

std::string text(const char* t) { return t; }

// A few customers with an order each, and one item, at both sites.
class BrakeWorld : public SmallWorld {
 public:
  explicit BrakeWorld(int count = 4) {
    for (int n = 0; n < count; ++n) {
      customers.push_back(new_customer(at_shop, "Customer", std::to_string(n) + "@x.fr"));
    }
    order = new_order(at_shop, customers.front(), {"Chablis"});
    wine = shop.insert(id("item"),
                       row(at_shop, "item", {{"sku", text("W")}, {"stock", std::int64_t{10}}}));
    seed();
    REQUIRE(cycles_until_quiet() <= 2);
  }

  EntityId id(const std::string& name) const { return entity(name).id; }
  Key& customer(int n) { return customers[static_cast<std::size_t>(n)]; }
  // The only brake of a cycle that must stop at it, and which the items, that refer to nothing and
  // are referred to by nothing, are no part of.
  Brake braked(const std::string& kind) {
    sell(1);
    const Outcome outcome = cycle();
    CHECK(outcome.exit == Exit::brake);
    REQUIRE(outcome.brakes.size() == 1);
    CAPTURE(outcome.brakes[0].id, outcome.brakes[0].message);
    CHECK(outcome.brakes[0].id.starts_with(kind + ":"));
    if (outcome.brakes[0].acceptable)
      CHECK(outcome.brakes[0].message.find("`miroir cycle --accept '" + outcome.brakes[0].id +
                                           "'`") != std::string::npos);
    if (outcome.brakes[0].entity)
      CHECK(get(at_erp, "item", there(at_shop, "item", wine), "Stock") == get_stock());
    return outcome.brakes[0];
  }
  Outcome accept(const Brake& brake) {
    options.accepted = {brake.id};
    const Outcome outcome = cycle();
    options.accepted.clear();
    return outcome;
  }
  void sell(int count) {
    shop.update(id("item"), wine, [&](Row& r) {
      Value& stock = r[column(at_shop, "item", "stock")];
      stock = std::get<std::int64_t>(stock) - count;
    });
  }
  Value get_stock() const {
    return Decimal{std::get<std::int64_t>(get(at_shop, "item", wine, "stock")), 0};
  }
  void rename(SiteId site, const Key& key, const char* name) {
    set(site, "customer", key, site == at_shop ? "name" : "Name", text(name));
  }
  std::string name_there(const Key& key) {
    return std::get<std::string>(get(at_erp, "customer", there(at_shop, "customer", key), "Name"));
  }

  std::vector<Key> customers;
  Key order, wine;
};

}  // namespace

TEST_CASE("many changed records at once are a brake by count and share", "[engine][G7]") {
  BrakeWorld world;
  world.options.limits.brakes.all.updates = {2, 0.5};
  for (int n = 0; n < 2; ++n) world.rename(at_shop, world.customer(n), "Two");
  CHECK(world.cycle().exit == Exit::done);
  // Three of four, one of them often.
  for (int n = 0; n < 3; ++n) world.rename(at_shop, world.customer(n), "Three");
  for (int n = 0; n < 9; ++n)
    world.rename(at_shop, world.customer(0), n % 2 == 0 ? "Even" : "Odd");
  const Brake brake = world.braked("updates");
  CHECK(brake.id == "updates:shop:customer:3");
  CHECK(world.name_there(world.customer(1)) == "Two");
  CHECK(world.accept(brake).exit == Exit::done);
  CHECK(world.name_there(world.customer(1)) == "Three");
  CHECK(world.differences() == Names{});
}

TEST_CASE("one record changed often is one changed record", "[engine][G7]") {
  BrakeWorld world;
  world.options.limits.brakes.all.updates = {1, 0};
  for (int n = 0; n < 9; ++n)
    world.rename(at_shop, world.customer(0), n % 2 == 0 ? "Even" : "Odd");
  CHECK(world.cycle().exit == Exit::done);
}

TEST_CASE("an entity of its own limits has them, the others have those of all", "[engine][G7]") {
  BrakeWorld world;
  world.options.limits.brakes.all.updates = {0, 0};
  world.options.limits.brakes.of["customer"].updates = {100, 1};
  for (int n = 0; n < 4; ++n) world.rename(at_shop, world.customer(n), "Four");
  CHECK(world.cycle().exit == Exit::done);
  world.sell(1);
  const Outcome outcome = world.cycle();
  REQUIRE(outcome.brakes.size() == 1);
  CHECK(outcome.brakes[0].id == "updates:shop:item:1");
}

TEST_CASE("many new records are a brake, a first load is none", "[engine][G7]") {
  BrakeWorld world{2};
  world.options.limits.brakes.all.inserts = {3, 1};
  for (int n = 0; n < 4; ++n)
    world.new_customer(at_shop, "First load", "f" + std::to_string(n) + "@x.fr");
  CHECK(world.cycle().exit == Exit::done);
  for (int n = 0; n < 7; ++n)
    world.new_customer(at_shop, "Again", "g" + std::to_string(n) + "@x.fr");
  const Brake brake = world.braked("inserts");
  CHECK(world.rows(at_erp, "customer").size() == 6);
  CHECK(world.accept(brake).exit == Exit::done);
  CHECK(world.rows(at_erp, "customer").size() == 13);
}

TEST_CASE("an ordinary day brakes nothing: a price list, a first load, a large part changed",
          "[engine][G7]") {
  const EntityLimits limits;
  CHECK_FALSE(is_over(limits.updates, 8'000, 8'000));
  CHECK_FALSE(is_over(limits.updates, 26'000, 130'000));
  CHECK_FALSE(is_over(limits.updates, 100'000, 130'000));
  CHECK(is_over(limits.updates, 130'000, 130'000));
  CHECK_FALSE(is_flood(limits.inserts, 300'000, 0));
  CHECK_FALSE(is_flood(limits.inserts, 300'000, 9'999));
  CHECK_FALSE(is_flood(limits.inserts, 20'000, 30'000));
  CHECK(is_flood(limits.inserts, 30'001, 30'000));
}

TEST_CASE("no more records need be counted than matter", "[engine][G7]") {
  for (const double share : {0.05, 0.1, 0.3, 0.9, 1.0, 3.0}) {
    const BrakeLimit limit{20, share};
    for (const std::size_t changed : {1U, 20U, 21U, 27U, 300U, 4'001U}) {
      const std::size_t enough = enough_records(limit, changed).value();
      CHECK(static_cast<double>(enough) <=
            std::max(20.0, static_cast<double>(changed) / share + 2));
      for (std::size_t records = 0; records < 3 * enough; records += 1 + records / 50) {
        CAPTURE(share, changed, records);
        const std::size_t counted = std::min(records, enough);
        REQUIRE(is_over(limit, changed, counted) == is_over(limit, changed, records));
        REQUIRE(is_flood(limit, changed, counted) == is_flood(limit, changed, records));
      }
    }
  }
  CHECK_FALSE(enough_records({20, 0}, 21));
  BrakeWorld world;
  CHECK(world.store.count(world.id("customer")) == 4);
  CHECK(world.store.count(world.id("customer"), 3) == 3);
}

TEST_CASE("a table that is empty without anybody deleting is a brake", "[engine][G7]") {
  BrakeWorld world;
  const EntityId customer = world.id("customer");
  const MemorySite::Rows before = world.shop.rows(customer);
  for (const auto& [key, row] : before) world.shop.set_untriggered(customer, key, std::nullopt);
  const Brake brake = world.braked("emptied");
  CHECK(world.rows(at_erp, "customer").size() == 4);
  CHECK(world.braked("emptied").id == brake.id);

  SECTION("its rows may come back") {
    for (const auto& [key, row] : before) world.shop.set_untriggered(customer, key, row);
    CHECK(world.cycle().exit == Exit::done);
    CHECK(world.differences() == Names{});
  }
  SECTION("or a person says that they are to go") {
    world.shop.erase(world.id("order"), world.order);
    CHECK(world.accept(brake).exit == Exit::done);
    CHECK(world.rows(at_erp, "customer").empty());
    CHECK(world.cycle().exit == Exit::done);
  }
}

TEST_CASE("lines that are all gone at once are a brake of their orders", "[engine][G7]") {
  BrakeWorld world;
  const EntityId line = world.id("line");
  const MemorySite::Rows before = world.erp.rows(line);
  for (const auto& [key, row] : before) world.erp.set_untriggered(line, key, std::nullopt);
  const Brake brake = world.braked("emptied");
  CHECK(brake.id == "emptied:erp:line");
  CHECK(world.accept(brake).exit == Exit::done);
  CHECK(world.rows(at_shop, "line").empty());
}

TEST_CASE("the last record of a table may be deleted", "[engine][G7]") {
  BrakeWorld world{1};
  world.shop.erase(world.id("item"), world.wine);
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.rows(at_erp, "item").empty());
  world.erp.cascades = false;
  world.erp.erase(world.id("line"), world.rows(at_erp, "line").begin()->first);
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.rows(at_shop, "line").empty());
}

TEST_CASE("triggers that are off keep their table out, and nothing else", "[engine][G7]") {
  BrakeWorld world;
  world.erp.switch_triggers(world.id("customer"), false);
  world.rename(at_shop, world.customer(0), "Waits");
  const Brake brake = world.braked("unwatched");
  CHECK_FALSE(brake.acceptable);
  CHECK(world.accept(brake).exit == Exit::brake);
  CHECK(world.name_there(world.customer(0)) == "Customer");
}

TEST_CASE("what changed while triggers were off comes in once a person says so", "[engine][G7]") {
  BrakeWorld world;
  const EntityId customer = world.id("customer");
  world.shop.switch_triggers(customer, false);
  world.rename(at_shop, world.customer(0), "Unseen");
  world.shop.erase(customer, world.customer(3));
  const Key fresh = world.new_customer(at_shop, "Unseen too", "new@x.fr");
  world.shop.switch_triggers(customer, true);
  // Seen, and the journal names only this column.
  world.set(at_shop, "customer", world.customer(0), "city", text("Dijon"));
  // The other side goes on meanwhile.
  const Key other_there = world.there(at_shop, "customer", world.customer(1));
  world.rename(at_erp, other_there, "Theirs");

  const Brake brake = world.braked("triggers");
  CHECK(world.name_there(world.customer(0)) == "Customer");
  CHECK(world.accept(brake).exit == Exit::done);
  CHECK(world.name_there(world.customer(0)) == "Unseen");
  CHECK(world.name_there(fresh) == "Unseen too");
  CHECK(world.rows(at_erp, "customer").size() == 4);
  CHECK(world.get(at_shop, "customer", world.customer(1), "name") == Value{text("Theirs")});
  CHECK(world.differences() == Names{});
  CHECK(world.cycles_until_quiet() == 1);
}

TEST_CASE("very many deletions that comparing finds are asked for as well", "[engine][G7]") {
  BrakeWorld world{30};
  const EntityId customer = world.id("customer");
  world.shop.switch_triggers(customer, false);
  for (int n = 5; n < 30; ++n) world.shop.erase(customer, world.customer(n));
  world.shop.switch_triggers(customer, true);
  const Brake first = world.braked("triggers");
  const Outcome outcome = world.accept(first);
  CHECK(outcome.exit == Exit::brake);
  REQUIRE(outcome.brakes.size() == 1);
  CHECK(outcome.brakes[0].id == first.id + ":25");
  CHECK(world.rows(at_erp, "customer").size() == 30);
  CHECK(world.braked("triggers").id == first.id);  // Nothing of it was forgotten.
  CHECK(world.accept(outcome.brakes[0]).exit == Exit::done);
  CHECK(world.rows(at_erp, "customer").size() == 5);
}

TEST_CASE("a journal that somebody emptied keeps its site out, the other one is read",
          "[engine][G7]") {
  BrakeWorld world;
  world.rename(at_shop, world.customer(0), "Lost with it");
  world.shop.empty_journal();
  const Key no = world.there(at_shop, "customer", world.customer(1));
  world.rename(at_erp, no, "Theirs");
  const Brake brake = world.braked("journal");
  CHECK_FALSE(brake.entity);
  CHECK(world.shop.journal().size() == 1);  // The sale, which is not read.
  CHECK(world.erp.journal().empty());
  CHECK(world.accept(brake).exit == Exit::done);
  CHECK(world.name_there(world.customer(0)) == "Lost with it");
  CHECK(world.get(at_shop, "customer", world.customer(1), "name") == Value{text("Theirs")});
  CHECK(world.differences() == Names{});
  CHECK(world.cycle().exit == Exit::done);
  world.shop.empty_journal();
  CHECK(world.braked("journal").id != brake.id);
}

TEST_CASE("a column that is another one keeps its table out until a person takes it",
          "[engine][G7]") {
  BrakeWorld world;
  const char* type = GENERATE("varchar(5)", "");
  world.shop.change_column(world.id("customer"), "city", type);
  world.rename(at_shop, world.customer(0), "Waits");
  const Brake brake = world.braked("columns");
  CHECK(brake.message.find("column city") != std::string::npos);
  CHECK(world.name_there(world.customer(0)) == "Customer");
  SECTION("it may be changed back") {
    world.shop.change_column(world.id("customer"), "city", "text");
    CHECK(world.cycle().exit == Exit::done);
  }
  SECTION("or stay") { CHECK(world.accept(brake).exit == Exit::done); }
  CHECK(world.name_there(world.customer(0)) == "Waits");
  CHECK(world.cycle().exit == Exit::done);
}

TEST_CASE("what is remembered of columns and is damaged is told as a damaged store", "[engine][G7]") {
  BrakeWorld world;
  const char* text = GENERATE("{", "[]", R"({"city":5})");
  world.store.remember(at_shop, "columns customer", text);
  world.shop.change_column(world.id("customer"), "city", "varchar(5)");  // Then it is looked at.
  CHECK_THROWS_WITH(world.cycle(), Catch::Contains("the state file is damaged"));
}

TEST_CASE("a paused entity has none of these brakes; once it is resumed it has", "[engine][G7]") {
  BrakeWorld world;
  const EntityId customer = world.id("customer");
  world.store.pause({customer, "upgrade", "2026-01-01", "lea"});
  world.shop.switch_triggers(customer, false);
  CHECK(world.cycle().exit == Exit::done);
  world.shop.switch_triggers(customer, true);
  CHECK(world.cycle().exit == Exit::done);
  world.store.resume(customer, {"lea", ""});
  world.braked("triggers");
}

TEST_CASE("before two databases have met nothing is a brake", "[engine][G7]") {
  SmallWorld world;
  world.new_customer(at_shop, "Customer", "a@x.fr");
  REQUIRE(world.shop.claim({world.store.id(), CycleNumber{0}}));
  world.shop.switch_triggers(world.entity("customer").id, false);
  world.shop.switch_triggers(world.entity("customer").id, true);
  world.seed();
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.differences() == Names{});
}

}  // namespace miroir::test
