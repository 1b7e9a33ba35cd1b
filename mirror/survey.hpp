// The first meeting of two full databases: which rows of one site are which rows of the other.
//
// By key first, where the mapping makes one site's key from the other's or both keys are made of
// the same fields; then by the match rules in order. Whatever agrees with exactly one row of the
// other site, and that one with it, is a twin. What agrees with several is a question for a person,
// never a pick. The result is the same whatever order the rows come in.
#pragma once

#include <set>

#include "mirror/cycle.hpp"

namespace miroir {

// Reads every row of every root entity of both sites, page by page; in one transaction of the store
// it notes twins and questions and puts every root on the re-read list. Throws DbError, StoreError.
void survey_sites(const Sites& sites, Store& store, const Mapping& mapping,
                  const CycleOptions& options);

// The same for the rows of these entities that a store which holds others does not know at both
// sites: those of an entity that a changed mapping adds, or mirrors more of. In the caller's
// transaction. What was paired before stays so; what was in question is asked again.
void survey_unknown(const Sites& sites, Store& store, const Mapping& mapping,
                    const std::set<EntityId>& entities, const CycleOptions& options);

// What a row could be recognised by: by key, then by each match rule; nullopt where it cannot.
// `identity` says which record a reference means. Pure.
using Identity = std::function<std::string(EntityId target, const Key& key)>;
std::vector<std::optional<std::string>> recognised_by(const Entity& entity, SiteId site,
                                                      const Row& raw, const Mapping& mapping,
                                                      const Identity& identity);

}  // namespace miroir
