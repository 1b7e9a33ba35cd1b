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
             std::span<const CatalogTable> catalog, Mistakes& mistakes)
      : table_{entity.table[index(site)]},
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
  }

 private:
  const CatalogColumn* find(const std::string& name, std::size_t satellite) const {
    const auto& columns = catalog_[satellite].columns;
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const CatalogColumn& c) { return c.name == name; });
    return found == columns.end() ? nullptr : &*found;
  }

  // `sorted`: rows are read in its order.
  void bind(const std::string& name, std::size_t satellite, const std::string& pointer,
            bool sorted) {
    const CatalogColumn* column = find(name, satellite);
    if (column == nullptr) return;
    if (!column->no_key || (column->no_key->sorted && !sorted)) return;
    const TableName& of = satellite == 0 ? table_.name : table_.satellites[satellite - 1].table;
    mistakes_.add(pointer,
                  fmt::format("column '{}' of '{}' is of type {}, which cannot be a key's: {}",
                              name, of.name, column->declared_type, column->no_key->because),
                  column->no_key->right);
  }

  const SiteTable& table_;
  std::span<const CatalogTable> catalog_;
  std::string pointer_;
  Mistakes& mistakes_;
};

}  // namespace

void bind_keys(const Mapping& mapping, const Entity& entity, SiteId site,
               std::span<const CatalogTable> catalog, Mistakes& mistakes) {
  KeyBinding{mapping, entity, site, catalog, mistakes}.run();
}

}  // namespace miroir
