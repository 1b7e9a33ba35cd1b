// The tables of a site where a row may have gone that disappears: their columns, as the site's
// catalogue has them.
#include <fmt/core.h>

#include <algorithm>

#include "schema/bound_value.hpp"
#include "schema/mapping_stages.hpp"

namespace miroir {
namespace {

class PlaceBinding {
 public:
  PlaceBinding(const SiteTable& table, Place& place, CatalogTable catalog, std::string pointer,
               Mistakes& mistakes)
      : table_{table},
        place_{place},
        catalog_{std::move(catalog)},
        pointer_{std::move(pointer)},
        mistakes_{mistakes} {}

  void run() {
    if (catalog_.columns.empty())
      return mistakes_.no_table(member(pointer_, "table"), place_.name.name);
    for (Sought& sought : place_.where)
      bind(sought, member(member(pointer_, "where"), sought.column.name));
  }

 private:
  void bind(Sought& sought, const std::string& pointer) {
    const auto found =
        std::find_if(catalog_.columns.begin(), catalog_.columns.end(),
                     [&](const CatalogColumn& c) { return c.name == sought.column.name; });
    if (found == catalog_.columns.end() || !found->kind) {
      Names names;
      for (const CatalogColumn& column : catalog_.columns) {
        if (column.kind) names.push_back(column.name);
      }
      return mistakes_.add(pointer,
                           fmt::format("'{}' has no column '{}' that can be read", place_.name.name,
                                       sought.column.name),
                           suggestion(sought.column.name, names));
    }
    sought.column.kind = *found->kind;
    if (const auto* from = std::get_if<std::size_t>(&sought.held)) {
      const Column& held = table_.columns[*from];
      if (held.kind == sought.column.kind) return;
      mistakes_.add(pointer,
                    fmt::format("column '{}' is of type {}, but '{}' of the row is {}", found->name,
                                found->declared_type, held.name, name_of(held.kind)),
                    fmt::format("a column of kind {}", name_of(held.kind)));
    } else if (auto value = bound(std::get<Value>(sought.held), sought.column.kind)) {
      sought.held = std::move(*value);
    } else {
      mistakes_.add(
          pointer,
          fmt::format("'{}' does not fit column '{}' of type {}",
                      display(std::get<Value>(sought.held)), found->name, found->declared_type),
          example(sought.column.kind));
    }
  }

  const SiteTable& table_;
  Place& place_;
  CatalogTable catalog_;
  std::string pointer_;
  Mistakes& mistakes_;
};

}  // namespace

void bind_places(const Mapping& mapping, Entity& entity, SiteId site, const Catalog& catalog,
                 Mistakes& mistakes) {
  SiteTable& table = entity.table[index(site)];
  const std::string pointer =
      member(member(member("/entities", entity.name), mapping.sites[index(site)]), "moved");
  for (std::size_t i = 0; i < table.moved.size(); ++i) {
    Place& place = table.moved[i];
    PlaceBinding{table, place, catalog(place.name), member(pointer, i), mistakes}.run();
  }
}

}  // namespace miroir
