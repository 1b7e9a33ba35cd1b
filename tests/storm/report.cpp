#include "tests/storm/report.hpp"

#include <fmt/core.h>

#include "tests/storm/shrink.hpp"

namespace miroir::storm {
namespace {

double average(std::size_t sum, const Tally& tally) {
  return tally.schedules == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(tally.schedules);
}

}  // namespace

Schedule shortest(const Schedule& schedule, const Failure& failure, Arena& arena) {
  return shrink(schedule, [&](const Schedule& smaller) {
    const auto failures = arena.run(smaller).failures;
    return !failures.empty() && failures.front().rule == failure.rule;
  });
}

std::string describe(const Schedule& schedule, const Verdict& verdict) {
  std::string text;
  for (const Failure& failure : verdict.failures)
    text += fmt::format("# {}: {}\n", failure.rule, failure.text);
  return text + to_text(schedule);
}

std::string table_of(const Tally& tally) {
  std::string text;
  for (std::size_t kind = 0; kind < kind_count; ++kind)
    text += fmt::format("{:>24} {:>9}\n", name_of(static_cast<Kind>(kind)), tally.kinds[kind]);
  for (const auto& [name, count] : tally.faults_by_call)
    text += fmt::format("{:>24} {:>9}\n", name, count);
  text += fmt::format(
      "{} schedules; each on average: {:.1f} writes to {:.1f} entities, {:.1f} cycles, {:.1f} "
      "faults, {:.1f} refusals, {:.1f} conflicts, {:.1f} questions; at rest within {} cycles\n",
      tally.schedules, average(tally.writes, tally), average(tally.entities, tally),
      average(tally.cycles, tally), average(tally.faults, tally), average(tally.refusals, tally),
      average(tally.conflicts, tally), average(tally.questions, tally), tally.cycles_to_rest);
  return text;
}

std::string what_is_missing(const Tally& tally) {
  std::string missing;
  for (std::size_t kind = 0; kind < kind_count; ++kind) {
    if (tally.kinds[kind] == 0)
      missing += fmt::format("{} never took effect\n", name_of(static_cast<Kind>(kind)));
  }
  for (const auto call : call_names()) {
    for (const char* when : {"before", "after"}) {
      if (!tally.faults_by_call.contains(fmt::format("{} {}", when, call)))
        missing += fmt::format("nothing went wrong {} {}\n", when, call);
    }
  }
  for (const auto step : step_names()) {
    if (!tally.faults_by_call.contains(fmt::format("crash before {}", step)))
      missing += fmt::format("nothing crashed before {}\n", step);
  }
  const auto at_least = [&](std::size_t sum, double least, const char* what) {
    if (average(sum, tally) < least) missing += fmt::format("too few {} in a schedule\n", what);
  };
  at_least(tally.writes, 30, "writes");
  at_least(tally.cycles, 5, "cycles");
  at_least(tally.entities, 3, "entities");
  at_least(tally.faults, 2, "faults");
  return missing;
}

}  // namespace miroir::storm
