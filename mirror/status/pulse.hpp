// A number that changes whenever what the pages show may have changed, so that open pages know when
// to ask again. Kept up to date by the server's tick; read by any thread without waiting.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>

namespace miroir {

class Pulse {
 public:
  // What the pages show depends on: the state file as it stands, and whatever `shown` says besides
  // (a cycle is running, cycles are late).
  void beat(const std::filesystem::path& state, const std::string& shown);
  std::uint64_t count() const { return count_.load(); }

 private:
  std::string before_;
  std::atomic<std::uint64_t> count_{1};
};

// The events for one open page: the pulse now, and then each time it changes.
class Listener {
 public:
  explicit Listener(const Pulse& pulse) : pulse_{pulse} {}
  std::string next();

 private:
  const Pulse& pulse_;
  std::uint64_t told_ = 0;
};

}  // namespace miroir
