#include <fmt/core.h>

#include "schema/mapping_stages.hpp"

namespace miroir {
namespace {

bool has_scale(FieldType type) { return type == FieldType::decimal || type == FieldType::counter; }
bool has_length(FieldType type) { return type == FieldType::text || type == FieldType::code; }
bool may_have_lookup(FieldType type) { return has_length(type) || type == FieldType::enumeration; }

Names lookup_names(const ColumnDraft& column) {
  Names names;
  if (!column.lookup) return names;
  for (const auto& [name, value] : *column.lookup) names.push_back(name);
  return names;
}

void check_blank(FieldType type, const ColumnDraft& column, Mistakes& mistakes) {
  if (!column.blank || type != FieldType::counter) return;
  mistakes.add(member(column.pointer, "blank"),
               "a counter has no blank: increments add to a number, never to nothing",
               "leave 'blank' out");
}

void check_sizes(FieldType type, const ColumnDraft& column, Mistakes& mistakes) {
  if (column.scale && !has_scale(type)) {
    mistakes.add(member(column.pointer, "scale"),
                 fmt::format("'scale' does not fit the type {}", name_of(type)),
                 "leave it out; it is for decimal and counter");
  }
  if (column.length && !has_length(type)) {
    mistakes.add(member(column.pointer, "length"),
                 fmt::format("'length' does not fit the type {}", name_of(type)),
                 "leave it out; it is for text and code");
  }
}

void check_loss(FieldType type, const FieldDraft& field, const ColumnDraft& column,
                Mistakes& mistakes) {
  const std::string pointer = member(column.pointer, "loss");
  if (column.loss.length && !has_length(type)) {
    mistakes.add(pointer, fmt::format("loss of 'length' does not fit the type {}", name_of(type)),
                 "leave it out; only text and code are cut");
  } else if (column.loss.length && !column.length) {
    mistakes.add(pointer, "loss of 'length' without a length to cut at",
                 "\"length\": the most characters that the column takes");
  }
  const bool rounded = type == FieldType::decimal || type == FieldType::instant;
  if (column.loss.precision && !rounded) {
    mistakes.add(pointer,
                 fmt::format("loss of 'precision' does not fit the type {}", name_of(type)),
                 "leave it out; only decimals and instants are rounded");
  } else if (column.loss.precision && type == FieldType::decimal && !column.scale && !field.scale) {
    mistakes.add(pointer, "loss of 'precision' without a scale to round to",
                 "\"scale\": the digits after the point that the column keeps");
  }
}

// What a name or value of a lookup is, where spelling makes no difference.
std::string plain(const FieldDraft& field, const std::string& text) {
  return field.type == FieldType::code ? fold_code(text) : field.folding(text);
}
Value plain(const FieldDraft& field, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? value : Value{plain(field, *text)};
}

// Two names for one value, or a name for the blank, could not be read back.
class LookupCheck {
 public:
  LookupCheck(const FieldDraft& field, const ColumnDraft& column, Mistakes& mistakes)
      : field_{field}, column_{column}, mistakes_{mistakes} {}

  void run() {
    for (const auto& [name, values] : *column_.lookup) {
      const std::string pointer = member(member(column_.pointer, "lookup"), name);
      if (plain(field_, name) != name) {
        mistakes_.add(pointer, fmt::format("'{}' is no value that the field can have", name),
                      fmt::format("'{}', as it is compared", plain(field_, name)));
      }
      if (!values.empty() && is_null(values.front())) {
        mistakes_.add(pointer, fmt::format("nothing says what to write for '{}'", name),
                      "the value that is written first, then what else means the same");
      }
      for (const Value& value : values) check_value(name, value, pointer);
    }
  }

 private:
  void check_value(const std::string& name, const Value& value, const std::string& pointer) {
    if (column_.blank && value == *column_.blank) {
      mistakes_.add(pointer,
                    fmt::format("{} is the blank, which stands for nothing", display(value)),
                    "another value, or no blank");
    }
    for (const auto& [known, its_name] : seen_) {
      if (known != plain(field_, value)) continue;
      mistakes_.add(pointer, fmt::format("{} already stands for '{}'", display(value), its_name),
                    "a value of its own for each name");
    }
    seen_.emplace_back(plain(field_, value), name);
  }

  const FieldDraft& field_;
  const ColumnDraft& column_;
  Mistakes& mistakes_;
  std::vector<std::pair<Value, std::string>> seen_;
};

void check_lookup(const FieldDraft& field, const ColumnDraft& column, Mistakes& mistakes) {
  if (column.lookup && !may_have_lookup(*field.type)) {
    mistakes.add(member(column.pointer, "lookup"),
                 fmt::format("'lookup' does not fit the type {}", name_of(*field.type)),
                 "leave it out, or \"type\": \"enumeration\"");
  } else if (column.lookup) {
    LookupCheck{field, column, mistakes}.run();
  } else if (field.type == FieldType::enumeration) {
    mistakes.add(column.pointer, "an enumeration needs a lookup at each site",
                 "\"lookup\": {\"<name>\": <the site's value>, ...}");
  }
}

void check_lookups_agree(const MappingDraft& draft, const FieldDraft& field, Mistakes& mistakes) {
  for (const SiteId site : both_sites) {
    const auto& here = field.at[index(site)];
    const auto& there = field.at[index(other(site))];
    if (!here || !there || !here->lookup || !there->lookup) continue;
    for (const std::string& name : lookup_names(*here)) {
      if (there->lookup->contains(name)) continue;
      mistakes.add(
          member(member(here->pointer, "lookup"), name),
          fmt::format("'{}' is not in the lookup of '{}'", name, draft.sites[index(other(site))]),
          suggestion(name, lookup_names(*there)));
    }
  }
}

}  // namespace

void check_field(const MappingDraft& draft, const FieldDraft& field, Mistakes& mistakes) {
  for (const SiteId site : both_sites) {
    const std::string& name = draft.sites[index(site)];
    if (field.at[index(site)]) continue;
    mistakes.add(field.pointer, fmt::format("the field has no column at '{}'", name),
                 fmt::format("\"{}\": the column's name", name));
  }
  if (!field.type) return;
  if (field.scale && !has_scale(*field.type)) {
    mistakes.add(member(field.pointer, "scale"),
                 fmt::format("'scale' does not fit the type {}", name_of(*field.type)),
                 "leave it out; it is for decimal and counter");
  }
  for (const auto& column : field.at) {
    if (!column) continue;
    check_blank(*field.type, *column, mistakes);
    check_sizes(*field.type, *column, mistakes);
    check_loss(*field.type, field, *column, mistakes);
    check_lookup(field, *column, mistakes);
    check_columns(field, *column, mistakes);
    check_conversion(*field.type, *column, mistakes);
  }
  check_folding(field, mistakes);
  check_lookups_agree(draft, field, mistakes);
}

}  // namespace miroir
