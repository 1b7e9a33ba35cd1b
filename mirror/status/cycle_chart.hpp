// Cycles over time, as bars: what was written to each site, how long it took, which failed. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "mirror/state/logged.hpp"
#include "mirror/status/speech.hpp"

namespace miroir {

// The last cycles, a bar for each; or so much time up to now, a bar for each part of it.
enum class ChartSpan : std::uint8_t { last, day, week };
ChartSpan chart_span(std::string_view name);  // "last", "day", "week"; the first for anything else.
std::string_view name_of(ChartSpan span);

struct CycleBar {
  Instant from;
  std::size_t cycles = 0, failed = 0;  // Failed: also those that a brake or a lost line cut short.
  PerSite<std::size_t> written{};
  double seconds = 0;   // Of the longest.
  std::string outcome{};  // Of the last one; "": there was none.
};

inline constexpr std::size_t chart_cycles = 48;
// When the first bar begins, if the span is one of time.
Instant chart_begin(ChartSpan span, Instant now);
// Whether a cycle that ended so is drawn as one that failed.
bool is_failure(std::string_view outcome);
// `cycles`: the last one first, at least as far back as the chart goes. From left to right.
std::vector<CycleBar> bars_of(const std::vector<LoggedCycle>& cycles, ChartSpan span,
                              const PerSite<std::string>& sites, Instant now);

// For the template: shapes in a box of `width` by the heights below, sums and scales in words, and
// the same as lines of a table. null where there is nothing to draw.
inline constexpr double chart_volume_height = 100, chart_duration_height = 40;
nlohmann::json chart_values(const std::vector<CycleBar>& bars, ChartSpan span,
                            const PerSite<std::string>& sites, const Speech& speech, Instant now);

}  // namespace miroir
