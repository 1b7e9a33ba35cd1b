// Two records made one by hand, and one made two: decided by what the store holds of them once both
// sites have been read. Pure.
//
// Two that are linked meet as at the first meeting: they have no past in common, so that what
// differs is a conflict for the field's policy, counters are not added, and their parts meet by
// what they say. Each must be at one site only: whoever has a row at both is two rows already.
// Parted ones keep what their own site holds.
#pragma once

#include "mirror/decide_request.hpp"

namespace miroir {

// `now`: the aggregates of the records with the first and the second site's key, with links of
// both.
Decided decide_link(RecordId first, RecordId second, const PerSite<Situation>& now);

// The record keeps the row of `keeper`, or of the first site; the other row becomes a new record,
// whose parts and itself get ids from `free` on.
Decided decide_unlink(const Unlink& unlink, RecordId free, const Situation& now);

}  // namespace miroir
