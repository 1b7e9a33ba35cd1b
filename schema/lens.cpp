#include "schema/lens.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include "schema/lens_converters.hpp"
#include "schema/utf8.hpp"

namespace miroir {
namespace {

constexpr std::array<std::string_view, 13> type_names{
    "text",  "integer", "decimal",     "boolean",   "date",    "instant", "uuid",
    "bytes", "code",    "enumeration", "reference", "counter", "time"};

bool is_of(const Value& value, ValueKind kind) {
  return value.index() == static_cast<std::size_t>(kind);
}

std::string_view kind_name(const Value& value) {
  return is_null(value) ? "NULL" : name_of(static_cast<ValueKind>(value.index()));
}

// Whether it is a moment that stands for none, of whichever kind.
template <class Test>
bool is_moment(const Value& site, Test test) {
  if (const auto* date = std::get_if<Date>(&site)) return test(*date);
  if (const auto* timestamp = std::get_if<Timestamp>(&site)) return test(*timestamp);
  const auto* instant = std::get_if<Instant>(&site);
  return instant != nullptr && test(*instant);
}

bool is_zero(const Value& site) {
  return is_moment(site, [](const auto& moment) {
    return moment == std::remove_cvref_t<decltype(moment)>::zero();
  });
}

bool is_unreadable(const Value& site) {
  return is_moment(site, [](const auto& moment) {
    return moment == std::remove_cvref_t<decltype(moment)>::unreadable();
  });
}

// What a connector could not read as the column's kind comes as the text that the site has for it.
Refusal of_another_kind(const Lens& lens, const Value& site) {
  constexpr std::size_t shown_units_max = 40;
  const auto* text = std::get_if<std::string>(&site);
  if (text == nullptr || !is_text(*text)) {
    return Refusal{fmt::format("the column gives a value of kind {}, not {}", kind_name(site),
                               name_of(lens.column))};
  }
  const std::string_view shown = cut_to_units(*text, shown_units_max);
  return Refusal{fmt::format("the column holds '{}{}', which is no {} that can be mirrored", shown,
                             shown.size() < text->size() ? "..." : "", name_of(lens.column))};
}

Lensed read(const Lens& lens, const Value& site) {
  if (lens.type == FieldType::reference) return site;
  if (!is_of(site, lens.column)) return of_another_kind(lens, site);
  if (lens.column == ValueKind::text && !is_text(std::get<std::string>(site))) return no_text();
  if (has_lookup(lens)) return read_lookup(lens, site);
  const Converter* converter = find_converter(lens.type, lens.column);
  if (converter == nullptr) {
    return Refusal{
        fmt::format("a {} column cannot hold {}", name_of(lens.column), name_of(lens.type))};
  }
  if (is_unreadable(site)) return Refusal{"the column holds a date that no calendar has"};
  if (is_zero(site)) {
    return Refusal{
        "the column holds 0000-00-00, which is no date; if it stands for none, the mapping "
        "must say so: \"blank\": \"0000-00-00\""};
  }
  return times_unit(lens, converter->read(lens, site));
}

Lensed write(const Lens& lens, const Value& canonical) {
  const std::optional<ValueKind> expected = canonical_kind(lens.type);
  if (!expected) return canonical;
  if (!is_of(canonical, *expected)) {
    return Refusal{fmt::format("the value is of kind {}, the field's type is {}",
                               kind_name(canonical), name_of(lens.type))};
  }
  if (has_lookup(lens)) return write_lookup(lens, canonical);
  const Converter* converter = find_converter(lens.type, lens.column);
  if (converter == nullptr) {
    return Refusal{
        fmt::format("a {} column cannot hold {}", name_of(lens.column), name_of(lens.type))};
  }
  const Lensed in_units = by_unit(lens, canonical);
  if (std::holds_alternative<Refusal>(in_units)) return in_units;
  return converter->write(lens, std::get<Value>(in_units));
}

// In a text column a blank has more than one spelling: '0.00' is '0.000', and 'abc ' the code
// 'ABC'. In all other columns, and for what is compared by bytes, equal values are equal as they
// are; so are times, of which 1753-01-01 is none and 1754-01-01 is midnight.
bool blank_has_spellings(const Lens& lens) {
  if (lens.column != ValueKind::text || has_lookup(lens)) return false;
  if (lens.type == FieldType::text) return lens.folding.any();
  return lens.type != FieldType::reference && lens.type != FieldType::time_of_day;
}

bool is_blank(const Lens& lens, const Value& site, const Lensed& canonical) {
  if (!lens.blank) return false;
  if (site == *lens.blank) return true;
  if (!blank_has_spellings(lens) || !std::holds_alternative<Value>(canonical)) return false;
  const Lensed blank = read(lens, *lens.blank);
  return std::holds_alternative<Value>(blank) &&
         std::get<Value>(blank) == std::get<Value>(canonical);
}

Lensed write_nothing(const Lens& lens) {
  if (lens.blank) return *lens.blank;
  if (const auto name = name_of_null(lens))
    return Refusal{fmt::format("NULL means {} there, and the mapping names no blank", *name)};
  if (lens.nullable) return Value{};
  return Refusal{"the column cannot be NULL, and the mapping names no blank for it"};
}

}  // namespace

std::optional<ValueKind> canonical_kind(FieldType type) {
  switch (type) {
    case FieldType::text:
    case FieldType::code:
    case FieldType::enumeration:
    case FieldType::time_of_day:
      return ValueKind::text;
    case FieldType::integer:
      return ValueKind::integer;
    case FieldType::decimal:
    case FieldType::counter:
      return ValueKind::decimal;
    case FieldType::boolean:
      return ValueKind::boolean;
    case FieldType::date:
      return ValueKind::date;
    case FieldType::instant:
      return ValueKind::instant;
    case FieldType::uuid:
      return ValueKind::uuid;
    case FieldType::bytes:
      return ValueKind::bytes;
    case FieldType::reference:
      return std::nullopt;
  }
  return std::nullopt;
}

std::string_view name_of(FieldType type) { return type_names[static_cast<std::size_t>(type)]; }

std::optional<FieldType> field_type_of(std::string_view name) {
  for (std::size_t i = 0; i < type_names.size(); ++i) {
    if (type_names[i] == name) return static_cast<FieldType>(i);
  }
  return std::nullopt;
}

bool can_hold(ValueKind column, FieldType type) {
  if (type == FieldType::enumeration || type == FieldType::reference) return true;
  return find_converter(type, column) != nullptr;
}

namespace {

// Whether the site's value surely reads as the canonical one, as far as can be told by looking at
// the two: the values of most columns are the fields' own.
bool says_the_same(const Lens& lens, const Value& canonical, const Value& site) {
  if (lens.blank && site == *lens.blank) return is_null(canonical);
  if (is_null(site)) return is_null(canonical) && lens.nullable && !has_lookup(lens);
  if (is_null(canonical)) return false;
  if (!has_lookup(lens))
    return lens.times == 1 && canonical_kind(lens.type) == lens.column && site == canonical;
  const auto named = lens.lookup.find(std::get<std::string>(canonical));
  return named != lens.lookup.end() &&
         std::find(named->second.begin(), named->second.end(), site) != named->second.end();
}

}  // namespace

bool Lens::keeps(const Value& canonical, const Value& old) const {
  if (says_the_same(*this, canonical, old)) return true;
  const Lensed given = put(canonical, old);
  return std::holds_alternative<Value>(given) && std::get<Value>(given) == old;
}

Lensed Lens::get(const Value& site) const {
  if (is_null(site)) {
    const auto name = name_of_null(*this);
    return name ? Value{*name} : Value{};
  }
  Lensed canonical = read(*this, site);
  if (is_blank(*this, site, canonical)) return Value{};
  return canonical;
}

Lensed Lens::put(const Value& canonical, const Value& old) const {
  const Lensed held = get(old);
  const bool same = std::holds_alternative<Value>(held) && std::get<Value>(held) == canonical;
  if (same && (nullable || !is_null(old))) return old;
  return give(canonical);
}

Lensed Lens::give(const Value& canonical) const {
  if (is_null(canonical)) return write_nothing(*this);
  return write(*this, canonical);
}

}  // namespace miroir
