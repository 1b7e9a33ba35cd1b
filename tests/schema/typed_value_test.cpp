// What a person types for a field.
#include "schema/typed_value.hpp"

#include <catch2/catch.hpp>

using namespace miroir;

namespace {

Field field_of(FieldType type) {
  Field field;
  field.type = type;
  return field;
}

Value typed(FieldType type, const std::string& text) {
  const Lensed value = typed_value(field_of(type), text);
  INFO(text);
  REQUIRE(std::holds_alternative<Value>(value));
  return std::get<Value>(value);
}

std::string refusal(const Field& field, const std::string& text) {
  const Lensed value = typed_value(field, text);
  INFO(text);
  REQUIRE(std::holds_alternative<Refusal>(value));
  return std::get<Refusal>(value).reason;
}

}  // namespace

TEST_CASE("what is shown of a value is read back as that value", "[typed]") {
  const std::pair<FieldType, const char*> samples[] = {
      {FieldType::text, "  Crémant  "},
      {FieldType::integer, "-12"},
      {FieldType::decimal, "12.50"},
      {FieldType::boolean, "true"},
      {FieldType::date, "2026-03-29"},
      {FieldType::instant, "2026-03-29T00:59:59Z"},
      {FieldType::uuid, "00000000-0000-0000-0000-00000000000a"},
      {FieldType::code, "30J"},
      {FieldType::enumeration, "placed"}};
  for (const auto& [type, text] : samples) CHECK(display(typed(type, text)) == text);
}

TEST_CASE("a code that is typed is folded as the sites' are", "[typed]") {
  CHECK(typed(FieldType::code, " 30j ") == Value{std::string{"30J"}});
}

TEST_CASE("a typed value that is none of the field's type is refused, with an example", "[typed]") {
  for (const char* text : {"12.5", "", "1 000", "99999999999999999999"})
    CHECK(refusal(field_of(FieldType::integer), text).find("a whole number") != std::string::npos);
  CHECK(refusal(field_of(FieldType::decimal), "12,50").find("a number, as") != std::string::npos);
  CHECK(refusal(field_of(FieldType::boolean), "oui").find("true or false") != std::string::npos);
  CHECK(refusal(field_of(FieldType::date), "29/03/2026").find("a date, as") != std::string::npos);
  refusal(field_of(FieldType::reference), "5");
  refusal(field_of(FieldType::bytes), "5");
}

TEST_CASE("a time of day is typed with or without seconds", "[typed]") {
  const Field field = field_of(FieldType::time_of_day);
  CHECK(std::get<Value>(typed_value(field, "14:30")) == Value{std::string{"14:30:00"}});
  CHECK(std::get<Value>(typed_value(field, "14:30:05")) == Value{std::string{"14:30:05"}});
  CHECK(refusal(field, "half past two") == "'half past two' is not a time of day, as 14:30");
  refusal(field, "25:00");
}

TEST_CASE("a typed name must be one that the mapping knows", "[typed]") {
  Field field = field_of(FieldType::enumeration);
  field.at[1].lens.lookup = {{"placed", {Value{std::int64_t{0}}}},
                             {"shipped", {Value{std::int64_t{1}}}}};
  CHECK(std::get<Value>(typed_value(field, "shipped")) == Value{std::string{"shipped"}});
  CHECK(refusal(field, "sent") == "'sent' is none of placed, shipped");
}
