#include <fmt/core.h>

#include "schema/mapping_stages.hpp"

namespace miroir {
namespace {

bool has_scale(FieldType type) { return type == FieldType::decimal || type == FieldType::counter; }
bool has_length(FieldType type) { return type == FieldType::text || type == FieldType::code; }

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

// Two names for one value, or a name for the blank, could not be read back.
void check_lookup_values(const ColumnDraft& column, Mistakes& mistakes) {
  const std::string pointer = member(column.pointer, "lookup");
  for (auto one = column.lookup->begin(); one != column.lookup->end(); ++one) {
    if (column.blank && one->second == *column.blank) {
      mistakes.add(member(pointer, one->first),
                   fmt::format("{} is the blank, which stands for nothing", display(one->second)),
                   "another value, or no blank");
    }
    for (auto other_one = column.lookup->begin(); other_one != one; ++other_one) {
      if (other_one->second != one->second) continue;
      mistakes.add(
          member(pointer, one->first),
          fmt::format("{} already stands for '{}'", display(one->second), other_one->first),
          "a value of its own for each name");
    }
  }
}

void check_lookup(FieldType type, const ColumnDraft& column, Mistakes& mistakes) {
  if (type != FieldType::enumeration) {
    if (!column.lookup) return;
    mistakes.add(member(column.pointer, "lookup"),
                 fmt::format("'lookup' does not fit the type {}", name_of(type)),
                 "leave it out, or \"type\": \"enumeration\"");
  } else if (!column.lookup) {
    mistakes.add(column.pointer, "an enumeration needs a lookup at each site",
                 "\"lookup\": {\"<name>\": <the site's value>, ...}");
  } else {
    check_lookup_values(column, mistakes);
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
    check_lookup(*field.type, *column, mistakes);
  }
  if (field.type == FieldType::enumeration) check_lookups_agree(draft, field, mistakes);
}

}  // namespace miroir
