// How people name records and values, and how the program finds what they name. Reads the store, no
// site.
#pragma once

#include <string>
#include <vector>

#include "mirror/cli/verbs.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

// Throw VerbError (usage) for what is not there, naming those that are.
const Entity& chosen_entity(const Mapping& mapping, const std::string& name);
std::size_t chosen_field(const Entity& entity, const std::string& name);
SiteId chosen_site(const Mapping& mapping, const std::string& name);

// "5", "W5", "W5/10000", as spoken_key writes it; nullopt: no key of this site looks so.
std::optional<Key> typed_key(const SiteTable& table, const std::string& text);
// Records that have, or last had, this key at one of the sites.
std::vector<RecordId> find_records(const Store& store, const Entity& entity,
                                   const std::string& text);
// The only one; throws VerbError (usage) where there is none, or more than one.
RecordId find_record(const Store& store, const Entity& entity, const std::string& text);

// "5 (shop), W5 (erp)": every key that it has.
std::string every_key(const Store& store, const Mapping& mapping, EntityId entity, RecordId record);
// As display(), but what a reference refers to by its key.
std::string spoken_value(const Store& store, const Mapping& mapping, const Field& field,
                         const Value& value);
// The value that a person typed for a field; throws VerbError (usage), also where a site cannot
// hold it.
Value chosen_value(const Store& store, const Mapping& mapping, const Entity& entity,
                   std::size_t field, const std::string& text);

// The time that a person typed for --since ("2026-01-31", "2026-01-31T16:00", with or without
// seconds and Z), as the store writes its times; throws VerbError (usage).
std::string typed_time(const std::string& text);

}  // namespace miroir
