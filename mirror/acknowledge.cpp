#include "mirror/acknowledge.hpp"

#include <algorithm>

#include "mirror/marks.hpp"
#include "mirror/planted.hpp"

namespace miroir {
namespace {

// Exactly what the heads know of. A lower number may belong to a transaction that commits later.
std::vector<JournalId> known_rows(const std::vector<JournalId>& read) {
  if (!planted(Bug::acknowledge_by_maximum) || read.empty()) return read;
  std::vector<JournalId> all;
  const JournalId last = *std::max_element(read.begin(), read.end());
  for (std::int64_t id = 1; id <= last.raw(); ++id) all.emplace_back(id);
  return all;
}

}  // namespace

void acknowledge(const Incorporated& kept, Crew& crew, Store& store, CycleNumber cycle) {
  const PerSite<std::vector<JournalId>> read{known_rows(kept.read(SiteId::first)),
                                             known_rows(kept.read(SiteId::second))};
  if (read[0].empty() && read[1].empty()) return;
  const SiteMark mark{store.id(), cycle};
  const auto done = crew.ask([=](SiteId site, Site& s) {
    if (!read[index(site)].empty()) s.acknowledge(read[index(site)], mark);
    return true;
  });
  // Forgotten by a power cut, they are acknowledged again: the journal never uses an id twice.
  store.begin(Durability::ordered);
  for (const SiteId site : both_sites) {
    if (!done[index(site)] || read[index(site)].empty()) continue;
    store.clear_unacknowledged(site);
    note_confirmed(store, site, cycle);
  }
  store.commit();
}

}  // namespace miroir
