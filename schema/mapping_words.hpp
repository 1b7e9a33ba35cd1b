// Parts of a mapping as texts that are equal exactly when the parts mean the same. For
// mapping_changes.cpp alone.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "schema/mapping.hpp"

namespace miroir {

// Which parts of a lens are others than before; empty: none.
std::vector<std::string> changed_parts(const FieldAt& before, const FieldAt& now);
// What rows are known by: the names of the columns, and which of them are constant or a root's.
std::string identity_of(const SiteTable& table);
// Which row of which table a satellite is.
std::string row_of(const Satellite& satellite);
// Where the keys of inserted rows come from.
std::string numbering_of(const SiteTable& table);
// Which rows are mirrored.
std::string scope_of(const SiteTable& table);
// "both ways", "only to erp"
std::string way_of(const Direction& direction, const std::array<std::string, 2>& sites);

}  // namespace miroir
