// Part of step 3: what the rows of one chunk showed of each record, at each site. Pure.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "mirror/match.hpp"

namespace miroir {

class Sightings {
 public:
  explicit Sightings(const Known& known) : known_{known} {}

  void see(SiteId site, RecordId id, Seen seen);  // Of a record that the store knows.
  void see(SiteId site, RecordId id, RecordId root, EntityId entity, bool born, Seen seen);
  // Another record's row has its key now.
  void lose_key(SiteId site, RecordId id);
  // The parts of a root that was read whole of which nothing was seen: they are gone.
  void miss_parts(SiteId site, RecordId root);
  // As if nothing of the root's aggregate had been read at the site, but for the keys that its rows
  // have by now: the journal says so only once.
  void forget(SiteId site, RecordId root);
  // The same for the parts of roots that are not mirrored at the site, whatever happens to them.
  // What is gone gives up its key.
  void forget_parts_outside();

  // nullptr: nothing was seen.
  const Pair* pair(RecordId id) const;
  std::map<RecordId, Pair>& pairs() { return pairs_; }
  bool is_gone(SiteId site, RecordId id) const;
  // Not mirrored at the site, or looked for elsewhere.
  bool is_outside(SiteId site, RecordId root) const;
  std::vector<AggregatePair> aggregates();

 private:
  void forget(SiteId site, Pair& pair);

  const Known& known_;
  std::map<RecordId, Pair> pairs_;
  std::map<RecordId, RecordId> roots_;
};

}  // namespace miroir
