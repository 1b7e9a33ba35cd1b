// What waits for a person, as `held` and `status` show it: questions, and what was set aside.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mirror/cli/verbs.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

struct HeldLine {
  OpenHeld held;
  std::string entity, key, field;
  PerSite<std::string> values;  // As people read them; empty for a deletion.
};
HeldLine line_of(const OpenHeld& held, const Store& store, const Mapping& mapping);
// Those that wait; or those that are open and ignored, instead.
enum class Which : bool { waiting, ignored };
std::vector<HeldLine> open_held(const Store& store, const Mapping& mapping,
                                Which which = Which::waiting);
std::vector<OpenSetAside> open_set_aside(const Store& store, Which which = Which::waiting);

// Why it waits, in a word, as --rule takes it: hold, shortened, rewriting, mapping,
// against, computed, undo, deletion.
std::string_view rule_of(const OpenHeld& held);
// Throws VerbError (usage) for a word that is none of them.
void require_rule(const std::string& rule);

// "read", "insert", "update", "delete".
std::string_view name_of(Attempt attempt);

// "S3": what was set aside has numbers of its own.
std::string spoken_id(const OpenSetAside& item);

// The record that a set-aside item is about; nullopt: it has not come in.
std::optional<RecordId> record_of(const Store& store, const Mapping& mapping,
                                  const OpenSetAside& item);

nlohmann::ordered_json to_json(const HeldLine& line, const Mapping& mapping);
nlohmann::ordered_json to_json(const OpenSetAside& item, const Mapping& mapping);
// What `held list --json` prints; `ignored`: how many are.
nlohmann::ordered_json to_json(const std::vector<HeldLine>& held,
                               const std::vector<OpenSetAside>& items, std::size_t ignored,
                               const Mapping& mapping);
// How `held list` ends: what is shown waits, unless it is ignored.
Exit exit_of(const std::vector<HeldLine>& held, const std::vector<OpenSetAside>& items);
// Tables under a heading; empty where nothing waits.
std::string to_text(const std::vector<HeldLine>& held, const Mapping& mapping);
std::string to_text(const std::vector<OpenSetAside>& items, const Mapping& mapping);
// One of them, with all that is known about it and what can be done.
std::string to_text(const OpenSetAside& item, const Mapping& mapping);
// What is ignored, by whom and why.
std::string ignored_text(const std::vector<HeldLine>& held, const std::vector<OpenSetAside>& items,
                         const Mapping& mapping);
// "2 more are ignored: ..."; empty for none.
std::string to_text_of_ignored(std::size_t count);

}  // namespace miroir
