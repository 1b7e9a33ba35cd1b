// Lenses: how one column of a site's row becomes a field's canonical value and back (split.hpp:
// several columns).
//
// Laws, property-tested for every lens (lens_laws_test.cpp):
//   get-then-put: put(get(s), s) == s          putting back what was read changes nothing;
//   put-then-get: get(put(c, s)) == c          or differs only by a loss that the mapping declares.
// get-then-put holds by construction: put returns `old` itself whenever get(old) already is the
// canonical value. A value that does not fit, and whose loss is not declared, is refused with a
// reason for the operator; it is never cut silently. Pure; nothing throws.
//
// A blank is a declaration too: where '' stands for NULL, a canonical '' is written as '' and reads
// back as NULL.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "schema/code_page.hpp"
#include "schema/value.hpp"

namespace miroir {

enum class FieldType : std::uint8_t {
  text,
  integer,
  decimal,
  boolean,
  date,
  instant,
  uuid,
  bytes,
  code,
  enumeration,
  reference,
  counter,
  time_of_day
};
std::string_view name_of(FieldType type);
std::optional<FieldType> field_type_of(std::string_view name);

struct Refusal {
  std::string reason;  // "the value has 63 characters, the column takes 50"
};
using Lensed = std::variant<Value, Refusal>;

// Which of a value's details a site may lose, as the mapping declares for a column.
struct Loss {
  bool length = false;     // Text is cut at Lens::length.
  bool precision = false;  // Decimals are rounded to Lens::scale; instants to milliseconds.
};

// What makes no difference in a text: the canonical one is without it, and each site keeps its own
// spelling of what it holds already.
struct Folding {
  enum class Letters : std::uint8_t { as_written, upper, lower };
  Letters letters = Letters::as_written;
  bool trim = false;  // Blanks at both ends.
  bool any() const { return trim || letters != Letters::as_written; }
  std::string operator()(std::string_view text) const;
  friend bool operator==(const Folding&, const Folding&) = default;
};

// Canonical kinds: text, code, enumeration and time -> text (code trimmed and upper-cased, time as
// "14:30:00"); integer; decimal and counter -> decimal; boolean; date; instant; uuid; bytes. A
// reference is no lens's work: it passes through unchanged, and match_records translates it.
struct Lens {
  FieldType type = FieldType::text;
  // What the site's column holds; bound from the site's catalogue.
  ValueKind column = ValueKind::text;
  // What the site holds where the canonical value is NULL. Absent: NULL itself.
  std::optional<Value> blank;
  // Text: the most UTF-16 units the column takes (Navision and SQL Server count so).
  std::optional<int> length;
  std::optional<int> scale;  // Decimals: digits after the point that the column keeps.
  // Enumerations, and texts and codes that have one: canonical name -> the site's values for it.
  // All of them are read, the first is written. No value stands for two names.
  std::map<std::string, std::vector<Value>> lookup;
  std::int64_t times = 1;  // Numbers: how many of the field's make one of the column's.
  // Dates in a column of instants: the zone whose calendar tells the day. Empty: none.
  std::string time_zone;
  std::optional<CodePage> code_page;  // Texts: the characters that the column takes.
  Folding folding;                    // Texts; the same at both sites.
  Loss loss;
  // Bound: a column that is NOT NULL never gets NULL, but the blank or a refusal.
  bool nullable = true;

  Lensed get(const Value& site) const;
  // `old` is what the site holds now; give() is for a row that is not there yet.
  Lensed put(const Value& canonical, const Value& old) const;
  Lensed give(const Value& canonical) const;
  // Whether put() gives what is there already; `canonical` is one that get() gives. Asked of every
  // field of every record several times in a cycle, so without making a value where it can.
  bool keeps(const Value& canonical, const Value& old) const;
};

// The kind of a field's canonical values; nullopt: a reference's, which depends on the key that it
// holds.
std::optional<ValueKind> canonical_kind(FieldType type);

// Whether some lens of this type reads and writes such a column (enumerations and references: every
// kind).
bool can_hold(ValueKind column, FieldType type);

// Upper and lower case, the letters of French included: 'é' and 'É'.
std::string upper_case(std::string_view text);
std::string lower_case(std::string_view text);
std::string_view trimmed(std::string_view text);  // Of blanks at both ends.
// Upper case and trimmed.
std::string fold_code(std::string_view text);
// UTF-16 units of UTF-8 text; nullopt if it is not valid UTF-8.
std::optional<std::size_t> utf16_units(std::string_view utf8);
// The longest beginning of valid UTF-8 text that has at most so many UTF-16 units; no character is
// split.
std::string_view cut_to_units(std::string_view utf8, std::size_t units);

}  // namespace miroir
