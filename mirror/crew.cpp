#include "mirror/crew.hpp"

#include <algorithm>

namespace miroir {

SiteThread::SiteThread(std::shared_ptr<CrewSignal> signal)
    : signal_{std::move(signal)},
      queue_{std::make_shared<Queue>()},
      thread_{[shared = signal_, queue = queue_] { work(shared, queue); }} {}

SiteThread::~SiteThread() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock{signal_->mutex};
    queue_->closed = true;
  }
  signal_->changed.notify_all();
  thread_.join();
}

void SiteThread::post(std::function<void()> job) {
  {
    const std::scoped_lock lock{signal_->mutex};
    queue_->jobs.push_back(std::move(job));
  }
  signal_->changed.notify_all();
}

void SiteThread::abandon() {
  if (thread_.joinable()) thread_.detach();
}

void SiteThread::work(const std::shared_ptr<CrewSignal>& signal,
                      const std::shared_ptr<Queue>& queue) {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock{signal->mutex};
      signal->changed.wait(lock, [&] { return queue->closed || !queue->jobs.empty(); });
      if (queue->jobs.empty()) return;
      job = std::move(queue->jobs.front());
      queue->jobs.pop_front();
    }
    job();
  }
}

Crew::Crew(const Sites& sites, const Limits& limits, bool one_thread, Stopwatch stopwatch,
           StopAsked stop_asked)
    : sites_{sites},
      stopwatch_{std::move(stopwatch)},
      stop_asked_{std::move(stop_asked)},
      deadline_{stopwatch_() + limits.deadline},
      limits_{limits},
      chance_{limits.chance} {
  if (one_thread) return;
  for (auto& thread : threads_) thread = std::make_unique<SiteThread>(signal_);
}

std::function<Trying()> Crew::trying(SiteId site, Repeat repeat) {
  return [limits = limits_, repeat, reached = reached_[index(site)],
          seed = static_cast<unsigned>(chance_()), stopwatch = stopwatch_,
          end = deadline_] { return Trying{limits, repeat, reached, seed, stopwatch, end}; };
}

std::vector<SiteTrouble> Crew::troubles() const {
  std::vector<SiteTrouble> all;
  for (const auto& trouble : troubles_) {
    if (trouble) all.push_back(*trouble);
  }
  return all;
}

void Crew::dismiss(SiteTrouble trouble) {
  auto& mine = troubles_[index(trouble.site)];
  if (!mine) mine = std::move(trouble);
}

bool Crew::wait(const std::function<bool()>& ready) {
  constexpr std::chrono::milliseconds look_again{100};  // Whether somebody wants an end.
  std::unique_lock lock{signal_->mutex};
  for (;;) {
    const auto until = std::min(end(), std::chrono::steady_clock::now() + look_again);
    if (signal_->changed.wait_until(lock, until, ready)) return true;
    if (std::chrono::steady_clock::now() >= end()) return false;
  }
}

std::chrono::steady_clock::time_point Crew::end() const {
  const auto asked = stop_asked_();
  return asked ? std::min(deadline_, *asked + limits_.farewell) : deadline_;
}

void Crew::give_up(SiteId site) {
  threads_[index(site)]->abandon();
  abandoned_ = true;
  const bool in_time = why_ending() == CutShort::by_signal;
  dismiss(
      {site, Exit::unreachable,
       in_time ? "the cycle was to end, and the site has not answered soon"
               : "the site has not answered before the cycle's deadline",
       in_time
           ? "the next cycle settles what was under way"
           : "look for a hanging server or line; the next cycle goes on where this one stopped"});
}

SiteTrouble Crew::trouble_of(SiteId site, const DbError& error) {
  const bool configuration =
      error.recovery() == Recovery::misconfigured || error.recovery() == Recovery::refused;
  return {site, configuration ? Exit::usage : Exit::unreachable, error.what(),
          std::string{error.hint()}};
}

}  // namespace miroir
