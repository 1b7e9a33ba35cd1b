#include "schema/typed_value.hpp"

#include <fmt/format.h>

#include <charconv>

#include "schema/bound_value.hpp"

namespace miroir {
namespace {

Lensed refused(const std::string& text, const char* wanted) {
  return Refusal{fmt::format("'{}' is not {}", text, wanted)};
}

Lensed as_kind(const std::string& text, ValueKind kind) {
  if (auto value = bound(Value{text}, kind)) return *value;
  return refused(text, example(kind));
}

Lensed as_integer(const std::string& text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc{} && stop == end) return Value{number};
  return refused(text, example(ValueKind::integer));
}

Lensed as_boolean(const std::string& text) {
  if (text == "true") return Value{true};
  if (text == "false") return Value{false};
  return refused(text, "true or false");
}

Lensed as_name(const Field& field, const std::string& text) {
  for (const FieldAt& at : field.at) {
    if (at.lens.lookup.empty() || at.lens.lookup.contains(text)) continue;
    std::vector<std::string> names;
    for (const auto& [name, value] : at.lens.lookup) names.push_back(name);
    return Refusal{fmt::format("'{}' is none of {}", text, fmt::join(names, ", "))};
  }
  return Value{text};
}

}  // namespace

Lensed typed_time_of_day(const std::string& text) {
  const std::string day = "1754-01-01 ";
  const auto time = parse_timestamp(day + text + (text.size() == 5 ? ":00" : ""));
  if (time) return Value{to_string(*time).substr(day.size())};
  return refused(text, "a time of day, as 14:30");
}

Lensed typed_value(const Field& field, const std::string& text) {
  switch (field.type) {
    case FieldType::text:
      return Value{text};
    case FieldType::code:
      return Value{fold_code(text)};
    case FieldType::enumeration:
      return as_name(field, text);
    case FieldType::integer:
      return as_integer(text);
    case FieldType::decimal:
    case FieldType::counter:
      return as_kind(text, ValueKind::decimal);
    case FieldType::boolean:
      return as_boolean(text);
    case FieldType::date:
      return as_kind(text, ValueKind::date);
    case FieldType::instant:
      return as_kind(text, ValueKind::instant);
    case FieldType::time_of_day:
      return typed_time_of_day(text);
    case FieldType::uuid:
      return as_kind(text, ValueKind::uuid);
    case FieldType::bytes:
      return Refusal{"bytes cannot be typed: take the value of a site"};
    case FieldType::reference:
      return Refusal{"a reference is typed as the key of what it refers to"};
  }
  return Refusal{"a field of an unknown type"};
}

}  // namespace miroir
