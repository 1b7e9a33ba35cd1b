#include "schema/value.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "schema/lens.hpp"
#include "value_generators.hpp"

using namespace miroir;

TEST_CASE("NULL, empty text and zero are three different values") {
  CHECK(Value{} != Value{""});
  CHECK(Value{""} != Value{std::int64_t{0}});
  CHECK(Value{} != Value{std::int64_t{0}});
  CHECK(Value{false} != Value{std::int64_t{0}});
}

TEST_CASE("a value is displayed as a person reads it") {
  CHECK(display(Value{}) == "(nothing)");
  CHECK(display(Value{""}) == "''");
  CHECK(display(Value{"Chevalier"}) == "Chevalier");
  CHECK(display(Value{true}) == "true");
  CHECK(display(Value{std::int64_t{-5}}) == "-5");
  CHECK(display(Value{*parse_decimal("12.50")}) == "12.50");
  CHECK(display(Value{*parse_date("2026-03-29")}) == "2026-03-29");
  CHECK(display(Value{*parse_timestamp("2026-03-29 01:02:03")}) == "2026-03-29 01:02:03");
  CHECK(display(Value{*parse_instant("2026-03-29T01:02:03Z")}) == "2026-03-29T01:02:03Z");
  CHECK(display(Value{Bytes{std::string{"\x00\xFF", 2}}}) == "0x00ff");
  CHECK(display(Value{Bytes{std::string(20, 'a')}}) ==
        "0x61616161616161616161616161616161... (20 bytes)");
}

TEST_CASE("a UUID is read in any case, with or without braces") {
  const std::string text = "6f9619ff-8b86-d011-b42d-00cf4fc964ff";
  const auto uuid = parse_uuid(text);
  REQUIRE(uuid);
  CHECK(to_string(*uuid) == text);
  CHECK(parse_uuid("{6F9619FF-8B86-D011-B42D-00CF4FC964FF}") == uuid);
  for (const char* wrong :
       {"", "6f9619ff8b86d011b42d00cf4fc964ff", "6f9619ff-8b86-d011-b42d-00cf4fc964fg",
        "{6f9619ff-8b86-d011-b42d-00cf4fc964ff", "6f9619ff-8b86-d011-b42d0-0cf4fc964ff"}) {
    INFO(wrong);
    CHECK_FALSE(parse_uuid(wrong));
  }
}

TEST_CASE("every UUID survives being written and read") {
  rc::prop("round trip", [] {
    const Uuid uuid = std::get<Uuid>(*testing::values_of(ValueKind::uuid));
    RC_ASSERT(parse_uuid(to_string(uuid)) == uuid);
  });
}

TEST_CASE("a code is trimmed and in capitals, accents included") {
  CHECK(fold_code("chx-2015 ") == "CHX-2015");
  CHECK(fold_code("  é è ç œ ÿ ž ł ") == "É È Ç Œ Ÿ Ž Ł");
  CHECK(fold_code("straße ÷ ×") == "STRAßE ÷ ×");
  CHECK(fold_code("日本 a\xF0\x9F\x8D\xB7z") == "日本 A\xF0\x9F\x8D\xB7Z");
  CHECK(fold_code("   ").empty());
  CHECK(fold_code("\xC3") == "\xC3");
}

TEST_CASE("folding a folded code changes nothing") {
  rc::prop("for all texts", [] {
    const std::string text = *testing::texts();
    RC_ASSERT(fold_code(fold_code(text)) == fold_code(text));
    RC_ASSERT(utf16_units(fold_code(text)).has_value());
  });
}

TEST_CASE("lengths are counted in UTF-16 units, as SQL Server counts them") {
  CHECK(utf16_units("") == 0u);
  CHECK(utf16_units("Cœur") == 4u);
  CHECK(utf16_units("€") == 1u);
  CHECK(utf16_units("Merci \xF0\x9F\x8D\xB7") == 8u);
}

TEST_CASE("what is not valid UTF-8 has no length") {
  for (const std::string text :
       {"\xE9", "a\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
        "\xF8\x88\x80\x80\x80", "\x80", "\xF0\x9F\x8D", "\xC3("}) {
    CHECK_FALSE(utf16_units(text));
  }
}

TEST_CASE("a text is cut between characters, never within one") {
  CHECK(cut_to_units("Cœur", 2) == "Cœ");
  CHECK(cut_to_units("ab\xF0\x9F\x8D\xB7", 3) == "ab");
  CHECK(cut_to_units("ab\xF0\x9F\x8D\xB7", 4) == "ab\xF0\x9F\x8D\xB7");
  CHECK(cut_to_units("ab", 10) == "ab");
  CHECK(cut_to_units("ab", 0).empty());
}
