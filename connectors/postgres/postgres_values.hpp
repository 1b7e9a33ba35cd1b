// Values as PostgreSQL writes and reads them as text, with the session's settings (ISO dates, UTC,
// hex bytea). Pure. What cannot be held exactly (NaN, infinity, years before 1 or after 9999, more
// than 38 digits, NUL in text) is refused with a DbError whose text says why without showing the
// value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schema/value.hpp"

namespace miroir::postgres {

std::optional<std::string> write_value(const Value& value);  // nullopt: NULL.
Value read_value(std::string_view text, ValueKind kind);     // `text` is not NULL.

// Appends one field of a line of COPY's text format.
void append_copy_field(std::string& line, const Value& value);

}  // namespace miroir::postgres
