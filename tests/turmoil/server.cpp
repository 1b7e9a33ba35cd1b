#include "tests/turmoil/server.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "tests/support/process.hpp"

namespace miroir::turmoil {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::string contents(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::filesystem::path proc(pid_t pid) { return "/proc/" + std::to_string(pid); }

// One that has ended and that nobody has waited for yet is not running.
bool is_running(pid_t pid) {
  const std::string stat = contents(proc(pid) / "stat");
  const std::size_t name_ends = stat.rfind(')');
  return name_ends != std::string::npos && stat.at(name_ends + 2) != 'Z';
}

}  // namespace

Server::Server(std::filesystem::path pid_file, std::filesystem::path log,
               std::function<bool()> answers)
    : pid_file_{std::move(pid_file)}, log_{std::move(log)}, answers_{std::move(answers)} {
  const pid_t running = pid();
  if (running == 0) throw std::runtime_error{"no server writes " + pid_file_.string()};
  // A session of its own, and not our child: it may outlive us, until deploy/servers.sh stops it.
  command_ = {"/bin/sh", "-c", R"(exec setsid --fork "$@" >>"$0" 2>&1 </dev/null)", log_.string()};
  struct stat owner {};
  if (::geteuid() == 0 && ::stat(proc(running).c_str(), &owner) == 0) {
    command_.insert(command_.end(), {"setpriv", "--reuid=" + std::to_string(owner.st_uid),
                                     "--regid=" + std::to_string(owner.st_gid), "--clear-groups"});
  }
  const std::string words = contents(proc(running) / "cmdline");
  for (std::size_t at = 0; at < words.size(); at = words.find('\0', at) + 1)
    command_.emplace_back(words.c_str() + at);
}

pid_t Server::pid() const {
  std::ifstream in{pid_file_};
  pid_t pid = 0;
  in >> pid;
  return pid > 0 && is_running(pid) ? pid : 0;
}

void Server::start() const {
  const test::Ended ended = test::run_program({.command = command_});
  if (ended.exit_code != 0) throw std::runtime_error{"cannot start a server again: " + ended.err};
}

void Server::restart(int signal) {
  const auto give_up = Clock::now() + 60s;
  if (const pid_t running = pid(); running != 0) {
    ::kill(running, signal);
    while (is_running(running)) {
      if (Clock::now() > give_up) throw std::runtime_error{"a server does not end"};
      std::this_thread::sleep_for(20ms);
    }
  }
  // One that was killed leaves processes behind that must see it first; until then none can start.
  for (Clock::time_point started{}; !answers_(); std::this_thread::sleep_for(100ms)) {
    if (Clock::now() > give_up)
      throw std::runtime_error{"a server does not start again; see " + log_.string()};
    if (pid() == 0 && Clock::now() - started > 1s) {
      start();
      started = Clock::now();
    }
  }
}

}  // namespace miroir::turmoil
