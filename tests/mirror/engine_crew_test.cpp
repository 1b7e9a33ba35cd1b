// The crew: a site that hangs past every timeout is given up at the deadline, the other one is not.
#include <catch2/catch.hpp>
#include <future>

#include "mirror/crew.hpp"
#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

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
