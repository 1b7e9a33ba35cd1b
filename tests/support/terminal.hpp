// A program at a terminal of its own, and somebody who reads there and types:
//
//   Terminal terminal{pair.program({"resync"})};
//   terminal.await("[y/N] ");
//   terminal.type("y\n");
//   CHECK(terminal.wait() == 0);
//
// What the program prints and what the terminal echoes stand in one text, as on the screen.
#pragma once

#include <chrono>
#include <string>

#include "tests/support/process.hpp"

namespace miroir::test {

class Terminal {
 public:
  explicit Terminal(const Program& program, int columns = 80);
  ~Terminal();  // Ends the program, if it still runs.
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Until this text has been shown after what was awaited last; throws std::runtime_error if the
  // program ends before, or its time is over.
  void await(const std::string& text);
  void type(const std::string& keys) const;
  int wait();  // Until it ends: its exit code, as in Ended.

  bool echoes() const;  // Whether what is typed is shown.

  // All so far, with the terminal's control characters.
  const std::string& shown() const { return shown_; }

 private:
  bool read_on();  // False at the end.

  std::chrono::steady_clock::time_point give_up_;
  int screen_ = -1;
  pid_t pid_ = -1;
  bool ended_ = false;
  std::string shown_;
  std::size_t awaited_ = 0;  // Where in shown_ await() looks from.
};

}  // namespace miroir::test
