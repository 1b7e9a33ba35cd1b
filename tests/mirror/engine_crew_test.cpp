// The crew: what is tried again and how often, and after which pauses; a site that hangs past every
// timeout is given up at the deadline, the other one is not.
#include <catch2/catch.hpp>
#include <future>
#include <set>

#include "mirror/crew.hpp"
#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

using namespace std::chrono_literals;

DbError error_of(Recovery recovery) { return {"as the test wants it", "XX000", recovery}; }

// A crew whose time passes only in calls of the ERP, each of which fails.
struct FailingCalls {
  const Mapping mapping = small_mapping();
  MemorySite shop{mapping, at_shop}, erp{mapping, at_erp};
  Limits limits;
  std::chrono::steady_clock::time_point now{};
  int calls = 0, connects = 0;

  FailingCalls() {
    limits.retry_pause = 0ms;
    erp.faults = [this](std::string_view call) {
      if (call == "connect") ++connects;
      return Fault::none;
    };
  }
  Crew crew() {
    return Crew{{&shop, &erp}, limits, true, [this] { return now; }};
  }
  // Whether it was answered; each call takes so long, and `fails` tells of which.
  bool call(Crew& crew, Recovery recovery, Repeat repeat, std::chrono::milliseconds takes = 0ms,
            int fails = 1'000) {
    calls = connects = 0;
    const auto work = [this, recovery, takes, fails](Site&) {
      now += takes;
      if (++calls <= fails) throw error_of(recovery);
      return true;
    };
    return crew.finish(at_erp, crew.start(at_erp, work, repeat)).has_value();
  }
};

TEST_CASE("what a site undid is tried three times, and then the site has dropped out",
          "[engine][transient]") {
  FailingCalls failing;
  Crew crew = failing.crew();
  CHECK(failing.call(crew, Recovery::retry, Repeat::freely, 0ms, 2));
  CHECK(failing.calls == 3);
  CHECK(failing.connects == 0);
  CHECK(crew.troubles().empty());
  CHECK_FALSE(failing.call(crew, Recovery::retry, Repeat::freely));
  CHECK(failing.calls == 3);
  CHECK(crew.troubles().at(0).exit == Exit::unreachable);
}

TEST_CASE("what a site refuses, or a person must mend, is never tried again",
          "[engine][transient]") {
  for (const Recovery recovery : {Recovery::refused, Recovery::misconfigured}) {
    FailingCalls failing;
    Crew crew = failing.crew();
    CAPTURE(name_of(recovery));
    CHECK_FALSE(failing.call(crew, recovery, Repeat::freely));
    CHECK(failing.calls == 1);
    CHECK(crew.troubles().at(0).exit == Exit::usage);
  }
}

TEST_CASE("what must not happen twice is tried once more only if it was undone for certain",
          "[engine][transient]") {
  FailingCalls failing;
  Crew crew = failing.crew();
  CHECK(failing.call(crew, Recovery::retry, Repeat::if_undone, 0ms, 1));
  CHECK(failing.calls == 2);
  for (const Recovery recovery : {Recovery::in_doubt, Recovery::reconnect}) {
    CHECK_FALSE(failing.call(crew, recovery, Repeat::if_undone));
    CHECK(failing.calls == 1);
    CHECK(failing.connects == 0);
  }
}

TEST_CASE("a lost line is opened again before each try, as long as its time lasts",
          "[engine][transient]") {
  for (const Recovery recovery : {Recovery::in_doubt, Recovery::reconnect}) {
    FailingCalls failing;
    Crew crew = failing.crew();
    REQUIRE(failing.call(crew, recovery, Repeat::freely, 0ms, 1));
    CHECK(failing.connects == 1);
    // Since the first loss, after 3 s, 9 s have passed at the fourth, and 12 s at the fifth.
    CHECK_FALSE(failing.call(crew, recovery, Repeat::freely, 3s));
    CHECK(failing.calls == 5);
    CHECK(failing.connects == 4);
  }
}

TEST_CASE("a site that no call has reached is tried for the time of a connection, and not longer",
          "[engine][transient][G4]") {
  FailingCalls failing;
  Crew slow = failing.crew();
  CHECK_FALSE(failing.call(slow, Recovery::reconnect, Repeat::freely, 5s));
  CHECK(failing.calls == 1);
  Crew quick = failing.crew();
  CHECK_FALSE(failing.call(quick, Recovery::reconnect, Repeat::freely, 2s));
  CHECK(failing.calls == 3);
}

TEST_CASE("nothing is tried again past the cycle's deadline", "[engine][transient]") {
  FailingCalls failing;
  failing.limits.deadline = 2s;
  Crew crew = failing.crew();
  const auto recovery = GENERATE(Recovery::retry, Recovery::reconnect);
  CHECK_FALSE(failing.call(crew, recovery, Repeat::freely, 1s));
  CHECK(failing.calls == 2);
}

TEST_CASE("pauses grow to a second, and by chance up to half as long again", "[engine][transient]") {
  const auto pauses = [](unsigned seed) {
    Backoff backoff{100ms, seed};
    std::vector<std::chrono::milliseconds> all;
    for (int n = 0; n < 8; ++n) all.push_back(backoff.next());
    return all;
  };
  std::set<std::chrono::milliseconds> seconds;
  for (unsigned seed = 1; seed <= 100; ++seed) {
    const auto all = pauses(seed);
    std::chrono::milliseconds least = 100ms;
    for (const auto pause : all) {
      CHECK(pause >= least);
      CHECK(pause <= least + least / 2);
      least = std::min(2 * least, 1'000ms);
    }
    CHECK(all == pauses(seed));
    seconds.insert(all[1]);
  }
  CHECK(seconds.size() > 50);
  Backoff none{0ms, 1};
  CHECK(none.next() + none.next() == 0ms);
}

TEST_CASE("a crew waits between two tries", "[engine][transient]") {
  FailingCalls failing;
  failing.limits.retry_pause = 20ms;
  Crew crew = failing.crew();
  const auto began = std::chrono::steady_clock::now();
  CHECK_FALSE(failing.call(crew, Recovery::retry, Repeat::freely));
  CHECK(std::chrono::steady_clock::now() - began >= 60ms);  // 20 and 40.
}

TEST_CASE("a site that hangs is given up at the deadline, and the other one's answer counts",
          "[engine][G4]") {
  const Mapping mapping = small_mapping();
  MemorySite shop{mapping, at_shop};
  MemorySite erp{mapping, at_erp};
  Limits limits;
  limits.deadline = std::chrono::milliseconds{100};
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  {
    Crew crew{{&shop, &erp}, limits, false};
    const auto answers = crew.ask([released](SiteId site, Site&) {
      if (site == at_erp) released.wait();
      return 7;
    });
    CHECK(answers[0] == 7);
    CHECK_FALSE(answers[1]);
    CHECK(crew.here(at_shop));
    CHECK_FALSE(crew.here(at_erp));
    CHECK(crew.abandoned());
    REQUIRE(crew.troubles().size() == 1);
    CHECK(crew.troubles()[0].exit == Exit::unreachable);
  }  // Does not wait for the thread that hangs.
  release.set_value();
}

}  // namespace
}  // namespace miroir::test
