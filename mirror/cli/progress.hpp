// Shows how far long work has come, on standard error: a bar on a terminal; elsewhere a log line
// every ten seconds, so that short work says nothing and long work is no riddle. A program that
// started us gets a line of JSON, five times a second, on the descriptor that it named; that it has
// gone meanwhile stops no work.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "mirror/cli/verbs.hpp"
#include "mirror/cycle.hpp"

namespace miroir {

class ProgressDisplay {
 public:
  explicit ProgressDisplay(const Context& context);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  // Any thread: the sites' threads report too.
  void show(const Progress& progress);

 private:
  // With JSON nothing, but for who named a descriptor; else by what standard error is.
  enum class Style : std::uint8_t { none, bar, lines, program };
  static Style style_for(const Context& context);

  void draw(const Progress& progress);
  void tell(const Progress& progress);
  void erase();

  const Style style_;
  const int fd_;  // With Style::program.
  std::mutex mutex_;
  std::chrono::steady_clock::time_point shown_;  // Guarded by mutex_, as all below.
  bool drawn_ = false;
};

std::string progress_line(const Progress& progress);  // "reading customer: 500 of 1200"
std::string progress_bar(const Progress& progress, std::size_t width);

}  // namespace miroir
