// What the driver did to the pair, as it did it: counted by kind, and written to a file with the
// time. Any thread.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "tests/turmoil/book.hpp"

namespace miroir::turmoil {

// Kinds that count as faults when a minute is judged.
inline constexpr const char* fault_kinds[]{"kill",      "cut",  "restart", "backend killed",
                                           "disk full", "hold", "slow",    "row broken"};

class Diary {
 public:
  Diary(const std::filesystem::path& file, const Book& book) : out_{file}, book_{book} {}

  void note(const std::string& kind, const std::string& text, std::size_t how_many = 1) {
    const std::scoped_lock lock{mutex_};
    const double now = book_.now();
    // A server's message may have further lines.
    out_ << now << " s: " << kind << ": " << text.substr(0, text.find('\n')) << '\n' << std::flush;
    counts_[kind] += how_many;
    for (std::size_t n = 0; n < how_many; ++n) times_[kind].push_back(now);
  }
  std::size_t count(const std::string& kind) const {
    const std::scoped_lock lock{mutex_};
    const auto found = counts_.find(kind);
    return found == counts_.end() ? 0 : found->second;
  }
  // How often something of these kinds was noted in [from, to).
  template <class Kinds>
  std::size_t count(const Kinds& kinds, double from, double to) const {
    const std::scoped_lock lock{mutex_};
    std::size_t sum = 0;
    for (const char* kind : kinds) {
      const auto found = times_.find(kind);
      if (found == times_.end()) continue;
      for (const double time : found->second) sum += time >= from && time < to ? 1 : 0;
    }
    return sum;
  }

 private:
  mutable std::mutex mutex_;
  std::ofstream out_;
  const Book& book_;
  std::map<std::string, std::size_t> counts_;
  std::map<std::string, std::vector<double>> times_;
};

}  // namespace miroir::turmoil
