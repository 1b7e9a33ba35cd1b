// Many schedules at once, one after the other on each thread.
#pragma once

#include <cstdint>
#include <optional>

#include "tests/storm/run.hpp"

namespace miroir::storm {

struct Seeds {
  std::uint64_t first = 1, count = 0;
  unsigned threads = 1;
};

struct Harvest {
  Tally tally;                          // Of what was run.
  std::optional<std::uint64_t> failed;  // The lowest seed that fails, however many threads there are.
};

// Stops at the first that fails. Throws what a thread throws.
Harvest run_seeds(const Seeds& seeds);

}  // namespace miroir::storm
