// The part of the census that looks at the site itself instead of at its changes: whether its
// triggers, its columns and its journal are those of the last cycle, and whether a table was emptied
// without anybody being seen deleting. It is judged by what the store remembers of the last census;
// what is as it should be is remembered for the next one.
#pragma once

#include "mirror/crew.hpp"
#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

// By this name the store remembers the state of a site's catalogue as a whole.
inline constexpr const char* catalogue_name = "catalogue";
// By these, where its journal stands.
inline constexpr const char* anchor_name = "anchor";
inline constexpr const char* last_id_name = "last id";
// By this name the store remembers the state of the triggers on an entity's table.
std::string triggers_name(const std::string& entity);

struct TablesCheck {
  SiteId site;
  const Census& census;
  const std::set<std::size_t>& paused;  // Root entities.
  Crew& crew;
  Store& store;
  const Mapping& mapping;
  const CycleOptions& options;
};

// Of the whole site. nullopt: the journal goes on where it was; or a person accepted that it does
// not, and the scope says what is to be made good.
std::optional<Brake> check_journal(const TablesCheck& check, Scope& scope);
// Adds the brakes of triggers and columns, and what sits out because of them; asks the site for its
// catalogue only where that is not the one of the last cycle.
void check_catalogue(const TablesCheck& check, Scope& scope);
// Adds those of emptied tables; of entities over another brake there is nothing more to say.
void check_emptied(const TablesCheck& check, Scope& scope);

}  // namespace miroir
