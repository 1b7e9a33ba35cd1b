// miroir status: what the store knows. Asks no site, so it answers while both are away and while a
// cycle runs.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "mirror/cli/output.hpp"
#include "mirror/cli/pausing.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/cli/table.hpp"
#include "mirror/cli/verbs.hpp"
#include "mirror/state/store.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t shown_max = 20;
constexpr std::size_t held_shown_max = 100;  // A changed mapping may have made very many.

struct HeldLine {
  OpenHeld held;
  std::string entity, key, field;
};

struct Status {
  bool seeded = false;
  std::optional<LoggedCycle> last;
  PerSite<std::size_t> behind{};
  std::vector<HeldLine> held;
  std::vector<OpenSetAside> set_aside;
  std::vector<Decision> decisions;
  std::vector<Pause> pauses;
  std::optional<Remapping> remapping;
};

Status read_status(Context& context) {
  auto& [config, mapping] = context.setting;
  if (!std::filesystem::exists(config.state)) return {};
  auto remapping = find_open_remapping(context);
  if (remapping) mapping = remapping->before;
  const Store store = Store::open_read_only(config.state, mapping);
  bind_from_store_alone(context, store);
  Status status{.seeded = store.seeded(),
                .last = store.last_logged_cycle(),
                .behind = {store.count_behind(SiteId::first), store.count_behind(SiteId::second)},
                .held = {},
                .set_aside = store.set_aside(),
                .decisions = decisions(store, mapping, std::nullopt, shown_max),
                .pauses = store.pauses(),
                .remapping = std::move(remapping)};
  for (OpenHeld& held : store.held()) {
    const Entity& entity = mapping.entity(held.entity);
    const std::string key = spoken_key(store, mapping, held.entity, held.record);
    const std::string field = held.field ? entity.fields[*held.field].name : "(deletion)";
    status.held.push_back({std::move(held), entity.name, key, field});
  }
  return status;
}

Exit exit_of(const Status& status) {
  if (status.remapping && status.seeded) return Exit::brake;
  return status.held.empty() && status.set_aside.empty() ? Exit::done : Exit::waiting;
}

ordered_json last_cycle_json(const LoggedCycle& last) {
  ordered_json object{{"cycle", last.cycle.raw()},
                      {"started", last.started},
                      {"seconds", rounded(last.seconds)},
                      {"outcome", last.outcome}};
  const auto summary = ordered_json::parse(last.summary, nullptr, false);
  object["summary"] = summary.is_discarded() ? ordered_json(last.summary) : summary;
  return object;
}

ordered_json held_json(const HeldLine& line, const Mapping& mapping) {
  return {{"id", line.held.id},
          {"entity", line.entity},
          {"key", line.key},
          {"field", line.field},
          {"reason", line.held.reason},
          {"candidates",
           {{mapping.sites[0], to_json(line.held.candidates[0])},
            {mapping.sites[1], to_json(line.held.candidates[1])}}},
          {"since", line.held.since.raw()}};
}

ordered_json to_json(const Status& status, const Context& context) {
  const Mapping& mapping = context.setting.mapping;
  ordered_json object{{"outcome", name_of(exit_of(status))},
                      {"seeded", status.seeded},
                      {"sites", mapping.sites},
                      {"last_cycle", nullptr},
                      {"next_cycle", nullptr}};  // Whoever starts cycles knows: cron, a timer.
  if (status.last) object["last_cycle"] = last_cycle_json(*status.last);
  object["behind"] = to_json(status.behind, mapping);
  object["paused"] = to_json(status.pauses, mapping);
  if (status.remapping) object["mapping"] = to_json(*status.remapping);
  object["held"] = ordered_json::array();
  for (const HeldLine& line : status.held) object["held"].push_back(held_json(line, mapping));
  object["set_aside"] = ordered_json::array();
  for (const OpenSetAside& item : status.set_aside) {
    object["set_aside"].push_back({{"site", mapping.sites[index(item.site)]},
                                   {"entity", mapping.entity(item.entity).name},
                                   {"key", item.key},
                                   {"reason", item.reason},
                                   {"since", item.since.raw()},
                                   {"tries", item.tries}});
  }
  object["decisions"] = ordered_json::array();
  for (const Decision& d : status.decisions) object["decisions"].push_back(to_json(d));
  return object;
}

std::string held_text(const Status& status, const Mapping& mapping) {
  if (status.held.empty()) return {};
  Table table{{"ENTITY", "KEY", "FIELD", mapping.sites[0], mapping.sites[1], "SINCE", "WHY"}};
  const std::size_t listed = std::min(status.held.size(), held_shown_max);
  for (const HeldLine& line : std::span{status.held}.first(listed)) {
    table.add({line.entity, line.key, line.field, display(line.held.candidates[0]),
               display(line.held.candidates[1]), "cycle " + std::to_string(line.held.since.raw()),
               line.held.reason});
  }
  const std::size_t more = status.held.size() - listed;
  return "\nWaits for a person:\n" + table.text() +
         (more == 0 ? "" : fmt::format("... and {} more; --json lists all\n", more));
}

std::string set_aside_text(const Status& status, const Mapping& mapping) {
  if (status.set_aside.empty()) return {};
  Table table{{"SITE", "ENTITY", "KEY", "SINCE", "TRIES", "WHY"}};
  for (const OpenSetAside& item : status.set_aside) {
    table.add({mapping.sites[index(item.site)], mapping.entity(item.entity).name, item.key,
               "cycle " + std::to_string(item.since.raw()), std::to_string(item.tries),
               item.reason});
  }
  return "\nSet aside, tried again in every cycle:\n" + table.text();
}

std::string to_text(const Status& status, const Context& context) {
  const auto& [config, mapping] = context.setting;
  const std::string paused = to_text(status.pauses, mapping);
  if (!status.seeded) return "Not seeded yet: run `miroir seed`.\n" + paused;
  Table sites{{"SITE", "CONNECTOR", "BEHIND"}};
  for (const SiteId site : both_sites) {
    const SiteConfig& c = config.sites[index(site)];
    sites.add({c.name, c.dialect.empty() ? c.connector : c.connector + " (" + c.dialect + ")",
               counted(status.behind[index(site)], "record", "records")});
  }
  std::string text = sites.text() + "\n";
  if (status.last) {
    text += fmt::format("last cycle  {}, started {}, {:.2f} s: {}\n", status.last->cycle.raw(),
                        status.last->started, status.last->seconds, status.last->outcome);
  } else {
    text += "last cycle  none yet\n";
  }
  text += "next cycle  when cron or the timer starts it\n";
  if (status.remapping) text += "\n" + to_text(*status.remapping);
  if (!paused.empty()) text += "\n" + paused;
  text += held_text(status, mapping) + set_aside_text(status, mapping);
  if (!status.decisions.empty()) text += "\nLast decisions:\n" + to_text(status.decisions);
  return text;
}

}  // namespace

Exit run_verb(Context& context, const StatusVerb&) {
  const Status status = read_status(context);
  print(context.json ? to_line(to_json(status, context)) : to_text(status, context));
  return exit_of(status);
}

}  // namespace miroir
