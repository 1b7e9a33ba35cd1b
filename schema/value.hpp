// The values of mirrored columns, in a site's own form or in canonical form.
//
// NULL, '' and 0 are three different values. Two values are equal when they mean the same: decimals
// compare by value, everything else bit by bit (text by bytes: case, accents and trailing blanks
// count). Values of different kinds are never equal. There is no double: money and quantities are
// exact.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "schema/decimal.hpp"
#include "schema/instant.hpp"

namespace miroir {

struct Null {
  friend auto operator<=>(const Null&, const Null&) = default;
};

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};
std::optional<Uuid> parse_uuid(std::string_view text);  // With or without braces, any case.
std::string to_string(const Uuid& uuid);                // Lower case, with hyphens.

struct Bytes {
  std::string raw;
  friend auto operator<=>(const Bytes&, const Bytes&) = default;
};

using Value = std::variant<Null, bool, std::int64_t, Decimal, std::string, Date, Timestamp, Instant,
                           Uuid, Bytes>;

// What a column holds, besides NULL. The order is that of Value's alternatives after Null.
enum class ValueKind : std::uint8_t {
  boolean = 1,
  integer,
  decimal,
  text,
  date,
  timestamp,
  instant,
  uuid,
  bytes
};
std::string_view name_of(ValueKind kind);  // "boolean", "integer", ...

inline bool is_null(const Value& value) { return std::holds_alternative<Null>(value); }

// As a person reads it, for plans, conflicts and messages; NULL is "(nothing)", '' is "''".
std::string display(const Value& value);

// A row of a table or the fields of a record; the order is that of SiteTable::columns or
// Entity::fields.
using Row = std::vector<Value>;
// The values of a key's columns, in the order of SiteTable::key.
using Key = std::vector<Value>;
// The values of a field's columns at a site, in the order of FieldAt::columns: nearly always one.
using Cells = std::vector<Value>;

}  // namespace miroir
