// The store was put back to an earlier state, and a person agreed: it catches up with both sites.
//
// Whatever a site holds otherwise than this store last saw there is read again, at both sites at
// once, and merged as always: what both changed alike is no conflict, and what they hold differently
// is decided by each field's policy, or held. Only counters cannot be told so: what both sites have
// counted may have been carried over already. Where both show the same, that is the head; where they
// differ, the field is held. Rows that this store knows nothing of meet as at the first seed, and
// parts that it knows nothing of by all that they say.
#pragma once

#include <map>
#include <vector>

#include "mirror/comparing.hpp"
#include "mirror/cycle.hpp"

namespace miroir {

// What it will delete at the other side: records that one site has, and the other has no more.
struct Gone {
  EntityId entity;
  std::size_t at_one_site = 0;
};
// Reads every row of both sites; changes nothing yet.
class CatchUp {
 public:
  CatchUp(const Sites& sites, Store& store, const Mapping& mapping, const CycleOptions& options)
      : sites_{sites}, store_{store}, mapping_{mapping}, options_{options} {}

  std::vector<Gone> compare();
  // Then: heads of counters, and what is to be read again. Throws DbError, StoreError.
  void keep(CycleNumber cycle);

 private:
  void fix_counters(RecordId root, const PerSite<std::map<RowAt, Row>>& rows);
  void pair_parts(RecordId root, const PerSite<std::map<RowAt, Row>>& rows);
  bool fix_counters(RecordState& state, const PerSite<std::map<RowAt, Row>>& rows) const;

  const Sites& sites_;
  Store& store_;
  const Mapping& mapping_;
  const CycleOptions& options_;
  std::vector<RecordState> counted_, born_;
  PerSite<std::vector<std::pair<EntityId, Key>>> differing_;
};

}  // namespace miroir
