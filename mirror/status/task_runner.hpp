// What an administrator does by a verb that reads both sites (resync, link, unlink): rehearsed by a
// child with --dry-run, looked at, and then carried out by another child. One at a time for all, so
// that whoever confirms has seen what is true then. Any thread.
//
// It lives in this process alone. A rehearsal that is lost with it is done anew; what was being
// carried out goes on by itself, and stands in the store.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "mirror/cli/config.hpp"
#include "mirror/status/verb_child.hpp"
#include "schema/instant.hpp"

namespace miroir {

struct Task {
  std::string verb;                    // "resync", "link", "unlink"
  std::vector<std::string> options;    // "--entity=customer"
  std::vector<std::string> arguments;  // Whatever people typed, also with a dash before it.
  std::string by, reason;
  nlohmann::json about;  // What it is about, for people; this class does not look into it.
};

class TaskRunner {
 public:
  explicit TaskRunner(const Config& config) : config_{config} {}

  enum class Phase : std::uint8_t { none, rehearsing, shown, working, done };
  struct State {
    std::int64_t id = 0;
    Phase phase = Phase::none;
    Task task;
    Instant since;         // When the phase began.
    std::string progress;  // A line of JSON; "": none yet.
    // What the child printed, when it has ended; null: it was killed, or said nothing.
    std::shared_ptr<const nlohmann::json> shown, result;
    int exit = 0;
  };
  State state() const;
  // Changes whenever the state does.
  std::string stamp() const;

  // Begins a rehearsal; what was shown or done before is forgotten. False: a child is at work.
  bool rehearse(const Task& task);
  // Carries out what was shown as `id`. False: it is not what stands there now.
  bool carry_out(std::int64_t id, const std::string& by);
  // Ends a rehearsal, or forgets what was shown or done. What is being carried out is left alone.
  void discard(std::int64_t id);
  // To be called about every second.
  void tick(Instant now);
  bool stop();  // As CycleRunner does.

 private:
  bool start(const Task& task, std::vector<std::string> more, Phase phase);

  const Config config_;
  mutable std::mutex mutex_;
  State state_;  // Guarded by mutex_, as all below.
  VerbChild child_;
  Instant kill_at_;
};

}  // namespace miroir
