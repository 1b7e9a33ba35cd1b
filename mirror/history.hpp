// Part of step 4: what a merge did to a record, as a line of its history. Pure.
#pragma once

#include "mirror/stages.hpp"

namespace miroir {

// `before` is null for a record that is new. The event is empty where nothing happened to the head.
HistoryLine history_of(const RecordState* before, const RecordState& after);

// Whether a reference or a match field is among the changes, so that the store's links must be made
// anew.
bool touches_links(const Entity& entity, const HistoryLine& line);

}  // namespace miroir
