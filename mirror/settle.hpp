// Step 1. Batches whose outcome was never recorded are settled by their marker: it happened, or it
// never will. Acknowledgements that a crash interrupted are finished too: the store holds what
// those journal rows said.
#pragma once

#include "mirror/crew.hpp"
#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

// A site that stays in doubt drops out of the scope: nothing is read from or written to it in this
// cycle.
void settle_in_doubt(Scope& scope, Crew& crew, Store& store, const Mapping& mapping,
                     CycleNumber cycle);

}  // namespace miroir
