// What the store keeps of rows and values carries a checksum of itself: a flipped bit is recognised
// when it is read, before anything is decided by it. Pages that SQLite itself finds damaged do not
// get so far.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "mirror/state/store_error.hpp"

namespace miroir {

inline constexpr std::size_t seal_size = 4;

// FNV-1a: any single changed byte changes it.
constexpr std::uint32_t checksum(std::string_view bytes) {
  std::uint32_t sum = 2'166'136'261U;
  for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 16'777'619U;
  return sum;
}

inline std::string sealed(std::string whole) {
  for (std::uint32_t sum = checksum(whole), n = 0; n < seal_size; ++n, sum >>= 8U)
    whole += static_cast<char>(sum & 0xffU);
  return whole;
}

inline bool is_sealed(std::string_view whole) {
  if (whole.size() < seal_size) return false;
  std::uint32_t sum = checksum(whole.substr(0, whole.size() - seal_size));
  for (const char c : whole.substr(whole.size() - seal_size)) {
    if (static_cast<unsigned char>(c) != (sum & 0xffU)) return false;
    sum >>= 8U;
  }
  return true;
}

// A number that the store keeps as text, where only this program writes.
inline std::int64_t kept_number(const std::string& text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [read_to, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || read_to != end) throw damaged("there is no number where one was kept");
  return number;
}

}  // namespace miroir
