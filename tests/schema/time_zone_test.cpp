#include "schema/time_zone.hpp"

#include <catch2/catch.hpp>

using namespace miroir;

namespace {

std::string day_in(const char* zone, const char* instant) {
  const auto date = local_date(parse_instant(instant).value(), zone);
  return date ? to_string(*date) : "none";
}
std::string start_in(const char* zone, const char* date) {
  const auto instant = start_of_day(parse_date(date).value(), zone);
  return instant ? to_string(*instant) : "none";
}

}  // namespace

TEST_CASE("a zone is known by its name") {
  CHECK(is_time_zone("Europe/Paris"));
  CHECK_FALSE(is_time_zone("Europe/Pari"));
  CHECK_FALSE(is_time_zone(""));
  CHECK(time_zones().size() > 100);
}

TEST_CASE("the day is that of the zone") {
  CHECK(day_in("Europe/Paris", "2025-12-31T22:59:59.999999Z") == "2025-12-31");
  CHECK(day_in("Europe/Paris", "2025-12-31T23:00:00Z") == "2026-01-01");
  CHECK(day_in("Europe/Paris", "2026-06-30T22:00:00Z") == "2026-07-01");
  CHECK(day_in("America/New_York", "2026-01-01T04:59:59Z") == "2025-12-31");
}

TEST_CASE("a day begins at its midnight, also where the clock changes on it") {
  CHECK(start_in("Europe/Paris", "2026-03-29") == "2026-03-28T23:00:00Z");
  CHECK(start_in("Europe/Paris", "2026-03-30") == "2026-03-29T22:00:00Z");
  CHECK(start_in("Europe/Paris", "2026-10-25") == "2026-10-24T22:00:00Z");
  CHECK(start_in("Europe/Paris", "2026-10-26") == "2026-10-25T23:00:00Z");
}

TEST_CASE(
    "where the clock goes forward at midnight, the day begins at one; where back, at the first") {
  CHECK(start_in("America/Sao_Paulo", "2018-11-04") == "2018-11-04T03:00:00Z");
  CHECK(day_in("America/Sao_Paulo", "2018-11-04T02:59:59Z") == "2018-11-03");
  CHECK(start_in("America/Havana", "2026-11-01") == "2026-11-01T04:00:00Z");
}

TEST_CASE("a day that a zone left out is none, and so is what no calendar has") {
  CHECK(start_in("Pacific/Apia", "2011-12-30") == "none");
  CHECK(start_in("Pacific/Apia", "2011-12-31") == "2011-12-30T10:00:00Z");
  CHECK(start_in("Europe/Paris", "0001-01-01") == "none");
  CHECK(day_in("Europe/Paris", "9999-12-31T23:30:00Z") == "none");
}
