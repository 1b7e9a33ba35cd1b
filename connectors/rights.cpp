#include "connectors/rights.hpp"

#include <algorithm>

#include "connectors/satellites.hpp"

namespace miroir {
namespace {

void add(std::vector<std::string>& columns, const std::string& column) {
  if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
}

TableRights& rights_of(std::vector<TableRights>& all, const TableName& table) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const TableRights& one) { return one.table == table; });
  if (found != all.end()) return *found;
  all.push_back({table, false, {}, {}, false});
  return all.back();
}

// Whether a row that is there may get another value in the column.
bool is_updated(const Entity& entity, const Mapping& tables, SiteId site, std::size_t column) {
  const SiteTable& table = entity.table[index(site)];
  if (table.columns[column].only_read) return false;
  bool mapped = false;
  for (const Field& field : entity.fields) {
    if (!field.at[index(site)].holds(column)) continue;
    mapped = true;
    if (field.comes_from(other(site)) && !field.at_creation()) return true;
  }
  if (mapped) return false;
  if (entity.satellite_of && !tables.entity(*entity.satellite_of).is_part()) return false;
  // A part moves to another root and gets another number; no other key changes by miroir's hand.
  const auto moves = [&](const auto& source) {
    return std::holds_alternative<FromParent>(source) || std::holds_alternative<Numbered>(source);
  };
  const auto is_column = [&](const auto& filled) {
    return filled.column == column && moves(filled.source);
  };
  return std::any_of(table.key.begin(), table.key.end(), is_column) ||
         std::any_of(table.filled.begin(), table.filled.end(), is_column);
}

void add_entity(std::vector<TableRights>& all, const Mapping& tables, const Entity& entity,
                SiteId site) {
  const SiteTable& table = entity.table[index(site)];
  TableRights& rights = rights_of(all, table.name);
  rights.mirrored = true;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (is_updated(entity, tables, site, i)) add(rights.updated, table.columns[i].name);
  }
  // Born and deleted here only.
  if (tables.entity(entity.root.value_or(entity.id)).one_way_to == other(site)) return;
  rights.deletes = true;
  for (const Column& column : table.columns) {
    if (!column.only_read) add(rights.inserted, column.name);
  }
  for (const InsertedColumn& column : table.on_insert) add(rights.inserted, column.column.name);
  // A row is locked before it is deleted, or its parts are written; that asks for a column that may
  // be updated.
  if (rights.updated.empty())
    rights.updated.push_back(table.columns[table.key.front().column].name);
}

}  // namespace

std::vector<TableRights> needed_rights(const Mapping& mapping, SiteId site) {
  std::vector<TableRights> all;
  const ByTables tables{mapping, site};
  for (const Entity& entity : tables->entities) add_entity(all, *tables, entity, site);
  for (const Entity& entity : mapping.entities) {
    for (const Place& place : entity.table[index(site)].moved) rights_of(all, place.name);
  }
  return all;
}

}  // namespace miroir
