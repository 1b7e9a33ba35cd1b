#include "mirror/status/cycle_chart.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace miroir {
namespace {

using nlohmann::json;

constexpr std::int64_t second = 1'000'000;
constexpr double bar_width = 10, bar_gap = 2;
// What is not nothing is seen.
constexpr double least_height = 2;

struct Raster {
  std::int64_t micros;
  std::size_t bars;
};
Raster raster_of(ChartSpan span) {
  return span == ChartSpan::day ? Raster{15 * 60 * second, 96} : Raster{2 * 3600 * second, 84};
}

void add(CycleBar& bar, const LoggedCycle& cycle, const PerSite<std::string>& sites) {
  ++bar.cycles;
  bar.failed += is_failure(cycle.outcome) ? 1 : 0;
  bar.seconds = std::max(bar.seconds, cycle.seconds);
  if (bar.outcome.empty()) bar.outcome = cycle.outcome;
  const json report = json::parse(cycle.summary, nullptr, false);
  if (!report.is_object()) return;
  const json written = report.value("delivered", json::object());
  for (const SiteId site : both_sites)
    bar.written[index(site)] += written.value(sites[index(site)], std::size_t{0});
}

double height(double value, double most, double full) {
  return value <= 0 ? 0 : std::max(least_height, full * value / most);
}

std::string shown(double number) { return fmt::format("{:.1f}", number); }

class Drawing {
 public:
  Drawing(const std::vector<CycleBar>& bars, const PerSite<std::string>& sites,
          const Speech& speech, Instant now)
      : bars_{bars}, sites_{sites}, speech_{speech}, now_{now} {
    for (const CycleBar& bar : bars) {
      for (const SiteId site : both_sites) {
        most_ = std::max(most_, bar.written[index(site)]);
        sums_[index(site)] += bar.written[index(site)];
      }
      longest_ = std::max(longest_, bar.seconds);
      cycles_ += bar.cycles;
      failed_ += bar.failed;
    }
  }

  bool is_empty() const { return cycles_ == 0; }

  json values() const {
    json all{{"width", shown(bar_width * static_cast<double>(bars_.size()))},
             {"height", shown(chart_volume_height)},
             {"middle", shown(chart_volume_height / 2)},
             {"duration_height", shown(chart_duration_height)},
             {"bars", json::array()},
             {"lines", json::array()},
             {"from", when(bars_.front())},
             {"to", when(bars_.back())},
             {"up", to(SiteId::first)},
             {"down", to(SiteId::second)},
             {"scale", speech_.say("chart.scale", most_)},
             {"longest", speech_.say("chart.longest", speech_.duration(longest_))}};
    all["failed"] = failed_ == 0 ? "" : speech_.say("chart.failed", failed_);
    all["none_failed"] = failed_ == 0 ? speech_.say("chart.none_failed") : "";
    all["description"] =
        speech_.say("chart.description", cycles_, when(bars_.front()), when(bars_.back()),
                    to(SiteId::first), to(SiteId::second), speech_.duration(longest_), failed_);
    for (std::size_t i = 0; i < bars_.size(); ++i) {
      if (bars_[i].cycles == 0) continue;
      all["bars"].push_back(drawn(bars_[i], bar_width * static_cast<double>(i)));
    }
    for (auto bar = bars_.rbegin(); bar != bars_.rend(); ++bar)
      if (bar->cycles > 0) all["lines"].push_back(line(*bar));
    return all;
  }

 private:
  std::string when(const CycleBar& bar) const {
    return speech_.since(to_string(bar.from), now_);
  }
  std::string to(SiteId site) const {
    return speech_.say("chart.to", speech_.name(sites_[index(site)]), sums_[index(site)]);
  }

  // The first site's bars stand on the middle line, the other's hang from it.
  json drawn(const CycleBar& bar, double x) const {
    const double middle = chart_volume_height / 2, most = std::max(1.0, static_cast<double>(most_));
    const double up = height(static_cast<double>(bar.written[0]), most, middle - 1);
    const double down = height(static_cast<double>(bar.written[1]), most, middle - 1);
    const double took = height(bar.seconds, std::max(longest_, 1e-9), chart_duration_height - 1);
    json one{{"x", shown(x + bar_gap / 2)},
             {"bar", shown(bar_width - bar_gap)},
             {"column", shown(x)},
             {"column_width", shown(bar_width)},
             {"up_y", shown(middle - up)},
             {"up", shown(up)},
             {"down", shown(down)},
             {"took_y", shown(chart_duration_height - took)},
             {"took", shown(took)},
             {"text", in_words(bar)}};
    one["failed"] = bar.failed > 0;
    return one;
  }

  std::string result(const CycleBar& bar) const {
    if (bar.cycles == 1) return speech_.say("outcome." + bar.outcome);
    return bar.failed == 0 ? speech_.say("chart.of_many", bar.cycles)
                           : speech_.say("chart.of_many_failed", bar.cycles, bar.failed);
  }

  std::string in_words(const CycleBar& bar) const {
    std::string text = when(bar) + " · " + result(bar) + " · " + speech_.duration(bar.seconds);
    for (const SiteId site : both_sites)
      text += " · " + speech_.say("chart.to", speech_.name(sites_[index(site)]),
                                  bar.written[index(site)]);
    return text;
  }

  json line(const CycleBar& bar) const {
    return {{"when", when(bar)},
            {"result", result(bar)},
            {"took", speech_.duration(bar.seconds)},
            {"first", bar.written[0]},
            {"second", bar.written[1]}};
  }

  const std::vector<CycleBar>& bars_;
  const PerSite<std::string>& sites_;
  const Speech& speech_;
  const Instant now_;
  std::size_t most_ = 0, cycles_ = 0, failed_ = 0;
  PerSite<std::size_t> sums_{};
  double longest_ = 0;
};

}  // namespace

ChartSpan chart_span(std::string_view name) {
  if (name == "day") return ChartSpan::day;
  return name == "week" ? ChartSpan::week : ChartSpan::last;
}

std::string_view name_of(ChartSpan span) {
  if (span == ChartSpan::last) return "last";
  return span == ChartSpan::day ? "day" : "week";
}

bool is_failure(std::string_view outcome) { return outcome != "done" && outcome != "waiting"; }

Instant chart_begin(ChartSpan span, Instant now) {
  const Raster raster = raster_of(span);
  const std::int64_t last = now.micros / raster.micros;
  return {(last + 1 - static_cast<std::int64_t>(raster.bars)) * raster.micros};
}

std::vector<CycleBar> bars_of(const std::vector<LoggedCycle>& cycles, ChartSpan span,
                              const PerSite<std::string>& sites, Instant now) {
  std::vector<CycleBar> bars;
  const Raster raster = raster_of(span);
  const Instant begin = chart_begin(span, now);
  if (span != ChartSpan::last) {
    for (std::size_t i = 0; i < raster.bars; ++i)
      bars.push_back({.from = {begin.micros + static_cast<std::int64_t>(i) * raster.micros}});
  }
  for (const LoggedCycle& cycle : cycles) {
    const auto started = parse_instant(cycle.started);
    if (!started) continue;
    if (span == ChartSpan::last) {
      if (bars.size() == chart_cycles) break;
      add(bars.emplace_back(CycleBar{.from = *started}), cycle, sites);
    } else if (started->micros >= begin.micros) {
      // A clock that has been set back leaves cycles of the future: they stand last.
      const auto at = static_cast<std::size_t>((started->micros - begin.micros) / raster.micros);
      add(bars[std::min(at, bars.size() - 1)], cycle, sites);
    }
  }
  if (span == ChartSpan::last) std::reverse(bars.begin(), bars.end());
  return bars;
}

json chart_values(const std::vector<CycleBar>& bars, ChartSpan span,
                  const PerSite<std::string>& sites, const Speech& speech, Instant now) {
  if (bars.empty()) return nullptr;
  const Drawing drawing{bars, sites, speech, now};
  if (drawing.is_empty()) return nullptr;
  json all = drawing.values();
  all["each"] = speech.say("chart.each_" + std::string{name_of(span)});
  all["first_site"] = speech.name(sites[0]);
  all["second_site"] = speech.name(sites[1]);
  return all;
}

}  // namespace miroir
