#include "tests/storm/seeds.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <limits>
#include <vector>

#include "tests/storm/draw.hpp"

namespace miroir::storm {
namespace {

constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();

void lower(std::atomic<std::uint64_t>& lowest, std::uint64_t seed) {
  std::uint64_t known = lowest;
  while (seed < known && !lowest.compare_exchange_weak(known, seed)) {
  }
}

}  // namespace

// Seeds are taken in their order: what is below one that fails has been taken, and is run to its
// end.
Harvest run_seeds(const Seeds& seeds) {
  std::atomic<std::uint64_t> next = seeds.first, failed = none;
  const auto work = [&] {
    Arena arena;
    Tally tally;
    for (std::uint64_t seed = next++; seed < std::min(seeds.first + seeds.count, failed.load());
         seed = next++) {
      const Verdict verdict = arena.run(draw_schedule(seed));
      tally.add(verdict.tally);
      if (!verdict.failures.empty()) lower(failed, seed);
    }
    return tally;
  };
  std::vector<std::future<Tally>> workers;
  for (unsigned n = 0; n < std::max(seeds.threads, 1U); ++n)
    workers.push_back(std::async(std::launch::async, work));
  Harvest harvest;
  for (std::future<Tally>& worker : workers) harvest.tally.add(worker.get());
  if (failed != none) harvest.failed = failed;
  return harvest;
}

}  // namespace miroir::storm
