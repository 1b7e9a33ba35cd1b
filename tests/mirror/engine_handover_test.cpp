// A key that another record has by now: whom do the rows that refer to it mean?
#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

constexpr const char* paying_for_others = R"json({"entities": {"customer": {"fields": {
  "payer": {"type": "reference", "to": "customer", "shop": "pays_id",
            "erp": {"column": "Bill-to", "blank": ""}}
}}}})json";

constexpr const char* with_agent = R"json({"entities": {"order": {"fields": {
  "agent": {"type": "reference", "to": "customer", "shop": "agent_id",
            "erp": {"column": "Agent", "blank": ""}}
}}}})json";

// Ana has an order, and both sides know it.
class HandoverWorld : public SmallWorld {
 public:
  explicit HandoverWorld(const std::string& patch = "{}") : SmallWorld{small_mapping(patch)} {
    seed();
    ana = new_customer(at_shop, "Ana", "ana@x.fr");
    order = new_order(at_shop, ana, {"Chablis", "Pommard"});
    cycles_until_quiet();
  }

  // Its customer is deleted, and somebody new gets the key.
  void hand_over(SiteId site, const Key& key, const std::string& email) {
    const EntityId customers = entity("customer").id;
    Row row = *at(site).find(customers, key);
    at(site).erase(customers, key);
    row[column(site, "customer", site == at_shop ? "email" : "E-Mail")] = email;
    at(site).insert(customers, row);
  }

  // Her orders wait with a third one meanwhile, and go to whoever has the key then.
  void hand_over_with(const Key& ordered, SiteId site, const Value& third, const Key& key,
                      const std::string& email) {
    const char* customer = site == at_shop ? "customer_id" : "Customer";
    set(site, "order", ordered, customer, third);
    hand_over(site, key, email);
    set(site, "order", ordered, customer, key[0]);
  }

  // When the customers are read, and before the orders are.
  void when_customers_are_read(const std::function<void()>& act) {
    const Key last = rows(at_shop, "customer").rbegin()->first;
    set(at_shop, "customer", last, "points", std::int64_t{99});
    shop.faults = [act, once = true](std::string_view call) mutable {
      if (call == "acknowledge" && std::exchange(once, false)) act();
      return Fault::none;
    };
  }

  Key ana, order;
};

}  // namespace

TEST_CASE("an order for who got a customer's key while the mirror reads is not the former one's",
          "[engine][G2]") {
  HandoverWorld world;
  const Key bea = world.new_customer(at_shop, "Bea", "bea@x.fr");
  world.cycles_until_quiet();
  Key ordered;
  world.when_customers_are_read([&] {
    world.hand_over(at_shop, bea, "cid@x.fr");
    ordered = world.new_order(at_shop, bea, {"Rully"});
  });
  CHECK(world.cycle().set_aside == 1);  // It is not known yet whose it is.
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "customer").size() == 2);  // Ana and Cid.
  CHECK(world.get(at_shop, "order", ordered, "customer_id") == bea[0]);
  CHECK(world.get(at_erp, "customer", world.there(at_shop, "customer", bea), "E-Mail") ==
        Value{std::string{"cid@x.fr"}});
  CHECK(world.store.count_set_aside() == 0);
  CHECK(world.differences() == std::vector<std::string>{});
}

TEST_CASE("an order for a customer who is only changed while the mirror reads does not wait",
          "[engine]") {
  HandoverWorld world;
  world.when_customers_are_read([&] {
    world.set(at_shop, "customer", world.ana, "city", std::string{"Brest"});
    world.new_order(at_shop, world.ana, {"Rully"});
  });
  CHECK(world.cycle().set_aside == 0);
  CHECK(world.rows(at_erp, "order").size() == 2);
}

TEST_CASE("an order that goes to who has its customer's key by now has been moved",
          "[engine][G1][G2]") {
  const bool while_reading = GENERATE(false, true);
  HandoverWorld world;
  const Key ben = world.new_customer(at_erp, "Ben", "ben@x.fr");
  const Key cid = world.new_customer(at_erp, "Cid", "cid@x.fr");
  world.cycles_until_quiet();
  const Key header = world.there(at_shop, "order", world.order);
  const Key number = world.there(at_shop, "customer", world.ana);
  const auto refer = [&](const Key& to) { world.set(at_erp, "order", header, "Customer", to[0]); };
  const auto move = [&](const std::function<void()>& hand_over) {
    const auto all = [&world, refer, hand_over, ben, number] {
      refer(ben);
      hand_over();
      refer(number);
    };
    if (while_reading)
      world.when_customers_are_read(all);
    else
      all();
  };
  const auto email = [&] {
    const Value& customer = world.get(at_shop, "order", world.order, "customer_id");
    return world.get(at_shop, "customer", {customer}, "email");
  };
  SECTION("because she was deleted, and somebody new got it") {
    move([&] { world.hand_over(at_erp, number, "dan@x.fr"); });
    world.cycles_until_quiet();
    CHECK(email() == Value{std::string{"dan@x.fr"}});
    CHECK(world.rows(at_shop, "customer").size() == 3);
    CHECK(world.store.conflicts(std::nullopt, 10).empty());
  }
  SECTION("because she got another one, and somebody else hers") {
    move([&] {
      world.set(at_erp, "customer", number, "No_", std::string{"R1"});
      world.set(at_erp, "customer", cid, "No_", number[0]);
    });
    world.cycles_until_quiet();
    CHECK(email() == Value{std::string{"cid@x.fr"}});
    CHECK(world.rows(at_shop, "customer").size() == 3);
    CHECK(world.store.conflicts(std::nullopt, 10).empty());
  }
  SECTION("which is a conflict where the other side has moved it elsewhere") {
    world.set(at_shop, "order", world.order, "customer_id",
              world.there(at_erp, "customer", cid)[0]);
    move([&] { world.hand_over(at_erp, number, "dan@x.fr"); });
    world.cycles_until_quiet();
    CHECK(email() == Value{std::string{"cid@x.fr"}});
    const auto conflicts = world.store.conflicts(std::nullopt, 10);
    CHECK(std::any_of(conflicts.begin(), conflicts.end(),
                      [](const auto& one) { return one.conflict.loser_site == at_erp; }));
  }
  CHECK(world.store.count_set_aside() == 0);
  CHECK(world.differences() == std::vector<std::string>{});
}

TEST_CASE("an order that the other side deletes stays where it was moved to who has its key by now",
          "[engine][G1]") {
  HandoverWorld world;
  const Key bea = world.new_customer(at_shop, "Bea", "bea@x.fr");
  world.cycles_until_quiet();
  // With the customer, as a cascade would.
  for (const char* name : {"line", "order"}) {
    for (const auto& [key, row] : MemorySite::Rows{world.rows(at_erp, name)})
      world.erp.erase(world.entity(name).id, key);
  }
  world.erp.erase(world.entity("customer").id, world.there(at_shop, "customer", world.ana));
  world.when_customers_are_read(
      [&] { world.hand_over_with(world.order, at_shop, bea[0], world.ana, "dan@x.fr"); });
  world.cycles_until_quiet();
  REQUIRE(world.rows(at_shop, "order").size() == 1);
  CHECK(world.get(at_shop, "order", world.order, "customer_id") == world.ana[0]);
  CHECK(world.rows(at_erp, "line").size() == 2);
  CHECK(world.differences() == std::vector<std::string>{});
}

TEST_CASE("an order is not written over whom it was moved to, by a key, while he is not mirrored",
          "[engine][G1][scope]") {
  HandoverWorld world{
      R"json({"entities": {"customer": {"erp": {"where": {"Archived": {"not": 1}}}}}})json"};
  const Key ben = world.new_customer(at_erp, "Ben", "ben@x.fr");
  const Key number = world.new_customer(at_erp, "Cid", "cid@x.fr");
  const Key header = world.there(at_shop, "order", world.order);
  world.set(at_erp, "order", header, "Customer", number[0]);
  world.cycles_until_quiet();
  world.hand_over_with(header, at_erp, ben[0], number, "dan@x.fr");
  world.set(at_erp, "customer", number, "Archived", std::int64_t{1});
  CHECK(world.cycle().set_aside == 1);
  CHECK(world.cycle().set_aside == 1);
  CHECK(world.get(at_erp, "order", header, "Customer") == number[0]);
  world.set(at_erp, "customer", number, "Archived", std::int64_t{0});
  world.cycles_until_quiet();
  const Value& customer = world.get(at_shop, "order", world.order, "customer_id");
  CHECK(world.get(at_shop, "customer", {customer}, "email") == Value{std::string{"dan@x.fr"}});
  CHECK(world.differences() == std::vector<std::string>{});
}

TEST_CASE("an order follows who has its customer's key by now when he gets another one",
          "[engine][G1][G2]") {
  HandoverWorld world;
  const Key ben = world.new_customer(at_erp, "Ben", "ben@x.fr");
  world.cycles_until_quiet();
  const Key header = world.there(at_shop, "order", world.order);
  const Key number = world.there(at_shop, "customer", world.ana);
  const Value ben_there = world.there(at_erp, "customer", ben)[0];
  // Both sides give Ana's key, and her order, to somebody new: to Dan, and to Eve.
  world.hand_over_with(header, at_erp, ben[0], number, "dan@x.fr");
  world.hand_over_with(world.order, at_shop, ben_there, world.ana, "eve@x.fr");
  CHECK(world.cycle().set_aside == 1);  // Dan has the key that Eve is to get.
  // A foreign key's cascade, of which no trigger tells.
  Row row = *world.erp.find(world.entity("order").id, header);
  row[world.column(at_erp, "order", "Customer")] = std::string{"R1"};
  world.set(at_erp, "customer", number, "No_", std::string{"R1"});
  world.erp.set_untriggered(world.entity("order").id, header, row);
  world.cycles_until_quiet();
  CHECK(world.get(at_shop, "order", world.order, "customer_id") == world.ana[0]);
  CHECK(world.get(at_erp, "order", header, "Customer") == number[0]);
  CHECK(world.get(at_erp, "customer", number, "E-Mail") == Value{std::string{"eve@x.fr"}});
  CHECK(world.differences() == std::vector<std::string>{});
}

TEST_CASE("an order that is about to be deleted stays if it is moved to who has its key by now",
          "[engine][G1]") {
  HandoverWorld world;
  const Key bea = world.new_customer(at_shop, "Bea", "bea@x.fr");
  world.cycles_until_quiet();
  world.erp.erase(world.entity("order").id, world.there(at_shop, "order", world.order));
  world.shop.faults = [&, once = true](std::string_view call) mutable {
    if (call != "deliver" || !std::exchange(once, false)) return Fault::none;
    world.hand_over_with(world.order, at_shop, bea[0], world.ana, "dan@x.fr");
    return Fault::none;
  };
  world.cycles_until_quiet();
  REQUIRE(world.rows(at_shop, "order").size() == 1);
  CHECK(world.get(at_shop, "order", world.order, "customer_id") == world.ana[0]);
  CHECK(world.rows(at_erp, "line").size() == 2);
  CHECK(world.differences() == std::vector<std::string>{});
}

TEST_CASE("of two references each row means its own, whoever has their keys by now",
          "[engine][G1]") {
  HandoverWorld world{with_agent};
  const Key ben = world.new_customer(at_erp, "Ben", "ben@x.fr");
  const Key cid = world.new_customer(at_erp, "Cid", "cid@x.fr");
  world.cycles_until_quiet();
  const Key header = world.there(at_shop, "order", world.order);
  const Key number = world.there(at_shop, "customer", world.ana);
  world.set(at_erp, "order", header, "Agent", cid[0]);
  world.cycles_until_quiet();
  // Ana's key goes to Cid, who is the agent, and the order with it.
  world.set(at_erp, "order", header, "Customer", ben[0]);
  world.set(at_erp, "order", header, "Agent", std::string{});
  world.erp.erase(world.entity("customer").id, number);
  world.set(at_erp, "customer", cid, "No_", number[0]);
  world.set(at_erp, "order", header, "Customer", number[0]);
  world.set(at_erp, "order", header, "Agent", number[0]);
  world.cycles_until_quiet();
  const Value cid_there = world.there(at_erp, "customer", number)[0];
  CHECK(world.get(at_shop, "order", world.order, "customer_id") == cid_there);
  CHECK(world.get(at_shop, "order", world.order, "agent_id") == cid_there);
  CHECK(world.differences() == std::vector<std::string>{});
}

TEST_CASE(
    "whom each site's row means by a field given at creation keeps no order from being deleted",
    "[engine]") {
  HandoverWorld world{R"json({"entities": {"order": {"fields": {
      "agent": {"type": "reference", "to": "customer", "shop": "agent_id", "direction": "at creation",
                "erp": {"column": "Agent", "blank": ""}}
  }}}})json"};
  const Key ben = world.new_customer(at_erp, "Ben", "ben@x.fr");
  world.cycles_until_quiet();
  const Key header = world.there(at_shop, "order", world.order);
  world.set(at_erp, "order", header, "Agent", ben[0]);
  world.set(at_shop, "order", world.order, "state", std::string{"paid"});
  world.cycles_until_quiet();
  world.erp.erase(world.entity("order").id, header);
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "order").empty());
  CHECK(world.rows(at_erp, "order").empty());
}

TEST_CASE("whom a row means by a field stands where the mapping gets another field before it",
          "[engine][remap]") {
  HandoverWorld world;
  const EntityId orders = world.entity("order").id;
  const auto order = world.store.find(at_shop, orders, world.order).value();
  const auto ana = world.store.find(at_shop, world.entity("customer").id, world.ana).value();
  const std::size_t before = world.entity("order").field_index("customer").value();
  world.store.note_row_reference(at_erp, order, before, ana);
  const Mapping now = small_mapping(with_agent);
  const std::size_t after = now.find("order")->field_index("customer").value();
  REQUIRE(after != before);
  world.store.begin();
  world.store.adopt(now, compare_mappings(world.mapping(), now), CycleNumber{9});
  world.store.commit();
  CHECK(world.store.row_references(at_erp, order) == std::map<std::size_t, RecordId>{{after, ana}});
}

TEST_CASE("who is paid for by who got a key in the same cycle is not paid for by the former one",
          "[engine][G2]") {
  HandoverWorld world{paying_for_others};
  const Key bea = world.new_customer(at_shop, "Bea", "bea@x.fr");
  world.cycles_until_quiet();
  world.options.limits.chunk_roots = GENERATE(1U, 100U);
  world.hand_over(at_shop, bea, "cid@x.fr");
  world.set(at_shop, "customer", world.ana, "pays_id", bea[0]);
  world.cycle();
  world.cycles_until_quiet();
  CHECK(world.get(at_shop, "customer", world.ana, "pays_id") == bea[0]);
  const Key payer = world.there(at_shop, "customer", bea);
  CHECK(world.get(at_erp, "customer", payer, "E-Mail") == Value{std::string{"cid@x.fr"}});
  CHECK(world.get(at_erp, "customer", world.there(at_shop, "customer", world.ana), "Bill-to") ==
        payer[0]);
  CHECK(world.rows(at_shop, "customer").size() == 2);
  CHECK(world.differences() == std::vector<std::string>{});
}

TEST_CASE("who is new does not keep those waiting who refer to him, also in a rehearsal",
          "[engine]") {
  HandoverWorld world{paying_for_others};
  world.options.limits.chunk_roots = GENERATE(1U, 100U);
  const Key bea = world.new_customer(at_shop, "Bea", "bea@x.fr");
  const Key cid = world.new_customer(at_shop, "Cid", "cid@x.fr");
  world.set(at_shop, "customer", cid, "pays_id", bea[0]);
  world.new_order(at_shop, cid, {"Rully"});
  std::size_t orders = 0;
  world.options.writes = Writes::forbidden;  // Nothing is acknowledged, either.
  world.options.planned = [&](SiteId, EntityId entity, RecordId, const Planned&) {
    if (entity == world.entity("order").id) ++orders;
  };
  CHECK(world.cycle().set_aside == 0);
  CHECK(orders == 1);
}

TEST_CASE("who is new does not keep those waiting who refer to him in the next chunk", "[engine]") {
  HandoverWorld world{paying_for_others};
  world.options.limits.chunk_roots = GENERATE(1U, 100U);
  const Key bea = world.new_customer(at_shop, "Bea", "bea@x.fr");
  const Key cid = world.new_customer(at_shop, "Cid", "cid@x.fr");
  world.set(at_shop, "customer", cid, "pays_id", bea[0]);
  world.new_order(at_shop, cid, {"Rully"});
  CHECK(world.cycle().set_aside == 0);
  CHECK(world.differences() == std::vector<std::string>{});
}

}  // namespace miroir::test
