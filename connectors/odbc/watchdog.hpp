// Cancels a call into the driver that outlives the statement limit. ODBC's own query timeout is not
// one: SQLite's driver accepts it and does nothing.
//
// The session's thread arms it before a call and disarms it after; both are cheap enough to do for
// every row. The watchdog's thread sleeps for the whole limit at a time, so it costs nothing and
// never cancels early.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace miroir {

class Watchdog {
 public:
  explicit Watchdog(std::chrono::milliseconds limit);

  // Runs call(); if it takes longer than the limit, cancel() runs on the watchdog's thread
  // meanwhile, once.
  template <class Call>
  auto guard(const std::function<void()>& cancel, Call&& call) {
    const Armed armed{*this, cancel};
    return call();
  }

 private:
  class Armed {
   public:
    Armed(Watchdog& dog, const std::function<void()>& cancel) : dog_{dog} { dog_.arm(&cancel); }
    ~Armed() { dog_.arm(nullptr); }
    Armed(const Armed&) = delete;
    Armed& operator=(const Armed&) = delete;

   private:
    Watchdog& dog_;
  };

  using Clock = std::chrono::steady_clock;
  void arm(const std::function<void()>* cancel);
  void watch(const std::stop_token& stop);

  const std::chrono::milliseconds limit_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  const std::function<void()>* cancel_ = nullptr;  // Not null: armed.
  Clock::time_point deadline_;
  std::jthread thread_;  // Last: it uses all the others.
};

}  // namespace miroir
