#include "tests/storm/shrink.hpp"

#include <algorithm>

namespace miroir::storm {
namespace {

using Fails = std::function<bool(const Schedule&)>;

Schedule without(const Schedule& schedule, std::size_t from, std::size_t count) {
  Schedule smaller = schedule;
  const auto begin = smaller.events.begin() + static_cast<std::ptrdiff_t>(from);
  smaller.events.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
  return smaller;
}

// Takes away pieces of this size wherever that leaves the failure; whether any could go.
bool drop_pieces(Schedule& schedule, std::size_t size, const Fails& fails) {
  bool some = false;
  for (std::size_t from = 0; from < schedule.events.size();) {
    const std::size_t count = std::min(size, schedule.events.size() - from);
    Schedule smaller = without(schedule, from, count);
    if (fails(smaller)) {
      schedule = std::move(smaller);
      some = true;
    } else {
      from += count;
    }
  }
  return some;
}

// Cycles in which nothing happens any more need not be run.
void drop_cycles(Schedule& schedule, const Fails& fails) {
  for (int cycle = schedule.cycles; cycle >= 1; --cycle) {
    Schedule shorter = schedule;
    --shorter.cycles;
    for (Event& event : shorter.events) {
      if (event.cycle > cycle || event.cycle > shorter.cycles) --event.cycle;
    }
    std::erase_if(shorter.events, [](const Event& event) { return event.cycle < 1; });
    std::stable_sort(shorter.events.begin(), shorter.events.end(),
                     [](const Event& a, const Event& b) { return a.cycle < b.cycle; });
    if (fails(shorter)) schedule = std::move(shorter);
  }
}

void simplify(Schedule& schedule, const Fails& fails) {
  const auto try_with = [&](auto change) {
    Schedule simpler = schedule;
    change(simpler);
    if (fails(simpler)) schedule = std::move(simpler);
  };
  try_with([](Schedule& s) { s.scoped = false; });
  try_with([](Schedule& s) { s.capitals = false; });
  try_with([](Schedule& s) { s.chunk_roots = 1'000; });
  try_with([](Schedule& s) { s.batch_aggregates = 500; });
}

}  // namespace

Schedule shrink(Schedule schedule, const Fails& fails) {
  simplify(schedule, fails);
  for (bool again = true; again;) {
    again = false;
    for (std::size_t size = std::max<std::size_t>(1, schedule.events.size() / 2); size > 0;
         size /= 2) {
      again = drop_pieces(schedule, size, fails) || again;
    }
    const int cycles = schedule.cycles;
    drop_cycles(schedule, fails);
    again = again || schedule.cycles < cycles;
  }
  return schedule;
}

}  // namespace miroir::storm
