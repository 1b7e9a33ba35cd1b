// Which record a row is: keys that change, keys that are used again, twins by one rule or another.
#include <catch2/catch.hpp>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

using Names = std::vector<std::string>;

std::string text(const char* t) { return t; }

constexpr const char* any_case =
    R"({"entities": {"customer": {"fields": {"email": {"match": "any case"}}}}})";

constexpr const char* two_rules =
    R"({"entities": {"customer": {"match": [["email"], ["name", "city"]]}}})";

}  // namespace

TEST_CASE("a customer who is given another number keeps his orders and his twin",
          "[engine][identity]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key order = world.new_order(at_shop, customer, {"Chablis"});
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  const Key header = world.there(at_shop, "order", order);
  world.erp.begin();
  world.set(at_erp, "customer", no, "No_", text("C900"));
  world.set(at_erp, "order", header, "Customer", text("C900"));
  world.erp.commit();
  world.set(at_shop, "customer", customer, "city", text("Dijon"));
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.there(at_shop, "customer", customer) == Key{text("C900")});
  CHECK(world.get(at_erp, "customer", {text("C900")}, "City") == Value{text("Dijon")});
  CHECK(world.differences() == Names{});
  const Key another = world.new_order(at_shop, customer, {"Rully"});
  world.cycles_until_quiet();
  CHECK(world.get(at_erp, "order", world.there(at_shop, "order", another), "Customer") ==
        Value{text("C900")});
}

TEST_CASE("who was refused for his number and is given another is tried again at once",
          "[engine][identity][G5]") {
  SmallWorld world;
  const EntityId customers = world.entity("customer").id;
  const Key bea = world.new_customer(at_shop, "Bea", "bea@x.fr");
  world.seed();
  const Key number = world.there(at_shop, "customer", bea);
  Row row = *world.erp.find(customers, number);
  world.erp.erase(customers, number);
  row[world.column(at_erp, "customer", "E-Mail")] = text("cid@x.fr");
  world.erp.insert(customers, row);
  world.set(at_shop, "customer", bea, "name", text("Béa"));
  for (int n = 0; n < 4; ++n) world.cycle();  // By now it is a while until the next attempt.
  REQUIRE(world.store.set_aside().size() == 1);
  world.shop.update(customers, bea, [](Row& renamed) { renamed[0] = std::int64_t{77}; });
  const Outcome outcome = world.cycle();
  CHECK(outcome.extracted[index(at_shop)] == 1);
  CHECK(outcome.set_aside == 0);
  CHECK(world.rows(at_erp, "customer").size() == 2);
}

TEST_CASE("an order that is given another number takes its lines along", "[engine][identity][G6]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key order = world.new_order(at_shop, customer, {"Chablis", "Pommard"});
  world.seed();
  const Key header = world.there(at_shop, "order", order);
  const MemorySite::Rows lines = world.rows(at_erp, "line");
  world.erp.begin();
  world.set(at_erp, "order", header, "No_", text("SO-17"));
  for (const auto& [key, line] : lines) world.set(at_erp, "line", key, "Document", text("SO-17"));
  world.erp.commit();
  world.new_line(at_shop, order, 3, "Rully");
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "line").size() == 3);
  CHECK(world.rows(at_erp, "order").size() == 1);
  CHECK(world.there(at_shop, "order", order) == Key{std::int64_t{1}, text("SO-17")});
  CHECK(world.differences() == Names{});
}

TEST_CASE("two customers who exchange their numbers stay who they are", "[engine][identity]") {
  SmallWorld world;
  const Key a = world.new_customer(at_shop, "A", "a@x.fr");
  const Key b = world.new_customer(at_shop, "B", "b@x.fr");
  world.seed();
  const Key no_a = world.there(at_shop, "customer", a), no_b = world.there(at_shop, "customer", b);
  world.erp.begin();
  world.set(at_erp, "customer", no_a, "No_", text("moving"));
  world.set(at_erp, "customer", no_b, "No_", no_a[0]);
  world.set(at_erp, "customer", {text("moving")}, "No_", no_b[0]);
  world.erp.commit();
  world.cycles_until_quiet();
  CHECK(world.there(at_shop, "customer", a) == no_b);
  CHECK(world.there(at_shop, "customer", b) == no_a);
  CHECK(world.get(at_erp, "customer", no_b, "Name") == Value{text("A")});
  CHECK(world.rows(at_shop, "customer").size() == 2);
  CHECK(world.differences() == Names{});
}

TEST_CASE("a row that is deleted and written again with the same e-mail is the same customer",
          "[engine][identity]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  const Row row = *world.shop.find(world.entity("customer").id, customer);
  world.shop.erase(world.entity("customer").id, customer);
  world.shop.insert(world.entity("customer").id, row);
  world.set(at_shop, "customer", customer, "city", text("Dijon"));
  world.cycles_until_quiet();
  CHECK(world.there(at_shop, "customer", customer) == no);
  CHECK(world.get(at_erp, "customer", no, "City") == Value{text("Dijon")});
  CHECK(world.rows(at_erp, "customer").size() == 1);
}

TEST_CASE("a new customer who is given the number of one just deleted is another",
          "[engine][identity][G2]") {
  SmallWorld world;
  const Key bea = world.new_customer(at_shop, "Bea", "bea@x.fr");
  world.seed();
  const Key number = world.there(at_shop, "customer", bea);
  const EntityId customers = world.entity("customer").id;
  Row typed_again = *world.erp.find(customers, number);
  world.erp.erase(customers, number);
  typed_again[0] = text("R1");
  world.erp.insert(customers, typed_again);
  const Key cid = world.new_customer(at_erp, "Cid", "cid@x.fr");
  world.set(at_erp, "customer", cid, "No_", number[0]);
  world.set(at_shop, "customer", bea, "note", text("call her"));
  world.cycles_until_quiet();
  CHECK(world.there(at_shop, "customer", bea) == Key{text("R1")});
  CHECK(world.get(at_erp, "customer", {text("R1")}, "Note") == Value{text("call her")});
  CHECK(world.get(at_erp, "customer", number, "Note") != Value{text("call her")});
  CHECK(world.rows(at_shop, "customer").size() == 2);
  CHECK(world.differences() == Names{});
}

TEST_CASE("a new line that is given the number of one just deleted is another",
          "[engine][identity][G2]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key order = world.new_order(at_shop, customer, {"Chablis"});
  world.seed();
  const Key header = world.there(at_shop, "order", order);
  const Key line = world.rows(at_shop, "line").begin()->first;
  const Key number = world.there(at_shop, "line", line);
  world.erp.erase(world.entity("line").id, number);
  const Key fresh = world.new_line(at_erp, header, 2, "Rully");
  world.set(at_erp, "line", fresh, "Line", number[2]);
  world.cycles_until_quiet();
  REQUIRE(world.rows(at_shop, "line").size() == 1);
  CHECK(world.rows(at_shop, "line").begin()->first != line);
  CHECK(world.differences() == Names{});
}

TEST_CASE("an order that one transaction writes anew under its number is the same",
          "[engine][identity]") {
  const bool at_once = GENERATE(true, false);
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key order = world.new_order(at_shop, customer, {});
  world.seed();
  const Key header = world.there(at_shop, "order", order);
  const EntityId orders = world.entity("order").id;
  const Row row = *world.erp.find(orders, header);
  Row copy = row;
  copy[1] = text("COPY");
  if (at_once) world.erp.begin();
  world.erp.insert(orders, copy);
  world.erp.erase(orders, header);
  world.erp.update(orders, {std::int64_t{1}, text("COPY")}, [&](Row& r) { r = row; });
  if (at_once) world.erp.commit();
  world.cycles_until_quiet();
  REQUIRE(world.rows(at_shop, "order").size() == 1);
  CHECK((world.rows(at_shop, "order").begin()->first == order) == at_once);
  CHECK(world.differences() == Names{});
}

TEST_CASE("twins are found by the first rule that has any", "[engine][identity]") {
  SmallWorld world{small_mapping(two_rules)};
  world.seed();
  const Key by_email = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key by_name = world.new_customer(at_shop, "Bichot", "");
  const Key first = world.new_customer(at_erp, "Aubert SA", "a@x.fr");
  const Key second = world.new_customer(at_erp, "Bichot", "");
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.there(at_shop, "customer", by_email) == first);
  CHECK(world.there(at_shop, "customer", by_name) == second);
  CHECK(world.rows(at_shop, "customer").size() == 2);
  CHECK(world.rows(at_erp, "customer").size() == 2);
}

// A vector of the conversions: whose key is the same in any case has one link, not two.
TEST_CASE("an address that each side spells in its own way is one customer, not two",
          "[engine][identity][vector]") {
  const bool first_meeting = GENERATE(false, true);
  SmallWorld world{small_mapping(any_case)};
  const auto type_both = [&] {
    world.new_customer(at_shop, "Dupont", "Dupont@X.fr");
    world.new_customer(at_erp, "Dupont", "dupont@x.fr");
  };
  if (first_meeting) type_both();
  world.seed();
  if (!first_meeting) type_both();
  world.cycles_until_quiet();
  REQUIRE(world.rows(at_shop, "customer").size() == 1);
  REQUIRE(world.rows(at_erp, "customer").size() == 1);
  CHECK(world.differences() == Names{});
  // For matching only: what is shown is what somebody typed, by the field's policy.
  const Key shop = world.rows(at_shop, "customer").begin()->first;
  CHECK(world.get(at_shop, "customer", shop, "email") == Value{text("Dupont@X.fr")});
}

TEST_CASE("an address that a side spells in another way finds who has been there for long",
          "[engine][identity][vector]") {
  SmallWorld world{small_mapping(any_case)};
  const Key known = world.new_customer(at_shop, "Dupont", "Dupont@X.fr");
  world.seed();
  const Key no = world.there(at_shop, "customer", known);
  world.erp.erase(world.entity("customer").id, no);
  world.new_customer(at_erp, "Dupont", "DUPONT@x.FR");
  world.cycles_until_quiet();
  REQUIRE(world.rows(at_shop, "customer").size() == 1);
  CHECK(world.rows(at_shop, "customer").begin()->first == known);
  CHECK(world.rows(at_erp, "customer").size() == 1);
  CHECK(world.differences() == Names{});
}

TEST_CASE("where the mapping does not say so, two spellings are two customers",
          "[engine][identity]") {
  SmallWorld world;
  world.new_customer(at_shop, "Dupont", "Dupont@X.fr");
  world.new_customer(at_erp, "Dupont", "dupont@x.fr");
  world.seed();
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "customer").size() == 2);
}

TEST_CASE("a rule that finds two is a question, and no later rule answers it",
          "[engine][identity]") {
  SmallWorld world{small_mapping(two_rules)};
  bool away = true;
  world.seed();
  world.erp.faults = [&](std::string_view call) {
    return away && call == "deliver" ? Fault::before : Fault::none;
  };
  const Key one = world.new_customer(at_shop, "Aubert", "same@x.fr");
  const Key two = world.new_customer(at_shop, "Bichot", "same@x.fr");
  world.cycle();
  const Key there = world.new_customer(at_erp, "Bichot", "same@x.fr");
  CHECK(world.cycle().set_aside == 1);
  CHECK(world.rows(at_shop, "customer").size() == 2);
  // A person makes it clear.
  world.set(at_shop, "customer", one, "email", text("aubert@x.fr"));
  world.cycle();
  away = false;
  world.cycles_until_quiet();
  CHECK(world.store.count_set_aside() == 0);
  CHECK(world.there(at_shop, "customer", two) == there);
  CHECK(world.rows(at_erp, "customer").size() == 2);
  CHECK(world.differences() == Names{});
}

TEST_CASE("two rows of one site are never one record, however alike", "[engine][identity]") {
  SmallWorld world;
  world.seed();
  world.new_customer(at_shop, "Aubert", "same@x.fr");
  world.new_customer(at_shop, "Aubert", "same@x.fr");
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "customer").size() == 2);
  CHECK(world.rows(at_erp, "customer").size() == 2);
  CHECK(world.differences() == Names{});
}

TEST_CASE("a line that moves to another order leaves the first on both sides",
          "[engine][identity][G6]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key from = world.new_order(at_shop, customer, {"Chablis", "Pommard"});
  const Key to = world.new_order(at_shop, customer, {"Rully"});
  world.seed();
  for (const auto& [key, line] : MemorySite::Rows{world.rows(at_shop, "line")}) {
    if (line[world.column(at_shop, "line", "what")] != Value{text("Pommard")}) continue;
    world.shop.begin();
    world.set(at_shop, "line", key, "line_no", std::int64_t{2});
    world.set(at_shop, "line", key, "order_id", to[0]);
    world.shop.commit();
  }
  world.cycles_until_quiet();
  CHECK(world.rows(at_erp, "line").size() == 3);
  CHECK(world.differences() == Names{});
}

}  // namespace miroir::test
