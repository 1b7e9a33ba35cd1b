// The store is lost for good, and a person says that a new one is to be made from the two sites.
#include "tests/mirror/restored_world.hpp"

namespace miroir::test {
namespace {

class LostStore : public RestoredWorld {
 public:
  // In the middle of everything: changes at both sides that no cycle has seen, others that are in
  // the heads and not delivered, and counters.
  LostStore() {
    world.options.limits.tries_lost = 1;  // A line that is lost stays so for the cycle.
    live_on(*this);
    erp_3_ = erp_key(3);
    erp_1_ = erp_key(1);
    erp_2_ = erp_key(2);
    world.erp.faults = [](std::string_view call) {
      return call == "deliver" ? Fault::before : Fault::none;
    };
    set(at_shop, customers[3], "city", text("Metz"));
    set(at_shop, customers[2], "points", std::int64_t{30});  // 32 before, and still at the ERP.
    cycle();
    world.erp.faults = nullptr;
    set(at_shop, customers[1], "city", text("Shop's"));
    set(at_erp, erp_1_, "City", text("ERP's"));
    set(at_erp, erp_3_, "Note", text("new at the ERP"));
    world.new_customer(at_shop, "Pending", "pending@x.fr", 5);
    lost = store->id();
    store.reset();
    std::filesystem::remove_all(folder);
    std::filesystem::create_directory(folder);
    store.emplace(Store::open(folder / "state.db", mapping));
  }

  SeedReport seed_again(bool accepted) {
    if (accepted) world.options.accepted = {lost_store_id(lost)};
    SeedReport report = seed({&world.shop, &world.erp}, *store, mapping, world.options);
    world.options.accepted.clear();
    return report;
  }

  std::string lost;
  Key erp_1_, erp_2_, erp_3_;
};

}  // namespace

TEST_CASE("a seed refuses sites that belong to another store, and says what to type if it is lost",
          "[engine][store][lost][G7]") {
  LostStore r;
  const auto shop = r.world.rows(at_shop, "customer");
  const SeedReport report = r.seed_again(false);
  REQUIRE(report.refusals.size() == 2);
  CHECK(report.refusals[0].find("`miroir seed --accept '" + lost_store_id(r.lost) + "'`") !=
        std::string::npos);
  CHECK(r.world.shop.mark().store == r.lost);
  CHECK_FALSE(r.store->seeded());
  CHECK(r.world.rows(at_shop, "customer") == shop);
}

TEST_CASE("a seed that is to take over can be rehearsed", "[engine][store][lost]") {
  LostStore r;
  const auto shop = r.world.rows(at_shop, "customer");
  Store scratch = Store::scratch(r.mapping);
  r.world.options.accepted = {lost_store_id(r.lost)};
  r.world.options.writes = Writes::forbidden;
  const SeedReport report =
      seed({&r.world.shop, &r.world.erp}, scratch, r.mapping, r.world.options);
  CHECK(report.refusals.empty());
  CHECK_FALSE(report.read.is_cut());
  CHECK(r.world.shop.mark().store == r.lost);
  CHECK(r.world.rows(at_shop, "customer") == shop);
}

TEST_CASE("a lost store is made anew from both sites: nothing is lost, doubled or counted twice",
          "[engine][store][lost][G1][G2]") {
  LostStore r;
  REQUIRE(r.seed_again(true).refusals.empty());
  r.quiet();
  CHECK(r.emails(at_shop) == r.emails(at_erp));
  CHECK(r.world.rows(at_shop, "customer").size() == 7);
  CHECK(r.world.rows(at_shop, "order").size() == r.world.rows(at_erp, "order").size());
  CHECK(r.world.rows(at_shop, "line").size() == 3);
  CHECK(r.world.rows(at_erp, "line").size() == 3);
  // Without a past, what differs is decided by each field's policy, and what lost is listed.
  for (const auto& [n, key, city] :
       {std::tuple{1, r.erp_1_, "Shop's"}, std::tuple{3, r.erp_3_, "Metz"}}) {
    CHECK(r.in_shop(n, "city") == Value{text(city)});
    CHECK(r.world.get(at_erp, "customer", key, "City") == Value{text(city)});
  }
  Names lost;
  for (const LoggedConflict& logged : r.store->conflicts(std::nullopt, 100)) {
    if (const auto* value = std::get_if<std::string>(&logged.conflict.loser))
      lost.push_back(*value);
  }
  CHECK(std::count(lost.begin(), lost.end(), "ERP's") == 1);
  // Neither 62 nor 28: one of the two, or both as they are and a question.
  const Value points = r.in_shop(2, "points");
  CAPTURE(std::get<std::int64_t>(points));
  CHECK((points == Value{std::int64_t{30}} || points == Value{std::int64_t{32}}));
  const Value there = r.world.get(at_erp, "customer", r.erp_2_, "Points");
  CHECK((there == Value{Decimal{30, 0}} || there == Value{Decimal{32, 0}}));
  const Outcome next = r.cycle();
  CHECK(next.delivered == PerSite<std::size_t>{});
  CHECK(next.extracted == PerSite<std::size_t>{});
  CHECK(r.world.shop.journal().empty());
}

TEST_CASE("a seed that takes over is killed anywhere, and goes on", "[engine][store][lost][G2]") {
  LostStore r;
  int steps = 0;
  for (bool cut = true; cut; ++steps) {
    int left = steps;
    r.world.options.at_step = [&](const char*) {
      if (left-- == 0) throw std::runtime_error{"killed"};
    };
    cut = false;
    try {
      const SeedReport report = r.seed_again(true);
      CHECK(report.refusals.empty());
    } catch (const std::runtime_error&) {
      cut = true;
      r.store.reset();
      r.store.emplace(Store::open(r.folder / "state.db", r.mapping));
    }
    r.world.options.at_step = [](const char*) {};
  }
  CHECK(steps > 5);
  r.quiet();
  CHECK(r.emails(at_shop) == r.emails(at_erp));
  CHECK(r.world.rows(at_shop, "customer").size() == 7);
}

TEST_CASE("what a lost store sent last can never happen once another one has taken over",
          "[engine][store][lost][G2]") {
  LostStore r;
  const Key customer = r.customers[2];
  // Begin again, with a batch that is on its way when the store is lost.
  REQUIRE(r.seed_again(true).refusals.empty());
  r.quiet();
  const Value before = r.world.get(at_erp, "customer", r.erp_2_, "Points");
  r.set(at_shop, customer, "points",
        std::int64_t{std::get<std::int64_t>(r.in_shop(2, "points")) + 10});
  const char* how = GENERATE("queued", "stalled");
  r.world.erp.faults = [&, once = true](std::string_view call) mutable {
    if (call != "deliver" || !std::exchange(once, false)) return Fault::none;
    return std::string_view{how} == "queued" ? Fault::queued : Fault::stalled;
  };
  r.cycle();
  r.world.erp.faults = nullptr;
  REQUIRE(r.world.erp.under_way());
  r.lost = r.store->id();
  r.store.reset();
  std::filesystem::remove(r.folder / "state.db");
  r.store.emplace(Store::open(r.folder / "state.db", r.mapping));
  const SeedReport report = r.seed_again(true);
  if (std::string_view{how} == "stalled") {
    REQUIRE(report.refusals.size() == 1);
    CHECK(report.refusals[0].find("try again") != std::string::npos);
    r.world.erp.land();
    REQUIRE(r.seed_again(true).refusals.empty());
  } else {
    REQUIRE(report.refusals.empty());
    r.world.erp.land();
    CHECK(r.world.get(at_erp, "customer", r.erp_2_, "Points") == before);
  }
  r.quiet();
  CHECK(r.emails(at_shop) == r.emails(at_erp));
}

}  // namespace miroir::test
