// The line between miroir and the sites. People stand beside their servers: it is none of theirs.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tests/turmoil/ledger.hpp"

namespace miroir::turmoil {

enum class Cut : std::uint8_t {
  silent,       // Nothing comes through, and nobody is told.
  refused,      // Whoever sends is told at once.
  answers_lost  // What miroir says arrives; what the site answers does not.
};
inline constexpr const char* name_of(Cut how) {
  return how == Cut::silent ? "silent" : how == Cut::refused ? "refused" : "answers lost";
}

class Line {
 public:
  virtual ~Line() = default;
  virtual void cut(Side side, Cut how) = 0;  // Throws std::runtime_error if it cannot.
  virtual void mend(Side side) = 0;
  // What a connection text of the configuration must say to go by this line.
  virtual std::string through(Side side, const std::string& connection) = 0;
  // The command that starts miroir at its end of the line.
  virtual std::vector<std::string> starter() const = 0;
};

// miroir lives in a network namespace, behind a router in another one that drops packets.
std::unique_ptr<Line> routed_line(const std::string& name, const std::string& router,
                                  std::array<std::string, 2> addresses);
// A relay in this process, where no namespace can be made.
std::unique_ptr<Line> relayed_line();

}  // namespace miroir::turmoil
