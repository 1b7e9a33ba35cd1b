// miroir cycle: what cron runs. One at a time; ends by itself at its deadline, whatever a driver
// does.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/child.hpp"
#include "mirror/cli/connection_text.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/progress.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/run.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/cli/stop_signal.hpp"

namespace miroir {
namespace {

constexpr std::size_t decisions_shown_max = 50;

// A site that refused our SQL may have changed its tables: the next cycle reads its catalogue again
// and says what no longer fits.
void doubt_catalogs(const Outcome& outcome, Store& store) {
  for (const SiteTrouble& trouble : outcome.troubles) {
    if (trouble.exit == Exit::usage) store.doubt_catalog(trouble.site);
  }
}

// Who takes a changed table as it is wants to know at once what of the mapping no longer fits.
void doubt_accepted(const CycleVerb& verb, const Mapping& mapping, Store& store) {
  for (const SiteId site : both_sites) {
    const std::string brake = "columns:" + mapping.sites[index(site)] + ":";
    const bool accepted = std::any_of(verb.accepted.begin(), verb.accepted.end(),
                                      [&](const std::string& id) { return id.starts_with(brake); });
    if (accepted) store.doubt_catalog(site);
  }
}

constexpr std::size_t differences_shown_max = 20;  // Of each field.

// Nobody has agreed to the changed mapping: what it is, and nothing else.
Exit stop_at(const Context& context, const Remapping& remapping) {
  const Mapping& mapping = remapping.before;
  const Store store = Store::open_read_only(context.setting.config.state, mapping);
  Outcome outcome;
  outcome.cycle = store.last_cycle();
  outcome.exit = Exit::brake;
  for (const SiteId site : both_sites) outcome.behind[index(site)] = store.count_behind(site);
  outcome.held = store.count_held();
  outcome.set_aside = store.count_set_aside();
  outcome.ignored = store.count_ignored();
  outcome.brakes.push_back(brake_of(remapping));
  outcome.pauses = store.pauses();
  auto object = to_json(outcome, {}, mapping);
  object["mapping"] = to_json(remapping);
  print(context.json ? to_line(object) : to_text(outcome, {}, mapping));
  return outcome.exit;
}

// The state file goes over to the configured mapping; what that decided counts for the cycle.
Outcome take_up(Context& context, const Remapping& remapping, const std::string& accepted_by) {
  Store store = Store::open(context.setting.config.state, remapping.before, NoStore::refused);
  const RemapSheet sheet =
      carry_over(context, remapping, store, Writes::allowed, differences_shown_max, accepted_by);
  if (remapping.comparison.needs_consent()) {
    spdlog::info("the state file speaks the changed mapping now ({})", remapping.id);
    if (!context.json) print(to_text(sheet, context.setting.mapping) + "\n");
  }
  Outcome read;
  read.conflicts = sheet.report.conflicts;
  return read;
}

void warn_of_unverified_lines(const Config& config) {
  for (const SiteConfig& site : config.sites) {
    if (!travels_unverified(site.connector, site.connection)) continue;
    spdlog::warn("{}: {}; {}", site.name, unverified_line, unverified_remedy);
  }
}

// A state file that was put back, or whose -wal was lost, must at least be whole before anything is
// decided by it.
void require_whole_if_restored(const CycleVerb& verb, const Store& store) {
  const bool restored = std::any_of(verb.accepted.begin(), verb.accepted.end(),
                                    [](const std::string& id) { return id.starts_with("state:"); });
  if (!restored) return;
  if (const auto damage = store.damage(); !damage.empty()) throw damaged(damage.front());
}

// People are told by a process of its own, which cannot keep a cycle from its end. Who wants an end
// does not wait for it: the next cycle tells them.
void tell_people(const Config& config) {
  if (!config.notify.tells_anybody() || StopSignal::came()) return;
  const pid_t child = start_child(
      {.program = this_program, .words = {"miroir", "notify", "--config", config.file.string()}});
  // Each way of telling takes at most its time, and there are three.
  if (child > 0 && !await_child(child, 3 * config.notify.timeout + std::chrono::seconds{10}))
    spdlog::error("miroir notify did not end, and was killed");
}

}  // namespace

Exit run_and_report(Context& context, SitePair& sites, Store& store, CycleOptions options,
                    const Outcome& read) {
  const Mapping& mapping = context.setting.mapping;
  const std::string started = now_as_text();
  const StopSignal stop;
  Outcome outcome;
  {
    ProgressDisplay display{context};
    options.progress = [&](const Progress& progress) { display.show(progress); };
    options.started = started;
    options.stop_asked = StopSignal::came;
    options.at_step = [](const char* step) { spdlog::debug("step {}", step); };
    outcome = run_cycle(sites.both(), store, mapping, options);
  }
  for (const SiteId site : both_sites)
    outcome.extracted[index(site)] += read.extracted[index(site)];
  outcome.conflicts += read.conflicts;
  outcome.seconds += read.seconds;
  doubt_catalogs(outcome, store);
  const auto decided = decisions(store, mapping, outcome.cycle, decisions_shown_max);
  const auto requests = requests_around(store, outcome.cycle);
  auto object = to_json(outcome, decided, mapping);
  object["requests"] = to_json(requests, store, mapping);
  const std::string line = to_line(object);
  store.log_cycle({.cycle = outcome.cycle,
                   .started = started,
                   .seconds = outcome.seconds,
                   .outcome = std::string{name_of(outcome.exit)},
                   .summary = line.substr(0, line.size() - 1)});
  print(context.json ? line
                     : to_text(outcome, decided, mapping) + to_text(requests, store, mapping));
  if (outcome.abandoned) {
    tell_people(context.setting.config);
    // The thread of the site that hangs still uses what this process would now destroy.
    spdlog::shutdown();
    std::_Exit(static_cast<int>(outcome.exit));
  }
  return outcome.exit;
}

namespace {

Exit run_locked(Context& context, const CycleVerb& verb) {
  const StoreLock lock = lock_state(context);
  const std::string by = named_or_login(verb.by);
  const auto remapping = find_remapping(context);
  refuse_stale(verb.accepted, remapping);
  Outcome read;
  if (remapping) {
    require_seeded(Store::open_read_only(context.setting.config.state, remapping->before));
    require_carried(*remapping);
    const bool accepted =
        std::find(verb.accepted.begin(), verb.accepted.end(), remapping->id) != verb.accepted.end();
    if (remapping->comparison.needs_consent() && !accepted) return stop_at(context, *remapping);
    read = take_up(context, *remapping, accepted ? by : "");
  }
  Store store =
      Store::open(context.setting.config.state, context.setting.mapping, NoStore::refused);
  require_seeded(store);
  require_whole_if_restored(verb, store);
  warn_of_unverified_lines(context.setting.config);
  SitePair sites{context};
  doubt_accepted(verb, context.setting.mapping, store);
  bind_from_store(context, sites, store);
  return run_and_report(context, sites, store,
                        {.writes = Writes::allowed,
                         .limits = context.setting.config.limits,
                         .accepted = {verb.accepted.begin(), verb.accepted.end()},
                         .accepted_by = by},
                        read);
}

}  // namespace

Exit run_verb(Context& context, const CycleVerb& verb) {
  require_state(context);
  const Exit exit = run_locked(context, verb);
  if (exit != Exit::busy) tell_people(context.setting.config);
  return exit;
}

}  // namespace miroir
