// The judgement at the end of a schedule, when everything has come to rest: what people wrote is
// accounted for, counters are exact, nothing is there twice, and both sides are equal.
#pragma once

#include <string>
#include <vector>

#include "mirror/state/store.hpp"
#include "tests/storm/world.hpp"

namespace miroir::storm {

struct Failure {
  std::string rule;  // Which promise it broke: the same for all schedules that break it.
  std::string text;
};

std::vector<Failure> judge(const World& world, const Store& store);

}  // namespace miroir::storm
