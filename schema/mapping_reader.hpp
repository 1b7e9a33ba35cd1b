// From JSON to a draft. Apart from mapping_stages.hpp, because this one needs the slow JSON header.
#pragma once

#include "schema/json_document.hpp"
#include "schema/mapping_draft.hpp"
#include "schema/mistakes.hpp"

namespace miroir {

// What has a wrong shape is left out: check_schema() reports it. What only the names of the sites
// tell - a property that is neither known nor a site - is a mistake here. nullopt when there are no
// two different sites.
std::optional<MappingDraft> read_draft(const nlohmann::json& root, Mistakes& mistakes);

// A text, a number, true or false.
std::optional<Value> read_scalar(const nlohmann::json& value);

// deletion_reader.cpp: "deletion" of an entity, and "moved" of a table.
void read_deletion(const std::array<std::string, 2>& sites, const nlohmann::json& deletion,
                   const std::string& pointer, EntityDraft& entity, Mistakes& mistakes);
std::vector<PlaceDraft> read_places(const nlohmann::json& moved, const std::string& pointer);
// satellite_reader.cpp: "satellites" of a table; columns, each with a value or a name.
std::vector<SatelliteDraft> read_satellites(const nlohmann::json& satellites,
                                            const std::string& pointer);
std::vector<std::pair<std::string, Value>> read_values(const nlohmann::json& object);
std::vector<std::pair<std::string, std::string>> read_pairs(const nlohmann::json& object);

}  // namespace miroir
