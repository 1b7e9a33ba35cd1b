// What a cycle did, for people and as one JSON object. Shared by cycle, seed, plan and status.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "mirror/cycle.hpp"
#include "mirror/state/store.hpp"
#include "schema/mapping.hpp"

namespace miroir {

// A decision that the cycle made by itself, with what lost.
struct Decision {
  std::int64_t id = 0;  // As `undo` takes it.
  std::string time;     // When its cycle began; "": not known.
  std::string entity, key, field;
  Value winner, loser;
  std::string rule;
  RecordId record{};
};
std::vector<Decision> decisions(const Store& store, const Mapping& mapping,
                                std::optional<CycleNumber> cycle, std::size_t limit);
Decision decision_of(const LoggedConflict& logged, const Store& store, const Mapping& mapping);

// A record's key as people say it: "5", "W5", "W5/10000"; constants, which all share, are left out.
std::string spoken_key(const SiteTable& table, const Key& key);
// The same by the store: the first site's key, or the other's where it has none.
std::string spoken_key(const Store& store, const Mapping& mapping, EntityId entity,
                       RecordId record);

std::string now_as_text();       // ISO, UTC
double rounded(double seconds);  // Milliseconds are as exact as anybody wants to read.
nlohmann::ordered_json to_json(const Value& value);
nlohmann::ordered_json to_json(const Decision& decision);
nlohmann::ordered_json to_json(const PerSite<std::size_t>& counts, const Mapping& mapping);
nlohmann::ordered_json to_json(const Outcome& outcome, const std::vector<Decision>& decisions,
                               const Mapping& mapping);
std::string to_line(const nlohmann::ordered_json&
                        object);  // Compact, with a line feed; never throws for bad UTF-8.

std::string to_text(const Outcome& outcome, const std::vector<Decision>& decisions,
                    const Mapping& mapping);
std::string to_text(const std::vector<Decision>& decisions);

}  // namespace miroir
