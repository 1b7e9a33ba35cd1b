// What has drifted apart comes back: by merging, or as one site says. Exactly once, and it can be
// undone.
#include <catch2/catch.hpp>
#include <chrono>
#include <optional>
#include <string_view>

#include "tests/mirror/verify_world.hpp"

namespace miroir::test {
namespace {

// Two customers and an order with two lines, at rest.
class DriftedWorld : public VerifyWorld {
 public:
  explicit DriftedWorld(const std::string& patch = "{}") : VerifyWorld{patch} {
    second = new_customer(at_shop, "Barbier", "b@x.fr");
    order = new_order(at_shop, customer, {"a", "b"});
    cycles_until_quiet();
    second_no = there(at_shop, "customer", second);
  }
  void drift() {
    change_unseen(at_shop, "customer", customer, "city", text("Metz"));
    change_unseen(at_erp, "customer", second_no, "Name", text("Zoe"));
  }
  void at_rest() {
    CHECK(cycles_until_quiet() <= 2);
    CHECK(differences() == Names{});
    CHECK(nothing_differs());
  }
  Names names() const {
    return {std::get<std::string>(get(at_shop, "customer", second, "name")),
            std::get<std::string>(get(at_erp, "customer", second_no, "Name"))};
  }

  Key second, second_no, order;
};

}  // namespace

TEST_CASE("what has drifted at either site is merged, and comes to rest at once",
          "[engine][resync]") {
  DriftedWorld world;
  world.drift();
  world.verify();
  CHECK(world.of(Standing::drifted) == 2);
  ask(world, world.resync());
  const Outcome outcome = world.cycle();
  CHECK(outcome.delivered == PerSite<std::size_t>{1, 1});
  CHECK(outcome.conflicts == 2);  // What either side lost by it, so that it can be undone.
  CHECK(world.last().end.done);
  CHECK(world.get(at_erp, "customer", world.no, "City") == Value{text("Metz")});
  CHECK(world.names() == Names{"Zoe", "Zoe"});
  world.at_rest();
}

TEST_CASE("neither side's change is forgotten when both have drifted", "[engine][resync]") {
  DriftedWorld world;
  world.change_unseen(at_shop, "customer", world.second, "name", text("Ana"));
  world.change_unseen(at_shop, "customer", world.second, "city", text("Metz"));
  world.change_unseen(at_erp, "customer", world.second_no, "Name", text("Zoe"));
  world.change_unseen(at_erp, "customer", world.second_no, "Points", Decimal{5, 0});
  world.verify();
  ask(world, world.resync());
  CHECK(world.cycle().conflicts == 1);  // The ERP wins for names; the loser is kept.
  CHECK(world.names() == Names{"Zoe", "Zoe"});
  CHECK(world.get(at_erp, "customer", world.second_no, "City") == Value{text("Metz")});
  CHECK(world.get(at_shop, "customer", world.second, "points") == Value{std::int64_t{5}});
  world.at_rest();
}

TEST_CASE("rows that came and went unseen are carried to the other site", "[engine][resync]") {
  DriftedWorld world;
  world.remove_unseen(at_erp, "customer", world.second_no);
  const Value key = std::int64_t{77};
  world.shop.set_untriggered(world.entity("customer").id, {key},
                             customer_row(world, at_shop, key, "Colin", "c@x.fr"));
  const Key line = world.rows(at_erp, "line").begin()->first;
  world.verify();
  CHECK(world.of(Standing::missing) == 2);
  ask(world, world.resync());
  world.remove_unseen(at_erp, "line", line);
  world.verify();
  world.found.erase(std::remove_if(world.found.begin(), world.found.end(),
                                   [&](const Look& seen) {
                                     return world.entity_of(seen.finding).name != "order";
                                   }),
                    world.found.end());
  ask(world, world.resync());
  world.cycle();
  CHECK(world.shop.find(world.entity("customer").id, world.second) == nullptr);
  CHECK(world.there(at_shop, "customer", {key}) == Key{text("W77")});
  CHECK(world.rows(at_shop, "line").size() == 1);
  world.at_rest();
}

TEST_CASE("the site that is declared right overwrites, and it can be undone", "[engine][resync]") {
  for (const SiteId right : both_sites) {
    CAPTURE(index(right));
    DriftedWorld world;
    world.change_unseen(at_shop, "customer", world.second, "name", text("Ana"));
    world.change_unseen(at_erp, "customer", world.second_no, "Name", text("Zoe"));
    world.verify();
    ask(world, world.resync(right));
    world.cycle();
    CHECK(world.last().end.done);
    const std::string kept = right == at_shop ? "Ana" : "Zoe";
    const std::string lost = right == at_shop ? "Zoe" : "Ana";
    CHECK(world.names() == Names{kept, kept});
    world.at_rest();
    const auto record = world.store.find(at_shop, world.entity("customer").id, world.second);
    const auto decided = world.store.conflicts_of(*record).back();
    CHECK(decided.conflict.winner == Value{kept});
    CHECK(decided.conflict.loser == Value{lost});
    CHECK(decided.conflict.loser_site == other(right));
    CHECK(says(decided.conflict.rule, "by anne"));
    ask(world, Undo{decided.id});
    world.cycle();
    CHECK(world.names() == Names{lost, lost});
    world.at_rest();
  }
}

TEST_CASE("only what has moved since it was shown is refused", "[engine][resync]") {
  for (const SiteId moved : both_sites) {
    CAPTURE(index(moved));
    DriftedWorld world;
    world.drift();
    world.verify();
    ask(world, world.resync(at_shop));
    if (moved == at_shop)
      world.set(at_shop, "customer", world.second, "name", text("Eva"));
    else
      world.set(at_erp, "customer", world.second_no, "Name", text("Eva"));
    world.cycle();
    CHECK_FALSE(world.last().end.done);
    CHECK(says(world.last().end.message, "done for 1 of 2"));
    CHECK(says(world.last().end.message, "customer 2 (shop) W2 (erp)"));
    CHECK(says(world.last().end.message, "has moved at "));
    CHECK(world.get(at_erp, "customer", world.no, "City") == Value{text("Metz")});
    CHECK(world.names()[0] == world.names()[1]);
    CHECK(world.names()[0] != "Barbier");
    world.at_rest();
  }
}

TEST_CASE("who is right may have no row: the other's is deleted, and comes back undone",
          "[engine][resync]") {
  DriftedWorld world;
  world.remove_unseen(at_erp, "customer", world.second_no);
  world.verify();
  ask(world, world.resync(at_erp));
  world.cycle();
  CHECK(world.shop.find(world.entity("customer").id, world.second) == nullptr);
  world.at_rest();

  DriftedWorld back;
  back.remove_unseen(at_erp, "customer", back.second_no);
  back.verify();
  ask(back, back.resync(at_shop));
  back.cycle();
  CHECK(back.last().end.done);
  CHECK(back.names() == Names{"Barbier", "Barbier"});
  back.at_rest();

  DriftedWorld lines;  // A row that only the other one has: not there, says who is right.
  const Key line = lines.rows(at_shop, "line").begin()->first;
  lines.remove_unseen(at_shop, "line", line);
  lines.verify();
  ask(lines, lines.resync(at_erp));
  lines.cycle();
  CHECK(lines.rows(at_shop, "line").size() == 2);
  lines.at_rest();
  lines.remove_unseen(at_shop, "line", lines.rows(at_shop, "line").begin()->first);
  lines.verify();
  ask(lines, lines.resync(at_shop));
  lines.cycle();
  CHECK(lines.rows(at_erp, "line").size() == 1);
  lines.at_rest();
}

TEST_CASE("a row that only one site has is deleted where the other is right, and comes back undone",
          "[engine][resync]") {
  DriftedWorld world;
  const Value key = std::int64_t{77};
  const EntityId customer = world.entity("customer").id;
  world.shop.set_untriggered(customer, {key}, customer_row(world, at_shop, key, "Colin", "c@x.fr"));
  world.verify();
  ask(world, world.resync(at_erp));
  world.cycle();
  CHECK(world.last().end.done);
  CHECK(world.shop.find(customer, {key}) == nullptr);
  world.at_rest();
  ask(world, Undo{world.store.conflicts(std::nullopt, 1).front().id});
  world.cycle();
  CHECK(world.last().end.done);
  CHECK(world.shop.find(customer, {key}) != nullptr);
  world.at_rest();
}

TEST_CASE("what the mapping cuts is not cut at the site that has it whole", "[engine][resync]") {
  DriftedWorld world;
  world.set(at_shop, "customer", world.second, "city", text("Villefranche-sur-Saône"));
  world.cycles_until_quiet();
  world.change_unseen(at_erp, "customer", world.second_no, "Name", text("Zoe"));
  world.verify();
  ask(world, world.resync(at_erp));
  world.cycle();
  CHECK(world.get(at_shop, "customer", world.second, "city") ==
        Value{text("Villefranche-sur-Saône")});
  CHECK(world.names() == Names{"Zoe", "Zoe"});
  world.at_rest();
}

TEST_CASE("a question is answered for the record whose site is declared right",
          "[engine][resync]") {
  DriftedWorld world;
  world.disagree();
  CHECK(world.cycle().held == 1);
  world.verify();
  CHECK(world.only().standing == Standing::held);
  ask(world, world.resync(at_erp));
  CHECK(world.cycle().held == 0);
  CHECK(world.notes() == Names{"erp's", "erp's"});
  world.at_rest();
}

TEST_CASE("what others refer to is not deleted because a site has lost it", "[engine][resync]") {
  DriftedWorld world;
  world.remove_unseen(at_erp, "customer", world.no);
  world.verify();
  ask(world, world.resync(at_erp));
  world.cycle();
  CHECK_FALSE(world.last().end.done);
  CHECK(says(world.last().end.message, "1 other record refers to it"));
  CHECK(world.shop.find(world.entity("customer").id, world.customer) != nullptr);
  CHECK(world.erp.find(world.entity("customer").id, world.no) != nullptr);  // It is restored.
}

TEST_CASE("a resync waits for a site that is away, and for an entity that sits out",
          "[engine][resync]") {
  for (const bool declared : {false, true}) {
    CAPTURE(declared);
    DriftedWorld world;
    world.drift();
    world.verify();
    ask(world, world.resync(declared ? std::optional{at_erp} : std::nullopt));
    world.erp.faults = [](std::string_view) { return Fault::before; };
    world.cycle();
    CHECK(world.store.requests().size() == 1);
    world.erp.faults = {};
    const EntityId customer = world.entity("customer").id;
    world.store.pause({.what = customer, .reason = "x", .since = "", .by = "x"});
    world.cycle();
    CHECK(world.store.requests().size() == 1);
    world.store.resume(customer, {"lea", ""});
    world.cycle();
    CHECK(world.store.requests().empty());
    CHECK(world.names() == Names{"Zoe", "Zoe"});
    world.at_rest();
  }
}

TEST_CASE("a merging resync goes on where a site was lost while its rows were read",
          "[engine][resync]") {
  DriftedWorld world;
  world.drift();
  world.verify();
  ask(world, world.resync());
  world.erp.faults = [](std::string_view call) {
    return call == "extract" ? Fault::before : Fault::none;
  };
  world.cycle();
  CHECK(world.store.requests().size() == 1);  // Nobody is told that it is merged.
  world.erp.faults = {};
  CHECK(world.cycle().conflicts > 0);
  CHECK(world.last().end.done);
  CHECK(world.names() == Names{"Zoe", "Zoe"});
  world.at_rest();
}

TEST_CASE("what a merging resync overwrote is told, though the cycle was to end then",
          "[engine][resync]") {
  DriftedWorld world;
  world.drift();
  world.verify();
  ask(world, world.resync());
  std::optional<std::chrono::steady_clock::time_point> asked;
  world.options.stop_asked = [&] { return asked; };
  world.options.at_step = [&](const char* step) {
    if (std::string_view{step} == "acknowledge") asked = std::chrono::steady_clock::now();
  };
  CHECK(world.cycle().conflicts == 2);
  CHECK(world.store.requests().size() == 1);
  asked.reset();
  world.options.at_step = [](const char*) {};
  world.cycle();
  CHECK(world.last().end.done);
  CHECK(world.store.conflicts(std::nullopt, 10).size() == 2);
  CHECK(world.names() == Names{"Zoe", "Zoe"});
  world.at_rest();
}

TEST_CASE("a cycle killed at any step resyncs exactly once", "[engine][resync]") {
  for (const bool declared : {false, true}) {
    int steps = 0;
    for (bool came_so_far = true; came_so_far; ++steps) {
      CAPTURE(declared, steps);
      DriftedWorld world;
      world.drift();
      world.change_unseen(at_erp, "customer", world.no, "Points", Decimal{5, 0});
      world.verify();
      ask(world, world.resync(declared ? std::optional{at_erp} : std::nullopt));
      came_so_far = world.kill_at(steps);
      world.cycles_until_quiet();
      CHECK(world.store.requests().empty());
      CHECK(world.names() == Names{"Zoe", "Zoe"});
      CHECK(world.get(at_shop, "customer", world.customer, "points") == Value{std::int64_t{5}});
      CHECK(world.get(at_shop, "customer", world.customer, "city") ==
            Value{text(declared ? "Beaune" : "Metz")});
      world.at_rest();
    }
    CHECK(steps > 8);
  }
}

}  // namespace miroir::test
