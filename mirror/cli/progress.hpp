// Shows how far long work has come, on standard error: a bar on a terminal; elsewhere a log line
// every ten seconds, so that short work says nothing and long work is no riddle.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "mirror/cycle.hpp"

namespace miroir {

class ProgressDisplay {
 public:
  enum class Style : std::uint8_t { none, bar, lines };
  // With JSON nothing; else by what standard error is.
  static Style style_for(bool json);

  explicit ProgressDisplay(Style style);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  // Any thread: the sites' threads report too.
  void show(const Progress& progress);

 private:
  void draw(const Progress& progress);
  void erase();

  const Style style_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point shown_;  // Guarded by mutex_, as all below.
  bool drawn_ = false;
};

std::string progress_line(const Progress& progress);  // "reading customer: 500 of 1200"
std::string progress_bar(const Progress& progress, std::size_t width);

}  // namespace miroir
