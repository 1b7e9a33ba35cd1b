#include "schema/mapping_changes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "schema/hash.hpp"
#include "schema/mapping_words.hpp"

namespace miroir {
namespace {

using Kind = MappingChangeKind;

std::string full_name(const TableName& name) {
  return name.schema.empty() ? name.name : name.schema + "." + name.name;
}

// "Name, Name 2"
std::string columns_of(const Entity& entity, const Field& field, SiteId site) {
  std::string names;
  for (const std::size_t column : field.at[index(site)].columns)
    names += (names.empty() ? "" : ", ") + entity.table[index(site)].label(column);
  return names;
}

// Which row of which table a column is of, as a text.
std::string place_of(const SiteTable& table, const Column& column) {
  return column.satellite == 0 ? column.name
                               : row_of(table.satellites[column.satellite - 1]) + column.name;
}

std::optional<std::size_t> find_place(const SiteTable& table, const std::string& place) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (place_of(table, table.columns[i]) == place) return i;
  }
  return std::nullopt;
}

bool same_columns(const Entity& a, const Field& f, const Entity& b, const Field& g) {
  return std::all_of(std::begin(both_sites), std::end(both_sites), [&](SiteId site) {
    const SiteTable &was = a.table[index(site)], &is = b.table[index(site)];
    const auto &before = f.at[index(site)].columns, &now = g.at[index(site)].columns;
    return std::equal(before.begin(), before.end(), now.begin(), now.end(),
                      [&](std::size_t x, std::size_t y) {
                        return place_of(was, was.columns[x]) == place_of(is, is.columns[y]);
                      });
  });
}

const std::string& target_of(const Mapping& mapping, const Field& field) {
  static const std::string nothing;
  return field.refers_to ? mapping.entity(*field.refers_to).name : nothing;
}

class Comparing {
 public:
  Comparing(const Mapping& before, const Mapping& now) : before_{before}, now_{now} {}

  MappingComparison run() {
    result_.now.resize(before_.entities.size());
    if (before_.sites != now_.sites) {
      not_carried("",
                  fmt::format("the sites are now called {} and {}, not {} and {}", now_.sites[0],
                              now_.sites[1], before_.sites[0], before_.sites[1]),
                  "give them their names back");
    }
    for (const Entity& entity : now_.entities) result_.entities.push_back(origin_of(entity));
    for (const Entity& entity : before_.entities) {
      if (now_.find(entity.name) == nullptr) removed(entity);
    }
    if (result_.changes.empty() && before_.fingerprint != now_.fingerprint)
      add(Kind::other, "", "", "something was changed that no field shows");
    return std::move(result_);
  }

 private:
  void add(Kind kind, const std::string& entity, const std::string& field, std::string text,
           std::string remedy = {}) {
    result_.changes.push_back({kind, entity, field, std::move(text), std::move(remedy)});
  }
  void not_carried(const std::string& entity, std::string text, const std::string& instead) {
    add(Kind::not_carried, entity, "", std::move(text),
        instead +
            ", or seed anew with another state file (`miroir seed --dry-run` says first what "
            "would meet what)");
  }

  EntityOrigin origin_of(const Entity& entity) {
    const Entity* old = before_.find(entity.name);
    EntityOrigin origin;
    if (old == nullptr) {
      added(entity);
      origin.fields.resize(entity.fields.size());
      for (const SiteId site : both_sites)
        origin.columns[index(site)].resize(entity.table[index(site)].columns.size());
      return origin;
    }
    origin.before = old->id;
    result_.now[old->id.raw()] = entity.id;
    check_identity(*old, entity);
    place_columns(*old, entity, origin);
    compare_fields(*old, entity, origin);
    compare_twins(*old, entity, origin);
    compare_scope(*old, entity, origin);
    return origin;
  }

  void added(const Entity& entity) {
    if (entity.root && before_.find(now_.entity(*entity.root).name) != nullptr) {
      const std::string& root = now_.entity(*entity.root).name;
      not_carried(entity.name,
                  fmt::format("{} is a new part of {}, whose records are mirrored already: nobody "
                              "could say which row of one side is which of the other",
                              entity.name, root),
                  "leave it out");
      return;
    }
    for (const Entity& old : before_.entities) {
      const bool same_tables =
          old.table[0].name == entity.table[0].name && old.table[1].name == entity.table[1].name;
      if (now_.find(old.name) == nullptr && same_tables && old.is_part() == entity.is_part()) {
        not_carried(entity.name,
                    fmt::format("{} is now called {}; the journals know it by its old name",
                                old.name, entity.name),
                    "give it its name back");
        return;
      }
    }
    add(Kind::entity_added, entity.name, "",
        fmt::format("{} is new ({} {}, {} {}): its rows meet as at the first seed", entity.name,
                    now_.sites[0], full_name(entity.table[0].name), now_.sites[1],
                    full_name(entity.table[1].name)));
  }

  void removed(const Entity& entity) {
    add(Kind::entity_removed, entity.name, "",
        fmt::format("{} is mirrored no more: both sites keep what they hold", entity.name));
  }

  void check_identity(const Entity& old, const Entity& entity) {
    const auto root_of = [](const Mapping& mapping, const Entity& e) {
      return e.root ? mapping.entity(*e.root).name : std::string{};
    };
    if (root_of(before_, old) != root_of(now_, entity)) {
      not_carried(entity.name, entity.name + " is a part of another entity than before",
                  "put it back");
      return;
    }
    for (const SiteId site : both_sites) {
      const SiteTable& a = old.table[index(site)];
      const SiteTable& b = entity.table[index(site)];
      const std::string& name = now_.sites[index(site)];
      if (a.name != b.name) {
        not_carried(entity.name,
                    fmt::format("{} is now {} at {}, not {}: nobody knows whether its rows are the "
                                "same",
                                entity.name, full_name(b.name), name, full_name(a.name)),
                    "name the table that it was");
      } else if (identity_of(a) != identity_of(b)) {
        not_carried(entity.name,
                    fmt::format("the key of {} at {} is another than before, and records are known "
                                "by it",
                                entity.name, name),
                    "give it its key back");
      } else if (numbering_of(a) != numbering_of(b)) {
        add(Kind::numbering_changed, entity.name, "",
            fmt::format("rows of {} that miroir inserts at {} get their keys otherwise; those that "
                        "are there keep theirs",
                        entity.name, name));
      }
    }
  }

  void place_columns(const Entity& old, const Entity& entity, EntityOrigin& origin) {
    for (const SiteId site : both_sites) {
      const SiteTable& a = old.table[index(site)];
      const SiteTable& b = entity.table[index(site)];
      for (const Column& column : b.columns)
        origin.columns[index(site)].push_back(find_place(a, place_of(b, column)));
      const auto& places = origin.columns[index(site)];
      if (places.size() != a.columns.size()) origin.moved = true;
      for (std::size_t c = 0; c < places.size(); ++c) origin.moved |= places[c] != c;
    }
  }

  std::optional<std::size_t> same_field(const Entity& old, const Entity& entity,
                                        const Field& field) {
    if (const auto found = old.field_index(field.name)) {
      return same_columns(old, old.fields[*found], entity, field) ? found : std::nullopt;
    }
    for (std::size_t f = 0; f < old.fields.size(); ++f) {
      if (!entity.field_index(old.fields[f].name) &&
          same_columns(old, old.fields[f], entity, field))
        return f;
    }
    return std::nullopt;
  }

  // What a counter or a reference holds is of another nature: the field is another one.
  bool same_nature(const Field& old, const Field& field) const {
    const bool counter = old.type == FieldType::counter;
    return counter == (field.type == FieldType::counter) &&
           target_of(before_, old) == target_of(now_, field);
  }

  void compare_fields(const Entity& old, const Entity& entity, EntityOrigin& origin) {
    std::vector<bool> kept(old.fields.size());
    for (std::size_t f = 0; f < entity.fields.size(); ++f) {
      const Field& field = entity.fields[f];
      FieldOrigin from{same_field(old, entity, field)};
      if (from.before && !same_nature(old.fields[*from.before], field)) from.before.reset();
      if (from.before) {
        kept[*from.before] = true;
        from.lens_changed = compare_field(old.fields[*from.before], entity, field);
      } else {
        field_added(old, entity, field);
      }
      origin.moved |= from.before != f || from.lens_changed;
      origin.fields.push_back(from);
    }
    origin.moved |= old.fields.size() != entity.fields.size();
    for (std::size_t f = 0; f < old.fields.size(); ++f) {
      if (!kept[f] && !entity.field_index(old.fields[f].name)) field_removed(entity, old.fields[f]);
    }
  }

  void field_added(const Entity& old, const Entity& entity, const Field& field) {
    const bool known = old.field_index(field.name).has_value();
    add(Kind::field_added, entity.name, field.name,
        fmt::format("{}.{} {} ({} {}, {} {}): both sides' values meet as at the first seed; where "
                    "they differ: {}",
                    entity.name, field.name, known ? "is another field than before" : "is new",
                    now_.sites[0], columns_of(entity, field, SiteId::first), now_.sites[1],
                    columns_of(entity, field, SiteId::second), describe(field.policy, now_.sites)));
  }
  void field_removed(const Entity& entity, const Field& field) {
    add(Kind::field_removed, entity.name, field.name,
        fmt::format("{}.{} is mirrored no more: both sites keep what they hold", entity.name,
                    field.name));
  }

  // Whether it converts otherwise, or goes another way.
  bool compare_field(const Field& old, const Entity& entity, const Field& field) {
    if (old.name != field.name) {
      add(Kind::field_renamed, entity.name, field.name,
          fmt::format("{}.{} was called {}", entity.name, field.name, old.name));
    }
    std::string where;
    for (const SiteId site : both_sites) {
      const auto parts = changed_parts(old.at[index(site)], field.at[index(site)]);
      if (parts.empty()) continue;
      where += fmt::format("{}{} ({})", where.empty() ? "" : " and ", now_.sites[index(site)],
                           fmt::join(parts, ", "));
    }
    const std::string way = way_of(field.direction, now_.sites);
    const bool turned = way != way_of(old.direction, now_.sites);
    if (turned) {
      add(Kind::direction_changed, entity.name, field.name,
          fmt::format("{}.{} goes {}, and went {} before", entity.name, field.name, way,
                      way_of(old.direction, now_.sites)));
    }
    if (where.empty()) return turned;
    add(Kind::lens_changed, entity.name, field.name,
        fmt::format("{}.{} converts otherwise at {}: where the two sites no longer mean the same, "
                    "neither is overwritten",
                    entity.name, field.name, where));
    return true;
  }

  void compare_twins(const Entity& old, const Entity& entity, EntityOrigin& origin) {
    const auto in_names = [](const Entity& e) {
      std::vector<std::vector<std::string>> rules;
      for (const auto& rule : e.match) {
        auto& names = rules.emplace_back();
        for (const std::size_t field : rule)
          names.push_back(e.fields[field].name +
                          (e.fields[field].match_any_case ? " any case" : ""));
      }
      return rules;
    };
    origin.twins_changed = in_names(old) != in_names(entity);
    if (!origin.twins_changed) return;
    add(Kind::twins_changed, entity.name, "",
        fmt::format("new rows of {} are recognised otherwise", entity.name));
  }

  void compare_scope(const Entity& old, const Entity& entity, EntityOrigin& origin) {
    for (const SiteId site : both_sites) {
      if (scope_of(old.table[index(site)]) == scope_of(entity.table[index(site)])) continue;
      origin.scope_changed = true;
      add(Kind::scope_changed, entity.name, "",
          fmt::format("other rows of {} are mirrored at {} than before: all are looked at again, "
                      "and what leaves is left alone at both sites",
                      entity.name, now_.sites[index(site)]));
    }
    if (old.one_way_to != entity.one_way_to) {
      add(Kind::direction_changed, entity.name, "",
          fmt::format("records of {} are born and deleted at {}", entity.name,
                      entity.one_way_to ? now_.sites[index(other(*entity.one_way_to))] + " only"
                                        : "either site"));
      origin.moved = true;
    }
  }

  const Mapping& before_;
  const Mapping& now_;
  MappingComparison result_;
};

}  // namespace

std::string_view name_of(MappingChangeKind kind) {
  static constexpr std::string_view names[] = {
      "entity added",       "entity removed", "field added",
      "field removed",      "field renamed",  "lens changed",
      "direction changed",  "scope changed",  "numbering changed",
      "twin rules changed", "other",          "cannot be carried"};
  return names[static_cast<std::size_t>(kind)];
}

bool EntityOrigin::reads_more(SiteId site) const {
  const auto& places = columns[index(site)];
  return std::any_of(places.begin(), places.end(), [](const auto& place) { return !place; });
}

bool MappingComparison::can_be_carried() const {
  return std::none_of(changes.begin(), changes.end(),
                      [](const auto& change) { return change.kind == Kind::not_carried; });
}

bool MappingComparison::needs_consent() const {
  return std::any_of(changes.begin(), changes.end(),
                     [](const auto& change) { return change.kind != Kind::twins_changed; });
}

bool MappingComparison::reads_more() const {
  return std::any_of(entities.begin(), entities.end(), [](const EntityOrigin& origin) {
    return origin.scope_changed || origin.reads_more(SiteId::first) ||
           origin.reads_more(SiteId::second);
  });
}

MappingComparison compare_mappings(const Mapping& before, const Mapping& now) {
  return Comparing{before, now}.run();
}

std::string change_id(const Mapping& before, const Mapping& now) {
  std::string text = before.fingerprint + " " + now.fingerprint;
  for (const Entity& entity : now.entities) {
    for (const Field& field : entity.fields) text += " " + describe(field.policy, now.sites);
  }
  return std::string{change_id_prefix} + hex_hash(text);
}

}  // namespace miroir
