#include "connectors/odbc/watchdog.hpp"

#include <utility>

namespace miroir {

Watchdog::Watchdog(std::chrono::milliseconds limit)
    : limit_{limit}, thread_{[this](const std::stop_token& stop) { watch(stop); }} {}

void Watchdog::arm(const std::function<void()>* cancel) {
  // Waits here while a cancel is under way: its statement must not be freed meanwhile.
  const std::scoped_lock lock{mutex_};
  cancel_ = cancel;
  deadline_ = Clock::now() + limit_;
}

void Watchdog::watch(const std::stop_token& stop) {
  std::unique_lock lock{mutex_};
  Clock::time_point next = Clock::now() + limit_;
  while (!stop.stop_requested()) {
    // Nobody notifies on arm(): a deadline is never earlier than the next time this thread looks.
    wake_.wait_until(lock, stop, next, [] { return false; });
    const auto now = Clock::now();
    if (cancel_ != nullptr && now >= deadline_) {
      (*std::exchange(cancel_, nullptr))();
    }
    next = cancel_ != nullptr ? deadline_ : now + limit_;
  }
}

}  // namespace miroir
