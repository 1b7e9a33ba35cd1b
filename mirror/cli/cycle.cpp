// miroir cycle: what cron runs. One at a time; ends by itself at its deadline, whatever a driver
// does.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "mirror/cli/output.hpp"
#include "mirror/cli/progress.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/run.hpp"
#include "mirror/cli/sites.hpp"

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

}  // namespace

Exit run_and_report(Context& context, SitePair& sites, Store& store, CycleOptions options,
                    const Outcome& read) {
  const Mapping& mapping = context.setting.mapping;
  const std::string started = now_as_text();
  Outcome outcome;
  {
    ProgressDisplay display{ProgressDisplay::style_for(context.json)};
    options.progress = [&](const Progress& progress) { display.show(progress); };
    options.at_step = [](const char* step) { spdlog::debug("step {}", step); };
    outcome = run_cycle(sites.both(), store, mapping, options);
  }
  for (const SiteId site : both_sites)
    outcome.extracted[index(site)] += read.extracted[index(site)];
  outcome.conflicts += read.conflicts;
  outcome.seconds += read.seconds;
  doubt_catalogs(outcome, store);
  const auto decided = decisions(store, mapping, outcome.cycle, decisions_shown_max);
  const std::string line = to_line(to_json(outcome, decided, mapping));
  store.log_cycle({.cycle = outcome.cycle,
                   .started = started,
                   .seconds = outcome.seconds,
                   .outcome = std::string{name_of(outcome.exit)},
                   .summary = line.substr(0, line.size() - 1)});
  print(context.json ? line : to_text(outcome, decided, mapping));
  if (outcome.abandoned) {
    // The thread of the site that hangs still uses what this process would now destroy.
    spdlog::shutdown();
    std::_Exit(static_cast<int>(outcome.exit));
  }
  return outcome.exit;
}

Exit run_verb(Context& context, const CycleVerb& verb) {
  require_state(context);
  const StoreLock lock = lock_state(context);
  Store store = Store::open(context.setting.config.state, context.setting.mapping);
  require_seeded(store);
  SitePair sites{context};
  bind_from_store(context, sites, store);
  return run_and_report(context, sites, store,
                        {.writes = Writes::allowed,
                         .limits = context.setting.config.limits,
                         .accepted = {verb.accepted.begin(), verb.accepted.end()}});
}

}  // namespace miroir
