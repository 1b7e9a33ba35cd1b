// Dates, local times and instants, as databases hold them; proleptic Gregorian calendar, years 1 to
// 9999. Pure; parsing returns nullopt on any doubt ("2026-02-30", a missing part, trailing text).
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace miroir {

// A calendar day without a zone: days since 1970-01-01.
struct Date {
  std::int32_t days = 0;
  static constexpr Date zero();
  static constexpr Date unreadable();
  friend auto operator<=>(const Date&, const Date&) = default;
};

// A date and time of day without a zone (SQL's timestamp, Navision's datetime): microseconds since
// 1970-01-01 00:00:00 on the local calendar.
struct Timestamp {
  std::int64_t micros = 0;
  static constexpr Timestamp zero();
  static constexpr Timestamp unreadable();
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

// A point in time, UTC: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
struct Instant {
  std::int64_t micros = 0;
  static constexpr Instant zero();
  static constexpr Instant unreadable();
  friend auto operator<=>(const Instant&, const Instant&) = default;
};

// MariaDB's 0000-00-00, which is no day and not NULL either: a value of a site's, and one that only
// a blank can stand for; no lens reads it, and parsing refuses it. Written as "0000-00-00 ...".
constexpr Date Date::zero() { return {std::numeric_limits<std::int32_t>::min()}; }
constexpr Timestamp Timestamp::zero() { return {std::numeric_limits<std::int64_t>::min()}; }
constexpr Instant Instant::zero() { return {std::numeric_limits<std::int64_t>::min()}; }
// Anything else that a site holds as a date and no calendar has (MariaDB's 2024-00-15): a row with
// it is set aside, and the others go on. Never written.
constexpr Date Date::unreadable() { return {std::numeric_limits<std::int32_t>::min() + 1}; }
constexpr Timestamp Timestamp::unreadable() {
  return {std::numeric_limits<std::int64_t>::min() + 1};
}
constexpr Instant Instant::unreadable() { return {std::numeric_limits<std::int64_t>::min() + 1}; }
inline constexpr std::string_view zero_date = "0000-00-00";
// Whether the text is a zero date, with a time of zeros and a zone or without.
bool is_zero_date(std::string_view text);

std::optional<Date> parse_date(std::string_view text);  // "2026-03-29"
// "2026-03-29 00:59:59.997", ' ' or 'T', fraction 0-6 digits
std::optional<Timestamp> parse_timestamp(std::string_view text);
// "2026-03-29T00:59:59.997Z", also ' ' for 'T' and "+02", "+0200", "+02:00" for 'Z'. Without a
// zone: refused.
std::optional<Instant> parse_instant(std::string_view text);

std::string to_string(Date date);  // "2026-03-29"
// "2026-03-29 00:59:59.997": fraction of 0, 3 or 6 digits, as needed
std::string to_string(Timestamp timestamp);
std::string to_string(Instant instant);  // "2026-03-29T00:59:59.997Z": likewise

Date date_of(Timestamp timestamp);
Timestamp midnight_of(Date date);

}  // namespace miroir
