// Values of the mapping file, as the columns hold them.
#pragma once

#include <optional>

#include "schema/value.hpp"

namespace miroir {

// A value as the mapping writes it, as the column holds it; nullopt: it does not fit. What is of
// the column's kind already stays: binding twice does no harm.
std::optional<Value> bound(const Value& written, ValueKind kind);
// "a whole number, as 0"
const char* example(ValueKind kind);

}  // namespace miroir
