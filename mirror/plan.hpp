// Step 7. What one site must be written, so that it holds what the heads say: one aggregate at a
// time. Pure.
#pragma once

#include "mirror/stages.hpp"

namespace miroir {

// `states`: the whole aggregate of `root`. The links hold the parents' keys at the site.
Planned plan_aggregate(const std::vector<RecordState>& states, RecordId root, SiteId site,
                       const Links& links, const Mapping& mapping);

}  // namespace miroir
