// Days of a zone's calendar, and times of day.
#include <fmt/core.h>

#include "schema/lens_converters.hpp"
#include "schema/time_zone.hpp"

namespace miroir {
namespace {

constexpr std::int64_t micros_per_day = 86'400'000'000;
constexpr std::size_t date_length = 10;

// The lens of an instant in the same column: what is read and written there, days apart.
Lens as_instant(const Lens& lens) {
  Lens out = lens;
  out.type = FieldType::instant;
  return out;
}

std::string time_of_day(std::int64_t micros) {
  const std::int64_t time = (micros % micros_per_day + micros_per_day) % micros_per_day;
  return to_string(Timestamp{time}).substr(date_length + 1);
}

// "14:30", "14:30:00", "14:30:00.500"
std::optional<Timestamp> parse_time(std::string_view text) {
  std::string whole = "1754-01-01 " + std::string{text};
  if (text.size() == 5) whole += ":00";
  return parse_timestamp(whole);
}

}  // namespace

Lensed read_date_instant(const Lens& lens, const Value& site) {
  if (lens.time_zone.empty()) return Refusal{"which day an instant is depends on a time zone"};
  const Lensed read = find_converter(FieldType::instant, lens.column)->read(as_instant(lens), site);
  if (std::holds_alternative<Refusal>(read)) return read;
  const auto date = local_date(std::get<Instant>(std::get<Value>(read)), lens.time_zone);
  if (!date) return Refusal{"the day is outside the years 1 to 9999"};
  return Value{*date};
}

Lensed write_date_instant(const Lens& lens, const Value& canonical) {
  if (lens.time_zone.empty()) return Refusal{"which day an instant is depends on a time zone"};
  const Date date = std::get<Date>(canonical);
  const auto start = start_of_day(date, lens.time_zone);
  if (!start) return Refusal{fmt::format("there was no {} in {}", to_string(date), lens.time_zone)};
  return find_converter(FieldType::instant, lens.column)->write(as_instant(lens), Value{*start});
}

Lensed read_time_timestamp(const Lens&, const Value& site) {
  return Value{time_of_day(std::get<Timestamp>(site).micros)};
}

Lensed write_time_timestamp(const Lens&, const Value& canonical) {
  const auto time = parse_time(std::get<std::string>(canonical));
  if (!time) return Refusal{"the text is no time of day"};
  return Value{*time};
}

Lensed read_time_text(const Lens&, const Value& site) {
  const auto& text = std::get<std::string>(site);
  auto time = parse_time(text);
  if (!time) time = parse_timestamp(text);
  if (!time) return Refusal{"the text is no time of day"};
  return Value{time_of_day(time->micros)};
}

Lensed write_time_text(const Lens& lens, const Value& canonical) {
  const auto& text = std::get<std::string>(canonical);
  const auto time = parse_time(text);
  if (!time) return Refusal{"the text is no time of day"};
  const std::string_view shape = time_shape(lens);
  return fit_exactly(lens, shape.empty() ? text : in_shape(shape, *time));
}

}  // namespace miroir
