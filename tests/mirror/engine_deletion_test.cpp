// What a deletion means, and who wins against a change.
#include <catch2/catch.hpp>

#include "tests/mirror/deletion_world.hpp"

namespace miroir::test {

TEST_CASE("a deletion that is to be ignored leaves the other side's row, which lives on alone",
          "[engine][deletion]") {
  DeletionWorld world{customers(R"("deletion": {"shop": "ignore"})")};
  world.delete_in_shop();
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.count("customer") == Counts{0, 1});
  world.set(at_erp, "customer", world.erp_key, "City", text("Dijon"));
  world.cycles_until_quiet();
  CHECK(world.count("customer") == Counts{0, 1});
  CHECK(world.get(at_erp, "customer", world.erp_key, "City") == Value{text("Dijon")});
  CHECK(world.questions() == 0);
}

TEST_CASE("only the site that is named ignores", "[engine][deletion]") {
  DeletionWorld world{customers(R"("deletion": {"shop": "ignore"})")};
  world.delete_in_erp();
  world.cycles_until_quiet();
  CHECK(world.count("customer") == Counts{0, 0});
}

TEST_CASE("what one side deleted for itself and the other for both is gone", "[engine][deletion]") {
  DeletionWorld world{customers(R"("deletion": {"shop": "ignore"})")};
  world.delete_in_shop();
  world.cycle();
  world.delete_in_erp();
  world.cycles_until_quiet();
  CHECK(world.count("customer") == Counts{0, 0});
  CHECK(world.store.count(world.entity("customer").id) == 0);
}

TEST_CASE("what both sides delete at once is gone, whatever it means on one side",
          "[engine][deletion]") {
  DeletionWorld world{customers(R"("deletion": "hold")")};
  world.delete_in_shop();
  world.delete_in_erp();
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.store.count(world.entity("customer").id) == 0);
}

TEST_CASE("a row that is typed again is the record that had lived on alone", "[engine][deletion]") {
  DeletionWorld world{customers(R"("deletion": {"shop": "ignore"})")};
  world.delete_in_shop();
  world.cycle();
  world.set(at_erp, "customer", world.erp_key, "City", text("Dijon"));
  world.cycle();
  const Key again = world.type_again("Aubert", "");
  world.cycles_until_quiet();
  CHECK(world.there(at_shop, "customer", again) == world.erp_key);
  CHECK(world.count("customer") == Counts{1, 1});
  CHECK(world.differences() == Names{});
}

TEST_CASE("an order that comes back to a site has its lines once", "[engine][deletion][G6]") {
  SmallWorld world{small_mapping(R"({"entities": {"order": {
    "deletion": {"shop": "ignore"}, "match": [["state"]]}}})")};
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key order = world.new_order(at_shop, customer, {"Chablis", "Pommard"});
  world.seed();
  const Key header = world.there(at_shop, "order", order);
  world.shop.erase(world.entity("order").id, order);
  world.cycle();
  CHECK(world.rows(at_erp, "line").size() == 2);
  world.new_line(at_erp, header, 3, "Volnay");
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "line").empty());
  world.new_order(at_shop, customer, {"Pommard", "Rully", "Chablis"});
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "order").size() == 1);
  CHECK(world.rows(at_shop, "line").size() == 4);
  CHECK(world.differences() == Names{});
}

TEST_CASE("a deletion that is held is a question, and both sides keep what they have",
          "[engine][deletion]") {
  DeletionWorld world{customers(R"("deletion": "hold")")};
  world.delete_in_erp();
  CHECK(world.cycle().exit == Exit::waiting);
  CHECK(world.questions() == 1);
  world.set(at_shop, "customer", world.shop_key, "city", text("Dijon"));
  CHECK(world.cycle().exit == Exit::waiting);
  CHECK(world.count("customer") == Counts{1, 0});
  CHECK(world.questions() == 1);
}

TEST_CASE("the question about a deletion closes when the row is there again",
          "[engine][deletion]") {
  DeletionWorld world{customers(R"("deletion": "hold")")};
  world.delete_in_shop();
  world.cycle();
  world.type_again("Aubert", "");
  world.cycles_until_quiet();
  CHECK(world.questions() == 0);
  CHECK(world.differences() == Names{});
}

TEST_CASE("a held deletion is carried out, or undone, as a person answers", "[engine][deletion]") {
  for (const bool keep : {false, true}) {
    DeletionWorld world{customers(R"("deletion": "hold")")};
    world.new_order(at_shop, world.shop_key, {"Chablis"});
    world.cycles_until_quiet();
    world.delete_with_orders();
    CHECK(world.cycle().exit == Exit::waiting);
    CHECK(world.questions() == 1);
    CHECK(world.count("order") == Counts{0, 1});  // It went along with its customer.
    world.answer(keep);
    world.cycles_until_quiet();
    CHECK(world.questions() == 0);
    const std::size_t left = keep ? 1 : 0;
    CHECK(world.count("customer") == Counts{left, left});
    CHECK(world.count("order") == Counts{left, left});
    CHECK(world.count("line") == Counts{left, left});
    CHECK(world.differences() == Names{});
  }
}

TEST_CASE("a held deletion is not carried out while others need the record",
          "[engine][deletion]") {
  DeletionWorld world{customers(R"("deletion": "hold")")};
  world.delete_in_shop();
  world.cycle();
  world.new_order(at_erp, world.erp_key, {"Rully"});
  world.answer(false);
  CHECK(world.cycle().exit == Exit::waiting);
  CHECK(world.count("customer") == Counts{1, 1});  // The order needs him in the shop, too.
  CHECK(world.count("order") == Counts{1, 1});
  CHECK(world.questions() == 1);
}

TEST_CASE("a deletion may archive: the row stays, and a field says so", "[engine][deletion]") {
  DeletionWorld world{
      customers(R"("deletion": {"shop": {"set": {"note": "no longer in the shop"}}})")};
  world.delete_in_shop();
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.count("customer") == Counts{0, 1});
  CHECK(world.get(at_erp, "customer", world.erp_key, "Note") ==
        Value{text("no longer in the shop")});
  world.cycles_until_quiet();

  world.type_again("Aubert", "back");
  world.cycles_until_quiet();
  CHECK(world.count("customer") == Counts{1, 1});
  CHECK(world.get(at_erp, "customer", world.erp_key, "Note") == Value{text("back")});
  CHECK(world.questions() == 0);
  CHECK(world.differences() == Names{});
}

TEST_CASE("what an archiving deletion overwrites unseen stands in the list",
          "[engine][deletion][G1]") {
  DeletionWorld world{customers(R"("deletion": {"set": {"note": "gone"}})")};
  world.delete_in_shop();
  world.set(at_erp, "customer", world.erp_key, "Note", text("pays late"));
  const Outcome outcome = world.cycle();
  CHECK(world.get(at_erp, "customer", world.erp_key, "Note") == Value{text("gone")});
  REQUIRE(outcome.conflicts == 1);
  const Conflict lost = world.store.conflicts(outcome.cycle, 1).at(0).conflict;
  CHECK(lost.loser == Value{text("pays late")});
  CHECK(lost.rule == "deleted at shop");
}

TEST_CASE("who wins when one side deletes what the other changes is the mapping's to say",
          "[engine][deletion][G1]") {
  struct Rule {
    const char* text;
    bool shop_deletes, stays;
  };
  for (const Rule& rule : {Rule{R"("deletion_conflict": "change wins")", true, true},
                           Rule{R"("deletion_conflict": "deletion wins")", true, false},
                           Rule{R"("deletion_conflict": "shop wins")", true, false},
                           Rule{R"("deletion_conflict": "shop wins")", false, true},
                           Rule{R"("deletion_conflict": "erp wins")", true, true}}) {
    CAPTURE(rule.text, rule.shop_deletes);
    DeletionWorld world{customers(rule.text)};
    if (rule.shop_deletes) {
      world.delete_in_shop();
      world.set(at_erp, "customer", world.erp_key, "City", text("Dijon"));
    } else {
      world.delete_in_erp();
      world.set(at_shop, "customer", world.shop_key, "city", text("Dijon"));
    }
    const RecordId record = world.record();
    const Outcome outcome = world.cycle();
    CHECK(outcome.conflicts == 1);
    const std::size_t left = rule.stays ? 1 : 0;
    CHECK(world.count("customer") == Counts{left, left});
    CHECK(world.differences() == Names{});
    // What was changed is not lost: it is the head that was deleted.
    const std::size_t city = world.entity("customer").field_index("city").value();
    CHECK(world.store.record(record)->head[city] == Value{text("Dijon")});
    world.cycles_until_quiet();
  }
}

TEST_CASE("a change that comes after the deletion is judged by the same rule",
          "[engine][deletion]") {
  for (const bool stays : {false, true}) {
    DeletionWorld world{customers(stays ? "" : R"("deletion_conflict": "deletion wins")")};
    bool away = true;
    world.erp.faults = [&](std::string_view) { return away ? Fault::before : Fault::none; };
    world.delete_in_shop();
    world.cycle();
    world.set(at_erp, "customer", world.erp_key, "City", text("Dijon"));
    away = false;
    world.cycles_until_quiet();
    const std::size_t left = stays ? 1 : 0;
    CHECK(world.count("customer") == Counts{left, left});
  }
}

TEST_CASE("an order's rule holds for its lines", "[engine][deletion]") {
  for (const bool stays : {false, true}) {
    SmallWorld world{small_mapping(
        stays ? "{}" : R"({"entities": {"order": {"deletion_conflict": "deletion wins"}}})")};
    const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
    world.new_order(at_shop, customer, {"Chablis", "Pommard"});
    world.seed();
    const Key line = world.rows(at_shop, "line").begin()->first;
    world.set(at_erp, "line", world.there(at_shop, "line", line), "What", text("Rully"));
    world.shop.erase(world.entity("line").id, line);
    CHECK(world.cycle().conflicts == 1);
    CHECK(world.rows(at_shop, "line").size() == (stays ? 2 : 1));
    CHECK(world.rows(at_erp, "line").size() == (stays ? 2 : 1));
    world.cycles_until_quiet();
  }
}

}  // namespace miroir::test
