// The first meeting: claim both sites, find out which rows are one record, read everything in. What
// is behind afterwards is delivered by a cycle like any other.
#include <fmt/core.h>

#include "mirror/cycle.hpp"
#include "mirror/survey.hpp"

namespace miroir {
namespace {

std::string belongs_to_another(SiteId site, const Mapping& mapping) {
  return fmt::format(
      "{} already belongs to another miroir with another state file; stop that one, or run `miroir "
      "uninstall` and `miroir install` there first",
      mapping.sites[index(site)]);
}

// Both are looked at before either is claimed: a refusal must leave nothing behind.
std::vector<std::string> refusals(const Sites& sites, const Store& store, const Mapping& mapping) {
  std::vector<std::string> refused;
  for (const SiteId site : both_sites) {
    const SiteMark mark = sites[index(site)]->take_census().mark;
    if (!mark.store.empty() && mark.store != store.id())
      refused.push_back(belongs_to_another(site, mapping));
  }
  return refused;
}

std::vector<std::string> claim(const Sites& sites, const Store& store, const Mapping& mapping) {
  std::vector<std::string> refused;
  for (const SiteId site : both_sites) {
    const bool ours = sites[index(site)]->claim({store.id(), CycleNumber{0}});
    if (!ours) refused.push_back(belongs_to_another(site, mapping));
  }
  return refused;
}

SeedReport count_rows(const Sites& sites, const Mapping& mapping) {
  SeedReport report;
  for (const Entity& entity : mapping.entities) {
    PerSite<std::size_t> rows{};
    for (const SiteId site : both_sites) rows[index(site)] = sites[index(site)]->count(entity.id);
    report.counts.emplace_back(entity.id, rows);
  }
  return report;
}

}  // namespace

SeedReport seed(const Sites& sites, Store& store, const Mapping& mapping,
                const CycleOptions& options) {
  for (Site* site : sites) site->connect();
  SeedReport report = count_rows(sites, mapping);
  report.refusals = refusals(sites, store, mapping);
  if (!report.refusals.empty()) return report;
  if (options.writes == Writes::allowed) report.refusals = claim(sites, store, mapping);
  if (!report.refusals.empty()) return report;
  if (!store.surveyed()) survey_sites(sites, store, mapping, options);
  CycleOptions reading = options;
  reading.extent = Extent::reading;
  report.read = run_cycle(sites, store, mapping, reading);
  if (!report.read.is_cut() && options.writes == Writes::allowed) store.set_seeded();
  return report;
}

}  // namespace miroir
