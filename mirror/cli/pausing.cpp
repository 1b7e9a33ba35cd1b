#include "mirror/cli/pausing.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mirror/census.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

const char* kind_of(const Pausable& what) {
  return std::holds_alternative<SiteId>(what) ? "site" : "entity";
}

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string root_names(const Mapping& mapping) {
  std::vector<std::string> names;
  for (const Entity& entity : mapping.entities) {
    if (!entity.is_part()) names.push_back(entity.name);
  }
  return joined(names);
}

Pausable chosen_entity(const Mapping& mapping, const std::string& name) {
  const Entity* entity = mapping.find(name);
  if (entity == nullptr) {
    throw VerbError{Exit::usage, "there is no entity '" + name + "'",
                    "the entities are called " + root_names(mapping)};
  }
  if (entity->root) {
    const std::string& root = mapping.entity(*entity->root).name;
    throw VerbError{
        Exit::usage,
        fmt::format("{} is a part of {}, and an aggregate is mirrored as one", name, root),
        "name its root: --entity " + root};
  }
  return entity->id;
}

}  // namespace

Pausable chosen_pausable(const Mapping& mapping, const std::optional<std::string>& site,
                         const std::optional<std::string>& entity) {
  if (entity) return chosen_entity(mapping, *entity);
  if (const auto found = mapping.site(site.value())) return *found;
  throw VerbError{Exit::usage, "there is no site '" + *site + "'",
                  "the sites are called " + mapping.sites[0] + " and " + mapping.sites[1]};
}

const std::string& name_of(const Pausable& what, const Mapping& mapping) {
  if (const auto* site = std::get_if<SiteId>(&what)) return mapping.sites[index(*site)];
  return mapping.entity(std::get<EntityId>(what)).name;
}

std::string resume_command(const Pausable& what, const Mapping& mapping) {
  return fmt::format("miroir resume --{} {}", kind_of(what), name_of(what, mapping));
}

std::vector<std::string> names_waiting_with(const Pausable& what, const Mapping& mapping) {
  const auto* paused = std::get_if<EntityId>(&what);
  if (paused == nullptr) return {};
  std::vector<std::string> names;
  for (const std::size_t raw : dependants(mapping, *paused)) {
    if (raw != paused->raw()) names.push_back(mapping.entity(EntityId{raw}).name);
  }
  return names;
}

std::string waiting_with(const Pausable& what, const Mapping& mapping) {
  return joined(names_waiting_with(what, mapping));
}

std::string described(const Pause& pause, const Mapping& mapping) {
  return fmt::format("{} is paused since {} by {}: {}", name_of(pause.what, mapping), pause.since,
                     pause.by, pause.reason);
}

std::string to_text(const std::vector<Pause>& pauses, const Mapping& mapping) {
  std::string text;
  for (const Pause& pause : pauses) {
    text += described(pause, mapping) + "\n";
    const std::string with = waiting_with(pause.what, mapping);
    if (!with.empty()) text += fmt::format("  with it waits what refers to it: {}\n", with);
    text += fmt::format("  when that is over: {}\n", resume_command(pause.what, mapping));
  }
  return text;
}

ordered_json to_json(const Pause& pause, const Mapping& mapping) {
  return {{kind_of(pause.what), name_of(pause.what, mapping)},
          {"reason", pause.reason},
          {"since", pause.since},
          {"by", pause.by}};
}

ordered_json to_json(const std::vector<Pause>& pauses, const Mapping& mapping) {
  ordered_json list = ordered_json::array();
  for (const Pause& pause : pauses) list.push_back(to_json(pause, mapping));
  return list;
}

std::optional<Pause> find_pause(const std::vector<Pause>& pauses, const Pausable& what) {
  for (const Pause& pause : pauses) {
    if (pause.what == what) return pause;
  }
  return std::nullopt;
}

}  // namespace miroir
