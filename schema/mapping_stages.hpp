// How a mapping file becomes a Mapping: JSON -> draft -> checked draft in order -> mapping. Each
// stage is a pure function; only build_mapping() relies on the draft being without mistakes. For
// mapping_file.cpp alone.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "schema/mapping.hpp"
#include "schema/mapping_draft.hpp"
#include "schema/mistakes.hpp"

namespace miroir {

// Everything that names or combinations of names can be wrong about.
void check_draft(const MappingDraft& draft, Mistakes& mistakes);
// An entity's table at one site: its key, its parent columns, its number; and columns that are used
// twice.
void check_table(const MappingDraft& draft, const EntityDraft& entity, SiteId site,
                 Mistakes& mistakes);
// Its satellites there: how their rows are found, and what lives in them; and whose else they are.
void check_satellites(const MappingDraft& draft, const EntityDraft& entity, SiteId site,
                      Mistakes& mistakes);
void check_satellite_tables(const MappingDraft& draft, Mistakes& mistakes);
// A field's columns: whether blank, length, scale, lookup and loss fit its type.
void check_field(const MappingDraft& draft, const FieldDraft& field, Mistakes& mistakes);
// How many columns it has there, and how a text is split over them.
void check_columns(const FieldDraft& field, const ColumnDraft& column, Mistakes& mistakes);
// Whether units, zones and code pages fit its type.
void check_conversion(FieldType type, const ColumnDraft& column, Mistakes& mistakes);
void check_folding(const FieldDraft& field, Mistakes& mistakes);

// How fields are decided, and which of them together.
void check_policies(const MappingDraft& draft, const EntityDraft& entity, Mistakes& mistakes);
void check_default_policy(const MappingDraft& draft, const std::optional<std::string>& text,
                          const std::string& pointer, Mistakes& mistakes);

// A table's conditions and constants, and in which direction the entity goes.
void check_scope(const EntityDraft& entity, SiteId site, Mistakes& mistakes);
void check_directions(const MappingDraft& draft, const EntityDraft& entity, Mistakes& mistakes);

// What a deletion means, and where a row may have gone that disappears.
void check_deletion(const MappingDraft& draft, const EntityDraft& entity, Mistakes& mistakes);

// Parents before children, a root's parts right after it, otherwise by name. References that lead
// back to their start are a mistake.
std::vector<std::size_t> order_entities(const MappingDraft& draft, Mistakes& mistakes);

// nullopt if the text is no policy of these sites that is known by its name alone.
std::optional<Policy> parse_policy(std::string_view text, const std::array<std::string, 2>& sites);
// The field's (of a group, the deciding one's), else its entity's, else the mapping's; a counter's
// is always its own.
std::optional<std::string> policy_text(const MappingDraft& draft, const EntityDraft& entity,
                                       const FieldDraft& field);
// nullopt if the text does not say who wins.
std::optional<DeletionConflict> parse_deletion_conflict(std::string_view text,
                                                        const std::array<std::string, 2>& sites);
// propagate, ignore, hold; nullopt if the word is none of these.
std::optional<Deletion> parse_deletion(std::string_view word);
// A value as the mapping writes it, as the field's canonical value; nullopt: it does not fit.
std::optional<Value> canonical_value(const FieldDraft& field, const Value& written);
// "{No_}" names a column; nullopt: the value stands for itself.
std::optional<std::string> column_in_braces(const Value& written);
// nullopt if the text is no direction between these sites.
std::optional<Direction> parse_direction(std::string_view text,
                                         const std::array<std::string, 2>& sites);
// The field's, else its entity's, else both ways.
std::string direction_text(const EntityDraft& entity, const FieldDraft& field);
// The columns named in a rule's braces; nullopt if the braces do not match up or there are none.
std::optional<Names> rule_columns(std::string_view pattern);

// Part of bind_columns, before the rest: of the entity's table and those of its satellites, the
// columns that hold keys, its own or others': what cannot be one of a key's is a mistake.
void bind_keys(const Mapping& mapping, const Entity& entity, SiteId site,
               std::span<const CatalogTable> catalog, Mistakes& mistakes);

// Part of bind_columns: the tables of SiteTable::moved.
void bind_places(const Mapping& mapping, Entity& entity, SiteId site, const Catalog& catalog,
                 Mistakes& mistakes);

// Part of bind_columns, after the entity's key and fields: what of its satellites is no field's
// column, by the catalogue's tables of them; and that those which need not be there can be NULL.
void bind_satellites(const Mapping& mapping, Entity& entity, SiteId site,
                     std::span<const CatalogTable> catalog, Mistakes& mistakes);

Mapping build_mapping(const MappingDraft& draft, const std::vector<std::size_t>& order);
// Of all that heads and shadows depend on, and of nothing else: policies and twin rules may change.
std::string fingerprint_of(const Mapping& mapping);

}  // namespace miroir
