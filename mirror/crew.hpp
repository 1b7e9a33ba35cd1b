// One thread for each site, so that both are read and written at once, and a call that hangs can be
// given up.
//
// The engine's thread asks; a site's thread calls the site, tries again what may be (trying.hpp),
// and answers. A site drops out of the cycle when a call fails all the same, or when it has not
// answered by the deadline, or soon after somebody wanted an end: then its thread is left alone
// (`abandoned`) and the process must end by std::_Exit, since an ODBC call can hang past every
// timeout.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

#include "mirror/cycle.hpp"
#include "mirror/trying.hpp"

namespace miroir {

// What Crew and a site's thread share; it outlives a Crew whose thread hangs.
struct CrewSignal {
  std::mutex mutex;
  std::condition_variable changed;
};

class SiteThread {
 public:
  explicit SiteThread(std::shared_ptr<CrewSignal> signal);
  ~SiteThread();  // Joins, unless abandoned.
  SiteThread(const SiteThread&) = delete;
  SiteThread& operator=(const SiteThread&) = delete;

  void post(std::function<void()> job);
  void abandon();

 private:
  struct Queue {
    std::deque<std::function<void()>> jobs;
    bool closed = false;
  };
  static void work(const std::shared_ptr<CrewSignal>& signal, const std::shared_ptr<Queue>& queue);

  std::shared_ptr<CrewSignal> signal_;
  std::shared_ptr<Queue> queue_;
  std::thread thread_;
};

// An answer under way. Copyable handle; take() only once, after ready().
template <class R>
class Answer {
 public:
  struct State {
    std::optional<R> value;
    std::exception_ptr error;
    bool done = false;
  };
  explicit Answer(std::shared_ptr<State> state) : state_{std::move(state)} {}
  bool ready() const { return state_->done; }  // Under the signal's mutex.
  R take() {
    if (state_->error) std::rethrow_exception(state_->error);
    return std::move(*state_->value);
  }

 private:
  std::shared_ptr<State> state_;
};

class Crew {
 public:
  // With `one_thread` every call runs at once on the caller's thread: for simulations, which must
  // be repeatable.
  Crew(const Sites& sites, const Limits& limits, bool one_thread,
       Stopwatch stopwatch = std::chrono::steady_clock::now,
       StopAsked stop_asked = nobody_asked_to_stop);

  bool here(SiteId site) const {
    return !left_out_[index(site)] && !troubles_[index(site)].has_value();
  }
  // It is not called any more: no trouble.
  void leave_out(SiteId site) { left_out_[index(site)] = true; }
  std::vector<SiteTrouble> troubles() const;
  bool abandoned() const { return abandoned_; }
  const Stopwatch& stopwatch() const { return stopwatch_; }
  // Nothing more is begun: the deadline has passed, or somebody wants an end.
  bool is_ending() const { return why_ending() != CutShort::no; }
  CutShort why_ending() const {
    if (stop_asked_()) return CutShort::by_signal;
    return stopwatch_() >= deadline_ ? CutShort::by_time : CutShort::no;
  }
  void dismiss(SiteTrouble trouble);  // The site sits out the rest of the cycle.

  // Starts a call on the site's thread.
  template <class F>
  auto start(SiteId site, F call, Repeat repeat = Repeat::freely) {
    using R = std::invoke_result_t<F, Site&>;
    auto state = std::make_shared<typename Answer<R>::State>();
    auto job = [state, signal = signal_, call = std::move(call), target = sites_[index(site)],
                trying = trying(site, repeat)] {
      try {
        R value = with_tries(call, *target, trying());
        const std::scoped_lock lock{signal->mutex};
        state->value.emplace(std::move(value));
        state->done = true;
      } catch (...) {
        const std::scoped_lock lock{signal->mutex};
        state->error = std::current_exception();
        state->done = true;
      }
      signal->changed.notify_all();
    };
    if (threads_[index(site)])
      threads_[index(site)]->post(std::move(job));
    else
      job();
    return Answer<R>{state};
  }

  // Waits until one of these is ready, or the time for it is over (false).
  bool wait(const std::function<bool()>& ready);

  // Whether it is ready already.
  bool wait_now(const std::function<bool()>& ready) {
    const std::scoped_lock lock{signal_->mutex};
    return ready();
  }

  // The answer; nullopt when the call failed or hung, and then the site has dropped out.
  template <class R>
  std::optional<R> finish(SiteId site, Answer<R> answer) {
    if (!wait([&] { return answer.ready(); })) {
      give_up(site);
      return std::nullopt;
    }
    try {
      std::optional<R> value = answer.take();
      reached_[index(site)] = true;
      return value;
    } catch (const DbError& error) {
      dismiss(trouble_of(site, error));
      return std::nullopt;
    }
  }

  // Calls under way at both sites; none where a site was not here.
  template <class R>
  using Answers = PerSite<std::optional<Answer<R>>>;

  // Starts a call at both sites that are here. `call(SiteId, Site&)` must only touch what belongs
  // to its site.
  template <class F>
  auto start_both(F call) {
    using R = std::invoke_result_t<F, SiteId, Site&>;
    Answers<R> answers;
    for (const SiteId site : both_sites) {
      if (here(site)) answers[index(site)] = start(site, [=](Site& s) { return call(site, s); });
    }
    return answers;
  }

  // The answers of the sites that are still here.
  template <class R>
  PerSite<std::optional<R>> finish_both(const Answers<R>& answers) {
    PerSite<std::optional<R>> results;
    for (const SiteId site : both_sites) {
      if (answers[index(site)] && here(site))
        results[index(site)] = finish(site, *answers[index(site)]);
    }
    return results;
  }

  // Asks both sites that are here, at once.
  template <class F>
  auto ask(F call) {
    return finish_both<std::invoke_result_t<F, SiteId, Site&>>(start_both(std::move(call)));
  }

  void give_up(SiteId site);  // It hangs.
  static SiteTrouble trouble_of(SiteId site, const DbError& error);

 private:
  template <class F>
  static auto with_tries(const F& call, Site& site, Trying trying) {
    for (;;) {
      try {
        if (trying.line_was_lost()) site.connect();
        return call(site);
      } catch (const DbError& error) {
        const auto pause = trying.again(error);
        if (!pause) throw;
        std::this_thread::sleep_for(*pause);
      }
    }
  }

  // When what is under way is given up.
  std::chrono::steady_clock::time_point end() const;
  // Of a call that is posted now; time counts from when the site's thread begins with it.
  std::function<Trying()> trying(SiteId site, Repeat repeat);

  Sites sites_;
  std::shared_ptr<CrewSignal> signal_ = std::make_shared<CrewSignal>();
  PerSite<std::unique_ptr<SiteThread>> threads_;
  PerSite<std::optional<SiteTrouble>> troubles_;
  PerSite<bool> left_out_{};
  Stopwatch stopwatch_;
  StopAsked stop_asked_;
  std::chrono::steady_clock::time_point deadline_;
  Limits limits_;
  PerSite<bool> reached_{};
  std::minstd_rand chance_;
  bool abandoned_ = false;
};

}  // namespace miroir
