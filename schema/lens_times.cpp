#include "schema/lens_converters.hpp"

namespace miroir {
namespace {

constexpr std::int64_t micros_per_day = 86'400'000'000;
constexpr std::int64_t closing_time = micros_per_day - 1'000'000;  // 23:59:59
constexpr std::int64_t micros_per_millisecond = 1'000;
constexpr std::size_t date_length = 10;

const Refusal has_a_time{"the column's value has a time of day, the field is a date"};

// Navision writes a closing date, which stands between a year's last day and the next one, as
// 23:59:59.
std::optional<Date> day_of(Timestamp timestamp) {
  const Date date = date_of(timestamp);
  const std::int64_t time = timestamp.micros - midnight_of(date).micros;
  if (time != 0 && time != closing_time) return std::nullopt;
  return date;
}

bool is_midnight(std::string_view time) {
  return time.find_first_of("123456789") == std::string_view::npos;
}

// To the nearest millisecond; down at the very end of the calendar, where there is no next one.
std::int64_t to_milliseconds(std::int64_t micros) {
  const std::int64_t rest =
      (micros % micros_per_millisecond + micros_per_millisecond) % micros_per_millisecond;
  const std::int64_t floor = micros - rest;
  constexpr std::int64_t last = 253'402'300'799'999'000;  // 9999-12-31 23:59:59.999
  const bool up = rest * 2 >= micros_per_millisecond && floor < last;
  return up ? floor + micros_per_millisecond : floor;
}

Instant fit_precision(const Lens& lens, const Value& canonical) {
  const Instant instant = std::get<Instant>(canonical);
  return lens.loss.precision ? Instant{to_milliseconds(instant.micros)} : instant;
}

}  // namespace

std::string_view time_shape(const Lens& lens) {
  if (!lens.blank) return {};
  const auto* blank = std::get_if<std::string>(&*lens.blank);
  if (blank == nullptr || !parse_timestamp(*blank)) return {};
  return std::string_view{*blank}.substr(date_length);
}

std::string in_shape(std::string_view shape, Timestamp timestamp) {
  std::string out = to_string(timestamp);
  out[date_length] = shape.front();
  const std::size_t point = shape.find('.');
  if (point != std::string_view::npos && out.find('.') == std::string::npos) {
    out += '.' + std::string(shape.size() - point - 1, '0');
  }
  return out;
}

Lensed read_date_timestamp(const Lens& lens, const Value& site) {
  if (!lens.time_zone.empty()) return read_date_instant(lens, site);
  const std::optional<Date> date = day_of(std::get<Timestamp>(site));
  if (!date) return has_a_time;
  return Value{*date};
}

Lensed write_date_timestamp(const Lens& lens, const Value& canonical) {
  if (!lens.time_zone.empty()) return write_date_instant(lens, canonical);
  return Value{midnight_of(std::get<Date>(canonical))};
}

Lensed read_date_text(const Lens& lens, const Value& site) {
  if (!lens.time_zone.empty()) return read_date_instant(lens, site);
  const auto& text = std::get<std::string>(site);
  if (const std::optional<Date> date = parse_date(text)) return Value{*date};
  const std::optional<Timestamp> timestamp = parse_timestamp(text);
  if (!timestamp) return Refusal{"the text is no date"};
  const std::optional<Date> date = day_of(*timestamp);
  if (!date) return has_a_time;
  return Value{*date};
}

Lensed write_date_text(const Lens& lens, const Value& canonical) {
  if (!lens.time_zone.empty()) return write_date_instant(lens, canonical);
  const std::string_view time = time_shape(lens);
  std::string out = to_string(std::get<Date>(canonical));
  if (is_midnight(time)) out += time;
  return fit_exactly(lens, std::move(out));
}

Lensed write_instant(const Lens& lens, const Value& canonical) {
  return Value{fit_precision(lens, canonical)};
}

Lensed read_instant_timestamp(const Lens&, const Value& site) {
  return Value{Instant{std::get<Timestamp>(site).micros}};
}

Lensed write_instant_timestamp(const Lens& lens, const Value& canonical) {
  return Value{Timestamp{fit_precision(lens, canonical).micros}};
}

Lensed read_instant_text(const Lens& lens, const Value& site) {
  const auto& text = std::get<std::string>(site);
  if (const std::optional<Instant> instant = parse_instant(text)) return Value{*instant};
  if (!time_shape(lens).empty()) {
    if (const auto timestamp = parse_timestamp(text)) return Value{Instant{timestamp->micros}};
  }
  return Refusal{"the text is no date and time with a zone"};
}

Lensed write_instant_text(const Lens& lens, const Value& canonical) {
  const Instant instant = fit_precision(lens, canonical);
  const std::string_view shape = time_shape(lens);
  if (shape.empty()) return fit_exactly(lens, to_string(instant));
  return fit_exactly(lens, in_shape(shape, Timestamp{instant.micros}));
}

}  // namespace miroir
