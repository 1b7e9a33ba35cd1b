// What the first meeting of two full databases has left to do for the rows of one chunk: which of
// them are to become one record, and which nobody can tell apart yet. Reads the store; the rows
// that people renamed, deleted or corrected since then are followed.
#pragma once

#include "mirror/match.hpp"

namespace miroir {

void load_meeting(const Changes& changes, const Store& store, const Mapping& mapping, Known& known);

}  // namespace miroir
