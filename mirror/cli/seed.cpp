// miroir seed: the first meeting of two databases that may both be full.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "connectors/journal.hpp"
#include "mirror/cli/asking.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/pausing.hpp"
#include "mirror/cli/progress.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/run.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/cli/table.hpp"

namespace miroir {
namespace {

// What the two databases have in common, and what not, as the store knows it after reading.
struct Meeting {
  SeedReport report;
  std::vector<std::pair<EntityId, Tally>> tallies;  // Without parts.
  std::vector<Decision> decisions;                  // Fields in which twins differ.
};

constexpr std::size_t shown_max = 20;  // Of each kind, as text; --json has all.
constexpr std::size_t listed_max = 10'000'000;

Meeting meeting_of(SeedReport report, const Store& store, const Context& context) {
  const Mapping& mapping = context.setting.mapping;
  const std::size_t limit = context.json ? listed_max : shown_max + 1;
  Meeting meeting{std::move(report), {}, decisions(store, mapping, std::nullopt, limit)};
  for (const Entity& entity : mapping.entities) {
    if (!entity.is_part()) meeting.tallies.emplace_back(entity.id, store.tally(entity.id));
  }
  return meeting;
}

std::vector<std::string> only_at(const Store& store, const Mapping& mapping, EntityId entity,
                                 SiteId site, std::size_t limit) {
  std::vector<std::string> keys;
  for (const Key& key : store.only_at(site, entity, limit))
    keys.push_back(spoken_key(mapping.table(entity, site), key));
  return keys;
}

std::string to_text(const Meeting& meeting, const Store& store, const Mapping& mapping) {
  Table rows{{"ENTITY", mapping.sites[0], mapping.sites[1]}};
  for (const auto& [entity, counts] : meeting.report.counts) {
    rows.add({mapping.entity(entity).name, std::to_string(counts[0]), std::to_string(counts[1])});
  }
  Table table{{"ENTITY", "on both", "only " + mapping.sites[0], "only " + mapping.sites[1],
               "differ", "set aside"}};
  std::string details;
  for (const auto& [entity, tally] : meeting.tallies) {
    const std::string& name = mapping.entity(entity).name;
    table.add({name, std::to_string(tally.both), std::to_string(tally.only[0]),
               std::to_string(tally.only[1]), std::to_string(tally.differing),
               std::to_string(tally.set_aside)});
    if (tally.both == 0) continue;  // One side is empty: everything is new.
    for (const SiteId site : both_sites) {
      const auto keys = only_at(store, mapping, entity, site, shown_max);
      if (keys.empty()) continue;
      const std::size_t more = tally.only[index(site)] - keys.size();
      details +=
          fmt::format("{} only at {}: {}{}\n", name, mapping.sites[index(site)],
                      fmt::join(keys, ", "), more == 0 ? "" : fmt::format(" and {} more", more));
    }
  }
  std::vector<Decision> shown{
      meeting.decisions.begin(),
      meeting.decisions.begin() +
          static_cast<std::ptrdiff_t>(std::min(shown_max, meeting.decisions.size()))};
  std::string text = rows.text() + "\n" + table.text();
  if (!details.empty()) text += "\n" + details;
  if (!shown.empty()) text += "\n" + to_text(shown);
  if (meeting.decisions.size() > shown.size()) text += "... and more; --json lists all\n";
  for (const OpenHeld& held : store.held()) {
    if (!held.field) continue;
    const Entity& entity = mapping.entity(held.entity);
    text += fmt::format("question: {} {}, {}: {} at {}, {} at {}\n", entity.name,
                        spoken_key(store, mapping, held.entity, held.record),
                        entity.fields[*held.field].name, display(held.candidates[0]),
                        mapping.sites[0], display(held.candidates[1]), mapping.sites[1]);
  }
  for (const OpenSetAside& item : store.set_aside()) {
    text += fmt::format("set aside: {} {} at {}: {}\n", mapping.entity(item.entity).name, item.key,
                        mapping.sites[index(item.site)], item.reason);
  }
  return text;
}

nlohmann::ordered_json to_json(const Meeting& meeting, const Store& store, const Mapping& mapping,
                               Exit exit, bool dry_run) {
  using nlohmann::ordered_json;
  ordered_json object{{"outcome", name_of(exit)}, {"dry_run", dry_run}};
  object["counts"] = ordered_json::object();
  for (const auto& [entity, count] : meeting.report.counts) {
    object["counts"][mapping.entity(entity).name] = to_json(count, mapping);
  }
  object["entities"] = ordered_json::object();
  for (const auto& [entity, tally] : meeting.tallies) {
    ordered_json one{
        {"both", tally.both}, {"differing", tally.differing}, {"set_aside", tally.set_aside}};
    one["only"] = to_json(tally.only, mapping);
    one["only_keys"] = ordered_json::object();
    for (const SiteId site : both_sites) {
      one["only_keys"][mapping.sites[index(site)]] =
          only_at(store, mapping, entity, site, listed_max);
    }
    object["entities"][mapping.entity(entity).name] = std::move(one);
  }
  object["differences"] = ordered_json::array();
  for (const Decision& decision : meeting.decisions)
    object["differences"].push_back(to_json(decision));
  object["questions"] = ordered_json::array();
  for (const OpenHeld& held : store.held()) {
    if (!held.field) continue;
    const Entity& entity = mapping.entity(held.entity);
    ordered_json one{{"entity", entity.name},
                     {"key", spoken_key(store, mapping, held.entity, held.record)},
                     {"field", entity.fields[*held.field].name}};
    for (const SiteId site : both_sites)
      one[mapping.sites[index(site)]] = to_json(held.candidates[index(site)]);
    object["questions"].push_back(std::move(one));
  }
  object["set_aside"] = ordered_json::array();
  for (const OpenSetAside& item : store.set_aside()) {
    object["set_aside"].push_back({{"entity", mapping.entity(item.entity).name},
                                   {"site", mapping.sites[index(item.site)]},
                                   {"key", item.key},
                                   {"reason", item.reason}});
  }
  return object;
}

void refuse(const SeedReport& report) {
  if (report.refusals.empty()) return;
  std::string what = "these databases cannot be seeded:";
  for (const std::string& refusal : report.refusals) what += "\n  " + refusal;
  throw VerbError{Exit::usage, what, "no row was changed; seed again when this is mended"};
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

std::optional<SiteId> preferred(const SeedVerb& verb, const Mapping& mapping) {
  if (verb.prefer.empty()) return std::nullopt;
  if (const auto site = mapping.site(verb.prefer)) return site;
  throw VerbError{Exit::usage, "--prefer: there is no site '" + verb.prefer + "'",
                  "the sites are called " + mapping.sites[0] + " and " + mapping.sites[1]};
}

// By hand, and however long it takes.
CycleOptions options_for(const Context& context, const SeedVerb& verb, Writes writes) {
  CycleOptions options{.writes = writes, .limits = context.setting.config.limits};
  options.started = now_as_text();
  options.limits.deadline = std::chrono::hours{24 * 7};
  options.prefer = preferred(verb, context.setting.mapping);
  options.accepted = {verb.accepted.begin(), verb.accepted.end()};
  options.accepted_by = login_name();
  return options;
}

SeedReport seed_shown(Context& context, SitePair& sites, Store& store, CycleOptions options) {
  ProgressDisplay display{context};
  options.progress = [&](const Progress& progress) { display.show(progress); };
  options.at_step = [](const char* step) { spdlog::debug("step {}", step); };
  return seed(sites.both(), store, context.setting.mapping, options);
}

// A site was lost on the way: what was read stays read.
void require_whole(const SeedReport& report) {
  if (!report.read.is_cut()) return;
  std::string what = "the databases could not be read to the end";
  for (const SiteTrouble& trouble : report.read.troubles) what += "; " + trouble.message;
  for (const Brake& brake : report.read.brakes) what += "; " + brake.message;
  throw VerbError{report.read.exit, what, "run `miroir seed` again: it goes on where it was cut"};
}

Exit exit_of(const Meeting& meeting) { return meeting.report.read.exit; }

// What was begun with another mapping has delivered nothing yet: it begins anew.
void start_over(Store& store, const Mapping& mapping) {
  store.begin();
  store.start_over(mapping);
  store.commit();
}

Exit rehearse(Context& context, SitePair& sites, const SeedVerb& verb) {
  const Mapping& mapping = context.setting.mapping;
  // A seed that was cut has claimed the sites: its own store goes on from there.
  const auto& state = context.setting.config.state;
  const auto remapping = find_remapping(context);
  Store scratch = state_exists(context)
                      ? Store::copy_of(state, remapping ? remapping->before : mapping)
                      : Store::scratch(mapping);
  if (remapping) start_over(scratch, mapping);
  SeedReport report =
      seed_shown(context, sites, scratch, options_for(context, verb, Writes::forbidden));
  refuse(report);
  require_whole(report);
  const Meeting meeting = meeting_of(std::move(report), scratch, context);
  print(context.json
            ? to_line(to_json(meeting, scratch, mapping, exit_of(meeting), true))
            : to_text(meeting, scratch, mapping) + "Nothing was written: this was a rehearsal.\n");
  return exit_of(meeting);
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

  preferred(verb, mapping);
  const auto remapping = find_remapping(context);
  const Mapping& known = remapping ? remapping->before : mapping;
  if (state_exists(context)) {
    // A copy, since a seed that was killed at once leaves a file that is not whole yet.
    const Store store = Store::copy_of(config.state, known);
    refuse_if_seeded(store, known);
    refuse_if_paused(store, known);
  }
  SitePair sites{context};
  const auto catalogs = bind_to_sites(context, sites);
  require_installed(context);
  if (verb.dry_run) return rehearse(context, sites, verb);

  const StoreLock lock = lock_state(context);
  Store store = Store::open(config.state, known);
  refuse_if_seeded(store, known);
  refuse_if_paused(store, known);
  if (remapping) start_over(store, mapping);
  const CycleOptions options = options_for(context, verb, Writes::allowed);
  SeedReport report = seed_shown(context, sites, store, options);
  refuse(report);
  for (const SiteId site : both_sites) {
    store.remember_catalog(site, catalog_to_text(catalogs[index(site)]));
  }
  require_whole(report);
  const Outcome read = report.read;
  if (!context.json)
    print(to_text(meeting_of(std::move(report), store, context), store, mapping) + "\n");
  return run_and_report(context, sites, store, options, read);
}

}  // namespace miroir
