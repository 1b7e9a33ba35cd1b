// miroir uninstall: triggers first, whatever the mapping says, then the journal and the markers;
// nothing of miroir's stays at the site.
#include <fmt/format.h>

#include "mirror/cli/installing.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/cli/table.hpp"

namespace miroir {
namespace {

// What a script must name, since it finds no triggers by itself. Only a file's: no server is asked,
// and no password read.
std::vector<OwnTrigger> named_in_script(const Connector& connector, std::string& remark) try {
  if (connector.dialect->drops_found_triggers()) return {};
  return read_own_triggers(*connector.open());
} catch (const DbError&) {
  remark += "-- The database could not be asked for its triggers: these are the known mappings'.\n";
  return {};
}

// A state file that cannot be read keeps nobody from having his script.
std::vector<Dialect::JournalledTable> known_tables(const Context& context, SiteId site,
                                                   std::string& remark) {
  auto tables = journalled_tables(context.setting.mapping, site);
  try {
    for (auto& table : remembered_tables(context, site)) tables.push_back(std::move(table));
  } catch (const StoreError&) {
    remark += "-- The state file could not be asked for earlier mappings.\n";
  }
  return tables;
}

std::string uninstall_script(const Context& context, SiteId site) {
  const Connector& connector = context.connectors[index(site)];
  std::string remark;
  const auto found = named_in_script(connector, remark);
  const auto tables = known_tables(context, site, remark);
  return title_of(context, site, "what `miroir uninstall` runs") + remark +
         connector.dialect->as_script(uninstall_steps(*connector.dialect, tables, found));
}

void print_uninstall_scripts(const Context& context, const std::vector<SiteId>& sites) {
  std::vector<std::pair<SiteId, std::string>> scripts;
  for (const SiteId site : sites) scripts.emplace_back(site, uninstall_script(context, site));
  print_scripts(context, scripts);
}

// What the journal still holds is forgotten with it: whoever agrees should know.
void ask(const UninstallVerb& verb) {
  if (verb.yes) return;
  const std::string what = "changes that no cycle has carried yet are forgotten with the journal";
  if (!on_terminal()) {
    throw VerbError{Exit::usage, "uninstall wants to be sure: " + what, "miroir uninstall --yes"};
  }
  if (!confirmed("Take miroir away? C" + what.substr(1) + ".")) {
    throw VerbError{Exit::usage, "nothing was taken away", "answer y, or use --yes"};
  }
}

SiteResult uninstall_at(Context& context, SiteId site, Session& session) {
  const auto found = read_own_triggers(session);
  if (found.empty() && read_installed(session).tables.empty()) {
    return {site, 0, "nothing of miroir's is here; nothing was changed"};
  }
  const auto steps = uninstall_steps(session.dialect(), {}, found);
  run_shown(context, site, session, steps, "uninstalling at");
  return {site, steps.size(),
          fmt::format("journal, triggers and markers are gone; before seeding again remove {}",
                      context.setting.config.state.string())};
}

}  // namespace

Exit run_verb(Context& context, const UninstallVerb& verb) {
  const auto sites = chosen_sites(context, verb.site);
  if (verb.print) {
    print_uninstall_scripts(context, sites);
    return Exit::done;
  }
  ask(verb);
  const auto lock = lock_if_seeded(context);
  std::array<std::unique_ptr<Session>, 2> sessions;
  for (const SiteId site : sites) sessions[index(site)] = context.connectors[index(site)].open();
  std::vector<SiteResult> results;
  for (const SiteId site : sites) {
    results.push_back(uninstall_at(context, site, *sessions[index(site)]));
  }
  print_results(context, results);
  return Exit::done;
}

}  // namespace miroir
