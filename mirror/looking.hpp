// Looks at some records once more, before anything is said of them: their rows and all that the
// journal says of them in one snapshot of each site, and the store before and after it.
//
// Beside a cycle, and beside people who write, a row and what the store holds of it are never read
// at the same moment. What seems to differ is believed only if the store has held the same of it
// before and after the sites were read; otherwise it is looked at again. Writes nothing. One
// thread; what it is given must outlive it. Throws DbError, StoreError.
#pragma once

#include <map>
#include <vector>

#include "mirror/comparing.hpp"
#include "mirror/cycle.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

// A root to look at: a record, or a row that no record may know.
struct Suspect {
  std::optional<RecordId> root;
  PerSite<std::optional<Key>> keys;  // For who is no record: where the row is.
};
// A finding, and the rows that it was made from, by site.
struct Look {
  Finding finding;
  PerSite<std::map<RowAt, Row>> rows;
};

class Looking {
 public:
  // `asked`: the sites that are looked at.
  Looking(const Sites& sites, PerSite<bool> asked, const Store& store, const Mapping& mapping)
      : sites_{sites}, asked_{asked}, store_{store}, mapping_{mapping} {}

  // Of one root entity; nothing for what is nowhere.
  std::vector<Look> look(EntityId entity, std::vector<Suspect> suspects) const;

 private:
  struct Known;     // What the store holds of a suspect.
  struct UnderWay;  // What batches without an outcome may have written at a site.
  struct Reading;   // What the sites showed of all of them.

  PerSite<UnderWay> under_way(EntityId entity) const;
  Known known(EntityId entity, const Suspect& suspect, const PerSite<UnderWay>& under_way) const;
  std::vector<Known> all_known(EntityId entity, const std::vector<Suspect>& suspects) const;
  Reading read(EntityId entity, const std::vector<Known>& all) const;
  void group_rows(SiteId site, EntityId entity, Extract extract, Reading& reading) const;
  Sight sight_of(EntityId entity, const Known& known, Reading& reading) const;
  void load_reference(Sight& sight, SiteId site, const Field& field, const Row& row) const;

  const Sites& sites_;
  const PerSite<bool> asked_;
  const Store& store_;
  const Mapping& mapping_;
};

}  // namespace miroir
