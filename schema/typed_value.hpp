// A value as a person types it, in canonical form: "12.50" for a decimal, "2026-03-29" for a date.
// What `display` shows of a value is read back as that value, but for an empty text, of which it
// shows ''. Pure.
#pragma once

#include <string>

#include "schema/mapping.hpp"

namespace miroir {

// Not of references, which are typed as keys, nor of bytes, which nobody types: both are refused.
Lensed typed_value(const Field& field, const std::string& text);
// The canonical time of day is its text, with seconds; they may be left out.
Lensed typed_time_of_day(const std::string& text);

}  // namespace miroir
