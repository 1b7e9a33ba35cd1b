#include "mirror/exit_code.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace miroir {
namespace {

// Gravest first. Busy stands alone: a cycle that did not run has nothing else to say.
constexpr std::array by_gravity{Exit::internal,    Exit::usage,   Exit::brake, Exit::busy,
                                Exit::unreachable, Exit::waiting, Exit::done};

std::size_t rank(Exit exit) {
  return static_cast<std::size_t>(std::find(by_gravity.begin(), by_gravity.end(), exit) -
                                  by_gravity.begin());
}

}  // namespace

std::string_view name_of(Exit exit) {
  switch (exit) {
    case Exit::done:
      return "done";
    case Exit::internal:
      return "internal";
    case Exit::usage:
      return "usage";
    case Exit::unreachable:
      return "unreachable";
    case Exit::waiting:
      return "waiting";
    case Exit::brake:
      return "brake";
    case Exit::busy:
      return "busy";
  }
  throw std::logic_error{"unknown exit code"};
}

Exit graver(Exit a, Exit b) { return rank(a) <= rank(b) ? a : b; }

}  // namespace miroir
