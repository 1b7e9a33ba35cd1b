// Step 9. What a batch did is written into the store: for the fields that were written, the shadow
// becomes what was given. What the site stored otherwise, failed guards and busy rows go on the
// re-read list: the difference is the site's own change and comes in next time - but a value that
// the site shortened is held, not taken, and so is one that the two sites keep rewriting. In the
// caller's open transaction.
#pragma once

#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

// Returns the number of aggregates written. Drops the batch.
std::size_t record_delivered(SiteId site, const Batch& batch, const Delivered& delivered,
                             Store& store, const Mapping& mapping, CycleNumber cycle);

// Puts every aggregate of the batch on the site's re-read list.
void reread_batch(SiteId site, const Batch& batch, Store& store);

// Whether a site stored a part of the text it was given, or other characters in its place ("Caf?"),
// or a number or a time with fewer digits after the point.
bool is_mutilated(const Value& given, const Value& stored);

inline constexpr int turns_max = 3;  // Rewritings of one field by turns before a person is asked.

}  // namespace miroir
