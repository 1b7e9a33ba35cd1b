#include "mirror/cli/stop_signal.hpp"

#include <signal.h>

#include <atomic>

namespace miroir {
namespace {

using Clock = std::chrono::steady_clock;

std::atomic<Clock::rep> came_at{0};                           // 0: not yet.
static_assert(std::atomic<Clock::rep>::is_always_lock_free);  // A handler may use it.

extern "C" void note(int) {
  Clock::rep never = 0;
  came_at.compare_exchange_strong(never, Clock::now().time_since_epoch().count());
}

void set(void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  for (const int signal : {SIGTERM, SIGINT}) ::sigaction(signal, &action, nullptr);
}

}  // namespace

StopSignal::StopSignal() { set(note, static_cast<int>(SA_RESTART | SA_RESETHAND)); }
StopSignal::~StopSignal() { set(SIG_DFL, 0); }

std::optional<Clock::time_point> StopSignal::came() {
  const auto at = came_at.load();
  return at == 0 ? std::nullopt : std::optional{Clock::time_point{Clock::duration{at}}};
}

}  // namespace miroir
