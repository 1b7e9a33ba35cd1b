// `miroir cycle` again and again: let run, killed after a time, or killed at the boundary of a
// step.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/pair.hpp"
#include "tests/turmoil/diary.hpp"
#include "tests/turmoil/disk.hpp"
#include "tests/turmoil/line.hpp"

namespace miroir::turmoil {

class Cycles {
 public:
  // Every cycle's output is kept in `folder`. One thread.
  Cycles(test::Pair& pair, const Line& line, const Disk& disk, Diary& diary,
         std::filesystem::path folder, std::uint64_t seed);

  // One in the storm.
  void one_in_turmoil();
  // One that nobody disturbs.
  test::Pair::Cycle one_in_peace();
  test::Ended verb(std::vector<std::string> arguments);

  const std::map<std::string, std::size_t>& outcomes() const { return outcomes_; }
  // By where: "after the step plan", "within a delivery", "at any time".
  const std::map<std::string, std::size_t>& kills() const { return kills_; }
  std::size_t conflicts() const { return conflicts_; }
  // Ends that no trouble excuses.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  void let_run();
  void kill_after(sample::Dice& dice);
  void kill_within_delivery(sample::Dice& dice);
  void kill_at_step(sample::Dice& dice);
  void start_by();
  void keep(const std::string& what, const test::Ended& ended, const std::string& log = {});
  bool excused(int exit_code) const;

  test::Pair& pair_;
  const Line& line_;
  const Disk& disk_;
  Diary& diary_;
  std::filesystem::path folder_;
  std::uint64_t seed_, number_ = 0;
  double seconds_ = 1;  // How long one takes that is let run.
  bool disk_was_full_ = false;
  std::size_t fills_before_ = 0;
  std::vector<std::string> next_steps_;  // At each once before at any again.
  int rounds_ = 0;                       // That next_steps_ was filled.
  std::map<std::string, std::size_t> outcomes_, kills_;
  std::size_t conflicts_ = 0;
  std::vector<std::string> complaints_;
};

}  // namespace miroir::turmoil
