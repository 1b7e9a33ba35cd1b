#include "mirror/incorporate.hpp"

#include <algorithm>

#include "mirror/lensing.hpp"
#include "mirror/marks.hpp"
#include "mirror/own_links.hpp"

namespace miroir {
std::vector<RecordId> parents_of(const RecordState& state, const Entity& entity) {
  std::vector<RecordId> parents;
  for (std::size_t f = 0; f < entity.fields.size(); ++f) {
    if (!entity.fields[f].refers_to || is_null(state.head[f])) continue;
    parents.emplace_back(std::get<std::int64_t>(state.head[f]));
  }
  return parents;
}

namespace {

// Whether the site's row need not refer to whom the head refers to.
bool may_mean_another(const RecordState& state, PerSite<bool> behind, SiteId site) {
  return behind[index(site)] || state.outside[index(site)] || !state.held.empty();
}

// A site cascades by what its rows refer to, which a head that is still on its way there, or waits
// for a person, does not say.
void note_row_references(const RecordState& state, PerSite<bool> behind, const Links& links,
                         Store& store, const Mapping& mapping) {
  const Entity& entity = mapping.entity(state.entity);
  for (const SiteId site : both_sites) {
    const auto& shadow = state.shadow[index(site)];
    if (!shadow || !may_mean_another(state, behind, site)) continue;
    for (std::size_t f = 0; f < entity.fields.size(); ++f) {
      const Field& field = entity.fields[f];
      if (!field.refers_to || has_seen(entity, f, site, state.head, *shadow, links)) continue;
      const Value& raw = (*shadow)[field.at[index(site)].column()];
      if (is_null(raw)) continue;
      const auto parent = store.find(site, *field.refers_to,
                                     key_of_reference(mapping, *field.refers_to, site, raw));
      if (parent) store.note_row_reference(site, state.id, f, *parent);
    }
  }
}

}  // namespace

void keep_state(const RecordState& state, bool relinked, Links& links, Store& store,
                const Mapping& mapping, CycleNumber cycle) {
  load_links(links, state, store, mapping);
  for (const HeldField& held : state.held) store.hold(state.id, held, cycle);
  if (state.gone) store.close_deletion(state.id, cycle);
  const PerSite<bool> behind = behind_at(state, links, mapping);
  store.put(state, behind);
  const Entity& entity = mapping.entity(state.entity);
  if (relinked) {
    store.set_references(state.id, parents_of(state, entity));
    if (!entity.match.empty())
      store.set_match_values(state.id, state.entity, match_texts(entity, state.head));
  }
  note_row_references(state, behind, links, store, mapping);
}

namespace {

// What a cascade may have taken along without a trigger seeing it is looked at again.
void reread_referrers(SiteId site, RecordId record, Store& store, const Mapping& mapping) {
  std::vector<RecordId> children = store.referrers(record, false);
  const std::vector<RecordId> rows = store.row_referrers(site, record);
  children.insert(children.end(), rows.begin(), rows.end());
  for (const RecordId child : children) {
    const auto state = store.record(child);
    const auto root = state ? store.record(state->root) : std::nullopt;
    if (!root || !root->key[index(site)]) continue;
    store.reread(site, mapping.entity(state->entity).root.value_or(state->entity),
                 *root->key[index(site)]);
  }
}

// The rows that refer to a record by the key that it loses meant it, whoever has the key from now
// on.
void note_former_references(SiteId site, const RecordState& record, const Key& key, Store& store,
                            const Mapping& mapping) {
  const Value& raw = key.at(mapping.reference_key(record.entity, site));
  for (const RecordId child : store.referrers(record.id, false)) {
    const auto state = store.record(child);
    if (!state || !state->shadow[index(site)]) continue;
    const std::vector<Field>& fields = mapping.entity(state->entity).fields;
    for (std::size_t f = 0; f < fields.size(); ++f) {
      if (fields[f].refers_to == record.entity &&
          (*state->shadow[index(site)])[fields[f].at[index(site)].column()] == raw)
        store.note_row_reference(site, child, f, record.id);
    }
  }
}

void free_keys(const Merged& merged, Store& store, const Mapping& mapping) {
  const std::set<std::pair<SiteId, RecordId>> left(merged.disappeared.begin(),
                                                   merged.disappeared.end());
  for (const RecordState& state : merged.states) {
    for (const SiteId site : both_sites) {
      if (!left.contains({site, state.id})) continue;
      const auto key = store.keys(state.id)[index(site)];
      if (key && key != state.key[index(site)])
        note_former_references(site, state, *key, store, mapping);
    }
  }
  for (const auto& [site, record] : merged.disappeared) store.free_key(site, record);
}

// What the first meeting left to do, less what is done: twins that are one record by now, and rows
// that people changed.
void keep_news(const Merged& merged, Store& store) {
  const EntityId entity = merged.entity;
  for (const auto& [site, key] : merged.news.answered) store.forget_question(site, entity, key);
  for (const auto& [site, before, after] : merged.news.renamed)
    store.rename_waiting(site, entity, before, after);
  for (const auto& [site, key] : merged.news.parted) store.forget_twin(entity, site, key);
  for (const auto& [site, key, question] : merged.news.joining)
    store.add_question(site, entity, key, question);
  for (const RecordState& state : merged.states) {
    if (state.entity == merged.entity && state.shadow[0] && state.shadow[1])
      store.forget_twin(state.entity, SiteId::first, *state.key[0]);
  }
}

}  // namespace

void keep_merged(const Merged& merged, Store& store, const Mapping& mapping, CycleNumber cycle) {
  // They are noted anew where the heads say otherwise.
  for (const auto& [site, record] : merged.told) store.forget_row_references(site, record);
  free_keys(merged, store, mapping);
  for (const auto& [record, field] : merged.released) store.release(record, field, cycle);
  Links links;
  const std::set<RecordId> relinked(merged.relinked.begin(), merged.relinked.end());
  for (const RecordState& state : merged.states) {
    keep_state(state, relinked.contains(state.id), links, store, mapping, cycle);
  }
  if (refers_to_itself(mapping.entity(merged.entity), mapping)) {
    // They may refer to records that were kept after them.
    for (const RecordState& state : merged.states) {
      Links all;
      load_links(all, state, store, mapping);
      store.put(state, behind_at(state, all, mapping));
    }
  }
  for (const Removal& one : merged.removals)
    store.note_removal(one.site, one.record, one.transaction);
  for (const RecordId record : merged.returned) store.close_deletion(record, cycle);
  for (const auto& [record, reason] : merged.asked) store.ask_deletion(record, reason, cycle);
  for (const Conflict& conflict : merged.conflicts) store.log(conflict, cycle);
  for (const HistoryLine& line : merged.history) store.log(line, cycle);
  for (const auto& [site, record] : merged.disappeared)
    reread_referrers(site, record, store, mapping);
  for (const auto& [site, before, after] : merged.rekeyed)
    store.rename_reread(site, merged.entity, before, after);
  store.reopen_deletions(merged.moved, cycle);
  if (store.has_set_aside_writes()) {
    for (const SiteId site : both_sites) {
      for (const RecordId root : merged.moved[index(site)]) store.try_again(root);
    }
  }
  if (store.any_twins()) keep_news(merged, store);
}

namespace {

void keep_work(const Merged& merged, Store& store, CycleNumber cycle) {
  std::set<std::pair<SiteId, Key>> stuck_roots;
  for (const Stuck& stuck : merged.stuck) stuck_roots.emplace(stuck.site, stuck.root);
  for (const SiteId site : both_sites) {
    for (const Key& root : merged.whole[index(site)]) {
      store.clear_reread(site, merged.entity, root);
      // What is stuck again keeps the cycle since which it has been.
      if (!stuck_roots.contains({site, root}))
        store.clear_set_aside_read(site, merged.entity, root);
    }
    store.set_unacknowledged(site, merged.read[index(site)]);
    if (!merged.read[index(site)].empty()) note_pending(store, site, cycle);
  }
  for (const auto& [site, record] : merged.searched) store.forget_missed(site, record);
  for (const Searching& one : merged.searching) {
    store.set_missed(one.site, one.record, one.place);
    store.reread(one.site, merged.entity, one.key);
  }
  for (const Stuck& stuck : merged.stuck) {
    store.set_aside_read(stuck, cycle);
    store.reread(stuck.site, stuck.entity, stuck.root);
  }
}

}  // namespace

void load_links(Links& links, const RecordState& state, const Store& store,
                const Mapping& mapping) {
  const Entity& entity = mapping.entity(state.entity);
  for (std::size_t f = 0; f < entity.fields.size(); ++f) {
    if (!entity.fields[f].refers_to || is_null(state.head[f])) continue;
    const RecordId parent{std::get<std::int64_t>(state.head[f])};
    if (links.is_there(SiteId::first, parent) && links.is_there(SiteId::second, parent)) continue;
    links.add(*entity.fields[f].refers_to, parent, store.presence(parent), mapping);
  }
}

void load_row_links(Links& links, const RecordState& state, const Store& store,
                    const Mapping& mapping) {
  for (const Field& field : mapping.entity(state.entity).fields) {
    if (!field.refers_to) continue;
    for (const SiteId site : both_sites) {
      const auto& shadow = state.shadow[index(site)];
      if (!shadow) continue;
      const Value& raw = (*shadow)[field.at[index(site)].column()];
      if (is_null(raw) || links.record_of(site, *field.refers_to, raw)) continue;
      const auto parent = store.find(site, *field.refers_to,
                                     key_of_reference(mapping, *field.refers_to, site, raw));
      if (parent) links.add(*field.refers_to, *parent, store.presence(*parent), mapping);
    }
  }
}

PerSite<bool> behind_at(const RecordState& state, const Links& links, const Mapping& mapping) {
  PerSite<bool> behind{};
  for (const SiteId site : both_sites) {
    behind[index(site)] = is_behind(mapping.entity(state.entity), site, state, links);
  }
  return behind;
}

Incorporated incorporate(const Merged& merged, Store& store, const Mapping& mapping,
                         CycleNumber cycle) {
  Incorporated kept;
  store.begin();
  try {
    keep_merged(merged, store, mapping, cycle);
    keep_work(merged, store, cycle);
    store.commit();
  } catch (...) {
    store.rollback();
    throw;
  }
  kept.read_ = merged.read;
  kept.conflicts_ = merged.conflicts.size();
  return kept;
}

}  // namespace miroir
