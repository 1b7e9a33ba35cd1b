// SIGTERM and SIGINT as a wish, while one of these is there: what is under way comes to its next
// good end. A second one ends the process at once, which is as safe as a power cut. One at a time.
#pragma once

#include <chrono>
#include <optional>

namespace miroir {

class StopSignal {
 public:
  StopSignal();
  ~StopSignal();  // The signals end the process again.
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // When the first came, since this program began; any thread.
  static std::optional<std::chrono::steady_clock::time_point> came();
};

}  // namespace miroir
