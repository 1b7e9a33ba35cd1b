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

Acknowledgement::Acknowledgement(const Incorporated& kept, Crew& crew, const Store& store,
                                 CycleNumber cycle)
    : cycle_{cycle} {
  const SiteMark mark{store.id(), cycle};
  for (const SiteId site : both_sites) {
    const std::vector<JournalId> read = known_rows(kept.read(site));
    if (read.empty() || !crew.here(site)) continue;
    answers_[index(site)] = crew.start(site, [read, mark](Site& s) {
      s.acknowledge(read, mark);
      return true;
    });
  }
}

void Acknowledgement::finish(Crew& crew, Store& store) {
  if (!answers_[0] && !answers_[1]) return;
  const auto done = crew.finish_both(answers_);
  // Forgotten by a power cut, they are acknowledged again: the journal never uses an id twice.
  store.begin(Durability::ordered);
  for (const SiteId site : both_sites) {
    if (!done[index(site)]) continue;
    store.clear_unacknowledged(site);
    note_confirmed(store, site, cycle_);
  }
  store.commit();
}

}  // namespace miroir
