// Values as a shop and a Navision really hold them, each with the mapping that joins the two. The
// fields are written as in a mapping file; what a site's catalogue would say is the kind of its
// columns. What only SQL Server has is named where something else stands for it.
#include <catch2/catch.hpp>

#include "conversion_fields.hpp"
#include "schema/mapping_file.hpp"

using namespace miroir;
using namespace miroir::testing::fields;
using Kind = ValueKind;

namespace {

Value d(const char* text) { return parse_decimal(text).value(); }
Value n(std::int64_t number) { return number; }
Value ts(const char* text) { return parse_timestamp(text).value(); }
Value at(const char* text) { return parse_instant(text).value(); }
Value day(const char* text) { return parse_date(text).value(); }
Value t(const char* text) { return std::string{text}; }
const Value nothing;

void bind(FieldAt& field, Kind kind, bool nullable) {
  const auto set = [&](Lens& lens) {
    lens.column = kind;
    lens.nullable = nullable;
    if (lens.blank && kind == Kind::timestamp)
      lens.blank = midnight_of(*parse_date(std::get<std::string>(*lens.blank)));
  };
  set(field.lens);
  if (!field.split) return;
  for (Lens& piece : field.split->pieces) set(piece);
}

// A field of its own mapping. Navision has no NULL.
Field field_of(const std::string& json, Kind shop, Kind erp) {
  const std::string table = R"({"table": "t", "key": [{"column": "id", "from": "database"}]})";
  const std::string text = R"({"sites": ["shop", "erp"], "conflicts": "shop wins", "entities": {"e":
      {"shop": )" + table + R"(, "erp": )" +
                           table + R"(, "fields": {"f": )" + json + "}}}}";
  auto read = read_mapping(text, "vector.json");
  if (const auto* mistakes = std::get_if<std::vector<Mistake>>(&read))
    throw std::invalid_argument{to_string(mistakes->front())};
  Field field = std::get<Mapping>(read).entities.front().fields.front();
  bind(field.at[0], shop, true);
  bind(field.at[1], erp, false);
  for (FieldAt& side : field.at) {  // The cells alone make the row.
    for (std::size_t i = 0; i < side.columns.size(); ++i) side.columns[i] = i;
  }
  return field;
}

std::string shown(const Cells& cells) {
  std::string text;
  for (const Value& cell : cells) text += (text.empty() ? "" : " | ") + display(cell);
  return text;
}
std::string shown(const std::variant<Cells, Refusal>& put) {
  const auto* cells = std::get_if<Cells>(&put);
  return cells != nullptr ? shown(*cells) : "refused: " + std::get<Refusal>(put).reason;
}
std::string shown(const Lensed& got) {
  const auto* value = std::get_if<Value>(&got);
  return value != nullptr ? display(*value) : "refused: " + std::get<Refusal>(got).reason;
}

const std::string long_first(45, 'x');
const std::string long_name = long_first + " de la Tour Dupont";  // 63 characters.

// What both sites hold is the same, so that neither is ever written.
struct Equal {
  const char* what;
  const char* field;
  Kind shop_kind;
  Cells shop;
  Kind erp_kind;
  Cells erp;
};

const Equal equal_rows[] = {
    {"blank date", plain_day, Kind::date, {nothing}, Kind::timestamp, {ts("1753-01-01 00:00:00")}},
    {"closing date",
     plain_day,
     Kind::date,
     {day("2025-12-31")},
     Kind::timestamp,
     {ts("2025-12-31 23:59:59")}},
    {"time only",
     clock_time,
     Kind::text,
     {t("14:30")},
     Kind::timestamp,
     {ts("1754-01-01 14:30:00.000")}},
    {"time only, the year ignored",
     clock_time,
     Kind::text,
     {t("14:30:00")},
     Kind::timestamp,
     {ts("1900-05-06 14:30:00.000")}},
    {"time only, midnight is a time",
     clock_time,
     Kind::text,
     {t("00:00")},
     Kind::timestamp,
     {ts("1754-01-01 00:00:00")}},
    {"time only, none",
     clock_time,
     Kind::text,
     {nothing},
     Kind::timestamp,
     {ts("1753-01-01 00:00:00")}},
    {"instant against date",
     order_day,
     Kind::instant,
     {at("2025-12-31T23:30:00Z")},
     Kind::timestamp,
     {ts("2026-01-01 00:00:00")}},
    {"instant against date, the last hour before the clock goes forward",
     order_day,
     Kind::instant,
     {at("2026-03-29T00:59:59Z")},
     Kind::timestamp,
     {ts("2026-03-29 00:00:00")}},
    {"instant against date, the day that has 23 hours",
     order_day,
     Kind::instant,
     {at("2026-03-29T21:59:59Z")},
     Kind::timestamp,
     {ts("2026-03-29 00:00:00")}},
    {"instant against date, and the one after it",
     order_day,
     Kind::instant,
     {at("2026-03-29T22:00:00Z")},
     Kind::timestamp,
     {ts("2026-03-30 00:00:00")}},
    {"instant against date, the day that has 25 hours",
     order_day,
     Kind::instant,
     {at("2026-10-25T22:59:59Z")},
     Kind::timestamp,
     {ts("2026-10-25 00:00:00")}},
    {"instant against date, its second two o'clock",
     order_day,
     Kind::instant,
     {at("2026-10-25T01:30:00Z")},
     Kind::timestamp,
     {ts("2026-10-25 00:00:00")}},
    {"Navision's DateTime",
     moment,
     Kind::instant,
     {at("2026-03-29T00:59:59.997Z")},
     Kind::timestamp,
     {ts("2026-03-29 00:59:59.997")}},
    {"decimal", amount, Kind::decimal, {d("12.5")}, Kind::decimal, {d("12.50000000000000000000")}},
    {"blank text", note, Kind::text, {nothing}, Kind::text, {t("")}},
    {"blank text, empty in the shop", bare_note, Kind::text, {t("")}, Kind::text, {t("")}},
    {"blank text, none in the shop", bare_note, Kind::text, {nothing}, Kind::text, {t("")}},
    {"code", code, Kind::text, {t("chx-2015 ")}, Kind::text, {t("CHX-2015")}},
    {"CI key", mail, Kind::text, {t("Dupont@X.fr")}, Kind::text, {t("dupont@x.fr")}},
    {"length, split at a space",
     name,
     Kind::text,
     {t(long_name.c_str())},
     Kind::text,
     {t(long_first.c_str()), t("de la Tour Dupont")}},
    {"country, home is blank", country, Kind::text, {t("FR")}, Kind::text, {t("")}},
    {"country, home spelled out", country, Kind::text, {t("FR")}, Kind::text, {t("FR")}},
    {"country, home by its old code", country, Kind::text, {t("FR")}, Kind::text, {t("F")}},
    {"country, another", country, Kind::text, {t("DE")}, Kind::text, {t("D")}},
    {"currency, the company's own is blank", currency, Kind::text, {t("EUR")}, Kind::text, {t("")}},
    {"boolean", flag, Kind::boolean, {Value{true}}, Kind::integer, {n(1)}},
    {"option", state, Kind::text, {t("released")}, Kind::integer, {n(1)}},
    {"unit of measure",
     cases,
     Kind::integer,
     {n(12)},
     Kind::decimal,
     {d("2.00000000000000000000")}},
    {"apostrophe", note, Kind::text, {t("L'Étoile")}, Kind::text, {t("L'Étoile")}},
    {"accents in cp1252",
     cp1252,
     Kind::text,
     {t("Cœur d’Épicurien €")},
     Kind::text,
     {t("Cœur d’Épicurien €")}},
    {"emoji of two units", short_text, Kind::text, {t("Merci 🍷")}, Kind::text, {t("Merci 🍷")}},
};

// What is given to the ERP in a new row, or why not.
struct Given {
  const char* what;
  const char* field;
  Kind shop_kind;
  Cells shop;
  Kind erp_kind;
  const char* erp;
};

const Given given_rows[] = {
    {"a NULL is never sent", note, Kind::text, {nothing}, Kind::text, "''"},
    {"a closing date is never written",
     plain_day,
     Kind::date,
     {day("2025-12-31")},
     Kind::timestamp,
     "2025-12-31 00:00:00"},
    {"a time has Navision's year",
     clock_time,
     Kind::text,
     {t("14:30")},
     Kind::timestamp,
     "1754-01-01 14:30:00"},
    {"the day in Paris",
     order_day,
     Kind::instant,
     {at("2025-12-31T23:30:00Z")},
     Kind::timestamp,
     "2026-01-01 00:00:00"},
    // datetime2 and timestamp(3) keep milliseconds; SQL Server's datetime, which keeps 1/300 s, is
    // read back as the nearest of them, as MariaDB's datetime(3) is here.
    {"milliseconds",
     moment,
     Kind::instant,
     {at("2026-03-29T00:59:59.996600Z")},
     Kind::timestamp,
     "2026-03-29 00:59:59.997"},
    {"home is written as Navision does", country, Kind::text, {t("FR")}, Kind::text, "''"},
    {"a code is upper case", code, Kind::text, {t("chx-2015 ")}, Kind::text, "CHX-2015"},
    {"the name over two columns",
     name,
     Kind::text,
     {t(long_name.c_str())},
     Kind::text,
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx de | la Tour Dupont"},
    {"a short name in the first", name, Kind::text, {t("Dupont")}, Kind::text, "Dupont | ''"},
    {"an apostrophe is a character as others",
     note,
     Kind::text,
     {t("L'Étoile")},
     Kind::text,
     "L'Étoile"},
    {"two cases of six", cases, Kind::integer, {n(12)}, Kind::decimal, "2"},
    {"leading zeros",
     number_code,
     Kind::text,
     {t("00042")},
     Kind::integer,
     "refused: the column holds whole numbers, and the code is not one as it is written"},
    {"cp850 has no œ",
     cp850,
     Kind::text,
     {t("Cœur d'Épicurien")},
     Kind::text,
     "refused: the column's code page cp850 has no 'œ' (U+0153)"},
    {"cp850 has no ’",
     cp850,
     Kind::text,
     {t("Le cru d’Épicurien")},
     Kind::text,
     "refused: the column's code page cp850 has no '’' (U+2019)"},
    {"cp850 has no €",
     cp850,
     Kind::text,
     {t("12 €")},
     Kind::text,
     "refused: the column's code page cp850 has no '€' (U+20AC)"},
    {"cp850 has the letters of French",
     cp850,
     Kind::text,
     {t("Épicurien à Aÿ")},
     Kind::text,
     "Épicurien à Aÿ"},
    {"a word that no column takes",
     name,
     Kind::text,
     {t("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")},
     Kind::text,
     "refused: the value has 63 characters, and no ' ' to divide it at within the 50 that the "
     "column takes"},
    {"an unknown country",
     country,
     Kind::text,
     {t("XK")},
     Kind::text,
     "refused: value XK is not in the table: BE, DE = D, FR = '' or FR or F"},
    {"what is no whole case",
     cases,
     Kind::integer,
     {n(7)},
     Kind::decimal,
     "refused: 7 is no multiple of 6, which the column counts in"},
    {"half a case",
     cases,
     Kind::integer,
     {n(9)},
     Kind::decimal,
     "refused: the value has 1 digits after the point, the column keeps 0"},
    {"an emoji is two of n",
     short_text,
     Kind::text,
     {t("Merci! 🍷")},
     Kind::text,
     "refused: the value has 9 characters, the column takes 8"},
};

// What the ERP holds and the field's value is, or why it has none.
struct Read {
  const char* what;
  const char* field;
  Kind erp_kind;
  Cells erp;
  const char* value;
};

const Read read_rows[] = {
    {"closing date", plain_day, Kind::timestamp, {ts("2025-12-31 23:59:59")}, "2025-12-31"},
    {"an unknown option",
     state,
     Kind::integer,
     {n(7)},
     "refused: value 7 is not in the table: open = 0, released = 1"},
    {"an unknown country",
     country,
     Kind::text,
     {t("XK")},
     "refused: value XK is not in the table: BE, DE = D, FR = '' or FR or F"},
    {"0 as a code of numbers", number_code, Kind::integer, {n(0)}, "(nothing)"},
    {"a case is six bottles", cases, Kind::decimal, {d("2.00000000000000000000")}, "12"},
    {"a name in both columns", name, Kind::text, {t("Château"), t("Lafarge")}, "Château Lafarge"},
    {"no name in either", name, Kind::text, {t(""), t("")}, "(nothing)"},
};

}  // namespace

TEST_CASE("what the shop and Navision hold for the same is the same", "[vector]") {
  const Equal& row = GENERATE(from_range(std::begin(equal_rows), std::end(equal_rows)));
  INFO(row.what);
  const Field field = field_of(row.field, row.shop_kind, row.erp_kind);
  const Lensed here = field.at[0].get(row.shop);
  const Lensed there = field.at[1].get(row.erp);
  INFO(shown(here) << " and " << shown(there));
  REQUIRE(std::holds_alternative<Value>(here));
  REQUIRE(std::holds_alternative<Value>(there));
  const Value canonical = std::get<Value>(here);
  CHECK(std::get<Value>(there) == canonical);
  CHECK(shown(field.at[1].put(canonical, row.erp)) == shown(row.erp));
  CHECK(shown(field.at[0].put(canonical, row.shop)) == shown(row.shop));
}

TEST_CASE("a new row is given what Navision would write, or refused in words", "[vector]") {
  const Given& row = GENERATE(from_range(std::begin(given_rows), std::end(given_rows)));
  INFO(row.what);
  const Field field = field_of(row.field, row.shop_kind, row.erp_kind);
  const Lensed value = field.at[0].get(row.shop);
  REQUIRE(std::holds_alternative<Value>(value));
  CHECK(shown(field.at[1].give(std::get<Value>(value))) == row.erp);
}

TEST_CASE("what Navision holds is read, or refused in words", "[vector]") {
  const Read& row = GENERATE(from_range(std::begin(read_rows), std::end(read_rows)));
  INFO(row.what);
  const Field field = field_of(row.field, Kind::text, row.erp_kind);
  CHECK(shown(field.at[1].get(row.erp)) == row.value);
}

TEST_CASE("0.1 and 0.2 are 0.30 to the last digit", "[vector]") {
  const Field field = field_of(amount, Kind::decimal, Kind::decimal);
  const Value sum = add(*parse_decimal("0.1"), *parse_decimal("0.2")).value();
  CHECK(shown(field.at[1].put(sum, {d("0.30000000000000000000")})) == "0.30000000000000000000");
}

TEST_CASE("the day of an order that the ERP moves begins at its midnight", "[vector]") {
  const Field field = field_of(order_day, Kind::instant, Kind::timestamp);
  const Cells placed{at("2025-12-31T23:30:00Z")};
  const auto kept = field.at[0].put(day("2026-01-01"), placed);
  CHECK(shown(kept) == "2025-12-31T23:30:00Z");
  CHECK(shown(field.at[0].put(day("2026-01-02"), placed)) == "2026-01-01T23:00:00Z");
  CHECK(shown(field.at[0].put(day("2026-03-29"), placed)) == "2026-03-28T23:00:00Z");
  CHECK(shown(field.at[0].put(day("2026-10-25"), placed)) == "2026-10-24T22:00:00Z");
}
