// Step 2, with the rows of a chunk: which of the keys that they refer to are somebody else's by
// now.
//
// What a row refers to is read before the row is, and another may get its key in between: deleted
// and used again, or renamed to it. The row means the new one then, whom the store does not know
// yet. So the site is asked once more, after the rows are read: a key that its journal does not
// name by then was nobody else's when they were. Mostly the journal holds nothing of what is
// referred to, and that is one small question.
#pragma once

#include <vector>

#include "mirror/crew.hpp"
#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

// Of roots alone; also by journal rows that were read and are not acknowledged yet, as in a
// rehearsal. Throws DbError, like any call of the port.
std::vector<TakenOver> keys_taken_over(Site& at, SiteId site, EntityId entity,
                                       const Extract& extract, const Mapping& mapping);

// Adds the keys that no record has any more, and that a row has whom the mirror does not know: one
// that is not mirrored, or could not be taken. What refers to it by the key of the former holder
// says what it said. Only such keys are asked for; a site that cannot be asked drops out.
void look_for_strangers(Changes& changes, Crew& crew, const Store& store, const Mapping& mapping);

// Step 7: whether the write would go over a reference whose row is still to be read, and says what
// it said though the key is another's by now: it may have been moved to him.
bool goes_over_a_move(const AggregateWrite& write, SiteId site, const Store& store,
                      const Mapping& mapping);
// The same of what it takes away: whoever moved the row has changed what the other side deleted.
bool removes_unread(const AggregateWrite& write, SiteId site, const Store& store,
                    const Mapping& mapping);

}  // namespace miroir
