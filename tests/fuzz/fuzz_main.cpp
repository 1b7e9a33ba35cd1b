// One target for libFuzzer; MIROIR_FUZZ_TARGET says which.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const miroir::fuzz::Target& target : miroir::fuzz::targets) {
    if (target.name == MIROIR_FUZZ_TARGET) target.feed({reinterpret_cast<const char*>(data), size});
  }
  return 0;
}
