// A site, or the store, that was put back to an earlier state: noticed before anything is written,
// and made good without a loss once a person says so.
#include "tests/mirror/restored_world.hpp"

namespace miroir::test {

TEST_CASE("a site that was put back sits out, and the other one is read", "[engine][G7]") {
  RestoredWorld r;
  const MemorySite backup = r.world.shop;
  live_on(r);
  const auto rows = r.world.rows(at_erp, "customer");
  r.world.shop = backup;
  // So much that the journal's numbers tell nothing.
  for (int n = 0; n < 40; ++n) r.set(at_shop, r.customers[3], "note", std::to_string(n));
  r.set(at_erp, r.erp_key(3), "City", text("Metz"));
  const Brake brake = r.braked("restored:shop:");
  CHECK(r.world.erp.journal().empty());
  CHECK(r.world.shop.mark().cycle == backup.mark().cycle);
  CHECK(r.braked("restored:shop:").id == brake.id);
  CHECK(r.world.rows(at_erp, "customer").size() == rows.size());
}

TEST_CASE("what a site has lost by a restore comes back from the other one", "[engine][G7]") {
  const SiteId site = GENERATE(at_shop, at_erp);
  RestoredWorld r;
  const MemorySite backup = r.world.at(site);
  live_on(r);
  const Names before = r.emails(other(site));
  r.world.at(site) = backup;
  CHECK(r.accept(r.braked("restored:")).exit == Exit::done);
  r.quiet();
  CHECK(r.emails(site) == before);
  CHECK(r.in_shop(0, "city") == Value{text("Dijon")});
  CHECK(r.in_shop(1, "city") == Value{text("Nuits")});
  CHECK(r.in_erp(2, "Points") == Value{Decimal{32, 0}});
  CHECK(r.in_shop(2, "points") == Value{std::int64_t{32}});
  CHECK(r.world.rows(at_shop, "line").size() == 3);
  r.must_be_equal();
  CHECK(r.store->count_held() == 0);
  CHECK(r.store->conflicts(std::nullopt, 10).empty());
}

TEST_CASE("a row that a restore has lost is given what the other site's own is by now",
          "[engine][G7][direction]") {
  RestoredWorld r{
      R"json({"entities": {"customer": {"fields": {"city": {"direction": "at creation"}}}}})json"};
  const MemorySite backup = r.world.erp;
  r.customers.push_back(r.world.new_customer(at_shop, "Born here", "born-here@x.fr"));
  r.quiet();
  r.set(at_shop, r.customers[5], "city", text("Dijon"));
  r.quiet();
  CHECK(r.in_erp(5, "City") == Value{text("Beaune")});
  r.world.erp = backup;
  CHECK(r.accept(r.braked("restored:")).exit == Exit::done);
  r.quiet();
  CHECK(r.in_erp(5, "City") == Value{text("Dijon")});
}

TEST_CASE("what people did at a site since it was put back is a change like any other",
          "[engine][G7]") {
  RestoredWorld r;
  const MemorySite backup = r.world.shop;
  live_on(r);
  r.set(at_erp, r.erp_key(3), "Name", text("Theirs"));
  r.quiet();
  r.world.shop = backup;
  r.pass();
  r.set(at_shop, r.customers[0], "note", text("since"));
  r.set(at_shop, r.customers[1], "city", text("Metz"));
  r.set(at_shop, r.customers[3], "name", text("Ours"));
  const Brake brake = r.braked("restored:shop:");
  r.accept(brake);
  r.quiet();
  CHECK(r.store->count_held() == 1);  // By its policy, the note.
  CHECK(r.in_shop(0, "note") == Value{text("since")});
  CHECK(r.in_shop(0, "city") == Value{text("Dijon")});  // Not named: the backup's is no news.
  CHECK(r.in_erp(1, "City") == Value{text("Metz")});    // The shop wins ...
  CHECK(r.in_shop(3, "name") == Value{text("Theirs")});  // ... and here the ERP.
  Names lost;
  for (const LoggedConflict& logged : r.store->conflicts(std::nullopt, 10))
    lost.push_back(std::get<std::string>(logged.conflict.loser));
  std::sort(lost.begin(), lost.end());
  CHECK(lost == Names{"Nuits", "Ours"});
  r.must_be_equal();
}

TEST_CASE("a counter that was counted on since a restore is held, and nothing is counted twice",
          "[engine][G7]") {
  RestoredWorld r;
  const MemorySite backup = r.world.shop;
  live_on(r);
  r.world.shop = backup;
  r.pass();
  r.set(at_shop, r.customers[2], "points", std::int64_t{19});  // One less than the backup's 20.
  r.accept(r.braked("restored:shop:"));
  r.quiet();
  CHECK(r.store->count_held() == 1);
  CHECK(r.in_shop(2, "points") == Value{std::int64_t{19}});
  CHECK(r.in_erp(2, "Points") == Value{Decimal{32, 0}});
}

TEST_CASE("what was deleted since a restore comes back and is asked about", "[engine][G7]") {
  RestoredWorld r;
  const MemorySite backup = r.world.shop;
  live_on(r);
  r.world.shop = backup;
  r.pass();
  r.world.shop.erase(r.world.entity("customer").id, r.customers[3]);
  r.accept(r.braked("restored:shop:"));
  r.quiet();
  CHECK(r.store->count_held() == 1);
  CHECK(r.emails(at_shop) == r.emails(at_erp));
}

TEST_CASE("a number that a restored site gives away again is somebody else's", "[engine][G7]") {
  RestoredWorld r;
  const MemorySite backup = r.world.shop;
  live_on(r);
  r.world.shop = backup;
  r.pass();
  const Key again = r.world.new_customer(at_shop, "Another", "another@x.fr");
  r.accept(r.braked("restored:shop:"));
  r.quiet();
  const auto has = [&](SiteId site, const char* email) {
    const Names all = r.emails(site);
    return std::find(all.begin(), all.end(), email) != all.end();
  };
  CHECK(has(at_shop, "another@x.fr"));
  CHECK(has(at_shop, "born-here@x.fr"));  // Under another number.
  CHECK(has(at_erp, "born-here@x.fr"));
  // The ERP's number, which is made of the shop's, is the other one's: a person must choose.
  REQUIRE(r.store->count_set_aside() == 1);
  CHECK(r.store->set_aside().at(0).reason.find("belongs to another customer") !=
        std::string::npos);
  CHECK(r.store->find(at_shop, r.world.entity("customer").id, again));
}

TEST_CASE("what a backup's journal still names was read long ago", "[engine][G7]") {
  RestoredWorld r;
  r.set(at_shop, r.customers[0], "city", text("Old"));
  const MemorySite backup = r.world.shop;  // The change is not read yet.
  r.quiet();
  r.set(at_erp, r.erp_key(0), "City", text("New"));
  r.quiet();
  r.world.shop = backup;
  CHECK(r.accept(r.braked("restored:shop:")).conflicts == 0);
  r.quiet();
  CHECK(r.in_shop(0, "city") == Value{text("New")});
  CHECK(r.in_erp(0, "City") == Value{text("New")});
}

TEST_CASE("a restore that is cut while it is made good is made good again", "[engine][G7]") {
  RestoredWorld r;
  const MemorySite backup = r.world.shop;
  live_on(r);
  r.world.shop = backup;
  const Brake brake = r.braked("restored:shop:");
  const char* call = GENERATE("extract", "read_page", "acknowledge");
  r.world.shop.faults = [&](std::string_view name) {
    return name == call ? Fault::before : Fault::none;
  };
  CHECK(r.accept(brake).exit == Exit::unreachable);
  r.world.shop.faults = nullptr;
  CHECK(r.accept(r.braked("restored:shop:")).exit == Exit::done);
  r.quiet();
  r.must_be_equal();
}

TEST_CASE("a site that was replaced by an empty one gets everything again", "[engine][G7]") {
  RestoredWorld r;
  live_on(r);
  const Names before = r.emails(at_erp);
  r.world.erp = MemorySite{r.world.mapping(), at_erp};
  r.world.erp.time = r.now;
  const Brake brake = r.braked("replaced:erp");
  CHECK(r.emails(at_shop) == before);
  CHECK(r.accept(brake).exit == Exit::done);
  r.quiet();
  CHECK(r.emails(at_erp) == before);
  r.must_be_equal();
}

TEST_CASE("a store that was put back touches neither site until a person says so",
          "[engine][G7]") {
  RestoredWorld r;
  Store backup = Store::copy_of(r.folder / "state.db", r.mapping);
  live_on(r);
  r.store.emplace(std::move(backup));
  r.set(at_shop, r.customers[0], "city", text("Later"));
  const auto marks = std::pair{r.world.shop.mark().cycle, r.world.erp.mark().cycle};
  Brake brake = r.braked("state:");
  for (int n = 0; n < 20; ++n) brake = r.braked("state:");  // However long nobody looks.
  CHECK(r.world.shop.journal().size() == 1);
  CHECK(std::pair{r.world.shop.mark().cycle, r.world.erp.mark().cycle} == marks);
}

TEST_CASE("a store that was put back catches up with both sites", "[engine][G7]") {
  RestoredWorld r;
  Store backup = Store::copy_of(r.folder / "state.db", r.mapping);
  live_on(r);
  const Names before = r.emails(at_erp);
  r.store.emplace(std::move(backup));
  // What nobody has mirrored yet.
  r.set(at_shop, r.customers[3], "city", text("Later"));
  r.world.new_customer(at_erp, "Fresh", "fresh@x.fr");

  const Outcome outcome = r.accept(r.braked("state:"));
  CHECK(outcome.exit == Exit::done);
  r.quiet();
  CHECK(r.emails(at_shop).size() == before.size() + 1);
  CHECK(r.in_shop(2, "points") == Value{std::int64_t{32}});  // Both had it: not added again.
  CHECK(r.in_erp(2, "Points") == Value{Decimal{32, 0}});
  CHECK(r.in_erp(3, "City") == Value{text("Later")});
  CHECK(r.world.rows(at_erp, "line").size() == 3);
  r.must_be_equal();
  CHECK(r.cycle().delivered == PerSite<std::size_t>{});
}

TEST_CASE("a counter that differs when a store catches up is held, never added twice",
          "[engine][G7]") {
  RestoredWorld r;
  Store backup = Store::copy_of(r.folder / "state.db", r.mapping);
  live_on(r);
  r.store.emplace(std::move(backup));
  r.set(at_shop, r.customers[2], "points", std::int64_t{30});  // 32, less two.
  r.accept(r.braked("state:"));
  r.quiet();
  CHECK(r.store->count_held() == 1);
  CHECK(r.in_shop(2, "points") == Value{std::int64_t{30}});
  CHECK(r.in_erp(2, "Points") == Value{Decimal{32, 0}});
}

TEST_CASE("a store catches up with both sites or not at all", "[engine][G7]") {
  RestoredWorld r;
  Store backup = Store::copy_of(r.folder / "state.db", r.mapping);
  live_on(r);
  r.store.emplace(std::move(backup));
  const Brake brake = r.braked("state:");
  r.world.erp.faults = [](std::string_view) { return Fault::before; };
  const Brake alone = r.braked("state:");
  CHECK_FALSE(alone.acceptable);
  CHECK(r.accept(brake).exit == Exit::brake);
  r.world.erp.faults = [](std::string_view call) {
    return call == "read_page" ? Fault::before : Fault::none;
  };
  CHECK(r.accept(brake).exit == Exit::unreachable);
  r.world.erp.faults = nullptr;
  CHECK(r.accept(r.braked("state:")).exit == Exit::done);
  r.quiet();
  r.must_be_equal();
}

TEST_CASE("a clock that has jumped keeps its site out", "[engine][G7]") {
  RestoredWorld r;
  r.world.options.limits.brakes.clock_jump = std::chrono::minutes{10};
  const std::int64_t jump = GENERATE(-3'600, 3'600);
  r.pass();
  r.world.erp.time.micros += jump * second;
  const Outcome outcome = run_cycle({&r.world.shop, &r.world.erp}, *r.store, r.mapping,
                                    r.world.options);
  REQUIRE(outcome.brakes.size() == 1);
  CHECK(outcome.brakes[0].id == "clock:erp");
  r.quiet();  // Set right.
  r.pass();
  r.world.erp.time.micros += jump * second;
  r.world.options.accepted = {"clock:erp"};
  CHECK(run_cycle({&r.world.shop, &r.world.erp}, *r.store, r.mapping, r.world.options).exit ==
        Exit::done);
  r.world.options.accepted.clear();
  CHECK(run_cycle({&r.world.shop, &r.world.erp}, *r.store, r.mapping, r.world.options).exit ==
        Exit::done);
}

TEST_CASE("whatever a crash leaves undone, the mark of a sound site is sound", "[engine][G7]") {
  RestoredWorld r;
  const char* call = GENERATE("acknowledge", "deliver");
  const Fault fault = GENERATE(Fault::before, Fault::after, Fault::stalled);
  r.set(at_shop, r.customers[0], "city", text("Dijon"));
  for (MemorySite* site : {&r.world.shop, &r.world.erp})
    site->faults = [&](std::string_view name) { return name == call ? fault : Fault::none; };
  for (int n = 0; n < 3; ++n) CHECK(r.cycle().brakes.empty());
  for (MemorySite* site : {&r.world.shop, &r.world.erp}) {
    site->faults = nullptr;
    site->land();
  }
  for (int n = 0; n < 3; ++n) CHECK(r.cycle().brakes.empty());
  r.must_be_equal();
}

}  // namespace miroir::test
