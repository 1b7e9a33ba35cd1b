// What people ask of a cycle: answers, undo, another try. Each is carried out exactly once, by what
// both sites hold then, or refused with a reason.
#include <catch2/catch.hpp>

#include "tests/mirror/request_world.hpp"

namespace miroir::test {

TEST_CASE("a held field stays different until it is answered, and the rest flows",
          "[engine][request]") {
  for (const SiteId taken : both_sites) {
    CAPTURE(index(taken));
    RequestWorld world;
    world.disagree();
    CHECK(world.cycle().held == 1);
    world.set(at_shop, "customer", world.customer, "city", text("Dijon"));
    CHECK(world.cycle().held == 1);
    CHECK(world.get(at_erp, "customer", world.no, "City") == Value{text("Dijon")});
    CHECK(world.notes() == Names{"shop's", "erp's"});

    world.answer(taken == at_shop ? "shop's" : "erp's");
    const Outcome outcome = world.cycle();
    CHECK(outcome.held == 0);
    CHECK(outcome.exit == Exit::done);
    CHECK(world.last().end.done);
    const std::string kept = taken == at_shop ? "shop's" : "erp's";
    CHECK(world.notes() == Names{kept, kept});
    world.cycles_until_quiet();
    CHECK(world.differences() == Names{});
    // What was not taken is kept, with who decided.
    const auto decided = world.store.conflicts(outcome.cycle, 10);
    REQUIRE(decided.size() == 1);
    CHECK(decided[0].conflict.loser == Value{text(taken == at_shop ? "erp's" : "shop's")});
    CHECK(decided[0].conflict.rule == "answered by anne");
    CHECK(decided[0].time == "2026-01-31T17:00:00Z");
  }
}

TEST_CASE("an answer may be a third value, and both that lost are kept", "[engine][request]") {
  RequestWorld world;
  world.disagree();
  world.cycle();
  world.answer("both's");
  const Outcome outcome = world.cycle();
  CHECK(world.notes() == Names{"both's", "both's"});
  CHECK(outcome.conflicts == 2);
  CHECK(world.store.conflicts(outcome.cycle, 10).size() == 2);
}

TEST_CASE("an answer is refused when a value has moved since it was shown", "[engine][request]") {
  for (const SiteId moved : both_sites) {
    CAPTURE(index(moved));
    RequestWorld world;
    world.disagree();
    world.cycle();
    world.answer("shop's");
    world.write_note(moved, "third");
    CHECK(world.cycle().held == 1);
    CHECK_FALSE(world.last().end.done);
    CHECK(says(world.last().end.message, "it has moved since it was shown"));
    CHECK(says(world.last().end.message, "holds third now"));
    CHECK(world.notes() == (moved == at_shop ? Names{"third", "erp's"} : Names{"shop's", "third"}));
    world.answer("shop's");  // By what is shown now.
    world.cycle();
    CHECK(world.last().end.done);
    CHECK(world.notes() == Names{"shop's", "shop's"});
  }
}

TEST_CASE("what a site changes between an answer and its delivery is not overwritten",
          "[engine][request]") {
  RequestWorld world;
  world.disagree();
  world.cycle();
  world.answer("shop's");
  world.options.at_step = [&](const char* step) {
    if (std::string_view{step} == "plan") world.write_note(at_erp, "late");
  };
  world.cycle();
  world.options.at_step = [](const char*) {};
  CHECK(world.last().end.done);
  CHECK(world.notes() == Names{"shop's", "late"});
  CHECK(world.cycle().held == 1);  // A new question: neither has seen the other's.
  CHECK(world.notes() == Names{"shop's", "late"});
}

TEST_CASE("an answer to what the sites have agreed in meanwhile is refused", "[engine][request]") {
  RequestWorld world;
  world.disagree();
  world.cycle();
  world.answer("erp's");
  world.write_note(at_erp, "shop's");
  CHECK(world.cycle().held == 0);
  CHECK_FALSE(world.last().end.done);
  CHECK(says(world.last().end.message, "waits for nobody"));
  CHECK(world.notes() == Names{"shop's", "shop's"});
}

TEST_CASE("an answer that a site cannot hold is refused with the reason", "[engine][request]") {
  RequestWorld world{R"({"entities": {"customer": {"fields": {"note":
    {"erp": {"column": "Note", "blank": "", "length": 6}}}}}})"};
  world.disagree();
  world.cycle();
  world.answer("longer than six");
  CHECK(world.cycle().held == 1);
  CHECK_FALSE(world.last().end.done);
  CHECK(says(world.last().end.message, "erp cannot hold it: the value has 15 characters"));
}

TEST_CASE("a request waits while a site is away, or its entity sits out", "[engine][request]") {
  RequestWorld world;
  world.disagree();
  world.cycle();
  world.answer("shop's");
  for (const SiteId away : both_sites) {
    world.at(away).faults = [](std::string_view) { return Fault::before; };
    world.cycle();
    world.at(away).faults = {};
    CHECK(world.store.requests().size() == 1);
  }
  const EntityId customer = world.entity("customer").id;
  world.store.pause({.what = customer, .reason = "x", .since = "", .by = "x"});
  world.cycle();
  CHECK(world.store.requests().size() == 1);
  CHECK(world.notes() == Names{"shop's", "erp's"});
  world.store.resume(customer, {"lea", ""});
  world.cycle();
  CHECK(world.store.requests().empty());
  CHECK(world.notes() == Names{"shop's", "shop's"});
}

TEST_CASE("a cycle killed at any step carries a request out exactly once", "[engine][request]") {
  int steps = 0;
  for (bool came_so_far = true; came_so_far; ++steps) {
    CAPTURE(steps);
    RequestWorld world;
    world.disagree();
    world.set(at_shop, "customer", world.customer, "city", text("Dijon"));
    world.set(at_erp, "customer", world.no, "City", text("Nuits"));
    world.cycle();
    world.answer("shop's");
    world.undo("city");
    came_so_far = world.kill_at(steps);
    world.cycles_until_quiet();
    CHECK(world.store.requests().empty());
    CHECK(world.notes() == Names{"shop's", "shop's"});
    CHECK(world.get(at_shop, "customer", world.customer, "city") == Value{text("Nuits")});
    CHECK(world.differences() == Names{});
    CHECK(world.told("answered") == 1);
    CHECK(world.told("undone") == 1);
    CHECK(world.decisions_by("answered by anne") == 1);
    CHECK(world.decisions_by("undone by anne") == 1);
    for (const EndedRequest& ended : world.store.ended_requests(std::nullopt, 10))
      CHECK(ended.end.done);
  }
  CHECK(steps > 8);
}

TEST_CASE("undo brings the losing value back on both sides", "[engine][request]") {
  RequestWorld world;  // The shop wins for cities, the ERP for names.
  world.set(at_shop, "customer", world.customer, "city", text("Dijon"));
  world.set(at_erp, "customer", world.no, "City", text("Nuits"));
  world.set(at_shop, "customer", world.customer, "name", text("Aubert A"));
  world.set(at_erp, "customer", world.no, "Name", text("Aubert B"));
  world.cycle();
  world.undo("city");
  world.undo("name");
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.get(at_shop, "customer", world.customer, "city") == Value{text("Nuits")});
  CHECK(world.get(at_erp, "customer", world.no, "City") == Value{text("Nuits")});
  CHECK(world.get(at_shop, "customer", world.customer, "name") == Value{text("Aubert A")});
  CHECK(world.get(at_erp, "customer", world.no, "Name") == Value{text("Aubert A")});
  world.cycles_until_quiet();
  CHECK(world.differences() == Names{});

  world.undo("city");  // That is a decision too: the undone one is back.
  world.cycle();
  CHECK(world.get(at_erp, "customer", world.no, "City") == Value{text("Dijon")});
}

TEST_CASE("a decision is undone once", "[engine][request]") {
  RequestWorld world;
  world.set(at_shop, "customer", world.customer, "city", text("Dijon"));
  world.set(at_erp, "customer", world.no, "City", text("Nuits"));
  world.cycle();
  world.undo("city");
  world.undo("city");
  world.cycle();
  CHECK(world.get(at_shop, "customer", world.customer, "city") == Value{text("Nuits")});
  CHECK_FALSE(world.last().end.done);
  CHECK(says(world.last().end.message, "undone already"));
}

TEST_CASE("undo of what has changed since is a question with both values", "[engine][request]") {
  for (const bool same_cycle : {false, true}) {
    CAPTURE(same_cycle);
    RequestWorld world;
    world.set(at_shop, "customer", world.customer, "city", text("Dijon"));
    world.set(at_erp, "customer", world.no, "City", text("Nuits"));
    world.cycle();
    world.set(at_erp, "customer", world.no, "City", text("Beaune"));
    if (!same_cycle) world.cycle();
    world.undo("city");
    CHECK(world.cycle().held == 1);
    CHECK(world.last().end.done);
    CHECK(says(world.last().end.message, "a question now"));
    const auto held = world.store.held();
    REQUIRE(held.size() == 1);
    CHECK(held[0].why == HoldReason::undone);
    CHECK(held[0].candidates == PerSite<Value>{text("Beaune"), text("Beaune")});
    CHECK(held[0].proposal == Value{text("Nuits")});
    world.answer("Nuits");
    CHECK(world.cycle().held == 0);
    CHECK(world.get(at_shop, "customer", world.customer, "city") == Value{text("Nuits")});
    CHECK(world.get(at_erp, "customer", world.no, "City") == Value{text("Nuits")});
  }
}

TEST_CASE("a counter is not put back", "[engine][request]") {
  SmallWorld world;
  world.new_customer(at_shop, "Aubert", "a@x.fr", 5);
  world.new_customer(at_erp, "Aubert", "a@x.fr", 7);
  world.seed();
  const auto decisions = world.store.conflicts(std::nullopt, 10);
  REQUIRE(decisions.size() == 1);
  ask(world, Undo{decisions[0].id});
  world.cycle();
  CHECK_FALSE(last_request(world).end.done);
  CHECK(says(last_request(world).end.message, "a counter is not put back"));
}

TEST_CASE("a deletion that lost can be had after all, and a question about one be answered",
          "[engine][request]") {
  for (const bool changed_since : {false, true}) {
    CAPTURE(changed_since);
    RequestWorld world;
    world.set(at_erp, "customer", world.no, "City", text("Nuits"));
    world.shop.erase(world.entity("customer").id, world.customer);
    world.cycles_until_quiet();
    CHECK(world.rows(at_shop, "customer").size() == 1);  // The change has won.
    if (changed_since) {
      world.set(at_erp, "customer", world.no, "City", text("Dijon"));
      world.cycle();
    }
    ask(world, Undo{world.store.conflicts(std::nullopt, 1).at(0).id});
    const Outcome outcome = world.cycle();
    CHECK(world.last().end.done);
    CHECK(outcome.held == (changed_since ? 1u : 0u));
    if (changed_since) {
      CHECK(world.rows(at_erp, "customer").size() == 1);
      world.answer_deletion(false);
      CHECK(world.cycle().held == 0);
    }
    world.cycles_until_quiet();
    CHECK(world.rows(at_shop, "customer").empty());
    CHECK(world.rows(at_erp, "customer").empty());
  }
}

// A world in which a customer was deleted whom an order refers to that came in at the other side.
struct QuestionedDeletion : RequestWorld {
  QuestionedDeletion() {
    order = new_order(at_erp, no, {"wine"});
    shop.erase(entity("customer").id, customer);
    cycles_until_quiet();
    REQUIRE(store.held().size() == 1);
  }
  Key order;
};

TEST_CASE("a parent in question stays when a person keeps it", "[engine][request]") {
  QuestionedDeletion world;
  world.answer_deletion(true);
  CHECK(world.cycle().held == 0);
  CHECK(world.last().end.done);
  CHECK(world.rows(at_shop, "customer").size() == 1);
  CHECK(world.told("kept") == 1);
}

TEST_CASE("a parent in question is deleted once nothing refers to it", "[engine][request]") {
  QuestionedDeletion world;
  world.answer_deletion(false);
  CHECK(world.cycle().held == 1);
  CHECK_FALSE(world.last().end.done);
  CHECK(says(world.last().end.message, "1 other record refers to it"));
  world.erp.erase(world.entity("order").id, world.order);
  world.cycles_until_quiet();
  world.answer_deletion(false);
  CHECK(world.cycle().held == 0);
  CHECK(world.last().end.done);
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "customer").empty());
  CHECK(world.rows(at_erp, "customer").empty());
}

TEST_CASE("an answer about a deletion is refused when something happened to the record",
          "[engine][request]") {
  QuestionedDeletion world;
  world.erp.erase(world.entity("order").id, world.order);
  world.cycles_until_quiet();
  world.answer_deletion(false);
  world.set(at_erp, "customer", world.no, "City", text("Nuits"));
  CHECK(world.cycle().held == 1);
  CHECK(says(world.last().end.message, "something has happened to it"));
  CHECK(world.rows(at_erp, "customer").size() == 1);
}

TEST_CASE("what was set aside is tried at once when a person says so", "[engine][request]") {
  RequestWorld world;
  bool refuses = true;
  int tries = 0;
  world.erp.before_write = [&](EntityId, Row&) {
    ++tries;
    if (refuses) throw DbError{"refused by the ERP", "23000", Recovery::refused, ""};
  };
  world.set(at_shop, "customer", world.customer, "city", text("Dijon"));
  for (int n = 0; n < 6; ++n) world.cycle();
  REQUIRE(world.store.set_aside().size() == 1);
  refuses = false;
  tries = 0;
  CHECK(world.cycle().set_aside == 1);  // It is not its turn.
  CHECK(tries == 0);
  ask(world, Retry{world.store.set_aside()[0].id});
  CHECK(world.cycle().set_aside == 0);
  CHECK(world.last().end.done);
  CHECK(world.get(at_erp, "customer", world.no, "City") == Value{text("Dijon")});
  ask(world, Retry{77});
  world.cycle();
  CHECK_FALSE(world.last().end.done);
}

TEST_CASE("a rehearsal carries requests out on its copy", "[engine][request]") {
  RequestWorld world;
  world.disagree();
  world.cycle();
  world.answer("shop's");
  world.options.writes = Writes::forbidden;
  std::vector<Value> given;
  world.options.planned = [&](SiteId, EntityId, RecordId, const Planned& planned) {
    const auto& row = std::get<AggregateWrite>(planned).rows.at(0);
    given.push_back(row.given[world.column(at_erp, "customer", "Note")]);
  };
  const Outcome outcome = world.cycle();
  CHECK(given == std::vector<Value>{text("shop's")});
  CHECK(world.store.ended_requests(outcome.cycle, 10).size() == 1);
  CHECK(world.notes() == Names{"shop's", "erp's"});
}

}  // namespace miroir::test
