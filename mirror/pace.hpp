// How much goes over a line at a time. A piece that a cut interrupts is sent again as a whole, so it
// must be small enough to get through between two cuts; a fast line should not wait for the end of
// many small ones. A piece that took under three seconds makes the next twice as large, one of more
// than six half as large; one that was much smaller than allowed tells nothing of a large one.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace miroir {

class Pace {
 public:
  // In bytes: of the first piece, and the most that any may have.
  Pace(std::size_t first, std::size_t max) : bytes_{first}, max_{max} {}

  void took(std::size_t bytes, std::chrono::steady_clock::duration time) {
    constexpr std::chrono::seconds soon{3}, late{6};
    constexpr std::size_t min = 10'000;
    if (time < soon && bytes > bytes_ / 2) bytes_ = std::min(bytes_ * 2, max_);
    if (time > late) bytes_ = std::max(bytes_ / 2, min);
  }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_, max_;
};

}  // namespace miroir
