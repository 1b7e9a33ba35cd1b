#include "mirror/deliver.hpp"

#include <algorithm>
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
  std::optional<Answer<Delivered>> answer;
  std::chrono::steady_clock::time_point sent{};
  bool done = false;
};

class Delivering {
 public:
  Delivering(const Scope& scope, Crew& crew, Store& store, const Mapping& mapping,
             const CycleOptions& options, CycleNumber cycle)
      : crew_{crew}, options_{options} {
    for (const SiteId site : both_sites) {
      if (scope.here[index(site)] && crew.here(site)) {
        lanes_.push_back({site, {site, scope, store, mapping, options, cycle}, {}, {}, {}, false});
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
    auto next = crew_.out_of_time() ? std::nullopt : lane.delivery.next();
    if (!next) {
      lane.done = true;
      return;
    }
    lane.batch = std::make_shared<const Batch>(std::move(*next));
    options_.at_step("deliver");
    lane.sent = options_.stopwatch();
    // A single aggregate that another transaction blocks is simply busy; a deadlock of many is
    // worth another try.
    const int tries = lane.batch->writes.size() > 1 ? 2 : 1;
    lane.answer = crew_.start(
        lane.site, [batch = lane.batch](Site& site) { return site.deliver(*batch); }, tries);
  }

  bool wait_for_one() {
    const auto some = [&](auto test) { return std::any_of(lanes_.begin(), lanes_.end(), test); };
    if (!some([](const Lane& lane) { return lane.answer.has_value(); })) return false;
    if (crew_.wait(
            [&] { return some([](const Lane& l) { return l.answer && l.answer->ready(); }); }))
      return true;
    for (Lane& lane : lanes_) {
      if (lane.answer)
        crew_.give_up(lane.site);  // Its batch stays recorded: the next cycle settles it.
    }
    return false;
  }

  void take_answer(Lane& lane) {
    if (!lane.answer || !crew_.wait_now([&] { return lane.answer->ready(); })) return;
    Answer<Delivered> answer = *std::exchange(lane.answer, std::nullopt);
    try {
      const Delivered delivered = answer.take();
      lane.delivery.took(options_.stopwatch() - lane.sent);
      options_.at_step("record");
      lane.delivery.delivered(*lane.batch, delivered);
    } catch (const DbError& error) {
      take_error(lane, error);
    }
  }

  void take_error(Lane& lane, const DbError& error) {
    const bool rolled_back =
        error.recovery() == Recovery::refused || error.recovery() == Recovery::retry;
    if (rolled_back) {
      lane.delivery.failed(*lane.batch, error);
    } else {
      crew_.dismiss(
          Crew::trouble_of(lane.site, error));  // In doubt, or gone: settled by the next cycle.
      lane.done = true;
    }
  }

  Crew& crew_;
  const CycleOptions& options_;
  std::vector<Lane> lanes_;
};

}  // namespace

PerSite<std::size_t> deliver_behind(const Scope& scope, Crew& crew, Store& store,
                                    const Mapping& mapping, const CycleOptions& options,
                                    CycleNumber cycle) {
  return Delivering{scope, crew, store, mapping, options, cycle}.run();
}

}  // namespace miroir
