// miroir_storm: runs seeded schedules of people, faults and crashes on the whole engine, and fails
// with the shortest schedule that still goes wrong.
#include <CLI/CLI.hpp>

#include <fmt/core.h>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>

#include "tests/storm/bugs.hpp"
#include "tests/storm/draw.hpp"
#include "tests/storm/report.hpp"
#include "tests/storm/seeds.hpp"

namespace miroir::storm {
namespace {

// Fewer say nothing about what is rare.
constexpr std::uint64_t schedules_that_show_everything = 10'000;

struct Wanted {
  Seeds seeds{1, 10'000, std::thread::hardware_concurrency()};
  std::string replay, bug;
  bool list_bugs = false, as_it_is = false;
};

int list_bugs() {
  for (const PlantedBug& bug : planted_bugs()) fmt::print("{:<28} {}\n", bug.name, bug.what);
  return 0;
}

bool plant(const std::string& name) {
  const auto& all = planted_bugs();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& b) { return b.name == name; });
  if (found != all.end()) planted_bug = found->bug;
  return found != all.end();
}

int replay(const std::string& file) {
  std::ifstream stream{file};
  if (!stream) {
    fmt::print(stderr, "cannot read {}\n", file);
    return 2;
  }
  std::ostringstream text;
  text << stream.rdbuf();
  Arena arena;
  arena.tell = [](const std::string& line) { fmt::print("# {}\n", line); };
  const Schedule schedule = schedule_from_text(text.str());
  const Verdict verdict = arena.run(schedule);
  fmt::print("{}", describe(schedule, verdict));
  if (verdict.failures.empty()) fmt::print("# nothing is lost\n");
  return verdict.failures.empty() ? 0 : 1;
}

int tell_failure(std::uint64_t seed, const Wanted& wanted) {
  Arena arena;
  const Schedule schedule = draw_schedule(seed);
  const Failure failure = arena.run(schedule).failures.at(0);
  fmt::print("seed {} fails: {}: {}\n", seed, failure.rule, failure.text);
  const Schedule small = wanted.as_it_is ? schedule : shortest(schedule, failure, arena);
  fmt::print("# to be replayed with --replay FILE{}\n{}",
             wanted.bug.empty() ? "" : " --bug " + wanted.bug, describe(small, arena.run(small)));
  return 1;
}

int storm(const Wanted& wanted) {
  const auto started = std::chrono::steady_clock::now();
  const auto [tally, failed] = run_seeds(wanted.seeds);
  if (failed) return tell_failure(*failed, wanted);
  const double seconds =
      std::chrono::duration<double>{std::chrono::steady_clock::now() - started}.count();
  const unsigned threads = std::max(wanted.seeds.threads, 1U);
  fmt::print("{}in {:.1f} s; on each of {} threads {:.0f} schedules a second\n", table_of(tally),
             seconds, threads, static_cast<double>(tally.schedules) / seconds / threads);
  const std::string missing =
      wanted.seeds.count < schedules_that_show_everything ? "" : what_is_missing(tally);
  fmt::print("{}", missing.empty() ? "nothing is lost\n" : missing);
  return missing.empty() ? 0 : 1;
}

int run(int argc, char** argv) {
  CLI::App app{"Runs the engine through seeded schedules of people, faults and crashes."};
  Wanted wanted;
  app.add_option("schedules", wanted.seeds.count, "how many");
  app.add_option("first_seed", wanted.seeds.first, "the seed of the first");
  app.add_option("--threads", wanted.seeds.threads, "how many run at once; else one a core");
  app.add_option("--replay", wanted.replay, "run the schedule in this file instead");
  app.add_option("--bug", wanted.bug, "plant this defect");
  app.add_flag("--list-bugs", wanted.list_bugs, "the defects that can be planted");
  app.add_flag("--as-it-is", wanted.as_it_is, "print a failing schedule without shortening it");
  CLI11_PARSE(app, argc, argv);
  if (wanted.list_bugs) return list_bugs();
  if (!wanted.bug.empty() && !plant(wanted.bug)) {
    fmt::print(stderr, "there is no bug {}; see --list-bugs\n", wanted.bug);
    return 2;
  }
  return wanted.replay.empty() ? storm(wanted) : replay(wanted.replay);
}

}  // namespace
}  // namespace miroir::storm

int main(int argc, char** argv) {
  try {
    return miroir::storm::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
