// What people did that is no request, as it is listed: shared by the verb and the API.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "mirror/state/acts.hpp"

namespace miroir {

// "confirmed deletions:erp:customer:30", "gave lea the role clerk"
std::string described(const Act& act);
nlohmann::ordered_json to_json(const std::vector<Act>& acts);
// The kind that a person named; throws VerbError (usage) for any other, naming those that are.
ActKind chosen_act_kind(const std::string& name);

}  // namespace miroir
