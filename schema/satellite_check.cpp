// Satellites: what a mapping can say wrongly about tables that share an entity's rows.
#include <fmt/core.h>

#include <algorithm>

#include "schema/mapping_stages.hpp"

namespace miroir {
namespace {

// The satellite's key: each column with the entity's that it holds.
std::vector<std::pair<std::string, std::string>> key_of(const SatelliteDraft& satellite,
                                                        const TableDraft& table) {
  if (!satellite.key.empty()) return satellite.key;
  std::vector<std::pair<std::string, std::string>> same;
  for (const KeyDraft& key : table.key) same.emplace_back(key.column, key.column);
  return same;
}

Names satellite_names(const TableDraft& table) {
  Names names;
  for (const SatelliteDraft& satellite : table.satellites) names.push_back(satellite.name);
  return names;
}

class SatelliteCheck {
 public:
  SatelliteCheck(const MappingDraft& draft, const EntityDraft& entity, SiteId site,
                 const SatelliteDraft& satellite, Mistakes& mistakes)
      : draft_{draft},
        entity_{entity},
        site_{site},
        table_{*entity.table[index(site)]},
        satellite_{satellite},
        mistakes_{mistakes} {}

  void run() {
    check_name();
    check_key();
    check_columns();
    if (entity_.part_of) check_part();
  }

 private:
  void add(const std::string& pointer, std::string wrong, std::string right) {
    mistakes_.add(pointer, std::move(wrong), std::move(right));
  }

  // The journal knows it by both names.
  void check_name() {
    const std::string name = entity_.name + "." + satellite_.name;
    if (draft_.find(name) == nullptr) return;
    add(satellite_.pointer, fmt::format("the journal would take it for the entity '{}'", name),
        "another name for one of the two");
  }

  void check_key() {
    if (satellite_.key.empty()) return;
    const std::string pointer = member(satellite_.pointer, "key");
    Names own, held;
    for (const KeyDraft& key : table_.key) own.push_back(key.column);
    for (const auto& [column, key] : satellite_.key) {
      held.push_back(key);
      if (std::find(own.begin(), own.end(), key) != own.end()) continue;
      add(member(pointer, column), fmt::format("the key of '{}' has no column '{}'", table_.name, key),
          suggestion(key, own));
    }
    for (const std::string& key : own) {
      const auto times = std::count(held.begin(), held.end(), key);
      if (times == 1) continue;
      add(pointer,
          fmt::format("{} '{}' of the key", times == 0 ? "no column holds" : "two columns hold", key),
          "one column of the satellite for each column of the key");
    }
  }

  void check_columns() {
    for (const auto& [column, key] : key_of(satellite_, table_))
      use(column, member(satellite_.pointer, "key"));
    for (const auto& [column, value] : satellite_.where)
      use(column, member(member(satellite_.pointer, "where"), column));
    bool has_field = false;
    for (const FieldDraft& field : entity_.fields) {
      const auto& at = field.at[index(site_)];
      if (!at || at->satellite != satellite_.name) continue;
      has_field = true;
      for (const std::string& column : at->columns) use(column, at->pointer);
      if (field.type != FieldType::counter || satellite_.required) continue;
      add(at->pointer, "a counter needs a row to be counted in",
          "\"required\": true for the satellite, or the counter in the entity's own table");
    }
    for (const auto& [column, value] : satellite_.on_insert)
      use(column, member(member(satellite_.pointer, "on_insert"), column));
    if (!has_field)
      add(satellite_.pointer, "no field lives in it",
          fmt::format("\"satellite\": \"{}\" beside a field's column, or leave it out",
                      satellite_.name));
  }

  void use(const std::string& column, const std::string& pointer) {
    if (std::find(used_.begin(), used_.end(), column) != used_.end())
      add(pointer, fmt::format("column '{}' of '{}' is used twice", column, satellite_.table),
          "each column once");
    used_.push_back(column);
  }

  // What a trigger of the satellite's notes is the root's key, and what an insert gives is known
  // before anything is written.
  void check_part() {
    for (const KeyDraft& key : table_.key) {
      if (key.from != KeyFrom::database) continue;
      add(satellite_.pointer,
          fmt::format("the database hands out '{}', and a part's satellite cannot wait for it",
                      key.column),
          "these fields in the part's own table, or not mirrored");
    }
    if (table_.parent.empty()) return;
    add(satellite_.pointer, "the part's key does not name its root, and neither does the satellite's",
        "these fields in the part's own table, or not mirrored");
  }

  const MappingDraft& draft_;
  const EntityDraft& entity_;
  SiteId site_;
  const TableDraft& table_;
  const SatelliteDraft& satellite_;
  Mistakes& mistakes_;
  Names used_;
};

// A table as an entity or a satellite uses it.
struct TableUse {
  std::string pointer, whose;
  std::string schema, name;
  std::vector<std::pair<std::string, Value>> constants;  // Its rows have these values.
  bool is_satellite = false;
};

std::optional<Value> constant_of(const TableDraft& table, const std::string& column) {
  for (const KeyDraft& key : table.key) {
    if (key.column == column && key.from == KeyFrom::constant) return key.value;
  }
  return std::nullopt;
}

TableUse use_of(const EntityDraft& entity, const TableDraft& table) {
  TableUse use{table.pointer, entity.name, table.schema, table.name, {}, false};
  for (const KeyDraft& key : table.key) {
    if (const auto value = constant_of(table, key.column)) use.constants.emplace_back(key.column, *value);
  }
  return use;
}

TableUse use_of(const EntityDraft& entity, const TableDraft& table, const SatelliteDraft& satellite) {
  TableUse use{satellite.pointer, entity.name + "." + satellite.name, satellite.schema,
               satellite.table,   satellite.where, true};
  for (const auto& [column, key] : key_of(satellite, table)) {
    if (const auto value = constant_of(table, key)) use.constants.emplace_back(column, *value);
  }
  return use;
}

bool share_rows(const TableUse& a, const TableUse& b) {
  if (a.name != b.name || a.schema != b.schema) return false;
  for (const auto& [column, value] : a.constants) {
    for (const auto& [other, held] : b.constants) {
      if (column == other && value != held) return false;
    }
  }
  return true;
}

}  // namespace

void check_satellites(const MappingDraft& draft, const EntityDraft& entity, SiteId site,
                      Mistakes& mistakes) {
  const auto& table = entity.table[index(site)];
  if (!table) return;
  for (const SatelliteDraft& satellite : table->satellites)
    SatelliteCheck{draft, entity, site, satellite, mistakes}.run();
  for (const FieldDraft& field : entity.fields) {
    const auto& at = field.at[index(site)];
    if (!at || !at->satellite || table->find_satellite(*at->satellite) != nullptr) continue;
    const Names known = satellite_names(*table);
    mistakes.add(member(at->pointer, "satellite"),
                 fmt::format("'{}' at '{}' has no satellite '{}'", entity.name,
                             draft.sites[index(site)], *at->satellite),
                 known.empty() ? "\"satellites\" of the table, with this name"
                               : suggestion(*at->satellite, known));
  }
}

// Whoever writes a row writes all of it: two that write one row would each overwrite the other.
void check_satellite_tables(const MappingDraft& draft, Mistakes& mistakes) {
  for (const SiteId site : both_sites) {
    std::vector<TableUse> uses;
    for (const EntityDraft& entity : draft.entities) {
      if (entity.table[index(site)]) uses.push_back(use_of(entity, *entity.table[index(site)]));
    }
    for (const EntityDraft& entity : draft.entities) {
      const auto& table = entity.table[index(site)];
      for (std::size_t i = 0; table && i < table->satellites.size(); ++i)
        uses.push_back(use_of(entity, *table, table->satellites[i]));
    }
    for (std::size_t i = 0; i < uses.size(); ++i) {
      for (std::size_t k = 0; k < i && uses[i].is_satellite; ++k) {
        if (!share_rows(uses[i], uses[k])) continue;
        mistakes.add(member(uses[i].pointer, "table"),
                     fmt::format("'{}' is also the table of '{}'", uses[i].name, uses[k].whose),
                     "another table, or values in \"where\" that tell the rows apart");
      }
    }
  }
}

}  // namespace miroir
