#include "tests/storm/draw.hpp"

#include <algorithm>
#include <random>
#include <tuple>

namespace miroir::storm {
namespace {

struct Weight {
  Kind kind;
  int weight;
};

constexpr Weight people[] = {
    {Kind::new_customer, 4},
    {Kind::new_twins, 3},
    {Kind::edit_text, 12},
    {Kind::edit_note, 3},
    {Kind::agree_on_note, 1},
    {Kind::add_points, 6},
    {Kind::add_points_late, 2},
    {Kind::raise_change, 2},
    {Kind::edit_phone, 5},
    {Kind::edit_address, 4},
    {Kind::rename_customer, 3},
    {Kind::delete_customer, 2},
    {Kind::reuse_customer_key, 2},
    {Kind::customer_comes_again, 2},
    {Kind::replace_customer, 1},
    {Kind::new_order, 8},
    {Kind::edit_order, 5},
    {Kind::step_stage, 4},
    {Kind::move_order, 2},
    {Kind::add_line, 4},
    {Kind::edit_line, 5},
    {Kind::change_wine, 2},
    {Kind::delete_line, 2},
    {Kind::delete_order, 2},
    {Kind::rename_order, 2},
    {Kind::new_item, 1},
    {Kind::sell, 5},
};
constexpr Weight clerks[] = {{Kind::answer, 3}, {Kind::undo, 1}};
constexpr Weight scope[] = {{Kind::leave, 3}, {Kind::come_back, 3}};
constexpr Weight troubles[] = {
    {Kind::fault_before, 4}, {Kind::fault_after, 5}, {Kind::fault_stalled, 3},
    {Kind::fault_queued, 3}, {Kind::crash, 5},       {Kind::lock_row, 3},
    {Kind::refuse_row, 2},   {Kind::allow_rows, 1},  {Kind::unlock_rows, 1},
    {Kind::land, 2},         {Kind::set_clock, 1},   {Kind::time_is_up, 2},
};

constexpr int events_of_people = 34;  // In a schedule, about.

class Drawing {
 public:
  explicit Drawing(std::uint64_t seed) : rng_{seed} { schedule_.seed = seed; }

  Schedule draw() {
    schedule_.scoped = pick(2) == 0;
    schedule_.capitals = pick(3) == 0;
    schedule_.ahead = one_of({0, 7, 3'600, -86'400});
    // Small ones too, so that a chunk is read while the one before is merged.
    schedule_.chunk_roots = one_of({1, 2, 3, 1'000});
    schedule_.batch_aggregates = one_of({1, 2, 500});
    // Some defects need few cycles in which much happens, some many with little.
    schedule_.cycles = 2 + pick(5);
    favourite_ = people[pick(static_cast<int>(std::size(people)))].kind;
    founding();
    const int troubled = one_of({0, 6, 14});
    for (int cycle = 1; cycle <= schedule_.cycles; ++cycle) {
      for (int n = events_of_people / schedule_.cycles - 1 + pick(3); n > 0; --n)
        add(cycle, people_or_scope(), somewhere());
      // What the mirror is asked for is noted beside it.
      if (pick(3) == 0) ask(cycle);
    }
    for (int n = troubled; n > 0; --n) trouble(1 + pick(schedule_.cycles));
    std::stable_sort(
        schedule_.events.begin(), schedule_.events.end(), [](const Event& a, const Event& b) {
          return std::tuple{a.cycle, a.point, a.turn} < std::tuple{b.cycle, b.point, b.turn};
        });
    return std::move(schedule_);
  }

 private:
  struct Place {
    Point point = before_cycle;
    int turn = 1;
  };

  int pick(int n) { return static_cast<int>(rng_() % static_cast<std::uint64_t>(n)); }
  int one_of(std::initializer_list<int> choices) {
    return *(choices.begin() + pick(static_cast<int>(choices.size())));
  }

  template <std::size_t n>
  Kind weighted(const Weight (&weights)[n]) {
    int total = 0;
    for (const Weight& w : weights) total += w.weight;
    int at = pick(total);
    for (const Weight& w : weights) {
      if ((at -= w.weight) < 0) return w.kind;
    }
    return weights[0].kind;
  }

  Kind people_or_scope() {
    if (pick(4) == 0) return favourite_;
    return schedule_.scoped && pick(8) == 0 ? weighted(scope) : weighted(people);
  }

  void founding() {
    for (const Kind kind : {Kind::new_item, Kind::new_item, Kind::new_customer, Kind::new_customer,
                            Kind::new_customer, Kind::new_order})
      add(1, kind, {});
  }

  void add(int cycle, Kind kind, Place place) {
    schedule_.events.push_back({++last_, cycle, place.point, place.turn, kind,
                                pick(2) == 0 ? at_shop : at_erp, pick(last_ + 1), pick(1'000)});
  }

  void ask(int cycle) {
    add(cycle, weighted(clerks), {});
    if (pick(8) == 0) add(cycle, Kind::crash, {point_of("request").value(), 1});
  }

  // People do most between two cycles, and the rest at the worst moments.
  Place somewhere() {
    if (pick(2) == 0) return {};
    return {static_cast<Point>(1 + pick(static_cast<int>(point_names().size()) - 1)), 1 + pick(3)};
  }
  Place some_step() {
    return {static_cast<Point>(1 + pick(static_cast<int>(step_names().size()))), 1 + pick(4)};
  }

  // The tables are described, which is the last call of all, by a site's first cycle alone.
  Place some_call(int cycle, SiteId site, Kind kind) {
    const auto& calls = call_names();
    const std::size_t made = calls.size() - (cycle == 1 ? 0 : 1);
    std::string_view call = calls[static_cast<std::size_t>(pick(static_cast<int>(made)))];
    if (kind == Kind::fault_stalled) call = pick(3) == 0 ? "acknowledge" : "deliver";
    if (kind == Kind::fault_queued) call = "deliver";
    if (pick(3) == 0) call = "deliver";
    return {call_at(site, call), 1 + (pick(2) == 0 ? 0 : pick(3))};
  }

  void trouble(int cycle) {
    const Kind kind = weighted(troubles);
    const SiteId site = pick(2) == 0 ? at_shop : at_erp;
    const bool fault = kind >= Kind::fault_before && kind <= Kind::fault_queued;
    add(cycle, kind,
        fault                                             ? some_call(cycle, site, kind)
        : kind == Kind::crash || kind == Kind::time_is_up ? some_step()
                                                          : somewhere());
    schedule_.events.back().site = site;
    const bool pending = kind == Kind::fault_stalled || kind == Kind::fault_queued;
    if (pending && pick(2) == 0) {  // At any time, also after the settling of a later cycle.
      add(cycle + pick(2), Kind::land, somewhere());
      schedule_.events.back().site = site;
    }
  }

  std::mt19937_64
      rng_;  // Its numbers are the standard's; no distribution of the library's is used.
  Schedule schedule_;
  // What is rare otherwise happens often in some schedules, and meets itself.
  Kind favourite_ = Kind::new_customer;
  int last_ = 0;
};

}  // namespace

Schedule draw_schedule(std::uint64_t seed) { return Drawing{seed}.draw(); }

}  // namespace miroir::storm
