// This program once more, as a child process: a verb with --json, whose output is kept, and its
// progress as it comes. One thread at a time.
//
// A child goes on by itself when its VerbChild, or this process, is gone: a verb that has begun and
// is not told to stop comes to its end, and what it says then goes nowhere.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace miroir {

class VerbChild {
 public:
  VerbChild() = default;
  ~VerbChild();
  VerbChild(const VerbChild&) = delete;
  VerbChild& operator=(const VerbChild&) = delete;

  // A verb that takes --progress-fd, with its options ("resync", "--entity=customer"), and what is
  // no option whatever it begins with. False, and logged: it could not be started, or one is
  // running.
  bool start(std::vector<std::string> words, const std::vector<std::string>& arguments = {});
  bool is_running() const { return pid_ > 0; }
  // Reads what it says, so that it never waits for us; true once it has ended.
  bool poll();
  // Asks it, the first time, to end soon, at a good moment of its own; true: it has ended.
  bool stop();
  void kill();  // Safe at any moment: what it was about is done wholly or not at all.

  const std::string& said() const { return said_; }          // On standard output.
  const std::string& progress() const { return progress_; }  // The last line; "": none yet.
  int exit() const { return exit_; }                         // Of the last that has ended.

 private:
  void read_all();

  pid_t pid_ = -1;
  int output_ = -1, progress_fd_ = -1;
  std::string said_, progress_, unread_;
  int exit_ = 0;
  bool asked_to_stop_ = false;
};

}  // namespace miroir
