#include "mirror/sightings.hpp"

#include <algorithm>
#include <utility>

namespace miroir {

void Sightings::see(SiteId site, RecordId id, Seen seen) {
  const RecordState* state = known_.state(id);
  see(site, id, state->root, state->entity, false, std::move(seen));
}

void Sightings::see(SiteId site, RecordId id, RecordId root, EntityId entity, bool born,
                    Seen seen) {
  auto [pair, fresh] = pairs_.try_emplace(id);
  if (fresh) {
    pair->second.record = id;
    pair->second.entity = entity;
    pair->second.born = born;
    roots_[id] = root;
  }
  pair->second.now[index(site)] = std::move(seen);
}

void Sightings::lose_key(SiteId site, RecordId id) {
  see(site, id, Absent{});
  pairs_.at(id).lost_key[index(site)] = true;
}

void Sightings::miss_parts(SiteId site, RecordId root) {
  const auto members = known_.members.find(root);
  if (members == known_.members.end()) return;
  for (const RecordId part : members->second) {
    if (part == root || !known_.state(part)->shadow[index(site)]) continue;
    const Pair* seen = pair(part);
    if (seen == nullptr || std::holds_alternative<Unread>(seen->now[index(site)]))
      see(site, part, Absent{});
  }
}

// A row whose key another record has now is not there, whatever becomes of that one.
void Sightings::forget(SiteId site, Pair& pair) {
  Seen& now = pair.now[index(site)];
  if (pair.lost_key[index(site)] || std::holds_alternative<Renamed>(now)) return;
  const Present* present = std::get_if<Present>(&now);
  const RecordState* state = known_.state(pair.record);
  const bool renamed = present != nullptr && state != nullptr && state->key[index(site)] &&
                       *state->key[index(site)] != present->key;
  if (renamed)
    now = Renamed{present->key};
  else
    now = Unread{};
}

void Sightings::forget(SiteId site, RecordId root) {
  for (auto& [id, pair] : pairs_) {
    if (roots_.at(id) == root) forget(site, pair);
  }
}

// The key of what is deleted there is free: whoever gets it, before the root comes back, is
// another.
void Sightings::forget_parts_outside() {
  for (auto& [id, pair] : pairs_) {
    for (const SiteId site : both_sites) {
      if (id == roots_.at(id) || !is_outside(site, roots_.at(id))) continue;
      if (std::holds_alternative<Absent>(pair.now[index(site)])) pair.lost_key[index(site)] = true;
      forget(site, pair);
    }
  }
}

const Pair* Sightings::pair(RecordId id) const {
  const auto found = pairs_.find(id);
  return found == pairs_.end() ? nullptr : &found->second;
}

bool Sightings::is_gone(SiteId site, RecordId id) const {
  const Pair* seen = pair(id);
  return seen != nullptr && std::holds_alternative<Absent>(seen->now[index(site)]);
}

bool Sightings::is_outside(SiteId site, RecordId root) const {
  const Pair* seen = pair(root);
  const Seen now = seen == nullptr ? Seen{Unread{}} : seen->now[index(site)];
  if (!std::holds_alternative<Unread>(now))
    return std::holds_alternative<Outside>(now) || std::holds_alternative<Missing>(now);
  const RecordState* state = known_.state(root);  // Only parts of it were named.
  return state != nullptr && state->outside[index(site)];
}

std::vector<AggregatePair> Sightings::aggregates() {
  std::map<RecordId, AggregatePair> aggregates;
  for (auto& [id, pair] : pairs_) {
    const bool nothing = std::all_of(pair.now.begin(), pair.now.end(), [](const Seen& seen) {
      return std::holds_alternative<Unread>(seen);
    });
    if (nothing) continue;
    AggregatePair& aggregate = aggregates[roots_.at(id)];
    aggregate.root = roots_.at(id);
    aggregate.records.push_back(std::move(pair));
  }
  std::vector<AggregatePair> result;
  for (auto& [root, aggregate] : aggregates) {
    std::stable_partition(aggregate.records.begin(), aggregate.records.end(),
                          [root = root](const Pair& pair) { return pair.record == root; });
    result.push_back(std::move(aggregate));
  }
  return result;
}

}  // namespace miroir
