// What must hold for merging any values: whoever comes first, however often, in whatever portions.
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "tests/mirror/merge_world.hpp"

namespace miroir::test {
namespace {

int value_below(int end) { return *rc::gen::inRange(0, end); }

std::optional<ChangeTime> some_time() {
  if (value_below(4) == 0) return std::nullopt;
  return ChangeTime{Instant{value_below(100) * 10}, value_below(30)};
}

// What one site did is taken in alone: the other one's rows were not read.
World only_from(World world, SiteId site) {
  world.now[index(other(site))].reset();
  return world;
}

// The world as a merge leaves it, with the other site's rows yet to come.
World then(const Result& result, const World& world, SiteId read) {
  World next = world;
  next.head = result.head;
  next.shadow[index(read)] = *world.now[index(read)];
  next.now[index(read)].reset();
  next.head_changed = {};
  for (const auto& known : result.state.times) next.head_changed[known.field] = known.time;
  return next;
}

World in_step_until_both_change(int values) {
  World world;
  world.head = {value_below(values), 0};
  world.shadow = {world.head, world.head};
  for (auto& now : world.now)
    now = Numbers{(world.head[0] + 1 + value_below(values - 1)) % values, 0};
  world.changed = {some_time(), some_time()};
  return world;
}

const char* const registers[] = {"shop wins", "erp wins", "max", "min", "latest"};

TEST_CASE("who comes first does not matter", "[merge][laws]") {
  for (const std::string policy : registers) {
    const Mapping mapping = policy_mapping(policy);
    rc::prop(policy + ": shop first, ERP first, or both at once", [&] {
      const World world = in_step_until_both_change(5);
      const Result together = merge_world(mapping, world);
      for (const SiteId first : both_sites) {
        const Result half = merge_world(mapping, only_from(world, first));
        const Result whole = merge_world(mapping, then(half, world, first));
        RC_ASSERT(whole.held == together.held);
        if (!whole.held[0]) RC_ASSERT(whole.head == together.head);
      }
    });
  }
}

TEST_CASE("what both sites did alike is as if one had done it", "[merge][laws]") {
  for (const std::string policy :
       {"shop wins", "erp wins", "max", "min", "latest", "hold", "ladder"}) {
    const Mapping mapping = policy_mapping(policy);
    rc::prop(policy + " is idempotent", [&] {
      World world = in_step_until_both_change(3);
      world.now[1] = world.now[0];
      const Result both = merge_world(mapping, world);
      const Result one = merge_world(mapping, only_from(world, SiteId::first));
      RC_ASSERT(both.head == one.head);
      RC_ASSERT(both.held == one.held);
      RC_ASSERT(!both.held[0]);
    });
  }
}

TEST_CASE("what was taken in already changes nothing when it is read again", "[merge][laws]") {
  for (const std::string policy :
       {"shop wins", "erp wins", "max", "min", "latest", "hold", "ladder"}) {
    const Mapping mapping = policy_mapping(policy);
    rc::prop(policy + " comes to rest", [&] {
      World world = in_step_until_both_change(3);
      for (auto& shadow : world.shadow) shadow = {value_below(3), 0};
      const Result once = merge_world(mapping, world);
      World again = world;
      again.head = once.head;
      for (const SiteId site : both_sites) again.shadow[index(site)] = *world.now[index(site)];
      const Result twice = merge_world(mapping, again);
      RC_ASSERT(twice.head == once.head);
      RC_ASSERT(twice.lost.empty());
    });
  }
}

TEST_CASE("a counter is the same in whatever portions its changes come", "[merge][laws]") {
  const Mapping mapping = thing_mapping({R"("type": "counter")", R"("type": "counter")"});
  rc::prop("portions of what two sites count", [&] {
    World world;
    Numbers wanted{};
    const int steps = value_below(8);
    for (int step = 0; step < steps; ++step) {
      const auto site = value_below(2) == 0 ? SiteId::first : SiteId::second;
      auto& now = world.now[index(site)];
      Numbers counted = now.value_or(world.shadow[index(site)]);
      for (std::size_t field = 0; field < 2; ++field) {
        const int by = *rc::gen::inRange(-9, 10);
        counted[field] += by;
        wanted[field] += by;
      }
      now = counted;
      if (value_below(2) == 0) continue;  // More is done before the next cycle.
      world.head = merge_world(mapping, world).head;
      for (const SiteId read : both_sites) {
        if (world.now[index(read)]) world.shadow[index(read)] = *world.now[index(read)];
        world.now[index(read)].reset();
      }
    }
    RC_ASSERT(merge_world(mapping, world).head == wanted);
  });
}

}  // namespace
}  // namespace miroir::test
