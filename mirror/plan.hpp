// Step 7. What one site must be written, so that it holds what the heads say: one aggregate at a
// time. Pure.
#pragma once

#include "mirror/stages.hpp"

namespace miroir {

// How a reference to another root of the same entity goes: that one is there before, unless the two
// wait for each other in a circle. Then it is left empty at first, and filled in when all are
// there; and emptied before they are deleted.
enum class OwnLinks : std::uint8_t { as_they_are, empty };

// `states`: the whole aggregate of `root`. The links hold the parents' keys at the site.
Planned plan_aggregate(const std::vector<RecordState>& states, RecordId root, SiteId site,
                       const Links& links, const Mapping& mapping, OwnLinks own_links);

}  // namespace miroir
