// How things stand, in a glance: read from the store, judged by the clock, said in plain words.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mirror/cli/verified.hpp"
#include "mirror/status/visit.hpp"
#include "schema/mapping_changes.hpp"

namespace miroir {

// A site that cycles have not reached lately.
struct Away {
  std::string site;
  std::string since;  // When the first of these cycles began.
};

struct Overview {
  std::optional<LoggedCycle> last;  // That has ended.
  nlohmann::json report;            // What it printed.
  CycleRunner::State runner;
  PerSite<std::size_t> behind{}, sent_today{};
  std::string behind_since;  // When something began to wait; "": nothing does, or since just now.
  std::size_t to_check = 0;  // Questions, those that are decided together once, and set aside.
  std::string to_check_since;
  std::size_t ignored = 0;  // Of the same, those that are open and trouble nobody.
  std::size_t ignored_behind = 0;  // Of `behind`, what a site refuses and somebody ignores.
  std::vector<std::string> checks;  // A name for each of them, the same for as long as it is open.
  std::optional<Verified> verified;  // nullopt: never.
  std::size_t asked = 0;  // Requests that the next cycle carries out.
  std::vector<Away> away;
  std::vector<Pause> pauses;
  std::string mistake;    // Why the files cannot be read, so that cycles end at once; "": none.
  std::string remapping;  // The id of a changed mapping that waits for consent; "": none.
  std::vector<MappingChange> changes;  // What it changes.
  std::string remapping_text;          // As `miroir plan` tells it.
  bool carried = true, installs = false;  // Whether it can be taken up; whether `install` comes first.
  bool late = false;      // No cycle for much longer than there should be none.
  std::optional<Instant> next;
};

Overview read_overview(const Service& service, const ContextNow::Known& known,
                       const Records& records, Instant now);
// Whether cycles have stopped: twice the interval has passed, and what the last one took.
bool is_late(const LoggedCycle& last, std::chrono::minutes every, Instant now);

// The values of the template: `mood` (good, attention, trouble), `headline`, `lines`, `brakes`,
// `last`, `next`, and the counters.
nlohmann::json banner_values(const Visit& visit, const Records& records, const Overview& situation);

// The line over every other page, from the same: `mood`, `is_good`, `headline`, `last`, `running`.
// Throws as Records does.
nlohmann::json strip_values(const Visit& visit);

}  // namespace miroir
