#include "mirror/site_delivery.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "mirror/incorporate.hpp"
#include "mirror/lensing.hpp"
#include "mirror/plan.hpp"
#include "mirror/record.hpp"

namespace miroir {

SiteDelivery::SiteDelivery(SiteId site, const Scope& scope, Store& store, const Mapping& mapping,
                           const CycleOptions& options, CycleNumber cycle)
    : site_{site}, store_{store}, mapping_{mapping}, options_{options}, cycle_{cycle} {
  for (const Entity& entity : mapping.entities) {
    if (!entity.is_part() && !scope.sitting_out.contains(entity.id.raw()))
      phases_.push_back({entity.id, false, false});
  }
  const std::vector<Phase> alive = phases_;
  for (auto phase = alive.rbegin(); phase != alive.rend(); ++phase) {
    if (!scope.not_deleting.contains(phase->entity.raw()))
      phases_.push_back({phase->entity, true, false});
  }
  // Once more: a key that a deletion has just freed can be given to a new record now.
  for (const Phase& phase : alive) phases_.push_back({phase.entity, false, true});
}

std::optional<Batch> SiteDelivery::next() {
  while (auto piece = next_piece()) {
    if (auto batch = make_batch(*piece)) return batch;
  }
  return std::nullopt;
}

std::optional<SiteDelivery::Piece> SiteDelivery::next_piece() {
  if (!pieces_.empty()) {
    Piece piece = std::move(pieces_.front());
    pieces_.pop_front();
    return piece;
  }
  for (; phase_ < phases_.size(); ++phase_, after_ = RecordId{}) {
    const Phase& phase = phases_[phase_];
    if (phase.again && (options_.writes == Writes::forbidden)) continue;
    auto roots = store_.behind(site_, phase.entity, phase.gone, after_, cycle_,
                               options_.limits.batch_aggregates);
    if (phase.again) std::erase_if(roots, [&](RecordId root) { return !waiting_.contains(root); });
    if (roots.empty()) continue;
    after_ = roots.back();
    return Piece{phase.entity, std::move(roots)};
  }
  return std::nullopt;
}

std::optional<Batch> SiteDelivery::make_batch(const Piece& piece) {
  Batch batch;
  batch.cycle = cycle_;
  batch.store = store_.id();
  batch.entity = piece.entity;
  batch.forget_to = store_.last_recorded(site_);
  store_.begin();
  try {
    for (const RecordId root : piece.roots) plan_root(root, batch);
    if (!batch.writes.empty()) {
      batch.id = store_.next_batch();
      if (options_.writes == Writes::allowed) store_.put_batch(site_, batch);
    }
    store_.commit();
  } catch (...) {
    store_.rollback();
    throw;
  }
  if (batch.writes.empty() || options_.writes == Writes::forbidden) return std::nullopt;
  return batch;
}

void SiteDelivery::plan_root(RecordId root, Batch& batch) {
  const std::vector<RecordState>& states = store_.remembered_aggregate(root);
  Links links;
  for (const RecordState& state : states) load_links(links, state, store_, mapping_);
  Planned planned = plan_aggregate(states, root, site_, links, mapping_);
  if (const auto* write = std::get_if<AggregateWrite>(&planned)) {
    if (auto taken = key_is_taken(*write)) planned = std::move(*taken);
  }
  options_.planned(site_, batch.entity, root, planned);
  if (auto* ready = std::get_if<AggregateWrite>(&planned)) {
    waiting_.erase(root);
    batch.writes.push_back(std::move(*ready));
  } else if (const auto* refused = std::get_if<Refused>(&planned)) {
    store_.set_aside_write(site_, root, refused->reason, cycle_);
  } else if (std::holds_alternative<Waits>(planned)) {
    waiting_.insert(root);
  } else {
    for (const RecordState& state : store_.take_aggregate(root))
      store_.put(state, behind_at(state, links, mapping_));
  }
}

std::optional<Planned> SiteDelivery::key_is_taken(const AggregateWrite& write) const {
  for (const RowChange& change : write.rows) {
    if (change.op != WriteOp::insert) continue;
    const auto owner = store_.find(site_, change.entity, change.key);
    if (!owner || *owner == change.record || !store_.presence(*owner).there[index(site_)]) continue;
    if (store_.record(*owner)->gone)
      return Waits{"its key still belongs to a record that is being deleted"};
    return Refused{fmt::format("its key, {}, belongs to another {} there: give that one another",
                               display_key(change.key), mapping_.entity(change.entity).name)};
  }
  return std::nullopt;
}

// Forgotten by a power cut, it is settled from the batch's marker, which stays until the store has
// synced a later batch.
void SiteDelivery::delivered(const Batch& batch, const Delivered& result) {
  store_.begin(Durability::ordered);
  try {
    written_ += record_delivered(site_, batch, result, store_, mapping_, cycle_);
    store_.commit();
  } catch (...) {
    store_.rollback();
    throw;
  }
}

void SiteDelivery::failed(const Batch& batch, const DbError& error) {
  store_.begin();
  if (batch.writes.size() == 1) {
    const bool busy = error.recovery() == Recovery::retry;
    if (!busy) store_.set_aside_write(site_, batch.writes.front().root, error.what(), cycle_);
    reread_batch(site_, batch, store_);
  } else {
    std::vector<RecordId> roots;
    for (const AggregateWrite& write : batch.writes) roots.push_back(write.root);
    const auto middle = roots.begin() + static_cast<std::ptrdiff_t>(roots.size() / 2);
    pieces_.push_front({batch.entity, {middle, roots.end()}});
    pieces_.push_front({batch.entity, {roots.begin(), middle}});
  }
  store_.drop_batch(batch.id);
  store_.commit();
}

}  // namespace miroir
