// What miroir installs at a site and takes away again.
#include <algorithm>

#include "connectors/journal.hpp"
#include "schema/lens.hpp"

namespace miroir {
namespace {

constexpr int attempts_max = 5;  // Each waits for locks as long as the session's lock wait.

void run_step(Session& session, const Step& step) {
  for (int attempt = 1;; ++attempt) {
    try {
      return session.run_transaction(step);
    } catch (const DbError& error) {
      if (error.recovery() != Recovery::retry || attempt == attempts_max) throw;
    }
  }
}

}  // namespace

std::vector<Step> install_steps(const Dialect& dialect,
                                const std::vector<Dialect::JournalledTable>& tables,
                                const Installed& installed) {
  std::vector<Step> steps;
  const bool has_tables = installed.has_own_tables(dialect);
  if (!has_tables) steps.push_back(dialect.create_own_tables());
  for (const Dialect::JournalledTable& table : tables) {
    if (!installed.watches(dialect, table)) steps.push_back(dialect.create_triggers(table));
  }
  const std::string seal = dialect.seal_name();
  const bool triggers_are_new = steps.size() > (has_tables ? 0U : 1U);
  if (!seal.empty() && (triggers_are_new || !installed.triggers.contains(seal)))
    steps.push_back(dialect.create_seal());
  return steps;
}

bool Installed::has_own_tables(const Dialect& dialect) const {
  const OwnTables own = dialect.own_tables();
  return tables.contains(own.journal.name) && tables.contains(own.marker.name) &&
         tables.contains(own.site.name);
}

bool Installed::Trigger::stands_on(const TableName& mirrored) const {
  const auto same = [](const std::string& a, const std::string& b) {
    return lower_case(a) == lower_case(b);  // Some databases do not tell them apart.
  };
  return same(table.name, mirrored.name) &&
         (mirrored.schema.empty() ? found_by_name : same(table.schema, mirrored.schema));
}

// A table that took another's name, as online migrations do it, has none of its triggers.
bool Installed::fires(const Dialect& dialect, const Dialect::JournalledTable& table) const {
  const std::vector<std::string> wanted = dialect.trigger_names(table);
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& name) {
    const auto found = triggers.find(name);
    return found != triggers.end() && found->second.stands_on(table.table);
  });
}

bool Installed::watches(const Dialect& dialect, const Dialect::JournalledTable& table) const {
  return fires(dialect, table) &&
         triggers.at(dialect.trigger_names(table).at(1)).mark == dialect.mark_of(table);
}

bool Installed::watched_before(const Dialect& dialect,
                               const Dialect::JournalledTable& table) const {
  if (!fires(dialect, table)) return false;
  const std::string& mark = triggers.at(dialect.trigger_names(table).at(1)).mark;
  for (int version = 1; version < dialect.trigger_version(); ++version) {
    if (mark == Dialect::mark_of(table, version)) return true;
  }
  return false;
}

std::string Installed::states(const Dialect& dialect, const Dialect::JournalledTable& table) const {
  std::string text;
  for (const std::string& name : dialect.trigger_names(table)) {
    const auto found = triggers.find(name);
    const bool fires = found != triggers.end() && found->second.stands_on(table.table);
    text += (text.empty() ? "" : ", ") + (fires ? found->second.state : "-");
  }
  return text;
}

std::string Installed::states(const Dialect& dialect,
                              const std::vector<Dialect::JournalledTable>& spread) const {
  std::string text;
  for (const Dialect::JournalledTable& table : spread) {
    const std::vector<std::string> names = dialect.trigger_names(table);
    const bool has_none = std::none_of(names.begin(), names.end(), [&](const std::string& name) {
      return triggers.contains(name);
    });
    if (text.empty())
      text = states(dialect, table);
    else if (!has_none)
      text += ", " + states(dialect, table);
  }
  return text;
}

std::vector<OwnTrigger> left_triggers(const Dialect& dialect, std::vector<OwnTrigger> all,
                                      const std::vector<Dialect::JournalledTable>& tables) {
  std::set<std::string> known;
  for (const Dialect::JournalledTable& table : tables) {
    for (std::string& name : dialect.trigger_names(table)) known.insert(std::move(name));
  }
  std::set<std::string> needed;
  for (const OwnTrigger& trigger : all) {
    if (known.contains(trigger.name)) needed.insert(trigger.dropped_by);
  }
  std::erase_if(all,
                [&](const OwnTrigger& trigger) { return needed.contains(trigger.dropped_by); });
  return all;
}

std::vector<Step> drop_steps(const Dialect& dialect, const std::vector<OwnTrigger>& triggers) {
  std::set<std::string> dropped;
  std::vector<Step> steps;
  for (const OwnTrigger& trigger : triggers) {
    if (dropped.insert(trigger.dropped_by).second)
      steps.push_back({dialect.drop_trigger(trigger.dropped_by)});
  }
  return steps;
}

std::vector<Step> uninstall_steps(const Dialect& dialect,
                                  const std::vector<Dialect::JournalledTable>& tables,
                                  const std::vector<OwnTrigger>& found) {
  std::vector<Step> steps = drop_steps(dialect, found);
  for (const Dialect::JournalledTable& table : tables) {
    steps.push_back(dialect.drop_triggers(table));
  }
  steps.push_back(dialect.drop_own_tables());
  return steps;
}

Installed read_installed(Session& session) {
  const Dialect& dialect = session.dialect();
  Installed installed;
  const std::vector<ValueKind> two{ValueKind::text, ValueKind::text};
  session.query(dialect.list_own_tables(), two,
                [&](Row&& row) { installed.tables.insert(std::get<std::string>(row.at(1))); });
  std::vector<ValueKind> kinds(5, ValueKind::text);
  kinds.push_back(ValueKind::boolean);
  session.query(dialect.list_triggers(), kinds, [&](Row&& row) {
    const auto text = [&](std::size_t at) { return std::get<std::string>(row.at(at)); };
    installed.triggers[text(0)] = {text(1), text(2), {text(3), text(4)}, std::get<bool>(row.at(5))};
  });
  return installed;
}

std::vector<OwnTrigger> read_own_triggers(Session& session) {
  std::vector<OwnTrigger> triggers;
  const std::vector<ValueKind> three(3, ValueKind::text);
  session.query(session.dialect().list_own_triggers(), three, [&](Row&& row) {
    triggers.push_back({std::get<std::string>(row.at(0)), std::get<std::string>(row.at(1)),
                        std::get<std::string>(row.at(2))});
  });
  return triggers;
}

void run_steps(Session& session, const std::vector<Step>& steps) {
  for (const Step& step : steps) run_step(session, step);
}

std::size_t install(Session& session, const Mapping& mapping, SiteId site) {
  const auto tables = journalled_tables(mapping, site);
  const auto steps = install_steps(session.dialect(), tables, read_installed(session));
  run_steps(session, steps);
  return steps.size();
}

void uninstall(Session& session) {
  run_steps(session, uninstall_steps(session.dialect(), {}, read_own_triggers(session)));
}

}  // namespace miroir
