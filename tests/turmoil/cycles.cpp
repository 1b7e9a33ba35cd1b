#include "tests/turmoil/cycles.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "tests/support/held_cycle.hpp"
#include "tests/turmoil/demands.hpp"

namespace miroir::turmoil {
namespace {

constexpr int killed = 128 + SIGKILL;

std::string outcome_of(int exit_code) {
  switch (exit_code) {
    case 0:
      return "done";
    case 1:
      return "internal";
    case 2:
      return "usage";
    case 3:
      return "unreachable";
    case 4:
      return "waiting";
    case 5:
      return "brake";
    case 6:
      return "busy";
    case killed:
      return "killed";
    default:
      return "exit " + std::to_string(exit_code);
  }
}

}  // namespace

Cycles::Cycles(test::Pair& pair, const Line& line, const Disk& disk, Diary& diary,
               std::filesystem::path folder, std::uint64_t seed)
    : pair_{pair},
      line_{line},
      disk_{disk},
      diary_{diary},
      folder_{std::move(folder)},
      seed_{seed} {
  std::filesystem::create_directories(folder_);
}

void Cycles::start_by() {
  std::vector<std::string> command = line_.starter();
  for (const std::string& word : disk_.starter()) command.push_back(word);
  pair_.start_by(command);
  disk_was_full_ = disk_.is_full();
  fills_before_ = disk_.fills();
}

test::Ended Cycles::verb(std::vector<std::string> arguments) {
  start_by();
  return pair_.verb(std::move(arguments));
}

bool Cycles::excused(int exit_code) const {
  return is_excused(exit_code, disk_was_full_ || disk_.fills() > fills_before_);
}

void Cycles::keep(const std::string& what, const test::Ended& ended, const std::string& log) {
  const std::string outcome = outcome_of(ended.exit_code);
  const std::string name = fmt::format("{:04}", number_);
  diary_.note("cycle", fmt::format("{}: {}: {}, {:.1f} s", name, what, outcome, ended.seconds), 1);
  std::ofstream{folder_ / (name + ".json")} << ended.out;
  std::ofstream{folder_ / (name + ".log")} << log << ended.err;
  ++outcomes_[outcome];
  const auto report = nlohmann::json::parse(ended.out, nullptr, false);
  if (report.is_object() && report.contains("conflicts"))
    conflicts_ += report.at("conflicts").get<std::size_t>();
  if (ended.exit_code == killed) diary_.note("kill", what);
  if (!excused(ended.exit_code))
    complaints_.push_back(fmt::format("cycle {} ended with {} ({}): {}", name, ended.exit_code,
                                      outcome, ended.out.substr(0, 500)));
}

void Cycles::one_in_turmoil() {
  ++number_;
  sample::Dice dice{seed_, "cycle", number_};
  start_by();
  switch (dice.below(5)) {
    case 0:
      return let_run();
    case 1:
      return kill_after(dice);
    case 2:
      return kill_within_delivery(dice);
    default:
      return kill_at_step(dice);
  }
}

void Cycles::let_run() {
  const test::Ended ended = pair_.verb({"cycle", "--json"});
  if (ended.exit_code == 0 || ended.exit_code == 4) seconds_ = ended.seconds;
  keep("let run", ended);
}

void Cycles::kill_after(sample::Dice& dice) {
  const auto whole = static_cast<std::int64_t>(std::clamp(seconds_, 0.2, 3.0) * 1000);
  const std::chrono::milliseconds wait{dice.between(1, whole)};
  test::Running cycle{pair_.program({"cycle", "--json"})};
  std::this_thread::sleep_for(wait);
  cycle.send(SIGKILL);
  const test::Ended ended = cycle.wait();
  keep(fmt::format("killed after {} ms", wait.count()), ended);
  if (ended.exit_code == killed) ++kills_["at any time"];
}

// Where the site is slow, the transaction goes on without its client, and the next cycle must not
// take it for one that never was.
void Cycles::kill_within_delivery(sample::Dice& dice) {
  test::HeldCycle cycle{pair_};
  bool delivers = false;
  while (!delivers && cycle.next())
    delivers = !cycle.steps().empty() && cycle.steps().back() == "deliver";
  if (!delivers) return keep("delivers nothing", cycle.finish(), cycle.log());
  const std::chrono::milliseconds wait{dice.between(1, 400)};
  cycle.let_run();
  std::this_thread::sleep_for(wait);
  const test::Ended ended = cycle.kill();
  keep(fmt::format("killed {} ms into a delivery", wait.count()), ended, cycle.log());
  if (ended.exit_code == killed) ++kills_["within a delivery"];
}

void Cycles::kill_at_step(sample::Dice& dice) {
  if (next_steps_.empty()) {
    ++rounds_;
    next_steps_.assign(steps.begin(), steps.end());
    for (std::size_t n = next_steps_.size(); n > 1; --n)
      std::swap(next_steps_[n - 1], next_steps_[dice.below(n)]);
  }
  const std::string step = next_steps_.back();
  // At first every step is reached as soon as may be: most cycles come to each only once.
  auto times = rounds_ == 1 ? std::uint64_t{1} : 1 + dice.below(3);
  test::HeldCycle cycle{pair_};
  while (times > 0 && cycle.next()) {
    if (!cycle.steps().empty() && cycle.steps().back() == step) --times;
  }
  const std::string what = "killed after the step " + step;
  if (times > 0) return keep("not " + what, cycle.finish(), cycle.log());
  const test::Ended ended = cycle.kill();
  keep(what, ended, cycle.log());
  next_steps_.pop_back();
  ++kills_["after the step " + step];
}

test::Pair::Cycle Cycles::one_in_peace() {
  ++number_;
  start_by();
  const test::Ended ended = pair_.verb({"cycle", "--json"});
  keep("in peace", ended);
  return {ended.exit_code, nlohmann::json::parse(ended.out, nullptr, false), ended.err};
}

}  // namespace miroir::turmoil
