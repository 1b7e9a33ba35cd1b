#include "special_lenses.hpp"

#include "schema/instant.hpp"

namespace miroir::testing {
namespace {

using Kind = ValueKind;

Lens lens(FieldType type, Kind column) {
  Lens out;
  out.type = type;
  out.column = column;
  return out;
}

void add_units(std::vector<Lens>& out) {
  for (const FieldType type : {FieldType::integer, FieldType::decimal, FieldType::counter}) {
    for (const Kind column : {Kind::integer, Kind::decimal, Kind::text}) {
      Lens cases = lens(type, column);
      cases.times = 6;
      if (type != FieldType::counter && column == Kind::decimal) cases.blank = Decimal{};
      out.push_back(cases);
    }
  }
}

void add_zones(std::vector<Lens>& out) {
  for (const char* zone : {"Europe/Paris", "America/Sao_Paulo", "Pacific/Apia"}) {
    for (const Kind column : {Kind::instant, Kind::timestamp, Kind::text}) {
      Lens day = lens(FieldType::date, column);
      day.time_zone = zone;
      out.push_back(day);
      if (column != Kind::text) continue;
      day.blank = "1753-01-01 00:00:00.000";
      out.push_back(day);
    }
  }
}

void add_texts(std::vector<Lens>& out) {
  using Letters = Folding::Letters;
  for (const Letters letters : {Letters::as_written, Letters::upper, Letters::lower}) {
    Lens folded = lens(FieldType::text, Kind::text);
    folded.folding = {letters, letters != Letters::upper};
    out.push_back(folded);
    folded.blank = "";
    folded.length = 12;
    folded.loss.length = letters == Letters::lower;
    out.push_back(folded);
  }
  for (const char* page : {"cp850", "cp1252"}) {
    for (const FieldType type : {FieldType::text, FieldType::code}) {
      Lens paged = lens(type, Kind::text);
      paged.code_page = find_code_page(page);
      out.push_back(paged);
    }
  }
}

void add_tables(std::vector<Lens>& out) {
  Lens country = lens(FieldType::code, Kind::text);
  country.lookup = {{"FR", {"", "FR", "F"}}, {"BE", {"BE"}}, {"DE", {"D"}}};
  out.push_back(country);
  country.nullable = false;
  out.push_back(country);
  country.lookup = {{"FR", {"FR", Value{}}}, {"BE", {"BE"}}};
  country.nullable = true;
  out.push_back(country);
  Lens terms = lens(FieldType::text, Kind::integer);
  terms.lookup = {{"30 jours", {std::int64_t{30}, std::int64_t{31}}}, {"", {std::int64_t{0}}}};
  out.push_back(terms);
  Lens unit = lens(FieldType::text, Kind::text);
  unit.folding = {Folding::Letters::lower, true};
  unit.lookup = {{"bouteille", {"BTL", "BOUTEILLE"}}, {"caisse", {"CS"}}};
  out.push_back(unit);
}

}  // namespace

std::vector<Lens> special_lenses() {
  std::vector<Lens> out;
  add_units(out);
  add_zones(out);
  add_texts(out);
  add_tables(out);
  return out;
}

std::string special_parts(const Lens& lens) {
  std::string text;
  if (lens.times != 1) text += ", times " + std::to_string(lens.times);
  if (!lens.time_zone.empty()) text += ", in " + lens.time_zone;
  if (lens.code_page) text += ", " + lens.code_page->name;
  if (lens.folding.any())
    text += ", folded " + std::to_string(static_cast<int>(lens.folding.letters));
  if (lens.type != FieldType::enumeration && !lens.lookup.empty()) text += ", a table";
  return text;
}

}  // namespace miroir::testing
