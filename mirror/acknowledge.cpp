#include "mirror/acknowledge.hpp"

#include "mirror/marks.hpp"

namespace miroir {

void acknowledge(const Incorporated& kept, Crew& crew, Store& store, CycleNumber cycle) {
  const PerSite<std::vector<JournalId>> read{kept.read(SiteId::first), kept.read(SiteId::second)};
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
