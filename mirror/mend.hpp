// What a person accepted is made good, before anything is read: where nobody knows what happened at
// a site, its rows are compared with what was last seen there, and what differs goes on the re-read
// list. From there it comes in like any change. Rows that are found missing are counted by the
// deletion brake like those that somebody was seen deleting.
#pragma once

#include "mirror/crew.hpp"
#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

// What was in doubt is settled by now. A site that cannot be asked drops out, and what was accepted
// is asked again.
void make_good(Scope& scope, const Sites& sites, Crew& crew, Store& store, const Mapping& mapping,
               const CycleOptions& options, CycleNumber cycle);

}  // namespace miroir
