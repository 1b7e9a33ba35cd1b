// What verify says of two sites and a store: what nobody has captured has drifted or is missing,
// everything else is not called so, whatever happens meanwhile.
#include <catch2/catch.hpp>

#include "tests/mirror/verify_world.hpp"

namespace miroir::test {

TEST_CASE("what both sites hold as it was last seen is equal", "[engine][verify]") {
  VerifyWorld world;
  const Key order = world.new_order(at_shop, world.customer, {"a", "b"});
  world.cycles_until_quiet();
  CHECK(world.verify() == 2);  // An order with its lines is one record.
  CHECK(world.nothing_differs());
  CHECK(world.shop.journal().empty());
}

TEST_CASE("a change that no capture knows of has drifted, at either site", "[engine][verify]") {
  for (const SiteId site : both_sites) {
    CAPTURE(index(site));
    VerifyWorld world;
    world.new_customer(at_shop, "Barbier", "b@x.fr");
    world.cycles_until_quiet();
    const bool shop = site == at_shop;
    world.change_unseen(site, "customer", shop ? world.customer : world.no, shop ? "name" : "Name",
                        text("Zoe"));
    CHECK(world.verify() == 1);
    CHECK(world.of(Standing::drifted) == 1);
    CHECK(world.only().drifted == PerSite<bool>{shop, !shop});
    CHECK(world.fields() == Names{shop ? "name: Zoe Aubert" : "name: Aubert Zoe"});
    // By the same value at both, nobody knows of it either.
    world.change_unseen(other(site), "customer", shop ? world.no : world.customer,
                        shop ? "Name" : "name", text("Zoe"));
    world.verify();
    CHECK(world.only().drifted == PerSite<bool>{true, true});
  }
}

TEST_CASE("what a capture knows of is in flight", "[engine][verify]") {
  VerifyWorld world;
  SECTION("by the journal") {
    world.set(at_erp, "customer", world.no, "Name", text("Zoe"));
    world.verify();
    CHECK(world.only().standing == Standing::in_flight);
  }
  SECTION("by the journal, and also what it does not know") {
    world.set(at_erp, "customer", world.no, "Name", text("Zoe"));
    world.change_unseen(at_shop, "customer", world.customer, "city", text("Metz"));
    world.verify();
    CHECK(world.only().standing == Standing::drifted);
    CHECK(world.only().drifted == PerSite<bool>{true, false});
  }
  SECTION("a birth, a deletion, a changed key") {
    world.new_customer(at_erp, "Colin", "c@x.fr");
    world.verify();
    CHECK(world.only().standing == Standing::in_flight);
    world.cycles_until_quiet();
    world.erp.erase(world.entity("customer").id, world.no);
    world.verify();
    CHECK(world.only().standing == Standing::in_flight);
    CHECK(world.of(Standing::equal) == 1);
  }
  SECTION("by the re-read list") {
    world.change_unseen(at_shop, "customer", world.customer, "city", text("Metz"));
    world.store.reread(at_shop, world.entity("customer").id, world.customer);
    world.verify();
    CHECK(world.only().standing == Standing::in_flight);
  }
  SECTION("what is behind, with nothing in any journal") {
    world.set(at_shop, "customer", world.customer, "city", text("Metz"));
    world.erp.faults = [](std::string_view) { return Fault::before; };
    world.cycle();
    world.erp.faults = {};
    world.erp.connect();
    CHECK(world.store.count_behind(at_erp) == 1);
    world.verify();
    CHECK(world.only().standing == Standing::in_flight);
  }
  SECTION("a batch whose outcome nobody knows") {
    world.set(at_shop, "customer", world.customer, "city", text("Metz"));
    world.erp.faults = [](std::string_view call) {
      return call == "deliver" ? Fault::after : Fault::none;
    };
    world.cycle();
    world.erp.faults = {};
    world.erp.connect();
    CHECK(world.get(at_erp, "customer", world.no, "City") == Value{text("Metz")});
    world.verify();
    CHECK(world.only().standing == Standing::in_flight);
  }
  SECTION("a TRUNCATE names no row") {
    world.erp.truncate(world.entity("customer").id);
    world.verify();
    CHECK(world.only().standing == Standing::in_flight);
  }
  world.erp.faults = {};
}

TEST_CASE("a row that nobody saw come or go is missing at the other site, or there",
          "[engine][verify]") {
  for (const SiteId site : both_sites) {
    CAPTURE(index(site));
    VerifyWorld world;
    const bool shop = site == at_shop;
    world.remove_unseen(site, "customer", shop ? world.customer : world.no);
    CHECK(world.verify() == 0);
    CHECK(world.only().standing == Standing::missing);
    CHECK(world.only().missing == PerSite<bool>{shop, !shop});
    CHECK(world.sum.missing_at == PerSite<std::size_t>{shop ? 1u : 0u, shop ? 0u : 1u});

    VerifyWorld born;
    const Value key = shop ? Value{std::int64_t{77}} : Value{text("K77")};
    born.at(site).set_untriggered(born.entity("customer").id, {key},
                                  customer_row(born, site, key, "Colin", "c@x.fr"));
    CHECK(born.verify() == 1);
    CHECK(born.only().standing == Standing::missing);
    CHECK_FALSE(born.only().root);
    CHECK(born.only().missing == PerSite<bool>{!shop, shop});
  }
}

TEST_CASE("a row with the key of a deleted record is missing at the other site",
          "[engine][verify]") {
  VerifyWorld world;
  const Row row = *world.shop.find(world.entity("customer").id, world.customer);
  world.shop.erase(world.entity("customer").id, world.customer);
  world.cycles_until_quiet();
  CHECK(world.nothing_differs());
  world.shop.set_untriggered(world.entity("customer").id, world.customer, row);
  world.verify();
  CHECK(world.only().missing == PerSite<bool>{false, true});
}

TEST_CASE("an order is drifted once, whatever its lines do", "[engine][verify]") {
  VerifyWorld world;
  const Key first = world.new_order(at_shop, world.customer, {"a", "b"});
  const Key second = world.new_order(at_shop, world.customer, {"c"});
  world.cycles_until_quiet();
  const auto lines = world.rows(at_shop, "line");
  const Key line = lines.begin()->first;
  SECTION("changed") {
    for (const auto& [key, row] : lines)
      world.change_unseen(at_shop, "line", key, "what", text("other"));
    CHECK(world.verify() == 1);
    CHECK(world.of(Standing::drifted) == 2);
  }
  SECTION("deleted") {
    world.remove_unseen(at_shop, "line", line);
    world.verify();
    CHECK(world.only().standing == Standing::drifted);
    REQUIRE(world.only().rows.size() == 1);
    CHECK(world.only().rows[0].there == PerSite<bool>{false, true});
  }
  SECTION("inserted") {
    Row row = lines.begin()->second;
    row[world.column(at_shop, "line", "id")] = std::int64_t{900};
    world.shop.set_untriggered(world.entity("line").id, {std::int64_t{900}}, row);
    world.verify();
    CHECK(world.only().standing == Standing::drifted);
    REQUIRE(world.only().rows.size() == 1);
    CHECK(world.only().rows[0].there == PerSite<bool>{true, false});
  }
  SECTION("moved to another order") {
    world.change_unseen(at_shop, "line", line, "order_id", second[0]);
    world.verify();
    CHECK(world.of(Standing::drifted) == 2);
  }
  SECTION("gone with their order, which is missing") {
    for (const auto& [key, row] : lines) {
      if (row[world.column(at_shop, "line", "order_id")] == first[0])
        world.remove_unseen(at_shop, "line", key);
    }
    world.remove_unseen(at_shop, "order", first);
    world.verify();
    CHECK(world.only().standing == Standing::missing);
  }
}

TEST_CASE("what waits for a person is held, and what a site refuses is set aside",
          "[engine][verify]") {
  VerifyWorld world;
  world.disagree();
  world.cycle();
  world.verify();
  CHECK(world.only().standing == Standing::held);
  // A held field that drifts is no answer to its question.
  world.change_unseen(at_erp, "customer", world.no, "Note", text("third"));
  world.verify();
  CHECK(world.only().standing == Standing::drifted);

  VerifyWorld refused;
  refused.erp.before_write = [](EntityId, Row&) {
    throw DbError{"not there", "23514", Recovery::refused};
  };
  refused.set(at_shop, "customer", refused.customer, "city", text("Metz"));
  refused.cycle();
  refused.verify();
  CHECK(refused.only().standing == Standing::set_aside);

  VerifyWorld unread;  // The order refers to a customer whom nobody knows.
  unread.shop.insert(
      unread.entity("order").id,
      unread.row(at_shop, "order", {{"customer_id", std::int64_t{900}}, {"state", text("open")}}));
  unread.cycle();
  CHECK(unread.store.count_set_aside() == 1);
  unread.verify();
  CHECK(unread.only().standing == Standing::set_aside);
  CHECK(unread.of(Standing::equal) == 1);
}

TEST_CASE("what is not mirrored is nobody's, until it comes or goes unseen",
          "[engine][verify][scope]") {
  VerifyWorld world{R"json({"entities": {"order": {
    "shop": {"where": {"kind": "order"}, "ready_when": {"paid": true}},
    "erp": {"where": {"Archived": {"not": 1}}, "on_insert": {"Archived": 0}}}}})json"};
  const auto order = [&](const std::string& kind, bool paid) {
    return world.shop.insert(world.entity("order").id,
                             world.row(at_shop, "order",
                                       {{"customer_id", world.customer[0]},
                                        {"state", text("open")},
                                        {"kind", kind},
                                        {"paid", paid}}));
  };
  const Key cart = order("cart", false), typed = order("order", false), real = order("order", true);
  for (const Key& one : {cart, typed, real}) world.new_line(at_shop, one, 1, "a");
  world.cycles_until_quiet();
  CHECK(world.nothing_differs());
  CHECK(world.of(Standing::equal) == 2);
  SECTION("left unseen") {
    world.change_unseen(at_shop, "order", real, "kind", text("archive"));
    world.verify();
    CHECK(world.only().standing == Standing::drifted);
    CHECK(world.only().crossed == PerSite<bool>{true, false});
  }
  SECTION("ready unseen") {
    world.change_unseen(at_shop, "order", typed, "paid", true);
    world.verify();
    CHECK(world.only().missing == PerSite<bool>{false, true});
  }
  SECTION("one that is known need not be ready any more") {
    world.change_unseen(at_shop, "order", real, "paid", false);
    CHECK(world.nothing_differs());
  }
  SECTION("outside, whatever its lines do") {
    world.set(at_shop, "order", real, "kind", text("archive"));
    world.cycles_until_quiet();
    for (const auto& [key, row] : world.rows(at_shop, "line"))
      world.change_unseen(at_shop, "line", key, "what", text("other"));
    world.verify();
    CHECK(world.only().standing == Standing::outside);
    world.change_unseen(at_shop, "order", real, "kind", text("order"));
    world.verify();
    CHECK(world.only().standing == Standing::drifted);
  }
}

TEST_CASE("a site's own values have not drifted, and what goes one way has", "[engine][verify]") {
  VerifyWorld own{
      R"({"entities": {"customer": {"fields": {"city": {"direction": "at creation"}}}}})"};
  own.change_unseen(at_erp, "customer", own.no, "City", text("Metz"));
  CHECK(own.nothing_differs());
  VerifyWorld one_way{
      R"({"entities": {"customer": {"fields": {"city": {"direction": "to erp"}}}}})"};
  one_way.change_unseen(at_erp, "customer", one_way.no, "City", text("Metz"));
  one_way.verify();
  CHECK(one_way.only().standing == Standing::drifted);
  // Born where the entity only goes to: nothing is missing at the other site.
  VerifyWorld entity{R"({"entities": {"customer": {"direction": "to erp",
    "fields": {"points": {"direction": "both ways"}}}}})"};
  entity.erp.set_untriggered(entity.entity("customer").id, {text("K77")},
                             customer_row(entity, at_erp, text("K77"), "Colin", "c@x.fr"));
  entity.verify();
  CHECK(entity.only().standing == Standing::drifted);
  CHECK(entity.only().missing == PerSite<bool>{false, false});
}

TEST_CASE("a value that the mapping cuts or folds is no difference", "[engine][verify]") {
  VerifyWorld world;
  world.set(at_shop, "customer", world.customer, "city", text("Villefranche-sur-Saône"));
  world.cycles_until_quiet();
  CHECK(world.get(at_erp, "customer", world.no, "City") == Value{text("Villefranc")});
  CHECK(world.nothing_differs());
}

TEST_CASE("a site that is paused is not asked", "[engine][verify]") {
  VerifyWorld world;
  world.change_unseen(at_shop, "customer", world.customer, "city", text("Metz"));
  world.erp.faults = [](std::string_view) -> Fault { throw std::logic_error{"it was asked"}; };
  VerifyOptions options = world.at_its_ease();
  options.asked = {true, false};
  world.verify(options);
  CHECK(world.only().standing == Standing::drifted);
  options.asked = {false, true};
  world.erp.faults = {};
  world.verify(options);
  CHECK(world.found.empty());
}

TEST_CASE("pages and looks of any size find the same", "[engine][verify]") {
  VerifyWorld world;
  std::vector<Key> all;
  for (int n = 0; n < 9; ++n)
    all.push_back(
        world.new_customer(at_shop, "N" + std::to_string(n), std::to_string(n) + "@x.fr"));
  const Key order = world.new_order(at_shop, world.customer, {"a", "b", "c"});
  world.cycles_until_quiet();
  world.change_unseen(at_shop, "customer", all[2], "city", text("Metz"));
  world.change_unseen(at_erp, "customer", world.there(at_shop, "customer", all[5]), "City",
                      text("Metz"));
  world.remove_unseen(at_erp, "customer", world.there(at_shop, "customer", all[8]));
  for (const auto& [key, row] : world.rows(at_erp, "line"))
    world.change_unseen(at_erp, "line", key, "What", text("other"));
  for (const std::size_t size : {1u, 2u, 3u, 7u, 500u}) {
    CAPTURE(size);
    VerifyOptions options = world.at_its_ease();
    options.page_rows = size;
    options.looked_at_max = size;
    CHECK(world.verify(options) == 7);
    CHECK(world.of(Standing::drifted) == 3);
    CHECK(world.of(Standing::missing) == 1);
    options.one_thread = false;
    CHECK(world.verify(options) == 7);
    CHECK(world.found.size() == 4);
  }
  VerifyOptions drawn = world.at_its_ease();
  drawn.sample = 4;
  world.verify(drawn);
  std::size_t looked_at = 0;
  for (const Standing s : all_standings) looked_at += world.of(s);
  CHECK(looked_at == 5);  // Four customers, and the only order.
  VerifyOptions one = world.at_its_ease();
  one.entities = {world.entity("customer").id};
  one.only = {{std::nullopt, {all[2], std::nullopt}}, {std::nullopt, {all[3], std::nullopt}}};
  CHECK(world.verify(one) == 1);
  CHECK(world.of(Standing::drifted) == 1);
}

}  // namespace miroir::test
