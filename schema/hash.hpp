// A short name for a text: the same on every machine and in every version. It guards against
// mistakes, not against forgery.
#pragma once

#include <string>
#include <string_view>

namespace miroir {

std::string hex_hash(std::string_view bytes);  // 16 digits.

}  // namespace miroir
