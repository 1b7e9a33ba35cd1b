#include "tests/support/held_cycle.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace miroir::test {
namespace {

constexpr int one_page = 4096;
constexpr std::string_view word = " step ";

Program cycle_of(const Pair& pair, int err_into) {
  auto config = pair.config();
  config["log"]["level"] = "debug";
  pair.write_config(config);
  Program program = pair.program({"cycle", "--json"});
  program.err_into = err_into;
  return program;
}

bool shows(int from, short events) {
  pollfd end{.fd = from, .events = POLLIN, .revents = 0};
  return ::poll(&end, 1, 0) == 1 && (end.revents & events) != 0;
}
// A line stands in the pipe; nobody is left who could write another.
bool has_line(int from) { return shows(from, POLLIN); }
bool is_closed(int from) { return shows(from, POLLHUP); }

std::string sleeps_in(const std::filesystem::path& wchan) {
  std::string kernel;
  std::ifstream{wchan} >> kernel;
  return kernel;
}

// A thread that was woken to write does not seem to sleep any more.
bool sleeps_in_pipe(const std::filesystem::path& wchan) {
  return sleeps_in(wchan).find("pipe_write") != std::string::npos;
}

// A folder for each thread; none once the process has ended.
std::vector<std::filesystem::path> tasks_of(pid_t process) {
  std::vector<std::filesystem::path> tasks;
  std::error_code ended;
  std::filesystem::directory_iterator task{"/proc/" + std::to_string(process) + "/task", ended};
  for (; !ended && task != std::filesystem::directory_iterator{}; task.increment(ended))
    tasks.push_back(task->path());
  return tasks;
}

std::string step_of(const std::string& line) {
  const std::size_t at = line.find(word);
  if (at == std::string::npos) return {};
  return line.substr(at + word.size(), line.find('\n') - at - word.size());
}

}  // namespace

HeldCycle::HeldCycle(const Pair& pair) {
  std::array<int, 2> ends{};
  // Packets of one page in a pipe of one page: there is room for a single line.
  if (::pipe2(ends.data(), O_CLOEXEC | O_DIRECT) != 0 ||
      ::fcntl(ends[1], F_SETPIPE_SZ, one_page) != one_page || ::write(ends[1], "-", 1) != 1) {
    throw std::runtime_error{"cannot make a pipe for one line"};
  }
  from_ = ends[0];
  running_ = std::make_unique<Running>(cycle_of(pair, ends[1]));
  ::close(ends[1]);
  while (!is_held() && !is_closed(from_)) pause();
}

HeldCycle::~HeldCycle() {
  if (drain_.joinable()) {
    running_->send(SIGKILL);
    drain_.join();
  }
  running_.reset();
  ::close(from_);
}

// By its first thread, which does the steps.
bool HeldCycle::is_held() const {
  return sleeps_in_pipe("/proc/" + std::to_string(pid()) + "/wchan");
}

// By one of the others.
bool HeldCycle::is_site_held() const {
  for (const auto& task : tasks_of(pid())) {
    if (task.filename() != std::to_string(pid()) && sleeps_in_pipe(task / "wchan")) return true;
  }
  return false;
}

// Copies what stands in the pipe and leaves it there.
std::string HeldCycle::peek() const {
  std::array<int, 2> copy{};
  std::array<char, one_page> line{};
  if (::pipe2(copy.data(), O_CLOEXEC) != 0) throw std::runtime_error{"cannot make a pipe"};
  const ssize_t there = ::tee(from_, copy[1], line.size(), SPLICE_F_NONBLOCK);
  const ssize_t got = there <= 0 ? 0 : ::read(copy[0], line.data(), line.size());
  ::close(copy[0]);
  ::close(copy[1]);
  return {line.data(), static_cast<std::size_t>(got)};
}

// Where each of its threads sleeps, which tells who waits for whom.
std::string HeldCycle::sleeping_in() const {
  std::string all;
  for (const auto& task : tasks_of(pid())) {
    std::string line, state;
    for (std::ifstream status{task / "status"}; std::getline(status, line);) {
      if (line.starts_with("State:")) state = line.substr(6);
    }
    all += "\n  thread " + task.filename().string() + state + " in " + sleeps_in(task / "wchan");
  }
  return all;
}

void HeldCycle::pause() const {
  if (std::chrono::steady_clock::now() > give_up_) {
    throw std::runtime_error{"the cycle comes to no further step after " +
                             (steps_.empty() ? "its start" : steps_.back()) + sleeping_in() +
                             "\nit has said:\n" + log_};
  }
  ::poll(nullptr, 0, 1);
}

// Takes the line that stands there and waits for the next one; false: there is none.
bool HeldCycle::take_line() {
  std::array<char, one_page> taken{};
  const ssize_t got = ::read(from_, taken.data(), taken.size());
  if (got <= 0) return false;
  log_.append(taken.data(), static_cast<std::size_t>(got));
  // First it must have come: until then its writer may still seem to sleep in writing it.
  while (!has_line(from_)) {
    if (is_closed(from_)) return false;
    pause();
  }
  if (const std::string step = step_of(peek()); !step.empty()) steps_.push_back(step);
  return true;
}

bool HeldCycle::next() {
  if (!take_line()) return false;
  while (!is_held()) {
    if (is_closed(from_)) return false;
    if (!is_site_held()) {
      pause();
    } else if (!take_line()) {
      return false;
    }
  }
  return true;
}

void HeldCycle::go_past(const std::string& step) {
  do {
    if (!next()) throw std::runtime_error{"the cycle ended without the step " + step};
  } while (steps_.empty() || steps_.back() != step);
}

void HeldCycle::let_run() {
  drain_ = std::thread{[from = from_] {
    std::array<char, one_page> line{};
    while (::read(from, line.data(), line.size()) > 0) {
    }
  }};
}

Ended HeldCycle::kill() {
  running_->send(SIGKILL);
  const Ended ended = running_->wait();
  if (drain_.joinable()) drain_.join();
  return ended;
}

Ended HeldCycle::finish() {
  if (!drain_.joinable()) let_run();
  Ended ended = running_->wait();
  drain_.join();
  return ended;
}

}  // namespace miroir::test
