// How long a statement waits for a row that somebody else holds: always less than it may take as a
// whole. Else the error of the one could not be told from that of the other, and a row that a user
// holds would pass for one that its site cannot finish.
#pragma once

#include <algorithm>
#include <chrono>

#include "connectors/session.hpp"

namespace miroir {

inline std::chrono::milliseconds lock_wait_of(const SessionLimits& limits) {
  return std::min(limits.lock_wait, limits.statement / 2);
}

}  // namespace miroir
