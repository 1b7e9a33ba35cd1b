// Which rows are mirrored, when a new one comes in, and which way changes go.
#include <catch2/catch.hpp>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

const std::string open_order = "open";

// Carts and quotes stand in the shop's table of orders; an order comes in when it is paid. The ERP
// archives orders within its table.
constexpr const char* scoped = R"json({"entities": {"order": {
  "shop": {"where": {"kind": "order"}, "ready_when": {"paid": true}},
  "erp": {"where": {"Archived": {"not": 1}}, "on_insert": {"Archived": 0}}
}}})json";

class ScopedWorld : public SmallWorld {
 public:
  explicit ScopedWorld(const std::string& patch = scoped) : SmallWorld{small_mapping(patch)} {
    seed();
    customer_ = new_customer(at_shop, "Ana", "ana@x.fr");
    cycles_until_quiet();
  }

  Key type_header(const std::string& kind, bool paid) {
    return shop.insert(entity("order").id, row(at_shop, "order",
                                               {{"customer_id", customer_[0]},
                                                {"state", open_order},
                                                {"kind", kind},
                                                {"paid", paid}}));
  }
  // An order of both sides, with two lines.
  Key mirrored_order() {
    const Key order = type_header("order", true);
    for (int n = 1; n <= 2; ++n) new_line(at_shop, order, n, "line " + std::to_string(n));
    cycles_until_quiet();
    return order;
  }
  Key erp_line(const std::string& what) {
    for (const auto& [key, row] : rows(at_erp, "line")) {
      if (row[column(at_erp, "line", "What")] == Value{what}) return key;
    }
    FAIL("no line '" << what << "' at the ERP");
    return {};
  }
  Value state_at_erp(const Key& order) {
    return get(at_erp, "order", there(at_shop, "order", order), "State");
  }

  Key customer_;
};

}  // namespace

TEST_CASE("an order that is still being typed arrives once, whole, when it is ready",
          "[engine][scope][G6]") {
  ScopedWorld world;
  const Key order = world.type_header("order", false);
  CHECK(world.cycle().exit == Exit::done);
  world.new_line(at_shop, order, 1, "Chablis");
  CHECK(world.cycle().exit == Exit::done);
  world.new_line(at_shop, order, 2, "Pommard");
  CHECK(world.cycle().set_aside == 0);
  CHECK(world.rows(at_erp, "order").empty());
  CHECK(world.shop.journal().empty());

  world.set(at_shop, "order", order, "paid", true);
  const Outcome outcome = world.cycle();
  CHECK(outcome.delivered[1] == 1);
  CHECK(world.rows(at_erp, "order").size() == 1);
  CHECK(world.rows(at_erp, "line").size() == 2);
  CHECK(world.differences().empty());
}

TEST_CASE("what was ready once goes on, ready or not", "[engine][scope]") {
  ScopedWorld world;
  const Key order = world.mirrored_order();
  world.shop.update(world.entity("order").id, order, [&](Row& row) {
    row[world.column(at_shop, "order", "paid")] = false;
    row[world.column(at_shop, "order", "state")] = std::string{"changed"};
  });
  world.cycles_until_quiet();
  CHECK(world.state_at_erp(order) == Value{std::string{"changed"}});
}

TEST_CASE("what gets another key while it is not mirrored comes back as the same record",
          "[engine][scope][G2]") {
  ScopedWorld world{
      R"json({"entities": {"customer": {"erp": {"where": {"Archived": {"not": 1}}}}}})json"};
  const Key before = world.there(at_shop, "customer", world.customer_);
  world.set(at_erp, "customer", before, "Archived", std::int64_t{1});
  world.cycles_until_quiet();
  world.set(at_erp, "customer", before, "No_", std::string{"R1"});
  world.cycles_until_quiet();
  const Key after{std::string{"R1"}};
  world.set(at_erp, "customer", after, "Archived", std::int64_t{0});
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "customer").size() == 1);
  CHECK(world.there(at_shop, "customer", world.customer_) == after);
  CHECK(world.differences().empty());
}

TEST_CASE("rows that are not mirrored come and go unseen", "[engine][scope]") {
  ScopedWorld world;
  world.options.limits.brakes.all.deletions.count = 2;
  std::vector<Key> carts;
  for (int n = 0; n < 5; ++n) {
    carts.push_back(world.type_header("cart", true));
    world.new_line(at_shop, carts.back(), 1, "Macon");
  }
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.rows(at_erp, "order").empty());
  for (const Key& cart : carts) {
    while (!world.rows(at_shop, "line").empty())
      world.shop.erase(world.entity("line").id, world.rows(at_shop, "line").begin()->first);
    world.shop.erase(world.entity("order").id, cart);
  }
  const Outcome outcome = world.cycle();
  CHECK(outcome.brakes.empty());
  CHECK(outcome.exit == Exit::done);
  CHECK(world.shop.journal().empty());
}

TEST_CASE("what is inserted is given what its site asks for", "[engine][scope]") {
  ScopedWorld world;
  world.new_order(at_erp, world.there(at_shop, "customer", world.customer_), {"Rully"});
  world.cycles_until_quiet();
  REQUIRE(world.rows(at_shop, "order").size() == 1);
  const Key order = world.rows(at_shop, "order").begin()->first;
  CHECK(world.get(at_shop, "order", order, "kind") == Value{std::string{"order"}});
  const Key other = world.mirrored_order();
  const Key at = world.there(at_shop, "order", other);
  CHECK(world.get(at_erp, "order", at, "Archived") == Value{std::int64_t{0}});
}

TEST_CASE("leaving what is mirrored is no deletion, and each side lives on alone",
          "[engine][scope]") {
  ScopedWorld world;
  const Key order = world.mirrored_order();
  const Key there = world.there(at_shop, "order", order);
  world.erp.begin();
  world.set(at_erp, "order", there, "Archived", std::int64_t{1});
  world.set(at_erp, "order", there, "State", std::string{"archived"});
  world.erp.erase(world.entity("line").id, world.erp_line("line 1"));
  world.erp.commit();
  world.set(at_shop, "order", order, "state", std::string{"reopened"});
  world.new_line(at_shop, order, 3, "line 3");
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.cycles_until_quiet() <= 2);
  CHECK(world.rows(at_shop, "line").size() == 3);
  CHECK(world.rows(at_erp, "line").size() == 1);
  CHECK(world.get(at_erp, "order", there, "State") == Value{std::string{"archived"}});
  CHECK(world.get(at_shop, "order", order, "state") == Value{std::string{"reopened"}});

  SECTION("when it comes back, what happened meanwhile is merged") {
    world.set(at_erp, "order", there, "Archived", std::int64_t{0});
    world.cycles_until_quiet();
    CHECK(world.rows(at_shop, "line").size() == 2);
    CHECK(world.rows(at_erp, "line").size() == 2);
    CHECK(world.differences().empty());
    const auto conflicts = world.store.conflicts(std::nullopt, 10);
    REQUIRE_FALSE(conflicts.empty());
    CHECK(conflicts.front().conflict.loser == Value{std::string{"archived"}});
  }
  SECTION("what is deleted there meanwhile stays here") {
    world.erp.erase(world.entity("line").id, world.erp_line("line 2"));
    world.erp.erase(world.entity("order").id, there);
    world.cycles_until_quiet();
    CHECK(world.rows(at_shop, "order").size() == 1);
    CHECK(world.rows(at_shop, "line").size() == 3);
  }
  SECTION("what is deleted here meanwhile comes back with it") {
    for (const Key& line : {Key{std::int64_t{1}}, Key{std::int64_t{2}}, Key{std::int64_t{3}}})
      world.shop.erase(world.entity("line").id, line);
    world.shop.erase(world.entity("order").id, order);
    world.cycles_until_quiet();
    CHECK(world.rows(at_erp, "order").size() == 1);
    world.set(at_erp, "order", there, "Archived", std::int64_t{0});
    world.cycles_until_quiet();
    CHECK(world.rows(at_shop, "order").size() == 1);
    CHECK(world.differences().empty());
  }
}

TEST_CASE("an order that one side deletes while it leaves the other comes back with its lines",
          "[engine][scope][G6]") {
  ScopedWorld world;
  const Key order = world.mirrored_order();
  const Key there = world.there(at_shop, "order", order);
  world.shop.begin();
  for (const auto& [key, line] : MemorySite::Rows{world.rows(at_shop, "line")})
    world.shop.set_untriggered(world.entity("line").id, key, std::nullopt);
  world.shop.erase(world.entity("order").id, order);
  world.shop.commit();
  world.set(at_erp, "order", there, "Archived", std::int64_t{1});
  std::string cut = "deliver";
  world.shop.faults = [&](std::string_view call) {
    return call == cut ? Fault::before : Fault::none;
  };
  world.cycle();

  world.set(at_erp, "order", there, "Archived", std::int64_t{0});
  cut = "connect";
  world.cycle();
  cut.clear();
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "order").size() == 1);
  CHECK(world.rows(at_shop, "line").size() == 2);
  CHECK(world.differences() == std::vector<std::string>{});
}

TEST_CASE("a line that is deleted while its order is out of sight goes when the order comes back",
          "[engine][scope][G1]") {
  ScopedWorld world;
  world.options.limits.chunk_roots = 1;
  const Key first = world.type_header("order", true);
  world.cycles_until_quiet();
  const Key order = world.mirrored_order();
  const Key there = world.there(at_shop, "order", order);
  world.set(at_erp, "order", there, "Archived", std::int64_t{1});
  world.cycle();
  // One root at a time: the ERP names another order first, and of ours the line alone is read,
  // beside the shop's change.
  world.set(at_erp, "order", world.there(at_shop, "order", first), "State", std::string{"sent"});
  world.set(at_shop, "order", order, "state", std::string{"paid"});
  world.erp.erase(world.entity("line").id, world.erp_line("line 1"));
  world.cycle();
  CHECK(world.rows(at_shop, "line").size() == 2);
  world.set(at_erp, "order", there, "Archived", std::int64_t{0});
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "line").size() == 1);
  CHECK(world.rows(at_erp, "line").size() == 1);
  CHECK(world.differences() == std::vector<std::string>{});
}

TEST_CASE("what only leaves stays at the other side as it is", "[engine][scope]") {
  ScopedWorld world;
  const Key order = world.mirrored_order();
  world.set(at_erp, "order", world.there(at_shop, "order", order), "Archived", std::int64_t{1});
  world.cycle();
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "order").size() == 1);
  CHECK(world.rows(at_shop, "line").size() == 2);
  CHECK(world.store.conflicts(std::nullopt, 10).empty());
}

TEST_CASE("a row that has left what is mirrored meanwhile is not written", "[engine][scope]") {
  ScopedWorld world;
  const Key order = world.mirrored_order();
  const Key there = world.there(at_shop, "order", order);
  world.set(at_shop, "order", order, "state", std::string{"late"});
  bool archived = false;
  world.options.at_step = [&](std::string_view step) {
    if (step != "plan" || archived) return;
    archived = true;
    world.set(at_erp, "order", there, "Archived", std::int64_t{1});
  };
  world.cycle();
  world.options.at_step = [](std::string_view) {};
  world.cycles_until_quiet();
  CHECK(world.get(at_erp, "order", there, "State") == Value{open_order});
}

TEST_CASE("an unready order that is given another key arrives whole all the same",
          "[engine][scope][G6]") {
  ScopedWorld world{R"json({"entities": {"order": {"erp": {"ready_when": {"Archived": 0}}}}})json"};
  world.erp.begin();
  const Key order = world.erp.insert(
      world.entity("order").id,
      world.row(at_erp, "order",
                {{"Type", std::int64_t{1}},
                 {"No_", std::string{"DRAFT"}},
                 {"Customer", world.there(at_shop, "customer", world.customer_)[0]},
                 {"State", open_order},
                 {"Archived", std::int64_t{1}}}));
  world.new_line(at_erp, order, 1, "Rully");
  world.erp.commit();
  world.cycle();
  CHECK(world.rows(at_shop, "order").empty());
  const Key line = world.rows(at_erp, "line").begin()->first;
  world.erp.begin();
  world.erp.update(world.entity("line").id, line, [&](Row& row) {
    row[world.column(at_erp, "line", "Document")] = std::string{"ORDER"};
  });
  world.erp.update(world.entity("order").id, order, [&](Row& row) {
    row[world.column(at_erp, "order", "No_")] = std::string{"ORDER"};
    row[world.column(at_erp, "order", "Archived")] = std::int64_t{0};
  });
  world.erp.commit();
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "order").size() == 1);
  CHECK(world.rows(at_shop, "line").size() == 1);
}

TEST_CASE("a first meeting leaves out what is not mirrored", "[engine][scope][meeting]") {
  SmallWorld world{small_mapping(scoped)};
  const Key customer = world.new_customer(at_shop, "Ana", "ana@x.fr");
  const auto add = [&](const std::string& kind, bool paid) {
    const Key order = world.shop.insert(
        world.entity("order").id,
        world.row(
            at_shop, "order",
            {{"customer_id", customer[0]}, {"state", open_order}, {"kind", kind}, {"paid", paid}}));
    world.new_line(at_shop, order, 1, kind);
  };
  add("order", true);
  add("order", false);
  add("cart", true);
  world.seed();
  CHECK(world.store.count_set_aside() == 0);
  world.cycles_until_quiet();
  CHECK(world.rows(at_erp, "order").size() == 1);
  CHECK(world.rows(at_erp, "line").size() == 1);
}

TEST_CASE("rows that are not mirrored are no question at a first meeting",
          "[engine][scope][meeting]") {
  SmallWorld world{small_mapping(
      R"json({"entities": {"customer": {"erp": {"where": {"Note": {"not": "lead"}}}}}})json")};
  world.new_customer(at_shop, "Ana", "ana@x.fr");
  for (int n = 0; n < 2; ++n) {
    const Key lead = world.new_customer(at_erp, "Ana", "ana@x.fr");
    world.set(at_erp, "customer", lead, "Note", std::string{"lead"});
  }
  world.seed();
  CHECK(world.store.count_set_aside() == 0);
  CHECK(world.rows(at_erp, "customer").size() == 3);
}

TEST_CASE("a change against a field's direction is put back, and logged", "[engine][direction]") {
  SmallWorld world{small_mapping(
      R"json({"entities": {"customer": {"fields": {"city": {"direction": "to erp"}}}}})json")};
  world.seed();
  const Key ana = world.new_customer(at_shop, "Ana", "ana@x.fr");
  world.cycles_until_quiet();
  const Key there = world.there(at_shop, "customer", ana);
  world.set(at_erp, "customer", there, "City", std::string{"Lyon"});
  world.cycles_until_quiet();
  CHECK(world.get(at_erp, "customer", there, "City") == Value{std::string{"Beaune"}});
  const auto conflicts = world.store.conflicts(std::nullopt, 10);
  REQUIRE(conflicts.size() == 1);
  CHECK(conflicts.front().conflict.loser == Value{std::string{"Lyon"}});
  CHECK(conflicts.front().conflict.rule == "only to erp");

  world.set(at_shop, "customer", ana, "city", std::string{"Dijon"});
  world.set(at_erp, "customer", there, "City", std::string{"Paris"});
  world.cycles_until_quiet();
  CHECK(world.get(at_shop, "customer", ana, "city") == Value{std::string{"Dijon"}});
  CHECK(world.get(at_erp, "customer", there, "City") == Value{std::string{"Dijon"}});
  CHECK(world.store.conflicts(std::nullopt, 10).size() == 2);
}

TEST_CASE("an entity that goes one way is born and deleted where it comes from",
          "[engine][direction]") {
  SmallWorld world{small_mapping(R"json({"entities": {"customer": {"direction": "to shop",
      "fields": {"points": {"direction": "both ways"}}}}})json")};
  world.seed();
  const Key own = world.new_customer(at_shop, "Ana", "ana@x.fr");
  world.cycles_until_quiet();
  CHECK(world.rows(at_erp, "customer").empty());

  const Key erp = world.new_customer(at_erp, "Anna", "ana@x.fr");
  world.new_customer(at_erp, "Ben", "ben@x.fr");
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "customer").size() == 2);
  CHECK(world.there(at_erp, "customer", erp) == own);
  CHECK(world.get(at_shop, "customer", own, "name") == Value{std::string{"Anna"}});

  const Key ben = world.rows(at_shop, "customer").rbegin()->first;
  world.shop.erase(world.entity("customer").id, ben);
  world.cycles_until_quiet();
  CHECK(world.rows(at_erp, "customer").size() == 2);
  CHECK(world.rows(at_shop, "customer").size() == 2);

  world.erp.erase(world.entity("customer").id, erp);
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "customer").size() == 1);
  CHECK(world.rows(at_shop, "customer").begin()->first == ben);
}

}  // namespace miroir::test
