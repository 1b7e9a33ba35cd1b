#include "schema/lens_converters.hpp"

#include <array>

namespace miroir {
namespace {

Lensed as_it_is(const Lens&, const Value& value) { return value; }

using enum FieldType;
using Kind = ValueKind;

constexpr std::array converters{
    Converter{text, Kind::text, read_text, write_text},
    Converter{code, Kind::text, read_code, write_text},
    Converter{code, Kind::integer, read_code_number, write_code_number},
    Converter{uuid, Kind::uuid, as_it_is, as_it_is},
    Converter{uuid, Kind::text, read_uuid_text, write_uuid_text},
    Converter{bytes, Kind::bytes, as_it_is, as_it_is},
    Converter{integer, Kind::integer, as_it_is, as_it_is},
    Converter{integer, Kind::decimal, read_integer_decimal, write_integer_decimal},
    Converter{integer, Kind::text, read_integer_text, write_integer_text},
    Converter{decimal, Kind::decimal, as_it_is, write_decimal},
    Converter{decimal, Kind::integer, read_decimal_integer, write_decimal_integer},
    Converter{decimal, Kind::text, read_decimal_text, write_decimal_text},
    Converter{counter, Kind::decimal, as_it_is, write_decimal},
    Converter{counter, Kind::integer, read_decimal_integer, write_decimal_integer},
    Converter{counter, Kind::text, read_decimal_text, write_decimal_text},
    Converter{boolean, Kind::boolean, as_it_is, as_it_is},
    Converter{boolean, Kind::integer, read_boolean_integer, write_boolean_integer},
    Converter{date, Kind::date, as_it_is, as_it_is},
    Converter{date, Kind::timestamp, read_date_timestamp, write_date_timestamp},
    Converter{date, Kind::instant, read_date_instant, write_date_instant},
    Converter{date, Kind::text, read_date_text, write_date_text},
    Converter{instant, Kind::instant, as_it_is, write_instant},
    Converter{instant, Kind::timestamp, read_instant_timestamp, write_instant_timestamp},
    Converter{instant, Kind::text, read_instant_text, write_instant_text},
    Converter{time_of_day, Kind::timestamp, read_time_timestamp, write_time_timestamp},
    Converter{time_of_day, Kind::text, read_time_text, write_time_text},
};

}  // namespace

const Converter* find_converter(FieldType type, ValueKind column) {
  for (const Converter& converter : converters) {
    if (converter.type == type && converter.column == column) return &converter;
  }
  return nullptr;
}

}  // namespace miroir
