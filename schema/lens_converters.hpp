// The conversions behind Lens, one small pair of functions for each pair of field type and column
// kind that go together. Blank rules and "put back what was read" are Lens's own work and not known
// here. Pure; nothing throws.
#pragma once

#include "schema/lens.hpp"

namespace miroir {

struct Converter {
  using Function = Lensed (*)(const Lens& lens, const Value& value);
  FieldType type;
  ValueKind column;
  Function read;   // A site's value, of kind `column`, to canonical.
  Function write;  // A canonical value to the site's.
};

// nullptr when the type cannot live in such a column. References have none: they are not converted.
const Converter* find_converter(FieldType type, ValueKind column);

// By Lens::lookup, for every kind of column.
bool has_lookup(const Lens& lens);
Lensed read_lookup(const Lens& lens, const Value& site);
Lensed write_lookup(const Lens& lens, const Value& canonical);
std::optional<std::string> name_of_null(const Lens& lens);

// Numbers in units of Lens::times: what was read becomes the field's, what is written the column's.
Lensed times_unit(const Lens& lens, Lensed read);
Lensed by_unit(const Lens& lens, const Value& canonical);

// Text, codes, integers and decimals (lens_texts.cpp, lens_numbers.cpp); dates and instants
// (lens_times.cpp).
Lensed read_text(const Lens& lens, const Value& site);
Lensed read_code(const Lens& lens, const Value& site);
Lensed read_code_number(const Lens& lens, const Value& site);
Lensed write_code_number(const Lens& lens, const Value& canonical);
Lensed write_text(const Lens& lens, const Value& canonical);
Lensed read_uuid_text(const Lens& lens, const Value& site);
Lensed write_uuid_text(const Lens& lens, const Value& canonical);

Lensed read_integer_decimal(const Lens& lens, const Value& site);
Lensed write_integer_decimal(const Lens& lens, const Value& canonical);
Lensed read_integer_text(const Lens& lens, const Value& site);
Lensed write_integer_text(const Lens& lens, const Value& canonical);
Lensed write_decimal(const Lens& lens, const Value& canonical);
Lensed read_decimal_integer(const Lens& lens, const Value& site);
Lensed write_decimal_integer(const Lens& lens, const Value& canonical);
Lensed read_decimal_text(const Lens& lens, const Value& site);
Lensed write_decimal_text(const Lens& lens, const Value& canonical);
Lensed read_boolean_integer(const Lens& lens, const Value& site);
Lensed write_boolean_integer(const Lens& lens, const Value& canonical);

Lensed read_date_timestamp(const Lens& lens, const Value& site);
Lensed write_date_timestamp(const Lens& lens, const Value& canonical);
Lensed read_date_instant(const Lens& lens, const Value& site);
Lensed write_date_instant(const Lens& lens, const Value& canonical);
Lensed read_date_text(const Lens& lens, const Value& site);
Lensed write_date_text(const Lens& lens, const Value& canonical);
Lensed write_instant(const Lens& lens, const Value& canonical);
Lensed read_instant_timestamp(const Lens& lens, const Value& site);
Lensed write_instant_timestamp(const Lens& lens, const Value& canonical);
Lensed read_instant_text(const Lens& lens, const Value& site);
Lensed write_instant_text(const Lens& lens, const Value& canonical);

Lensed read_time_timestamp(const Lens& lens, const Value& site);
Lensed write_time_timestamp(const Lens& lens, const Value& canonical);
Lensed read_time_text(const Lens& lens, const Value& site);
Lensed write_time_text(const Lens& lens, const Value& canonical);

// A text column's blank shows how the site writes times: '1753-01-01 00:00:00.000' has a time and
// no zone. Empty: no blank says so.
std::string_view time_shape(const Lens& lens);
// "2026-03-29 00:59:59.997", with as many digits after the point as the shape has at least.
std::string in_shape(std::string_view shape, Timestamp timestamp);

// Of bytes that some database could not hold as a text, or would take for another one.
Refusal no_text();
// A text on its way to the site: refused when it is none, or longer than Lens::length.
Lensed fit_exactly(const Lens& lens, std::string text);

}  // namespace miroir
