// From a draft without mistakes to the Mapping: names become indexes.
#include <fmt/core.h>

#include <algorithm>

#include "schema/mapping_stages.hpp"

namespace miroir {
namespace {

// The column's index, which is added when it is new.
std::size_t place(SiteTable& table, const std::string& column) {
  if (const std::optional<std::size_t> found = table.find(column)) return *found;
  table.columns.push_back({.name = column});
  return table.columns.size() - 1;
}

std::size_t key_index(const TableDraft& root, const std::string& column) {
  const auto found = std::find_if(root.key.begin(), root.key.end(),
                                  [&](const KeyDraft& key) { return key.column == column; });
  return static_cast<std::size_t>(found - root.key.begin());
}

KeySource key_source(const KeyDraft& key, const TableDraft* root) {
  switch (key.from) {
    case KeyFrom::unknown:
    case KeyFrom::field:
      return FromField{};
    case KeyFrom::database:
      return Generated{};
    case KeyFrom::rule:
      return Rule{*key.rule};
    case KeyFrom::constant:
      return Constant{*key.value};
    case KeyFrom::parent:
      return FromParent{key_index(*root, *key.parent)};
    case KeyFrom::number:
      return Numbered{key.step.value_or(1)};
  }
  return FromField{};
}

// Key first, then fields, then what is filled: the order that SiteTable::columns promises.
SiteTable build_key(const TableDraft& draft, const TableDraft* root) {
  SiteTable table;
  table.name = {draft.schema, draft.name};
  for (const KeyDraft& key : draft.key) {
    table.key.push_back({place(table, key.column), key_source(key, root)});
  }
  return table;
}

Condition build_condition(std::size_t column, const ConditionDraft& draft) {
  if (draft.any) return {column, OneOf{*draft.any}};
  if (draft.none) return {column, NoneOf{*draft.none}};
  return {column, Within{draft.from, draft.before}};
}

// After everything else. What a row must hold to be mirrored, an inserted one is given.
void add_conditions(SiteTable& table, const TableDraft& draft) {
  const std::size_t written = table.columns.size();
  for (const ConditionDraft& where : draft.where) {
    const std::size_t column = place(table, where.column);
    table.where.push_back(build_condition(column, where));
    const bool given =
        std::any_of(draft.on_insert.begin(), draft.on_insert.end(),
                    [&](const auto& inserted) { return inserted.first == where.column; });
    if (column >= written && !given && where.any && where.any->size() == 1) {
      table.constants.emplace_back(column, where.any->front());
    }
  }
  for (const ConditionDraft& ready : draft.ready_when) {
    table.ready_when.push_back(build_condition(place(table, ready.column), ready));
  }
  for (const auto& [name, value] : draft.on_insert) {
    if (const auto column = table.find(name)) {
      table.constants.emplace_back(*column, value);
    } else {
      table.on_insert.push_back({{.name = name}, value});
    }
  }
  for (std::size_t i = written; i < table.columns.size(); ++i) {
    table.columns[i].only_read =
        std::none_of(table.constants.begin(), table.constants.end(),
                     [&](const auto& constant) { return constant.first == i; });
  }
}

// Columns of the row that tell where it may have gone are read, and never written.
void add_places(SiteTable& table, const TableDraft& draft) {
  for (const PlaceDraft& written : draft.moved) {
    Place& built = table.moved.emplace_back();
    built.name = {written.schema, written.name};
    for (const ValueDraft& where : written.where) {
      Sought& sought = built.where.emplace_back(Sought{{.name = where.name}, where.value});
      const auto column = column_in_braces(where.value);
      if (!column) continue;
      const std::size_t known = table.columns.size();
      const std::size_t at = place(table, *column);
      if (at == known) table.columns[at].only_read = true;
      sought.held = at;
    }
  }
}

void fill_columns(SiteTable& table, const TableDraft& draft, const TableDraft* root) {
  for (const auto& [column, root_column] : draft.parent) {
    table.filled.push_back({place(table, column), FromParent{key_index(*root, root_column)}});
  }
  if (draft.number) {
    table.filled.push_back({place(table, draft.number->column), Numbered{draft.number->step}});
  }
}

Lens build_lens(const FieldDraft& field, const ColumnDraft& column) {
  Lens out;
  out.type = *field.type;
  out.blank = column.blank;
  out.length = column.length;
  out.scale = column.scale ? column.scale : field.scale;
  if (column.lookup) out.lookup = *column.lookup;
  out.times = column.times.value_or(1);
  out.time_zone = column.time_zone.value_or("");
  if (column.code_page) out.code_page = find_code_page(*column.code_page);
  out.folding = field.folding;
  out.loss = column.loss;
  return out;
}

FieldAt build_column(SiteTable& table, const FieldDraft& field, const ColumnDraft& column) {
  FieldAt out;
  for (const std::string& name : column.columns) {
    if (!column.satellite) out.columns.push_back(place(table, name));
  }
  out.lens = build_lens(field, column);
  if (field.type == FieldType::counter) out.lens.scale = out.lens.scale.value_or(0);
  if (column.several) {
    out.split = Split{column.split ? Split::How::filling : Split::How::by_word,
                      column.split ? *column.split : *column.join,
                      std::vector<Lens>(column.columns.size(), out.lens)};
  }
  return out;
}

std::vector<InsertedColumn> inserted(const std::vector<std::pair<std::string, Value>>& values) {
  std::vector<InsertedColumn> out;
  for (const auto& [column, value] : values) out.push_back({{.name = column}, value});
  return out;
}

Satellite build_satellite(const TableDraft& table, const SatelliteDraft& draft) {
  Satellite out;
  out.name = draft.name;
  out.table = {draft.schema, draft.table};
  for (const KeyDraft& key : table.key) {
    const auto holds = std::find_if(draft.key.begin(), draft.key.end(),
                                    [&](const auto& pair) { return pair.second == key.column; });
    out.key.push_back({.name = holds == draft.key.end() ? key.column : holds->first});
  }
  out.where = inserted(draft.where);
  out.on_insert = inserted(draft.on_insert);
  out.required = draft.required;
  return out;
}

// After all columns of the entity's own table.
void add_satellites(Entity& entity, const EntityDraft& draft, SiteId site) {
  SiteTable& table = entity.table[index(site)];
  for (const SatelliteDraft& satellite : draft.table[index(site)]->satellites) {
    table.satellites.push_back(build_satellite(*draft.table[index(site)], satellite));
    const std::size_t number = table.satellites.size();
    table.satellites.back().rows = table.columns.size();
    table.columns.push_back({.name = "", .kind = ValueKind::integer, .satellite = number});
    for (std::size_t f = 0; f < draft.fields.size(); ++f) {
      const ColumnDraft& column = *draft.fields[f].at[index(site)];
      if (column.satellite != satellite.name) continue;
      for (const std::string& name : column.columns) {
        entity.fields[f].at[index(site)].columns.push_back(table.columns.size());
        table.columns.push_back({.name = name, .satellite = number});
      }
    }
  }
}

void mark_counters(Entity& entity, SiteId site) {
  for (const Field& field : entity.fields) {
    if (field.type != FieldType::counter) continue;
    Column& column = entity.table[index(site)].columns[field.at[index(site)].column()];
    column.counter = true;
    column.counter_scale = *field.at[index(site)].lens.scale;
  }
}

class Build {
 public:
  Build(const MappingDraft& draft, const std::vector<std::size_t>& order)
      : draft_{draft}, order_{order} {}

  Mapping run() {
    Mapping mapping;
    mapping.sites = draft_.sites;
    for (const std::size_t i : order_) mapping.entities.push_back(entity(draft_.entities[i]));
    for (const Entity& part : mapping.entities) {
      if (part.root) mapping.entities[part.root->raw()].parts.push_back(part.id);
    }
    mapping.fingerprint = fingerprint_of(mapping);
    return mapping;
  }

 private:
  EntityId id_of(std::string_view name) const {
    const auto found = std::find_if(order_.begin(), order_.end(),
                                    [&](std::size_t i) { return draft_.entities[i].name == name; });
    return EntityId{static_cast<std::size_t>(found - order_.begin())};
  }

  Entity entity(const EntityDraft& draft) const {
    Entity out;
    out.name = draft.name;
    out.id = id_of(draft.name);
    const EntityDraft* root = draft.part_of ? draft_.find(*draft.part_of) : nullptr;
    if (root != nullptr) out.root = id_of(root->name);
    for (const SiteId site : both_sites) {
      const TableDraft* root_table = root == nullptr ? nullptr : &*root->table[index(site)];
      out.table[index(site)] = build_key(*draft.table[index(site)], root_table);
    }
    for (const FieldDraft& field : draft.fields) out.fields.push_back(build(draft, field, out));
    add_groups(draft, out);
    order_derived(out);
    for (const SiteId site : both_sites) {
      const TableDraft* root_table = root == nullptr ? nullptr : &*root->table[index(site)];
      fill_columns(out.table[index(site)], *draft.table[index(site)], root_table);
      add_conditions(out.table[index(site)], *draft.table[index(site)]);
      add_places(out.table[index(site)], *draft.table[index(site)]);
      add_satellites(out, draft, site);
      mark_counters(out, site);
    }
    build_deletion(draft, out);
    const auto direction = parse_direction(draft.direction.value_or("both ways"), draft_.sites);
    if (const auto* one_way = std::get_if<OnlyTo>(&*direction)) out.one_way_to = one_way->site;
    for (const std::vector<std::string>& rule : draft.match) {
      std::vector<std::size_t>& fields = out.match.emplace_back();
      for (const std::string& name : rule) fields.push_back(*out.field_index(name));
    }
    return out;
  }

  static std::size_t place(const EntityDraft& entity, std::string_view field) {
    const auto found = std::find_if(entity.fields.begin(), entity.fields.end(),
                                    [&](const FieldDraft& one) { return one.name == field; });
    return static_cast<std::size_t>(found - entity.fields.begin());
  }
  static std::vector<std::size_t> places(const EntityDraft& entity, const Names& fields) {
    std::vector<std::size_t> out;
    for (const std::string& field : fields) out.push_back(place(entity, field));
    return out;
  }

  static void add_groups(const EntityDraft& draft, Entity& out) {
    for (const GroupDraft& group : draft.groups) {
      FieldGroup& made = out.groups.emplace_back(FieldGroup{group.name, {}});
      made.fields.push_back(place(draft, group.by));
      for (const std::size_t field : places(draft, group.fields)) {
        out.fields[field].group = out.groups.size() - 1;
        if (field != made.fields.front()) made.fields.push_back(field);
      }
    }
  }

  // The formulas lead back to no field that they are of, so there is always one that needs no
  // other.
  static void order_derived(Entity& out) {
    const auto count = static_cast<std::size_t>(
        std::count_if(out.fields.begin(), out.fields.end(),
                      [](const Field& field) { return field.is_derived(); }));
    const auto known = [&](std::size_t field) {
      return !out.fields[field].is_derived() ||
             std::find(out.derived.begin(), out.derived.end(), field) != out.derived.end();
    };
    while (out.derived.size() < count) {
      for (std::size_t f = 0; f < out.fields.size(); ++f) {
        const auto* formula = std::get_if<Derived>(&out.fields[f].policy);
        if (formula == nullptr || known(f)) continue;
        std::vector<std::size_t> needs = formula->plus;
        if (!formula->parts) needs.insert(needs.end(), formula->of.begin(), formula->of.end());
        if (!formula->parts && formula->less) needs.push_back(*formula->less);
        if (std::all_of(needs.begin(), needs.end(), known)) out.derived.push_back(f);
      }
    }
  }

  Policy policy_of(const EntityDraft& entity, const FieldDraft& field) const {
    const GroupDraft* group = entity.group_of(field.name);
    const FieldDraft& by = group == nullptr ? field : *entity.find(group->by);
    if (by.ladder) return Ladder{by.ladder->states, by.ladder->back};
    if (by.derived) return derived(entity, *by.derived);
    return *parse_policy(*policy_text(draft_, entity, field), draft_.sites);
  }

  Derived derived(const EntityDraft& entity, const DerivedDraft& formula) const {
    const EntityDraft& summed = formula.sum ? *draft_.find(*formula.sum) : entity;
    Derived out;
    if (formula.sum) out.parts = id_of(*formula.sum);
    out.of = places(summed, formula.of);
    if (formula.less_percent) out.less = place(summed, *formula.less_percent);
    out.plus = places(entity, formula.plus);
    out.scale = formula.scale;
    return out;
  }

  void build_deletion(const EntityDraft& draft, Entity& out) const {
    const auto values = [&](const std::vector<ValueDraft>& written) {
      std::vector<FieldValue> built;
      for (const ValueDraft& value : written) {
        const std::size_t field = *out.field_index(value.name);
        built.push_back({field, *canonical_value(draft.fields[field], value.value)});
      }
      return built;
    };
    for (const SiteId site : both_sites) {
      if (const auto& meant = draft.deletion[index(site)]) {
        out.deletion[index(site)] =
            meant->word ? *parse_deletion(*meant->word) : Deletion{SetFields{values(meant->set)}};
      }
      const auto& places = draft.table[index(site)]->moved;
      for (std::size_t i = 0; i < places.size(); ++i)
        out.table[index(site)].moved[i].then = values(places[i].then);
    }
    const EntityDraft* root = draft.part_of ? draft_.find(*draft.part_of) : nullptr;
    const auto& conflict = draft.deletion_conflict || root == nullptr ? draft.deletion_conflict
                                                                      : root->deletion_conflict;
    if (conflict) out.deletion_conflict = *parse_deletion_conflict(*conflict, draft_.sites);
  }

  Field build(const EntityDraft& entity, const FieldDraft& field, Entity& out) const {
    Field built;
    built.name = field.name;
    built.type = *field.type;
    built.policy = policy_of(entity, field);
    for (const SiteId site : both_sites) {
      built.at[index(site)] = build_column(out.table[index(site)], field, *field.at[index(site)]);
    }
    built.direction = *parse_direction(direction_text(entity, field), draft_.sites);
    if (auto* one_way = std::get_if<OnlyTo>(&built.direction))
      one_way->against = field.against == "hold" ? Against::hold : Against::put_back;
    if (field.to) built.refers_to = id_of(*field.to);
    built.match_any_case = field.match_any_case;
    return built;
  }

  const MappingDraft& draft_;
  const std::vector<std::size_t>& order_;
};

}  // namespace

Mapping build_mapping(const MappingDraft& draft, const std::vector<std::size_t>& order) {
  return Build{draft, order}.run();
}

}  // namespace miroir
