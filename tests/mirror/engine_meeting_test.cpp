// The first meeting of two databases that both hold data already.
#include "tests/mirror/meeting_world.hpp"

namespace miroir::test {

TEST_CASE("rows meet by the key that a rule makes, whatever else they say", "[engine][meeting]") {
  SmallWorld world;
  add_customer(world, at_shop, std::int64_t{7}, "Aubert", "a@x.fr");
  add_customer(world, at_erp, text("W7"), "Aubert SA", "other@x.fr");
  const Outcome outcome = meet(world);
  CHECK(outcome.exit == Exit::done);
  CHECK(world.rows(at_shop, "customer").size() == 1);
  CHECK(world.rows(at_erp, "customer").size() == 1);
  CHECK(world.get(at_erp, "customer", {text("W7")}, "E-Mail") == Value{text("a@x.fr")});
  CHECK(world.get(at_shop, "customer", {std::int64_t{7}}, "name") == Value{text("Aubert SA")});
  CHECK(customers(world).differing == 1);
  CHECK(world.differences() == Names{});
}

TEST_CASE("rows meet by a match rule; what is new on each side arrives at the other",
          "[engine][meeting]") {
  SmallWorld world;
  add_customer(world, at_shop, std::int64_t{1}, "Aubert", "a@x.fr", "Lyon", 5);
  add_customer(world, at_shop, std::int64_t{2}, "Bichot", "b@x.fr");
  add_customer(world, at_erp, text("10000"), "Aubert", "a@x.fr", "Lyon", 7);
  add_customer(world, at_erp, text("10001"), "Cros", "c@x.fr");
  meet(world);
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "customer").size() == 3);
  CHECK(world.rows(at_erp, "customer").size() == 3);
  CHECK(world.there(at_shop, "customer", {std::int64_t{1}}) == Key{text("10000")});
  // Counters are never added: nobody knows what they have in common.
  CHECK(world.get(at_shop, "customer", {std::int64_t{1}}, "points") == Value{std::int64_t{7}});
  CHECK(world.differences() == Names{});
}

TEST_CASE("twins meet whatever the chunks, and nothing is delivered before all is read",
          "[engine][meeting]") {
  SmallWorld world;
  world.options.limits.chunk_roots = 1;
  for (int n = 1; n <= 9; ++n) {
    const std::string email = std::to_string(n) + "@x.fr";
    add_customer(world, at_shop, std::int64_t{n}, "Client", email);
    add_customer(world, at_erp, "E" + std::to_string(100 - n), "Client", email);
  }
  const Outcome outcome = meet(world);
  CHECK(outcome.delivered == PerSite<std::size_t>{0, 0});
  CHECK(customers(world).both == 9);
  CHECK(customers(world).differing == 0);
}

TEST_CASE("what is alike to several rows is a question, whichever side has the several",
          "[engine][meeting]") {
  const SiteId several = GENERATE(at_shop, at_erp);
  SmallWorld world;
  const auto add = [&](SiteId site, std::int64_t n, const char* name) {
    const Value key = site == at_shop ? Value{n} : Value{"E" + std::to_string(n)};
    return add_customer(world, site, key, name, "same@x.fr");
  };
  add(several, 1, "Aubert");
  const Key second = add(several, 2, "Aubert fils");
  add(other(several), 3, "Aubert");
  add_customer(world, at_shop, std::int64_t{50}, "Bichot", "b@x.fr");
  const Outcome outcome = meet(world);
  CHECK(outcome.exit == Exit::waiting);
  CHECK(outcome.set_aside == 3);
  CHECK(outcome.delivered == PerSite<std::size_t>{0, 1});  // The others go on.
  CHECK(world.cycle().set_aside == 3);
  CHECK(world.rows(at_shop, "customer").size() == (several == at_shop ? 3 : 2));
  CHECK(world.rows(at_erp, "customer").size() == (several == at_shop ? 2 : 3));

  // Somebody corrects the second: now there is one on each side, and it is new.
  world.set(several, "customer", second, several == at_shop ? "email" : "E-Mail",
            text("fils@x.fr"));
  world.cycles_until_quiet();
  CHECK(world.store.set_aside().empty());
  CHECK(world.rows(at_shop, "customer").size() == 3);
  CHECK(world.rows(at_erp, "customer").size() == 3);
  CHECK(world.differences() == Names{});
}

TEST_CASE("a value that a site has shortened, as declared, is no difference", "[engine][meeting]") {
  SmallWorld world;
  add_customer(world, at_shop, std::int64_t{1}, "Aubert", "a@x.fr", "Bourg-en-Bresse");
  add_customer(world, at_erp, text("10000"), "Aubert", "a@x.fr", "Bourg-en-B");
  const Outcome outcome = meet(world);
  CHECK(outcome.conflicts == 0);
  CHECK(outcome.delivered == PerSite<std::size_t>{0, 0});
  CHECK(customers(world).differing == 0);
  CHECK(world.get(at_shop, "customer", {std::int64_t{1}}, "city") ==
        Value{text("Bourg-en-Bresse")});
}

TEST_CASE("a person may prefer one side for all that differs", "[engine][meeting]") {
  SmallWorld world;
  world.options.prefer = at_erp;
  add_customer(world, at_shop, std::int64_t{1}, "Aubert", "a@x.fr", "Lyon", 9);
  add_customer(world, at_erp, text("10000"), "Aubert", "a@x.fr", "Nice", 4);
  meet(world);
  CHECK(world.get(at_shop, "customer", {std::int64_t{1}}, "city") == Value{text("Nice")});
  CHECK(world.get(at_shop, "customer", {std::int64_t{1}}, "points") == Value{std::int64_t{4}});
}

TEST_CASE("orders that meet bring their lines together, and double none", "[engine][meeting]") {
  SmallWorld world;
  const Key anna = add_customer(world, at_shop, std::int64_t{1}, "Anna", "a@x.fr");
  add_customer(world, at_erp, text("W1"), "Anna", "a@x.fr");
  world.new_order(at_shop, anna, {"wine", "cork", "wine"});
  add_erp_order(world, "W1", "W1", {"cork", "wine", "wine"});
  world.set(at_shop, "order", {std::int64_t{1}}, "state", text("open"));
  const Outcome outcome = meet(world);
  CHECK(outcome.exit == Exit::done);
  CHECK(outcome.delivered == PerSite<std::size_t>{0, 0});
  CHECK(world.rows(at_shop, "line").size() == 3);
  CHECK(world.rows(at_erp, "line").size() == 3);
}

TEST_CASE("the last line left on each side is one line; more are a question", "[engine][meeting]") {
  SmallWorld world;
  const Key anna = add_customer(world, at_shop, std::int64_t{1}, "Anna", "a@x.fr");
  add_customer(world, at_erp, text("W1"), "Anna", "a@x.fr");
  for (int n = 0; n < 2; ++n) {
    const Key order = world.new_order(at_shop, anna, {"wine", "cork", "glass"});
    world.set(at_shop, "order", order, "state", text("open"));
  }
  add_erp_order(world, "W1", "W1", {"wine", "cork", "glasses"});
  add_erp_order(world, "W2", "W1", {"wine", "corks", "glasses"});
  const Outcome outcome = meet(world);
  CHECK(outcome.exit == Exit::waiting);
  CHECK(outcome.set_aside == 2);  // The second order, on both sides.
  CHECK(world.rows(at_shop, "line").size() == 6);
  CHECK(world.rows(at_erp, "line").size() == 6);
  CHECK(world.get(at_erp, "line", {std::int64_t{1}, text("W1"), std::int64_t{30'000}}, "What") ==
        Value{text("glass")});

  // Somebody makes the other one agree.
  world.set(at_erp, "line", {std::int64_t{1}, text("W2"), std::int64_t{20'000}}, "What",
            text("cork"));
  world.set(at_erp, "line", {std::int64_t{1}, text("W2"), std::int64_t{30'000}}, "What",
            text("glass"));
  world.cycles_until_quiet();
  CHECK(world.store.set_aside().empty());
  CHECK(world.rows(at_shop, "line").size() == 6);
  CHECK(world.rows(at_erp, "line").size() == 6);
}

TEST_CASE("a row whose twin cannot be read waits with it", "[engine][meeting]") {
  SmallWorld world;
  const Key anna = add_customer(world, at_shop, std::int64_t{1}, "Anna", "a@x.fr");
  add_customer(world, at_erp, text("D9"), "Anna", "a@x.fr");
  const Key order = world.new_order(at_shop, anna, {"wine"});
  world.set(at_shop, "order", order, "state", text("open"));
  add_erp_order(world, "W1", "nobody", {"wine"});  // Of a customer that is not there.
  const Outcome outcome = meet(world);
  CHECK(outcome.set_aside == 2);
  CHECK(outcome.behind == PerSite<std::size_t>{0, 0});
  CHECK(outcome.delivered == PerSite<std::size_t>{0, 0});

  world.set(at_erp, "order", {std::int64_t{1}, text("W1")}, "Customer", text("D9"));
  world.cycles_until_quiet();
  CHECK(world.store.set_aside().empty());
  CHECK(world.rows(at_erp, "line").size() == 1);
  CHECK(world.there(at_shop, "order", order) == Key{std::int64_t{1}, text("W1")});
}

TEST_CASE("a meeting that is cut at any step goes on where it was", "[engine][meeting]") {
  const int cut = GENERATE(1, 2, 3, 5, 8, 13, 21, 34);
  SmallWorld world;
  world.options.limits.chunk_roots = 2;
  for (int n = 1; n <= 6; ++n) {
    const std::string email = std::to_string(n) + "@x.fr";
    add_customer(world, at_shop, std::int64_t{n}, "Client", email);
    add_customer(world, at_erp, "E" + std::to_string(n), n == 3 ? "Autre" : "Client", email);
  }
  add_customer(world, at_shop, std::int64_t{7}, "Seul", "seul@x.fr");
  add_customer(world, at_erp, text("E8"), "Allein", "allein@x.fr");
  const Mapping mapping = small_mapping();
  CycleOptions cutting = world.options;
  int steps = 0;
  cutting.at_step = [&](const char*) {
    if (++steps % cut == 0) throw std::runtime_error{"cut"};
  };
  for (int tries = 0; tries < 5; ++tries) {
    try {
      seed({&world.shop, &world.erp}, world.store, mapping, cutting);
    } catch (const std::runtime_error&) {
      CHECK_FALSE(world.store.seeded());
      CHECK(world.rows(at_shop, "customer").size() == 7);  // Nothing is written meanwhile.
      CHECK(world.rows(at_erp, "customer").size() == 7);
    }
    if (world.store.seeded()) break;
  }
  meet(world);
  world.cycles_until_quiet();
  CHECK(world.rows(at_shop, "customer").size() == 8);
  CHECK(world.rows(at_erp, "customer").size() == 8);
  CHECK(world.differences() == Names{});
  CHECK_FALSE(world.store.any_twins());
}

TEST_CASE("a rehearsal of a meeting writes nothing at either site", "[engine][meeting]") {
  SmallWorld world;
  add_customer(world, at_shop, std::int64_t{1}, "Aubert", "a@x.fr");
  add_customer(world, at_erp, text("10000"), "Aubert SA", "a@x.fr");
  const Mapping mapping = small_mapping();
  Store scratch = Store::scratch(mapping);
  CycleOptions options = world.options;
  options.writes = Writes::forbidden;
  const auto journal = world.shop.journal().size();
  const SeedReport report = seed({&world.shop, &world.erp}, scratch, mapping, options);
  CHECK_FALSE(report.read.is_cut());
  CHECK_FALSE(scratch.seeded());
  CHECK(scratch.tally(world.entity("customer").id).both == 1);
  CHECK(scratch.tally(world.entity("customer").id).differing == 1);
  CHECK(world.shop.mark().store.empty());
  CHECK(world.shop.journal().size() == journal);
}

}  // namespace miroir::test
