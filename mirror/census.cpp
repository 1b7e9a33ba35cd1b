#include "mirror/census.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "mirror/brakes.hpp"
#include "mirror/census_marks.hpp"
#include "mirror/census_tables.hpp"

namespace miroir {
namespace {

constexpr std::size_t page_roots = 1'000;

// Of the roots that the journal names, those that are records and mirrored.
std::size_t count_mirrored(SiteId site, EntityId entity, Crew& crew, const Store& store) {
  std::size_t mirrored = 0;
  std::string cursor;
  for (bool more = true; more;) {
    const auto page = crew.finish(
        site, crew.start(site, [entity, cursor](Site& s) {
          return s.list_roots(entity, cursor, page_roots);
        }));
    if (!page) break;
    for (const ListedRoot& root : *page) {
      const auto record = store.find(site, entity, root.root);
      if (!record) continue;
      const Presence presence = store.presence(*record);
      if (presence.there[index(site)] && !presence.outside[index(site)]) ++mirrored;
    }
    more = page->size() == page_roots;
    if (more) cursor = page->back().cursor;
  }
  return mirrored;
}

// Rows that are not mirrored come and go as their site likes.
std::size_t deletions_of(SiteId site, const Entity& entity, const EntityCensus& census,
                         const Store& store) {
  if (!entity.table[index(site)].has_conditions()) return census.deleted_roots + census.cut_roots;
  const auto is_mirrored = [&](const Key& key) {
    const auto record = store.find(site, entity.id, key);
    if (!record) return false;
    const Presence presence = store.presence(*record);
    return presence.there[index(site)] && !presence.outside[index(site)];
  };
  const auto mirrored = std::count_if(census.deleted.begin(), census.deleted.end(), is_mirrored) +
                        std::count_if(census.cut.begin(), census.cut.end(), is_mirrored);
  return static_cast<std::size_t>(mirrored);
}

std::optional<Brake> check_deletions(SiteId site, const Entity& entity, const EntityCensus& census,
                                     std::size_t records, const Store& store,
                                     const Mapping& mapping, const CycleOptions& options) {
  const bool nothing_gone =
      census.truncations.empty() && census.deleted_roots + census.cut_roots == 0;
  if (nothing_gone) return std::nullopt;
  const std::size_t deletions =
      census.truncations.empty() ? deletions_of(site, entity, census, store) : records;
  if (!is_over(options.limits.brakes.limits_of(entity.name).deletions, deletions, records))
    return std::nullopt;
  return deletions_brake(site, entity, deletions, records,
                         census.truncations.empty() ? "" : " by TRUNCATE", mapping);
}

// Where there are conditions, only rows that are mirrored count, and who is new is not known yet.
std::optional<Brake> check_changes(SiteId site, const Entity& entity, const EntityCensus& census,
                                   std::size_t records, Crew& crew, const Store& store,
                                   const Mapping& mapping, const CycleOptions& options) {
  const EntityLimits& limits = options.limits.brakes.limits_of(entity.name);
  const bool some_are_not_mirrored = entity.table[index(site)].has_conditions();
  if (!some_are_not_mirrored && is_flood(limits.inserts, census.inserted_roots, records))
    return inserts_brake(site, entity, census.inserted_roots, records, mapping);
  if (!is_over(limits.updates, census.updated_roots, records)) return std::nullopt;
  const std::size_t updated = some_are_not_mirrored
                                  ? count_mirrored(site, entity.id, crew, store)
                                  : census.updated_roots;
  if (!is_over(limits.updates, updated, records)) return std::nullopt;
  return updates_brake(site, entity, updated, records, mapping);
}

// To count the records is to read the store: no further than it matters.
std::size_t count_records(const Entity& entity, const EntityCensus& census,
                          const EntityLimits& limits, const Store& store) {
  if (!census.truncations.empty()) return store.count(entity.id);
  const std::array enough{
      enough_records(limits.deletions, census.deleted_roots + census.cut_roots),
      enough_records(limits.updates, census.updated_roots),
      enough_records(limits.inserts, census.inserted_roots)};
  const bool bounded = std::all_of(enough.begin(), enough.end(), [](const auto& n) { return n; });
  if (!bounded) return store.count(entity.id);
  return store.count(entity.id, std::max({*enough[0], *enough[1], *enough[2]}));
}

// The first that holds. Nothing is counted unless something may be over a brake.
std::optional<Brake> check_counts(SiteId site, const Entity& entity, const EntityCensus& census,
                                  Crew& crew, Scope& scope, const Store& store,
                                  const Mapping& mapping, const CycleOptions& options) {
  const EntityLimits& limits = options.limits.brakes.limits_of(entity.name);
  const bool may_be_over = !census.truncations.empty() ||
                           census.deleted_roots + census.cut_roots > limits.deletions.count ||
                           census.updated_roots > limits.updates.count ||
                           census.inserted_roots > limits.inserts.count;
  if (!may_be_over) return std::nullopt;
  const std::size_t records = count_records(entity, census, limits, store);
  const auto holds = [&](const std::optional<Brake>& brake) {
    return brake && !is_accepted(options.accepted, brake->id, scope);
  };
  auto brake = check_deletions(site, entity, census, records, store, mapping, options);
  if (holds(brake)) return brake;
  brake = check_changes(site, entity, census, records, crew, store, mapping, options);
  return holds(brake) ? brake : std::nullopt;
}

// Everything that a truncated table held is read again; the rows of the journal are then as good as
// forgotten.
void reread_truncated(SiteId site, const Entity& entity, const EntityCensus& census, Store& store) {
  store.begin();
  store.reread_all(site, entity.id);
  store.set_unacknowledged(site, census.truncations);
  store.commit();
}

void check_entities(SiteId site, const Census& census, const std::set<std::size_t>& paused,
                    Crew& crew, Scope& scope, Store& store, const Mapping& mapping,
                    const CycleOptions& options) {
  // A paused entity's journal stays as it is, and is judged when it is resumed.
  for (const auto& [raw, counts] : census.entities) {
    const Entity& entity = mapping.entity(EntityId{raw});
    if (paused.contains(entity.root.value_or(entity.id).raw())) continue;
    // Nothing is mirrored before the first meeting: there is nothing to be deleted.
    const bool before = !store.seeded();
    if (before && !counts.truncations.empty()) reread_truncated(site, entity, counts, store);
    if (before) continue;
    if (auto brake = check_counts(site, entity, counts, crew, scope, store, mapping, options)) {
      scope.sitting_out.merge(dependants(mapping, entity.id));
      scope.brakes.push_back(std::move(*brake));
    } else if (!counts.truncations.empty()) {
      reread_truncated(site, entity, counts, store);
    }
  }
}

// Half of the round trip is the margin of error, and what the least exact of the databases' clocks
// does not show.
constexpr std::int64_t clock_tick_micros = 1'000;

std::optional<ClockOffset> offset_of(Instant there, Instant asked, Instant answered) {
  const std::int64_t half = (answered.micros - asked.micros + 1) / 2;
  if (half < 0) return std::nullopt;  // This machine's clock was set meanwhile.
  return ClockOffset{there.micros - (asked.micros + half), half + clock_tick_micros};
}

std::optional<ClockOffset> measure_clock(Site& site, const std::function<Instant()>& now) {
  const Instant asked = now();
  const Instant there = site.clock();
  return offset_of(there, asked, now());
}

// Of no use where nothing is decided by times.
PerSite<std::optional<ClockOffset>> measure_clocks(Crew& crew, const Mapping& mapping,
                                                   const CycleOptions& options) {
  PerSite<std::optional<ClockOffset>> clocks;
  if (!mapping.needs_times()) return clocks;
  const auto answers =
      crew.ask([now = options.now](SiteId, Site& site) { return measure_clock(site, now); });
  for (const SiteId site : both_sites)
    clocks[index(site)] = answers[index(site)].value_or(std::nullopt);
  return clocks;
}

// A census, and between which moments it was taken.
struct Timed {
  Census census;
  Instant asked, answered;
};

// What concerns the site as a whole: the first brake that holds keeps it out.
std::optional<Brake> check_site(SiteId site, const MarksCheck& marks, const TablesCheck& tables,
                                const Timed& timed, Scope& scope) {
  if (auto brake = check_restored(marks, site, scope)) return brake;
  if (timed.census.mark.store.empty()) return std::nullopt;  // It has nothing more to say.
  if (const auto offset = offset_of(timed.census.clock, timed.asked, timed.answered)) {
    if (auto brake = check_clock(marks, site, *offset, scope)) return brake;
  }
  return check_journal(tables, scope);
}

}  // namespace

std::set<std::size_t> dependants(const Mapping& mapping, EntityId braked) {
  std::set<std::size_t> out;
  std::vector<EntityId> todo{braked};
  while (!todo.empty()) {
    const Entity& entity = mapping.entity(todo.back());
    todo.pop_back();
    const EntityId root = entity.root.value_or(entity.id);
    if (!out.insert(root.raw()).second) continue;
    std::vector<EntityId> members = mapping.entity(root).parts;
    members.push_back(root);
    for (const EntityId member : members) {
      for (const auto& [referrer, field] : mapping.referenced_by(member)) todo.push_back(referrer);
    }
  }
  return out;
}

std::set<std::size_t> referred_to(const Mapping& mapping,
                                  const std::set<std::size_t>& sitting_out) {
  const auto sits_out = [&](EntityId id) {
    return sitting_out.contains(mapping.entity(id).root.value_or(id).raw());
  };
  std::set<std::size_t> out;
  for (const Entity& entity : mapping.entities) {
    const auto referrers = mapping.referenced_by(entity.id);
    if (!sits_out(entity.id) && std::any_of(referrers.begin(), referrers.end(),
                                            [&](const auto& r) { return sits_out(r.first); }))
      out.insert(entity.root.value_or(entity.id).raw());
  }
  return out;
}

Scope take_census(const std::vector<Pause>& pauses, Crew& crew, Store& store,
                  const Mapping& mapping, const CycleOptions& options) {
  std::set<std::size_t> paused;
  for (const Pause& pause : pauses) {
    if (const auto* site = std::get_if<SiteId>(&pause.what)) crew.leave_out(*site);
    if (const auto* entity = std::get_if<EntityId>(&pause.what))
      paused.merge(dependants(mapping, *entity));
  }
  const auto taken = crew.ask([now = options.now](SiteId, Site& site) {
    site.connect();
    const Instant asked = now();
    Timed timed{site.take_census(), asked, {}};
    timed.answered = now();
    return timed;
  });
  PerSite<std::optional<Census>> censuses;
  for (const SiteId site : both_sites) {
    if (taken[index(site)]) censuses[index(site)] = taken[index(site)]->census;
  }
  Scope scope;
  scope.clocks = measure_clocks(crew, mapping, options);
  scope.sitting_out = paused;
  const MarksCheck marks{censuses, store, mapping, options};
  if (!may_be_touched(marks, scope)) return scope;
  for (const SiteId site : both_sites) {
    scope.here[index(site)] = crew.here(site);
    const auto& census = censuses[index(site)];
    if (!census) continue;
    const TablesCheck tables{site, *census, paused, crew, store, mapping, options};
    if (auto brake = check_site(site, marks, tables, *taken[index(site)], scope)) {
      scope.brakes.push_back(std::move(*brake));
      scope.here[index(site)] = false;
      crew.leave_out(site);
      continue;
    }
    check_entities(site, *census, paused, crew, scope, store, mapping, options);
    check_catalogue(tables, scope);
    check_emptied(tables, scope);
    scope.here[index(site)] = crew.here(site);
  }
  scope.not_deleting = referred_to(mapping, scope.sitting_out);
  return scope;
}

}  // namespace miroir
