// Part of step 3: fields that refer to a root of their own entity, as a customer to the one who
// pays for him. The two may come in one chunk, in any order, and even refer to each other: such a
// field is read when every row has its record. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "mirror/stages.hpp"

namespace miroir {

bool refers_to_itself(const Entity& root, const Mapping& mapping);

// The row, with nothing in place of what refers to roots of this entity that the store does not
// know.
Row without_own_links(const Entity& entity, const Entity& root, SiteId site, const Row& raw,
                      const Links& links);

// A row that refers to a root that nobody knows.
struct Unlinked {
  SiteId site = SiteId::first;
  ReadRow read;
  std::string reason;
};
// Which record of this chunk has the key at the site.
using FindRoot = std::function<std::optional<RecordId>(SiteId site, const Key& key)>;
// Fills in what was left out.
std::vector<Unlinked> add_own_links(std::map<RecordId, Pair>& pairs, const Entity& root,
                                    const Links& links, const Mapping& mapping,
                                    const FindRoot& find);

}  // namespace miroir
