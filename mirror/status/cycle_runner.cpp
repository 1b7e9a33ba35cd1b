#include "mirror/status/cycle_runner.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "mirror/status/speech.hpp"

namespace miroir {
namespace {

constexpr std::int64_t minute_micros = 60'000'000;
constexpr std::int64_t grace_micros = 2 * minute_micros;  // Beyond a cycle's own deadline.

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

bool CycleRunner::start(const std::string& accepted, const std::string& by) {
  const std::scoped_lock lock{mutex_};
  return start_locked(accepted, by);
}

bool CycleRunner::start_locked(const std::string& accepted, const std::string& by) {
  std::vector<std::string> words{"cycle", "--config",
                                 std::filesystem::absolute(config_.file).string()};
  if (!accepted.empty()) words.insert(words.end(), {"--accept", accepted, "--by=" + by});
  if (!child_.start(std::move(words))) return false;
  const auto deadline =
      std::chrono::duration_cast<std::chrono::microseconds>(config_.limits.deadline).count();
  kill_at_ = {now_instant().micros + deadline + grace_micros};
  state_.running = true;
  return true;
}

void CycleRunner::reap(Instant now) {
  if (!child_.poll()) {
    if (child_.is_running() && now.micros > kill_at_.micros) child_.kill();
    return;
  }
  state_.running = false;
  state_.last_exit = child_.exit();
  const bool failed = child_.exit() == 1 || child_.exit() == 2;
  state_.last_error = failed ? error_in(child_.said()) : "";
}

bool CycleRunner::stop() {
  const std::scoped_lock lock{mutex_};
  return child_.stop();
}

void CycleRunner::tick(Instant now) {
  const std::scoped_lock lock{mutex_};
  reap(now);
  if (!state_.next || now.micros < state_.next->micros) return;
  state_.next = next_start(now, config_.serve.every);
  start_locked("", "");
}

}  // namespace miroir
