#include "mirror/cli/held_items.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "mirror/cli/naming.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/table.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t shown_max = 100;  // A changed mapping may have made very many.
constexpr std::array rules{"hold",    "shortened", "rewriting", "mapping",
                           "against", "computed",  "undo",      "deletion"};

}  // namespace

HeldLine line_of(const OpenHeld& held, const Store& store, const Mapping& mapping) {
  const Entity& entity = mapping.entity(held.entity);
  HeldLine line{held,
                entity.name,
                spoken_key(store, mapping, held.entity, held.record),
                held.field ? entity.fields.at(*held.field).name : "(deletion)",
                {}};
  if (!held.field) return line;
  for (const SiteId site : both_sites) {
    line.values[index(site)] =
        spoken_value(store, mapping, entity.fields[*held.field], held.candidates[index(site)]);
  }
  return line;
}

std::vector<HeldLine> open_held(const Store& store, const Mapping& mapping) {
  std::vector<HeldLine> lines;
  for (const OpenHeld& held : store.held()) lines.push_back(line_of(held, store, mapping));
  return lines;
}

std::string_view rule_of(const OpenHeld& held) {
  if (!held.why) return "deletion";
  switch (*held.why) {
    case HoldReason::policy:
      return "hold";
    case HoldReason::shortened:
      return "shortened";
    case HoldReason::rewriting:
      return "rewriting";
    case HoldReason::remapped:
      return "mapping";
    case HoldReason::against:
      return "against";
    case HoldReason::term:
      return "computed";
    case HoldReason::undone:
      return "undo";
  }
  throw std::logic_error{"unknown reason to hold a field"};
}

void require_rule(const std::string& rule) {
  if (std::find(rules.begin(), rules.end(), rule) != rules.end()) return;
  throw VerbError{Exit::usage, "nothing is held for '" + rule + "'",
                  fmt::format("what is held has one of {}", fmt::join(rules, ", "))};
}

std::string spoken_id(const OpenSetAside& item) { return "S" + std::to_string(item.id); }

ordered_json to_json(const HeldLine& line, const Mapping& mapping) {
  return {{"id", line.held.id},
          {"entity", line.entity},
          {"key", line.key},
          {"field", line.field},
          {"rule", rule_of(line.held)},
          {"reason", line.held.reason},
          {"candidates",
           {{mapping.sites[0], to_json(line.held.candidates[0])},
            {mapping.sites[1], to_json(line.held.candidates[1])}}},
          {"since", line.held.since.raw()}};
}

ordered_json to_json(const OpenSetAside& item, const Mapping& mapping) {
  return {{"id", spoken_id(item)},
          {"site", mapping.sites[index(item.site)]},
          {"entity", mapping.entity(item.entity).name},
          {"key", item.key},
          {"reason", item.reason},
          {"since", item.since.raw()},
          {"tries", item.tries}};
}

ordered_json to_json(const std::vector<HeldLine>& held, const std::vector<OpenSetAside>& items,
                     const Mapping& mapping) {
  const Exit exit = held.empty() && items.empty() ? Exit::done : Exit::waiting;
  ordered_json object{{"outcome", name_of(exit)},
                      {"held", ordered_json::array()},
                      {"set_aside", ordered_json::array()}};
  for (const HeldLine& line : held) object["held"].push_back(to_json(line, mapping));
  for (const OpenSetAside& item : items) object["set_aside"].push_back(to_json(item, mapping));
  return object;
}

std::string to_text(const std::vector<HeldLine>& held, const Mapping& mapping) {
  if (held.empty()) return {};
  Table table{{"ID", "ENTITY", "KEY", "FIELD", mapping.sites[0], mapping.sites[1], "SINCE", "WHY"}};
  const std::size_t listed = std::min(held.size(), shown_max);
  for (const HeldLine& line : std::span{held}.first(listed)) {
    table.add({std::to_string(line.held.id), line.entity, line.key, line.field, line.values[0],
               line.values[1], "cycle " + std::to_string(line.held.since.raw()), line.held.reason});
  }
  const std::size_t more = held.size() - listed;
  return "Waits for a person:\n" + table.text() +
         (more == 0 ? "" : fmt::format("... and {} more; --json lists all\n", more)) +
         "what to do: miroir held show ID\n";
}

std::string to_text(const std::vector<OpenSetAside>& items, const Mapping& mapping) {
  if (items.empty()) return {};
  Table table{{"ID", "SITE", "ENTITY", "KEY", "SINCE", "TRIES", "WHY"}};
  for (const OpenSetAside& item : items) {
    table.add({spoken_id(item), mapping.sites[index(item.site)], mapping.entity(item.entity).name,
               item.key, "cycle " + std::to_string(item.since.raw()), std::to_string(item.tries),
               item.reason});
  }
  return "Set aside, and tried again by itself; at once: miroir held retry ID\n" + table.text();
}

}  // namespace miroir
