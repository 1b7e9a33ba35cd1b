// What a person ignores: it counts no more, moves nothing, and waits again as soon as it changes.
#include <catch2/catch.hpp>

#include "tests/mirror/request_world.hpp"

namespace miroir::test {
namespace {

// As the store has it now; a customer's note is decided alone.
Ignoring about(const Store& store, const OpenHeld& held, bool ignored = true) {
  return {ignored, {{held.id, held.candidates, held.field ? 0 : store.last_change(held.record)}}, {}};
}
Ignoring about(const OpenSetAside& item) {
  return {true, {}, Ignoring::SetAside{item.id, item.since.raw(), item.key}};
}
Request said(const Ignoring& what, RecordId record) {
  return {.id = 0,
          .made = "2026-01-31T18:00:00Z",
          .by = "anne",
          .reason = "as agreed by telephone",
          .record = record,
          .what = what};
}

class IgnoringWorld : public RequestWorld {
 public:
  using RequestWorld::RequestWorld;

  bool ignore(const Ignoring& what) { return store.ignore({said(what, record())}).has_value(); }
  bool ignore_question(bool ignored = true) {
    return ignore(about(store, store.held().at(0), ignored));
  }
  bool ignore_set_aside() { return ignore(about(store.set_aside().at(0))); }
  void refuse() {
    erp.before_write = [](EntityId, Row&) {
      throw DbError{"refused by the ERP", "23000", Recovery::refused, ""};
    };
  }
};

}  // namespace

TEST_CASE("an ignored question counts no more; both sites keep what they have, and all else flows",
          "[engine][ignore]") {
  IgnoringWorld world;
  world.disagree();
  CHECK(world.cycle().exit == Exit::waiting);
  REQUIRE(world.ignore_question());
  CHECK(world.store.count_held() == 0);
  CHECK(world.store.has_held());
  const OpenHeld held = world.store.held().at(0);
  REQUIRE(held.ignored);
  CHECK(held.ignored->by == "anne");
  CHECK(held.ignored->reason == "as agreed by telephone");
  CHECK(held.ignored->since == "2026-01-31T18:00:00Z");
  world.set(at_shop, "customer", world.customer, "city", text("Dijon"));
  for (int n = 0; n < 3; ++n) {
    const Outcome outcome = world.cycle();
    CHECK(outcome.exit == Exit::done);
    CHECK(outcome.held == 0);
    CHECK(outcome.ignored == 1);
  }
  CHECK(world.get(at_erp, "customer", world.no, "City") == Value{text("Dijon")});
  CHECK(world.notes() == Names{"shop's", "erp's"});
  CHECK(world.told("reopened") == 0);
}

TEST_CASE("an ignored question waits again as soon as one of its values moves", "[engine][ignore]") {
  IgnoringWorld world;
  world.disagree();
  world.cycle();
  const SiteId site = GENERATE(at_shop, at_erp);
  REQUIRE(world.ignore_question());
  CHECK(world.cycle().held == 0);
  world.write_note(site, "another");
  const Outcome outcome = world.cycle();
  CHECK(outcome.held == 1);
  CHECK(outcome.ignored == 0);
  CHECK(outcome.exit == Exit::waiting);
  CHECK_FALSE(world.store.held().at(0).ignored);
  CHECK(world.told("reopened") == 1);
  // What it had come to be ignored for is over: back where it was, it waits all the same.
  world.write_note(site, site == at_shop ? "shop's" : "erp's");
  CHECK(world.cycle().held == 1);
  CHECK(world.told("reopened") == 1);
}

TEST_CASE("what has moved since it was shown is not ignored", "[engine][ignore]") {
  IgnoringWorld world;
  world.disagree();
  world.cycle();
  const Ignoring shown = about(world.store, world.store.held().at(0));
  world.write_note(at_shop, "moved");
  world.cycle();
  CHECK_FALSE(world.ignore(shown));
  CHECK(world.store.count_held() == 1);
  CHECK(world.store.requests_of(world.record()).empty());
}

TEST_CASE("a person lets it wait again, and what was said stands in its story", "[engine][ignore]") {
  IgnoringWorld world;
  world.disagree();
  world.cycle();
  REQUIRE(world.ignore_question());
  REQUIRE(world.ignore_question(false));
  CHECK(world.cycle().held == 1);
  const auto said = world.store.requests_of(world.record());
  REQUIRE(said.size() == 2);
  CHECK(std::get<Ignoring>(said[0].request.what).ignored);
  CHECK_FALSE(std::get<Ignoring>(said[1].request.what).ignored);
  CHECK(std::get<Ignoring>(said[0].request.what).questions.at(0).seen ==
        PerSite<Value>{text("shop's"), text("erp's")});
  CHECK(said[0].end.done);
}

TEST_CASE("an ignored question can be answered", "[engine][ignore]") {
  IgnoringWorld world;
  world.disagree();
  world.cycle();
  REQUIRE(world.ignore_question());
  world.answer("shop's");
  world.cycles_until_quiet();
  CHECK(world.notes() == Names{"shop's", "shop's"});
  CHECK(world.store.count_ignored() == 0);
}

TEST_CASE("what a site refuses is tried on while it is ignored, and waits again when it was changed",
          "[engine][ignore]") {
  IgnoringWorld world;
  world.refuse();
  world.set(at_shop, "customer", world.customer, "city", text("Dijon"));
  CHECK(world.cycle().set_aside == 1);
  REQUIRE(world.ignore_set_aside());
  const int tries = world.store.set_aside().at(0).tries;
  for (int n = 0; n < 5; ++n) {
    const Outcome outcome = world.cycle();
    CHECK(outcome.set_aside == 0);
    CHECK(outcome.ignored == 1);
    CHECK(outcome.exit == Exit::done);
  }
  CHECK(world.store.set_aside().at(0).tries > tries);
  CHECK(world.told("reopened") == 0);
  const SiteId site = GENERATE(at_shop, at_erp);
  if (site == at_shop) {
    world.set(at_shop, "customer", world.customer, "city", text("Metz"));
  } else {
    world.erp.before_write = nullptr;  // It refuses miroir's writes alone.
    world.set(at_erp, "customer", world.no, "Name", text("Aubert et fils"));
    world.refuse();
  }
  CHECK(world.cycle().set_aside == 1);
  CHECK(world.told("reopened") == 1);
  REQUIRE(world.ignore_set_aside());
  // A person wants to know: refused once more, it waits.
  ask(world, Retry{world.store.set_aside().at(0).id});
  CHECK(world.cycle().set_aside == 1);
  // Taken at last, nothing is left of it.
  REQUIRE(world.ignore_set_aside());
  world.erp.before_write = nullptr;
  ask(world, Retry{world.store.set_aside().at(0).id});
  world.cycle();
  CHECK(world.store.count_ignored() == 0);
  CHECK_FALSE(world.store.has_set_aside());
}

TEST_CASE("a row that cannot come in waits again when it was changed at its site",
          "[engine][ignore]") {
  SmallWorld world;
  world.new_customer(at_shop, "One", "same@x.fr");
  world.new_customer(at_shop, "Two", "same@x.fr");
  world.erp.faults = [](std::string_view call) {
    return call == "deliver" ? Fault::before : Fault::none;
  };
  world.seed();
  const Key three = world.new_customer(at_erp, "Three", "same@x.fr");
  REQUIRE(world.cycle().set_aside == 1);
  REQUIRE(world.store.ignore({said(about(world.store.set_aside().at(0)), RecordId{})}));
  for (int n = 0; n < 3; ++n) CHECK(world.cycle().set_aside == 0);
  world.set(at_erp, "customer", three, "City", text("Metz"));
  CHECK(world.cycle().set_aside == 1);
  CHECK(world.cycle().set_aside == 1);
}

TEST_CASE("an ignored question about a deletion waits again when the record is changed",
          "[engine][ignore]") {
  IgnoringWorld world;
  const Key order = world.new_order(at_shop, world.customer, {"Chablis"});
  world.cycles_until_quiet();
  world.erp.erase(world.entity("customer").id, world.no);
  world.cycles_until_quiet();
  REQUIRE(world.store.count_held() == 1);
  REQUIRE_FALSE(world.store.held().at(0).field);
  REQUIRE(world.ignore_question());
  CHECK(world.cycle().held == 0);
  world.new_line(at_shop, order, 2, "Meursault");  // Not of the customer himself.
  CHECK(world.cycle().held == 0);
  world.set(at_shop, "customer", world.customer, "city", text("Metz"));
  CHECK(world.cycle().held == 1);
  CHECK(world.told("reopened") == 1);
}

TEST_CASE("where a person is forgotten, why something about him was ignored is as well",
          "[engine][ignore]") {
  IgnoringWorld world;
  world.disagree();
  world.cycle();
  REQUIRE(world.ignore_question());
  world.store.forget(world.record(), world.store.last_cycle(), {"lea", ""});
  CHECK(world.store.requests_of(world.record()).empty());
  CHECK(world.store.count_held() == 1);
}

}  // namespace miroir::test
