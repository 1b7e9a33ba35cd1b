#include "mirror/cli/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace miroir {
namespace {

constexpr std::chrono::milliseconds look_again{20};
constexpr std::size_t told_max = 300;

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Ours, with what is added.
std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text{*entry};
    if (!added.contains(text.substr(0, text.find('=')))) all.push_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

class Actions {
 public:
  Actions() { posix_spawn_file_actions_init(&actions_); }
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  void connect(int ours, int there, int mode) {
    if (ours < 0) {
      posix_spawn_file_actions_addopen(&actions_, there, "/dev/null", mode, 0);
    } else {
      posix_spawn_file_actions_adddup2(&actions_, ours, there);
    }
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// Unnamed and in memory: what stands in it neither blocks a writer nor waits for a reader.
class Scratch {
 public:
  explicit Scratch(const std::string& text) : file_{::memfd_create("miroir", MFD_CLOEXEC)} {
    if (file_ < 0) throw std::runtime_error{std::string{"no memory file: "} + std::strerror(errno)};
    std::size_t done = 0;
    while (done < text.size()) {
      const ssize_t wrote = ::write(file_, text.data() + done, text.size() - done);
      if (wrote <= 0) break;
      done += static_cast<std::size_t>(wrote);
    }
    ::lseek(file_, 0, SEEK_SET);
  }
  ~Scratch() { ::close(file_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  int file() const { return file_; }
  std::string end() const {
    const off_t size = ::lseek(file_, 0, SEEK_END);
    std::string text(std::min<std::size_t>(static_cast<std::size_t>(size), told_max), '\0');
    const ssize_t got =
        ::pread(file_, text.data(), text.size(), size - static_cast<off_t>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }

 private:
  int file_;
};

}  // namespace

pid_t start_child(const ChildStart& start) {
  std::vector<std::string> words = start.words, environment = environment_with(start.environment);
  Actions actions;
  actions.connect(start.input, STDIN_FILENO, O_RDONLY);
  actions.connect(start.output, STDOUT_FILENO, O_WRONLY);
  actions.connect(start.error, STDERR_FILENO, O_WRONLY);
  if (start.third >= 0) actions.connect(start.third, third_in_child, O_WRONLY);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  pid_t child = -1;
  const int error = posix_spawn(&child, start.program.c_str(), actions.get(), &attributes,
                                pointers_to(words).data(), pointers_to(environment).data());
  posix_spawnattr_destroy(&attributes);
  if (error != 0) spdlog::error("{} cannot be started: {}", start.program, std::strerror(error));
  return error == 0 ? child : -1;
}

std::optional<int> ended(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, WNOHANG) != child) return std::nullopt;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::optional<int> await_child(pid_t child, std::chrono::milliseconds limit) {
  const auto ends = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < ends) {
    if (const auto how = ended(child)) return how;
    std::this_thread::sleep_for(look_again);
  }
  ::kill(-child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return std::nullopt;
}

void run_child(ChildStart start, const std::string& input, std::chrono::milliseconds limit) {
  const Scratch in{input}, error{""};
  start.input = in.file();
  start.error = error.file();
  const pid_t child = start_child(start);
  if (child < 0) throw std::runtime_error{start.program + " cannot be started"};
  const auto ended = await_child(child, limit);
  if (!ended)
    throw std::runtime_error{fmt::format("{} was killed: it did not end within {} s", start.program,
                                         limit.count() / 1000)};
  if (*ended != 0)
    throw std::runtime_error{fmt::format("{} ended with {}{}{}", start.program, *ended,
                                         error.end().empty() ? "" : ": ", error.end())};
}

}  // namespace miroir
