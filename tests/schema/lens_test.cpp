#include "schema/lens.hpp"

#include <catch2/catch.hpp>

using namespace std::string_literals;
using namespace miroir;
using Kind = ValueKind;
using enum FieldType;

namespace {

Lens lens(FieldType type, Kind column) {
  Lens out;
  out.type = type;
  out.column = column;
  return out;
}

Lens with_blank(Lens out, Value blank) {
  out.blank = std::move(blank);
  return out;
}

std::string reason(const Lensed& lensed) {
  const auto* refusal = std::get_if<Refusal>(&lensed);
  return refusal == nullptr ? "not refused" : refusal->reason;
}

std::string shown(const Lensed& lensed) {
  const auto* value = std::get_if<Value>(&lensed);
  return value == nullptr ? "refused" : display(*value);
}

Value integer_value(std::int64_t number) { return number; }
Value decimal_value(std::string_view text) { return parse_decimal(text).value(); }
Value timestamp_value(std::string_view text) { return parse_timestamp(text).value(); }
Value date_value(std::string_view text) { return parse_date(text).value(); }
Value instant_value(std::string_view text) { return parse_instant(text).value(); }

}  // namespace

TEST_CASE("a blank reads as nothing, and nothing is written as the blank") {
  const Lens name = with_blank(lens(text, Kind::text), "");
  CHECK(shown(name.get(Value{""})) == "(nothing)");
  CHECK(shown(name.put(Value{}, Value{"old"})) == "''");
  CHECK(shown(name.get(Value{" "})) == " ");
  CHECK(shown(name.put(Value{""}, Value{"old"})) == "''");
}

TEST_CASE("without a blank, empty text and NULL stay two things") {
  const Lens name = lens(text, Kind::text);
  CHECK(shown(name.get(Value{""})) == "''");
  CHECK(shown(name.put(Value{}, Value{""})) == "(nothing)");
}

TEST_CASE("blank numbers and times are recognised by value") {
  const Lens amount = with_blank(lens(decimal, Kind::decimal), decimal_value("0"));
  CHECK(shown(amount.get(decimal_value("0.00000000000000000000"))) == "(nothing)");
  const Lens amount_text = with_blank(lens(decimal, Kind::text), "0.00");
  CHECK(shown(amount_text.get(Value{"0.000"})) == "(nothing)");
  const Lens day = with_blank(lens(date, Kind::timestamp), timestamp_value("1753-01-01 00:00:00"));
  CHECK(shown(day.get(timestamp_value("1753-01-01 00:00:00.000"))) == "(nothing)");
  const Lens sku = with_blank(lens(code, Kind::text), "");
  CHECK(shown(sku.get(Value{"  "})) == "(nothing)");
}

TEST_CASE("a NULL is never written to a column that takes none") {
  Lens name = lens(text, Kind::text);
  name.nullable = false;
  CHECK(reason(name.put(Value{}, Value{"old"})) ==
        "the column cannot be NULL, and the mapping names no blank for it");
  name.blank = Value{""};
  CHECK(shown(name.put(Value{}, Value{})) == "''");
  name.nullable = true;
  CHECK(shown(name.put(Value{}, Value{})) == "(nothing)");
}

TEST_CASE("what is too long is refused with both lengths, or cut where that is declared") {
  Lens name = lens(text, Kind::text);
  name.length = 50;
  CHECK(reason(name.put(Value{std::string(63, 'x')}, Value{})) ==
        "the value has 63 characters, the column takes 50");
  name.loss.length = true;
  CHECK(shown(name.put(Value{std::string(63, 'x')}, Value{})) == std::string(50, 'x'));
  name.length = 8;
  CHECK(shown(name.put(Value{"Merci \xF0\x9F\x8D\xB7!"}, Value{})) == "Merci \xF0\x9F\x8D\xB7");
  name.length = 7;
  CHECK(shown(name.put(Value{"Merci \xF0\x9F\x8D\xB7!"}, Value{})) == "Merci ");
}

TEST_CASE("a code is folded, and kept as the site writes it") {
  const Lens sku = lens(code, Kind::text);
  CHECK(shown(sku.get(Value{"chx-2015 "})) == "CHX-2015");
  CHECK(shown(sku.put(Value{"CHX-2015"}, Value{"chx-2015 "})) == "chx-2015 ");
  CHECK(shown(sku.put(Value{"CHX-2016"}, Value{"chx-2015 "})) == "CHX-2016");
}

TEST_CASE("a code with leading zeros does not go into a column of numbers") {
  const Lens sku = lens(code, Kind::integer);
  CHECK(shown(sku.put(Value{"42"}, Value{})) == "42");
  CHECK(shown(sku.get(integer_value(42))) == "42");
  for (const char* wrong : {"00042", "A1", "", "4.2", "99999999999999999999", "-0"}) {
    CHECK(shown(sku.put(Value{wrong}, Value{})) == "refused");
  }
}

TEST_CASE("decimals are equal whatever their scale, and rounded only where that is declared") {
  Lens price = lens(decimal, Kind::decimal);
  CHECK(shown(price.put(decimal_value("12.5"), decimal_value("12.50000000000000000000"))) ==
        "12.50000000000000000000");
  price.scale = 2;
  CHECK(shown(price.put(decimal_value("12.500"), Value{})) == "12.500");
  CHECK(reason(price.put(decimal_value("12.345"), Value{})) ==
        "the value has 3 digits after the point, the column keeps 2");
  price.loss.precision = true;
  CHECK(shown(price.put(decimal_value("12.345"), Value{})) == "12.35");
}

TEST_CASE("whole numbers and decimals fit into each other only if they are the same") {
  const Lens whole = lens(integer, Kind::decimal);
  CHECK(shown(whole.get(decimal_value("5.00"))) == "5");
  CHECK(shown(whole.get(decimal_value("5.50"))) == "refused");
  CHECK(shown(whole.get(decimal_value("99999999999999999999"))) == "refused");
  CHECK(shown(whole.get(decimal_value("-9223372036854775808"))) == "-9223372036854775808");
  CHECK(shown(whole.get(decimal_value("9223372036854775808"))) == "refused");
  const Lens exact = lens(decimal, Kind::integer);
  CHECK(shown(exact.put(decimal_value("5.00"), Value{})) == "5");
  CHECK(shown(exact.put(decimal_value("5.50"), Value{})) == "refused");
  const Lens digits = lens(integer, Kind::text);
  CHECK(shown(digits.put(integer_value(7), Value{"007"})) == "007");
  CHECK(shown(digits.get(Value{"7a"})) == "refused");
}

TEST_CASE("a boolean in a column of numbers is 0 or 1, and nothing else") {
  const Lens blocked = lens(boolean, Kind::integer);
  CHECK(shown(blocked.get(integer_value(1))) == "true");
  CHECK(shown(blocked.get(integer_value(0))) == "false");
  CHECK(reason(blocked.get(integer_value(2))) == "the column holds 2, where 0 is no and 1 is yes");
  CHECK(shown(blocked.put(Value{true}, Value{})) == "1");
}

TEST_CASE("a date in a column of times is midnight, or the closing second of its day") {
  const Lens day = lens(date, Kind::timestamp);
  CHECK(shown(day.get(timestamp_value("2025-12-31 00:00:00.000"))) == "2025-12-31");
  CHECK(shown(day.get(timestamp_value("2025-12-31 23:59:59.000"))) == "2025-12-31");
  CHECK(shown(day.get(timestamp_value("2025-12-31 12:00:00"))) == "refused");
  CHECK(shown(day.get(timestamp_value("2025-12-31 23:59:59.500"))) == "refused");
  CHECK(shown(day.put(date_value("2025-12-31"), timestamp_value("2025-12-31 23:59:59"))) ==
        "2025-12-31 23:59:59");
  CHECK(shown(day.put(date_value("2026-01-01"), timestamp_value("2025-12-31 23:59:59"))) ==
        "2026-01-01 00:00:00");
}

TEST_CASE("a date in a text has the shape of the blank") {
  const Lens plain = with_blank(lens(date, Kind::text), "1753-01-01");
  CHECK(shown(plain.put(date_value("2026-03-29"), Value{})) == "2026-03-29");
  const Lens timed = with_blank(lens(date, Kind::text), "1753-01-01 00:00:00.000");
  CHECK(shown(timed.put(date_value("2026-03-29"), Value{})) == "2026-03-29 00:00:00.000");
  CHECK(shown(timed.get(Value{"2026-03-29 00:00:00.000"})) == "2026-03-29");
  CHECK(shown(timed.get(Value{"2026-03-29"})) == "2026-03-29");
  CHECK(shown(timed.get(Value{"1753-01-01 00:00:00"})) == "(nothing)");
  CHECK(shown(timed.get(Value{"2026-03-29 08:00:00"})) == "refused");
  CHECK(shown(timed.get(Value{"29.03.2026"})) == "refused");
}

TEST_CASE("an instant in a column without zones is in UTC") {
  const Lens placed = lens(instant, Kind::timestamp);
  CHECK(shown(placed.get(timestamp_value("2026-03-29 00:59:59.997"))) ==
        "2026-03-29T00:59:59.997Z");
  CHECK(shown(placed.put(instant_value("2026-03-29T02:00:00+02"), Value{})) ==
        "2026-03-29 00:00:00");
}

TEST_CASE("an instant in a text has its zone, unless the blank shows that the site writes none") {
  const Lens plain = lens(instant, Kind::text);
  CHECK(shown(plain.put(instant_value("2026-03-29T00:00:00Z"), Value{})) == "2026-03-29T00:00:00Z");
  CHECK(shown(plain.get(Value{"2026-03-29 00:00:00"})) == "refused");
  const Lens shaped = with_blank(lens(instant, Kind::text), "1753-01-01 00:00:00.000");
  CHECK(shown(shaped.get(Value{"2026-03-29 00:00:00.000"})) == "2026-03-29T00:00:00Z");
  CHECK(shown(shaped.put(instant_value("2026-03-29T00:00:00Z"), Value{})) ==
        "2026-03-29 00:00:00.000");
  CHECK(shown(shaped.put(instant_value("2026-03-29T00:00:00.25Z"), Value{})) ==
        "2026-03-29 00:00:00.250");
}

TEST_CASE("instants are rounded to milliseconds where that is declared") {
  Lens placed = lens(instant, Kind::timestamp);
  const Value exact = instant_value("2026-03-29T00:00:00.123500Z");
  CHECK(shown(placed.put(exact, Value{})) == "2026-03-29 00:00:00.123500");
  placed.loss.precision = true;
  CHECK(shown(placed.put(exact, Value{})) == "2026-03-29 00:00:00.124");
  CHECK(shown(placed.put(instant_value("9999-12-31T23:59:59.9999Z"), Value{})) ==
        "9999-12-31 23:59:59.999");
  CHECK(shown(placed.put(instant_value("1969-12-31T23:59:59.999400Z"), Value{})) ==
        "1969-12-31 23:59:59.999");
}

TEST_CASE("an enumeration knows the names and values of its table only") {
  Lens state = lens(enumeration, Kind::integer);
  state.lookup = {{"open", {integer_value(0)}}, {"released", {integer_value(1)}}};
  CHECK(shown(state.get(integer_value(1))) == "released");
  CHECK(shown(state.put(Value{"open"}, Value{})) == "0");
  CHECK(reason(state.get(integer_value(7))) ==
        "value 7 is not in the table: open = 0, released = 1");
  CHECK(reason(state.put(Value{"closed"}, Value{})) ==
        "value closed is not in the table: open = 0, released = 1");
}

TEST_CASE("a reference passes through, but for its blank") {
  const Lens customer = with_blank(lens(reference, Kind::text), "");
  CHECK(shown(customer.get(Value{"W12"})) == "W12");
  CHECK(shown(customer.get(Value{""})) == "(nothing)");
  CHECK(shown(customer.put(Value{}, Value{"W12"})) == "''");
  CHECK(shown(customer.put(Value{"W13"}, Value{"W12"})) == "W13");
}

TEST_CASE("a value of another kind than the column's or the type's is refused") {
  CHECK(reason(lens(text, Kind::text).get(integer_value(5))) ==
        "the column gives a value of kind integer, not text");
  CHECK(reason(lens(text, Kind::text).put(integer_value(5), Value{})) ==
        "the value is of kind integer, the field's type is text");
  CHECK(reason(lens(boolean, Kind::uuid).get(Value{Uuid{}})) ==
        "a uuid column cannot hold boolean");
  CHECK(reason(lens(boolean, Kind::uuid).put(Value{true}, Value{})) ==
        "a uuid column cannot hold boolean");
}

TEST_CASE("bytes that are no text are refused, whichever way they go") {
  const std::string why =
      "these bytes are no text: not valid UTF-8, or with a NUL character among them";
  for (const std::string& bytes : {"\xE9t\xE9"s, "a\0b"s, "\xED\xA0\x80"s, "\xC0\xAF"s,
                                   "\xF4\x90\x80\x80"s, "x\xF0\x9F\x8D"s}) {
    for (const FieldType type : {text, code, enumeration, uuid, decimal, date}) {
      Lens column = lens(type, Kind::text);
      if (type == enumeration) column.lookup = {{"open", {Value{"o"}}}};
      CHECK(reason(column.get(Value{bytes})) == why);
    }
    CHECK(reason(lens(text, Kind::text).give(Value{bytes})) == why);
    CHECK(reason(lens(code, Kind::text).put(Value{bytes}, Value{"x"})) == why);
  }
  const std::string sound{"\x01\x7f\u00e9\uffff\U0010ffff"};
  CHECK(shown(lens(text, Kind::text).get(Value{sound})) == sound);
}

TEST_CASE("what a connector could not read as the column's kind is refused with its beginning") {
  CHECK(reason(lens(decimal, Kind::decimal).get(Value{"NaN"})) ==
        "the column holds 'NaN', which is no decimal that can be mirrored");
  CHECK(reason(lens(date, Kind::date).get(Value{"infinity"})) ==
        "the column holds 'infinity', which is no date that can be mirrored");
  CHECK(reason(lens(integer, Kind::integer).get(Value{std::string(41, '9')})) ==
        "the column holds '" + std::string(40, '9') +
            "...', which is no integer that can be mirrored");
}

TEST_CASE("a date that no calendar has is refused, and nothing else") {
  CHECK(reason(lens(date, Kind::date).get(Value{Date::unreadable()})).find("no calendar") !=
        std::string::npos);
  CHECK(reason(lens(instant, Kind::timestamp).get(Value{Timestamp::unreadable()}))
            .find("no calendar") != std::string::npos);
}

TEST_CASE("every field type has a name that leads back to it") {
  for (int i = 0; i <= static_cast<int>(FieldType::time_of_day); ++i) {
    const auto type = static_cast<FieldType>(i);
    CHECK(field_type_of(name_of(type)) == type);
  }
  CHECK_FALSE(field_type_of("money"));
}

TEST_CASE("a zero date is nothing where the mapping says so, and refused elsewhere") {
  const Lens blank_day = with_blank(lens(date, Kind::date), Value{Date::zero()});
  CHECK(is_null(std::get<Value>(blank_day.get(Value{Date::zero()}))));
  CHECK(std::get<Value>(blank_day.put(Value{}, Value{Date{}})) == Value{Date::zero()});
  const Lens moment = with_blank(lens(instant, Kind::instant), Value{Instant::zero()});
  CHECK(is_null(std::get<Value>(moment.get(Value{Instant::zero()}))));
  CHECK(reason(lens(date, Kind::timestamp).get(Value{Timestamp::zero()})).find("0000-00-00") !=
        std::string::npos);
}
