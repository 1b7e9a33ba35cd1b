#include "tests/storm/run.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "mirror/cycle.hpp"
#include "mirror/lensing.hpp"
#include "tests/storm/clerk.hpp"
#include "tests/storm/world.hpp"

namespace miroir::storm {
namespace {

struct Crash {};

// More than these are needed where what was refused waits for its turn.
constexpr int cycles_to_rest_max = 24;

EntityId entity_of(Kind kind, const Tables& t) {
  if (kind == Kind::new_item || kind == Kind::sell) return t.item;
  if (kind >= Kind::add_line && kind <= Kind::delete_line) return t.line;
  if (kind >= Kind::new_order && kind <= Kind::delete_order) return t.order;
  return kind == Kind::rename_order ? t.order : t.customer;
}

class Run {
 public:
  using Tell = std::function<void(const std::string&)>;

  Run(const Schedule& schedule, const Tables& tables, Store& store, const Tell& tell)
      : schedule_{schedule},
        store_{store},
        tell_{tell},
        world_{tables, schedule.capitals, schedule.ahead},
        clerk_{tables.mapping, store, world_.ledger()} {
    options_.writes = Writes::allowed;
    options_.limits.retry_pause = std::chrono::milliseconds{0};
    // In every other schedule a site that is lost once is away for the rest of the cycle.
    options_.limits.tries_lost = schedule.seed % 2 == 0 ? 1 : 3;
    options_.limits.chunk_roots = static_cast<std::size_t>(schedule.chunk_roots);
    options_.limits.batch_aggregates = static_cast<std::size_t>(schedule.batch_aggregates);
    options_.one_thread = true;
    options_.now = [this] { return world_.now(); };
    options_.stopwatch = [this] { return std::chrono::steady_clock::time_point{passed_}; };
    options_.at_step = [this](const char* step) { at_step(step); };
    for (const SiteId site : both_sites) {
      // The store goes on counting: to a site that knew of none of its cycles, all would be old.
      world_.at(site).claim({store.id(), store.last_cycle()});
      world_.at(site).faults = [this, site](std::string_view call) { return at_call(site, call); };
    }
  }

  Verdict run() {
    try {
      for (int cycle = 1; cycle <= schedule_.cycles; ++cycle) play(cycle);
      come_to_rest();
      auto failures = judge(world_, store_);
      verdict_.failures.insert(verdict_.failures.end(), failures.begin(), failures.end());
    } catch (const std::exception& error) {
      verdict_.failures.push_back({"exception", error.what()});
    }
    count();
    return std::move(verdict_);
  }

 private:
  Sites sites() { return {&world_.at(at_shop), &world_.at(at_erp)}; }

  void play(int cycle) {
    cycle_ = cycle;
    reached_.fill(0);
    const auto of_cycle = [](const Event& event, int c) { return event.cycle < c; };
    from_ = std::lower_bound(schedule_.events.begin(), schedule_.events.end(), cycle, of_cycle);
    to_ = std::lower_bound(from_, schedule_.events.end(), cycle + 1, of_cycle);
    done_.assign(static_cast<std::size_t>(to_ - from_), false);
    reach(before_cycle);
    run_once();
    // What should have happened at a moment that never came: people work on.
    for (auto event = from_; event != to_; ++event) {
      if (!done_[place(event)] && is_persons(event->kind)) happen(event);
    }
  }

  void run_once() {
    ++verdict_.tally.cycles;
    try {
      note_brakes(run_cycle(sites(), store_, world_.tables().mapping, options_));
    } catch (const Crash&) {
      store_.rollback();  // What a process that ended would leave behind.
    }
    clerk_.hear();
    tell_rows();
  }

  // A clock that was set is accepted by the next cycle; nothing else here is an accident.
  void note_brakes(const Outcome& outcome) {
    options_.accepted.clear();
    for (const Brake& brake : outcome.brakes) {
      if (brake.id.starts_with("clock:"))
        options_.accepted.insert(brake.id);
      else
        verdict_.failures.push_back({"brake", brake.message});
    }
  }

  void tell_rows() {
    if (!tell_) return;
    for (const Entity& entity : world_.tables().mapping.entities) {
      for (const SiteId site : both_sites) {
        for (const auto& [key, row] : world_.at(site).rows(entity.id))
          tell_(fmt::format("  {:>4} {:<8} {}", world_.tables().mapping.sites[index(site)],
                            entity.name, display_key(row)));
      }
    }
    for (const OpenSetAside& item : store_.set_aside())
      tell_("  set aside: " + item.key + " " + item.reason);
  }

  using Events = std::vector<Event>::const_iterator;
  std::size_t place(Events event) const { return static_cast<std::size_t>(event - from_); }

  // Everything that is to happen here and now; what of it went wrong with a call of the port.
  Fault reach(Point point) {
    const int turn = ++reached_[point];
    Fault fault = Fault::none;
    for (auto event = from_; event != to_; ++event) {
      if (event->point != point || event->turn != turn || done_[place(event)]) continue;
      happen(event);
      if (event->kind == Kind::fault_before) fault = Fault::before;
      if (event->kind == Kind::fault_after) fault = Fault::after;
      if (event->kind == Kind::fault_stalled) fault = Fault::stalled;
      if (event->kind == Kind::fault_queued) fault = Fault::queued;
    }
    return fault;
  }

  void at_step(const char* step) {
    if (tell_) tell_(step);
    if (calm_) return;
    const Point point = point_of(step).value();
    reach(point);
    if (!std::exchange(crashing_, false)) return;
    ++verdict_.tally.kinds[static_cast<std::size_t>(Kind::crash)];
    ++verdict_.tally.faults_by_call[fmt::format("crash before {}", step)];
    throw Crash{};
  }

  // What no ordinary cycle asks is left alone.
  static bool is_disturbed(std::string_view call) {
    const auto& names = call_names();
    return std::find(names.begin(), names.end(), call) != names.end();
  }

  Fault at_call(SiteId site, std::string_view call) {
    if (calm_ || !is_disturbed(call)) return Fault::none;
    const Fault fault = reach(call_at(site, call));
    static constexpr const char* names[] = {"", "before", "after", "stalled", "queued"};
    if (fault != Fault::none) {
      ++verdict_.tally.faults_by_call[fmt::format("{} {}", names[static_cast<int>(fault)], call)];
      ++verdict_.tally.kinds[static_cast<std::size_t>(Kind::fault_before) +
                             static_cast<std::size_t>(fault) - 1];
    }
    return fault;
  }

  void happen(Events event) {
    done_[place(event)] = true;
    world_.pass();
    world_.ledger().comes(event->site, world_.now().micros);
    if (is_persons(event->kind)) {
      const bool acted = act(*event);
      if (tell_) tell_(fmt::format("event {}{}", event->id, acted ? "" : " has no effect"));
      if (!acted) return;
      ++verdict_.tally.writes;
      entities_.insert(entity_of(event->kind, world_.tables()).raw());
      ++verdict_.tally.kinds[static_cast<std::size_t>(event->kind)];
    } else if (trouble(*event)) {
      ++verdict_.tally.kinds[static_cast<std::size_t>(event->kind)];
    }
  }

  bool act(const Event& event) {
    if (event.kind == Kind::answer) return clerk_.answer(event);
    if (event.kind == Kind::undo) return clerk_.undo(event);
    return world_.users().act(event);
  }

  bool trouble(const Event& event) {
    MemorySite& site = world_.at(event.site);
    switch (event.kind) {
      case Kind::crash:
        return crashing_ = true, false;  // Counted when it comes about.
      case Kind::land:
        return land(site);
      case Kind::lock_row:
        return lock(event);
      case Kind::unlock_rows:
        return std::exchange(locked_[index(event.site)], false) && (site.unlock_all(), true);
      case Kind::refuse_row:
        return refuse(event);
      case Kind::allow_rows:
        return world_.allow_all(event.site);
      case Kind::time_is_up:
        ++verdict_.tally.faults_by_call["time is up"];
        return passed_ += options_.limits.deadline, true;
      case Kind::set_clock:
        return world_.set_clock(event.site, (event.choice - 500) * 60), true;
      default:
        return false;
    }
  }

  static bool land(MemorySite& site) {
    if (!site.under_way()) return false;
    site.land();
    return true;
  }

  std::optional<std::pair<EntityId, Key>> any_row(const Event& event) {
    const Tables& t = world_.tables();
    const EntityId entity =
        std::array{
            t.item, t.customer, t.customer, t.order, t.order, t.line}[static_cast<std::size_t>(
            event.choice % 6)];
    const auto& rows = world_.at(event.site).rows(entity);
    if (rows.empty()) return std::nullopt;
    const auto steps =
        static_cast<std::ptrdiff_t>(event.pick) % static_cast<std::ptrdiff_t>(rows.size());
    return std::pair{entity, std::next(rows.begin(), steps)->first};
  }

  bool lock(const Event& event) {
    const auto row = any_row(event);
    if (!row) return false;
    world_.at(event.site).lock(row->first, row->second);
    return locked_[index(event.site)] = true;
  }

  bool refuse(const Event& event) {
    const auto row = any_row(event);
    if (!row) return false;
    const std::size_t mark = world_.tables().mark_of(row->first)[index(event.site)];
    world_.refuse(event.site,
                  text_of((*world_.at(event.site).find(row->first, row->second))[mark]));
    return true;
  }

  // Everybody goes home, what is under way arrives, nothing is refused; then the mirror has its
  // time.
  void come_to_rest() {
    calm_ = true;
    from_ = to_ = schedule_.events.end();
    const Tables& t = world_.tables();
    for (const SiteId site : both_sites) {
      world_.at(site).land();
      world_.at(site).unlock_all();
      world_.allow_all(site);
    }
    if (schedule_.scoped) {
      put_back(t.customer, t.customer_archived);
      put_back(t.order, t.order_archived);
    }
    try_again();
    for (int n = 1, quiet = 0; n <= cycles_to_rest_max; ++n) {
      quiet = is_quiet() ? quiet + 1 : 0;
      // What is set aside is looked at once more before it can be said to stay so.
      if (quiet == 0 || (quiet == 1 && store_.count_set_aside() > 0)) continue;
      verdict_.tally.cycles_to_rest = n;
      return must_stay_quiet();
    }
    verdict_.failures.push_back({"rest", "the sites do not come to rest"});
  }

  // What was refused is not refused any more, and need not wait for its turn.
  void try_again() {
    store_.begin();
    for (const SiteId site : both_sites) {
      for (const Entity& entity : world_.tables().mapping.entities) {
        for (const bool gone : {false, true}) {
          for (const RecordId root :
               store_.behind(site, entity.id, gone, RecordId{}, CycleNumber{1'000'000}, 1'000))
            store_.try_again(root);
        }
      }
    }
    store_.commit();
  }

  void put_back(EntityId entity, std::size_t archived) {
    const MemorySite::Rows rows = world_.at(at_erp).rows(entity);
    for (const auto& [key, row] : rows) {
      world_.at(at_erp).update(entity, key, [&](Row& r) { r[archived] = std::int64_t{0}; });
    }
  }

  bool is_quiet() {
    ++verdict_.tally.cycles;
    const Outcome outcome = run_cycle(sites(), store_, world_.tables().mapping, options_);
    note_brakes(outcome);
    clerk_.hear();
    tell_rows();
    const bool wrote = outcome.delivered[0] + outcome.delivered[1] > 0;
    const bool journal =
        !world_.at(at_shop).journal().empty() || !world_.at(at_erp).journal().empty();
    // What is set aside stays behind, and all that refers to it.
    const bool behind = outcome.behind[0] + outcome.behind[1] > 0 && outcome.set_aside == 0;
    return !wrote && !journal && !behind && !outcome.is_cut() && outcome.brakes.empty();
  }

  void must_stay_quiet() {
    const PerSite<int> commits{world_.commits(at_shop), world_.commits(at_erp)};
    const PerSite<CycleNumber> marks{world_.at(at_shop).mark().cycle,
                                     world_.at(at_erp).mark().cycle};
    is_quiet();
    // What cannot go as long as something set aside refers to it is tried again and again.
    if (store_.count_set_aside() > 0) return;
    for (const SiteId site : both_sites) {
      if (world_.commits(site) != commits[index(site)] ||
          world_.at(site).mark().cycle != marks[index(site)])
        verdict_.failures.push_back({"rest", "a cycle with nothing to do wrote something"});
    }
  }

  void count() {
    Tally& tally = verdict_.tally;
    tally.schedules = 1;
    tally.entities = entities_.size();
    tally.refusals = static_cast<std::size_t>(world_.refusals());
    tally.questions = store_.count_held();
    tally.conflicts = store_.conflicts(std::nullopt, 100'000).size();
    for (const auto& [name, count] : tally.faults_by_call) tally.faults += count;
  }

  const Schedule& schedule_;
  Store& store_;
  const Tell& tell_;
  World world_;
  Clerk clerk_;
  CycleOptions options_;
  Verdict verdict_;
  int cycle_ = 0;
  bool calm_ = false, crashing_ = false;
  std::chrono::milliseconds passed_{0};  // By the engine's stopwatch.
  PerSite<bool> locked_{};
  std::array<int, 32> reached_{};
  Events from_, to_;
  std::vector<bool> done_;
  std::set<std::size_t> entities_;
};

}  // namespace

void Tally::add(const Tally& other) {
  schedules += other.schedules;
  writes += other.writes;
  faults += other.faults;
  cycles += other.cycles;
  entities += other.entities;
  conflicts += other.conflicts;
  questions += other.questions;
  refusals += other.refusals;
  cycles_to_rest = std::max(cycles_to_rest, other.cycles_to_rest);
  for (std::size_t kind = 0; kind < kind_count; ++kind) kinds[kind] += other.kinds[kind];
  for (const auto& [name, count] : other.faults_by_call) faults_by_call[name] += count;
}

Verdict Arena::run(const Schedule& schedule) {
  Place& place = places_[schedule.scoped ? 1 : 0];
  if (!place.tables) place.tables = std::make_unique<Tables>(schedule.scoped);
  const Mapping& mapping = place.tables->mapping;
  if (place.store) {
    place.store->begin();
    place.store->start_over(mapping);
    place.store->commit();
  } else {
    place.store = std::make_unique<Store>(Store::in_memory(mapping));
  }
  place.store->set_surveyed();
  place.store->set_seeded();
  Verdict verdict = Run{schedule, *place.tables, *place.store, tell}.run();
  // After a failure nobody knows what is left in it.
  if (!verdict.failures.empty()) place.store.reset();
  return verdict;
}

}  // namespace miroir::storm
