// For who keeps something of the store in memory, beside it: which records have changed since then.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "mirror/stages.hpp"

namespace miroir {

// A line of the history: its number alone is given again where the state file was put back, or
// where the last lines were erased.
struct LogMark {
  std::int64_t line = 0;  // 0: before the first.
  RecordId record{0};
  CycleNumber cycle{0};
  bool operator==(const LogMark&) const = default;
};

struct Logged {
  LogMark last;                   // With the number that was asked for, or the one before it.
  std::vector<RecordId> records;  // Each once.
};

// What was logged after the mark, up to this line; nullopt: the mark stands there no more, so
// anything may have changed. By a connection of its own; throws StoreBusy, StoreError.
std::optional<Logged> logged_after(const std::filesystem::path& state, const LogMark& mark,
                                   std::int64_t line);
// The last line up to this number.
LogMark mark_at(const std::filesystem::path& state, std::int64_t line);

}  // namespace miroir
