// What the site's mark says of the site and of the store: whether one of the two was put back to an
// earlier state.
//
// The store notes the number of a cycle as pending for a site before that cycle may write there, in
// the transaction that the write follows from, and as confirmed once it knows that it was written.
// So the mark of a sound site is neither lower than the confirmed number (then the site was put
// back) nor higher than the pending one (then the store was), whatever a crash left undone.
#pragma once

#include "mirror/site.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

// In the open transaction of the store. A pending number must be on disk before it is written.
void note_pending(Store& store, SiteId site, CycleNumber cycle);
void note_confirmed(Store& store, SiteId site, CycleNumber cycle);

enum class MarkIs : std::uint8_t { sound, lower, higher };
// Of a mark that is this store's own.
MarkIs judge_mark(const Store& store, SiteId site, CycleNumber mark);

// The moment, by the site's clock, until which all that its journal had noted has been read: noted
// by every census, taken over by a cycle that left nothing out.
void note_census(Store& store, SiteId site, Instant clock);
void note_read_all(Store& store, SiteId site);
std::optional<Instant> read_all_until(const Store& store, SiteId site);

}  // namespace miroir
