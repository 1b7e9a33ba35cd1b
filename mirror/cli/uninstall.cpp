// miroir uninstall: triggers first, then the journal and the markers; nothing of miroir's stays at
// the site.
#include <fmt/format.h>

#include "mirror/cli/installing.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/cli/table.hpp"

namespace miroir {
namespace {

std::vector<Step> steps_at(const Context& context, SiteId site) {
  return uninstall_steps(*context.connectors[index(site)].dialect,
                         journalled_tables(context.setting.mapping, site));
}

void print_uninstall_scripts(const Context& context, const std::vector<SiteId>& sites) {
  std::vector<std::pair<SiteId, std::string>> scripts;
  for (const SiteId site : sites) {
    scripts.emplace_back(
        site, script_for(context, site, steps_at(context, site), "what `miroir uninstall` runs"));
  }
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
  const Installed installed = read_installed(session);
  if (installed.tables.empty() && installed.triggers.empty()) {
    return {site, 0, "nothing of miroir's is here; nothing was changed"};
  }
  const auto steps = steps_at(context, site);
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
