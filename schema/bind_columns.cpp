#include <fmt/core.h>

#include <algorithm>

#include "schema/mapping_file.hpp"
#include "schema/mistakes.hpp"

namespace miroir {
namespace {

bool is_of(const Value& value, ValueKind kind) {
  return value.index() == static_cast<std::size_t>(kind);
}

template <class T>
std::optional<Value> as_value(const std::optional<T>& parsed) {
  return parsed ? std::optional{Value{*parsed}} : std::nullopt;
}

std::optional<Timestamp> read_timestamp(const std::string& text) {
  if (const std::optional<Date> date = parse_date(text)) return midnight_of(*date);
  return parse_timestamp(text);
}

std::optional<Instant> read_instant(const std::string& text) {
  if (const std::optional<Instant> instant = parse_instant(text)) return instant;
  const std::optional<Timestamp> timestamp = read_timestamp(text);
  return timestamp ? std::optional{Instant{timestamp->micros}} : std::nullopt;
}

std::optional<Value> from_text(const std::string& text, ValueKind kind) {
  switch (kind) {
    case ValueKind::text:
      return Value{text};
    case ValueKind::decimal:
      return as_value(parse_decimal(text));
    case ValueKind::date:
      return is_zero_date(text) ? Value{Date::zero()} : as_value(parse_date(text));
    case ValueKind::timestamp:
      return is_zero_date(text) ? Value{Timestamp::zero()} : as_value(read_timestamp(text));
    case ValueKind::instant:
      return is_zero_date(text) ? Value{Instant::zero()} : as_value(read_instant(text));
    case ValueKind::uuid:
      return as_value(parse_uuid(text));
    case ValueKind::bytes:
      return text.empty() ? std::optional{Value{Bytes{}}} : std::nullopt;
    case ValueKind::boolean:
    case ValueKind::integer:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Value> from_integer(std::int64_t number, ValueKind kind) {
  if (kind == ValueKind::decimal) return Value{Decimal{number, 0}};
  if (kind == ValueKind::boolean && (number == 0 || number == 1)) return Value{number == 1};
  return std::nullopt;
}

// A value as the mapping writes it, as the column holds it. What is of the column's kind already
// stays: binding twice does no harm.
std::optional<Value> bound(const Value& written, ValueKind kind) {
  if (is_of(written, kind)) return written;
  if (const auto* text = std::get_if<std::string>(&written)) return from_text(*text, kind);
  if (const auto* number = std::get_if<std::int64_t>(&written)) return from_integer(*number, kind);
  return std::nullopt;
}

const char* example(ValueKind kind) {
  switch (kind) {
    case ValueKind::boolean:
      return "true or false";
    case ValueKind::integer:
      return "a whole number, as 0";
    case ValueKind::decimal:
      return "a number, as \"0.00\"";
    case ValueKind::text:
      return "a text in quotes, as \"\"";
    case ValueKind::date:
      return "a date, as \"1753-01-01\"";
    case ValueKind::timestamp:
      return "a date and time, as \"1753-01-01 00:00:00\"";
    case ValueKind::instant:
      return "a date and time with its zone, as \"1753-01-01T00:00:00Z\"";
    case ValueKind::uuid:
      return "a UUID, as \"00000000-0000-0000-0000-000000000000\"";
    case ValueKind::bytes:
      return "\"\", no bytes";
  }
  return "";
}

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
  EntityBinding(Mapping& mapping, Entity& entity, SiteId site, CatalogTable catalog,
                Mistakes& mistakes)
      : mapping_{mapping},
        entity_{entity},
        site_{site},
        site_name_{mapping.sites[index(site)]},
        table_{entity.table[index(site)]},
        catalog_{std::move(catalog)},
        pointer_{member(member("/entities", entity.name), site_name_)},
        mistakes_{mistakes} {}

  void run() {
    if (catalog_.columns.empty()) {
      return mistakes_.add(
          member(pointer_, "table"),
          fmt::format("there is no table '{}' at '{}', or this user may not see it", full_name(),
                      site_name_),
          "the name as the database knows it, capitals and schema included");
    }
    for (Column& column : table_.columns) bind_column(column);
    for (std::size_t i = 0; i < table_.key.size(); ++i) bind_key(i);
    for (const FilledColumn& filled : table_.filled) check_filled(filled);
    for (Field& field : entity_.fields) bind_field(field);
    check_unique();
    check_left_empty();
  }

 private:
  std::string full_name() const {
    return table_.name.schema.empty() ? table_.name.name
                                      : table_.name.schema + "." + table_.name.name;
  }

  const CatalogColumn* in_catalog(const std::string& name) const {
    const auto& columns = catalog_.columns;
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const CatalogColumn& c) { return c.name == name; });
    return found == columns.end() ? nullptr : &*found;
  }

  // The catalogue's column, if it can be mirrored: nothing else is said about one that cannot.
  const CatalogColumn* usable(std::size_t column) const {
    const CatalogColumn* found = in_catalog(table_.columns[column].name);
    return found != nullptr && found->kind ? found : nullptr;
  }

  // Where the mapping names the column, for messages.
  std::string pointer_to(std::size_t column) const {
    for (const Field& field : entity_.fields) {
      if (field.at[index(site_)].column == column) return field_pointer(field);
    }
    for (std::size_t i = 0; i < table_.key.size(); ++i) {
      if (table_.key[i].column == column) return key_pointer(i);
    }
    return pointer_;
  }
  std::string field_pointer(const Field& field) const {
    const std::string fields = member(member("/entities", entity_.name), "fields");
    return member(member(fields, field.name), site_name_);
  }
  std::string key_pointer(std::size_t i) const { return member(member(pointer_, "key"), i); }

  void bind_column(Column& column) {
    const auto place = static_cast<std::size_t>(&column - table_.columns.data());
    const CatalogColumn* found = in_catalog(column.name);
    if (found == nullptr) {
      Names names;
      for (const CatalogColumn& c : catalog_.columns) names.push_back(c.name);
      return mistakes_.add(
          pointer_to(place),
          fmt::format("'{}' at '{}' has no column '{}'", full_name(), site_name_, column.name),
          suggestion(column.name, names));
    }
    if (!found->kind) {
      return mistakes_.add(pointer_to(place),
                           fmt::format("column '{}' is of type {}, which cannot be mirrored",
                                       column.name, found->declared_type),
                           "leave the field out, or map another column");
    }
    column.kind = *found->kind;
    if (found->generated_always && !is_generated_key(place)) {
      mistakes_.add(
          pointer_to(place),
          fmt::format("column '{}' is computed by the database and cannot be written", column.name),
          "leave the field out, or map the column that it is computed from");
    }
  }

  bool is_generated_key(std::size_t column) const { return table_.generated_column() == column; }

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
  // catalogue shows (SQLite).
  void check_generated(const CatalogColumn& column, const std::string& pointer) {
    const bool only_key = !catalog_.unique_keys.empty() &&
                          catalog_.unique_keys.front() == std::vector{column.name} &&
                          column.kind == ValueKind::integer;
    if (column.has_default || column.generated_always || only_key) return;
    mistakes_.add(pointer,
                  fmt::format("the database gives column '{}' no value by itself", column.name),
                  "an identity or a default in the database, or another source");
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
    const CatalogColumn* column = usable(at.column);
    if (column == nullptr) return;
    const std::string pointer = field_pointer(field);
    Lens& lens = at.lens;
    lens.column = *column->kind;
    lens.nullable = column->nullable;
    if (!can_hold(lens.column, field.type)) {
      mistakes_.add(pointer,
                    fmt::format("column '{}' is of type {}, which cannot hold {}", column->name,
                                column->declared_type, name_of(field.type)),
                    "another type, or a column of kind " + listed(kinds_for(field.type)));
    }
    if (lens.blank) bind_value(*lens.blank, *column, member(pointer, "blank"));
    for (auto& [name, value] : lens.lookup) {
      bind_value(value, *column, member(member(pointer, "lookup"), name));
    }
    check_length(lens, *column, pointer);
    if (field.refers_to) check_reference(field, *column, pointer);
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
                              full_name()),
                  known.empty() ? "a primary key or a unique constraint on these columns"
                                : "one of: " + listed(known));
  }

  void check_left_empty() {
    for (const CatalogColumn& column : catalog_.columns) {
      if (column.nullable || column.has_default || column.generated_always) continue;
      if (table_.find(column.name)) continue;
      mistakes_.add(pointer_,
                    fmt::format("column '{}' is NOT NULL without a default, and nothing fills it "
                                "when a row is inserted",
                                column.name),
                    "a field with this column, or a default in the database");
    }
  }

  Mapping& mapping_;
  Entity& entity_;
  SiteId site_;
  const std::string& site_name_;
  SiteTable& table_;
  CatalogTable catalog_;
  std::string pointer_;
  Mistakes& mistakes_;
};

}  // namespace

std::vector<Mistake> bind_columns(Mapping& mapping, SiteId site, const Catalog& catalog,
                                  const std::string& file) {
  Mistakes mistakes{file};
  for (Entity& entity : mapping.entities) {
    CatalogTable table = catalog(entity.table[index(site)].name);
    EntityBinding{mapping, entity, site, std::move(table), mistakes}.run();
  }
  return mistakes.take();
}

}  // namespace miroir
