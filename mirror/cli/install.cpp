// miroir install: the journal, its triggers and the markers. A second time changes nothing.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "mirror/census_tables.hpp"
#include "mirror/cli/installing.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/cli/table.hpp"
#include "mirror/state/watch.hpp"

namespace miroir {
namespace {

// Before the first site is touched, the mapping must fit all that are chosen.
void refuse_misfits(const Context& context, const std::vector<SiteId>& sites,
                    const std::array<std::unique_ptr<Session>, 2>& sessions) {
  std::vector<Mistake> mistakes;
  Mapping mapping = context.setting.mapping;
  for (const SiteId site : sites) {
    Session& session = *sessions[index(site)];
    const CatalogTables tables =
        read_catalog(mapping, site, [&](const TableName& name) { return session.describe(name); });
    const auto found = bind_to(mapping, site, tables, context.setting.config.mapping);
    mistakes.insert(mistakes.end(), found.begin(), found.end());
  }
  if (!mistakes.empty()) throw ConfigError{mistakes};
}

void print_install_scripts(const Context& context, const std::vector<SiteId>& sites) {
  std::vector<std::pair<SiteId, std::string>> scripts;
  for (const SiteId site : sites) {
    const Dialect& dialect = *context.connectors[index(site)].dialect;
    auto steps = install_steps(dialect, watched_tables(context, site), {});
    for (const auto& table : former_tables(context, site))
      steps.push_back(dialect.drop_triggers(table));
    scripts.emplace_back(site, script_for(context, site, steps, "what `miroir install` runs"));
  }
  print_scripts(context, scripts);
}

void print_roles(const Context& context, const std::vector<SiteId>& sites) {
  std::vector<std::pair<SiteId, std::string>> scripts;
  for (const SiteId site : sites) {
    const SiteConfig& config = context.setting.config.sites[index(site)];
    scripts.emplace_back(site,
                         title_of(context, site, "the accounts that miroir needs") +
                             context.connectors[index(site)].accounts->script(
                                 config.accounts, needed_rights(context.setting.mapping, site)));
  }
  print_scripts(context, scripts);
}

// An entity's own table and its satellites'; `table` is one of them.
bool is_of(const Dialect::JournalledTable& table, const Entity& entity, const Mapping& mapping) {
  if (mapping.find(table.part) != nullptr) return table.part == entity.name;
  return table.part.starts_with(entity.name + ".");
}

// What was as the last cycle left it is so still: nobody has to be asked for what miroir itself did.
void tell_store(const Context& context, SiteId site, Session& session, const Installed& before,
                const std::vector<Dialect::JournalledTable>& tables,
                const std::vector<Dialect::JournalledTable>& former) {
  const Installed after = read_installed(session);
  const Mapping& mapping = context.setting.mapping;
  std::vector<Replaced> replaced;
  for (const Entity& entity : mapping.entities) {
    std::vector<Dialect::JournalledTable> own;
    const auto add = [&](const std::vector<Dialect::JournalledTable>& from) {
      std::copy_if(from.begin(), from.end(), std::back_inserter(own),
                   [&](const auto& table) { return is_of(table, entity, mapping); });
    };
    add(tables);
    const std::string now = after.states(session.dialect(), own);
    add(former);
    replaced.push_back(
        {triggers_name(entity.name), before.states(session.dialect(), own), now});
  }
  carry_remembered(context.setting.config.state, site, replaced, catalogue_name);
}

SiteResult install_at(Context& context, SiteId site, Session& session) {
  const auto tables = watched_tables(context, site);
  const Installed installed = read_installed(session);
  const auto steps = install_steps(session.dialect(), tables, installed);
  run_shown(context, site, session, steps, "installing at");
  // Asked only now: a database may have taken a new name for an old one's.
  const auto left = drop_steps(
      session.dialect(),
      left_triggers(session.dialect(), read_own_triggers(session), kept_tables(context, site)));
  run_shown(context, site, session, left, "removing what is left at");
  if (steps.empty() && left.empty())
    return {site, 0, "everything is in place; nothing was changed"};
  tell_store(context, site, session, installed, tables, former_tables(context, site));
  return {site, steps.size() + left.size(),
          fmt::format("journal and triggers are in place for {}",
                      counted(tables.size(), "table", "tables"))};
}

}  // namespace

Exit run_verb(Context& context, const InstallVerb& verb) {
  const auto sites = chosen_sites(context, verb.site);
  if (verb.print_roles) {
    print_roles(context, sites);
    return Exit::done;
  }
  if (verb.print) {
    print_install_scripts(context, sites);
    return Exit::done;
  }
  std::array<std::unique_ptr<Session>, 2> sessions;
  for (const SiteId site : sites) sessions[index(site)] = context.connectors[index(site)].open();
  refuse_misfits(context, sites, sessions);
  if (!verb.yes && on_terminal() && !confirmed("Put miroir's journal and triggers on the sites?")) {
    throw VerbError{Exit::usage, "nothing was installed", "answer y, or use --yes"};
  }
  const auto lock = lock_if_seeded(context);
  std::vector<SiteResult> results;
  for (const SiteId site : sites) {
    results.push_back(install_at(context, site, *sessions[index(site)]));
  }
  print_results(context, results);
  return Exit::done;
}

}  // namespace miroir
