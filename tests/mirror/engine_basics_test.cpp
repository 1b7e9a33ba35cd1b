// The engine on two sites in memory: what a cycle carries, and how it decides.
#include <catch2/catch.hpp>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

using Names = std::vector<std::string>;

std::string text(const char* t) { return t; }

TEST_CASE("seeding an empty ERP brings customers, orders and lines over", "[engine]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr", 12);
  const Key order = world.new_order(at_shop, customer, {"Chablis", "Pommard"});
  world.seed();
  CHECK(world.differences() == Names{});
  CHECK(world.there(at_shop, "customer", customer) == Key{text("W1")});
  CHECK(world.there(at_shop, "order", order) == Key{std::int64_t{1}, text("W1")});
  CHECK(world.rows(at_erp, "line").size() == 2);
  CHECK(world.rows(at_erp, "line").begin()->first ==
        Key{std::int64_t{1}, text("W1"), std::int64_t{10000}});
}

TEST_CASE("the cycle after a delivery writes nothing", "[engine]") {
  SmallWorld world;
  world.new_customer(at_shop, "Aubert", "a@x.fr", 12);
  world.seed();
  const Outcome outcome = world.cycle();
  CHECK(outcome.delivered == PerSite<std::size_t>{});
  CHECK(outcome.extracted == PerSite<std::size_t>{});
  CHECK(world.shop.journal().empty());
  CHECK(world.erp.journal().empty());
}

TEST_CASE("different columns of one row changed on both sides both survive", "[engine][G1]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  world.set(at_shop, "customer", customer, "email", text("b@x.fr"));
  world.set(at_erp, "customer", no, "Name", text("Aubert et fils"));
  const Outcome outcome = world.cycle();
  CHECK(world.get(at_shop, "customer", customer, "name") == Value{text("Aubert et fils")});
  CHECK(world.get(at_erp, "customer", no, "E-Mail") == Value{text("b@x.fr")});
  CHECK(outcome.conflicts == 0);
  CHECK(world.differences() == Names{});
}

TEST_CASE("the same column changed on both sides has one winner and a logged loser",
          "[engine][G1]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  world.set(at_shop, "customer", customer, "email", text("shop@x.fr"));
  world.set(at_erp, "customer", no, "E-Mail", text("erp@x.fr"));
  world.set(at_shop, "customer", customer, "name", text("Shop"));
  world.set(at_erp, "customer", no, "Name", text("Erp"));
  const Outcome outcome = world.cycle();
  CHECK(outcome.conflicts == 2);
  CHECK(world.get(at_erp, "customer", no, "E-Mail") == Value{text("shop@x.fr")});
  CHECK(world.get(at_shop, "customer", customer, "name") == Value{text("Erp")});
  const auto logged = world.store.conflicts(outcome.cycle, 10);
  REQUIRE(logged.size() == 2);
  CHECK(logged[0].conflict.loser == Value{text("Shop")});
  CHECK(logged[1].conflict.loser == Value{text("erp@x.fr")});
}

TEST_CASE("counters add what both sides did", "[engine][G2]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr", 100);
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  world.set(at_shop, "customer", customer, "points", std::int64_t{90});
  world.set(at_erp, "customer", no, "Points", Decimal{105, 0});
  world.cycle();
  CHECK(world.get(at_shop, "customer", customer, "points") == Value{std::int64_t{95}});
  CHECK(world.get(at_erp, "customer", no, "Points") == Value{Decimal{95, 0}});
}

TEST_CASE("the greatest value wins under max", "[engine]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  world.set(at_shop, "customer", customer, "changed", std::int64_t{5});
  world.set(at_erp, "customer", no, "Changed", std::int64_t{7});
  world.cycle();
  CHECK(world.get(at_shop, "customer", customer, "changed") == Value{std::int64_t{7}});
}

TEST_CASE("a held field keeps both values until both sites agree, the rest flows", "[engine]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  world.set(at_shop, "customer", customer, "note", text("call him"));
  world.set(at_erp, "customer", no, "Note", text("do not call"));
  world.set(at_shop, "customer", customer, "city", text("Dijon"));
  const Outcome outcome = world.cycle();
  CHECK(outcome.held == 1);
  CHECK(outcome.exit == Exit::waiting);
  CHECK(world.get(at_shop, "customer", customer, "note") == Value{text("call him")});
  CHECK(world.get(at_erp, "customer", no, "Note") == Value{text("do not call")});
  CHECK(world.get(at_erp, "customer", no, "City") == Value{text("Dijon")});
  world.set(at_erp, "customer", no, "Note", text("call him"));
  const Outcome after = world.cycle();
  CHECK(after.held == 0);
  CHECK(after.exit == Exit::done);
  CHECK(world.differences() == Names{});
}

TEST_CASE("a deletion is carried over, with the parts", "[engine]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key order = world.new_order(at_shop, customer, {"Chablis", "Pommard"});
  world.seed();
  world.shop.erase(world.entity("order").id, order);
  const Outcome outcome = world.cycle();
  CHECK(outcome.delivered[1] == 1);
  CHECK(world.rows(at_erp, "order").empty());
  CHECK(world.rows(at_erp, "line").empty());
  world.cycles_until_quiet();
}

TEST_CASE("an order deleted here and changed there comes back, with its lines", "[engine][G1]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key order = world.new_order(at_shop, customer, {"Chablis", "Pommard"});
  world.seed();
  const Key header = world.there(at_shop, "order", order);
  world.shop.erase(world.entity("order").id, order);
  world.set(at_erp, "line", {std::int64_t{1}, header[1], std::int64_t{20000}}, "What",
            text("Volnay"));
  const Outcome outcome = world.cycle();
  CHECK(outcome.conflicts == 1);
  CHECK(world.rows(at_shop, "order").size() == 1);
  CHECK(world.rows(at_shop, "line").size() == 2);
  CHECK(world.differences() == Names{});
  world.cycles_until_quiet();
}

TEST_CASE(
    "a customer deleted here while the other side adds an order comes back and is asked about",
    "[engine][G1]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  world.erp.erase(world.entity("customer").id, no);
  world.new_order(at_shop, customer, {"Chablis"});
  const Outcome outcome = world.cycle();
  CHECK(outcome.exit == Exit::waiting);
  CHECK(world.rows(at_erp, "customer").size() == 1);
  CHECK(world.there(at_shop, "customer", customer) == no);
  CHECK(world.rows(at_erp, "order").size() == 1);
  CHECK(world.differences() == Names{});
}

TEST_CASE("twins by a match rule become one record", "[engine]") {
  SmallWorld world;
  world.seed();
  const Key here = world.new_customer(at_shop, "Aubert", "same@x.fr");
  const Key there = world.new_customer(at_erp, "Aubert SA", "same@x.fr");
  world.cycle();
  CHECK(world.rows(at_shop, "customer").size() == 1);
  CHECK(world.there(at_shop, "customer", here) == there);
  CHECK(world.differences() == Names{});
}

TEST_CASE("orders born on both sides arrive whole, with generated keys learnt", "[engine][G6]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  world.new_order(at_shop, customer, {"Chablis"});
  world.new_order(at_erp, no, {"Gevrey", "Morey", "Vougeot"});
  world.cycle();
  CHECK(world.rows(at_shop, "order").size() == 2);
  CHECK(world.rows(at_shop, "line").size() == 4);
  CHECK(world.differences() == Names{});
  CHECK(world.cycles_until_quiet() == 1);
}

TEST_CASE("lines born on both sides with the same number are two lines", "[engine][G1]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key order = world.new_order(at_shop, customer, {"Chablis"});
  world.seed();
  const Key header = world.there(at_shop, "order", order);
  world.new_line(at_shop, order, 2, "Rully");
  world.new_line(at_erp, header, 2, "Givry");
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "line").size() == 3);
  CHECK(world.differences() == Names{});
}

}  // namespace
}  // namespace miroir::test
