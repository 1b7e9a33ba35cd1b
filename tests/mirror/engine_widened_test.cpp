// The mapping mirrors more than before: rows that both sites had all along meet as at the first
// seed, by the key that a rule makes as well; nothing is doubled.
#include "tests/mirror/changed_world.hpp"

namespace miroir::test {
namespace {

constexpr const char* narrow = R"({"entities": {
    "customer": {"erp": {"where": {"Archived": {"not": 1}}}},
    "order": {"shop": {"where": {"kind": {"not": "old"}}}, "erp": {"where": {"Archived": {"not": 1}}}}}})";

struct Narrow : Changing {
  Narrow() : Changing{narrow} {
    anna = customer("Anna", "a@x.fr");
    world.cycles_until_quiet();
    erp_anna = world.there(at_shop, "customer", anna);
  }
  Key order_of_both() {
    const Key order = world.new_order(at_shop, anna, {"wine", "cork"});
    const std::string number = "W" + std::to_string(std::get<std::int64_t>(order[0]));
    world.set(at_shop, "order", order, "kind", text("old"));
    add_erp_order(world, number, std::get<std::string>(erp_anna[0]), {"wine", "cork"});
    world.set(at_erp, "order", {std::int64_t{1}, text(number.c_str())}, "Archived",
              std::int64_t{1});
    world.cycles_until_quiet();
    return order;
  }
  Key anna, erp_anna;
};

std::size_t count(ChangedWorld& changed, SiteId site, const char* entity) {
  return changed.at(site).rows(changed.now.find(entity)->id).size();
}

}  // namespace

TEST_CASE("orders that a wider condition takes in meet by the key that a rule makes",
          "[engine][remap][scope]") {
  Narrow from;
  from.order_of_both();
  ChangedWorld changed{from.world, from.before, "{}"};
  changed.remap();
  CHECK(changed.cycle().exit == Exit::done);
  CHECK(changed.cycle().delivered == PerSite<std::size_t>{0, 0});
  for (const SiteId site : both_sites) {
    CHECK(count(changed, site, "order") == 1);
    CHECK(count(changed, site, "line") == 2);
  }
  CHECK(changed.store.set_aside().empty());
}

TEST_CASE("what a wider condition takes in at one site is the record that waits at the other",
          "[engine][remap][scope]") {
  Narrow from;
  const Key order = from.order_of_both();
  // Mirrored by now at the shop; the ERP refuses its number, which is taken.
  from.world.set(at_shop, "order", order, "kind", text("new"));
  from.world.cycle();
  const Outcome refused = from.world.cycle();
  CHECK(refused.exit == Exit::waiting);
  REQUIRE(from.world.store.set_aside().size() == 1);
  CHECK(from.world.store.set_aside().front().reason ==
        "its key, 1/W1, is taken at erp by a row that is not mirrored, or whose key differs in "
        "capitals, accents or blanks alone: give either another, and this one follows");
  ChangedWorld changed{from.world, from.before, "{}"};
  changed.remap();
  changed.cycle();
  changed.cycle();
  CHECK(changed.cycle().delivered == PerSite<std::size_t>{0, 0});
  for (const SiteId site : both_sites) {
    CHECK(count(changed, site, "order") == 1);
    CHECK(count(changed, site, "line") == 2);
  }
  CHECK(changed.store.set_aside().empty());
}

TEST_CASE("who comes in as the twin of a record that waits takes it from nobody",
          "[engine][remap][scope]") {
  const char* alike = GENERATE("A2", "X2");  // Read before, and after.
  Narrow from;
  add_customer(from.world, at_erp, text("W7"), "Archivé", "w@x.fr");
  from.world.set(at_erp, "customer", {text("W7")}, "Archived", std::int64_t{1});
  add_customer(from.world, at_shop, std::int64_t{7}, "Bichot", "b@x.fr");
  from.world.cycle();
  CHECK(from.world.cycle().set_aside == 1);
  add_customer(from.world, at_erp, text(alike), "Bichot", "b@x.fr");
  ChangedWorld changed{from.world, from.before, "{}"};
  changed.remap();
  changed.cycle();
  changed.cycle();
  CHECK(changed.cycle().delivered == PerSite<std::size_t>{0, 0});
  const EntityId customers = changed.now.find("customer")->id;
  for (const char* number : {"W7", alike})
    CHECK(changed.store.find(at_erp, customers, {text(number)}));
  CHECK(changed.store.keys(*changed.store.find(at_erp, customers, {text("W7")}))[0] ==
        Key{std::int64_t{7}});
  CHECK(count(changed, at_shop, "customer") == 3);
  CHECK(count(changed, at_erp, "customer") == 3);
}

TEST_CASE("customers that a wider condition takes in are twins, new, or a question",
          "[engine][remap][scope]") {
  Narrow from;
  const auto archived = [&](const char* number, const char* email) {
    const Key key = add_customer(from.world, at_erp, text(number), "Client", email);
    from.world.set(at_erp, "customer", key, "Archived", std::int64_t{1});
  };
  add_customer(from.world, at_shop, std::int64_t{7}, "Bichot", "b@x.fr");
  from.world.cycles_until_quiet();
  // A question that is open when the mapping changes.
  add_customer(from.world, at_erp, text("D1"), "Dubois", "d@x.fr");
  archived("D2", "d@x.fr");
  archived("B2", "b@x.fr");  // Alike to one whom both have: somebody else.
  archived("C1", "c@x.fr");
  archived("A2", "z@x.fr");
  archived("A3", "z@x.fr");
  ChangedWorld changed{from.world, from.before, "{}"};
  changed.set(at_shop, "customer", {std::int64_t{7}}, "city", text("Dole"));
  changed.remap();
  changed.cycle();
  changed.cycle();
  CHECK(changed.cycle().delivered == PerSite<std::size_t>{0, 0});
  CHECK(count(changed, at_shop, "customer") == count(changed, at_erp, "customer"));
  CHECK(changed.store.set_aside().empty());
}

TEST_CASE("what was in question before is asked again with what a wider condition takes in",
          "[engine][remap][scope]") {
  const Mapping before = small_mapping(narrow);
  SmallWorld world{before};
  add_customer(world, at_shop, std::int64_t{1}, "Dubois", "d@x.fr");
  add_customer(world, at_erp, text("D1"), "Dubois", "d@x.fr");
  add_customer(world, at_erp, text("D2"), "Dubois fils", "d@x.fr");
  const Key second = add_customer(world, at_erp, text("C1"), "Clerc", "d@x.fr");
  world.set(at_erp, "customer", second, "Archived", std::int64_t{1});
  world.seed();
  CHECK(world.cycle().set_aside == 3);
  ChangedWorld changed{world, before, "{}"};
  changed.remap();
  CHECK(changed.cycle().set_aside == 4);
  for (const char* other : {"D2", "C1"})
    changed.set(at_erp, "customer", {text(other)}, "E-Mail", text(other));
  changed.cycle();
  CHECK(changed.cycle().set_aside == 0);
  CHECK(count(changed, at_shop, "customer") == 3);
  CHECK(count(changed, at_erp, "customer") == 3);
}

TEST_CASE("twins that wait for a person still wait when the mapping takes in more",
          "[engine][remap][scope]") {
  const Mapping before = small_mapping(narrow);
  SmallWorld world{before};
  const Key anna = add_customer(world, at_shop, std::int64_t{1}, "Anna", "a@x.fr");
  add_customer(world, at_erp, text("W1"), "Anna", "a@x.fr");
  world.new_order(at_shop, anna, {"wine", "corks", "a box"});
  add_erp_order(world, "W1", "W1", {"wine", "cork", "box"});
  world.seed();
  CHECK(world.cycle().set_aside == 2);
  ChangedWorld changed{world, before, "{}"};
  changed.remap();
  CHECK(changed.cycle().set_aside == 2);
  changed.set(at_erp, "line", {std::int64_t{1}, text("W1"), std::int64_t{20'000}}, "What",
              text("corks"));
  changed.cycle();
  CHECK(changed.cycle().set_aside == 0);
  CHECK(count(changed, at_shop, "order") == 1);
  CHECK(count(changed, at_erp, "line") == 3);
}

}  // namespace miroir::test
