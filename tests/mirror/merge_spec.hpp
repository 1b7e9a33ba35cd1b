// What the merge of one field must come to, written by hand as tables, and its interpreter: nothing
// of it is computed as the merge does. And the small worlds that it is asked about.
#pragma once

#include <string>
#include <vector>

#include "tests/mirror/merge_world.hpp"

namespace miroir::test {

// Who wins among several with different values: the first of the letters (see merge_spec.cpp) that
// has a say, the greatest (>) or least (<) value, the surely last (time), or nobody (?). '+':
// nobody has to, all that was done is added up.
struct Win {
  const char* policy;
  const char* how;
};
inline constexpr Win wins[] = {
    {"shop wins", "SHE"}, {"erp wins", "EHS"}, {"max", ">"},    {"min", "<"},
    {"hold", "?"},        {"latest", "time"},  {"ladder", ">"}, {"counter", "+"},
};

// The same policy where the sites have changed places.
std::string mirrored(const std::string& policy);

struct Expected {
  int head = 0;
  bool held = false;
  std::vector<int> lost;  // In order, each once.
};

Expected expected(const Win& win, const World& world, std::size_t field = 0);
// As expected(), of the two fields as a group that the first one's policy decides: a pair of values
// is one value. nullopt: a person must decide.
std::optional<Numbers> expected_of_group(const Win& win, const World& world);

// The values of this field that lost, in order, each once.
std::vector<int> lost_values(const Result& result, std::size_t field = 0);
std::string show(const World& world, std::size_t field = 0);

// Every head, both shadows and both rows, or a row that was not read: of `values` values of field
// 0.
inline constexpr int values = 3;
template <class F>
void for_all_worlds(const F& test) {
  for (int w = 0; w < values * values * values * (values + 1) * (values + 1); ++w) {
    int rest = w;
    const auto draw = [&](int count) {
      const int drawn = rest % count;
      rest /= count;
      return drawn;
    };
    World world;
    world.head[0] = draw(values);
    for (auto& shadow : world.shadow) shadow[0] = draw(values);
    for (auto& now : world.now) {
      const int drawn = draw(values + 1);
      if (drawn < values) now = Numbers{drawn, 0};
    }
    test(world);
  }
}

// The same of both fields: three values of the first, with which a site can differ from its shadow
// and from the head, and two of the other; at times that differ by more than the clocks may.
template <class F>
void for_all_pairs(const F& test) {
  constexpr int firsts = 3, seconds = 2, both = firsts * seconds;
  const auto numbers = [](int drawn) { return Numbers{drawn % firsts, drawn / firsts}; };
  for (int w = 0; w < both * both * both * (both + 1) * (both + 1); ++w) {
    int rest = w;
    const auto draw = [&](int count) {
      const int drawn = rest % count;
      rest /= count;
      return drawn;
    };
    World world;
    world.head = numbers(draw(both));
    for (auto& shadow : world.shadow) shadow = numbers(draw(both));
    for (auto& now : world.now) {
      const int drawn = draw(both + 1);
      if (drawn < both) now = numbers(drawn);
    }
    world.changed = {ChangeTime{{5}, 1}, ChangeTime{{9}, 1}};
    world.head_changed = {ChangeTime{{7}, 1}, ChangeTime{{20}, 1}};
    test(world);
  }
}

}  // namespace miroir::test
