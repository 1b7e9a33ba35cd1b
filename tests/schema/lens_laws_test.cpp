// The laws of lenses, for every type in every column that can hold it, with and without a blank,
// with and without limits and declared losses. Values of a site are partly arbitrary, partly what
// the lens itself wrote, so that most of them can be read.
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "schema/lens.hpp"
#include "special_lenses.hpp"
#include "value_generators.hpp"

using namespace miroir;
namespace mt = miroir::testing;
namespace gen = rc::gen;

namespace {

constexpr int length_limit = 12;
constexpr int scale_limit = 2;

Value natural_blank(ValueKind kind) {
  switch (kind) {
    case ValueKind::boolean:
      return false;
    case ValueKind::integer:
      return std::int64_t{0};
    case ValueKind::decimal:
      return Decimal{};
    case ValueKind::text:
      return "";
    case ValueKind::date:
      return *parse_date("1753-01-01");
    case ValueKind::timestamp:
      return *parse_timestamp("1753-01-01 00:00:00");
    case ValueKind::instant:
      return *parse_instant("1753-01-01T00:00:00Z");
    case ValueKind::uuid:
      return Uuid{};
    case ValueKind::bytes:
      return Bytes{};
  }
  return {};
}

// In a text column the blank is whatever the site writes there.
std::vector<std::optional<Value>> blanks(FieldType type, ValueKind column) {
  // Elsewhere the natural blank stands in the table, where it may not be the blank as well.
  if (type == FieldType::enumeration && column != ValueKind::text) return {std::nullopt};
  std::vector<std::optional<Value>> out{std::nullopt, natural_blank(column)};
  if (column != ValueKind::text) return out;
  if (type == FieldType::date || type == FieldType::instant) {
    out.emplace_back("1753-01-01 00:00:00.000");
    out.emplace_back("1753-01-01T00:00:00");
  }
  if (type == FieldType::decimal || type == FieldType::integer) out.emplace_back("0");
  return out;
}

std::map<std::string, std::vector<Value>> lookup_for(ValueKind column) {
  if (column == ValueKind::boolean) return {{"off", {false}}, {"on", {true}}};
  // One is called what the site calls another.
  if (column == ValueKind::text)
    return {{"off", {"0"}}, {"on", {"1", "yes"}}, {"", {"-"}}, {"0", {"off"}}};
  return {{"off", {natural_blank(column)}}};
}

// Flags that say nothing for this type and column would only repeat the same lens.
unsigned meaningful_flags(FieldType type, ValueKind column) {
  const bool number = type == FieldType::decimal || type == FieldType::counter;
  const bool cut = type == FieldType::text || type == FieldType::code;
  unsigned flags = 1;
  if (column == ValueKind::text || number) flags |= 2;
  if (column == ValueKind::text && cut) flags |= 4;
  if (number || type == FieldType::instant) flags |= 8;
  return flags;
}

std::vector<Lens> lenses(FieldType type, ValueKind column) {
  std::vector<Lens> out;
  for (const auto& blank : blanks(type, column)) {
    for (unsigned flags = 0; flags < 16; ++flags) {
      if ((flags & ~meaningful_flags(type, column)) != 0) continue;
      Lens lens;
      lens.type = type;
      lens.column = column;
      lens.blank = blank;
      lens.nullable = (flags & 1u) != 0;
      if ((flags & 2u) != 0) {
        if (column == ValueKind::text) lens.length = length_limit;
        lens.scale = scale_limit;
      }
      lens.loss = {.length = (flags & 4u) != 0, .precision = (flags & 8u) != 0};
      if (type == FieldType::enumeration) lens.lookup = lookup_for(column);
      if (type == FieldType::date && column == ValueKind::instant) lens.time_zone = "Europe/Paris";
      out.push_back(std::move(lens));
    }
  }
  return out;
}

std::vector<Lens> all_lenses() {
  std::vector<Lens> out;
  for (int t = 0; t <= static_cast<int>(FieldType::time_of_day); ++t) {
    for (const ValueKind column : mt::all_kinds) {
      const auto type = static_cast<FieldType>(t);
      if (!can_hold(column, type)) continue;
      for (Lens& lens : lenses(type, column)) out.push_back(std::move(lens));
    }
  }
  for (Lens& lens : mt::special_lenses()) out.push_back(std::move(lens));
  return out;
}

std::string describe(const Lens& lens) {
  return std::string{name_of(lens.type)} + " in " + std::string{name_of(lens.column)} + ", blank " +
         (lens.blank ? display(*lens.blank) : "none") + (lens.nullable ? ", nullable" : "") +
         (lens.length ? ", length" : "") + (lens.scale ? ", scale" : "") +
         (lens.loss.length ? ", loses length" : "") +
         (lens.loss.precision ? ", loses precision" : "") + mt::special_parts(lens);
}

Value canonical_value(const Lens& lens) {
  if (!lens.lookup.empty())
    return (*gen::elementOf(std::vector(lens.lookup.begin(), lens.lookup.end()))).first;
  switch (lens.type) {
    case FieldType::text:
      return lens.folding(*mt::texts());
    case FieldType::code:
      if (*gen::arbitrary<bool>()) return std::to_string(*gen::arbitrary<std::int64_t>());
      return fold_code(*mt::texts());
    case FieldType::integer:
      if (*gen::arbitrary<bool>()) return lens.times * *gen::inRange<std::int64_t>(-999, 999);
      return *mt::values_of(ValueKind::integer);
    case FieldType::decimal:
    case FieldType::counter:
      if (*gen::arbitrary<bool>())
        return Decimal{*gen::inRange(-99999, 99999), *gen::inRange(0, 4)};
      return *mt::decimals();
    case FieldType::boolean:
      return *gen::arbitrary<bool>();
    case FieldType::date:
      return *mt::dates();
    case FieldType::instant:
      return *mt::instants();
    case FieldType::uuid:
      return *mt::values_of(ValueKind::uuid);
    case FieldType::bytes:
      return *mt::values_of(ValueKind::bytes);
    case FieldType::time_of_day:
      return to_string(*mt::timestamps()).substr(11);
    case FieldType::enumeration:
    case FieldType::reference:
      return *mt::values_of(lens.column);
  }
  return {};
}

// NULL only where the column takes it: a site never gives anything else.
Value site_value(const Lens& lens) {
  const int choice = *gen::inRange(0, 8);
  if (choice == 0 && lens.nullable) return {};
  if (choice == 1 && lens.blank) return *lens.blank;
  if (choice < 4) return *mt::values_of(lens.column);
  if (choice == 4 && !lens.lookup.empty()) {
    const auto& values = lens.lookup.begin()->second;
    const Value listed = *gen::elementOf(values);
    if (!is_null(listed) || lens.nullable) return listed;
  }
  const Lensed written = lens.put(canonical_value(lens), Value{});
  if (const auto* value = std::get_if<Value>(&written)) return *value;
  return *mt::values_of(lens.column);
}

// What the site holds before anything is written: a row that is not there yet gives NULL.
Value old_value(const Lens& lens) { return *gen::inRange(0, 3) == 0 ? Value{} : site_value(lens); }

bool is_length_loss(const Lens& lens, const Value& given, const Value& kept) {
  const bool is_text = lens.type == FieldType::text || lens.type == FieldType::code;
  if (!lens.loss.length || !lens.length || !is_text) return false;
  const auto& from = std::get<std::string>(given);
  const std::string cut{cut_to_units(from, length_limit)};
  const std::string expected = lens.type == FieldType::code ? fold_code(cut) : lens.folding(cut);
  return utf16_units(from) > std::size_t{length_limit} && kept == Value{expected};
}

bool is_precision_loss(const Lens& lens, const Value& given, const Value& kept) {
  if (!lens.loss.precision) return false;
  if (const auto* instant = std::get_if<Instant>(&given)) {
    const std::int64_t moved = std::get<Instant>(kept).micros - instant->micros;
    return std::get<Instant>(kept).micros % 1000 == 0 && moved > -1000 && moved <= 500;
  }
  const auto* decimal = std::get_if<Decimal>(&given);
  if (decimal == nullptr) return false;
  const int scale =
      lens.column == ValueKind::integer ? 0 : lens.scale.value_or(Decimal::digits_max);
  return Value{round(*decimal, scale)} == kept;
}

// The canonical value that the lens's blank would be, were it not the blank.
std::optional<Value> meaning_of_blank(const Lens& lens) {
  if (!lens.blank) return std::nullopt;
  if (lens.type == FieldType::instant && lens.column == ValueKind::text) {
    const auto timestamp = parse_timestamp(std::get<std::string>(*lens.blank));
    if (!timestamp) return std::nullopt;
    return Value{Instant{timestamp->micros}};
  }
  Lens plain = lens;
  plain.blank.reset();
  const Lensed meaning = plain.get(*lens.blank);
  const auto* value = std::get_if<Value>(&meaning);
  return value == nullptr ? std::nullopt : std::optional{*value};
}

bool same_or_declared(const Lens& lens, const Value& given, const Value& read) {
  if (read == given) return true;
  if (is_null(given)) return false;
  if (is_null(read)) {  // The value is the blank: only as such, or through a declared loss.
    const auto blank = meaning_of_blank(lens);
    return blank && (*blank == given || is_length_loss(lens, given, *blank) ||
                     is_precision_loss(lens, given, *blank));
  }
  return is_length_loss(lens, given, read) || is_precision_loss(lens, given, read);
}

bool has_null(const Lens& lens) {
  return std::any_of(lens.lookup.begin(), lens.lookup.end(), [](const auto& named) {
    return std::any_of(named.second.begin(), named.second.end(), is_null);
  });
}

// A lens that has no limits takes every value of its type.
bool takes_everything(const Lens& lens) {
  const bool limited =
      lens.length || lens.scale || lens.times != 1 || lens.code_page || !lens.time_zone.empty();
  const bool narrow = lens.column == ValueKind::integer &&
                      (lens.type == FieldType::code || lens.type == FieldType::decimal ||
                       lens.type == FieldType::counter);
  return !limited && !narrow;
}

}  // namespace

TEST_CASE("putting back what was read changes nothing", "[lens][law]") {
  const Lens lens = GENERATE(from_range(all_lenses()));
  rc::prop(describe(lens), [&] {
    const Value site = site_value(lens);
    const Lensed read = lens.get(site);
    if (std::holds_alternative<Refusal>(read)) return;
    const Lensed written = lens.put(std::get<Value>(read), site);
    RC_ASSERT(std::holds_alternative<Value>(written));
    RC_ASSERT(mt::identical(std::get<Value>(written), site));
  });
}

TEST_CASE("a value is kept where putting it gives what is there", "[lens][law]") {
  const Lens lens = GENERATE(from_range(all_lenses()));
  rc::prop(describe(lens), [&] {
    const Value old = old_value(lens);
    const Lensed held = lens.get(old);
    const bool as_held = *gen::arbitrary<bool>() && std::holds_alternative<Value>(held);
    const bool nothing = *gen::inRange(0, 8) == 0;
    const Value given = as_held ? std::get<Value>(held) : nothing ? Value{} : canonical_value(lens);
    const Lensed put = lens.put(given, old);
    const bool same = std::holds_alternative<Value>(put) && std::get<Value>(put) == old;
    RC_ASSERT(lens.keeps(given, old) == same);
  });
}

TEST_CASE("what was put reads back as itself, or as a declared loss", "[lens][law]") {
  const Lens lens = GENERATE(from_range(all_lenses()));
  rc::prop(describe(lens), [&] {
    const Value given = *gen::inRange(0, 8) == 0 ? Value{} : canonical_value(lens);
    const Lensed written = lens.put(given, old_value(lens));
    if (std::holds_alternative<Refusal>(written)) {
      const bool no_null = is_null(given) && !lens.blank && (!lens.nullable || has_null(lens));
      RC_ASSERT(no_null || !takes_everything(lens));
      return;
    }
    const Value& site = std::get<Value>(written);
    const bool fits_column = site.index() == static_cast<std::size_t>(lens.column);
    RC_ASSERT(fits_column || (is_null(site) && lens.nullable));
    const Lensed read = lens.get(site);
    RC_ASSERT(std::holds_alternative<Value>(read));
    RC_ASSERT(same_or_declared(lens, given, std::get<Value>(read)));
  });
}

TEST_CASE("putting twice is putting once, so that a delivered value is never delivered again",
          "[lens][law]") {
  const Lens lens = GENERATE(from_range(all_lenses()));
  rc::prop(describe(lens), [&] {
    const Value given = canonical_value(lens);
    const Lensed once = lens.put(given, old_value(lens));
    if (std::holds_alternative<Refusal>(once)) return;
    const Lensed twice = lens.put(given, std::get<Value>(once));
    RC_ASSERT(std::holds_alternative<Value>(twice));
    RC_ASSERT(mt::identical(std::get<Value>(twice), std::get<Value>(once)));
  });
}

TEST_CASE("what a column keeps is never more than its length and scale", "[lens][law]") {
  const Lens lens =
      GENERATE(filter([](const Lens& l) { return l.length || l.scale; }, from_range(all_lenses())));
  rc::prop(describe(lens), [&] {
    const Lensed written = lens.put(canonical_value(lens), Value{});
    if (std::holds_alternative<Refusal>(written)) return;
    const Value& site = std::get<Value>(written);
    const auto* text = std::get_if<std::string>(&site);
    if (text != nullptr && lens.type != FieldType::reference &&
        lens.type != FieldType::enumeration) {
      RC_ASSERT(utf16_units(*text).value() <= std::size_t{length_limit});
    }
    const auto* decimal = std::get_if<Decimal>(&site);
    if (decimal != nullptr && lens.type == FieldType::decimal) {
      RC_ASSERT(normalize(*decimal).scale() <= scale_limit);
    }
  });
}
