// How often TCP asks whether the other end is still there, so that a dead line is noticed in time.
#pragma once

#include <algorithm>
#include <chrono>

namespace miroir::postgres {

struct Keepalive {
  std::chrono::seconds idle{1};
  std::chrono::seconds interval{1};
  int count = 3;
};

// idle + count * interval <= dead_line, wherever dead_line is at least 4 seconds: below, TCP has no
// finer grain.
constexpr Keepalive keepalive_for(std::chrono::milliseconds dead_line) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(dead_line);
  const std::chrono::seconds interval = std::max(seconds / 6, std::chrono::seconds{1});
  return {.idle = std::max(seconds - 3 * interval, std::chrono::seconds{1}), .interval = interval};
}
static_assert(keepalive_for(std::chrono::seconds{30}).idle == std::chrono::seconds{15});
static_assert(keepalive_for(std::chrono::seconds{30}).interval == std::chrono::seconds{5});

}  // namespace miroir::postgres
