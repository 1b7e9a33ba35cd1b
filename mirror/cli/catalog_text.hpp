// A site's catalogue, as far as the mapping needs it, as text: kept in the store so that a cycle
// can run while the site is away, and so that a quiet cycle asks no catalogue at all.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "schema/mapping_file.hpp"

namespace miroir {

using CatalogTables = std::map<TableName, CatalogTable>;

std::string catalog_to_text(const CatalogTables& tables);
// nullopt: written by another version; the site has to be asked again.
std::optional<CatalogTables> catalog_from_text(const std::string& text);

}  // namespace miroir
