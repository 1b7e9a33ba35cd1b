// What install and uninstall share: which sites, the SQL for a DBA, the question before anything is
// done.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connectors/journal.hpp"
#include "mirror/cli/verbs.hpp"

namespace miroir {

// The sites of --site NAME, or both; throws VerbError for a name that the configuration does not
// have.
std::vector<SiteId> chosen_sites(const Context& context, const std::optional<std::string>& name);

// A comment that says what a script is, and for which site.
std::string title_of(const Context& context, SiteId site, const std::string& purpose);
// A script with a comment that says for which site it is.
std::string script_for(const Context& context, SiteId site, const std::vector<Step>& steps,
                       const std::string& purpose);

// Prints the scripts; as JSON {"outcome", "sql": {"shop": "...", ...}}.
void print_scripts(const Context& context,
                   const std::vector<std::pair<SiteId, std::string>>& scripts);

// Runs the steps one by one, showing how far it is.
void run_shown(Context& context, SiteId site, Session& session, const std::vector<Step>& steps,
               const std::string& doing);

// What was done at each site, as text or JSON {"outcome", "sites": {"shop": {"steps": 6, "message":
// "..."}}}.
struct SiteResult {
  SiteId site = SiteId::first;
  std::size_t steps = 0;
  std::string message;
};
void print_results(const Context& context, const std::vector<SiteResult>& results);

// Asks on the terminal; true without asking where standard input is none.
bool confirmed(const std::string& question);
bool on_terminal();

// No cycle may run meanwhile. Nothing to lock where there is no state file yet.
std::optional<class StoreLock> lock_if_seeded(const Context& context);

}  // namespace miroir
