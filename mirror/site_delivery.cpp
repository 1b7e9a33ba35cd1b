#include "mirror/site_delivery.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mirror/incorporate.hpp"
#include "mirror/lensing.hpp"
#include "mirror/marks.hpp"
#include "mirror/own_links.hpp"
#include "mirror/plan.hpp"
#include "mirror/planted.hpp"
#include "mirror/record.hpp"
#include "mirror/sizes.hpp"
#include "mirror/taken_over.hpp"

namespace miroir {

namespace {

std::size_t bytes_of(const AggregateWrite& write) {
  constexpr std::size_t place = 5;  // Of a value, empty or not, in a prepared statement.
  std::size_t bytes = 0;
  for (const RowChange& change : write.rows) {
    bytes += place * (change.key.size() + 2 * change.columns.size() + change.compared.size());
    for (const Row* row : {&change.key, &change.expected, &change.given}) {
      for (const Value& value : *row) bytes += is_null(value) ? 0 : size_of(value);
    }
  }
  return bytes;
}

std::vector<RecordId> roots_of(const Batch& batch) {
  std::vector<RecordId> roots;
  for (const AggregateWrite& write : batch.writes) roots.push_back(write.root);
  return roots;
}

}  // namespace

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
  again_ = phases_.size();
  for (const Phase& phase : alive) phases_.push_back({phase.entity, false, true});
  for (const Phase& phase : alive) {
    const bool gone_too = refers_to_itself(mapping.entity(phase.entity), mapping) &&
                          !scope.not_deleting.contains(phase.entity.raw());
    if (gone_too) phases_.push_back({phase.entity, true, true});
  }
  if (store.count_behind(site) == 0) phase_ = phases_.size();
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
  for (; phase_ < phases_.size() || look_again(); ++phase_, after_ = RecordId{}, more_ = true) {
    const Phase& phase = phases_[phase_];
    if (phase.again && (options_.writes == Writes::forbidden || waiting_.empty())) continue;
    while (more_) {
      auto roots = store_.behind(site_, phase.entity, phase.gone, after_, cycle_,
                                 options_.limits.batch_aggregates);
      more_ = roots.size() == options_.limits.batch_aggregates;
      if (more_) after_ = roots.back();
      if (phase.again)
        std::erase_if(roots, [&](RecordId root) { return !waiting_.contains(root); });
      if (!roots.empty()) return Piece{phase.entity, std::move(roots)};
    }
  }
  return std::nullopt;
}

// What was written in the last round may be what others wait for.
bool SiteDelivery::look_again() {
  if (waiting_.empty() || written_ == written_before_ || again_ == phases_.size()) return false;
  written_before_ = written_;
  phase_ = again_;
  return true;
}

std::optional<Batch> SiteDelivery::make_batch(const Piece& piece) {
  Batch batch;
  batch.cycle = cycle_;
  batch.store = store_.id();
  batch.entity = piece.entity;
  batch.forget_to = store_.last_recorded(site_);
  store_.begin();
  try {
    batch_bytes_ = 0;
    const std::set<RecordId> later = left_to_next_cycle(piece);
    for (auto root = piece.roots.begin(); root != piece.roots.end(); ++root) {
      if (given_up_.contains(*root) || later.contains(*root)) continue;
      const std::size_t before = batch.writes.size();
      plan_root(*root, batch);
      if (batch.writes.size() > before) batch_bytes_ += bytes_of(batch.writes.back());
      const bool is_full = batch_bytes_ >= pace_.bytes() || (is_probing() && !batch.writes.empty());
      if (!is_full || piece.step || root + 1 == piece.roots.end()) continue;
      pieces_.push_front({piece.entity, {root + 1, piece.roots.end()}, {}});
      break;
    }
    if (piece.step) batch.writes.push_back(*piece.step);
    is_step_ = piece.step.has_value();
    if (!batch.writes.empty()) {
      batch.id = store_.next_batch();
      if (planted(Bug::missing_marker)) batch.forget_to = batch.id;
      if (options_.writes == Writes::allowed) {
        store_.put_batch(site_, batch);
        note_pending(store_, site_, cycle_);
      }
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
  const bool own_links = refers_to_itself(mapping_.entity(batch.entity), mapping_);
  const bool circle = own_links && waits_in_circle(root);
  Planned planned = plan_aggregate(states, root, site_, links, mapping_,
                                   circle ? OwnLinks::empty : OwnLinks::as_they_are);
  if (own_links && !circle && is_referred_to(root))
    planned = Waits{"others that are deleted with it refer to it"};
  if (const auto* write = std::get_if<AggregateWrite>(&planned)) {
    if (auto taken = key_is_taken(*write)) {
      planned = std::move(*taken);
    } else if (removes_unread(*write, site_, store_, mapping_) ||
               goes_over_a_move(*write, site_, store_, mapping_)) {
      planned = Waits{"its row is read again first: whom it refers to is another by now"};
    }
  }
  options_.planned(site_, batch.entity, root, planned);
  if (auto* ready = std::get_if<AggregateWrite>(&planned)) {
    waiting_.erase(root);
    key_holders_.erase(root);
    if (circle) waiting_.insert(root);  // For its links to be filled in, or to be deleted.
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

// Whether the links of a record to others of its entity lead back to it.
bool SiteDelivery::waits_in_circle(RecordId root) const {
  std::set<RecordId> seen;
  std::vector<RecordId> next = own_parents(root);
  while (!next.empty()) {
    const RecordId id = next.back();
    next.pop_back();
    if (id == root) return true;
    if (!seen.insert(id).second) continue;
    for (const RecordId parent : own_parents(id)) next.push_back(parent);
  }
  return false;
}

std::vector<RecordId> SiteDelivery::own_parents(RecordId root) const {
  std::vector<RecordId> parents;
  const auto entity = store_.record(root)->entity;
  for (const RecordState& state : store_.aggregate(root)) {
    for (const RecordId parent : parents_of(state, mapping_.entity(state.entity))) {
      if (store_.record(parent)->entity == entity) parents.push_back(parent);
    }
  }
  return parents;
}

// A deleted record whose row at the site others of its entity still refer to, which go as well.
bool SiteDelivery::is_referred_to(RecordId root) const {
  const auto state = store_.record(root);
  if (!state->gone) return false;
  for (const RecordId child : store_.referrers(root, false)) {
    const auto other = store_.record(child);
    const bool own = other->root != root &&
                     mapping_.entity(other->entity).root.value_or(other->entity) == state->entity;
    if (own && other->gone && other->shadow[index(site_)]) return true;
  }
  return false;
}

std::optional<Planned> SiteDelivery::key_is_taken(const AggregateWrite& write) {
  for (const RowChange& change : write.rows) {
    if (change.op != WriteOp::insert) continue;
    const auto owner = store_.find(site_, change.entity, change.key);
    if (!owner || *owner == change.record || !store_.presence(*owner).there[index(site_)]) continue;
    const std::string& name = mapping_.entity(change.entity).name;
    if (!store_.record(*owner)->gone)
      return Refused{
          fmt::format("its key, {}, belongs to another {} there, {}: give that one another",
                      display_key(change.key), name, name_of(*owner))};
    key_holders_[change.record] = *owner;
    if (const auto referrer = waits_for_itself(change.record))
      return Refused{fmt::format(
          "its key, {}, belongs to a deleted {} there, to which {} refers until this one is "
          "there: give that one another",
          display_key(change.key), name, name_of(*referrer))};
    return Waits{"its key still belongs to a record that is being deleted"};
  }
  return std::nullopt;
}

// A record waits for the deleted one that has its key, that one for whoever still refers to it
// there, and who does for those whom it is to refer to. The one that waits for this record, if the
// way leads back to it: then nothing moves by itself.
std::optional<RecordId> SiteDelivery::waits_for_itself(RecordId record) const {
  std::set<RecordId> seen;
  std::vector<RecordId> next{record};
  while (!next.empty()) {
    const auto holder = key_holders_.find(next.back());
    next.pop_back();
    if (holder == key_holders_.end() || !seen.insert(holder->first).second) continue;
    for (const RecordId referrer : store_.row_referrers(site_, holder->second)) {
      const auto state = store_.record(referrer);
      if (state->gone) continue;
      for (const RecordId parent : parents_of(*state, mapping_.entity(state->entity))) {
        if (parent == record) return referrer;
        next.push_back(parent);
      }
    }
  }
  return std::nullopt;
}

// Forgotten by a power cut, it is settled from the batch's marker, which stays until the store has
// synced a later batch.
void SiteDelivery::delivered(const Batch& batch, const Delivered& result) {
  store_.begin(Durability::ordered);
  try {
    written_ += record_delivered(site_, batch, result, store_, mapping_, cycle_);
    for (std::size_t i = 0; i < result.results.size(); ++i) {
      if (result.results[i] == WriteResult::taken) tell_if_unknown(batch.writes.at(i));
    }
    store_.commit();
  } catch (...) {
    store_.rollback();
    throw;
  }
  for (std::size_t i = 0; i < result.results.size(); ++i) {
    if (result.results[i] != WriteResult::written) continue;
    suspects_.passed(batch.writes.at(i));
    end_late();
  }
}

// Who has the key of a new record is not known to the store nor to the journal: no cycle reads him,
// and the record would be tried in every one. The database may compare keys less strictly than we.
void SiteDelivery::tell_if_unknown(const AggregateWrite& write) {
  const RowChange& change = write.rows.front();
  const auto owner = store_.find(site_, change.entity, change.key);
  if (owner && store_.presence(*owner).there[index(site_)]) return;
  const char* who = store_.is_set_aside(site_, change.entity, change.key)
                        ? "a row that waits itself to be taken in: see there"
                        : "a row that is not mirrored, or whose key differs in capitals, accents "
                          "or blanks alone: give either another, and this one follows";
  store_.set_aside_write(site_, write.root,
                         fmt::format("its key, {}, is taken at {} by {}", display_key(change.key),
                                     mapping_.sites[index(site_)], who),
                         cycle_);
}

void SiteDelivery::settled(const Batch& batch, const SettledBatch& result) {
  written_ += result.written;
  if (result.happened) return;
  if (is_step_)
    pieces_.push_front({batch.entity, {}, batch.writes.front()});
  else
    pieces_.push_front({batch.entity, roots_of(batch), {}});
}

void SiteDelivery::failed(const Batch& batch, const DbError& error, int times_late) {
  store_.begin();
  if (batch.writes.size() == 1) {
    if (error.recovery() == Recovery::misconfigured)
      suspects_.failed(batch.writes.front(), phase_ < phases_.size() && phases_[phase_].again);
    if (times_late > 1)  // Once, somebody may have cancelled it.
      late(batch, error);
    else if (error.recovery() == Recovery::retry)
      reread_batch(site_, batch, store_);
    else
      refuse(batch, error);
  } else if (is_late(error)) {
    divide_late(batch.entity, roots_of(batch));
  } else {
    const std::vector<RecordId> roots = roots_of(batch);
    const auto middle = roots.begin() + static_cast<std::ptrdiff_t>(roots.size() / 2);
    pieces_.push_front({batch.entity, {middle, roots.end()}});
    pieces_.push_front({batch.entity, {roots.begin(), middle}});
  }
  store_.drop_batch(batch.id);
  store_.commit();
}

}  // namespace miroir
