#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "schema/bound_value.hpp"
#include "schema/mapping_stages.hpp"
#include "schema/mistakes.hpp"

namespace miroir {
namespace {

Names kinds_for(FieldType type) {
  Names out;
  for (int i = static_cast<int>(ValueKind::boolean); i <= static_cast<int>(ValueKind::bytes); ++i) {
    const auto kind = static_cast<ValueKind>(i);
    if (can_hold(kind, type)) out.emplace_back(name_of(kind));
  }
  return out;
}

// One entity at one site; entities before it are bound already.
class EntityBinding {
 public:
  // The catalogue's tables: the entity's own, and those of its satellites.
  EntityBinding(Mapping& mapping, Entity& entity, SiteId site, std::vector<CatalogTable> catalog,
                Mistakes& mistakes)
      : mapping_{mapping},
        entity_{entity},
        site_{site},
        site_name_{mapping.sites[index(site)]},
        table_{entity.table[index(site)]},
        tables_{std::move(catalog)},
        catalog_{tables_.front()},
        pointer_{member(member("/entities", entity.name), site_name_)},
        mistakes_{mistakes} {}

  void run() {
    if (catalog_.columns.empty())
      return mistakes_.no_table(member(pointer_, "table"), full_name(0), site_name_);
    for (Column& column : table_.columns) {
      const bool is_there = !tables_[column.satellite].columns.empty() && !column.name.empty();
      if (is_there) bind_column(column, pointer_to(place_of(column)));
    }
    for (std::size_t i = 0; i < table_.key.size(); ++i) bind_key(i);
    for (const FilledColumn& filled : table_.filled) check_filled(filled);
    bind_conditions(table_.where, "where");
    bind_conditions(table_.ready_when, "ready_when");
    for (auto& [column, value] : table_.constants) bind_constant(column, value);
    for (InsertedColumn& inserted : table_.on_insert) bind_inserted(inserted);
    for (Field& field : entity_.fields) bind_field(field);
    check_unique();
    check_left_empty();
  }

 private:
  std::string full_name(std::size_t satellite) const {
    const TableName& name = satellite == 0 ? table_.name : table_.satellites[satellite - 1].table;
    return name.schema.empty() ? name.name : name.schema + "." + name.name;
  }

  const CatalogColumn* in_catalog(const std::string& name, std::size_t satellite = 0) const {
    const auto& columns = tables_[satellite].columns;
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const CatalogColumn& c) { return c.name == name; });
    return found == columns.end() ? nullptr : &*found;
  }

  // The catalogue's column, if it can be mirrored: nothing else is said about one that cannot.
  const CatalogColumn* usable(std::size_t column) const {
    const Column& asked = table_.columns[column];
    const CatalogColumn* found = in_catalog(asked.name, asked.satellite);
    return found != nullptr && found->kind ? found : nullptr;
  }

  // Where the mapping names the column, for messages.
  std::string pointer_to(std::size_t column) const {
    for (const Field& field : entity_.fields) {
      if (field.at[index(site_)].holds(column)) return field_pointer(field);
    }
    for (std::size_t i = 0; i < table_.key.size(); ++i) {
      if (table_.key[i].column == column) return key_pointer(i);
    }
    const auto named = [&](const Condition& condition) { return condition.column == column; };
    if (std::any_of(table_.where.begin(), table_.where.end(), named))
      return member(member(pointer_, "where"), table_.columns[column].name);
    if (std::any_of(table_.ready_when.begin(), table_.ready_when.end(), named))
      return member(member(pointer_, "ready_when"), table_.columns[column].name);
    return pointer_;
  }
  std::string field_pointer(const Field& field) const {
    const std::string fields = member(member("/entities", entity_.name), "fields");
    return member(member(fields, field.name), site_name_);
  }
  std::string key_pointer(std::size_t i) const { return member(member(pointer_, "key"), i); }

  std::size_t place_of(const Column& column) const {
    return static_cast<std::size_t>(&column - table_.columns.data());
  }

  void bind_conditions(std::vector<Condition>& conditions, const char* word) {
    for (Condition& condition : conditions) {
      const CatalogColumn* column = usable(condition.column);
      if (column == nullptr) continue;
      const std::string pointer = member(member(pointer_, word), column->name);
      const auto bind = [&](Value& value) {
        if (!is_null(value)) bind_value(value, *column, pointer);
      };
      if (auto* one = std::get_if<OneOf>(&condition.test)) {
        for (Value& value : one->values) bind(value);
      } else if (auto* none = std::get_if<NoneOf>(&condition.test)) {
        for (Value& value : none->values) bind(value);
      } else {
        auto& within = std::get<Within>(condition.test);
        require_order(*column, pointer);
        if (within.from) bind(*within.from);
        if (within.before) bind(*within.before);
      }
    }
  }

  // How a database orders texts is its own affair.
  void require_order(const CatalogColumn& column, const std::string& pointer) {
    constexpr std::array ordered{ValueKind::integer, ValueKind::decimal, ValueKind::date,
                                 ValueKind::timestamp, ValueKind::instant};
    if (std::find(ordered.begin(), ordered.end(), *column.kind) != ordered.end()) return;
    mistakes_.add(pointer,
                  fmt::format("column '{}' is of type {}, which has no 'from' and 'before'",
                              column.name, column.declared_type),
                  "the values themselves, or {\"not\": ...}");
  }

  // What miroir inserts must not be out of its own sight.
  void bind_constant(std::size_t at, Value& value) {
    const CatalogColumn* column = usable(at);
    if (column == nullptr) return;
    const std::string pointer = member(member(pointer_, "on_insert"), column->name);
    if (!is_null(value)) bind_value(value, *column, pointer);
    const bool holds =
        std::all_of(table_.where.begin(), table_.where.end(),
                    [&](const Condition& c) { return c.column != at || c.holds(value); });
    if (holds) return;
    mistakes_.add(pointer,
                  fmt::format("a row with {} in '{}' is not mirrored, says \"where\"",
                              display(value), column->name),
                  "a value that \"where\" asks for");
  }

  void bind_inserted(InsertedColumn& inserted) {
    const std::string pointer = member(member(pointer_, "on_insert"), inserted.column.name);
    bind_column(inserted.column, pointer);
    const CatalogColumn* column = in_catalog(inserted.column.name);
    if (column != nullptr && column->kind) bind_value(inserted.value, *column, pointer);
  }

  void bind_column(Column& column, const std::string& pointer) {
    const CatalogColumn* found = in_catalog(column.name, column.satellite);
    if (found == nullptr) {
      Names names;
      for (const CatalogColumn& c : tables_[column.satellite].columns) names.push_back(c.name);
      return mistakes_.add(pointer,
                           fmt::format("'{}' at '{}' has no column '{}'",
                                       full_name(column.satellite), site_name_, column.name),
                           suggestion(column.name, names));
    }
    if (!found->kind) {
      return mistakes_.add(pointer,
                           fmt::format("column '{}' is of type {}, which cannot be mirrored",
                                       column.name, found->declared_type),
                           "leave the field out, or map another column");
    }
    column.kind = *found->kind;
    if (found->generated_always && !column.only_read && column.name != generated_key()) {
      mistakes_.add(
          pointer,
          fmt::format("column '{}' is computed by the database and cannot be written", column.name),
          "leave the field out, or map the column that it is computed from");
    }
  }

  std::string generated_key() const {
    const auto column = table_.generated_column();
    return column ? table_.columns[*column].name : std::string{};
  }

  void bind_key(std::size_t i) {
    KeyColumn& key = table_.key[i];
    const CatalogColumn* column = usable(key.column);
    if (column == nullptr) return;
    if (auto* constant = std::get_if<Constant>(&key.source)) {
      bind_value(constant->value, *column, member(key_pointer(i), "value"));
    } else if (std::holds_alternative<Generated>(key.source)) {
      check_generated(*column, key_pointer(i));
    } else if (std::holds_alternative<Rule>(key.source)) {
      require_kind(*column, ValueKind::text, key_pointer(i), "a rule gives text");
    } else if (std::holds_alternative<Numbered>(key.source)) {
      require_kind(*column, ValueKind::integer, key_pointer(i), "a number is whole");
    } else if (const auto* parent = std::get_if<FromParent>(&key.source)) {
      check_parent(*column, *parent, key_pointer(i));
    }
  }

  void check_filled(const FilledColumn& filled) {
    const CatalogColumn* column = usable(filled.column);
    if (column == nullptr) return;
    if (const auto* parent = std::get_if<FromParent>(&filled.source)) {
      check_parent(*column, *parent, member(member(pointer_, "parent"), column->name));
    } else {
      require_kind(*column, ValueKind::integer, member(pointer_, "number"), "a number is whole");
    }
  }

  void check_parent(const CatalogColumn& column, FromParent parent, const std::string& pointer) {
    const SiteTable& root = mapping_.table(*entity_.root, site_);
    const Column& held = root.columns[root.key[parent.parent_key].column];
    require_kind(column, held.kind, pointer, fmt::format("it holds the root's '{}'", held.name));
  }

  void require_kind(const CatalogColumn& column, ValueKind kind, const std::string& pointer,
                    const std::string& because) {
    if (column.kind == kind) return;
    mistakes_.add(pointer,
                  fmt::format("column '{}' is of type {}, but {}", column.name,
                              column.declared_type, because),
                  fmt::format("a column of kind {}", name_of(kind)));
  }

  // A whole number that is the whole primary key may be handed out without a default that a
  // catalogue shows (SQLite). What a trigger does nobody knows before a row is inserted.
  void check_generated(const CatalogColumn& column, const std::string& pointer) {
    const bool only_key = !catalog_.unique_keys.empty() &&
                          catalog_.unique_keys.front() == std::vector{column.name} &&
                          column.kind == ValueKind::integer;
    if (column.has_default || column.generated_always || column.filled_by_trigger || only_key)
      return;
    mistakes_.add(pointer,
                  fmt::format("the database gives column '{}' no value by itself", column.name),
                  "an identity, a default or a trigger in the database, or another source");
  }

  void bind_value(Value& value, const CatalogColumn& column, const std::string& pointer) {
    if (std::optional<Value> converted = bound(value, *column.kind)) {
      value = std::move(*converted);
      return;
    }
    mistakes_.add(pointer,
                  fmt::format("'{}' does not fit column '{}' of type {}", display(value),
                              column.name, column.declared_type),
                  example(*column.kind));
  }

  void bind_field(Field& field) {
    FieldAt& at = field.at[index(site_)];
    for (std::size_t i = 0; i < at.columns.size(); ++i) {
      const CatalogColumn* column = usable(at.columns[i]);
      if (column == nullptr) continue;
      bind_lens(at.split ? at.split->pieces[i] : at.lens, *column, field_pointer(field));
      if (field.refers_to) check_reference(field, *column, field_pointer(field));
    }
  }

  void bind_lens(Lens& lens, const CatalogColumn& column, const std::string& pointer) {
    lens.column = *column.kind;
    lens.nullable = column.nullable;
    if (!can_hold(lens.column, lens.type) && lens.lookup.empty()) {
      mistakes_.add(pointer,
                    fmt::format("column '{}' is of type {}, which cannot hold {}", column.name,
                                column.declared_type, name_of(lens.type)),
                    "another type, or a column of kind " + listed(kinds_for(lens.type)));
    }
    if (lens.blank) bind_value(*lens.blank, column, member(pointer, "blank"));
    for (auto& [name, values] : lens.lookup) {
      for (Value& value : values) {
        if (!is_null(value)) bind_value(value, column, member(member(pointer, "lookup"), name));
      }
    }
    check_length(lens, column, pointer);
    check_zone(lens, column, pointer);
  }

  // An instant is on two days at once, in two zones; a date is the same everywhere.
  void check_zone(const Lens& lens, const CatalogColumn& column, const std::string& pointer) {
    if (lens.type != FieldType::date) return;
    if (lens.column == ValueKind::instant && lens.time_zone.empty()) {
      mistakes_.add(pointer,
                    fmt::format("column '{}' is of type {}: which day it is depends on a time zone",
                                column.name, column.declared_type),
                    "\"time_zone\": whose calendar tells the day, as \"Europe/Paris\"");
    } else if (lens.column == ValueKind::date && !lens.time_zone.empty()) {
      mistakes_.add(member(pointer, "time_zone"),
                    fmt::format("column '{}' is of type {}, which is the same day everywhere",
                                column.name, column.declared_type),
                    "leave 'time_zone' out");
    }
  }

  // What the column takes is a limit of the lens as well: a value that is too long is then refused
  // in words, before it is sent.
  void check_length(Lens& lens, const CatalogColumn& column, const std::string& pointer) {
    if (lens.column != ValueKind::text || !column.length) return;
    if (lens.length && *lens.length > *column.length) {
      mistakes_.add(member(pointer, "length"),
                    fmt::format("column '{}' takes {} characters, not {}", column.name,
                                *column.length, *lens.length),
                    fmt::format("{}, or less", *column.length));
    }
    if (!lens.length) lens.length = column.length;
  }

  void check_reference(const Field& field, const CatalogColumn& column,
                       const std::string& pointer) {
    const SiteTable& target = mapping_.table(*field.refers_to, site_);
    const std::size_t part = mapping_.reference_key(*field.refers_to, site_);
    const Column& held = target.columns[target.key[part].column];
    require_kind(column, held.kind, pointer,
                 fmt::format("it refers to '{}' of '{}'", held.name, target.name.name));
  }

  void check_unique() {
    Names key;
    for (const KeyColumn& part : table_.key) key.push_back(table_.columns[part.column].name);
    const auto within_key = [&](const std::vector<std::string>& unique) {
      return !unique.empty() && std::all_of(unique.begin(), unique.end(), [&](const auto& name) {
        return std::find(key.begin(), key.end(), name) != key.end();
      });
    };
    const auto& keys = catalog_.unique_keys;
    if (std::any_of(keys.begin(), keys.end(), within_key)) return;
    Names known;
    for (const std::vector<std::string>& unique : keys) known.push_back("(" + listed(unique) + ")");
    mistakes_.add(member(pointer_, "key"),
                  fmt::format("nothing at '{}' makes ({}) unique in '{}'", site_name_, listed(key),
                              full_name(0)),
                  known.empty() ? "a primary key or a unique constraint on these columns"
                                : "one of: " + listed(known));
  }

  bool is_given_at_insert(const std::string& name) const {
    const auto found = table_.find(name);
    if (found && !table_.columns[*found].only_read) return true;
    return std::any_of(table_.on_insert.begin(), table_.on_insert.end(),
                       [&](const InsertedColumn& i) { return i.column.name == name; });
  }

  void check_left_empty() {
    for (const CatalogColumn& column : catalog_.columns) {
      if (column.nullable || column.has_default || column.generated_always) continue;
      if (is_given_at_insert(column.name)) continue;
      mistakes_.no_value(pointer_, column.name);
    }
  }

  Mapping& mapping_;
  Entity& entity_;
  SiteId site_;
  const std::string& site_name_;
  SiteTable& table_;
  std::vector<CatalogTable> tables_;
  const CatalogTable& catalog_;  // The entity's own.
  std::string pointer_;
  Mistakes& mistakes_;
};

}  // namespace

std::vector<Mistake> bind_columns(Mapping& mapping, SiteId site, const Catalog& catalog,
                                  const std::string& file) {
  Mistakes mistakes{file};
  for (Entity& entity : mapping.entities) {
    std::vector<CatalogTable> tables{catalog(entity.table[index(site)].name)};
    for (const Satellite& satellite : entity.table[index(site)].satellites)
      tables.push_back(catalog(satellite.table));
    bind_keys(mapping, entity, site, tables, mistakes);
    EntityBinding{mapping, entity, site, tables, mistakes}.run();
    bind_satellites(mapping, entity, site, std::span{tables}.subspan(1), mistakes);
    bind_places(mapping, entity, site, catalog, mistakes);
  }
  return mistakes.take();
}

}  // namespace miroir
