// The story of one record and its parts, put together from all that the store has logged of them.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mirror/state/store.hpp"

namespace miroir {

// The record that is told of.
struct Told {
  RecordId record;
  std::string entity, keys;
  std::string state;  // "alive", "deleted", "mirrored no more"
};
Told told_of(const Store& store, const Mapping& mapping, EntityId entity, RecordId record);
// The one that a person names by one of its keys; throws VerbError (usage) where there is none, or
// where two are meant.
Told find_told(const Store& store, const Mapping& mapping, const std::string& entity,
               const std::string& key);
// A record of an entity, or of one that an earlier mapping had, that is mirrored no more.
std::optional<Told> find_former(const Store& store, const std::string& entity,
                                const std::string& key);

struct Event {
  CycleNumber cycle;
  std::string time;  // When the cycle began; "": not known.
  std::string of;    // The part that it happened to; "": the record itself.
  std::string text;
  nlohmann::ordered_json json;
};
// In the order in which it happened; what people asked stands in the cycle that carried it out.
std::vector<Event> tell_story(const Store& store, const Mapping& mapping, const Told& told);

// Of these, what is about the field, and what happened since then, as the store writes its times.
std::vector<Event> chosen_of(std::vector<Event> story, const std::optional<std::string>& field,
                             const std::optional<std::string>& since);

nlohmann::ordered_json to_json(const Told& told, const std::vector<Event>& story);

}  // namespace miroir
