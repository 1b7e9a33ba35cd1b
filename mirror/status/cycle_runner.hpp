// Runs cycles as child processes, since a driver's call can hang past every timeout: on request
// and, where the configuration says so, by the clock. Any thread.
//
// One child at a time; that another process runs a cycle is no trouble (exit 6). A child that is
// still there long after a cycle's deadline is killed, which is safe at any moment.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "mirror/cli/config.hpp"
#include "mirror/status/verb_child.hpp"
#include "schema/instant.hpp"

namespace miroir {

// The next multiple of `every` after `now`: what was missed is not made up for.
Instant next_start(Instant now, std::chrono::minutes every);

class CycleRunner {
 public:
  explicit CycleRunner(const Config& config);

  struct State {
    bool running = false;
    std::optional<Instant> next;   // When the clock starts one; nullopt: cron or a timer does.
    std::optional<int> last_exit;  // Of the last child that has ended.
    std::string last_error;        // What it said where no cycle was logged: exit 1 or 2.
  };
  State state() const;

  // Starts one, unless one is running; `accepted`: a brake's id, or "", and who accepts it.
  bool start(const std::string& accepted = "", const std::string& by = "");
  // To be called about every second: starts what is due and notices what has ended.
  void tick(Instant now);
  bool stop();  // Asks a child, once, to end soon; true: there is none. After the last tick().

 private:
  bool start_locked(const std::string& accepted, const std::string& by);
  void reap(Instant now);

  const Config config_;
  mutable std::mutex mutex_;
  State state_;  // Guarded by mutex_, as all below.
  VerbChild child_;
  Instant kill_at_;
};

}  // namespace miroir
