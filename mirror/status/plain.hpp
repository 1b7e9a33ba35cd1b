// What the engine says in its own words, told in those of people who sell: brakes, changed mappings,
// and why something was not done. Its own words are for the technical details. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "mirror/state/acts.hpp"
#include "mirror/state/logged.hpp"
#include "mirror/status/speech.hpp"
#include "schema/mapping_changes.hpp"

namespace miroir {

// "deletions"; "found" of what an accepted brake turned out to delete; "other" of no known kind.
std::string brake_kind(std::string_view id);
// For templates, of a brake as `cycle --json` prints it: `id`, `what`, `do`, `details`, `acceptable`.
nlohmann::json brake_in_words(const Speech& speech, const Mapping& mapping,
                              const nlohmann::json& brake);

std::string change_in_words(const Speech& speech, const MappingChange& change);

// Why it was refused, or has to wait, in a word ("moved"); "other" of no known one.
std::string refusal_of(std::string_view message);
// The same in sentences, with what to do. `outcome`: the name of the exit code, where one is known.
std::string refusal_in_words(const Speech& speech, const Mapping& mapping,
                             const std::string& message, const std::string& outcome = "");

// Where a record was deleted, or is no more, that is asked about; nullopt: the reason does not say.
std::optional<SiteId> site_of_deletion(const Mapping& mapping, const std::string& reason);
// Why it is asked whether a record is to be deleted.
std::string deletion_in_words(const Speech& speech, const Mapping& mapping,
                              const std::string& reason);

// What somebody did: "pause: the ERP".
std::string act_in_words(const Speech& speech, const Mapping& mapping, const Act& act);

// By which rule it was decided: "The ERP wins".
std::string rule_in_words(const Speech& speech, const std::string& rule);
// What was decided about a record as a whole: "deleted".
std::string existence_in_words(const Speech& speech, const Value& value);
// Whether a deletion lost: to take the decision back deletes the record.
bool is_deletion_undone(const LoggedConflict& decision);

}  // namespace miroir
