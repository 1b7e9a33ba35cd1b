// Part of step 3: follows the keys of one site through its journal, in the order of journal ids.
// Pure.
//
// A changed key moves its record along. A key that one transaction deleted and that another
// inserted again, or gave to a row that nobody knew, is marked: the row may be another record.
// (Within one transaction it is the same row, written anew.)
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mirror/match.hpp"
#include "schema/row_codec.hpp"

namespace miroir {

using EntityKey =
    std::pair<std::size_t, std::string>;  // entity, key_text: names a row of one site.

EntityKey row_name(EntityId entity, const Key& key);
inline RowName row_name_at(SiteId site, const ReadRow& row) {
  return {site, row.entity.raw(), key_text(row.key)};
}

// Follows the keys of one site through its journal, in the order of journal ids.
struct Trail {
  std::map<EntityKey, std::optional<RecordId>>
      owner;                                    // Where it differs from what the store knows.
  std::map<EntityKey, std::string> removed_by;  // Transaction of the latest deletion.
  std::set<EntityKey> reused;                   // Deleted, then taken by another transaction.
  std::set<RecordId> lost;                      // Their key was taken over by a renamed row.
  std::map<EntityKey, ChangeTime> changed;      // By somebody at the site, the last time.

  std::optional<ChangeTime> changed_at(const EntityKey& key) const;
  // The transaction of a key's latest deletion; empty: nobody knows.
  std::string remover_of(const EntityKey& key) const;
};

// Without a clock nobody knows when anything was changed.
Trail follow_keys(SiteId site, const Known& known, std::vector<JournalRow> journal,
                  const std::optional<ClockOffset>& clock);
// Whether somebody at the site has changed something of this root.
bool names_root(const std::vector<JournalRow>& journal, const Key& root);

}  // namespace miroir
