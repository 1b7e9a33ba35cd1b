// Which columns may hold keys. A key has a text in the site's journal, by which its row is found
// again: the journal's triggers must be able to write it, it must be one text only, and the same
// for whoever writes the row.
#include <fmt/core.h>

#include <algorithm>

#include "schema/mapping_stages.hpp"

namespace miroir {
namespace {

class KeyBinding {
 public:
  KeyBinding(const Mapping& mapping, const Entity& entity, SiteId site,
             std::span<CatalogTable> catalog, Mistakes& mistakes)
      : table_{entity.table[index(site)]},
        entity_{entity},
        site_{site},
        catalog_{catalog},
        pointer_{member(member("/entities", entity.name), mapping.sites[index(site)])},
        mistakes_{mistakes} {}

  void run() {
    for (std::size_t i = 0; i < table_.key.size(); ++i) {
      const bool constant = std::holds_alternative<Constant>(table_.key[i].source);
      bind(table_.columns[table_.key[i].column].name, 0, member(member(pointer_, "key"), i),
           !constant);
    }
    for (const FilledColumn& filled : table_.filled) {
      const std::string& name = table_.columns[filled.column].name;
      if (std::holds_alternative<FromParent>(filled.source))
        bind(name, 0, member(member(pointer_, "parent"), name), false);
    }
    for (std::size_t n = 0; n < table_.satellites.size(); ++n) {
      const Satellite& satellite = table_.satellites[n];
      const std::string pointer =
          member(member(member(pointer_, "satellites"), satellite.name), "key");
      for (const Column& column : satellite.key)
        bind(column.name, n + 1, member(pointer, column.name), false);
    }
    for (const Field& field : entity_.fields) {
      if (!field.refers_to) continue;
      for (const std::size_t i : field.at[index(site_)].columns) {
        const Column& column = table_.columns[i];
        if (CatalogColumn* found = find(column.name, column.satellite)) count_in_whole(*found);
      }
    }
  }

 private:
  CatalogColumn* find(const std::string& name, std::size_t satellite) {
    auto& columns = catalog_[satellite].columns;
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const CatalogColumn& c) { return c.name == name; });
    return found == columns.end() ? nullptr : &*found;
  }

  static void count_in_whole(CatalogColumn& column) {
    if (column.whole) column.kind = ValueKind::integer;
  }

  // `sorted`: rows are read in its order.
  void bind(const std::string& name, std::size_t satellite, const std::string& pointer,
            bool sorted) {
    CatalogColumn* column = find(name, satellite);
    if (column == nullptr) return;
    count_in_whole(*column);
    if (!column->no_key || (column->no_key->sorted && !sorted)) return;
    const TableName& of = satellite == 0 ? table_.name : table_.satellites[satellite - 1].table;
    mistakes_.add(pointer,
                  fmt::format("column '{}' of '{}' is of type {}, which cannot be a key's: {}",
                              name, of.name, column->declared_type, column->no_key->because),
                  column->no_key->right);
  }

  const SiteTable& table_;
  const Entity& entity_;
  SiteId site_;
  std::span<CatalogTable> catalog_;
  std::string pointer_;
  Mistakes& mistakes_;
};

}  // namespace

void bind_keys(const Mapping& mapping, const Entity& entity, SiteId site,
               std::span<CatalogTable> catalog, Mistakes& mistakes) {
  KeyBinding{mapping, entity, site, catalog, mistakes}.run();
}

}  // namespace miroir
