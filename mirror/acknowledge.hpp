// Step 6. The captures forget what the store durably holds: exactly that, never "everything up to
// n", since a transaction with a smaller number may commit later.
#pragma once

#include "mirror/crew.hpp"
#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

void acknowledge(const Incorporated& kept, Crew& crew, Store& store, CycleNumber cycle);

}  // namespace miroir
