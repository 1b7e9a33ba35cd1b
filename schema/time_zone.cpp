#include "schema/time_zone.hpp"

#include <date/tz.h>

#include <chrono>
#include <stdexcept>

namespace miroir {
namespace {

using std::chrono::microseconds;

constexpr std::int32_t first_day = -719'162;  // 0001-01-01
constexpr std::int32_t last_day = 2'932'896;  // 9999-12-31

bool in_calendar(std::int64_t days) { return days >= first_day && days <= last_day; }

}  // namespace

std::vector<std::string> time_zones() {
  std::vector<std::string> names;
  try {
    for (const date::time_zone& zone : date::get_tzdb().zones) names.push_back(zone.name());
  } catch (const std::runtime_error&) {
    return {};
  }
  return names;
}

bool is_time_zone(const std::string& name) {
  try {
    date::locate_zone(name);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

std::optional<Date> local_date(Instant instant, const std::string& zone) {
  const date::sys_time<microseconds> moment{microseconds{instant.micros}};
  const auto local = date::locate_zone(zone)->to_local(moment);
  const auto days = date::floor<date::days>(local).time_since_epoch().count();
  if (!in_calendar(days)) return std::nullopt;
  return Date{static_cast<std::int32_t>(days)};
}

std::optional<Instant> start_of_day(Date date, const std::string& zone) {
  const date::local_days day{date::days{date.days}};
  const auto moment =
      date::locate_zone(zone)->to_sys(date::local_time<microseconds>{day}, date::choose::earliest);
  const Instant instant{moment.time_since_epoch().count()};
  const auto utc_day = date::floor<date::days>(moment).time_since_epoch().count();
  if (!in_calendar(utc_day) || local_date(instant, zone) != date) return std::nullopt;
  return instant;
}

}  // namespace miroir
