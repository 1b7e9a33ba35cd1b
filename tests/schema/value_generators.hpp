// Arbitrary values for properties: every kind, with the edges of its range more often than chance
// would have them.
#pragma once

#include <rapidcheck.h>

#include "schema/value.hpp"

namespace miroir::testing {

rc::Gen<Decimal> decimals();
rc::Gen<std::string>
texts();  // Valid UTF-8: one to four bytes, blanks at the ends, quotes, control characters.
rc::Gen<Date> dates();  // Years 1 to 9999, as are the next two.
rc::Gen<Timestamp> timestamps();
rc::Gen<Instant> instants();
rc::Gen<Value> values_of(ValueKind kind);
rc::Gen<Value> values();  // Of any kind, and NULL.

inline constexpr ValueKind all_kinds[] = {
    ValueKind::boolean,   ValueKind::integer, ValueKind::decimal, ValueKind::text, ValueKind::date,
    ValueKind::timestamp, ValueKind::instant, ValueKind::uuid,    ValueKind::bytes};

// The same value written the same way: also the scale of decimals.
bool identical(const Value& a, const Value& b);

}  // namespace miroir::testing
