#include "schema/instant.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "value_generators.hpp"

using namespace miroir;
namespace mt = miroir::testing;

TEST_CASE("the calendar's first and last day are dates") {
  for (const char* text : {"0001-01-01", "9999-12-31", "1753-01-01", "1970-01-01", "2026-03-29"}) {
    const auto date = parse_date(text);
    REQUIRE(date);
    CHECK(to_string(*date) == text);
  }
  CHECK(parse_date("1970-01-01")->days == 0);
  CHECK(parse_date("1969-12-31")->days == -1);
  CHECK(parse_date("0001-01-01")->days == -719162);
}

TEST_CASE("the 29th of February is a date in leap years only") {
  for (const char* text : {"2024-02-29", "2000-02-29", "1600-02-29"}) CHECK(parse_date(text));
  for (const char* text : {"2023-02-29", "1900-02-29", "2100-02-29", "2024-02-30"}) {
    CHECK_FALSE(parse_date(text));
  }
}

TEST_CASE("what is no date is refused") {
  for (const char* text : {"", "2026-3-29", "2026-00-01", "2026-13-01", "2026-01-00", "2026-04-31",
                           "0000-01-01", "10000-01-01", "2026-03-29 ", " 2026-03-29", "20260329",
                           "2026/03/29", "-001-01-01", "2026-03", "2026-03-29 00:00:00"}) {
    INFO(text);
    CHECK_FALSE(parse_date(text));
  }
}

TEST_CASE("a fraction of a second has one to six digits") {
  CHECK(to_string(*parse_timestamp("2026-03-29 00:59:59.997")) == "2026-03-29 00:59:59.997");
  CHECK(to_string(*parse_timestamp("2026-03-29T00:59:59.5")) == "2026-03-29 00:59:59.500");
  CHECK(to_string(*parse_timestamp("2026-03-29 00:59:59.000001")) == "2026-03-29 00:59:59.000001");
  CHECK(to_string(*parse_timestamp("2026-03-29 00:59:59.000000")) == "2026-03-29 00:59:59");
  CHECK(to_string(*parse_timestamp("0001-01-01 00:00:00.1")) == "0001-01-01 00:00:00.100");
}

TEST_CASE("what is no timestamp is refused") {
  for (const char* text : {"2026-03-29", "2026-03-29 24:00:00", "2026-03-29 23:60:00",
                           "2026-03-29 23:59:60", "2026-03-29 23:59", "2026-03-29 23:59:59.",
                           "2026-03-29 23:59:59.1234567", "2026-03-29  23:59:59",
                           "2026-03-29 23:59:59Z", "2026-02-30 00:00:00", "2026-03-29 -1:00:00"}) {
    INFO(text);
    CHECK_FALSE(parse_timestamp(text));
  }
}

TEST_CASE("an instant is the same in every zone") {
  const auto utc = parse_instant("2026-03-29T00:59:59.997Z");
  REQUIRE(utc);
  for (const char* text : {"2026-03-29 02:59:59.997+02", "2026-03-28T22:29:59.997-02:30",
                           "2026-03-29T02:59:59.997+0200", "2026-03-29T00:59:59.997+00"}) {
    INFO(text);
    CHECK(parse_instant(text) == utc);
  }
  CHECK(to_string(*utc) == "2026-03-29T00:59:59.997Z");
}

TEST_CASE("an instant without a zone, or outside the calendar, is refused") {
  for (const char* text :
       {"2026-03-29T00:59:59", "2026-03-29T00:59:59+2", "2026-03-29T00:59:59+02:", "2026-03-29Z",
        "2026-03-29T00:59:59+02:60", "2026-03-29T00:59:59+16", "2026-03-29T00:59:59Z ",
        "2026-03-29T00:59:59ZZ", "2026-03-29T00:59:59+02:00:00", "0001-01-01T00:00:00+01",
        "9999-12-31T23:59:59-01"}) {
    INFO(text);
    CHECK_FALSE(parse_instant(text));
  }
}

TEST_CASE("times before 1970 belong to the day that they are in") {
  const auto late = parse_timestamp("1969-12-31 23:59:59.999999");
  CHECK(late->micros == -1);
  CHECK(to_string(date_of(*late)) == "1969-12-31");
  CHECK(to_string(midnight_of(date_of(*late))) == "1969-12-31 00:00:00");
}

TEST_CASE("dates and times survive being written and read") {
  rc::prop("dates", [] {
    const Date d = *mt::dates();
    RC_ASSERT(parse_date(to_string(d)) == d);
    RC_ASSERT(date_of(midnight_of(d)) == d);
  });
  rc::prop("timestamps", [] {
    const Timestamp t = *mt::timestamps();
    RC_ASSERT(parse_timestamp(to_string(t)) == t);
  });
  rc::prop("instants", [] {
    const Instant i = *mt::instants();
    RC_ASSERT(parse_instant(to_string(i)) == i);
  });
}

TEST_CASE("every day of 400 years, after which the calendar repeats, follows the one before it") {
  const int last = parse_date("2001-01-01")->days;
  std::string before;
  for (int day = parse_date("1601-01-01")->days; day <= last; ++day) {
    const std::string text = to_string(Date{day});
    const auto back = parse_date(text);
    if (back != Date{day} || text <= before) FAIL(text << " after " << before);
    before = text;
  }
  SUCCEED();
}

TEST_CASE("a zero date is a value of its own, and no parser takes it for a day") {
  CHECK(to_string(Date::zero()) == "0000-00-00");
  CHECK(to_string(Timestamp::zero()) == "0000-00-00 00:00:00");
  CHECK(to_string(Instant::zero()) == "0000-00-00T00:00:00Z");
  CHECK(is_zero_date("0000-00-00"));
  CHECK(is_zero_date("0000-00-00 00:00:00.000Z"));
  CHECK_FALSE(is_zero_date("0000-00-01"));
  CHECK_FALSE(is_zero_date("0000-00-00 00:00:01"));
  CHECK_FALSE(parse_date("0000-00-00"));
  CHECK_FALSE(parse_timestamp("0000-00-00 00:00:00"));
  CHECK_FALSE(parse_instant("0000-00-00T00:00:00Z"));
}
