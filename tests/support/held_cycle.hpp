// The real `miroir cycle`, stopped at every boundary of its steps until the test lets it go on:
//
//   HeldCycle cycle{pair};
//   cycle.go_past("plan");           // It has planned, and waits before the step that follows.
//   pair.erp().run("UPDATE ...");    // What a user does meanwhile.
//   CHECK(cycle.finish().exit_code == 0);
//
// The program knows nothing of it. At the log level debug it prints a line for each step; its
// standard error is a pipe with room for one line only, so that it sleeps in the second until the
// first has been read. What a site's own thread has to say (a line that is opened again) is taken
// out of its way, since the steps wait for that thread. The configuration of the pair is left at
// the level debug.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/pair.hpp"

namespace miroir::test {

class HeldCycle {
 public:
  explicit HeldCycle(const Pair& pair);  // Held before its first step.
  ~HeldCycle();
  HeldCycle(const HeldCycle&) = delete;
  HeldCycle& operator=(const HeldCycle&) = delete;

  // To the next boundary; false if there is none: the program has ended.
  bool next();
  // To the boundary that follows this step; throws std::runtime_error if the step never comes.
  void go_past(const std::string& step);
  // The steps begun so far, in their order.
  const std::vector<std::string>& steps() const { return steps_; }

  // All that it has printed on standard error so far, but for what let_run() let pass.
  const std::string& log() const { return log_; }

  Ended kill();    // SIGKILL, where it is held or has got to.
  Ended finish();  // Lets it run to its end.
  void let_run();  // Lets it run, without waiting for its end.
  pid_t pid() const { return running_->pid(); }

 private:
  std::string peek() const;
  bool is_held() const;
  bool is_site_held() const;
  bool take_line();
  std::string sleeping_in() const;
  void pause() const;  // Throws once all of this has taken too long.

  int from_ = -1;
  std::chrono::steady_clock::time_point give_up_ =
      std::chrono::steady_clock::now() + std::chrono::seconds{60};
  std::unique_ptr<Running> running_;
  std::vector<std::string> steps_;
  std::string log_;
  std::thread drain_;
};

}  // namespace miroir::test
