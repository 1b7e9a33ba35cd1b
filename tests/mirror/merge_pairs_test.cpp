// Every small world of two fields: with any two policies each is decided as if it were alone, a
// group as one, and what is computed follows what it is computed from.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/mirror/merge_spec.hpp"

namespace miroir::test {
namespace {

constexpr auto as_group = R"("groups": {"both": {"fields": ["a", "b"], "by": "a"}}, )";
constexpr auto follows_b = R"("type": "decimal", "policy": {"derived": {"of": ["b"], "scale": 0}})";

std::string show_both(const World& world) {
  return "a: " + show(world, 0) + "; b: " + show(world, 1);
}

bool is_as_expected(const Result& result, std::size_t field, const Expected& wanted) {
  return result.head[field] == wanted.head && result.held[field] == wanted.held &&
         lost_values(result, field) == wanted.lost;
}

void compare(const Result& result, std::size_t field, const Expected& wanted,
             const std::string& what) {
  if (is_as_expected(result, field, wanted)) return;
  INFO(what);
  CHECK(result.head[field] == wanted.head);
  CHECK(result.held[field] == wanted.held);
  CHECK(lost_values(result, field) == wanted.lost);
}

// A value that both sites lose is logged of one of them.
bool are_mirrored(const Result& one, const Result& two) {
  return one.head == two.head && one.held == two.held &&
         lost_values(one, 0) == lost_values(two, 0) && lost_values(one, 1) == lost_values(two, 1);
}

TEST_CASE("two fields are decided each as the specification says, under any two policies",
          "[merge]") {
  for (const Win& first : wins) {
    for (const Win& second : wins) {
      const Mapping mapping =
          thing_mapping({policy_field(first.policy), policy_field(second.policy)});
      for_all_pairs([&](const World& world) {
        const Result result = merge_world(mapping, world);
        const auto what = [&] {
          return std::string{first.policy} + ", " + second.policy + ": " + show_both(world);
        };
        for (const std::size_t field : {0U, 1U}) {
          const Expected wanted = expected(field == 0 ? first : second, world, field);
          if (!is_as_expected(result, field, wanted)) compare(result, field, wanted, what());
        }
      });
    }
  }
}

TEST_CASE("a group is never a mixture, in every small world of two fields", "[merge]") {
  for (const Win& win : wins) {
    if (win.how == std::string{"+"}) continue;  // A counter is in no group.
    const Mapping mapping =
        thing_mapping({policy_field(win.policy), R"("type": "integer")"}, as_group);
    for_all_pairs([&](const World& world) {
      const Result result = merge_world(mapping, world);
      const auto wanted = expected_of_group(win, world);
      const bool same = result.held[0] == !wanted && result.held[1] == !wanted &&
                        result.head == wanted.value_or(world.head);
      if (same) return;
      INFO(win.policy << ": " << show_both(world));
      CHECK(result.held[0] == !wanted);
      CHECK(result.held[1] == !wanted);
      CHECK(result.head == wanted.value_or(world.head));
    });
  }
}

TEST_CASE("swapping the sites swaps the result, in every small world of two fields", "[merge]") {
  for (const Win& win : wins) {
    for (const bool grouped : {false, true}) {
      if (grouped && win.how == std::string{"+"}) continue;
      const auto mapping = [&](const std::string& policy) {
        const std::string b = grouped ? R"("type": "integer")" : policy_field(policy);
        return thing_mapping({policy_field(policy), b}, grouped ? as_group : "");
      };
      const Mapping here = mapping(win.policy), there = mapping(mirrored(win.policy));
      for_all_pairs([&](const World& world) {
        const Result one = merge_world(here, world);
        const Result two = swapped(merge_world(there, swapped(world)));
        if (are_mirrored(one, two)) return;
        INFO(win.policy << (grouped ? ", a group: " : ": ") << show_both(world));
        CHECK(one.head == two.head);
        CHECK(one.held == two.held);
        for (const std::size_t field : {0U, 1U})
          CHECK(lost_values(one, field) == lost_values(two, field));
      });
    }
  }
}

// While what it is computed from waits for a person it does as well. A site that typed another
// value has lost it; one whose own row adds up has said nothing.
TEST_CASE("what is computed follows what it is computed from, in every small world", "[merge]") {
  for (const Win& win : wins) {
    if (win.policy == std::string{"ladder"}) continue;  // Of states nothing is computed.
    const Mapping mapping = thing_mapping({follows_b, policy_field(win.policy)});
    for_all_pairs([&](const World& world) {
      if (world.head[0] != world.head[1]) return;  // Every merge leaves them the same.
      const Result result = merge_world(mapping, world);
      const Expected b = expected(win, world, 1);
      Expected wanted{b.held ? world.head[0] : b.head, b.held, {}};
      for (const std::size_t site : {0U, 1U}) {
        const auto& now = world.now[site];
        const bool typed = now && (*now)[0] != world.shadow[site][0] && (*now)[0] != (*now)[1];
        if (typed && !b.held && (*now)[0] != wanted.head) wanted.lost.push_back((*now)[0]);
      }
      std::sort(wanted.lost.begin(), wanted.lost.end());
      wanted.lost.erase(std::unique(wanted.lost.begin(), wanted.lost.end()), wanted.lost.end());
      if (is_as_expected(result, 0, wanted) && is_as_expected(result, 1, b)) return;
      compare(result, 0, wanted, std::string{win.policy} + ": " + show_both(world));
      compare(result, 1, b, std::string{win.policy} + ": " + show_both(world));
    });
  }
}

}  // namespace
}  // namespace miroir::test
