#include "mirror/census_tables.hpp"

#include <algorithm>

#include "mirror/brakes.hpp"
#include "mirror/census.hpp"
#include "mirror/census_marks.hpp"
#include "mirror/columns_text.hpp"
#include "mirror/marks.hpp"
#include "mirror/state/seal.hpp"

namespace miroir {
namespace {

constexpr std::size_t page_roots = 1'000;

// By these names the store remembers what a census saw.
std::string columns_name(const Entity& entity) { return "columns " + entity.name; }

std::string text_of(const std::optional<JournalId>& id) {
  return id ? std::to_string(id->raw()) : std::string{};
}

void remember(const TablesCheck& check, const std::string& name, const std::string& value) {
  check.store.remember(check.site, name, value);
}

EntityId root_of(const Entity& entity) { return entity.root.value_or(entity.id); }

void sit_out(Brake brake, Scope& scope, const Mapping& mapping) {
  scope.sitting_out.merge(dependants(mapping, *brake.entity));
  scope.brakes.push_back(std::move(brake));
}

// "column City is now varchar(20), it was varchar(30)"; of columns that are mirrored, then and now.
std::vector<std::string> changes_of(const TableState& now,
                                    const std::map<std::string, std::string>& before,
                                    const SiteTable& table) {
  if (now.columns.empty()) return {"it is gone"};
  std::vector<std::string> changes;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const std::string column = table.label(i);
    const auto was = before.find(column);
    if (was == before.end()) continue;
    const auto is = now.columns.find(column);
    if (is == now.columns.end())
      changes.push_back("column " + column + " is gone");
    else if (is->second != was->second)
      changes.push_back("column " + column + " is now " + is->second + ", it was " + was->second);
  }
  return changes;
}

// Of one table; whether it is, and may be remembered, as it should be.
bool check_table(const TablesCheck& check, const Entity& entity, const TableState& now,
                 Scope& scope) {
  const auto triggers = check.store.remembered(check.site, triggers_name(entity.name));
  const auto columns = check.store.remembered(check.site, columns_name(entity));
  const bool knows =
      check.store.seeded() && triggers && columns && !is_made_good(scope, check.site);
  if (knows) {
    const auto before = columns_from_text(*columns);
    if (!before) throw damaged("what is remembered of the columns of " + entity.name);
    const auto changes = changes_of(now, *before, entity.table[index(check.site)]);
    if (!changes.empty()) {
      Brake brake = columns_brake(check.site, entity, changes, check.mapping);
      if (!is_accepted(check.options.accepted, brake, scope))
        return sit_out(std::move(brake), scope, check.mapping), false;
    }
  }
  if (check.store.seeded() && !now.watched) {
    sit_out(unwatched_brake(check.site, entity, check.mapping), scope, check.mapping);
    return false;
  }
  remember(check, columns_name(entity), columns_to_text(now.columns));
  if (knows && *triggers != now.triggers) {
    Brake brake = triggers_brake(check.site, entity, now.triggers, check.mapping);
    if (!is_accepted(check.options.accepted, brake, scope))
      return sit_out(std::move(brake), scope, check.mapping), false;
    scope.mends.push_back({.brake = brake.id,
                           .site = check.site,
                           .entity = root_of(entity),
                           .then = {{triggers_name(entity.name), now.triggers}}});
    return false;
  }
  remember(check, triggers_name(entity.name), now.triggers);
  return true;
}

// Roots whose absence is no news: the journal names them, or they are to be read again anyway.
std::optional<std::set<Key>> named_roots(const TablesCheck& check, EntityId root) {
  std::set<Key> named;
  std::string cursor;
  for (bool more = true; more;) {
    const auto page = check.crew.finish(
        check.site,
        check.crew.start(check.site, [root, cursor](Site& site) {
          return site.list_roots(root, cursor, page_roots);
        }));
    if (!page) return std::nullopt;
    for (const ListedRoot& one : *page) named.insert(one.root);
    more = page->size() == page_roots;
    if (more) cursor = page->back().cursor;
  }
  std::int64_t after = 0;
  for (bool more = true; more;) {
    const auto page =
        check.store.reread_list(check.site, root, after, check.store.last_reread(), page_roots);
    for (const ReReadEntry& one : page) named.insert(one.root);
    more = page.size() == page_roots;
    if (more) after = page.back().id;
  }
  return named;
}

// What a cascade may have taken along goes unseen where the database fires no triggers for it.
std::set<std::size_t> may_have_gone_along(const TablesCheck& check) {
  std::set<std::size_t> along;
  for (const auto& [root, counts] : check.census.entities) {
    if (counts.deleted_roots == 0 && counts.truncations.empty()) continue;
    for (const std::size_t referrer : dependants(check.mapping, EntityId{root}))
      along.insert(referrer);
  }
  return along;
}

// Who compares asks about what he finds gone.
bool is_compared(const Scope& scope, SiteId site, EntityId root) {
  return std::any_of(scope.mends.begin(), scope.mends.end(), [&](const Mend& mend) {
    return mend.site == site && mend.entity.value_or(root) == root;
  });
}

bool has_vanished(const TablesCheck& check, const Entity& entity) {
  const auto held = check.store.roots_with_rows(check.site, entity.id, page_roots);
  if (held.empty()) return false;
  const auto named = named_roots(check, root_of(entity));
  return named && std::any_of(held.begin(), held.end(),
                              [&](const Key& root) { return !named->contains(root); });
}

// What the journal's anchor and last number say of what happened to it since the last cycle.
std::optional<Brake> journal_trouble(const TablesCheck& check, const Scope& scope) {
  if (!check.store.seeded() || is_made_good(scope, check.site)) return std::nullopt;
  const auto anchor = check.store.remembered(check.site, anchor_name);
  const std::string anchor_now = text_of(check.census.anchor);
  if (anchor && !anchor->empty() && *anchor != anchor_now) {
    return journal_brake(check.site, "was emptied by somebody else than miroir",
                         *anchor + ">" + anchor_now + ">" + text_of(check.census.last_id),
                         check.mapping);
  }
  const auto last = check.store.remembered(check.site, last_id_name);
  const bool went_back = last && !last->empty() && check.census.last_id &&
                         check.census.last_id->raw() < kept_number(*last);
  // Nothing else tells of it where nothing had been written there since the backup was made.
  if (went_back) return restored_brake(check.site, check.census.mark.cycle, check.mapping);
  return std::nullopt;
}

}  // namespace

std::string triggers_name(const std::string& entity) { return "triggers " + entity; }

std::optional<Brake> check_journal(const TablesCheck& check, Scope& scope) {
  const std::optional<Brake> brake = journal_trouble(check, scope);
  if (brake && !is_accepted(check.options.accepted, *brake, scope)) return brake;
  const bool was_restored = brake && brake->id.starts_with("restored:");
  if (was_restored) start_rebase(check.store, check.site, brake->id, scope);
  check.store.begin(Durability::ordered);
  if (brake && !was_restored) {
    scope.mends.push_back(
        {.brake = brake->id, .site = check.site, .then = {{anchor_name, ""}, {last_id_name, ""}}});
  } else {
    remember(check, anchor_name, text_of(check.census.anchor));
    remember(check, last_id_name, text_of(check.census.last_id));
  }
  note_census(check.store, check.site, check.census.clock);
  check.store.commit();
  return std::nullopt;
}

void check_catalogue(const TablesCheck& check, Scope& scope) {
  const std::string& now = check.census.catalogue;
  const bool is_known = check.store.remembered(check.site, catalogue_name) == now;
  if (!now.empty() && is_known && !is_made_good(scope, check.site)) return;
  const auto states = check.crew.finish(
      check.site,
      check.crew.start(check.site, [](Site& site) { return site.describe_tables(); }));
  if (!states) return;
  bool all_fine = true;
  check.store.begin(Durability::ordered);
  for (const auto& [raw, state] : *states) {
    const Entity& entity = check.mapping.entity(EntityId{raw});
    if (check.paused.contains(root_of(entity).raw()))
      all_fine = false;  // Judged when it is resumed.
    else
      all_fine = check_table(check, entity, state, scope) && all_fine;
  }
  if (all_fine) remember(check, catalogue_name, now);
  check.store.commit();
}

void check_emptied(const TablesCheck& check, Scope& scope) {
  if (check.census.empty.empty() || !check.store.seeded() || is_made_good(scope, check.site))
    return;
  const auto along = may_have_gone_along(check);
  std::set<EntityId> under_way;
  for (const PendingBatch& pending : check.store.batches()) {
    if (pending.site == check.site) under_way.insert(pending.batch.entity);
  }
  for (const std::size_t raw : check.census.empty) {
    const Entity& entity = check.mapping.entity(EntityId{raw});
    const EntityId root = root_of(entity);
    const bool no_question = along.contains(root.raw()) || scope.sitting_out.contains(root.raw()) ||
                             check.paused.contains(root.raw()) || under_way.contains(root) ||
                             is_compared(scope, check.site, root);
    if (no_question || !has_vanished(check, entity)) continue;
    Brake brake = emptied_brake(check.site, entity, check.mapping);
    if (!is_accepted(check.options.accepted, brake, scope)) {
      sit_out(std::move(brake), scope, check.mapping);
      continue;
    }
    check.store.begin();
    check.store.reread_all(check.site, root);
    check.store.commit();
  }
}

}  // namespace miroir
