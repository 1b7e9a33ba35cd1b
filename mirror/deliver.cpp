#include "mirror/deliver.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

#include "mirror/site_delivery.hpp"

namespace miroir {
namespace {

// One site's delivery and the batch that is under way there.
struct Lane {
  SiteId site;
  SiteDelivery delivery;
  std::shared_ptr<const Batch> batch;  // Shared with the site's thread, which may outlive us.
  std::shared_ptr<std::atomic<int>> times_late;  // How often it took too long.
  std::optional<Answer<Delivered>> answer;
  std::chrono::steady_clock::time_point sent{};
  int losses = 0;  // Of answers, one after the other.
  bool done = false;
};

class Delivering {
 public:
  Delivering(const Scope& scope, Crew& crew, Store& store, const Mapping& mapping,
             const CycleOptions& options, CycleNumber cycle)
      : crew_{crew}, store_{store}, mapping_{mapping}, options_{options}, cycle_{cycle} {
    for (const SiteId site : both_sites) {
      if (scope.here[index(site)] && crew.here(site)) {
        lanes_.push_back(
            {site, {site, scope, store, mapping, options, cycle}, {}, {}, {}, {}, 0, false});
      }
    }
  }

  PerSite<std::size_t> run() {
    for (;;) {
      for (Lane& lane : lanes_) send_next(lane);
      if (!wait_for_one()) break;
      for (Lane& lane : lanes_) take_answer(lane);
    }
    PerSite<std::size_t> written{};
    for (const Lane& lane : lanes_) written[index(lane.site)] = lane.delivery.written();
    return written;
  }

 private:
  void send_next(Lane& lane) {
    if (lane.done || lane.answer) return;
    lane.batch.reset();
    auto next = crew_.is_ending() ? std::nullopt : lane.delivery.next();
    if (!next) return end(lane, lane.delivery.conclude());
    lane.batch = std::make_shared<const Batch>(std::move(*next));
    options_.at_step("deliver");
    lane.sent = options_.stopwatch();
    lane.times_late = std::make_shared<std::atomic<int>>(0);
    lane.answer = crew_.start(
        lane.site,
        [batch = lane.batch, times_late = lane.times_late](Site& site) {
          try {
            return site.deliver(*batch);
          } catch (const DbError& error) {
            if (is_late(error)) ++*times_late;
            throw;
          }
        },
        lane.batch->writes.size() == 1 ? Repeat::if_undone : Repeat::if_prompt);
  }

  bool wait_for_one() {
    const auto some = [&](auto test) { return std::any_of(lanes_.begin(), lanes_.end(), test); };
    if (!some([](const Lane& lane) { return lane.answer.has_value(); })) return false;
    if (crew_.wait(
            [&] { return some([](const Lane& l) { return l.answer && l.answer->ready(); }); }))
      return true;
    for (Lane& lane : lanes_) {
      if (!lane.answer) continue;
      crew_.give_up(lane.site);  // Its batch stays recorded: the next cycle settles it.
      static_cast<void>(lane.delivery.conclude());
    }
    return false;
  }

  void take_answer(Lane& lane) {
    if (!lane.answer || !crew_.wait_now([&] { return lane.answer->ready(); })) return;
    Answer<Delivered> answer = *std::exchange(lane.answer, std::nullopt);
    try {
      const Delivered delivered = answer.take();
      lane.losses = 0;
      lane.delivery.took(options_.stopwatch() - lane.sent);
      options_.at_step("record");
      lane.delivery.delivered(*lane.batch, delivered);
    } catch (const DbError& error) {
      take_error(lane, error);
    }
  }

  void take_error(Lane& lane, const DbError& error) {
    // What was lost without an answer is settled by the next cycle; all else was rolled back.
    if (is_late(error)) lane.delivery.took(options_.stopwatch() - lane.sent);
    if (!is_lost(error)) lane.delivery.failed(*lane.batch, error, *lane.times_late);
    const bool goes_on = is_lost(error) ? settle(lane) : !lane.delivery.is_hopeless();
    if (!goes_on) end(lane, error);
  }

  void end(Lane& lane, const std::optional<DbError>& error) {
    if (error) crew_.dismiss(Crew::trouble_of(lane.site, *error));
    lane.done = true;
  }

  // In doubt, or gone: its marker tells, as soon as the line is back. A batch that cuts it again
  // and again is left to the next cycle.
  bool settle(Lane& lane) {
    const int losses_max = std::min(options_.limits.tries, options_.limits.tries_lost);
    if (++lane.losses >= losses_max) return false;
    options_.at_step("settle");
    const auto settled = settle_batch({lane.site, *lane.batch}, crew_, store_, mapping_, cycle_);
    if (settled) lane.delivery.settled(*lane.batch, *settled);
    return settled.has_value();
  }

  Crew& crew_;
  Store& store_;
  const Mapping& mapping_;
  const CycleOptions& options_;
  CycleNumber cycle_;
  std::vector<Lane> lanes_;
};

}  // namespace

PerSite<std::size_t> deliver_behind(const Scope& scope, Crew& crew, Store& store,
                                    const Mapping& mapping, const CycleOptions& options,
                                    CycleNumber cycle) {
  return Delivering{scope, crew, store, mapping, options, cycle}.run();
}

}  // namespace miroir
