// Step 1. Batches whose outcome was never recorded are settled by their marker: it happened, or it
// never will. Acknowledgements that a crash interrupted are finished too: the store holds what
// those journal rows said.
#pragma once

#include <optional>

#include "mirror/crew.hpp"
#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

// What became of a batch.
struct SettledBatch {
  bool happened = false;
  std::size_t written = 0;  // Aggregates.
};
// Opens the line again, if it was lost, and records what the marker says; nullopt: the site stays in
// doubt, and has dropped out.
std::optional<SettledBatch> settle_batch(const PendingBatch& pending, Crew& crew, Store& store,
                                         const Mapping& mapping, CycleNumber cycle);

// A site that stays in doubt drops out of the scope: nothing is read from or written to it in this
// cycle.
void settle_in_doubt(Scope& scope, Crew& crew, Store& store, const Mapping& mapping,
                     CycleNumber cycle);

}  // namespace miroir
