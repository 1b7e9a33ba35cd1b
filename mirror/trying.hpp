// When a call of a site that has failed is made again within the cycle, and after what pause.
//
// What the site has undone (a deadlock, a serialization failure, a lock that was not free in time)
// is made again a few times. A lost line (a server that is starting anew) is opened again first, as
// long as it may take; but only for calls that may be made twice. All else is never tried blindly.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>

#include "mirror/cycle.hpp"
#include "mirror/late.hpp"

namespace miroir {

enum class Repeat : std::uint8_t {
  freely,     // It does no harm if it has happened already.
  if_undone,  // Once, and only if the site says that nothing of it has happened.
  if_prompt,  // The same, but not if it took too long: it is to be made smaller.
};

// Nobody knows any more what the site did: the line has to be opened again.
inline bool is_lost(const DbError& error) {
  return error.recovery() == Recovery::reconnect || error.recovery() == Recovery::in_doubt;
}

// Each pause is twice as long as the last, up to a second, and by chance up to half as long again:
// those who were in each other's way are not so again. The same seed, the same pauses.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, unsigned seed) : pause_{first}, random_{seed} {}

  std::chrono::milliseconds next() {
    constexpr std::chrono::milliseconds longest{1'000};
    constexpr unsigned steps = 1'024;
    const auto more =
        pause_ * static_cast<int>(random_() / 7 % steps) / static_cast<int>(2 * steps);
    const auto pause = pause_ + std::chrono::duration_cast<std::chrono::milliseconds>(more);
    pause_ = std::max(pause_, std::min(2 * pause_, longest));
    return pause;
  }

 private:
  std::chrono::milliseconds pause_;
  std::minstd_rand random_;
};

// One call, from its first try on. `reached`: an earlier call of this cycle was answered. Nothing
// is begun after `end`, by the stopwatch.
class Trying {
 public:
  Trying(const Limits& limits, Repeat repeat, bool reached, unsigned seed, Stopwatch stopwatch,
         std::chrono::steady_clock::time_point end)
      : repeat_{repeat},
        tries_{repeat == Repeat::freely ? limits.tries : std::min(limits.tries, 2)},
        tries_lost_{limits.tries_lost},
        patience_{reached ? limits.regain : limits.reach},
        backoff_{limits.retry_pause, seed},
        stopwatch_{std::move(stopwatch)},
        end_{end} {
    if (!reached) lost_since_ = stopwatch_();
  }

  // How long to wait before the call is made again; nullopt: not again.
  std::optional<std::chrono::milliseconds> again(const DbError& error) {
    const bool lost = is_lost(error);
    if (lost ? repeat_ != Repeat::freely : error.recovery() != Recovery::retry) return std::nullopt;
    if (repeat_ == Repeat::if_prompt && is_late(error)) return std::nullopt;
    if (lost ? ++times_lost_ >= tries_lost_ : ++times_undone_ >= tries_) return std::nullopt;
    const auto now = stopwatch_();
    if (lost && !lost_since_) lost_since_ = now;
    const auto pause = backoff_.next();
    const auto end = lost ? std::min(end_, *lost_since_ + patience_) : end_;
    return now + pause < end ? std::optional{pause} : std::nullopt;
  }

  // Before the next try, the line must be opened again.
  bool line_was_lost() const { return times_lost_ > 0; }

 private:
  Repeat repeat_;
  int tries_, tries_lost_, times_undone_ = 0, times_lost_ = 0;
  std::chrono::milliseconds patience_;
  Backoff backoff_;
  Stopwatch stopwatch_;
  std::chrono::steady_clock::time_point end_;
  std::optional<std::chrono::steady_clock::time_point> lost_since_;
};

}  // namespace miroir
