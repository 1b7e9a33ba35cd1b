// A record as both sites have it: field by field what was agreed, what each site holds, and what
// becomes of the difference.
#pragma once

#include <nlohmann/json.hpp>

#include "mirror/status/visit.hpp"

namespace miroir {

// "1 · Anne Chevalier": what a reference leads to, as this visitor may see it.
std::string referred(const Records& records, EntityId entity, RecordId record);

// For the template `sides`: `rows`, each with `field`, `agreed`, two `cells` and `states`; what is
// empty everywhere is left out. As the store last saw the sites: none is asked. One record, without
// its parts. `refused`: sites that do not take its aggregate.
nlohmann::json sides_values(const Visit& visit, const Records& records, const RecordState& state,
                            const PerSite<bool>& refused);

}  // namespace miroir
