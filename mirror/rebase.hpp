// A site was put back to an earlier state, and a person agreed: what it holds now is where it is
// seen from. Its shadows become its rows as they are found; the heads stand. So whatever the site
// lost is behind there, and is written again like anything else; of the other site nothing is lost.
//
// What its users did since it was put back stands in its journal, and is a change that was made
// without having seen the head: such fields of such rows get a shadow that is neither the row nor
// the head, so that the merge finds a conflict and keeps both values. Who can tell how much of a
// counter is theirs? It is held. A row that they deleted comes back, with a question. What the
// journal of the backup still holds of changes that had been read long before is forgotten first.
//
// Keys that the database hands out are not asked for again: its sequence was put back too, and has
// given, or will give, that number to somebody else.
#pragma once

#include "mirror/site.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

// Page by page, each in a transaction of the store; done again from the beginning if it is cut.
// Writes nothing at the site but that rows of its journal are forgotten. Throws DbError, StoreError.
void rebase(SiteId id, Site& site, Store& store, const Mapping& mapping, CycleNumber cycle);

}  // namespace miroir
