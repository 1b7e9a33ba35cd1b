#include "connectors/satellites.hpp"

#include <algorithm>
#include <stdexcept>

namespace miroir {
namespace {

bool has_satellites(const Mapping& mapping, SiteId site) {
  return std::any_of(mapping.entities.begin(), mapping.entities.end(), [&](const Entity& entity) {
    return !entity.table[index(site)].satellites.empty();
  });
}

void keep_own_columns(Entity& entity, SiteId site) {
  SiteTable& table = entity.table[index(site)];
  const std::size_t own = table.own_columns();
  std::erase_if(entity.fields, [&](const Field& f) { return f.at[index(site)].column() >= own; });
  table.columns.resize(own);
  table.satellites.clear();
  entity.match.clear();  // What follows names fields by their places.
  entity.groups.clear();
  entity.derived.clear();
}

// A root's satellite gets its whole key from it; a part's shares what the part has from the root.
KeySource source_of(const Entity& owner, const KeyColumn& key, std::size_t i) {
  if (!owner.is_part()) return FromParent{i};
  const bool shared = std::holds_alternative<FromParent>(key.source) ||
                      std::holds_alternative<Constant>(key.source);
  return shared ? key.source : FromField{};
}

}  // namespace

ByTables::ByTables(const Mapping& mapping, SiteId site) : mapping_{mapping}, site_{site} {
  if (!has_satellites(mapping, site)) return;
  tables_ = mapping;
  for (const Entity& owner : mapping.entities) {
    for (std::size_t n = 0; n < owner.table[index(site)].satellites.size(); ++n) add(owner, n);
    if (!owner.table[index(site)].satellites.empty())
      keep_own_columns(tables_->entities[owner.id.raw()], site);
  }
}

void ByTables::add(const Entity& owner, std::size_t n) {
  const SiteTable& table = owner.table[index(site_)];
  const Satellite& satellite = table.satellites[n];
  Entity made;
  made.name = owner.name + "." + satellite.name;
  made.id = EntityId{tables_->entities.size()};
  made.root = owner.root.value_or(owner.id);
  made.satellite_of = owner.id;
  SiteTable& here = made.table[index(site_)];
  here.name = satellite.table;
  here.on_insert = satellite.on_insert;
  for (std::size_t i = 0; i < satellite.key.size(); ++i) {
    here.key.push_back({here.columns.size(), source_of(owner, table.key[i], i)});
    here.columns.push_back(satellite.key[i]);
  }
  for (const InsertedColumn& where : satellite.where) {
    here.key.push_back({here.columns.size(), Constant{where.value}});
    here.columns.push_back(where.column);
  }
  const std::size_t first = here.columns.size();
  for (const Column& column : table.columns) {
    if (column.satellite == n + 1 && !column.name.empty()) here.columns.push_back(column);
  }
  for (std::size_t i = first; i < here.columns.size(); ++i) here.columns[i].satellite = 0;
  for (Field field : owner.fields) {
    FieldAt& at = field.at[index(site_)];
    if (table.columns[at.column()].satellite != n + 1) continue;
    for (std::size_t& column : at.columns) column = column - satellite.rows - 1 + first;
    made.fields.push_back(std::move(field));
  }
  tables_->entities[made.root->raw()].parts.push_back(made.id);
  tables_->entities.push_back(std::move(made));
  places_.push_back({owner.id, n});
}

EntityId ByTables::satellite(EntityId owner, std::size_t n) const {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].owner == owner && places_[i].n == n)
      return EntityId{mapping_.entities.size() + i};
  }
  throw std::logic_error{"an entity has no such satellite"};
}

std::optional<EntityId> ByTables::owner(EntityId satellite) const {
  return (*this)->entity(satellite).satellite_of;
}

std::size_t ByTables::key_columns(EntityId satellite) const {
  return (*this)->table(satellite, site_).key.size();
}

std::size_t ByTables::in_row(EntityId entity, std::size_t column) const {
  if (!owner(entity)) return column;
  const Place& place = places_[entity.raw() - mapping_.entities.size()];
  const Satellite& satellite = mapping_.table(place.owner, site_).satellites[place.n];
  return satellite.rows + 1 + column - key_columns(entity);
}

}  // namespace miroir
