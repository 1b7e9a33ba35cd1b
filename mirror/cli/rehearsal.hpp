// What is asked of a cycle, carried out on a copy of the store: `resync`, `link` and `unlink` with
// --dry-run. Both sites are read, nothing is written anywhere.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/sites.hpp"

namespace miroir {

struct Rehearsed {
  Outcome outcome;
  nlohmann::ordered_json plan;    // With --json; else it was printed as it came.
  std::size_t plan_left_out = 0;  // Writes, waits and refusals beyond those listed.
};
// Runs the cycle; what it would write for records that are not meant is left out.
Rehearsed rehearse(const Context& context, SitePair& sites, Store& copy,
                   const std::function<bool(RecordId root)>& is_meant);

// One request about the records with these keys, and nobody else's: prints what becomes of it, what
// is decided and asked because of it, and what is written.
Exit rehearse_wish(Context& context, const Wish& wish, const PerSite<std::optional<Key>>& keys);

}  // namespace miroir
