// What lenses need to know of UTF-8: upper case for codes, and lengths as SQL Server counts them.
#include <cstdint>

#include "schema/lens.hpp"
#include "schema/utf8.hpp"

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

// The other way, for the same letters.
constexpr std::uint32_t lower(std::uint32_t c) {
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 0x20;
  if (c == 0x178) return 0xFF;
  const std::uint32_t next = c + 1;
  return next >= 0x100 && next <= 0x17F && upper(next) == c && upper(c) == c ? next : c;
}
static_assert(lower(0xC9) == 0xE9 && lower(0x152) == 0x153 && lower(0x17D) == 0x17E);
static_assert(lower(0xE9) == 0xE9 && lower(0x153) == 0x153 && lower(0xFF) == 0xFF);
static_assert(lower(0xD7) == 0xD7 && lower(0xDF) == 0xDF && lower(0x131) == 0x131);

using Fold = std::uint32_t (*)(std::uint32_t);

// ASCII and the letters above; the rest stays. No text changes its length.
std::string fold_letters(std::string_view text, char first, char last, int step, Fold fold) {
  std::string out{text};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint8_t lead = byte_at(out, i);
    if (out[i] >= first && out[i] <= last) out[i] = static_cast<char>(out[i] + step);
    if (lead < 0xC3 || lead > 0xC5 || sequence_length(out, i) != 2) continue;
    const std::uint32_t folded = fold((lead & 0x1Fu) << 6 | (byte_at(out, i + 1) & 0x3Fu));
    out[i] = static_cast<char>(0xC0 | folded >> 6);
    out[i + 1] = static_cast<char>(0x80 | (folded & 0x3F));
    ++i;
  }
  return out;
}

}  // namespace

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

char32_t code_point(std::string_view text, std::size_t i) {
  const std::size_t length = sequence_length(text, i);
  if (length <= 1) return byte_at(text, i);
  char32_t out = byte_at(text, i) & (0xFFu >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) out = out << 6 | (byte_at(text, i + k) & 0x3Fu);
  return out;
}

bool is_text(std::string_view bytes) {
  // Nearly all is plain ASCII: found out with a loop that the compiler can do many bytes at a time.
  bool plain = true;
  for (const char byte : bytes) plain &= static_cast<signed char>(byte) > 0;
  if (plain) return true;
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = bytes[i] == '\0' ? 0 : sequence_length(bytes, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string upper_case(std::string_view text) {
  return fold_letters(text, 'a', 'z', 'A' - 'a', upper);
}
std::string lower_case(std::string_view text) {
  return fold_letters(text, 'A', 'Z', 'a' - 'A', lower);
}
std::string fold_code(std::string_view text) { return upper_case(trimmed(text)); }

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
