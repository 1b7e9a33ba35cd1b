// Every small world of one field, against a specification that was written by hand.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/mirror/merge_spec.hpp"

namespace miroir::test {
namespace {

// Asserting costs more than merging: only what differs is told.
void compare(const Win& win, const World& world, const Result& result) {
  const Expected wanted = expected(win, world);
  if (result.head[0] == wanted.head && result.held[0] == wanted.held &&
      lost_values(result) == wanted.lost)
    return;
  INFO(win.policy << ": " << show(world));
  CHECK(result.head[0] == wanted.head);
  CHECK(result.held[0] == wanted.held);
  CHECK(lost_values(result) == wanted.lost);
}

TEST_CASE("every small world of one field is decided as the specification says", "[merge]") {
  for (const Win& win : wins) {
    const Mapping mapping = policy_mapping(win.policy);
    for_all_worlds([&](const World& world) { compare(win, world, merge_world(mapping, world)); });
  }
}

TEST_CASE("every small world of a field decided by times is, whoever's are known", "[merge]") {
  const Win& latest = *std::find_if(std::begin(wins), std::end(wins),
                                    [](const Win& win) { return win.how == std::string{"time"}; });
  const Mapping mapping = policy_mapping(latest.policy);
  // Unknown; two that the clocks do not tell apart; a later one.
  const std::array<std::optional<ChangeTime>, 4> times{std::nullopt, ChangeTime{{1'000'000}, 30},
                                                       ChangeTime{{1'000'060}, 30},
                                                       ChangeTime{{1'000'061}, 30}};
  for (const auto& shop : times) {
    for (const auto& erp : times) {
      for (const auto& head : times) {
        for_all_worlds([&](World world) {
          world.changed = {shop, erp};
          world.head_changed[0] = head;
          compare(latest, world, merge_world(mapping, world));
        });
      }
    }
  }
}

TEST_CASE("swapping the sites swaps the result, in every small world", "[merge]") {
  for (const Win& win : wins) {
    const Mapping here = policy_mapping(win.policy), there = policy_mapping(mirrored(win.policy));
    for_all_worlds([&](World world) {
      world.changed = {ChangeTime{{5}, 1}, ChangeTime{{9}, 1}};
      const Result one = merge_world(here, world);
      const Result two = swapped(merge_world(there, swapped(world)));
      if (one.head == two.head && one.held == two.held && lost_values(one) == lost_values(two))
        return;
      INFO(win.policy << ": " << show(world));
      CHECK(one.head == two.head);
      CHECK(one.held == two.held);
      CHECK(lost_values(one) == lost_values(two));
    });
  }
}

}  // namespace
}  // namespace miroir::test
