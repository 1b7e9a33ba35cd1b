// What a JSON Schema cannot say about the mapping as a whole and its entities; tables and fields
// have files of their own.
#include <fmt/core.h>

#include <algorithm>

#include "schema/mapping_stages.hpp"

namespace miroir {
namespace {

Names entity_names(const MappingDraft& draft) {
  Names names;
  for (const EntityDraft& entity : draft.entities) names.push_back(entity.name);
  return names;
}

std::size_t variable_columns(const TableDraft& table) {
  return static_cast<std::size_t>(
      std::count_if(table.key.begin(), table.key.end(),
                    [](const KeyDraft& key) { return key.from != KeyFrom::constant; }));
}

// A reference is one column: what it holds must name a record by itself.
void check_target_key(const MappingDraft& draft, const EntityDraft& target, const FieldDraft& field,
                      Mistakes& mistakes) {
  for (const SiteId site : both_sites) {
    const auto& table = target.table[index(site)];
    if (!table || table->key.empty() || variable_columns(*table) == 1) continue;
    mistakes.add(member(field.pointer, "to"),
                 fmt::format("the key of '{}' at '{}' has {} columns that are not constant",
                             target.name, draft.sites[index(site)], variable_columns(*table)),
                 "an entity with exactly one such column, which is what a reference holds");
  }
}

void check_reference(const MappingDraft& draft, const FieldDraft& field, Mistakes& mistakes) {
  if (field.type != FieldType::reference) {
    if (field.to && field.type) {
      mistakes.add(member(field.pointer, "to"), "only a reference has 'to'",
                   "leave it out, or \"type\": \"reference\"");
    }
    return;
  }
  if (!field.to) {
    mistakes.add(field.pointer, "a reference needs 'to'",
                 "\"to\" with one of: " + listed(entity_names(draft)));
    return;
  }
  const EntityDraft* target = draft.find(*field.to);
  if (target == nullptr) {
    mistakes.add(member(field.pointer, "to"), fmt::format("there is no entity '{}'", *field.to),
                 suggestion(*field.to, entity_names(draft)));
    return;
  }
  check_target_key(draft, *target, field, mistakes);
}

void check_matched(const EntityDraft& entity, const FieldDraft& field, Mistakes& mistakes) {
  if (!field.match_any_case || !field.type) return;
  const std::string pointer = member(field.pointer, "match");
  const bool matched = std::ranges::any_of(entity.match, [&](const Names& rule) {
    return std::find(rule.begin(), rule.end(), field.name) != rule.end();
  });
  if (field.type != FieldType::text) {
    mistakes.add(pointer, fmt::format("'match' does not fit the type {}", name_of(*field.type)),
                 "leave it out; it is for text (a code is matched in any case)");
  } else if (!matched) {
    mistakes.add(pointer, fmt::format("no twins are found by '{}'", field.name),
                 fmt::format("leave it out, or [\"{}\"] in \"match\" of the entity", field.name));
  }
}

void check_match(const EntityDraft& entity, Mistakes& mistakes) {
  Names names;
  for (const FieldDraft& field : entity.fields) {
    const bool own = field.type == FieldType::reference &&  // Not known by then.
                     field.to == entity.part_of.value_or(entity.name);
    if (field.type != FieldType::counter && !own) names.push_back(field.name);
  }
  for (std::size_t rule = 0; rule < entity.match.size(); ++rule) {
    for (std::size_t i = 0; i < entity.match[rule].size(); ++i) {
      const std::string& name = entity.match[rule][i];
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      mistakes.add(member(member(member(entity.pointer, "match"), rule), i),
                   fmt::format("'{}' is no field that twins could agree in", name),
                   suggestion(name, names));
    }
  }
  for (const FieldDraft& field : entity.fields) check_matched(entity, field, mistakes);
}

void check_root(const MappingDraft& draft, const EntityDraft& entity, Mistakes& mistakes) {
  if (!entity.part_of) return;
  const EntityDraft* root = draft.find(*entity.part_of);
  if (root == nullptr) {
    mistakes.add(member(entity.pointer, "part_of"),
                 fmt::format("there is no entity '{}'", *entity.part_of),
                 suggestion(*entity.part_of, entity_names(draft)));
  } else if (root->part_of) {
    mistakes.add(member(entity.pointer, "part_of"),
                 fmt::format("'{}' is a part itself, and parts have no parts", root->name),
                 "the root of the whole aggregate, or an entity of its own with a reference");
  }
}

void check_rules_on_one_side(const EntityDraft& entity, Mistakes& mistakes) {
  const auto has_rule = [](const std::optional<TableDraft>& table) {
    return table && std::any_of(table->key.begin(), table->key.end(),
                                [](const KeyDraft& key) { return key.from == KeyFrom::rule; });
  };
  if (!has_rule(entity.table[0]) || !has_rule(entity.table[1])) return;
  mistakes.add(member(entity.table[1]->pointer, "key"),
               "the keys of both sites come from a rule, so that neither is there first",
               "a rule at one site, and another source at the other");
}

// Rows of one table must belong to one entity: only a constant in the key can tell two apart.
bool apart(const TableDraft& a, const TableDraft& b) {
  for (const KeyDraft& x : a.key) {
    for (const KeyDraft& y : b.key) {
      if (x.from == KeyFrom::constant && y.from == KeyFrom::constant && x.column == y.column &&
          x.value != y.value) {
        return true;
      }
    }
  }
  return false;
}

void check_shared_tables(const MappingDraft& draft, Mistakes& mistakes) {
  for (std::size_t i = 0; i < draft.entities.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      for (const SiteId site : both_sites) {
        const auto& later = draft.entities[i].table[index(site)];
        const auto& earlier = draft.entities[k].table[index(site)];
        if (!later || !earlier || later->name != earlier->name) continue;
        if (later->schema != earlier->schema || apart(*later, *earlier)) continue;
        mistakes.add(
            member(later->pointer, "table"),
            fmt::format("'{}' is also the table of '{}'", later->name, draft.entities[k].name),
            "another table, or constants in both keys that tell the rows apart");
      }
    }
  }
}

void check_entity(const MappingDraft& draft, const EntityDraft& entity, Mistakes& mistakes) {
  check_policies(draft, entity, mistakes);
  check_root(draft, entity, mistakes);
  check_match(entity, mistakes);
  check_rules_on_one_side(entity, mistakes);
  check_directions(draft, entity, mistakes);
  check_deletion(draft, entity, mistakes);
  for (const SiteId site : both_sites) {
    check_table(draft, entity, site, mistakes);
    check_scope(entity, site, mistakes);
    check_satellites(draft, entity, site, mistakes);
  }
  for (const FieldDraft& field : entity.fields) {
    check_field(draft, field, mistakes);
    check_reference(draft, field, mistakes);
  }
}

}  // namespace

void check_draft(const MappingDraft& draft, Mistakes& mistakes) {
  check_default_policy(draft, draft.conflicts, "/conflicts", mistakes);
  for (const EntityDraft& entity : draft.entities) check_entity(draft, entity, mistakes);
  check_shared_tables(draft, mistakes);
  check_satellite_tables(draft, mistakes);
}

}  // namespace miroir
