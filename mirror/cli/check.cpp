// miroir check: looks at everything that a cycle needs, and says what to do about what is missing.
// Changes nothing. Configuration and mapping have been read by then: their mistakes never get this
// far. With --state it looks at one file alone, and knows no configuration.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "connectors/journal.hpp"
#include "mirror/cli/connection_text.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/pausing.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/cli/table.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

constexpr double clock_offset_max_seconds = 5;

enum class Verdict : std::uint8_t { ok, warning, wrong, unreachable };

struct Finding {
  std::string site;  // Empty: none of the two.
  std::string topic;
  Verdict verdict = Verdict::ok;
  std::string message;
  std::string remedy{};
};
using Findings = std::vector<Finding>;

std::string_view word_for(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return "ok";
    case Verdict::warning:
      return "warning";
    case Verdict::wrong:
      return "wrong";
    case Verdict::unreachable:
      return "unreachable";
  }
  throw std::logic_error{"unknown verdict"};
}

Exit exit_of(const Findings& findings) {
  Exit exit = Exit::done;
  for (const Finding& finding : findings) {
    if (finding.verdict == Verdict::wrong) exit = graver(exit, Exit::usage);
    if (finding.verdict == Verdict::unreachable) exit = graver(exit, Exit::unreachable);
  }
  return exit;
}

struct StateFound {
  std::optional<std::string> store;  // Its id; nullopt: there is none yet.
  bool seeded = false;
  std::vector<Pause> pauses{};
};

// No cycle runs before somebody has agreed.
void tell_changes(const Remapping& remapping, Findings& findings) {
  for (const MappingChange& change : remapping.comparison.changes) {
    const bool carried = change.kind != MappingChangeKind::not_carried;
    findings.push_back({"", "mapping", Verdict::wrong, "changed: " + change.text,
                        carried ? "miroir plan, then miroir cycle --accept '" + remapping.id + "'"
                                : change.remedy});
  }
}

void tell_absence(const std::filesystem::path& file, Findings& findings) {
  if (::access(file.parent_path().c_str(), W_OK | X_OK) == 0) {
    findings.push_back(
        {"", "state", Verdict::ok, file.string() + " is not there yet", "miroir seed"});
  } else {
    findings.push_back({"", "state", Verdict::wrong, file.string() + " cannot be made",
                        "its folder must exist and be writable for the user that runs miroir"});
  }
}

StateFound check_state(const Context& context, Findings& findings) {
  const auto& [config, mapping] = context.setting;
  const std::string file = config.state.string();
  try {
    if (!state_exists(context)) {
      tell_absence(config.state, findings);
      return {};
    }
    const auto remapping = find_open_remapping(context);
    if (remapping) tell_changes(*remapping, findings);
    const Store store =
        Store::open_read_only(config.state, remapping ? remapping->before : mapping);
    const bool seeded = store.seeded();
    for (const std::string& damage : store.damage())
      findings.push_back({"", "state", Verdict::wrong, file + ": " + damage, damaged(damage).hint()});
    findings.push_back({"", "state", Verdict::ok, file + (seeded ? "" : " is not seeded yet"),
                        seeded ? "" : "miroir seed"});
    std::vector<Pause> pauses = store.pauses();
    if (remapping) {  // Entities have other numbers in the configured mapping.
      std::erase_if(
          pauses, [](const Pause& pause) { return std::holds_alternative<EntityId>(pause.what); });
    }
    return {store.id(), seeded, std::move(pauses)};
  } catch (const VerbError& error) {
    findings.push_back({"", "state", Verdict::wrong, error.what(), error.hint()});
    return {};
  } catch (const StoreError& error) {
    findings.push_back({"", "state", Verdict::wrong, error.what(), error.hint()});
    return {};
  }
}

// Whichever mapping it was made with: whether it is whole does not depend on that.
void check_file(const std::string& file, Findings& findings) {
  try {
    const auto made = Store::made_with(file);
    if (!made) {
      findings.push_back({"", "state", Verdict::wrong, file + " is no state file of miroir",
                          "name one, or a copy of one"});
      return;
    }
    Mapping any;
    any.fingerprint = made->fingerprint;
    for (const std::string& damage : Store::open_read_only(file, any).damage())
      findings.push_back(
          {"", "state", Verdict::wrong, file + ": " + damage, damaged(damage).hint()});
  } catch (const StoreError& error) {
    findings.push_back({"", "state", Verdict::wrong, error.what(), error.hint()});
  }
  if (findings.empty()) findings.push_back({"", "state", Verdict::ok, file + " is whole"});
}

// Whoever checks a site looks at it, paused or not; but should know why no cycle does.
void tell_pauses(const StateFound& state, const Mapping& mapping, Findings& findings) {
  for (const Pause& pause : state.pauses) {
    const auto* site = std::get_if<SiteId>(&pause.what);
    findings.push_back({site == nullptr ? "" : mapping.sites[index(*site)], "pause",
                        Verdict::warning, described(pause, mapping),
                        resume_command(pause.what, mapping) + ", when that is over"});
  }
}

// One site, in the order in which things depend on each other.
class SiteCheck {
 public:
  SiteCheck(Context& context, SiteId site, Findings& findings)
      : context_{context},
        site_{site},
        connector_{context.connectors[index(site)]},
        findings_{findings} {}

  void run(const StateFound& state);

 private:
  void add(std::string topic, Verdict verdict, std::string message, std::string remedy = {}) {
    findings_.push_back({context_.setting.mapping.sites[index(site_)], std::move(topic), verdict,
                         std::move(message), std::move(remedy)});
  }
  std::vector<TableName> mirrored_tables() const;
  bool check_rights(Session& session);
  bool check_columns(Session& session);
  bool check_capture(Session& session);
  void tell_left(Session& session);
  void check_mark(const StateFound& state);
  void check_line();
  void check_clock(Session& session);

  Context& context_;
  SiteId site_;
  const Connector& connector_;
  Findings& findings_;
};

std::vector<TableName> SiteCheck::mirrored_tables() const {
  std::set<TableName> tables;
  for (const Entity& entity : context_.setting.mapping.entities) {
    tables.insert(entity.table[index(site_)].name);
    for (const Satellite& satellite : entity.table[index(site_)].satellites)
      tables.insert(satellite.table);
  }
  return {tables.begin(), tables.end()};
}

// Of the account that mirrors; the installer's is not asked for.
bool SiteCheck::check_rights(Session& session) {
  const RightsFound found =
      connector_.accounts->compare(session, needed_rights(context_.setting.mapping, site_));
  const std::string who = found.account.empty() ? "miroir" : "the account " + found.account;
  for (const RightsFinding& one : found.lacking)
    add("rights", Verdict::wrong, who + " lacks " + one.what, one.remedy);
  for (const RightsFinding& one : found.too_much)
    add("rights", Verdict::warning, who + " " + one.what, one.remedy);
  if (found.lacking.empty() && found.too_much.empty() && !found.account.empty())
    add("rights", Verdict::ok, who + " has what it needs");
  return found.lacking.empty();
}

bool SiteCheck::check_columns(Session& session) {
  auto& [config, mapping] = context_.setting;
  const CatalogTables tables =
      read_catalog(mapping, site_, [&](const TableName& name) { return session.describe(name); });
  const auto mistakes = bind_to(mapping, site_, tables, config.mapping);
  for (const Mistake& mistake : mistakes) {
    add("columns", Verdict::wrong, mistake.file + "#" + mistake.pointer + ": " + mistake.wrong,
        mistake.right);
  }
  if (mistakes.empty()) {
    add("columns", Verdict::ok,
        counted(tables.size(), "table fits", "tables fit") + " the mapping");
  }
  return mistakes.empty();
}

bool SiteCheck::check_capture(Session& session) {
  const std::string& name = context_.setting.mapping.sites[index(site_)];
  const Installed installed = read_installed(session);
  const Dialect& dialect = session.dialect();
  const auto tables = watched_tables(context_, site_);
  const auto steps = install_steps(dialect, tables, installed);
  if (steps.empty()) {
    tell_left(session);
  } else if (installed.tables.empty() && installed.triggers.empty()) {
    add("capture", Verdict::wrong, "miroir is not installed here", "miroir install --site " + name);
  } else if (installed.has_own_tables(dialect) &&
             std::all_of(tables.begin(), tables.end(), [&](const auto& table) {
               return installed.watches(dialect, table) || installed.watched_before(dialect, table);
             })) {
    add("capture", Verdict::wrong,
        "triggers of an earlier version are in place",
        "miroir install --site " + name);
  } else {
    add("capture", Verdict::wrong,
        "tables or triggers of miroir's are missing, switched off, or watch other columns",
        "miroir install --site " + name + ", then look for what was changed meanwhile");
  }
  return steps.empty();
}

// They cost the site's users time, and fill a journal for nobody.
void SiteCheck::tell_left(Session& session) {
  std::set<std::string> tables;
  for (const OwnTrigger& trigger :
       left_triggers(session.dialect(), read_own_triggers(session), kept_tables(context_, site_)))
    tables.insert(trigger.table);
  if (tables.empty()) return add("capture", Verdict::ok, "journal and triggers are in place");
  add("capture", Verdict::warning,
      fmt::format("journal and triggers are in place, and triggers of what is mirrored no more are "
                  "left on {}",
                  fmt::join(tables, ", ")),
      "miroir install --site " + context_.setting.mapping.sites[index(site_)]);
}

void SiteCheck::check_mark(const StateFound& state) {
  SitePair sites{context_};
  sites.at(site_).connect();
  const SiteMark mark = sites.at(site_).take_census().mark;
  if (mark.store.empty()) {
    add("mark", Verdict::ok, "no store has claimed this site yet");
  } else if (state.store == mark.store) {
    add("mark", Verdict::ok, fmt::format("ours, last written in cycle {}", mark.cycle.raw()));
  } else {
    add("mark", Verdict::wrong, "another store mirrors this site (" + mark.store + ")",
        "one pair, one state file: " + restore_or_seed(mark.store));
  }
}

// The answer took some time to come: half of it is taken off, and counted as the margin of error.
void SiteCheck::check_clock(Session& session) {
  using namespace std::chrono;
  const auto asked = system_clock::now();
  const auto rows = all_rows(session, session.dialect().now(), std::array{ValueKind::instant});
  const auto answered = system_clock::now();
  const auto middle = asked.time_since_epoch() + (answered - asked) / 2;
  const auto there = microseconds{std::get<Instant>(rows.at(0).at(0)).micros};
  const double offset = duration<double>(there - duration_cast<microseconds>(middle)).count();
  const double margin = duration<double>(answered - asked).count() / 2;
  const std::string text =
      fmt::format("{:+.3f} s against this machine (±{:.3f} s)", offset, margin);
  if (std::abs(offset) - margin > clock_offset_max_seconds) {
    add("clock", Verdict::warning, text, "let NTP set the clocks of both machines");
  } else {
    add("clock", Verdict::ok, text);
  }
}

void SiteCheck::check_line() {
  const SiteConfig& config = context_.setting.config.sites[index(site_)];
  if (!travels_unverified(config.connector, config.connection)) return;
  add("line", Verdict::warning, std::string{unverified_line}, std::string{unverified_remedy});
}

void SiteCheck::run(const StateFound& state) try {
  check_line();
  const auto session = connector_.open();
  add("connection", Verdict::ok, "connected");
  const bool may = check_rights(*session);
  const bool fits = check_columns(*session);
  if (check_capture(*session) && fits && may) check_mark(state);
  for (const std::string& warning : connector_.warnings(*session, mirrored_tables())) {
    add("database", Verdict::warning, warning);
  }
  check_clock(*session);
} catch (const DbError& error) {
  const bool away =
      error.recovery() == Recovery::reconnect || error.recovery() == Recovery::in_doubt;
  add("connection", away ? Verdict::unreachable : Verdict::wrong, error.what(),
      std::string{error.hint()});
}

std::string to_text(const Findings& findings) {
  std::string text;
  for (const Finding& f : findings) {
    text += fmt::format("{:<11}  {}{}: {}\n", word_for(f.verdict),
                        f.site.empty() ? "" : f.site + " ", f.topic, f.message);
    if (!f.remedy.empty()) text += fmt::format("{:<11}  -> {}\n", "", f.remedy);
  }
  return text;
}

ordered_json to_json(const Findings& findings) {
  ordered_json object{{"outcome", name_of(exit_of(findings))}, {"findings", ordered_json::array()}};
  for (const Finding& f : findings) {
    object["findings"].push_back({{"site", f.site},
                                  {"topic", f.topic},
                                  {"verdict", word_for(f.verdict)},
                                  {"message", f.message},
                                  {"remedy", f.remedy}});
  }
  return object;
}

Exit print_findings(const Findings& findings, bool json) {
  print(json ? to_line(to_json(findings)) : to_text(findings));
  return exit_of(findings);
}

}  // namespace

Exit check_state_file(const std::filesystem::path& file, bool json) {
  Findings findings;
  check_file(file.string(), findings);
  return print_findings(findings, json);
}

Exit run_verb(Context& context, const CheckVerb&) {
  Findings findings{{"", "mapping", Verdict::ok,
                     context.setting.config.mapping.string() + ", " +
                         counted(context.setting.mapping.entities.size(), "entity", "entities")}};
  const StateFound state = check_state(context, findings);
  tell_pauses(state, context.setting.mapping, findings);
  for (const SiteId site : both_sites) SiteCheck{context, site, findings}.run(state);
  // Cycles run all the same.
  for (const NotifyTrouble& one : troubles_of(context.setting.config.notify))
    findings.push_back({"", "notify", Verdict::warning, one.by + ": " + one.wrong, one.right});
  return print_findings(findings, context.json);
}

}  // namespace miroir
