// How much of a line a value takes, about: to keep what goes over it at a time small.
#pragma once

#include "schema/value.hpp"

namespace miroir {

inline std::size_t size_of(const Value& value) {
  constexpr std::size_t number_or_time = 8;
  if (is_null(value)) return 1;
  if (const auto* text = std::get_if<std::string>(&value)) return text->size() + 1;
  if (const auto* bytes = std::get_if<Bytes>(&value)) return bytes->raw.size() + 1;
  return number_or_time;
}

}  // namespace miroir
