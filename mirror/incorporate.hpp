// Step 5. One durable transaction of the store: heads, shadows as extracted, keys, conflicts,
// history, re-read list. Every delta enters a head exactly once, whatever happens later.
#pragma once

#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

Incorporated incorporate(const Merged& merged, Store& store, const Mapping& mapping,
                         CycleNumber cycle);

// What was decided of records: states, conflicts, history. In the open transaction.
void keep_merged(const Merged& merged, Store& store, const Mapping& mapping, CycleNumber cycle);
// One record as it is to be kept. `relinked`: it is new, or refers to others than before, or its
// match fields changed.
void keep_state(const RecordState& state, bool relinked, Links& links, Store& store,
                const Mapping& mapping, CycleNumber cycle);

// The links that the state of a record needs, read from the store.
void load_links(Links& links, const RecordState& state, const Store& store, const Mapping& mapping);
// The links of what its rows refer to, as each site says it.
void load_row_links(Links& links, const RecordState& state, const Store& store,
                    const Mapping& mapping);
std::vector<RecordId> parents_of(const RecordState& state, const Entity& entity);
PerSite<bool> behind_at(const RecordState& state, const Links& links, const Mapping& mapping);

}  // namespace miroir
