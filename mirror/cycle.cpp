#include "mirror/cycle.hpp"

#include "mirror/acknowledge.hpp"
#include "mirror/census.hpp"
#include "mirror/crew.hpp"
#include "mirror/deliver.hpp"
#include "mirror/extract.hpp"
#include "mirror/incorporate.hpp"
#include "mirror/look.hpp"
#include "mirror/marks.hpp"
#include "mirror/match.hpp"
#include "mirror/mend.hpp"
#include "mirror/merge.hpp"
#include "mirror/requests.hpp"
#include "mirror/restore.hpp"
#include "mirror/settle.hpp"
#include "mirror/taken_over.hpp"

namespace miroir {
namespace {

using Clock = std::chrono::steady_clock;

bool writes(const CycleOptions& options) { return options.writes == Writes::allowed; }

// Loop one for one root entity: its records come in, chunk by chunk.
void bring_in(EntityId entity, Crew& crew, Store& store, const Mapping& mapping,
              const CycleOptions& options, Outcome& outcome) {
  Extraction extraction{entity, crew, store, mapping, options.limits.chunk_roots};
  std::optional<Acknowledgement> under_way;  // Of the chunk before: no need to wait for it at once.
  const auto finish_acknowledging = [&] {
    if (auto before = std::exchange(under_way, std::nullopt)) before->finish(crew, store);
  };
  std::size_t done = 0;
  for (;;) {
    options.at_step("extract");
    auto changes = extraction.next(finish_acknowledging);
    if (!changes) break;
    changes->clocks = outcome.clocks;
    look_elsewhere(*changes, crew, store, mapping);
    look_for_strangers(*changes, crew, store, mapping);
    // At the first meeting a row alone proves nothing: its twin may be at the site that was lost.
    if (options.extent == Extent::reading && !(changes->from[0] && changes->from[1])) break;
    const Known known = load_known(*changes, store, mapping);
    options.at_step("match");
    const Pairs pairs = match_records(*changes, known, mapping);
    options.at_step("merge");
    const Merged merged = merge_pairs(pairs, known, mapping, outcome.cycle, options.prefer);
    finish_acknowledging();
    options.at_step("incorporate");
    const Incorporated kept = incorporate(merged, store, mapping, outcome.cycle);
    options.at_step("acknowledge");
    if (writes(options)) under_way.emplace(kept, crew, store, outcome.cycle);

    outcome.conflicts += kept.conflicts();
    for (const SiteId site : both_sites)
      outcome.extracted[index(site)] += merged.moved[index(site)].size();
    done += pairs.aggregates.size();
    options.progress({"reading " + mapping.entity(entity).name, done, 0});
    if (crew.is_ending()) break;
  }
  finish_acknowledging();
  extraction.stop();
}

void finish(Outcome& outcome, const Scope& scope, const Crew& crew, const Store& store,
            Clock::time_point started) {
  for (const SiteId site : both_sites) outcome.behind[index(site)] = store.count_behind(site);
  outcome.held = store.count_held();
  outcome.set_aside = store.count_set_aside();
  outcome.ignored = store.count_ignored();
  outcome.brakes = scope.brakes;
  outcome.troubles = crew.troubles();
  outcome.abandoned = crew.abandoned();
  if (outcome.held + outcome.set_aside > 0) outcome.exit = graver(outcome.exit, Exit::waiting);
  if (!outcome.brakes.empty()) outcome.exit = graver(outcome.exit, Exit::brake);
  outcome.cut_short = crew.why_ending();
  if (outcome.cut_short != CutShort::no) outcome.exit = graver(outcome.exit, Exit::unreachable);
  for (const SiteTrouble& trouble : outcome.troubles)
    outcome.exit = graver(outcome.exit, trouble.exit);
  outcome.seconds = std::chrono::duration<double>(Clock::now() - started).count();
}

// Where nothing was left out, all that the journals had noted by the census is in the heads now.
void note_what_was_read(const Scope& scope, const Crew& crew, Store& store) {
  if (!scope.sitting_out.empty() || crew.is_ending()) return;
  store.begin(Durability::ordered);
  for (const SiteId site : both_sites) {
    if (scope.here[index(site)] && crew.here(site)) note_read_all(store, site);
  }
  store.commit();
}

// Only where some site's clock has just agreed with this machine's, and nothing looks like an
// accident.
void forget_old(const Outcome& outcome, const Scope& scope, Store& store,
                const CycleOptions& options) {
  if (!writes(options) || !outcome.brakes.empty() || !(scope.here[0] || scope.here[1])) return;
  store.forget_old(options.limits.retention, options.now());
}

// Before what it lets pass can reach a site; each id once.
void note_accepted(const Scope& scope, std::set<std::string>& noted, Store& store,
                   const CycleOptions& options) {
  if (!writes(options)) return;
  for (const std::string& id : scope.accepted) {
    if (!noted.insert(id).second) continue;
    store.note(
        {.kind = ActKind::accept, .actor = {options.accepted_by, options.started}, .about = id});
  }
}

bool anybody(const Scope& scope) { return scope.here[0] || scope.here[1]; }

}  // namespace

std::string_view name_of(CutShort why) {
  return why == CutShort::by_time ? "time" : why == CutShort::by_signal ? "signal" : "";
}

Instant machine_clock() {
  using namespace std::chrono;
  return {duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()};
}

Outcome run_cycle(const Sites& sites, Store& store, const Mapping& mapping,
                  const CycleOptions& options) {
  const auto started = Clock::now();
  Crew crew{sites, options.limits, options.one_thread, options.stopwatch, options.stop_asked};
  Outcome outcome;
  outcome.pauses = store.pauses();  // Read once: what is paused meanwhile waits for the next cycle.
  outcome.cycle = writes(options) ? store.start_cycle(options.started)
                                  : CycleNumber{store.last_cycle().raw() + 1};

  options.at_step("census");
  Scope scope = take_census(outcome.pauses, crew, store, mapping, options);
  // A store that was put back goes on after all that the sites have seen.
  if (writes(options) && outcome.cycle < store.last_cycle())
    outcome.cycle = store.start_cycle(options.started);
  outcome.clocks = scope.clocks;
  std::set<std::string> noted;
  note_accepted(scope, noted, store, options);
  options.at_step("settle");
  if (writes(options)) settle_in_doubt(scope, crew, store, mapping, outcome.cycle);
  if (!scope.mends.empty()) make_good(scope, sites, crew, store, mapping, options, outcome.cycle);
  note_accepted(scope, noted, store, options);
  RequestRun requests{scope, crew, store, mapping, options, outcome.cycle};
  requests.prepare();
  for (const Entity& entity : mapping.entities) {
    if (!anybody(scope) || crew.is_ending()) break;
    if (entity.is_part() || scope.sitting_out.contains(entity.id.raw())) continue;
    bring_in(entity.id, crew, store, mapping, options, outcome);
  }
  note_what_was_read(scope, crew, store);
  outcome.conflicts += requests.carry_out();
  outcome.conflicts += restore_parents(scope, store, mapping, outcome.cycle);
  if (options.extent == Extent::reading) {
    finish(outcome, scope, crew, store, started);
    return outcome;
  }
  options.at_step("plan");
  outcome.delivered = deliver_behind(scope, crew, store, mapping, options, outcome.cycle);

  store.clear_moot_set_asides();
  finish(outcome, scope, crew, store, started);
  forget_old(outcome, scope, store, options);
  return outcome;
}

}  // namespace miroir
