// How a verb ends: the process's exit code and, for cycle, the `outcome` of its JSON. Part of the
// contract with cron.
#pragma once

#include <string_view>

namespace miroir {

enum class Exit : int {
  done = 0,
  internal = 1,
  usage = 2,        // Usage or configuration: nothing was touched.
  unreachable = 3,  // A site could not be reached: nothing is lost, the next cycle goes on.
  waiting = 4,      // Done, and something waits for a person or differs.
  brake = 5,
  busy = 6,  // Another cycle is running.
};
std::string_view name_of(Exit exit);  // "done", "internal", "usage", ...
Exit graver(Exit a, Exit b);  // By precedence: internal, usage, brake, unreachable, waiting, done.

}  // namespace miroir
