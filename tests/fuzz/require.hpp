// A promise that a target holds a reader to.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace miroir::fuzz {

inline void require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace miroir::fuzz
