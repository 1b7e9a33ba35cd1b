// UTF-8, one character at a time.
#pragma once

#include <cstddef>
#include <string_view>

namespace miroir {

// The bytes of a valid sequence that starts at `i`; 0 when there is none (overlong forms,
// surrogates and code points beyond U+10FFFF are none).
std::size_t sequence_length(std::string_view text, std::size_t i);
// The character of the valid sequence that starts at `i`.
char32_t code_point(std::string_view text, std::size_t i);
// Whether every database can hold it as a text: valid UTF-8 without a NUL character.
bool is_text(std::string_view bytes);

}  // namespace miroir
