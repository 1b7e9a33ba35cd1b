#include <fmt/core.h>

#include "mirror/crew.hpp"
#include "mirror/cycle.hpp"

namespace miroir {
namespace {

SeedReport count_rows(const Sites& sites, const Mapping& mapping) {
  SeedReport report;
  for (const Entity& entity : mapping.entities) {
    PerSite<std::size_t> rows{};
    for (const SiteId site : both_sites) rows[index(site)] = sites[index(site)]->count(entity.id);
    report.counts.emplace_back(entity.id, rows);
    if (rows[0] == 0 || rows[1] == 0) continue;
    report.refusals.push_back(
        fmt::format("{} has rows on both sides ({} at {}, {} at {}); one side must be empty",
                    entity.name, rows[0], mapping.sites[0], rows[1], mapping.sites[1]));
  }
  return report;
}

std::string belongs_to_another(SiteId site, const Mapping& mapping) {
  return fmt::format(
      "{} already belongs to another miroir with another state file; stop that one, or run `miroir "
      "uninstall` and `miroir install` there first",
      mapping.sites[index(site)]);
}

// Both are looked at before either is claimed: a refusal must leave nothing behind.
void claim(const Sites& sites, const Store& store, const Mapping& mapping, SeedReport& report) {
  for (const SiteId site : both_sites) {
    const SiteMark mark = sites[index(site)]->take_census().mark;
    if (!mark.store.empty() && mark.store != store.id())
      report.refusals.push_back(belongs_to_another(site, mapping));
  }
  if (!report.refusals.empty()) return;
  for (const SiteId site : both_sites) {
    const bool ours = sites[index(site)]->claim({store.id(), CycleNumber{0}});
    if (!ours) report.refusals.push_back(belongs_to_another(site, mapping));
  }
}

// The roots are put on the re-read list in one transaction: either all are, or seeding starts
// again.
void list_everything(const Sites& sites, Store& store, const Mapping& mapping,
                     const CycleOptions& options) {
  store.begin();
  try {
    for (const Entity& entity : mapping.entities) {
      if (entity.is_part()) continue;
      for (const SiteId site : both_sites) {
        const SiteTable& table = entity.table[index(site)];
        std::size_t rows = 0;
        sites[index(site)]->scan(entity.id, [&](Row&& row) {
          store.reread(site, entity.id, table.key_of(row));
          if (++rows % 1000 == 0) options.progress({"listing " + entity.name, rows, 0});
        });
      }
    }
    store.set_seeded();
    store.commit();
  } catch (...) {
    store.rollback();
    throw;
  }
}

}  // namespace

SeedReport begin_seed(const Sites& sites, Store& store, const Mapping& mapping,
                      const CycleOptions& options) {
  for (Site* site : sites) site->connect();
  SeedReport report = count_rows(sites, mapping);
  if (!report.refusals.empty() || options.writes == Writes::forbidden) return report;
  claim(sites, store, mapping, report);
  if (report.refusals.empty()) list_everything(sites, store, mapping, options);
  return report;
}

}  // namespace miroir
