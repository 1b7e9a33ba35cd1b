#include "mirror/status/task_runner.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "mirror/status/speech.hpp"

namespace miroir {
namespace {

using nlohmann::json;
using Phase = TaskRunner::Phase;

constexpr std::int64_t grace_micros = 120'000'000;  // Beyond a cycle's own deadline.

bool is_at_work(Phase phase) { return phase == Phase::rehearsing || phase == Phase::working; }

std::shared_ptr<const json> parsed(const std::string& said) {
  auto object = json::parse(said, nullptr, false);
  if (!object.is_object()) return nullptr;
  return std::make_shared<const json>(std::move(object));
}

}  // namespace

TaskRunner::State TaskRunner::state() const {
  const std::scoped_lock lock{mutex_};
  return state_;
}

std::string TaskRunner::stamp() const {
  const std::scoped_lock lock{mutex_};
  return fmt::format("{} {} {}", state_.id, static_cast<int>(state_.phase), state_.progress);
}

bool TaskRunner::start(const Task& task, std::vector<std::string> more, Phase phase) {
  std::vector<std::string> words{task.verb, "--config",
                                 std::filesystem::absolute(config_.file).string()};
  words.insert(words.end(), task.options.begin(), task.options.end());
  words.insert(words.end(), more.begin(), more.end());
  if (!child_.start(std::move(words), task.arguments)) return false;
  state_.phase = phase;
  state_.progress.clear();
  state_.since = now_instant();
  kill_at_ = {};
  return true;
}

bool TaskRunner::rehearse(const Task& task) {
  const std::scoped_lock lock{mutex_};
  if (is_at_work(state_.phase) || !start(task, {"--dry-run"}, Phase::rehearsing)) return false;
  ++state_.id;
  state_.task = task;
  state_.shown = state_.result = nullptr;
  return true;
}

bool TaskRunner::carry_out(std::int64_t id, const std::string& by) {
  const std::scoped_lock lock{mutex_};
  if (state_.id != id || state_.phase != Phase::shown || !state_.shown) return false;
  std::vector<std::string> more{"--by=" + by};
  // Nothing after the sign would make the next option the reason.
  if (!state_.task.reason.empty()) more.push_back("--reason=" + state_.task.reason);
  if (state_.task.verb == "resync") {
    more.push_back("--seen=" + state_.shown->value("seen", ""));
    more.emplace_back("--yes");
  } else {
    more.emplace_back("--now");
  }
  state_.task.by = by;
  return start(state_.task, std::move(more), Phase::working);
}

void TaskRunner::discard(std::int64_t id) {
  const std::scoped_lock lock{mutex_};
  if (state_.id != id || state_.phase == Phase::working) return;
  if (state_.phase == Phase::rehearsing) child_.kill();  // tick() sees it end.
  if (state_.phase != Phase::rehearsing) state_.phase = Phase::none;
}

bool TaskRunner::stop() {
  const std::scoped_lock lock{mutex_};
  return child_.stop();
}

void TaskRunner::tick(Instant now) {
  const std::scoped_lock lock{mutex_};
  if (!is_at_work(state_.phase)) return;
  const bool ended = child_.poll();
  const auto patience =
      std::chrono::duration_cast<std::chrono::microseconds>(config_.limits.deadline).count();
  // As long as it comes on it may take as long as it takes.
  if (kill_at_.micros == 0 || child_.progress() != state_.progress)
    kill_at_ = {now.micros + patience + grace_micros};
  state_.progress = child_.progress();
  if (!ended) {
    if (now.micros > kill_at_.micros) child_.kill();
    return;
  }
  const bool rehearsed = state_.phase == Phase::rehearsing;
  (rehearsed ? state_.shown : state_.result) = parsed(child_.said());
  state_.exit = child_.exit();
  state_.phase = rehearsed ? Phase::shown : Phase::done;
  state_.since = now;
}

}  // namespace miroir
