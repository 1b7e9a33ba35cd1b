// Numbers, times, texts and lenses: what a site's columns hold, as text.
#include <algorithm>
#include <vector>

#include "connectors/errors.hpp"
#include "connectors/odbc/dialects/mariadb_dialect.hpp"
#include "connectors/odbc/dialects/sqlite_dialect.hpp"
#include "connectors/odbc/odbc_values.hpp"
#include "connectors/postgres/postgres_values.hpp"
#include "schema/code_page.hpp"
#include "schema/lens.hpp"
#include "schema/split.hpp"
#include "schema/time_zone.hpp"
#include "schema/typed_value.hpp"
#include "schema/utf8.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/targets.hpp"

namespace miroir::fuzz {
namespace {

// Takes a byte off the front; 0 when there is none.
std::uint8_t byte_of(std::string_view& bytes) {
  if (bytes.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(bytes.front());
  bytes.remove_prefix(1);
  return byte;
}

ValueKind kind_of(std::uint8_t byte) { return static_cast<ValueKind>(1 + byte % 9); }

}  // namespace

void feed_decimal(std::string_view bytes) {
  const std::size_t middle = bytes.find(' ');
  const auto a = parse_decimal(bytes.substr(0, middle));
  if (!a) return;
  require(parse_decimal(a->to_string()) == a, "a decimal reads back as it prints");
  require(normalize(*a) == *a, "trailing zeros mean nothing");
  for (int scale = 0; scale <= Decimal::digits_max; ++scale) {
    const Decimal rounded = round(*a, scale);
    require(rounded.scale() <= std::max(scale, 0) || rounded == *a,
            "rounding leaves no more digits");
    if (const auto same = rescale(*a, scale))
      require(*same == *a, "another scale is no other value");
  }
  const auto b = middle == std::string_view::npos ? a : parse_decimal(bytes.substr(middle + 1));
  if (!b) return;
  const auto sum = add(*a, *b);
  if (sum && subtract(*sum, *b))
    require(subtract(*sum, *b) == a, "what was added can be taken away");
  require(multiply(*a, *b) == multiply(*b, *a), "either factor may come first");
  if (const auto quotient = divide(*a, 7))
    require(multiply(*quotient, Decimal{7, 0}) == a, "a quotient is exact");
}

void feed_times(std::string_view bytes) {
  is_zero_date(bytes);
  if (const auto date = parse_date(bytes)) {
    require(parse_date(to_string(*date)) == date, "a date reads back as it prints");
    require(date_of(midnight_of(*date)) == *date, "midnight is of its day");
    for (const char* zone : {"Europe/Paris", "America/Sao_Paulo", "Pacific/Apia"})
      start_of_day(*date, zone);
  }
  if (const auto timestamp = parse_timestamp(bytes))
    require(parse_timestamp(to_string(*timestamp)) == timestamp,
            "a timestamp reads back as it prints");
  if (const auto instant = parse_instant(bytes)) {
    require(parse_instant(to_string(*instant)) == instant, "an instant reads back as it prints");
    local_date(*instant, "Europe/Paris");
  }
  if (const auto uuid = parse_uuid(bytes))
    require(parse_uuid(to_string(*uuid)) == uuid, "a uuid reads back as it prints");
}

void feed_text(std::string_view bytes) {
  const auto units = utf16_units(bytes);
  require(!is_text(bytes) || units.has_value(), "a text is valid UTF-8");
  require(utf16_units(fold_code(bytes)).has_value() || !units, "folding keeps UTF-8 valid");
  require(upper_case(lower_case(bytes)).size() == bytes.size(), "letters keep their length");
  require(trimmed(bytes).size() <= bytes.size(), "trimming adds nothing");
  if (!units) return;
  const std::string_view cut = cut_to_units(bytes, *units / 2);
  require(utf16_units(cut).value_or(*units) <= *units / 2 && bytes.starts_with(cut),
          "a text is cut between two characters");
  for (const char* page : {"cp850", "cp1252"}) first_missing(find_code_page(page).value(), bytes);
}

void feed_lens(std::string_view bytes) {
  Lens lens;
  lens.type = static_cast<FieldType>(byte_of(bytes) % 13);
  lens.column = kind_of(byte_of(bytes));
  const std::uint8_t has = byte_of(bytes);
  if (has & 1) lens.length = byte_of(bytes) % 20;
  if (has & 2) lens.scale = byte_of(bytes) % 20;
  if (has & 4) lens.loss = {true, true};
  if (has & 8) lens.blank = Value{std::string{}};
  if (has & 16) lens.folding = {Folding::Letters::upper, true};
  if (has & 32) lens.code_page = find_code_page("cp850");
  const bool counts = lens.type == FieldType::integer || lens.type == FieldType::decimal ||
                      lens.type == FieldType::counter;
  if (counts && has & 64) lens.times = 6;
  // What a connector could not read as the column's kind comes as text, too.
  const Value site{std::string{bytes}};
  const Lensed read = lens.get(site);
  if (const auto* canonical = std::get_if<Value>(&read)) {
    const Lensed back = lens.put(*canonical, site);
    require(std::holds_alternative<Value>(back) && std::get<Value>(back) == site,
            "putting back what was read changes nothing");
  }
  Split split;
  split.how = has & 1 ? Split::How::by_word : Split::How::filling;
  split.pieces.resize(2);
  for (Lens& piece : split.pieces) piece.length = 10;
  const auto divided = split.give(Value{std::string{bytes}});
  if (const auto* cells = std::get_if<Cells>(&divided)) {
    const Lensed back = split.get(*cells);
    require(
        std::holds_alternative<Value>(back) && std::get<Value>(back) == Value{std::string{bytes}},
        "a text over two columns reads back as itself");
  }
}

void feed_values(std::string_view bytes) {
  const ValueKind kind = kind_of(byte_of(bytes));
  const std::string text{bytes};
  try {
    const Value read = postgres::read_value(text, kind);
    require(postgres::write_value(read).has_value(), "a value that was read is no NULL");
    if (kind == ValueKind::text) require(read == Value{text}, "a text is what it is");
    std::string line;
    postgres::append_copy_field(line, read);
    require(line.find_first_of("\t\n\r") == std::string::npos, "a field of COPY ends nothing");
  } catch (const DbError& refused) {
    require(refused.recovery() == Recovery::refused, "a value is refused, nothing else");
  }
  for (const OdbcDialect* dialect :
       std::initializer_list<const OdbcDialect*>{&sqlite_dialect(), &mariadb_dialect()}) {
    const Value read = odbc_value(std::string{text}, kind, *dialect);
    require(!is_null(read), "a value that was read is no NULL");
    require(read.index() == static_cast<std::size_t>(kind) || read == Value{text} ||
                kind == ValueKind::text,
            "what is not of the kind stays what it is");
  }
}

void feed_typed(std::string_view bytes) {
  Field field;
  field.type = static_cast<FieldType>(byte_of(bytes) % 13);
  const Lensed typed = typed_value(field, std::string{bytes});
  if (const auto* refused = std::get_if<Refusal>(&typed))
    return require(!refused->reason.empty(), "what is refused says why");
  const Value& value = std::get<Value>(typed);
  if (value == Value{std::string{}}) return;
  const Lensed again = typed_value(field, display(value));
  require(std::holds_alternative<Value>(again) && std::get<Value>(again) == value,
          "what is shown of a value is read back as it");
}

}  // namespace miroir::fuzz
