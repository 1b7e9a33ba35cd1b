// One record under another mapping. Pure: no connection, clock or store.
//
// A field that is the same keeps its head. A new one meets as at the first seed: by its policy,
// with what lost logged. One that converts otherwise gets its head anew, from the sites that had
// seen it; a site that had not is still behind, as before. Where the sites no longer mean the same,
// or a value cannot be read any more, the field is held: neither site is overwritten because a
// mapping was changed.
#pragma once

#include <vector>

#include "mirror/stages.hpp"
#include "schema/mapping_changes.hpp"

namespace miroir {

struct RemapDifference {
  enum class Kind : std::uint8_t {
    met,        // A new field's values differ; the policy has decided.
    rederived,  // The head has another value by the new lens.
    differs,    // The sites differ by the new mapping; listed, not delivered.
  };
  Kind kind = Kind::met;
  EntityId entity;
  RecordId record;
  std::size_t field = 0;
  Value before, after;        // The head's.
  PerSite<Value> candidates;  // What each site holds: canonical, or its own text.
};
std::string_view name_of(RemapDifference::Kind kind);

struct RemappedRecord {
  RecordState state;
  std::vector<Conflict> conflicts;
  HistoryLine history;
  std::vector<std::size_t> released;  // Fields that no longer wait for a person.
  PerSite<bool> reread{};             // Not all of it was there to be seen: to be read again.
  std::vector<RemapDifference> differences;
};

// `before` has its held fields in the new numbers and all else as the old entity has it; `cells`
// what each site holds in the columns that were not read before, in their order.
struct RemapInput {
  const RecordState& before;
  PerSite<std::optional<Row>> cells;
  const Entity& old;
  const Entity& now;
  const EntityOrigin& origin;
  const Links& links;
  const std::array<std::string, 2>& sites;
};
RemappedRecord remap_record(const RemapInput& input);

// The cells of a row that were not read before.
Row new_cells(const EntityOrigin& origin, SiteId site, const Row& row);
// A shadow in the order of the new table; NULL where nothing was read.
Row placed(const EntityOrigin& origin, SiteId site, const Row& shadow,
           const std::optional<Row>& cells);

}  // namespace miroir
