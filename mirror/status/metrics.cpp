// Figures for a monitoring system, as Prometheus reads them.
#include <fmt/format.h>

#include "mirror/status/banner.hpp"
#include "mirror/status/pages.hpp"

namespace miroir {
namespace {

class Metrics {
 public:
  void add(const std::string& name, const std::string& help) {
    text_ += fmt::format("# HELP miroir_{0} {1}\n# TYPE miroir_{0} gauge\n", name, help);
    name_ = name;
  }
  void value(double value, const std::string& labels = "") {
    text_ +=
        fmt::format("miroir_{}{} {}\n", name_, labels.empty() ? "" : "{" + labels + "}", value);
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_, name_;
};

}  // namespace

HttpResponse metrics_page(Visit& visit) {
  const Records records{visit};
  const Overview now = read_overview(visit.service, *visit.known, records, visit.now);
  const auto& sites = records.mapping().sites;
  Metrics metrics;
  if (now.last) {
    const auto started = parse_instant(now.last->started);
    metrics.add("last_cycle_start_seconds", "When the last cycle that has ended began.");
    metrics.value(started ? static_cast<double>(started->micros / 1'000'000) : 0);
    metrics.add("last_cycle_duration_seconds", "How long it took.");
    metrics.value(now.last->seconds);
    metrics.add("last_cycle_outcome", "1 for how it ended.");
    metrics.value(1, fmt::format("outcome=\"{}\"", now.last->outcome));
  }
  metrics.add("late", "1 while cycles have stopped.");
  metrics.value(now.late ? 1 : 0);
  metrics.add("behind_records", "Records that are still to be written at a site.");
  for (const SiteId site : both_sites)
    metrics.value(static_cast<double>(now.behind[index(site)]),
                  fmt::format("site=\"{}\"", sites[index(site)]));
  metrics.add("away", "1 while a site could not be reached.");
  for (const std::string& site : sites) {
    bool away = false;
    for (const Away& one : now.away) away = away || one.site == site;
    metrics.value(away ? 1 : 0, fmt::format("site=\"{}\"", site));
  }
  metrics.add("to_check", "Questions and refused records that wait for a person.");
  metrics.value(static_cast<double>(now.to_check));
  metrics.add("ignored", "Questions and refused records that somebody ignores until they change.");
  metrics.value(static_cast<double>(now.ignored));
  if (now.verified) {
    const auto at = parse_instant(now.verified->time);
    metrics.add("last_verify_seconds", "When everything was last compared.");
    metrics.value(at ? static_cast<double>(at->micros / 1'000'000) : 0);
    metrics.add("differences", "Records that differed then, and no cycle had seen why.");
    metrics.value(static_cast<double>(now.verified->differing()));
  }
  metrics.add("pending_requests", "What people asked of the next cycle.");
  metrics.value(static_cast<double>(now.asked));
  metrics.add("paused", "Sites and entities that a person has paused.");
  metrics.value(static_cast<double>(now.pauses.size()));
  return {.status = 200,
          .type = "text/plain; version=0.0.4; charset=utf-8",
          .body = std::move(metrics).text()};
}

}  // namespace miroir
