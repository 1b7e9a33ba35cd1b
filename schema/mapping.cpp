#include "schema/mapping.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

namespace miroir {

std::optional<Row> Place::sought_for(const Row& row) const {
  Row held;
  for (const Sought& sought : where) {
    const auto* column = std::get_if<std::size_t>(&sought.held);
    held.push_back(column == nullptr ? std::get<Value>(sought.held) : row[*column]);
    if (is_null(held.back())) return std::nullopt;
  }
  return held;
}

Key SiteTable::key_of(const Row& row) const {
  Key out;
  out.reserve(key.size());
  for (const KeyColumn& part : key) out.push_back(row[part.column]);
  return out;
}

std::vector<ValueKind> SiteTable::key_kinds() const {
  std::vector<ValueKind> out;
  out.reserve(key.size());
  for (const KeyColumn& part : key) out.push_back(columns[part.column].kind);
  return out;
}

bool SiteTable::in_scope(const Key& values) const {
  for (std::size_t i = 0; i < key.size(); ++i) {
    const auto* constant = std::get_if<Constant>(&key[i].source);
    if (constant != nullptr && values[i] != constant->value) return false;
  }
  return true;
}

namespace {

bool all_hold(const std::vector<Condition>& conditions, const Row& row) {
  return std::all_of(conditions.begin(), conditions.end(),
                     [&](const Condition& c) { return c.holds(row[c.column]); });
}

}  // namespace

bool SiteTable::is_mirrored(const Row& row) const { return all_hold(where, row); }
bool SiteTable::may_come_in(const Row& row) const {
  return is_mirrored(row) && all_hold(ready_when, row);
}

bool Field::comes_from(SiteId site) const {
  const auto* one_way = std::get_if<OnlyTo>(&direction);
  return one_way == nullptr || one_way->site != site;
}

bool FieldAt::holds(std::size_t column) const {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

Cells FieldAt::cells(const Row& row) const {
  Cells out;
  out.reserve(columns.size());
  for (const std::size_t column : columns) out.push_back(row[column]);
  return out;
}

void FieldAt::set_cells(Row& row, const Cells& cells) const {
  for (std::size_t i = 0; i < columns.size(); ++i) row[columns[i]] = cells[i];
}

bool FieldAt::same(const Row& a, const Row& b) const {
  return std::all_of(columns.begin(), columns.end(),
                     [&](std::size_t column) { return a[column] == b[column]; });
}

Lensed FieldAt::get(const Row& row) const {
  return split ? split->get(row, columns) : lens.get(row[column()]);
}

namespace {

std::variant<Cells, Refusal> as_cells(Lensed site) {
  if (auto* refusal = std::get_if<Refusal>(&site)) return std::move(*refusal);
  return Cells{std::get<Value>(std::move(site))};
}

}  // namespace

std::variant<Cells, Refusal> FieldAt::put(const Value& canonical, const Cells& old) const {
  return split ? split->put(canonical, old) : as_cells(lens.put(canonical, old.front()));
}

std::variant<Cells, Refusal> FieldAt::give(const Value& canonical) const {
  return split ? split->give(canonical) : as_cells(lens.give(canonical));
}

bool FieldAt::keeps(const Value& canonical, const Row& row) const {
  return split ? split->keeps(canonical, row, columns) : lens.keeps(canonical, row[column()]);
}

std::optional<std::size_t> SiteTable::generated_column() const {
  for (const KeyColumn& part : key) {
    if (std::holds_alternative<Generated>(part.source)) return part.column;
  }
  return std::nullopt;
}

namespace {

struct NumberedColumn {
  std::size_t column = 0;
  std::int64_t step = 0;
};

std::optional<NumberedColumn> find_numbered(const SiteTable& table) {
  for (const KeyColumn& part : table.key) {
    if (const auto* n = std::get_if<Numbered>(&part.source)) return {{part.column, n->step}};
  }
  for (const FilledColumn& part : table.filled) {
    if (const auto* n = std::get_if<Numbered>(&part.source)) return {{part.column, n->step}};
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> SiteTable::numbered_column() const {
  const std::optional<NumberedColumn> found = find_numbered(*this);
  return found ? std::optional{found->column} : std::nullopt;
}

std::int64_t SiteTable::number_step() const {
  return find_numbered(*this).value_or(NumberedColumn{}).step;
}

std::vector<std::pair<std::size_t, std::size_t>> SiteTable::parent_columns() const {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (const KeyColumn& part : key) {
    if (const auto* p = std::get_if<FromParent>(&part.source)) {
      out.emplace_back(p->parent_key, part.column);
    }
  }
  for (const FilledColumn& part : filled) {
    if (const auto* p = std::get_if<FromParent>(&part.source)) {
      out.emplace_back(p->parent_key, part.column);
    }
  }
  return out;
}

std::optional<std::size_t> SiteTable::find(std::string_view column) const {
  for (std::size_t i = 0; i < own_columns(); ++i) {
    if (columns[i].name == column) return i;
  }
  return std::nullopt;
}

std::size_t SiteTable::own_columns() const {
  return satellites.empty() ? columns.size() : satellites.front().rows;
}

std::string SiteTable::label(std::size_t column) const {
  const Column& labelled = columns[column];
  if (labelled.satellite == 0 || labelled.name.empty()) return labelled.name;
  return satellites[labelled.satellite - 1].table.name + "." + labelled.name;
}

std::optional<std::string> SiteTable::not_whole(const Row& row) const {
  for (const Satellite& satellite : satellites) {
    const Value& rows = row[satellite.rows];
    if (rows == Value{std::int64_t{1}}) continue;
    if (rows != Value{std::int64_t{0}})
      return fmt::format("{} rows of {} belong to it, where one is expected ({})", display(rows),
                         satellite.table.name, satellite.name);
    if (satellite.required)
      return fmt::format("it has no row in {} ({})", satellite.table.name, satellite.name);
  }
  return std::nullopt;
}

std::size_t Ladder::rank(const Value& state) const {
  const auto* name = std::get_if<std::string>(&state);
  if (name == nullptr) return 0;
  return static_cast<std::size_t>(std::find(states.begin(), states.end(), *name) - states.begin()) +
         1;
}

bool Ladder::allows(const Value& from, const Value& to) const {
  if (rank(from) <= rank(to)) return true;
  return std::any_of(back.begin(), back.end(), [&](const auto& step) {
    return from == Value{step.first} && to == Value{step.second};
  });
}

std::string describe(const Policy& policy, const std::array<std::string, 2>& sites) {
  struct Describe {
    const std::array<std::string, 2>& sites;
    std::string operator()(SiteWins wins) const {
      return fmt::format("{} wins", sites[index(wins.site)]);
    }
    std::string operator()(Max) const { return "max"; }
    std::string operator()(Min) const { return "min"; }
    std::string operator()(Latest) const { return "latest"; }
    std::string operator()(const Ladder&) const { return "ladder"; }
    std::string operator()(const Derived&) const { return "derived"; }
    std::string operator()(Counter) const { return "counter"; }
    std::string operator()(Hold) const { return "hold"; }
  };
  return std::visit(Describe{sites}, policy);
}

std::optional<std::size_t> Entity::field_index(std::string_view field) const {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == field) return i;
  }
  return std::nullopt;
}

std::vector<std::size_t> Entity::decided_with(std::size_t field) const {
  const std::optional<std::size_t>& group = fields[field].group;
  return group ? groups[*group].fields : std::vector{field};
}

bool Mapping::needs_times(EntityId root) const {
  return std::any_of(entities.begin(), entities.end(), [&](const Entity& one) {
    return one.root.value_or(one.id) == root &&
           std::any_of(one.fields.begin(), one.fields.end(), [](const Field& field) {
             return std::holds_alternative<Latest>(field.policy);
           });
  });
}

bool Mapping::needs_times() const {
  return std::any_of(entities.begin(), entities.end(),
                     [&](const Entity& one) { return needs_times(one.root.value_or(one.id)); });
}

const Entity* Mapping::find(std::string_view name) const {
  for (const Entity& candidate : entities) {
    if (candidate.name == name) return &candidate;
  }
  return nullptr;
}

std::optional<SiteId> Mapping::site(std::string_view name) const {
  for (const SiteId id : both_sites) {
    if (sites[index(id)] == name) return id;
  }
  return std::nullopt;
}

std::vector<std::pair<EntityId, std::size_t>> Mapping::referenced_by(EntityId id) const {
  std::vector<std::pair<EntityId, std::size_t>> out;
  for (const Entity& referring : entities) {
    for (std::size_t i = 0; i < referring.fields.size(); ++i) {
      if (referring.fields[i].refers_to == id) out.emplace_back(referring.id, i);
    }
  }
  return out;
}

std::size_t Mapping::reference_key(EntityId id, SiteId site) const {
  const std::vector<KeyColumn>& key = table(id, site).key;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (!std::holds_alternative<Constant>(key[i].source)) return i;
  }
  throw std::logic_error{"a reference's target has no key column that is not constant"};
}

Key key_of_reference(const Mapping& mapping, EntityId target, SiteId site, const Value& raw) {
  const SiteTable& table = mapping.table(target, site);
  Key key;
  for (const KeyColumn& column : table.key) {
    const auto* constant = std::get_if<Constant>(&column.source);
    key.push_back(constant != nullptr ? constant->value : raw);
  }
  return key;
}

}  // namespace miroir
