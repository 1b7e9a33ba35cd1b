#include "mirror/cli/held_items.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "mirror/cli/naming.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/table.hpp"
#include "schema/row_codec.hpp"

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

std::vector<HeldLine> open_held(const Store& store, const Mapping& mapping, Which which) {
  std::vector<HeldLine> lines;
  for (const OpenHeld& held : store.held()) {
    if (held.ignored.has_value() == (which == Which::ignored))
      lines.push_back(line_of(held, store, mapping));
  }
  return lines;
}

std::vector<OpenSetAside> open_set_aside(const Store& store, Which which) {
  std::vector<OpenSetAside> items = store.set_aside();
  std::erase_if(items, [&](const OpenSetAside& item) {
    return item.ignored.has_value() != (which == Which::ignored);
  });
  return items;
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

std::string_view name_of(Attempt attempt) {
  static constexpr std::string_view names[] = {"read", "insert", "update", "delete"};
  return names[static_cast<std::size_t>(attempt)];
}

std::string spoken_id(const OpenSetAside& item) { return "S" + std::to_string(item.id); }

std::optional<RecordId> record_of(const Store& store, const Mapping& mapping,
                                  const OpenSetAside& item) {
  for (const SiteId site : both_sites) {
    try {
      const Key key = parse_key_text(item.key, mapping.table(item.entity, site).key_kinds());
      if (const auto found = store.find(site, item.entity, key)) return found;
    } catch (const CodecError&) {  // A key of the other site.
    }
  }
  return std::nullopt;
}

namespace {

ordered_json to_json(const std::optional<Ignored>& ignored) {
  if (!ignored) return nullptr;
  return {{"by", ignored->by}, {"since", ignored->since}, {"reason", ignored->reason}};
}

}  // namespace

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
          {"since", line.held.since.raw()},
          {"ignored", to_json(line.held.ignored)}};
}

ordered_json to_json(const OpenSetAside& item, const Mapping& mapping) {
  const ordered_json next = item.next ? ordered_json(item.next->raw()) : ordered_json(nullptr);
  return {{"id", spoken_id(item)},
          {"site", mapping.sites[index(item.site)]},
          {"entity", mapping.entity(item.entity).name},
          {"key", item.key},
          {"reason", item.reason},
          {"since", item.since.raw()},
          {"tried", name_of(item.attempt)},
          {"tries", item.tries},
          {"next", next},
          {"waiting", item.waiting},
          {"ignored", to_json(item.ignored)}};
}

Exit exit_of(const std::vector<HeldLine>& held, const std::vector<OpenSetAside>& items) {
  const bool none =
      std::all_of(held.begin(), held.end(),
                  [](const HeldLine& line) { return line.held.ignored.has_value(); }) &&
      std::all_of(items.begin(), items.end(),
                  [](const OpenSetAside& item) { return item.ignored.has_value(); });
  return none ? Exit::done : Exit::waiting;
}

ordered_json to_json(const std::vector<HeldLine>& held, const std::vector<OpenSetAside>& items,
                     std::size_t ignored, const Mapping& mapping) {
  ordered_json object{{"outcome", name_of(exit_of(held, items))},
                      {"held", ordered_json::array()},
                      {"set_aside", ordered_json::array()}};
  for (const HeldLine& line : held) object["held"].push_back(to_json(line, mapping));
  for (const OpenSetAside& item : items) object["set_aside"].push_back(to_json(item, mapping));
  object["ignored"] = ignored;
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

namespace {

std::string next_of(const OpenSetAside& item) {
  return item.next ? "cycle " + std::to_string(item.next->raw()) : "every cycle";
}

std::string tried(const OpenSetAside& item) {
  return fmt::format("{}, {} time{}", name_of(item.attempt), item.tries,
                     item.tries == 1 ? "" : "s");
}

}  // namespace

std::string to_text(const std::vector<OpenSetAside>& items, const Mapping& mapping) {
  if (items.empty()) return {};
  Table table{{"ID", "SITE", "ENTITY", "KEY", "SINCE", "TRIED", "NEXT", "WAITING", "WHY"}};
  for (const OpenSetAside& item : items) {
    table.add({spoken_id(item), mapping.sites[index(item.site)], mapping.entity(item.entity).name,
               item.key, "cycle " + std::to_string(item.since.raw()), tried(item), next_of(item),
               item.waiting == 0 ? "" : std::to_string(item.waiting), item.reason});
  }
  return "Set aside, and tried again by itself, at once when it changes; now: miroir held retry "
         "ID\n" +
         table.text();
}

std::string to_text(const OpenSetAside& item, const Mapping& mapping) {
  const std::string& site = mapping.sites[index(item.site)];
  const bool read = item.attempt == Attempt::read;
  std::string text = fmt::format("{} {}\n", mapping.entity(item.entity).name, item.key);
  const auto line = [&](const char* what, const std::string& value) {
    text += fmt::format("{:<12}{}\n", what, value);
  };
  line("set aside", (read ? "it cannot be taken from " : "it cannot be written to ") + site +
                        ", since cycle " + std::to_string(item.since.raw()));
  line("why", item.reason);
  line("tried", tried(item));
  line("next", next_of(item) + ", or as soon as it changes at either site");
  if (item.waiting > 0)
    line("waiting", fmt::format("{} other{} that refer{} to it", item.waiting,
                                item.waiting == 1 ? "" : "s", item.waiting == 1 ? "s" : ""));
  if (item.ignored)
    line("ignored", fmt::format("by {} since {}: {}", item.ignored->by, item.ignored->since,
                                item.ignored->reason));
  return text +
         "\nwhat to do: mend it at either site, or what refuses it; then it arrives by itself\n" +
         fmt::format("now:        miroir held retry {} --now\n", spoken_id(item)) +
         (item.ignored
              ? fmt::format("again:      miroir held unignore {}\n", spoken_id(item))
              : fmt::format("not at all: miroir held ignore {} --reason TEXT\n", spoken_id(item)));
}

std::string ignored_text(const std::vector<HeldLine>& held, const std::vector<OpenSetAside>& items,
                         const Mapping& mapping) {
  if (held.empty() && items.empty()) return "Nothing is ignored.\n";
  Table table{{"ID", "ENTITY", "KEY", "FIELD", "BY", "SINCE", "REASON"}};
  for (const HeldLine& line : held) {
    const Ignored& ignored = *line.held.ignored;
    table.add({std::to_string(line.held.id), line.entity, line.key, line.field, ignored.by,
               ignored.since, ignored.reason});
  }
  for (const OpenSetAside& item : items) {
    table.add({spoken_id(item), mapping.entity(item.entity).name, item.key,
               "(set aside by " + mapping.sites[index(item.site)] + ")", item.ignored->by,
               item.ignored->since, item.ignored->reason});
  }
  return "Ignored until it changes; to let it wait again: miroir held unignore ID\n" + table.text();
}

std::string to_text_of_ignored(std::size_t count) {
  if (count == 0) return {};
  return fmt::format("ignored     {}; miroir held list --ignored\n", count);
}

}  // namespace miroir
