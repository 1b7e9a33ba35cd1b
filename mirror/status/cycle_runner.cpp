#include "mirror/status/cycle_runner.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <nlohmann/json.hpp>

#include "mirror/cli/child.hpp"
#include "mirror/status/speech.hpp"

namespace miroir {
namespace {

constexpr std::int64_t minute_micros = 60'000'000;
constexpr std::int64_t grace_micros = 2 * minute_micros;  // Beyond a cycle's own deadline.
constexpr std::size_t said_max = 1 << 20;

// What a child that logged no cycle had to say.
std::string error_in(const std::string& json) {
  const auto report = nlohmann::json::parse(json, nullptr, false);
  if (!report.is_object()) return {};
  std::string text = report.value("error", "");
  if (const std::string hint = report.value("hint", ""); !hint.empty()) text += " (" + hint + ")";
  return text;
}

}  // namespace

Instant next_start(Instant now, std::chrono::minutes every) {
  const std::int64_t step = every.count() * minute_micros;
  return {(now.micros / step + 1) * step};
}

CycleRunner::CycleRunner(const Config& config) : config_{config} {
  if (config_.serve.runs_cycles) state_.next = next_start(now_instant(), config_.serve.every);
}

CycleRunner::State CycleRunner::state() const {
  const std::scoped_lock lock{mutex_};
  return state_;
}

bool CycleRunner::start(const std::string& accepted) {
  const std::scoped_lock lock{mutex_};
  return start_locked(accepted);
}

bool CycleRunner::start_locked(const std::string& accepted) {
  if (child_ > 0) return false;
  std::vector<std::string> command{"miroir", "cycle", "--json", "--config",
                                   std::filesystem::absolute(config_.file).string()};
  if (!accepted.empty()) command.insert(command.end(), {"--accept", accepted});
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  child_ = start_child({.program = this_program, .words = std::move(command), .output = ends[1]});
  ::close(ends[1]);
  if (child_ < 0) {
    ::close(ends[0]);
    return false;
  }
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  output_ = ends[0];
  said_.clear();
  const auto deadline =
      std::chrono::duration_cast<std::chrono::microseconds>(config_.limits.deadline).count();
  kill_at_ = {now_instant().micros + deadline + grace_micros};
  state_.running = true;
  return true;
}

// Reads what the child says, so that it never waits for us, and notices its end.
void CycleRunner::reap(Instant now) {
  std::array<char, 65'536> buffer;
  for (ssize_t got = 1; got > 0;) {
    got = ::read(output_, buffer.data(), buffer.size());
    if (got > 0 && said_.size() < said_max)
      said_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  int status = 0;
  if (::waitpid(child_, &status, WNOHANG) != child_) {
    if (now.micros > kill_at_.micros) ::kill(child_, SIGKILL);
    return;
  }
  ::close(output_);
  child_ = output_ = -1;
  state_.running = false;
  state_.last_exit = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  state_.last_error = *state_.last_exit == 1 || *state_.last_exit == 2 ? error_in(said_) : "";
}

void CycleRunner::tick(Instant now) {
  const std::scoped_lock lock{mutex_};
  if (child_ > 0) reap(now);
  if (!state_.next || now.micros < state_.next->micros) return;
  state_.next = next_start(now, config_.serve.every);
  start_locked("");
}

}  // namespace miroir
