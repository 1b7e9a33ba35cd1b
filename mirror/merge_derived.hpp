// Step 4, when the fields of an aggregate are merged: those that are computed from others. Pure.
//
// Whatever the sites hold, the head becomes what the formula makes of the head's own fields: never
// a conflict. But a value that somebody wrote and that not even his own site's fields make is not
// lost silently: it stands in the log. While a field that it is computed from waits for a person,
// so does the result, and each site keeps its own.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "mirror/merge_record.hpp"

namespace miroir {

// nullopt: it has more than 38 digits. What is NULL counts as zero. `parts`: the fields of those
// records that are summed over.
std::optional<Decimal> compute(const Derived& formula, const Row& own,
                               const std::vector<Row>& parts);

// After all of the aggregate's records have taken over what was seen of them.
void derive_fields(std::map<RecordId, Work>& aggregate, RecordId root, const Links& links,
                   const Mapping& mapping, Merged& merged);

}  // namespace miroir
