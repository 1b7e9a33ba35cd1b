#include "mirror/census_marks.hpp"

#include <algorithm>
#include <cstdlib>

#include "mirror/brakes.hpp"
#include "mirror/census_tables.hpp"
#include "mirror/marks.hpp"
#include "mirror/state/seal.hpp"

namespace miroir {
namespace {

constexpr const char* offset_name = "clock offset";
// Set from the moment that a person agreed until it is done: what is written meanwhile, as when a
// batch is settled, must not make the mark look sound.
constexpr const char* unfinished_name = "to be made good";
constexpr const char* catching_up_value = "store";
constexpr const char* rebasing_value = "site";
constexpr std::int64_t micros_in_milli = 1'000;

// The store was put back, if a site has seen a later cycle than it ever allowed there.
bool is_behind(const MarksCheck& check, SiteId site) {
  const auto& census = check.censuses[index(site)];
  return census && census->mark.store == check.store.id() &&
         judge_mark(check.store, site, census->mark.cycle) == MarkIs::higher;
}

bool check_store(const MarksCheck& check, Scope& scope) {
  const bool unfinished =
      check.store.remembered(SiteId::first, unfinished_name) == catching_up_value;
  if (!unfinished && !is_behind(check, SiteId::first) && !is_behind(check, SiteId::second))
    return true;
  CycleNumber cycle;
  BatchId batch;
  bool both = true;
  for (const SiteId site : both_sites) {
    const auto& census = check.censuses[index(site)];
    both = both && census && census->mark.store == check.store.id();
    if (!census) continue;
    cycle = std::max(cycle, census->mark.cycle);
    batch = std::max(batch, census->last_batch);
  }
  const Brake brake = store_brake(cycle, check.store.last_cycle(), both, check.mapping);
  if (!is_accepted(check.options.accepted, brake, scope))
    return scope.brakes.push_back(brake), false;
  check.store.skip_to(cycle, batch);
  check.store.remember(SiteId::first, unfinished_name, catching_up_value);
  scope.mends.push_back({.brake = brake.id,
                         .how = Mend::How::catch_up,
                         .then = {{unfinished_name, ""}}});
  return true;
}

std::optional<Brake> check_owner(const MarksCheck& check, SiteId site, const SiteMark& mark) {
  if (mark.store == check.store.id() || mark.store.empty()) return std::nullopt;
  // The rehearsal of a seed that is to take over.
  if (!check.store.seeded() && check.options.accepted.contains(lost_store_id(mark.store)))
    return std::nullopt;
  return foreign_brake(site, mark.store, check.store.id(), check.mapping);
}

}  // namespace

bool may_be_touched(const MarksCheck& check, Scope& scope) {
  for (const SiteId site : both_sites) {
    const auto& census = check.censuses[index(site)];
    if (!census) continue;
    if (auto brake = check_owner(check, site, census->mark)) scope.brakes.push_back(*brake);
  }
  if (!scope.brakes.empty()) return false;
  return !check.store.seeded() || check_store(check, scope);
}

std::optional<Brake> check_restored(const MarksCheck& check, SiteId site, Scope& scope) {
  if (!check.store.seeded()) return std::nullopt;  // The rehearsal of a seed, or one that was cut.
  const SiteMark& mark = check.censuses[index(site)]->mark;
  if (is_made_good(scope, site)) return std::nullopt;
  std::optional<Brake> brake;
  if (mark.store.empty())
    brake = replaced_brake(site, check.mapping);
  else if (judge_mark(check.store, site, mark.cycle) == MarkIs::lower ||
           check.store.remembered(site, unfinished_name) == rebasing_value)
    brake = restored_brake(site, mark.cycle, check.mapping);
  if (!brake) {
    note_confirmed(check.store, site, mark.cycle);
    return std::nullopt;
  }
  if (!is_accepted(check.options.accepted, *brake, scope)) return brake;
  start_rebase(check.store, site, brake->id, scope);
  return std::nullopt;
}

std::optional<Brake> check_clock(const MarksCheck& check, SiteId site, const ClockOffset& offset,
                                 Scope& scope) {
  const auto before = check.store.remembered(site, offset_name);
  if (check.store.seeded() && before) {
    const std::int64_t jump = offset.micros - kept_number(*before);
    const std::int64_t limit =
        check.options.limits.brakes.clock_jump.count() * micros_in_milli + offset.margin_micros;
    if (std::abs(jump) > limit) {
      const Brake brake = clock_brake(site, jump, check.mapping);
      if (!is_accepted(check.options.accepted, brake, scope)) return brake;
    }
  }
  check.store.remember(site, offset_name, std::to_string(offset.micros));
  return std::nullopt;
}

void start_rebase(Store& store, SiteId site, const std::string& brake, Scope& scope) {
  store.begin();
  store.remember(site, unfinished_name, rebasing_value);
  // The numbers of the journal's rows have been given, or will be, to others.
  store.clear_unacknowledged(site);
  store.commit();
  scope.mends.push_back({.brake = brake,
                         .site = site,
                         .how = Mend::How::rebase,
                         .then = {{unfinished_name, ""}, {anchor_name, ""}, {last_id_name, ""}}});
}

bool is_made_good(const Scope& scope, SiteId site) {
  return std::any_of(scope.mends.begin(), scope.mends.end(), [&](const Mend& mend) {
    return mend.how == Mend::How::catch_up ||
           (mend.how == Mend::How::rebase && mend.site == site);
  });
}

}  // namespace miroir
