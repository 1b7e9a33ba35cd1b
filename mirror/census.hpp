// Step 0. What the sites' journals hold is counted before anything is written anywhere; what looks
// like a disaster keeps its entity, and all that refer to it, out of the cycle.
#pragma once

#include "mirror/crew.hpp"
#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

Scope take_census(Crew& crew, Store& store, const Mapping& mapping, const CycleOptions& options);

// Whether so many deletions look like a disaster rather than work.
bool over_deletion_brake(std::size_t deletions, std::size_t records, const BrakeLimits& limits);

// The entities that cannot take part when `braked` does not: itself, its parts' root, and all that
// refer to it.
std::set<std::size_t> dependants(const Mapping& mapping, EntityId braked);

}  // namespace miroir
