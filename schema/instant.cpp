#include "schema/instant.hpp"

#include <fmt/core.h>

#include <chrono>

namespace miroir {
namespace {

namespace chrono = std::chrono;

constexpr std::int64_t micros_per_second = 1'000'000;
constexpr std::int64_t micros_per_day = 86'400 * micros_per_second;

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

// Takes what it understands from the front; one failure makes everything after it fail.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_{text} {}

  bool at_end() const { return ok_ && rest_.empty(); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { ok_ = take(c) && ok_; }
  // Exactly `digits` digits; 0 when they are not there.
  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const std::optional<int> d = digit();
      ok_ = ok_ && d.has_value();
      value = value * 10 + d.value_or(0);
    }
    return value;
  }
  std::optional<int> digit() {
    if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') return std::nullopt;
    const int value = rest_.front() - '0';
    rest_.remove_prefix(1);
    return value;
  }
  void fail() { ok_ = false; }
  bool failed() const { return !ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

Date scan_date(Scanner& in) {
  const int year = in.number(4);
  in.expect('-');
  const int month = in.number(2);
  in.expect('-');
  const int day = in.number(2);
  const chrono::year_month_day date{chrono::year{year}, chrono::month{static_cast<unsigned>(month)},
                                    chrono::day{static_cast<unsigned>(day)}};
  if (year < 1 || !date.ok()) in.fail();
  if (in.failed()) return {};
  return Date{static_cast<std::int32_t>(chrono::sys_days{date}.time_since_epoch().count())};
}

std::int64_t scan_fraction(Scanner& in) {
  std::int64_t value = 0;
  std::int64_t unit = micros_per_second;
  while (const std::optional<int> d = in.digit()) {
    unit /= 10;
    if (unit == 0) in.fail();  // A seventh digit cannot be kept.
    value += *d * unit;
  }
  if (unit == micros_per_second) in.fail();
  return value;
}

Timestamp scan_timestamp(Scanner& in) {
  const Date date = scan_date(in);
  if (!in.take('T')) in.expect(' ');
  const int hour = in.number(2);
  in.expect(':');
  const int minute = in.number(2);
  in.expect(':');
  const int second = in.number(2);
  const std::int64_t fraction = in.take('.') ? scan_fraction(in) : 0;
  if (hour > 23 || minute > 59 || second > 59) in.fail();
  return Timestamp{midnight_of(date).micros +
                   (hour * 3600 + minute * 60 + second) * micros_per_second + fraction};
}

// Seconds east of Greenwich: "Z", "+02", "+0200", "+02:00".
std::int64_t scan_zone(Scanner& in) {
  if (in.take('Z')) return 0;
  const bool west = in.take('-');
  if (!west) in.expect('+');
  const int hours = in.number(2);
  int minutes = 0;
  if (in.take(':') || !in.at_end()) minutes = in.number(2);
  if (hours > 15 || minutes > 59) in.fail();
  const int seconds = hours * 3600 + minutes * 60;
  return west ? -seconds : seconds;
}

bool representable(Instant instant) {
  const auto year =
      chrono::year_month_day{
          chrono::sys_days{chrono::days{floor_div(instant.micros, micros_per_day)}}}
          .year();
  return year >= chrono::year{1} && year <= chrono::year{9999};
}

std::string fraction_text(std::int64_t micros) {
  if (micros == 0) return {};
  if (micros % 1000 == 0) return fmt::format(".{:03}", micros / 1000);
  return fmt::format(".{:06}", micros);
}

std::string text_of(std::int64_t micros, char separator) {
  const Date date = date_of(Timestamp{micros});
  const std::int64_t in_day = micros - midnight_of(date).micros;
  const std::int64_t seconds = in_day / micros_per_second;
  return fmt::format("{}{}{:02}:{:02}:{:02}{}", to_string(date), separator, seconds / 3600,
                     seconds / 60 % 60, seconds % 60, fraction_text(in_day % micros_per_second));
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  Scanner in{text};
  const Date date = scan_date(in);
  return in.at_end() ? std::optional{date} : std::nullopt;
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  Scanner in{text};
  const Timestamp timestamp = scan_timestamp(in);
  return in.at_end() ? std::optional{timestamp} : std::nullopt;
}

std::optional<Instant> parse_instant(std::string_view text) {
  Scanner in{text};
  const Timestamp local = scan_timestamp(in);
  const std::int64_t offset = scan_zone(in);
  if (!in.at_end()) return std::nullopt;
  const Instant instant{local.micros - offset * micros_per_second};
  return representable(instant) ? std::optional{instant} : std::nullopt;
}

bool is_zero_date(std::string_view text) {
  if (!text.starts_with(zero_date)) return false;
  return text.substr(zero_date.size()).find_first_not_of("0:. TZ") == std::string_view::npos;
}

std::string to_string(Date date) {
  if (date == Date::zero()) return std::string{zero_date};
  if (date == Date::unreadable()) return "no date";
  const chrono::year_month_day civil{chrono::sys_days{chrono::days{date.days}}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(civil.year()),
                     static_cast<unsigned>(civil.month()), static_cast<unsigned>(civil.day()));
}

std::string to_string(Timestamp timestamp) {
  if (timestamp == Timestamp::unreadable()) return "no date";
  if (timestamp == Timestamp::zero()) return std::string{zero_date} + " 00:00:00";
  return text_of(timestamp.micros, ' ');
}
std::string to_string(Instant instant) {
  if (instant == Instant::unreadable()) return "no date";
  if (instant == Instant::zero()) return std::string{zero_date} + "T00:00:00Z";
  return text_of(instant.micros, 'T') + 'Z';
}

Date date_of(Timestamp timestamp) {
  return Date{static_cast<std::int32_t>(floor_div(timestamp.micros, micros_per_day))};
}

Timestamp midnight_of(Date date) { return Timestamp{date.days * micros_per_day}; }

}  // namespace miroir
