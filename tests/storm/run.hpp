// Runs one schedule: the real engine and store on two sites in memory, from their first rows until
// everything has come to rest, and judges it.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mirror/state/store.hpp"
#include "tests/storm/event.hpp"
#include "tests/storm/judge.hpp"
#include "tests/storm/tables.hpp"

namespace miroir::storm {

// What took effect.
struct Tally {
  std::size_t schedules = 0, writes = 0, faults = 0, cycles = 0, entities = 0, conflicts = 0,
              questions = 0, refusals = 0;
  int cycles_to_rest = 0;  // At most.
  std::array<std::size_t, kind_count> kinds{};
  std::map<std::string, std::size_t> faults_by_call;  // "before deliver"
  void add(const Tally& other);
};

struct Verdict {
  std::vector<Failure> failures;
  Tally tally;
};

// The mappings, read once, and a store for each that is emptied between two schedules. One thread.
class Arena {
 public:
  // Hears what happens, step by step; for a schedule that is replayed.
  std::function<void(const std::string&)> tell;
  Verdict run(const Schedule& schedule);

 private:
  struct Place {
    std::unique_ptr<Tables> tables;
    std::unique_ptr<Store> store;
  };
  PerSite<Place> places_;  // Without conditions, and with.
};

}  // namespace miroir::storm
