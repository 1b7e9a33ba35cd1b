// Fields whose two sites hold one value in different ways: what the engine makes of several
// columns, and of counters in another unit.
#include <catch2/catch.hpp>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

std::string text(const char* value) { return value; }
using Names = std::vector<std::string>;

// The ERP's name goes on in another column.
const std::string split_name = R"({"entities": {"customer": {"fields": {"name": {"erp":
    {"column": null, "columns": ["Name", "Fax"], "split": " ", "length": 10}}}}}})";
// The ERP counts points by the half-dozen.
const std::string by_six =
    R"({"entities": {"customer": {"fields": {"points": {"erp": {"column": "Points", "times": 6}}}}}})";

}  // namespace

TEST_CASE("a split text is one field: both columns are written, read, and say what changed",
          "[engine][lens]") {
  SmallWorld world{small_mapping(split_name)};
  const Key customer = world.new_customer(at_shop, "Jean de la Tour", "a@x.fr");
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  CHECK(world.get(at_erp, "customer", no, "Name") == Value{text("Jean de la")});
  CHECK(world.get(at_erp, "customer", no, "Fax") == Value{text("Tour")});

  world.set(at_erp, "customer", no, "Fax", text("Cour"));
  world.set(at_shop, "customer", customer, "city", text("Dijon"));
  CHECK(world.cycle().conflicts == 0);
  CHECK(world.get(at_shop, "customer", customer, "name") == Value{text("Jean de la Cour")});
  CHECK(world.differences() == Names{});
  CHECK(world.cycles_until_quiet() <= 2);
}

TEST_CASE("changes of two columns of one text are one conflict", "[engine][lens][G1]") {
  SmallWorld world{small_mapping(split_name)};
  const Key customer = world.new_customer(at_shop, "Jean de la Tour", "a@x.fr");
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  world.set(at_shop, "customer", customer, "name", text("Anne de la Tour"));
  world.set(at_erp, "customer", no, "Fax", text("Cour"));
  CHECK(world.cycle().conflicts == 1);
  CHECK(world.get(at_shop, "customer", customer, "name") == Value{text("Jean de la Cour")});
  CHECK(world.differences() == Names{});
}

TEST_CASE("a site keeps its own division of a text, and nobody is told", "[engine][lens][G3]") {
  SmallWorld world{small_mapping(split_name)};
  const Key customer = world.new_customer(at_shop, "Jean de la Tour", "a@x.fr");
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  world.set(at_erp, "customer", no, "Name", text("Jean"));
  world.set(at_erp, "customer", no, "Fax", text("de la Tour"));
  const Outcome outcome = world.cycle();
  CHECK(outcome.conflicts == 0);
  CHECK(outcome.delivered == PerSite<std::size_t>{});
  CHECK(world.get(at_erp, "customer", no, "Name") == Value{text("Jean")});
  CHECK(world.get(at_shop, "customer", customer, "name") == Value{text("Jean de la Tour")});
}

TEST_CASE("a text that no division fits sets its record aside, and no other",
          "[engine][lens][G5]") {
  SmallWorld world{small_mapping(split_name)};
  const Key long_one = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key other_one = world.new_customer(at_shop, "Bichot", "b@x.fr");
  world.seed();
  world.set(at_shop, "customer", long_one, "name", text("Lafarge-Vial"));
  world.set(at_shop, "customer", other_one, "name", text("Bichot et fils"));
  CHECK(world.cycle().set_aside == 1);
  REQUIRE(world.store.set_aside().size() == 1);
  CHECK(world.store.set_aside().front().reason ==
        "customer.name: the value has 12 characters, and no ' ' to divide it at within the 10 that "
        "the column takes");
  const Key no = world.there(at_shop, "customer", long_one);
  CHECK(world.get(at_erp, "customer", no, "Name") == Value{text("Aubert")});
  CHECK(world.get(at_erp, "customer", world.there(at_shop, "customer", other_one), "Fax") ==
        Value{text("fils")});
}

TEST_CASE("a counter in another unit adds what both sides did, in each one's own",
          "[engine][lens][G2]") {
  SmallWorld world{small_mapping(by_six)};
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr", 36);
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  CHECK(world.get(at_erp, "customer", no, "Points") == Value{Decimal{6, 0}});
  world.set(at_shop, "customer", customer, "points", std::int64_t{24});
  world.set(at_erp, "customer", no, "Points", Decimal{7, 0});
  world.cycle();
  CHECK(world.get(at_shop, "customer", customer, "points") == Value{std::int64_t{30}});
  CHECK(world.get(at_erp, "customer", no, "Points") == Value{Decimal{5, 0}});
  CHECK(world.cycles_until_quiet() <= 2);
  CHECK(world.differences() == Names{});
}

TEST_CASE("a count that is no whole unit waits until it is one", "[engine][lens][G5]") {
  SmallWorld world{small_mapping(by_six)};
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr", 12);
  world.seed();
  const Key no = world.there(at_shop, "customer", customer);
  world.set(at_shop, "customer", customer, "points", std::int64_t{11});
  CHECK(world.cycle().set_aside == 1);
  CHECK(world.store.set_aside().front().reason ==
        "customer.points: 11 is no multiple of 6, which the column counts in");
  CHECK(world.get(at_erp, "customer", no, "Points") == Value{Decimal{2, 0}});
  world.set(at_shop, "customer", customer, "points", std::int64_t{6});
  CHECK(world.cycle().set_aside == 0);
  CHECK(world.get(at_erp, "customer", no, "Points") == Value{Decimal{1, 0}});
}

}  // namespace miroir::test
