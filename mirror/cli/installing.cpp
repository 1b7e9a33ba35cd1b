#include "mirror/cli/installing.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "mirror/cli/output.hpp"
#include "mirror/cli/progress.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"

namespace miroir {

using nlohmann::ordered_json;

std::vector<SiteId> chosen_sites(const Context& context, const std::optional<std::string>& name) {
  const Mapping& mapping = context.setting.mapping;
  if (!name) return {SiteId::first, SiteId::second};
  if (const auto site = mapping.site(*name)) return {*site};
  throw VerbError{Exit::usage, "there is no site '" + *name + "'",
                  "the sites are called " + mapping.sites[0] + " and " + mapping.sites[1]};
}

std::string title_of(const Context& context, SiteId site, const std::string& purpose) {
  const SiteConfig& config = context.setting.config.sites[index(site)];
  return fmt::format("-- miroir: {} at the site '{}' ({})\n", purpose, config.name,
                     config.dialect.empty() ? config.connector : config.dialect);
}

std::string script_for(const Context& context, SiteId site, const std::vector<Step>& steps,
                       const std::string& purpose) {
  return title_of(context, site, purpose) +
         context.connectors[index(site)].dialect->as_script(steps);
}

void print_scripts(const Context& context,
                   const std::vector<std::pair<SiteId, std::string>>& scripts) {
  ordered_json by_site = ordered_json::object();
  std::string text;
  for (const auto& [site, script] : scripts) {
    by_site[context.setting.mapping.sites[index(site)]] = script;
    text += (text.empty() ? "" : "\n") + script;
  }
  if (context.json) text = to_line({{"outcome", name_of(Exit::done)}, {"sql", by_site}});
  print(text);
}

void run_shown(Context& context, SiteId site, Session& session, const std::vector<Step>& steps,
               const std::string& doing) {
  ProgressDisplay display{context};
  const std::string stage = doing + " " + context.setting.mapping.sites[index(site)];
  for (std::size_t i = 0; i < steps.size(); ++i) {
    display.show({.stage = stage, .done = i, .total = steps.size()});
    run_steps(session, {steps[i]});
  }
}

void print_results(const Context& context, const std::vector<SiteResult>& results) {
  const auto& names = context.setting.mapping.sites;
  ordered_json by_site = ordered_json::object();
  std::string text;
  for (const SiteResult& result : results) {
    const std::string& name = names[index(result.site)];
    by_site[name] = {{"steps", result.steps}, {"message", result.message}};
    text += name + ": " + result.message + "\n";
  }
  if (context.json) text = to_line({{"outcome", name_of(Exit::done)}, {"sites", by_site}});
  print(text);
}

bool on_terminal() { return ::isatty(STDIN_FILENO) == 1; }

bool confirmed(const std::string& question) {
  fmt::print(stderr, "{} [y/N] ", question);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

std::optional<StoreLock> lock_if_seeded(const Context& context) {
  if (!state_exists(context)) return std::nullopt;
  return lock_state(context);
}

}  // namespace miroir
