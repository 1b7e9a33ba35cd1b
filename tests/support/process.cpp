#include "tests/support/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

extern char** environ;

namespace miroir::test {
namespace {

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error{"cannot make a pipe"};
  }
};

// Until the program has closed its end.
std::thread reader(int from, std::string& into) {
  return std::thread{[from, &into] {
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::read(from, buffer.data(), buffer.size())) > 0;) {
      into.append(buffer.data(), static_cast<std::size_t>(got));
    }
    ::close(from);
  }};
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> list;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text{*entry};
    if (!added.contains(text.substr(0, text.find('=')))) list.push_back(text);
  }
  for (const auto& [name, value] : added) list.push_back(name + "=" + value);
  return list;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

pid_t spawn_into(const Program& program, int out, int err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  const pid_t pid = spawn(program, actions);
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

}  // namespace

pid_t spawn(const Program& program, const posix_spawn_file_actions_t& actions,
            const posix_spawnattr_t* attributes) {
  std::vector<std::string> words = program.command;
  std::vector<std::string> environment = environment_with(program.environment);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, words.at(0).c_str(), &actions, attributes,
                                  pointers(words).data(), pointers(environment).data());
  if (error != 0) throw std::runtime_error{"cannot start " + words.at(0)};
  return pid;
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Running::Running(const Program& program)
    : program_{program}, started_{std::chrono::steady_clock::now()} {
  const Pipe out, err;
  pid_ = spawn_into(program, out.ends[1], program.err_into < 0 ? err.ends[1] : program.err_into);
  ::close(out.ends[1]);
  ::close(err.ends[1]);
  out_ = reader(out.ends[0], result_.out);
  err_ = reader(err.ends[0], result_.err);
}

void Running::send(int signal) const {
  if (!ended_) ::kill(pid_, signal);
}

Ended Running::wait() {
  int status = 0;
  while (!ended_ && ::waitpid(pid_, &status, WNOHANG) != pid_) {
    if (std::chrono::steady_clock::now() - started_ > program_.timeout) {
      throw std::runtime_error{"did not end in time: " + program_.command.at(0)};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  if (!ended_) {
    ended_ = true;
    out_.join();
    err_.join();
    result_.exit_code = exit_code_of(status);
    result_.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  }
  return result_;
}

Running::~Running() {
  if (ended_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  out_.join();
  err_.join();
}

Ended run_program(const Program& program) {
  Running running{program};
  return running.wait();
}

}  // namespace miroir::test
