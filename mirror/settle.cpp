#include "mirror/settle.hpp"

#include <limits>

#include "mirror/marks.hpp"
#include "mirror/planted.hpp"
#include "mirror/record.hpp"

namespace miroir {
namespace {

void finish_acknowledging(SiteId site, Crew& crew, Store& store, CycleNumber cycle) {
  const SiteMark mark{store.id(), cycle};
  const auto waiting = store.unacknowledged(site);
  if (waiting.empty()) return;
  store.begin();
  note_pending(store, site, cycle);
  store.commit();
  for (const auto& ids : waiting) {
    auto answer = crew.start(site, [=](Site& s) {
      s.acknowledge(ids, mark);
      return true;
    });
    if (!crew.finish(site, answer)) return;
  }
  store.begin(Durability::ordered);
  store.clear_unacknowledged(site);
  note_confirmed(store, site, cycle);
  store.commit();
}

Delivered as_delivered(const Settled& settled, const Batch& batch) {
  Delivered delivered;
  delivered.results.assign(batch.writes.size(), WriteResult::written);
  for (const std::size_t write : settled.not_written) {
    if (!planted(Bug::marker_without_outcome)) delivered.results.at(write) = WriteResult::moved;
  }
  delivered.keys = settled.keys;
  return delivered;
}

// Since when a void marker is kept, for weeks: as long as a batch that was lost may still arrive.
CycleNumber kept_since(CycleNumber now) {
  return planted(Bug::no_fence) ? CycleNumber{std::numeric_limits<std::int64_t>::min()} : now;
}

// A marker that is still under way is a lock that is not free: worth another try.
Settled settle_surely(Site& site, BatchId id, CycleNumber now) {
  site.connect();
  Settled settled = site.settle(id, kept_since(now));
  if (settled.kind == Settled::Kind::in_doubt) {
    throw DbError{"a batch that was sent there may still be under way; the site sits this cycle out",
                  "55P03", Recovery::retry, "nothing to do: the next cycle asks again"};
  }
  return settled;
}

}  // namespace

// What happened is recorded as always, and looked at again, since nobody saw the rows. What never
// happened left the rows as they were: to read them again would cost a thin line more than the
// batch.
std::optional<SettledBatch> settle_batch(const PendingBatch& pending, Crew& crew, Store& store,
                                         const Mapping& mapping, CycleNumber cycle) {
  const Batch& batch = pending.batch;
  const auto settled = crew.finish(
      pending.site, crew.start(pending.site, [id = batch.id, cycle](Site& s) {
        return settle_surely(s, id, cycle);
      }));
  if (!settled) return std::nullopt;
  SettledBatch result{.happened = settled->kind == Settled::Kind::happened};
  store.begin();
  if (result.happened) {
    result.written = record_delivered(pending.site, batch, as_delivered(*settled, batch), store,
                                      mapping, cycle);
    reread_batch(pending.site, batch, store);
  } else {
    store.drop_batch(batch.id);
  }
  store.commit();
  return result;
}

void settle_in_doubt(Scope& scope, Crew& crew, Store& store, const Mapping& mapping,
                     CycleNumber cycle) {
  for (const PendingBatch& pending : store.batches()) {
    if (scope.here[index(pending.site)] && crew.here(pending.site))
      settle_batch(pending, crew, store, mapping, cycle);
  }
  for (const SiteId site : both_sites) {
    bool& here = scope.here[index(site)];  // What the census has braked stays out.
    if (here && crew.here(site)) finish_acknowledging(site, crew, store, cycle);
    here = here && crew.here(site);
  }
}

}  // namespace miroir
