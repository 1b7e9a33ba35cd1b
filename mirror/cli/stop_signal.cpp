#include "mirror/cli/stop_signal.hpp"

#include <signal.h>

#include <atomic>

namespace miroir {
namespace {

using Clock = std::chrono::steady_clock;

std::atomic<Clock::rep> came_at{0};                           // 0: not yet.
static_assert(std::atomic<Clock::rep>::is_always_lock_free);  // A handler may use it.

void set(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGTERM, SIGINT}) ::sigaction(signal, &action, nullptr);
}

extern "C" void note(int) {
  Clock::rep never = 0;
  came_at.compare_exchange_strong(never, Clock::now().time_since_epoch().count());
  set(SIG_DFL);  // The next one ends the process, of either kind.
}

}  // namespace

StopSignal::StopSignal() { set(note); }
StopSignal::~StopSignal() { set(SIG_DFL); }

std::optional<Clock::time_point> StopSignal::came() {
  const auto at = came_at.load();
  return at == 0 ? std::nullopt : std::optional{Clock::time_point{Clock::duration{at}}};
}

}  // namespace miroir
