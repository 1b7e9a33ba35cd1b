#include "tests/turmoil/demands.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <nlohmann/json.hpp>

namespace miroir::turmoil {
namespace {

constexpr double acknowledged_by_second = 20;  // Of each site.
constexpr double seconds_by_kill_or_cut = 5;
constexpr double acknowledged_by_minute = 1'000, faults_by_minute = 8, conflicts_by_minute = 10;
constexpr double seconds_to_reach_every_step = 60;

class Demands {
 public:
  void want(double least, double is, const std::string& what) {
    if (is < least)
      complaints_.push_back(
          {"too little", "", fmt::format("{}: {:.1f}, and {:.1f} are wanted", what, is, least)});
  }
  void want(double least, std::size_t is, const std::string& what) {
    want(least, static_cast<double>(is), what);
  }
  std::vector<Complaint> take() { return std::move(complaints_); }

 private:
  std::vector<Complaint> complaints_;
};

}  // namespace

std::vector<Complaint> demand_enough(const Happened& happened) {
  Demands demands;
  for (const Side side : both_sides)
    demands.want(acknowledged_by_second,
                 static_cast<double>(happened.acknowledged[index(side)]) / happened.seconds,
                 fmt::format("acknowledged transactions a second of the {}", name_of(side)));
  demands.want(happened.seconds / seconds_by_kill_or_cut, happened.kills_and_cuts,
               "kills and cuts");
  for (const char* step : steps) {
    if (happened.seconds < seconds_to_reach_every_step) break;
    const std::string where = fmt::format("after the step {}", step);
    demands.want(1, happened.kills.contains(where) ? happened.kills.at(where) : 0,
                 "killed " + where);
  }
  for (const Happened::Minute& minute : happened.minutes) {
    const std::string when = fmt::format("in the minute from {:.0f} s ", minute.from);
    demands.want(acknowledged_by_minute, minute.acknowledged, when + "acknowledged");
    demands.want(faults_by_minute, minute.faults, when + "faults");
    if (minute.conflicts)
      demands.want(conflicts_by_minute, *minute.conflicts, when + "conflicts in one field");
  }
  return demands.take();
}

bool is_excused(int exit_code, bool disk_was_full) {
  constexpr int done = 0, usage = 2, unreachable = 3, waiting = 4, killed = 128 + SIGKILL;
  for (const int good : {done, unreachable, waiting, killed}) {
    if (exit_code == good) return true;
  }
  return exit_code == usage && disk_was_full;
}

bool is_at_rest(int exit_code, const nlohmann::json& report) {
  if (exit_code != 0 && exit_code != 4) return false;
  for (const char* what : {"delivered", "extracted"}) {
    for (const Side side : both_sides) {
      if (report.at(what).at(name_of(side)) != 0) return false;
    }
  }
  return report.at("set_aside") == 0;
}

}  // namespace miroir::turmoil
