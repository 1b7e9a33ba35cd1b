#include "schema/hash.hpp"

#include <fmt/core.h>

#include <cstdint>

namespace miroir {

// FNV-1a.
std::string hex_hash(std::string_view bytes) {
  std::uint64_t h = 0xcbf29ce484222325u;
  for (const char c : bytes) {
    h ^= static_cast<unsigned char>(c);
    h *= 0x100000001b3u;
  }
  return fmt::format("{:016x}", h);
}

}  // namespace miroir
