// A cycle, and the disk of its store fails: at every single operation in turn, in every way. What
// is found afterwards must be what a cycle without trouble leaves.
#include <fstream>
#include <iterator>

#include "tests/mirror/restored_world.hpp"
#include "tests/support/failing_vfs.hpp"

namespace miroir::test {
namespace {

namespace fs = std::filesystem;
using Failure = FailingVfs::Failure;
using Kept = FailingVfs::Kept;
using Lasting = FailingVfs::Lasting;

std::string contents(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

// What is left once everything is quiet; the same whatever went wrong.
struct Left {
  Names shop, erp;  // E-mails.
  std::string points;
  std::size_t orders = 0, lines = 0, held = 0, conflicts = 0, undone = 0, requests = 0;
  bool operator==(const Left&) const = default;
};

// The same day at both sites again and again, each time with another accident of the store's disk.
class Day {
 public:
  virtual ~Day() = default;
  RestoredWorld& world() { return world_; }

  Left without_trouble() {
    begin();
    CHECK_FALSE(run_told());
    return end();
  }

  // Whether it came as far as the n-th operation that the failure can hit.
  bool with(Failure failure, std::size_t n, Lasting lasting, Kept kept, const Left& expected) {
    begin();
    disk_.fail(failure, n, lasting);
    const bool told = run_told();
    const bool failed = disk_.has_failed();
    CAPTURE(n, told, static_cast<int>(disk_.failed_operation()));
    if (told) CHECK(failed);
    if (failure == Failure::power_cut && failed)
      disk_.put_disk_back(kept);
    else
      disk_.mend();
    CHECK(end() == expected);
    return failed;
  }

 protected:
  virtual void run() = 0;    // What the disk fails in.
  virtual void go_on() = 0;  // What has to be done again before cycles run.
  virtual void check() {}    // When all is quiet.

  fs::path file() const { return world_.folder / "state.db"; }
  void open() { world_.store.emplace(Store::open(file(), world_.mapping)); }
  // To begin there again.
  void keep() {
    world_.store.reset();
    shop_ = world_.world.shop;
    erp_ = world_.world.erp;
    store_ = contents(file());
  }

 private:
  void begin() {
    world_.store.reset();
    disk_.mend();
    world_.world.shop = shop_;
    world_.world.erp = erp_;
    for (const char* beside : {"", "-wal", "-shm"}) fs::remove(file().string() + beside);
    if (!store_.empty()) std::ofstream{file(), std::ios::binary} << store_;
  }

  // As the program does: whether it ended with an error, which must name what to do.
  bool run_told() {
    bool told = true;
    try {
      run();
      told = false;
    } catch (const StoreError& error) {
      CHECK_FALSE(error.hint().empty());
    } catch (const std::exception& error) {
      INFO(error.what());
      const auto failure = failure_of_file(error);
      CHECK(failure);
      if (failure) CHECK_FALSE(failure->hint().empty());
    }
    world_.store.reset();
    return told;
  }

  Left end() {
    RestoredWorld& r = world_;
    open();
    go_on();
    r.quiet();
    r.must_be_equal();
    check();
    CHECK(r.store->batches().empty());
    CHECK(r.store->requests().empty());
    Left left;
    left.shop = r.emails(at_shop);
    left.erp = r.emails(at_erp);
    for (const SiteId site : both_sites) {
      for (const auto& [key, row] : r.world.rows(site, "customer"))
        left.points +=
            " " +
            display(row[r.world.column(site, "customer", site == at_shop ? "points" : "Points")]);
    }
    left.orders = r.world.rows(at_shop, "order").size();
    left.lines = r.world.rows(at_shop, "line").size();
    left.held = r.store->count_held();
    for (const LoggedConflict& logged : r.store->conflicts(std::nullopt, 100)) {
      ++left.conflicts;
      if (logged.undone) ++left.undone;
    }
    left.requests = r.store->ended_requests(std::nullopt, 100).size();
    return left;
  }

  FailingVfs disk_;
  RestoredWorld world_;
  MemorySite shop_ = world_.world.shop, erp_ = world_.world.erp;
  std::string store_;
};

// A cycle with one of each kind: a conflict, a counter at both sides, births, a deletion, lines, a
// question, and somebody who undoes what was decided the day before.
class Cycle : public Day {
 public:
  static constexpr std::size_t questions = 1;
  Cycle() {
    RestoredWorld& r = world();
    r.world.options.one_thread = true;
    r.set(at_shop, r.customers[0], "city", text("Metz"));
    r.set(at_erp, r.erp_key(0), "City", text("Nancy"));
    r.quiet();
    work();
    keep();
  }

 private:
  void work() {
    RestoredWorld& r = world();
    r.pass();
    r.set(at_shop, r.customers[1], "city", text("Dijon"));
    r.set(at_erp, r.erp_key(1), "City", text("Nuits"));
    r.set(at_shop, r.customers[2], "points", std::int64_t{25});
    r.set(at_erp, r.erp_key(2), "Points", Decimal{27, 0});
    r.set(at_shop, r.customers[3], "note", text("shop's"));
    r.set(at_erp, r.erp_key(3), "Note", text("erp's"));
    r.world.new_customer(at_shop, "Born here", "born-here@x.fr", 3);
    const Key there = r.world.new_customer(at_erp, "Born there", "born-there@x.fr", 4);
    r.world.shop.erase(r.world.entity("customer").id, r.customers[4]);
    r.world.new_line(at_shop, r.order, 3, "Volnay");
    r.world.new_order(at_erp, there, {"Meursault", "Beaune"});
    const auto decided = r.store->conflicts(std::nullopt, 1);
    REQUIRE(decided.size() == 1);
    r.store->ask({.id = 0,
                  .made = "2026-01-31T16:00:00Z",
                  .by = "anne",
                  .reason = "",
                  .record = {},
                  .what = Undo{decided[0].id}});
  }

  void run() override {
    open();
    const Outcome outcome = world().cycle();
    world().store->log_cycle({outcome.cycle, "", 0, "done", ""});
    world().store.reset();
  }
  void go_on() override {}
  void check() override { CHECK(world().in_shop(2, "points") == Value{std::int64_t{32}}); }
};

// Two full databases meet, of which some rows are twins that differ.
class Meeting : public Day {
 public:
  static constexpr std::size_t questions = 0;
  Meeting() {
    RestoredWorld& r = world();
    r.world.options.one_thread = true;
    r.world.shop = MemorySite{r.world.mapping(), at_shop};
    r.world.erp = MemorySite{r.world.mapping(), at_erp};
    for (int n = 0; n < 6; ++n) {
      const std::string email = std::to_string(n) + "@x.fr";
      if (n < 4) r.world.new_customer(at_shop, "Here", email, 10 * n);
      if (n > 1) r.world.new_customer(at_erp, "There", email, n == 2 ? 20 : 7);
    }
    r.store.reset();
    fs::remove(file());
    const Key buyer = r.world.rows(at_erp, "customer").begin()->first;
    r.world.new_order(at_erp, buyer, {"Chablis", "Pommard"});
    keep();
  }

 private:
  void meet() {
    RestoredWorld& r = world();
    if (r.store->seeded()) return;
    r.pass();
    const SeedReport report =
        seed({&r.world.shop, &r.world.erp}, *r.store, r.mapping, r.world.options);
    CHECK(report.refusals.empty());
  }
  void run() override {
    open();
    meet();
    world().cycle();
    world().store.reset();
  }
  void go_on() override { meet(); }
};

template <class SomeDay>
void fail_everywhere(Failure failure, Lasting lasting, Kept kept = Kept::nothing) {
  SomeDay day;
  const Left expected = day.without_trouble();
  CHECK(expected.held == SomeDay::questions);
  std::size_t n = 0;
  while (day.with(failure, n, lasting, kept, expected)) ++n;
  CAPTURE(n);
  CHECK(n > 40);  // Fewer would mean that there was nothing to keep.
}

}  // namespace

TEMPLATE_TEST_CASE("one failing operation of the store's disk, wherever, loses and doubles nothing",
                   "[engine][store][G1][G2]", Cycle, Meeting) {
  const Failure failure =
      GENERATE(Failure::io_error, Failure::full, Failure::read_only, Failure::torn);
  CAPTURE(static_cast<int>(failure));
  fail_everywhere<TestType>(failure, Lasting::once);
}

TEMPLATE_TEST_CASE("a store's disk that fails from some moment on loses and doubles nothing",
                   "[engine][store][G1][G2]", Cycle, Meeting) {
  const Failure failure = GENERATE(Failure::io_error, Failure::full, Failure::read_only);
  CAPTURE(static_cast<int>(failure));
  fail_everywhere<TestType>(failure, Lasting::for_good);
}

TEMPLATE_TEST_CASE("a power cut takes what was not synced, and nothing is lost or doubled",
                   "[engine][store][G1][G2]", Cycle, Meeting) {
  const Kept kept = GENERATE(Kept::nothing, Kept::some, Kept::all);
  CAPTURE(static_cast<int>(kept));
  fail_everywhere<TestType>(Failure::power_cut, Lasting::for_good, kept);
}

TEST_CASE("a store's disk that fails while both sites are at work loses and doubles nothing",
          "[engine][store][G1][G2]") {
  Cycle day;
  const Left expected = day.without_trouble();
  day.world().world.options.one_thread = false;
  std::size_t n = 0;
  while (day.with(Failure::io_error, n, Lasting::for_good, Kept::nothing, expected)) n += 3;
  CHECK(n > 40);
}

}  // namespace miroir::test
