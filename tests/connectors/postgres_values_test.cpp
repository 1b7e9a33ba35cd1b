#include "connectors/postgres/postgres_values.hpp"

#include <catch2/catch.hpp>

#include "connectors/errors.hpp"

namespace miroir::test {

namespace pg = postgres;

TEST_CASE("values are written as PostgreSQL reads them", "[postgres][values]") {
  CHECK(pg::write_value(Null{}) == std::nullopt);
  CHECK(pg::write_value(std::string{}) == "");
  CHECK(pg::write_value(true) == "t");
  CHECK(pg::write_value(std::int64_t{-7}) == "-7");
  CHECK(pg::write_value(parse_decimal("12.50").value()) == "12.50");
  CHECK(pg::write_value(parse_date("0001-01-01").value()) == "0001-01-01");
  CHECK(pg::write_value(parse_instant("2026-03-29T00:59:59.997Z").value()) ==
        "2026-03-29T00:59:59.997Z");
  CHECK(pg::write_value(Bytes{std::string{"\0\x7f\xff", 3}}) == "\\x007fff");
}

TEST_CASE("values are read strictly, each as the kind asked for", "[postgres][values]") {
  CHECK((pg::read_value("12.50", ValueKind::decimal) == Value{parse_decimal("12.5").value()}));
  CHECK((pg::read_value("", ValueKind::text) == Value{std::string{}}));
  CHECK((pg::read_value("2026-03-29 00:59:59.997+00", ValueKind::instant) ==
         Value{parse_instant("2026-03-29T00:59:59.997Z").value()}));
  CHECK((pg::read_value("\\x00ff", ValueKind::bytes) == Value{Bytes{std::string{"\0\xff", 2}}}));
  for (const auto& [text, kind] : std::initializer_list<std::pair<const char*, ValueKind>>{
           {"yes", ValueKind::boolean},
           {"1.0", ValueKind::integer},
           {"", ValueKind::integer},
           {"9223372036854775808", ValueKind::integer},
           {"\\x0", ValueKind::bytes},
           {"\\xzz", ValueKind::bytes},
           {"abc", ValueKind::bytes},
           {"437dbf0e", ValueKind::uuid}}) {
    INFO(text << " as " << name_of(kind));
    CHECK_THROWS_AS(pg::read_value(text, kind), DbError);
  }
}

TEST_CASE("numbers and times that cannot be mirrored stay PostgreSQL's text",
          "[postgres][values]") {
  for (const auto& [text, kind] : std::initializer_list<std::pair<const char*, ValueKind>>{
           {"NaN", ValueKind::decimal},
           {"-Infinity", ValueKind::decimal},
           {"infinity", ValueKind::date},
           {"0044-03-15 BC", ValueKind::timestamp},
           {"2026-03-29 00:59:59", ValueKind::instant}}) {
    INFO(text << " as " << name_of(kind));
    CHECK((pg::read_value(text, kind) == Value{std::string{text}}));
  }
}

TEST_CASE("a text with a NUL is refused, not cut", "[postgres][values]") {
  CHECK_THROWS_AS(pg::write_value(std::string{"a\0b", 3}), DbError);
}

TEST_CASE("a field of COPY keeps NULL, the empty text and what looks like either apart",
          "[postgres][values]") {
  const auto field = [](const Value& value) {
    std::string line;
    pg::append_copy_field(line, value);
    return line;
  };
  CHECK(field(Null{}) == "\\N");
  CHECK(field(std::string{}).empty());
  CHECK(field(std::string{"\\N"}) == "\\\\N");
  CHECK(field(std::string{"a\tb\nc\rd\\"}) == "a\\tb\\nc\\rd\\\\");
}

}  // namespace miroir::test
