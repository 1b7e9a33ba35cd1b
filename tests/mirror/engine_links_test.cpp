// Two records made one by hand, and one made two.
#include <catch2/catch.hpp>

#include "tests/mirror/meeting_world.hpp"
#include "tests/mirror/request_world.hpp"

namespace miroir::test {
namespace {

// Aubert is in the shop and Auber in the ERP; the ERP refuses the shop's, the shop the ERP's.
class ApartWorld : public SmallWorld {
 public:
  ApartWorld() {
    seed();
    for (const SiteId site : both_sites) {
      at(site).before_write = [this](EntityId id, Row&) {
        if (refuses && id == entity("customer").id)
          throw DbError{"a customer of that name is there", "23000", Recovery::refused, ""};
      };
    }
    cycle();
    refuses = false;
    first = new_customer(at_shop, "Aubert", "a@x.fr", 5);
    second = new_customer(at_erp, "Auber", "b@x.fr", 7);
    refuses = true;
    cycle();
    REQUIRE(store.set_aside().size() == 2);
  }

  void link() { ask(*this, Link{"customer", {first, second}}); }

  bool refuses = false;
  Key first, second;
};

bool alike(SmallWorld& world) {
  world.cycles_until_quiet();
  return world.differences().empty();
}

}  // namespace

TEST_CASE("two customers that are linked are one: the policies decide, counters are not added",
          "[engine][link]") {
  ApartWorld world;
  world.new_order(at_shop, world.first, {"wine"});
  world.new_order(at_erp, world.second, {"cork"});
  world.cycle();
  CHECK(world.rows(at_shop, "order").size() == 1);  // They wait for their customers.
  world.link();
  world.refuses = false;
  const Outcome outcome = world.cycle();
  CHECK(last_request(world).end.done);
  CHECK(outcome.set_aside == 0);
  CHECK(world.rows(at_shop, "customer").size() == 1);
  CHECK(world.rows(at_erp, "customer").size() == 1);
  CHECK(world.there(at_shop, "customer", world.first) == world.second);
  CHECK(world.get(at_erp, "customer", world.second, "E-Mail") == Value{text("a@x.fr")});
  CHECK(world.get(at_shop, "customer", world.first, "name") == Value{text("Auber")});
  CHECK(world.get(at_shop, "customer", world.first, "points") == Value{std::int64_t{7}});
  CHECK(world.store.conflicts(outcome.cycle, 10).size() == 3);
  CHECK(alike(world));
  CHECK(world.rows(at_shop, "order").size() == 2);
  CHECK(world.rows(at_erp, "order").size() == 2);
  // The story of both is told of the one that is left.
  const auto record = world.store.find(at_erp, world.entity("customer").id, world.second).value();
  std::vector<std::string> events;
  for (const auto& logged : world.store.history_of(record)) events.push_back(logged.line.event);
  CHECK(events == Names{"born", "born", "linked"});
}

TEST_CASE("a cycle killed at any step links two records exactly once", "[engine][link]") {
  int steps = 0;
  for (bool came_so_far = true; came_so_far; ++steps) {
    CAPTURE(steps);
    ApartWorld world;
    world.link();
    world.refuses = false;
    int n = 0;
    world.options.at_step = [&](const char*) {
      if (n++ == steps) throw std::runtime_error{"killed"};
    };
    // Before the link both are tried again, and refused.
    for (const SiteId site : both_sites) {
      world.at(site).before_write = [](EntityId, Row&) {};
    }
    came_so_far = false;
    try {
      world.cycle();
    } catch (const std::runtime_error&) {
      came_so_far = true;
    }
    world.options.at_step = [](const char*) {};
    CHECK(alike(world));
    CHECK(world.rows(at_shop, "customer").size() == 1);
    CHECK(world.rows(at_erp, "customer").size() == 1);
    CHECK(world.store.conflicts(std::nullopt, 10).size() == 3);
  }
  CHECK(steps > 6);
}

TEST_CASE("orders that are linked have the lines in which they agree", "[engine][link]") {
  for (const bool agree : {true, false}) {
    CAPTURE(agree);
    SmallWorld world;
    world.seed();
    const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
    world.cycles_until_quiet();
    bool refuses = true;
    for (const SiteId site : both_sites) {
      world.at(site).before_write = [&](EntityId id, Row&) {
        if (refuses && id == world.entity("order").id)
          throw DbError{"no orders today", "23000", Recovery::refused, ""};
      };
    }
    refuses = false;
    const Key first = world.new_order(at_shop, customer, {"wine", "cork"});
    const Key second = world.new_order(at_erp, world.there(at_shop, "customer", customer),
                                       {"cork", agree ? "wine" : "beer", "wine"});
    if (agree) world.new_line(at_shop, first, 3, "wine");
    refuses = true;
    world.cycle();
    ask(world, Link{"order", {first, second}});
    refuses = false;
    for (const SiteId site : both_sites) {
      world.at(site).before_write = [&](EntityId id, Row&) {
        if (!agree && id == world.entity("order").id)
          throw DbError{"no orders today", "23000", Recovery::refused, ""};
      };
    }
    world.cycle();
    CHECK(last_request(world).end.done == agree);
    if (!agree) {
      CHECK(says(last_request(world).end.message, "only 2 of their line (2 at shop and 3 at erp)"));
      CHECK(world.rows(at_shop, "order").size() == 1);
      continue;
    }
    CHECK(alike(world));
    CHECK(world.rows(at_shop, "order").size() == 1);
    CHECK(world.rows(at_shop, "line").size() == 3);
    CHECK(world.rows(at_erp, "line").size() == 3);
  }
}

TEST_CASE("records that are at both sites are not linked", "[engine][link]") {
  SmallWorld world;
  const Key first = world.new_customer(at_shop, "Aubert", "a@x.fr");
  const Key second = world.new_customer(at_erp, "Bichot", "b@x.fr");
  world.seed();
  ask(world, Link{"customer", {first, second}});
  world.cycle();
  CHECK_FALSE(last_request(world).end.done);
  CHECK(says(last_request(world).end.message, "is one record with a row at both sites"));
  ask(world, Link{"customer", {first, world.there(at_shop, "customer", first)}});
  world.cycle();
  CHECK(says(last_request(world).end.message, "one record already"));
  ask(world, Link{"customer", {first, {text("C999")}}});
  world.cycle();
  CHECK(says(last_request(world).end.message, "miroir knows no customer C999 at erp"));
  CHECK(alike(world));
}

TEST_CASE("rows alike to several are told apart by a link", "[engine][link][meeting]") {
  SmallWorld world;
  const Key father = add_customer(world, at_shop, std::int64_t{1}, "Aubert", "same@x.fr");
  const Key son = add_customer(world, at_shop, std::int64_t{2}, "Aubert fils", "same@x.fr");
  const Key erp = add_customer(world, at_erp, text("C1"), "Aubert", "same@x.fr");
  CHECK(meet(world).set_aside == 3);
  ask(world, Link{"customer", {son, erp}});
  CHECK(world.cycle().set_aside == 0);
  CHECK(last_request(world).end.done);
  CHECK(world.there(at_shop, "customer", son) == erp);
  CHECK(alike(world));
  // The father is alike to nobody else: a customer of his own.
  CHECK(world.rows(at_shop, "customer").size() == 2);
  CHECK(world.rows(at_erp, "customer").size() == 2);
  CHECK(world.there(at_shop, "customer", father) == Key{text("W1")});
}

TEST_CASE("a row that could be several records is linked to one of them", "[engine][link]") {
  SmallWorld world;
  world.seed();
  bool refuses = false;
  world.erp.before_write = [&](EntityId, Row&) {
    if (refuses) throw DbError{"not now", "23000", Recovery::refused, ""};
  };
  refuses = true;
  const Key father = world.new_customer(at_shop, "Aubert", "same@x.fr");
  const Key son = world.new_customer(at_shop, "Aubert fils", "same@x.fr");
  world.cycle();
  refuses = false;
  const Key erp = world.new_customer(at_erp, "Aubert", "same@x.fr");
  refuses = true;
  world.cycle();
  refuses = false;
  ask(world, Link{"customer", {father, erp}});
  world.cycle();
  CHECK(last_request(world).end.done);
  CHECK(world.there(at_shop, "customer", father) == erp);
  CHECK(alike(world));
  CHECK(world.rows(at_shop, "customer").size() == 2);
  CHECK(world.rows(at_erp, "customer").size() == 2);
  CHECK(world.there(at_shop, "customer", son) != erp);
}

namespace {

// Father and son share an e-mail, and were taken for one.
class MistakenWorld : public SmallWorld {
 public:
  MistakenWorld() {
    father = new_customer(at_shop, "Aubert", "same@x.fr", 5);
    son = new_customer(at_erp, "Aubert fils", "same@x.fr", 5);
    seed();
    cycles_until_quiet();
    REQUIRE(there(at_shop, "customer", father) == son);
  }
  RecordId record() const { return store.find(at_shop, entity("customer").id, father).value(); }
  Key father, son;
};

}  // namespace

TEST_CASE("a record that is parted is two, each with what its site holds", "[engine][link]") {
  MistakenWorld world;
  world.set(at_shop, "customer", world.father, "note", text("the father"));
  world.set(at_erp, "customer", world.son, "Note", text("the son"));
  CHECK(world.cycle().held == 1);
  ask(world, Unlink{world.record(), {}});
  CHECK(world.cycle().held == 0);
  CHECK(last_request(world).end.done);
  CHECK(alike(world));
  CHECK(world.rows(at_shop, "customer").size() == 2);
  CHECK(world.rows(at_erp, "customer").size() == 2);
  CHECK(world.there(at_shop, "customer", world.father) == Key{text("W1")});
  CHECK(world.get(at_erp, "customer", {text("W1")}, "Note") == Value{text("the father")});
  CHECK(world.get(at_erp, "customer", world.son, "Note") == Value{text("the son")});
}

TEST_CASE("a cycle killed at any step parts a record exactly once", "[engine][link]") {
  int steps = 0;
  for (bool came_so_far = true; came_so_far; ++steps) {
    CAPTURE(steps);
    MistakenWorld world;
    ask(world, Unlink{world.record(), {}});
    int n = 0;
    world.options.at_step = [&](const char*) {
      if (n++ == steps) throw std::runtime_error{"killed"};
    };
    came_so_far = false;
    try {
      world.cycle();
    } catch (const std::runtime_error&) {
      came_so_far = true;
    }
    world.options.at_step = [](const char*) {};
    CHECK(alike(world));
    CHECK(world.rows(at_shop, "customer").size() == 2);
    CHECK(world.rows(at_erp, "customer").size() == 2);
  }
  CHECK(steps > 6);
}

TEST_CASE("what refers to a record that is parted goes with the one that a person names",
          "[engine][link]") {
  for (const SiteId keeper : both_sites) {
    CAPTURE(index(keeper));
    MistakenWorld world;
    const Key order = world.new_order(at_shop, world.father, {"wine"});
    world.cycles_until_quiet();
    const Key there = world.there(at_shop, "order", order);
    ask(world, Unlink{world.record(), {}});
    world.cycle();
    CHECK_FALSE(last_request(world).end.done);
    CHECK(says(last_request(world).end.message, "--references shop or --references erp"));
    const auto child = world.store.find(at_shop, world.entity("order").id, order).value();
    const std::size_t field = world.entity("order").field_index("customer").value();
    world.store.note_row_reference(at_erp, child, field, world.record());
    ask(world, Unlink{world.record(), keeper});
    world.cycle();
    CHECK(last_request(world).end.done);
    CHECK(world.store.row_references(at_erp, child).empty());  // Of two that it may mean by now.
    CHECK(alike(world));
    const Key kept = keeper == at_shop ? world.there(at_shop, "customer", world.father) : world.son;
    CHECK(world.get(at_erp, "order", there, "Customer") == kept[0]);
    const Key in_shop =
        keeper == at_shop ? world.father : world.there(at_erp, "customer", world.son);
    CHECK(world.get(at_shop, "order", order, "customer_id") == in_shop[0]);
  }
}

TEST_CASE("a record is not parted where both would have the same key", "[engine][link]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  const RecordId record = world.store.find(at_shop, world.entity("customer").id, customer).value();
  ask(world, Unlink{record, {}});
  world.cycle();
  CHECK_FALSE(last_request(world).end.done);
  CHECK(says(last_request(world).end.message, "both would have the key W1 at erp"));
  CHECK(alike(world));
}

TEST_CASE("an order that is parted takes its lines along at both sites", "[engine][link]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  const Key order = world.new_order(at_erp, world.there(at_shop, "customer", customer), {"a", "b"});
  world.cycles_until_quiet();
  const RecordId record = world.store.find(at_erp, world.entity("order").id, order).value();
  ask(world, Unlink{record, {}});
  world.cycle();
  CHECK(last_request(world).end.done);
  CHECK(alike(world));
  for (const SiteId site : both_sites) {
    CHECK(world.rows(site, "order").size() == 2);
    CHECK(world.rows(site, "line").size() == 4);
  }
}

}  // namespace miroir::test
