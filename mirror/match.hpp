// Step 3. From rows to records: which record each row is, or that it is a new one.
//
// match_records is pure; load_known reads from the store all that it needs. A row belongs to the
// record that its key is linked to, followed through the journal (a changed key is a rename, a key
// deleted and inserted again by another transaction is a new record unless its match fields agree).
// A new root may be the twin of a record that the other site brought; more than one candidate is a
// question, never a pick. Parts are never matched by position.
#pragma once

#include <map>
#include <set>
#include <tuple>

#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

using RowName = std::tuple<SiteId, std::size_t, std::string>;         // site, entity, key_text
using MatchName = std::tuple<std::size_t, std::size_t, std::string>;  // entity, rule, match_text

// What the store knows about the rows of one chunk.
struct Known {
  Links links;
  std::map<RecordId, RecordState> states;  // Of whole aggregates.
  std::map<RecordId, std::vector<RecordId>>
      members;                        // By root: all records of the aggregate, the root included.
  std::map<RowName, RecordId> owner;  // By the key that the store has.
  std::map<MatchName, std::vector<RecordId>> twins;
  // Roots that were missed before, and where they were found then, as in Relocation.
  std::map<std::pair<SiteId, RecordId>, std::optional<std::size_t>> missed;
  // Records that others refer to, and that live on without the row that somebody removed at the
  // site: the transaction, as in Absent.
  std::map<std::pair<SiteId, RecordId>, std::string> removed_by;
  RecordId first_free;
  // The first meeting of two full databases.
  std::map<RowName, Key> twin;   // The row's twin at the other site, which is in this chunk.
  std::set<RowName> waiting;     // Its twin was not read: the site is away.
  std::set<RowName> questioned;  // Alike to several.
  MeetingNews news;

  const RecordState* state(RecordId id) const;
  std::optional<RecordId> owner_of(const RowName& row) const;  // nullopt: nobody's.
};

// What the absence of a record's row says: a root that was mirrored counts as deleted only when it
// is nowhere else. nullopt: nobody could be asked.
std::optional<Seen> absence_of(const RecordState& state, SiteId site, const Key& key,
                               const Changes& changes, const Known& known, const Mapping& mapping);

// Also completes the rows of which only some columns were read, by their shadows.
Known load_known(Changes& changes, const Store& store, const Mapping& mapping);

Pairs match_records(const Changes& changes, const Known& known, const Mapping& mapping);

}  // namespace miroir
