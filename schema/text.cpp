// What lenses need to know of UTF-8: upper case for codes, and lengths as SQL Server counts them.
#include <cstdint>

#include "schema/lens.hpp"

namespace miroir {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

// Upper case within Latin-1 Supplement and Latin Extended-A, by their code points; everything else
// stays. The result always lies in the same two-byte range, so that folding never changes a text's
// length. The letters without a capital there (sharp s, dotless i, kra, the long s ...) stay as
// they are.
constexpr std::uint32_t upper(std::uint32_t c) {
  if (c >= 0xE0 && c <= 0xFE && c != 0xF7) return c - 0x20;
  if (c == 0xFF) return 0x178;
  const bool capital_is_even =
      (c >= 0x100 && c <= 0x12F) || (c >= 0x132 && c <= 0x137) || (c >= 0x14A && c <= 0x177);
  if (capital_is_even) return c & ~1u;
  const bool capital_is_odd = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
  if (capital_is_odd) return (c - 1) | 1u;
  return c;
}
static_assert(upper(0xE9) == 0xC9);    // e acute
static_assert(upper(0x153) == 0x152);  // oe
static_assert(upper(0x17E) == 0x17D && upper(0x17D) == 0x17D);
static_assert(upper(0xD7) == 0xD7 && upper(0xF7) == 0xF7);  // The signs for times and divided by.

// The bytes of a valid UTF-8 sequence that starts at `i`; 0 when there is none (overlong forms,
// surrogates and code points beyond U+10FFFF are none).
std::size_t sequence_length(std::string_view text, std::size_t i) {
  const std::uint8_t lead = byte_at(text, i);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() - i < length) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte_at(text, i + k) & 0xC0) != 0x80) return 0;
  }
  const std::uint8_t second = byte_at(text, i + 1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool surrogate = lead == 0xED && second >= 0xA0;
  const bool beyond = lead == 0xF4 && second >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

}  // namespace

std::string fold_code(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  text = text.substr(first, text.find_last_not_of(' ') - first + 1);
  std::string out{text};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint8_t lead = byte_at(out, i);
    if (out[i] >= 'a' && out[i] <= 'z') out[i] = static_cast<char>(out[i] - 'a' + 'A');
    if (lead < 0xC3 || lead > 0xC5 || sequence_length(out, i) != 2) continue;
    const std::uint32_t capital = upper((lead & 0x1Fu) << 6 | (byte_at(out, i + 1) & 0x3Fu));
    out[i] = static_cast<char>(0xC0 | capital >> 6);
    out[i + 1] = static_cast<char>(0x80 | (capital & 0x3F));
    ++i;
  }
  return out;
}

std::optional<std::size_t> utf16_units(std::string_view utf8) {
  std::size_t units = 0;
  for (std::size_t i = 0; i < utf8.size();) {
    const std::size_t length = sequence_length(utf8, i);
    if (length == 0) return std::nullopt;
    units += length == 4 ? 2 : 1;
    i += length;
  }
  return units;
}

std::string_view cut_to_units(std::string_view utf8, std::size_t units) {
  std::size_t i = 0;
  while (i < utf8.size()) {
    const std::size_t length = sequence_length(utf8, i);
    const std::size_t taken = length == 4 ? 2 : 1;
    if (length == 0 || taken > units) break;
    units -= taken;
    i += length;
  }
  return utf8.substr(0, i);
}

}  // namespace miroir
