// Reading a row together with its satellites: joined, so that it is one row from here on.
#include <fmt/format.h>

#include "connectors/journal.hpp"
#include "mirror/site_local.hpp"

namespace miroir {
namespace {

// Beside t, the entity's own table: "x1" for its first satellite.
std::string alias_of(std::size_t satellite) { return fmt::format("x{}", satellite); }

}  // namespace

// The condition that the satellite's row (an alias of its table) belongs to the row t.
std::string LocalSite::named_satellite(EntityId id, const Satellite& satellite,
                                       const std::string& alias) {
  std::vector<KeyPair> pairs;
  const SiteTable& of = table(id);
  for (std::size_t i = 0; i < satellite.key.size(); ++i) {
    pairs.push_back({alias + "." + quote(satellite.key[i].name),
                     "t." + quote(of.columns[of.key[i].column].name), satellite.key[i].kind});
  }
  for (const InsertedColumn& where : satellite.where) {
    pairs.push_back({alias + "." + quote(where.column.name),
                     dialect().literal(where.value, where.column.kind), where.column.kind});
  }
  return named_by(dialect(), pairs);
}

std::string LocalSite::rows_of(EntityId id, const Satellite& satellite) {
  return fmt::format("(SELECT count(*) FROM {} AS y WHERE {})", dialect().quote(satellite.table),
                     named_satellite(id, satellite, "y"));
}

// Of an entity's row t and its satellites.
std::string LocalSite::columns_of(EntityId id) {
  std::string list;
  for (const Column& column : table(id).columns) {
    std::string expression = "t." + quote(column.name);
    if (column.satellite > 0)
      expression = column.name.empty()
                       ? rows_of(id, table(id).satellites[column.satellite - 1])
                       : alias_of(column.satellite) + "." + quote(column.name);
    list += (list.empty() ? "" : ", ") + dialect().selected(expression, column.kind);
  }
  return list;
}

// Behind the table t. Several rows for one are none: t must not come twice, and nobody could pick.
std::string LocalSite::joined_satellites(EntityId id) {
  std::string joined;
  for (std::size_t n = 1; n <= table(id).satellites.size(); ++n) {
    const Satellite& satellite = table(id).satellites[n - 1];
    joined += " LEFT " + dialect().look_up(dialect().quote(satellite.table), alias_of(n),
                                           named_satellite(id, satellite, alias_of(n)) +
                                               " AND 1 = " + rows_of(id, satellite));
  }
  return joined;
}

}  // namespace miroir
