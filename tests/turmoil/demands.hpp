// What a run must have had to mean anything, and how its cycles may end. Pure.
#pragma once

#include <array>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/turmoil/verdict.hpp"

namespace miroir::turmoil {

// The steps of a cycle, as its log calls them.
inline constexpr std::array steps{"census",      "settle",      "extract", "match",   "merge",
                                  "incorporate", "acknowledge", "plan",    "deliver", "record"};

// What the turmoil was like, until the healing.
struct Happened {
  double seconds = 0;
  std::array<std::size_t, 2> acknowledged{};  // Of each site.
  std::size_t kills_and_cuts = 0;
  std::map<std::string, std::size_t> kills;  // By where: "after the step plan".
  struct Minute {
    double from = 0;  // Seconds since the beginning of the run.
    std::size_t acknowledged = 0, faults = 0;
    std::optional<std::size_t> conflicts;  // In one field; nullopt: nobody could look.
  };
  std::vector<Minute> minutes;  // Whole ones.
};
// Rule "too little"; a run of less than a minute need not have been killed at each step.
std::vector<Complaint> demand_enough(const Happened& happened);

// Whether a cycle may end so. While the disk is full the state file cannot be used.
bool is_excused(int exit_code, bool disk_was_full);

// Whether this cycle has found nothing to do.
bool is_at_rest(int exit_code, const nlohmann::json& report);

}  // namespace miroir::turmoil
