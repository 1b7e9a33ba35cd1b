// The brakes: what looks like an accident, told in plain words together with exactly what to type.
// Pure: numbers and names in, a Brake out. Which of them holds is decided by the census (census,
// census_tables) and by what makes accepted ones good (mend).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirror/cycle.hpp"
#include "mirror/stages.hpp"

namespace miroir {

// Whether so many of an entity's records at once look like an accident rather than work.
bool is_over(const BrakeLimit& limit, std::size_t changed, std::size_t records);
// The same for new ones: a first load is none.
bool is_flood(const BrakeLimit& limit, std::size_t inserted, std::size_t records);

// How many records suffice to say that neither is so: more than that need not be counted. nullopt:
// all must be.
std::optional<std::size_t> enough_records(const BrakeLimit& limit, std::size_t changed);

// Whether a person accepted it, or what it was found to delete besides (found_brake); the scope
// remembers that it has let something pass.
bool is_accepted(const std::set<std::string>& accepted, const Brake& brake, Scope& scope);
// The same of an id alone, exactly as it was typed.
bool is_accepted(const std::set<std::string>& accepted, const std::string& id, Scope& scope);
std::string id_of_found(const Mend& mend, std::size_t all);

// Whether an id could be one of a brake of the census; of changed mappings: see remapping.hpp.
bool is_brake_id(std::string_view id);

Brake deletions_brake(SiteId site, const Entity& entity, std::size_t deleted, std::size_t records,
                      const char* how, const Mapping& mapping);
// What was accepted turns out to delete very much. `gone`: "50 of 60 customer", each.
Brake found_brake(const Mend& mend, const std::vector<std::string>& gone, std::size_t all,
                  const Mapping& mapping);
Brake updates_brake(SiteId site, const Entity& entity, std::size_t updated, std::size_t records,
                    const Mapping& mapping);
Brake inserts_brake(SiteId site, const Entity& entity, std::size_t inserted, std::size_t records,
                    const Mapping& mapping);
// Of a root's table or a part's.
Brake emptied_brake(SiteId site, const Entity& entity, const Mapping& mapping);
Brake unwatched_brake(SiteId site, const Entity& entity, const Mapping& mapping);
Brake triggers_brake(SiteId site, const Entity& entity, const std::string& state,
                     const Mapping& mapping);
// `changes`: "column City is gone", each.
Brake columns_brake(SiteId site, const Entity& entity, const std::vector<std::string>& changes,
                    const Mapping& mapping);
// A site that belongs to another store, and one that belongs to none any more.
Brake foreign_brake(SiteId site, const std::string& its_store, const std::string& ours,
                    const Mapping& mapping);
Brake replaced_brake(SiteId site, const Mapping& mapping);
// A site that was put back to an earlier state: `mark` is what it was left in.
Brake restored_brake(SiteId site, CycleNumber mark, const Mapping& mapping);
// The store was: the sites have seen cycle `seen`, it knows of `known`. `both`: both can be asked.
Brake store_brake(CycleNumber seen, CycleNumber known, bool both, const Mapping& mapping);
Brake clock_brake(SiteId site, std::int64_t jump_micros, const Mapping& mapping);
// `what`: "was emptied", "was put back to an earlier state".
Brake journal_brake(SiteId site, const std::string& what, const std::string& state,
                    const Mapping& mapping);

}  // namespace miroir
