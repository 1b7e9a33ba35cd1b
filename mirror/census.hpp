// Step 0. What the sites' journals hold is counted before anything is written anywhere; what looks
// like a disaster keeps its entity, and all that refer to it, out of the cycle. So does a pause,
// about which no brake has anything to say: a paused site is not even connected.
#pragma once

#include "mirror/crew.hpp"
#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

Scope take_census(const std::vector<Pause>& pauses, Crew& crew, Store& store,
                  const Mapping& mapping, const CycleOptions& options);

// The entities that cannot take part when `braked` (or paused) does not: itself, its parts' root,
// and all that refer to it.
std::set<std::size_t> dependants(const Mapping& mapping, EntityId braked);

// The entities that take part but that one of `sitting_out` refers to.
std::set<std::size_t> referred_to(const Mapping& mapping, const std::set<std::size_t>& sitting_out);

}  // namespace miroir
