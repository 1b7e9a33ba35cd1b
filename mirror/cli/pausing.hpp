// What pause, resume and everybody who shows pauses share: names, and how a pause is told.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mirror/cli/verbs.hpp"
#include "mirror/stages.hpp"

namespace miroir {

// What --site or --entity names; throws VerbError for what is not there, naming what is, and for a
// part, naming its root.
Pausable chosen_pausable(const Mapping& mapping, const std::optional<std::string>& site,
                         const std::optional<std::string>& entity);

const std::string& name_of(const Pausable& what, const Mapping& mapping);
// "miroir resume --site erp"
std::string resume_command(const Pausable& what, const Mapping& mapping);
// The other entities that wait with it.
std::vector<std::string> names_waiting_with(const Pausable& what, const Mapping& mapping);
// "sales_order, invoice"; empty: none.
std::string waiting_with(const Pausable& what, const Mapping& mapping);

// "erp is paused since 2026-01-31T17:00:00Z by anne: month end"
std::string described(const Pause& pause, const Mapping& mapping);
// With what waits along and how it ends, line by line; empty without pauses.
std::string to_text(const std::vector<Pause>& pauses, const Mapping& mapping);
nlohmann::ordered_json to_json(const Pause& pause, const Mapping& mapping);
nlohmann::ordered_json to_json(const std::vector<Pause>& pauses, const Mapping& mapping);

std::optional<Pause> find_pause(const std::vector<Pause>& pauses, const Pausable& what);

}  // namespace miroir
