// Rows that are alike to several, while people mend them, link them, or change the rules.
#include "mirror/remap.hpp"
#include "tests/mirror/meeting_world.hpp"

namespace miroir::test {
namespace {

Mapping with_rules(const std::string& match) {
  return small_mapping(R"({"entities": {"customer": {"match": )" + match + "}}}");
}

const std::string by_email_then_name = R"([["email"], ["name", "city"]])";

// Two databases that have met by some rules, and are mirrored by others afterwards.
class RulesWorld : public SmallWorld {
 public:
  RulesWorld() : SmallWorld{with_rules(by_email_then_name)} {}

  Outcome meet() {
    const SeedReport report = miroir::seed({&shop, &erp}, store, before_, options);
    REQUIRE(report.refusals.empty());
    return cycle();
  }
  Outcome change_rules(const std::string& match) {
    now_ = with_rules(match);
    remap_store({&shop, &erp}, store, before_, now_, compare_mappings(before_, now_), {});
    return go_on();
  }
  Outcome go_on() { return run_cycle({&shop, &erp}, store, now_, options); }
  void mend(SiteId site, const Key& key, const char* column, const std::string& value) {
    set(site, "customer", key, column, value);
  }

 private:
  Mapping before_ = with_rules(by_email_then_name), now_ = before_;
};

}  // namespace

TEST_CASE("rows in question are customers of their own once the rule that asked is gone",
          "[engine][meeting]") {
  RulesWorld world;
  add_customer(world, at_shop, std::int64_t{1}, "Aubert", "a@x.fr");
  add_customer(world, at_erp, text("C1"), "Aubert", "c1@x.fr");
  add_customer(world, at_erp, text("C2"), "Aubert", "c2@x.fr");
  CHECK(world.meet().set_aside == 3);
  CHECK(world.change_rules(R"([["email"]])").set_aside == 0);
  world.go_on();
  CHECK(world.rows(at_shop, "customer").size() == 3);
  CHECK(world.rows(at_erp, "customer").size() == 3);
  CHECK(world.store.count_set_aside() == 0);
}

TEST_CASE("the rules that are left are asked about rows in question", "[engine][meeting]") {
  const std::string match = GENERATE(as<std::string>{}, R"([["name", "city"]])",
                                     R"([["name", "city"], ["email"]])", R"([["email"]])");
  CAPTURE(match);
  RulesWorld world;
  const Key shop = add_customer(world, at_shop, std::int64_t{1}, "Aubert", "same@x.fr");
  const Key first = add_customer(world, at_erp, text("C1"), "Aubert", "same@x.fr");
  const Key second = add_customer(world, at_erp, text("C2"), "Aubert", "same@x.fr");
  CHECK(world.meet().set_aside == 3);
  CHECK(world.change_rules(match).set_aside == 3);
  CHECK(world.go_on().set_aside == 3);
  // One that comes now waits with them.
  add_customer(world, at_erp, text("C3"), "Aubert", "same@x.fr");
  CHECK(world.go_on().set_aside == 4);
  world.erp.erase(world.entity("customer").id, {text("C3")});
  world.mend(at_erp, first, "Name", "Aubert SA");
  world.mend(at_erp, first, "E-Mail", "sa@x.fr");
  CHECK(world.go_on().set_aside == 0);
  world.go_on();
  CHECK(world.there(at_shop, "customer", shop) == second);
  CHECK(world.rows(at_shop, "customer").size() == 2);
  CHECK(world.rows(at_erp, "customer").size() == 2);
}

TEST_CASE("rows alike to none at the other side are in question no more", "[engine][meeting]") {
  const bool deleted = GENERATE(false, true);
  SmallWorld world;
  const Key shop = add_customer(world, at_shop, std::int64_t{1}, "Aubert", "same@x.fr");
  const Key first = add_customer(world, at_erp, text("C1"), "Aubert", "same@x.fr");
  add_customer(world, at_erp, text("C2"), "Aubert fils", "same@x.fr");
  add_customer(world, at_erp, text("C3"), "Aubert fille", "same@x.fr");
  CHECK(meet(world).set_aside == 4);
  if (deleted) {
    world.shop.erase(world.entity("customer").id, shop);
  } else {
    world.store.make_twins(world.entity("customer").id, {shop, first});
  }
  world.cycles_until_quiet();
  CHECK(world.store.count_set_aside() == 0);
  CHECK(world.rows(at_shop, "customer").size() == 3);
  CHECK(world.rows(at_erp, "customer").size() == 3);
  CHECK(world.differences() == Names{});
}

TEST_CASE("a seed that goes on with another preference begins anew", "[engine][meeting]") {
  const bool preferred_first = GENERATE(false, true);
  SmallWorld world;
  const Mapping mapping = small_mapping();
  add_customer(world, at_shop, std::int64_t{1}, "Aubert", "a@x.fr", "Lyon", 9);
  add_customer(world, at_erp, text("C1"), "Aubert", "a@x.fr", "Nice", 4);
  const auto read = [&](std::optional<SiteId> prefer) {
    CycleOptions options = world.options;
    options.prefer = prefer;
    const SeedReport report = miroir::seed({&world.shop, &world.erp}, world.store, mapping, options);
    REQUIRE(report.refusals.empty());
  };
  if (preferred_first) read(at_erp);
  read(at_shop);
  if (!preferred_first) read(at_erp);
  world.cycles_until_quiet();
  const std::string city = preferred_first ? "Lyon" : "Nice";
  CHECK(world.get(at_shop, "customer", {std::int64_t{1}}, "city") == Value{city});
  CHECK(world.get(at_erp, "customer", {text("C1")}, "City") == Value{city});
  CHECK(world.differences() == Names{});
}

}  // namespace miroir::test
