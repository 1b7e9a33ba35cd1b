// A changed mapping, and rows that have left what is mirrored: neither site's is overwritten by the
// other's until they meet again.
#include <catch2/catch.hpp>

#include "tests/mirror/changed_world.hpp"

namespace miroir::test {
namespace {

constexpr const char* scoped =
    R"({"entities": {"customer": {"erp": {"where": {"Archived": {"not": 1}}}}}})";
constexpr const char* scoped_with_fax = R"({"entities": {"customer": {
    "erp": {"where": {"Archived": {"not": 1}}},
    "fields": {"fax": {"type": "text", "shop": "fax", "erp": {"column": "Fax", "blank": ""},
                       "policy": "erp wins"}}}}})";
// Orders that the ERP archives, and what they count.
constexpr const char* scoped_orders =
    R"({"entities": {"order": {"erp": {"where": {"Archived": {"not": 1}}}}}})";
constexpr const char* scoped_orders_with_boxes = R"({"entities": {"order": {
    "erp": {"where": {"Archived": {"not": 1}}},
    "fields": {"boxes": {"type": "counter", "shop": "items", "erp": "Items"}}}}})";

// Anna is a customer of both; the ERP has put her into its archive.
struct Archived : Changing {
  Archived() : Changing{scoped} {
    anna = customer("Anna", "a@x.fr");
    world.cycles_until_quiet();
    erp_anna = world.there(at_shop, "customer", anna);
    world.set(at_erp, "customer", erp_anna, "Archived", std::int64_t{1});
    world.cycles_until_quiet();
  }
  Key anna, erp_anna;
};

struct Faxes {
  ChangedWorld& changed;
  const Archived& from;
  void found(const char* in_shop, const char* in_erp) {
    changed.found(at_shop, "customer", from.anna, "fax", text(in_shop));
    changed.found(at_erp, "customer", from.erp_anna, "Fax", text(in_erp));
  }
  void check(const char* in_shop, const char* in_erp) {
    CHECK(changed.get(at_shop, "customer", from.anna, "fax") == Value{text(in_shop)});
    CHECK(changed.get(at_erp, "customer", from.erp_anna, "Fax") == Value{text(in_erp)});
  }
};

}  // namespace

TEST_CASE("a new field takes nothing from a row that is not mirrored", "[engine][remap][scope]") {
  Archived from;
  ChangedWorld changed{from.world, from.before, scoped_with_fax};
  Faxes faxes{changed, from};
  faxes.found("high", "none");
  CHECK(changed.remap().conflicts == 0);
  CHECK(changed.differences.empty());
  CHECK(changed.cycle().delivered == PerSite<std::size_t>{0, 0});
  faxes.check("high", "none");
  changed.set(at_shop, "customer", from.anna, "fax", text("higher"));
  CHECK(changed.cycle().exit == Exit::done);
  faxes.check("higher", "none");

  // It comes back: the two meet, by the field's policy.
  changed.set(at_erp, "customer", from.erp_anna, "Archived", std::int64_t{0});
  const Outcome outcome = changed.cycle();
  changed.cycle();
  faxes.check("none", "none");
  const auto logged = changed.store.conflicts(outcome.cycle, 10);
  REQUIRE(logged.size() == 1);
  CHECK(logged[0].conflict.loser == Value{text("higher")});
  CHECK(changed.cycle().delivered == PerSite<std::size_t>{0, 0});
}

TEST_CASE("a row that comes back without a value for a new field is given it",
          "[engine][remap][scope]") {
  Archived from;
  ChangedWorld changed{from.world, from.before, scoped_with_fax};
  Faxes faxes{changed, from};
  faxes.found("high", "");
  changed.remap();
  changed.cycle();
  faxes.check("high", "");
  changed.set(at_erp, "customer", from.erp_anna, "Archived", std::int64_t{0});
  changed.set(at_erp, "customer", from.erp_anna, "Fax", Null{});
  changed.cycle();
  faxes.check("high", "high");
}

TEST_CASE("a new field takes nothing from a row that a new condition leaves out",
          "[engine][remap][scope]") {
  Changing from;
  const Key anna = from.customer("Anna", "a@x.fr");
  from.world.cycles_until_quiet();
  const Key erp_anna = from.world.there(at_shop, "customer", anna);
  ChangedWorld changed{from.world, from.before, scoped_with_fax};
  changed.found(at_erp, "customer", erp_anna, "Archived", std::int64_t{1});
  changed.found(at_erp, "customer", erp_anna, "Fax", text("none"));
  changed.found(at_shop, "customer", anna, "fax", text("high"));
  changed.remap();
  changed.cycle();
  changed.cycle();
  CHECK(changed.get(at_shop, "customer", anna, "fax") == Value{text("high")});
  CHECK(changed.get(at_erp, "customer", erp_anna, "Fax") == Value{text("none")});
}

TEST_CASE("what was counted in a row that is not mirrored is not added, and stands in the log",
          "[engine][remap][scope]") {
  Changing from{scoped_orders};
  const Key order = from.world.new_order(at_shop, from.customer("Anna", "a@x.fr"), {"wine"});
  from.world.cycles_until_quiet();
  const Key there = from.world.there(at_shop, "order", order);
  from.world.set(at_erp, "order", there, "Archived", std::int64_t{1});
  from.world.cycles_until_quiet();
  ChangedWorld changed{from.world, from.before, scoped_orders_with_boxes};
  const auto check = [&](std::int64_t in_shop, std::int64_t in_erp) {
    CHECK(changed.get(at_shop, "order", order, "items") == Value{Decimal{in_shop, 0}});
    CHECK(changed.get(at_erp, "order", there, "Items") == Value{Decimal{in_erp, 0}});
  };
  changed.found(at_shop, "order", order, "items", Decimal{7, 0});
  changed.found(at_erp, "order", there, "Items", Decimal{9, 0});
  CHECK(changed.remap().conflicts == 1);
  changed.cycle();
  check(7, 9);
  // Back, and two more meanwhile.
  changed.set(at_erp, "order", there, "Items", Decimal{11, 0});
  changed.set(at_erp, "order", there, "Archived", std::int64_t{0});
  changed.cycle();
  changed.cycle();
  check(9, 9);
}

}  // namespace miroir::test
