// Part of step 2: where the mapping says that a root may have moved within its site, those that
// were read and are not there are looked for. By their keys, in one question for a chunk; a site
// that cannot be asked drops out, and the next cycle looks again.
#pragma once

#include "mirror/crew.hpp"
#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

void look_elsewhere(Changes& changes, Crew& crew, const Store& store, const Mapping& mapping);

}  // namespace miroir
