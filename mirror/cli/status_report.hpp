// What the store knows of a pair, for `miroir status` and for the status page. Asks no site, so it
// answers while both are away and while a cycle runs.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mirror/cli/held_items.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/verbs.hpp"
#include "mirror/cli/verified.hpp"

namespace miroir {

struct Status {
  bool seeded = false;
  std::optional<LoggedCycle> last;
  PerSite<std::size_t> behind{};
  std::vector<HeldLine> held;
  std::vector<OpenSetAside> set_aside;
  std::size_t ignored = 0;  // Of both, those that are open and do not wait.
  std::optional<Verified> verified;
  std::vector<Decision> decisions;
  std::vector<Pause> pauses;
  std::optional<Remapping> remapping;
  // Those that the last cycle has ended, and those that wait for the next one.
  std::vector<EndedRequest> requests;
  nlohmann::ordered_json requests_json;
  std::string requests_text;

  std::size_t pending() const;
};

// The context speaks the mapping of the state file from here on.
Status read_status(Context& context);
Exit exit_of(const Status& status);
nlohmann::ordered_json to_json(const Status& status, const Context& context);
std::string to_text(const Status& status, const Context& context);
// How many wait, without the lists.
std::string to_brief_text(const Status& status, const Context& context);

}  // namespace miroir
