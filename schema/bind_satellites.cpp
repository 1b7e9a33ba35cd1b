// The satellites of an entity's table: what of them is no field's column, as the site's catalogue
// has it.
#include <fmt/core.h>

#include <algorithm>

#include "schema/bound_value.hpp"
#include "schema/mapping_stages.hpp"

namespace miroir {
namespace {

std::string pointer_to(const Mapping& mapping, const Entity& entity, SiteId site,
                       const Satellite& satellite) {
  const std::string table = member(member("/entities", entity.name), mapping.sites[index(site)]);
  return member(member(table, "satellites"), satellite.name);
}

class SatelliteBinding {
 public:
  SatelliteBinding(SiteTable& table, std::size_t which, const CatalogTable& catalog,
                   std::string pointer, Mistakes& mistakes)
      : table_{table},
        number_{which + 1},
        satellite_{table.satellites[which]},
        catalog_{catalog},
        pointer_{std::move(pointer)},
        mistakes_{mistakes} {}

  void run() {
    if (catalog_.columns.empty())
      return mistakes_.no_table(member(pointer_, "table"), satellite_.table.name);
    for (std::size_t i = 0; i < satellite_.key.size(); ++i) bind_key(i);
    for (InsertedColumn& where : satellite_.where) bind_value(where, "where");
    for (InsertedColumn& given : satellite_.on_insert) bind_value(given, "on_insert");
    check_left_empty();
  }

 private:
  const CatalogColumn* find(const std::string& name, const std::string& pointer) {
    const auto found = std::find_if(catalog_.columns.begin(), catalog_.columns.end(),
                                    [&](const CatalogColumn& c) { return c.name == name; });
    if (found != catalog_.columns.end() && found->kind) return &*found;
    Names names;
    for (const CatalogColumn& column : catalog_.columns) {
      if (column.kind) names.push_back(column.name);
    }
    mistakes_.add(
        pointer,
        fmt::format("'{}' has no column '{}' that can be read", satellite_.table.name, name),
        suggestion(name, names));
    return nullptr;
  }

  void bind_key(std::size_t i) {
    Column& column = satellite_.key[i];
    const std::string pointer = member(member(pointer_, "key"), column.name);
    const CatalogColumn* found = find(column.name, pointer);
    if (found == nullptr) return;
    column.kind = *found->kind;
    const Column& held = table_.columns[table_.key[i].column];
    if (held.kind == column.kind) return;
    mistakes_.add(pointer,
                  fmt::format("column '{}' is of type {}, but it holds the key's '{}'", found->name,
                              found->declared_type, held.name),
                  fmt::format("a column of kind {}", name_of(held.kind)));
  }

  void bind_value(InsertedColumn& inserted, const char* word) {
    const std::string pointer = member(member(pointer_, word), inserted.column.name);
    const CatalogColumn* found = find(inserted.column.name, pointer);
    if (found == nullptr) return;
    inserted.column.kind = *found->kind;
    if (std::optional<Value> value = bound(inserted.value, *found->kind)) {
      inserted.value = std::move(*value);
      return;
    }
    mistakes_.add(pointer,
                  fmt::format("'{}' does not fit column '{}' of type {}", display(inserted.value),
                              found->name, found->declared_type),
                  example(*found->kind));
  }

  bool is_given(const std::string& name) const {
    const auto has = [&](const auto& inserted) { return inserted.column.name == name; };
    const auto is_named = [&](const Column& column) { return column.name == name; };
    return std::any_of(satellite_.key.begin(), satellite_.key.end(), is_named) ||
           std::any_of(satellite_.where.begin(), satellite_.where.end(), has) ||
           std::any_of(satellite_.on_insert.begin(), satellite_.on_insert.end(), has) ||
           std::any_of(table_.columns.begin(), table_.columns.end(), [&](const Column& column) {
             return column.satellite == number_ && column.name == name;
           });
  }

  void check_left_empty() {
    for (const CatalogColumn& column : catalog_.columns) {
      const bool only_key = !catalog_.unique_keys.empty() &&  // SQLite's own number.
                            catalog_.unique_keys.front() == std::vector{column.name} &&
                            column.kind == ValueKind::integer;
      if (column.nullable || column.has_default || column.generated_always ||
          column.filled_by_trigger || only_key || is_given(column.name))
        continue;
      mistakes_.no_value(pointer_, column.name);
    }
  }

  SiteTable& table_;
  std::size_t number_;
  Satellite& satellite_;
  const CatalogTable& catalog_;
  std::string pointer_;
  Mistakes& mistakes_;
};

// What a satellite that is not there holds.
void allow_absence(const Mapping& mapping, Entity& entity, SiteId site, Mistakes& mistakes) {
  const SiteTable& table = entity.table[index(site)];
  for (Field& field : entity.fields) {
    FieldAt& at = field.at[index(site)];
    for (std::size_t i = 0; i < at.columns.size(); ++i) {
      const Column& column = table.columns[at.columns[i]];
      if (column.satellite == 0 || table.satellites[column.satellite - 1].required) continue;
      Lens& lens = at.split ? at.split->pieces[i] : at.lens;
      if (!lens.nullable && !lens.blank) {
        const std::string fields = member(member("/entities", entity.name), "fields");
        mistakes.add(member(member(fields, field.name), mapping.sites[index(site)]),
                     fmt::format("column '{}' is NOT NULL, and a row is made when another field of "
                                 "'{}' gets a value",
                                 column.name, table.satellites[column.satellite - 1].name),
                     "\"blank\": what it holds where there is nothing");
      }
      lens.nullable = true;
    }
  }
}

}  // namespace

void bind_satellites(const Mapping& mapping, Entity& entity, SiteId site,
                     std::span<const CatalogTable> catalog, Mistakes& mistakes) {
  SiteTable& table = entity.table[index(site)];
  for (std::size_t n = 0; n < table.satellites.size(); ++n) {
    SatelliteBinding{table, n, catalog[n], pointer_to(mapping, entity, site, table.satellites[n]),
                     mistakes}
        .run();
  }
  allow_absence(mapping, entity, site, mistakes);
}

}  // namespace miroir
