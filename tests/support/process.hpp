// Runs another program as a person or cron would: arguments, environment, standard output and
// error, exit code. A program that does not end in time is killed, and the test fails.
#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace miroir::test {

struct Ended {
  int exit_code = -1;  // 128 + signal, for a program that a signal ended.
  std::string out, err;
  double seconds = 0;
};

struct Program {
  std::vector<std::string> command;                  // The program's path first.
  std::map<std::string, std::string> environment{};  // Added to this process's own.
  std::chrono::milliseconds timeout{60'000};
  int err_into = -1;  // A descriptor that takes standard error instead of Ended::err.
};

// A program that has been started. Ended and waited for at the latest by the destructor.
class Running {
 public:
  explicit Running(const Program& program);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  Ended wait();  // Throws std::runtime_error if it does not end in time.
  void send(int signal) const;
  pid_t pid() const { return pid_; }

 private:
  Program program_;
  pid_t pid_ = -1;
  bool ended_ = false;
  std::chrono::steady_clock::time_point started_;
  Ended result_;
  std::thread out_, err_;
};

Ended run_program(const Program& program);

// What both kinds of starting share: posix_spawn, with the program's words and environment.
pid_t spawn(const Program& program, const posix_spawn_file_actions_t& actions,
            const posix_spawnattr_t* attributes = nullptr);
int exit_code_of(int status);  // As in Ended, of waitpid's status.

}  // namespace miroir::test
