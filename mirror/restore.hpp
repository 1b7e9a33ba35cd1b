// The end of loop one: what others refer to is not deleted. With it comes back what went with it.
//
// A deletion takes along what refers to the record, at a site that cascades or by somebody's hand:
// what the same transaction removed there. Where a site does not tell its transactions, what else
// was deleted there since then is taken for gone along too. In the store alone; done when
// everything is incorporated.
#pragma once

#include <string>

#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

// A deleted record that an alive one refers to comes back, on both sides, and a person is asked; so
// does one that was deleted at one site alone, when something that refers to it is to be written
// there. Root entities that are in `not_deleting` wait. Returns how many.
std::size_t restore_parents(const Scope& scope, Store& store, const Mapping& mapping,
                            CycleNumber cycle);

// It is at one site alone: somebody deleted it at the other one, which does not mean that it ends.
bool lives_alone(const RecordState& state);
// How many records refer to it, and would not go where it goes.
std::size_t referrers_left(RecordId root, const Store& store, const Mapping& mapping);

// What a person answers to the question whether a record is to be deleted, in the open transaction:
// it comes back where it is missing, or goes, with all that lives at one site alone because it
// does.
void keep_record(RecordId root, Store& store, const Mapping& mapping, CycleNumber cycle);
void delete_record(RecordId root, Store& store, const Mapping& mapping, CycleNumber cycle);

}  // namespace miroir
