#include "schema/bound_value.hpp"

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

}  // namespace

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

}  // namespace miroir
