// The first meeting: claim both sites, find out which rows are one record, read everything in. What
// is behind afterwards is delivered by a cycle like any other.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "mirror/cycle.hpp"
#include "mirror/survey.hpp"

namespace miroir {
namespace {

std::string belongs_to_another(SiteId site, const SiteMark& mark, const Mapping& mapping) {
  return fmt::format(
      "{} already belongs to another miroir with another state file; if that one is lost or "
      "damaged "
      "and there is no backup of it, `miroir seed --accept '{}'` makes a new one from the two "
      "databases; if it is in use, stop one of the two",
      mapping.sites[index(site)], lost_store_id(mark.store));
}

bool is_foreign(const SiteMark& mark, const Store& store) {
  return !mark.store.empty() && mark.store != store.id();
}

// Both are looked at before either is claimed: a refusal must leave nothing behind.
std::vector<std::string> refusals(const Sites& sites, const Store& store, const Mapping& mapping,
                                  const CycleOptions& options) {
  std::vector<std::string> refused;
  for (const SiteId site : both_sites) {
    const SiteMark mark = sites[index(site)]->take_census().mark;
    if (is_foreign(mark, store) && !options.accepted.contains(lost_store_id(mark.store)))
      refused.push_back(belongs_to_another(site, mark, mapping));
  }
  return refused;
}

// More than a store has between the last batch that a site knows of and one under way there.
constexpr std::int64_t batches_in_doubt_max = 64;

// What a lost store sent last may still be under way: it is made sure that it has happened by now,
// or never will. Then the sites go over.
std::vector<std::string> take_over(const Sites& sites, Store& store, const Mapping& mapping,
                                   const CycleOptions& options) {
  std::vector<std::string> refused;
  std::set<std::string> lost;
  PerSite<SiteMark> marks;
  BatchId last;
  for (const SiteId site : both_sites) {
    const Census census = sites[index(site)]->take_census();
    marks[index(site)] = census.mark;
    if (is_foreign(census.mark, store)) last = std::max(last, census.last_batch);
  }
  for (const SiteId site : both_sites) {
    if (!is_foreign(marks[index(site)], store)) continue;
    for (std::int64_t n = 1; n <= batches_in_doubt_max && refused.empty(); ++n) {
      const Settled settled =
          sites[index(site)]->settle(BatchId{last.raw() + n}, marks[index(site)].cycle);
      if (settled.kind == Settled::Kind::in_doubt)
        refused.push_back(
            fmt::format("what the lost state file sent to {} last may still be under "
                        "way there; try again in a minute",
                        mapping.sites[index(site)]));
    }
  }
  for (const SiteId site : both_sites) {
    const std::string& before = marks[index(site)].store;
    if (!refused.empty() || !is_foreign(marks[index(site)], store)) continue;
    if (lost.insert(before).second)
      store.note({.kind = ActKind::accept,
                  .actor = {options.accepted_by, options.started},
                  .about = lost_store_id(before)});
    sites[index(site)]->take_over(before, {store.id(), CycleNumber{0}});
  }
  return refused;
}

std::vector<std::string> claim(const Sites& sites, const Store& store, const Mapping& mapping) {
  std::vector<std::string> refused;
  for (const SiteId site : both_sites) {
    const bool ours = sites[index(site)]->claim({store.id(), CycleNumber{0}});
    if (!ours)
      refused.push_back(belongs_to_another(site, sites[index(site)]->take_census().mark, mapping));
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

constexpr const char* preferred = "preferred";

bool prefers(const Store& store, std::optional<SiteId> site) {
  return std::all_of(std::begin(both_sites), std::end(both_sites), [&](SiteId each) {
    return store.remembered(each, preferred).value_or("") == (each == site ? "1" : "");
  });
}

// What was decided by another preference has delivered nothing yet.
void begin_anew(Store& store, const Mapping& mapping, std::optional<SiteId> prefer) {
  store.begin();
  if (store.surveyed()) store.start_over(mapping);
  for (const SiteId site : both_sites) store.remember(site, preferred, site == prefer ? "1" : "");
  store.commit();
}

}  // namespace

std::string lost_store_id(const std::string& store) { return "lost:" + store; }

SeedReport seed(const Sites& sites, Store& store, const Mapping& mapping,
                const CycleOptions& options) {
  for (Site* site : sites) site->connect();
  SeedReport report = count_rows(sites, mapping);
  report.refusals = refusals(sites, store, mapping, options);
  if (!report.refusals.empty()) return report;
  if (options.writes == Writes::allowed)
    report.refusals = take_over(sites, store, mapping, options);
  if (!report.refusals.empty()) return report;
  if (options.writes == Writes::allowed) report.refusals = claim(sites, store, mapping);
  if (!report.refusals.empty()) return report;
  if (!store.surveyed() || !prefers(store, options.prefer)) {
    begin_anew(store, mapping, options.prefer);
    survey_sites(sites, store, mapping, options);
  }
  CycleOptions reading = options;
  reading.extent = Extent::reading;
  report.read = run_cycle(sites, store, mapping, reading);
  if (!report.read.is_cut() && options.writes == Writes::allowed) store.set_seeded();
  return report;
}

}  // namespace miroir
