// What the storm says: how a schedule fails, and how often what took effect.
#pragma once

#include <string>

#include "tests/storm/run.hpp"

namespace miroir::storm {

// The shortest schedule that still fails as this one does.
Schedule shortest(const Schedule& schedule, const Failure& failure, Arena& arena);
std::string describe(const Schedule& schedule, const Verdict& verdict);
std::string table_of(const Tally& tally);
// What never took effect, and which averages are too small to mean anything; "" if all is well.
std::string what_is_missing(const Tally& tally);

}  // namespace miroir::storm
