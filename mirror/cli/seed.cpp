// miroir seed: the first meeting of two databases, where for every entity one of the two sides is
// empty.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "connectors/journal.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/pausing.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/run.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/cli/table.hpp"

namespace miroir {
namespace {

std::string to_text(const SeedReport& report, const Mapping& mapping) {
  Table table{{"ENTITY", mapping.sites[0], mapping.sites[1]}};
  for (const auto& [entity, counts] : report.counts) {
    table.add({mapping.entity(entity).name, std::to_string(counts[0]), std::to_string(counts[1])});
  }
  return table.text();
}

nlohmann::ordered_json to_json(const SeedReport& report, const Mapping& mapping) {
  nlohmann::ordered_json counts = nlohmann::ordered_json::object();
  for (const auto& [entity, count] : report.counts) {
    counts[mapping.entity(entity).name] = to_json(count, mapping);
  }
  return {{"outcome", name_of(Exit::done)}, {"dry_run", true}, {"counts", std::move(counts)}};
}

void refuse(const SeedReport& report) {
  if (report.refusals.empty()) return;
  std::string what = "these databases cannot be seeded:";
  for (const std::string& refusal : report.refusals) what += "\n  " + refusal;
  throw VerbError{Exit::usage, what, "no row was changed; seed again when this is mended"};
}

// On a store that is thrown away: whether seeding is possible, before anything is made or claimed.
SeedReport rehearse(const Context& context, SitePair& sites) {
  const Mapping& mapping = context.setting.mapping;
  Store nothing = Store::in_memory(mapping);
  return begin_seed(
      sites.both(), nothing, mapping,
      {.writes = Writes::forbidden, .limits = context.setting.config.limits, .accepted = {}});
}

// What a refusal says of pauses: nothing where there are none.
struct PausesTold {
  std::string lines, commands;
};
PausesTold tell(const std::vector<Pause>& pauses, const Mapping& mapping) {
  PausesTold told;
  for (const Pause& pause : pauses) {
    told.lines += "\n  " + described(pause, mapping);
    told.commands += "; when that is over: " + resume_command(pause.what, mapping);
  }
  return told;
}

void refuse_if_seeded(const Store& store, const Mapping& mapping) {
  if (!store.seeded()) return;
  const PausesTold told = tell(store.pauses(), mapping);
  throw VerbError{
      Exit::usage, "this pair is seeded already" + told.lines,
      "`miroir cycle` carries what is still to do; `miroir status` shows how much that is" +
          told.commands};
}

// A site that must be left alone, or an entity that would be half of the first load.
void refuse_if_paused(const Store& store, const Mapping& mapping) {
  const PausesTold told = tell(store.pauses(), mapping);
  if (told.lines.empty()) return;
  throw VerbError{Exit::usage,
                  "seeding is for all or nothing, and something is paused:" + told.lines,
                  "seed once nothing is" + told.commands};
}

// Without triggers what is written from now on would be seen by nobody.
void require_installed(Context& context) {
  for (const SiteId site : both_sites) {
    const auto session = context.connectors[index(site)].open();
    const auto missing =
        install_steps(session->dialect(), journalled_tables(context.setting.mapping, site),
                      read_installed(*session));
    if (missing.empty()) continue;
    throw VerbError{Exit::usage,
                    "miroir is not installed at " + context.setting.mapping.sites[index(site)] +
                        ", or not wholly",
                    "run `miroir install` first"};
  }
}

}  // namespace

Exit run_verb(Context& context, const SeedVerb& verb) {
  const auto& [config, mapping] = context.setting;
  if (std::filesystem::exists(config.state)) {
    const Store store = Store::open_read_only(config.state, mapping);
    refuse_if_seeded(store, mapping);
    refuse_if_paused(store, mapping);
  }

  SitePair sites{context};
  const auto catalogs = bind_to_sites(context, sites);
  require_installed(context);
  const SeedReport rehearsal = rehearse(context, sites);
  refuse(rehearsal);
  if (verb.dry_run) {
    print(context.json ? to_line(to_json(rehearsal, mapping)) : to_text(rehearsal, mapping));
    return Exit::done;
  }

  const StoreLock lock = lock_state(context);
  Store store = Store::open(config.state, mapping);
  refuse_if_seeded(store, mapping);
  refuse_if_paused(store, mapping);
  const CycleOptions options{.writes = Writes::allowed, .limits = config.limits, .accepted = {}};
  const SeedReport report = begin_seed(sites.both(), store, mapping, options);
  refuse(report);
  for (const SiteId site : both_sites) {
    store.remember_catalog(site, catalog_to_text(catalogs[index(site)]));
  }
  if (!context.json) print(to_text(report, mapping) + "\n");
  return run_and_report(context, sites, store, options);
}

}  // namespace miroir
