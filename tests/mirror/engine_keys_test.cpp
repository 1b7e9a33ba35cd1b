// Records whose keys change, vanish or are taken while the mirror looks elsewhere.
#include <catch2/catch.hpp>

#include <string_view>
#include <utility>

#include "mirror/lensing.hpp"
#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

constexpr const char* archiving = R"json({"entities": {"order": {
  "erp": {"where": {"Archived": {"not": 1}}}
}}})json";

class KeyWorld : public SmallWorld {
 public:
  explicit KeyWorld(const std::string& patch = "{}") : SmallWorld{small_mapping(patch)} {
    seed();
    customer = new_customer(at_shop, "Ana", "ana@x.fr");
    order = new_order(at_shop, customer, {"Chablis", "Pommard"});
    cycles_until_quiet();
  }

  void rename_shop_order(std::int64_t id) {
    shop.begin();
    const auto lines = rows(at_shop, "line");
    shop.update(entity("order").id, order, [&](Row& row) { row[0] = id; });
    for (const auto& [key, row] : lines) set(at_shop, "line", key, "order_id", id);
    shop.commit();
    order = {id};
  }

  // As a foreign key with ON UPDATE CASCADE does it, with triggers.
  Key rename_erp_order(const Key& before, const std::string& number) {
    erp.begin();
    const auto lines = rows(at_erp, "line");
    erp.update(entity("order").id, before, [&](Row& row) { row[1] = number; });
    for (const auto& [key, row] : lines) set(at_erp, "line", key, "Document", number);
    erp.commit();
    return {std::int64_t{1}, number};
  }

  Key customer, order;
};

}  // namespace

TEST_CASE("an order whose key changes while it cannot be read stays one order", "[engine][G2]") {
  KeyWorld world;
  world.rename_shop_order(77);
  world.set(at_shop, "order", world.order, "customer_id", std::int64_t{999});
  CHECK(world.cycle().set_aside == 1);
  world.set(at_shop, "order", world.order, "customer_id", world.customer[0]);
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "order").size() == 1);
  CHECK(world.rows(at_shop, "line").size() == 2);
  CHECK(world.rows(at_erp, "order").size() == 1);
  CHECK(world.differences().empty());
}

TEST_CASE("an order that is renamed where it is out of sight comes back with its lines",
          "[engine][scope][G1]") {
  KeyWorld world{archiving};
  const Key there = world.there(at_shop, "order", world.order);
  world.set(at_erp, "order", there, "Archived", std::int64_t{1});
  const Key renamed = world.rename_erp_order(there, "Q7");
  const Key line = world.rows(at_shop, "line").begin()->first;
  world.set(at_shop, "line", line, "what", std::string{"Corton"});
  world.cycles_until_quiet();
  world.set(at_erp, "order", renamed, "Archived", std::int64_t{0});
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "line").size() == 2);
  CHECK(world.get(at_shop, "line", line, "what") == Value{std::string{"Corton"}});
  CHECK(world.there(at_shop, "order", world.order) == renamed);
  CHECK(world.differences().empty());
}

TEST_CASE("a line with the number of one deleted out of sight is another line",
          "[engine][scope][G1]") {
  KeyWorld world{archiving};
  const Key there = world.there(at_shop, "order", world.order);
  const Key line = world.rows(at_shop, "line").begin()->first;
  world.set(at_erp, "order", there, "Archived", std::int64_t{1});
  world.cycle();
  world.erp.erase(world.entity("line").id, world.there(at_shop, "line", line));
  world.cycle();
  world.set(at_shop, "line", line, "what", std::string{"Corton"});
  world.new_line(at_erp, there, 1, "Rully");
  world.cycle();
  world.set(at_erp, "order", there, "Archived", std::int64_t{0});
  world.cycles_until_quiet();
  CHECK(world.get(at_shop, "line", line, "what") == Value{std::string{"Corton"}});
  CHECK(world.rows(at_shop, "line").size() == 3);  // With Pommard and Rully.
  CHECK(world.differences() == std::vector<std::string>{});
}

TEST_CASE("an order that gets another key before it is read as a whole has the lines that it has",
          "[engine][G3]") {
  KeyWorld world;
  const Key there = world.there(at_shop, "order", world.order);
  world.set(at_erp, "order", there, "State", std::string{"sent"});
  world.erp.erase(world.entity("line").id, world.rows(at_erp, "line").begin()->first);
  world.shop.begin();
  for (const auto& [key, line] : MemorySite::Rows{world.rows(at_shop, "line")})
    world.shop.set_untriggered(world.entity("line").id, key, std::nullopt);
  world.shop.erase(world.entity("order").id, world.order);
  world.shop.commit();
  world.cycle();  // It comes back, and is to be read as a whole first.
  world.rename_erp_order(there, "Q25");
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "order").size() == 1);
  CHECK(world.rows(at_shop, "line").size() == world.rows(at_erp, "line").size());
  CHECK(world.differences().empty());
}

TEST_CASE("a silent cascade takes what refers to a record there, whatever its head refers to",
          "[engine][G3][G7]") {
  KeyWorld world;
  const Key ben = world.new_customer(at_erp, "Ben", "ben@x.fr");
  world.cycles_until_quiet();
  const auto broken_cycle = [&] {
    world.options.at_step = [](const char* step) {
      if (std::string_view{step} == "plan") throw std::runtime_error{"killed"};
    };
    CHECK_THROWS(world.cycle());
    world.options.at_step = [](const char*) {};
  };
  world.set(at_erp, "order", world.there(at_shop, "order", world.order), "Customer", ben[0]);
  broken_cycle();
  world.shop.begin();
  for (const auto& [key, line] : MemorySite::Rows{world.rows(at_shop, "line")})
    world.shop.set_untriggered(world.entity("line").id, key, std::nullopt);
  world.shop.set_untriggered(world.entity("order").id, world.order, std::nullopt);
  world.shop.erase(world.entity("customer").id, world.customer);
  world.shop.commit();
  broken_cycle();
  CHECK(world.cycle().brakes.empty());
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "order").size() == 1);  // It was Ben's by then.
  CHECK(world.rows(at_shop, "line").size() == 2);
  CHECK(world.differences() == std::vector<std::string>{});
}

TEST_CASE("an order that is to be read as a whole is, whatever key it has by then",
          "[engine][G3]") {
  KeyWorld world;
  const Key another = world.new_order(at_shop, world.customer, {"Rully"});
  world.cycles_until_quiet();
  world.options.limits.chunk_roots = 1;
  const Key line = world.rows(at_shop, "line").begin()->first;
  world.shop.set_untriggered(world.entity("line").id, line, std::nullopt);
  world.store.begin();
  for (const Key& order : {another, world.order})
    world.store.reread(at_shop, world.entity("order").id, order);
  world.store.commit();
  // The journal names it in the first chunk, the list in the second: by the key that it had.
  world.rename_shop_order(9'000);
  world.cycle();
  world.cycles_until_quiet();
  CHECK(world.rows(at_erp, "line").size() == 2);
  CHECK(world.differences() == std::vector<std::string>{});
}

TEST_CASE("an order that comes back brings the lines that a silent cascade took",
          "[engine][G1][G6]") {
  KeyWorld world;
  world.erp.begin();
  for (const auto& [key, row] : MemorySite::Rows{world.rows(at_erp, "line")})
    world.erp.set_untriggered(world.entity("line").id, key, std::nullopt);
  world.erp.erase(world.entity("order").id, world.there(at_shop, "order", world.order));
  world.erp.commit();
  world.new_line(at_shop, world.order, 3, "Corton");
  CHECK(world.cycle().set_aside == 2);  // It is read as a whole first, at both sites.
  world.cycle();
  CHECK(world.rows(at_erp, "line").size() == 3);
  world.cycles_until_quiet();
  CHECK(world.store.count_set_aside() == 0);
  CHECK(world.rows(at_shop, "line").size() == 3);
  CHECK(world.differences().empty());
}

TEST_CASE("a row whose key was another's, deleted, and that changes it again is nobody's twin",
          "[engine][G2]") {
  KeyWorld world;
  const Key free = world.new_customer(at_erp, "Bea", "bea@x.fr", 10);
  world.cycles_until_quiet();
  const EntityId customers = world.entity("customer").id;
  const Row bea = *world.erp.find(customers, free);
  world.erp.erase(customers, free);
  Row cid = bea;
  cid[world.column(at_erp, "customer", "E-Mail")] = std::string{"cid@x.fr"};
  world.erp.insert(customers, cid);
  world.erp.update(customers, free, [](Row& row) { row[0] = std::string{"R1"}; });
  world.set(at_shop, "customer", world.rows(at_shop, "customer").rbegin()->first, "points",
            std::int64_t{12});
  world.cycles_until_quiet();
  const Key erp_key{Value{std::string{"R1"}}};
  CHECK(world.get(at_erp, "customer", erp_key, "Points") == Value{Decimal{10, 0}});
  CHECK(world.rows(at_shop, "customer").size() == 3);
  CHECK(world.differences().empty());
}

TEST_CASE("a key that its customer left before he was deleted is another's", "[engine][G2]") {
  KeyWorld world;
  const EntityId customers = world.entity("customer").id;
  const Key bea = world.new_customer(at_shop, "Bea", "bea@x.fr");
  world.cycles_until_quiet();
  const Key first = world.there(at_shop, "customer", bea);
  const auto rename = [&](const Key& from, const Value& to) {
    world.erp.update(customers, from, [&](Row& row) { row[0] = to; });
  };
  rename(first, std::string{"R129"});
  const Key second{std::string{"R129"}};
  Row row = *world.erp.find(customers, second);
  world.erp.erase(customers, second);
  row[world.column(at_erp, "customer", "E-Mail")] = std::string{"cid@x.fr"};
  world.erp.insert(customers, row);
  rename(second, first[0]);
  world.cycles_until_quiet();
  CHECK(world.get(at_erp, "customer", first, "E-Mail") == Value{std::string{"cid@x.fr"}});
  CHECK(world.rows(at_shop, "customer").size() == 2);  // Ana and Cid; Bea was deleted.
  CHECK(world.differences() == std::vector<std::string>{});
}

TEST_CASE("a customer typed anew under another key keeps it, though another got his old one",
          "[engine][G2]") {
  const std::string fresh = GENERATE("R1", "Z9");  // Read before the old one, and after.
  KeyWorld world;
  const EntityId customers = world.entity("customer").id;
  const Key bea = world.new_customer(at_shop, "Bea", "bea@x.fr");
  world.cycles_until_quiet();
  const Key number = world.there(at_shop, "customer", bea);
  Row row = *world.erp.find(customers, number);
  world.erp.erase(customers, number);
  row[0] = fresh;
  world.erp.insert(customers, row);
  row[0] = number[0];
  row[world.column(at_erp, "customer", "E-Mail")] = std::string{"cid@x.fr"};
  world.erp.insert(customers, row);
  world.cycles_until_quiet();
  CHECK(world.there(at_shop, "customer", bea) == Key{fresh});
  CHECK(world.rows(at_shop, "customer").size() == 3);
  CHECK(world.differences().empty());
}

TEST_CASE("a line that comes back does so where its order is by now", "[engine][G1]") {
  KeyWorld world;
  const Key there = world.there(at_shop, "order", world.order);
  const Key line = world.rows(at_shop, "line").begin()->first;
  world.erp.erase(world.entity("line").id, world.there(at_shop, "line", line));
  world.rename_erp_order(there, "Q7");
  world.set(at_shop, "line", line, "what", std::string{"Corton"});
  world.cycles_until_quiet();
  CHECK(world.rows(at_erp, "line").size() == 2);
  CHECK(world.differences().empty());
}

TEST_CASE("what two sites have not agreed about is not deleted by one of them", "[engine][G1]") {
  KeyWorld world;
  const Key there = world.there(at_shop, "customer", world.customer);
  world.set(at_erp, "customer", there, "Note", std::string{"call her"});
  world.set(at_shop, "customer", world.customer, "note", std::string{"write to her"});
  CHECK(world.cycle().held == 1);
  world.shop.erase(world.entity("order").id, world.order);
  SECTION("by one: the customer comes back, and the question stays") {
    world.shop.erase(world.entity("customer").id, world.customer);
    world.cycle();
    CHECK(world.rows(at_shop, "customer").size() == 1);
    CHECK(world.get(at_erp, "customer", there, "Note") == Value{std::string{"call her"}});
    CHECK(world.store.conflicts(std::nullopt, 10).size() == 1);
  }
  SECTION("by both: each has seen his own") {
    world.cycle();
    world.shop.erase(world.entity("customer").id, world.customer);
    world.erp.erase(world.entity("customer").id, there);
    world.cycles_until_quiet();
    CHECK(world.rows(at_shop, "customer").empty());
    CHECK(world.store.count_held() == 0);
  }
}

TEST_CASE("an order that comes back brings a customer whom the other side never had",
          "[engine][G1]") {
  KeyWorld world;
  world.erp.faults = [](std::string_view call) {
    return call == "deliver" ? Fault::before : Fault::none;
  };
  const Key bea = world.new_customer(at_shop, "Bea", "bea@x.fr");
  world.set(at_shop, "order", world.order, "customer_id", bea[0]);
  world.cycle();
  world.erp.faults = nullptr;
  world.new_line(at_erp, world.there(at_shop, "order", world.order), 3, "Corton");
  world.shop.erase(world.entity("order").id, world.order);
  world.shop.erase(world.entity("customer").id, bea);
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "customer").size() == 2);
  CHECK(world.rows(at_shop, "line").size() == 3);
  CHECK(world.differences().empty());
}

TEST_CASE("what was meant for a customer does not go to who got his number meanwhile",
          "[engine][G1][G2]") {
  KeyWorld world;
  const Key free = world.new_customer(at_shop, "Bea", "bea@x.fr", 10);
  world.cycles_until_quiet();
  const Key taken = world.there(at_shop, "customer", free);
  world.set(at_shop, "customer", free, "points", std::int64_t{13});
  world.set(at_shop, "customer", free, "note", std::string{"call her"});
  bool once = true;
  world.options.at_step = [&](const char* step) {
    if (std::string_view{step} != "plan" || !std::exchange(once, false)) return;
    world.erp.erase(world.entity("customer").id, taken);
    world.erp.insert(world.entity("customer").id, world.row(at_erp, "customer",
                                                            {{"No_", taken[0]},
                                                             {"E-Mail", std::string{"cid@x.fr"}},
                                                             {"Name", std::string{"Cid"}},
                                                             {"City", std::string{}},
                                                             {"Note", std::string{}},
                                                             {"Points", Decimal{50, 0}},
                                                             {"Changed", std::int64_t{0}}}));
  };
  world.cycle();
  CHECK(world.get(at_erp, "customer", taken, "Points") == Value{Decimal{50, 0}});
  CHECK(world.get(at_erp, "customer", taken, "Note") == Value{std::string{}});
}

TEST_CASE("a customer who comes back where another has his number waits for a person",
          "[engine][G5]") {
  KeyWorld world;
  const Key free = world.new_customer(at_shop, "Bea", "bea@x.fr");
  world.cycles_until_quiet();
  const Key number = world.there(at_shop, "customer", free);
  world.erp.erase(world.entity("customer").id, number);
  world.erp.insert(world.entity("customer").id, world.row(at_erp, "customer",
                                                          {{"No_", number[0]},
                                                           {"E-Mail", std::string{"cid@x.fr"}},
                                                           {"Name", std::string{"Cid"}},
                                                           {"City", std::string{}},
                                                           {"Note", std::string{}},
                                                           {"Points", Decimal{0, 0}},
                                                           {"Changed", std::int64_t{0}}}));
  world.set(at_shop, "customer", free, "name", std::string{"Béa"});
  const Outcome outcome = world.cycle();
  CHECK(outcome.exit == Exit::waiting);
  REQUIRE(world.store.set_aside().size() == 1);
  CHECK(world.store.set_aside().front().reason ==
        "its key, " + display(number[0]) +
            ", belongs to another customer there, customer " + display(number[0]) +
            " (erp): give that one another");
}

TEST_CASE("a new customer whose number waits for who waits for him is a question", "[engine][G5]") {
  KeyWorld world;
  const EntityId customers = world.entity("customer").id;
  const Key dan = world.new_customer(at_shop, "Dan", "dan@x.fr");
  const Key bea = world.new_customer(at_shop, "Bea", "bea@x.fr");
  const Key order = world.new_order(at_shop, bea, {"Rully"});
  world.cycles_until_quiet();
  const Key number = world.there(at_shop, "customer", dan);
  const Key header = world.there(at_shop, "order", order);
  // Cid gets Dan's number at the shop, and the order; at the ERP somebody gives that to Dan.
  Row row = *world.shop.find(customers, dan);
  world.shop.erase(customers, dan);
  row[world.column(at_shop, "customer", "email")] = std::string{"cid@x.fr"};
  world.shop.insert(customers, row);
  world.set(at_shop, "order", order, "customer_id", dan[0]);
  world.set(at_erp, "order", header, "Customer", number[0]);
  CHECK(world.cycle().exit == Exit::waiting);
  REQUIRE(world.store.set_aside().size() == 1);
  CHECK(world.store.set_aside().front().reason ==
        "its key, " + display(number[0]) +
            ", belongs to a deleted customer there, to which order " + display_key(order) +
            " (shop) " + display_key(header) +
            " (erp) refers until this one is there: give that one another");
  world.erp.begin();
  world.set(at_erp, "customer", number, "No_", std::string{"X9"});
  world.set(at_erp, "order", header, "Customer", std::string{"X9"});
  world.erp.commit();
  world.cycles_until_quiet(8);
  CHECK(world.there(at_shop, "customer", dan) == number);
  CHECK(world.get(at_erp, "order", header, "Customer") == number[0]);
  CHECK(world.rows(at_erp, "customer").size() == 3);
  CHECK(world.differences() == std::vector<std::string>{});
}

}  // namespace miroir::test
