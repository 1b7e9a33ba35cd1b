#include <algorithm>
#include <set>
#include <stdexcept>

#include "mirror/lensing.hpp"
#include "mirror/match.hpp"
#include "mirror/meeting.hpp"
#include "mirror/planted.hpp"
#include "schema/row_codec.hpp"

namespace miroir {

const RecordState* Known::state(RecordId id) const {
  const auto found = states.find(id);
  return found == states.end() ? nullptr : &found->second;
}

std::optional<RecordId> Known::owner_of(const RowName& row) const {
  const auto found = owner.find(row);
  return found == owner.end() ? std::nullopt : std::optional{found->second};
}

namespace {

class Loader {
 public:
  Loader(Changes& changes, const Store& store, const Mapping& mapping)
      : changes_{changes}, store_{store}, mapping_{mapping} {
    known_.first_free = store.first_free_record();
  }

  Known load() {
    for (const SiteId site : both_sites) {
      if (!planted(Bug::key_is_still_his)) distrust(site, changes_.taken_over[index(site)]);
      if (!changes_.from[index(site)]) continue;
      load_journal(site, changes_.from[index(site)]->journal);
      for (const Key& root : changes_.whole[index(site)]) load_root(site, root);
      for (const ReadRow& row : changes_.from[index(site)]->rows)
        load_key(site, row.entity, row.key);
    }
    for (const SiteId site : both_sites) {
      if (!changes_.from[index(site)]) continue;
      for (ReadRow& row : changes_.from[index(site)]->rows) {
        if (!row.row) continue;
        if (row.columns) complete(site, row);
        load_references(site, row);
      }
    }
    for (const SiteId site : both_sites) {
      if (changes_.from[index(site)]) load_twins(site, changes_.from[index(site)]->rows);
    }
    for (const auto& [id, state] : known_.states) load_links(state);
    for (const SiteId site : both_sites) load_row_references(site);
    return std::move(known_);
  }

 private:
  void distrust(SiteId site, const std::vector<TakenOver>& keys) {
    if (keys.empty()) return;
    // Whoever got it is known where that was read, though the site was not told so yet.
    std::set<JournalId> read;
    for (const auto& ids : store_.unacknowledged(site)) read.insert(ids.begin(), ids.end());
    for (const TakenOver& key : keys) {
      if (!key.id || !read.contains(*key.id)) known_.links.distrust(site, key.entity, key.raw);
    }
  }

  void load_journal(SiteId site, const std::vector<JournalRow>& journal) {
    for (const JournalRow& row : journal) {
      if (row.old_root) load_root(site, *row.old_root);
      if (row.new_root) load_root(site, *row.new_root);
      const bool stayed = row.old_key && row.old_key == row.new_key;
      for (const auto& key : {row.old_key, row.new_key}) {
        if (key && !stayed) unsettled_.insert({site, row.entity.raw(), key_text(*key)});
      }
    }
  }

  // What no update has changed is as it was when the row was last seen.
  void complete(SiteId site, ReadRow& read) const {
    const auto owner = known_.owner_of({site, read.entity.raw(), key_text(read.key)});
    const RecordState* state = owner ? known_.state(*owner) : nullptr;
    if (state == nullptr || !state->shadow[index(site)])
      throw std::logic_error{"columns were read of a row that nobody knows"};
    Row row = *state->shadow[index(site)];
    for (const std::size_t column : *read.columns) row[column] = std::move((*read.row)[column]);
    read.row = std::move(row);
    read.columns.reset();
  }

  void load_references(SiteId site, const ReadRow& row) {
    const Entity& entity = mapping_.entity(row.entity);
    for (const Field& field : entity.fields) {
      if (field.refers_to)
        load_reference(site, *field.refers_to, (*row.row)[field.at[index(site)].column()]);
    }
  }

  void load_root(SiteId site, const Key& root) { load_key(site, changes_.entity, root); }

  void load_key(SiteId site, EntityId entity, const Key& key) {
    RowName name{site, entity.raw(), key_text(key)};
    if (known_.owner.contains(name) || !asked_.insert(std::move(name)).second) return;
    if (const auto root = store_.find_root(site, entity, key)) load_aggregate(*root);
  }

  void load_aggregate(RecordId root) {
    if (known_.members.contains(root)) return;
    for (RecordState& state : store_.aggregate(root)) {
      for (const SiteId site : both_sites) {
        const auto& key = state.key[index(site)];
        if (key) known_.owner[{site, state.entity.raw(), key_text(*key)}] = state.id;
      }
      if (state.id == state.root) load_missed(state);
      known_.members[state.root].push_back(state.id);
      known_.states.emplace(state.id, std::move(state));
    }
  }

  void load_missed(const RecordState& state) {
    for (const SiteId site : both_sites) {
      if (mapping_.table(state.entity, site).moved.empty()) continue;
      if (const auto before = store_.missed(site, state.id))
        known_.missed[{site, state.id}] = *before;
    }
  }

  void load_reference(SiteId site, EntityId target, const Value& raw) {
    if (is_null(raw) || known_.links.record_of(site, target, raw)) return;
    const auto id = store_.find(site, target, key_of_reference(mapping_, target, site, raw));
    if (id) known_.links.add(target, *id, store_.presence(*id), mapping_);
  }

  void load_links(const RecordState& state) {
    const Entity& entity = mapping_.entity(state.entity);
    for (std::size_t f = 0; f < entity.fields.size(); ++f) {
      if (!entity.fields[f].refers_to || is_null(state.head[f])) continue;
      const RecordId parent{std::get<std::int64_t>(state.head[f])};
      if (!linked_.insert(parent).second) continue;
      const Presence presence = store_.presence(parent);
      known_.links.add(*entity.fields[f].refers_to, parent, presence, mapping_);
      for (const SiteId site : both_sites) {
        if (presence.gone || presence.there[index(site)]) continue;
        if (auto removed_by = store_.removed_by(site, parent))
          known_.removed_by[{site, parent}] = std::move(*removed_by);
      }
    }
  }

  void load_row_references(SiteId site) {
    if (!store_.any_row_references(site)) return;
    for (const auto& [id, state] : known_.states) {
      auto meant = store_.row_references(site, id);
      // Another mapping may have made a text of a reference.
      std::erase_if(meant, [&, &fields = mapping_.entity(state.entity).fields](const auto& noted) {
        return !fields[noted.first].refers_to;
      });
      known_.links.add_row_references(site, id, std::move(meant));
    }
  }

  // Whether the row can only be the record that its key is linked to: matching will not ask whose
  // twin it is.
  bool is_settled(SiteId site, const ReadRow& row) const {
    const RowName name{site, row.entity.raw(), key_text(row.key)};
    const auto owner = known_.owner_of(name);
    return owner && !unsettled_.contains(name) &&
           known_.states.at(*owner).shadow[index(site)].has_value();
  }

  // Candidates for the new roots of a site, with their whole aggregates.
  void load_twins(SiteId site, const std::vector<ReadRow>& rows) {
    const Entity& entity = mapping_.entity(changes_.entity);
    if (entity.match.empty()) return;
    for (const ReadRow& row : rows) {
      if (row.entity != changes_.entity || !row.row || is_settled(site, row)) continue;
      const auto texts = match_texts(entity, readable_fields(entity, site, *row.row, known_.links));
      for (std::size_t rule = 0; rule < texts.size(); ++rule) {
        if (texts[rule]) load_candidates({entity.id.raw(), rule, *texts[rule]}, entity.id);
      }
    }
  }

  void load_candidates(const MatchName& name, EntityId entity) {
    if (known_.twins.contains(name)) return;
    auto found = store_.twins(entity, std::get<1>(name), std::get<2>(name));
    for (const RecordId id : found) {
      if (const auto root = store_.root_of(id)) load_aggregate(*root);
    }
    known_.twins.emplace(name, std::move(found));
  }

  Changes& changes_;
  const Store& store_;
  const Mapping& mapping_;
  Known known_;
  std::set<RowName> asked_;
  std::set<RowName> unsettled_;  // Keys that rows took or left, as the journals say.
  std::set<RecordId> linked_;
};

}  // namespace

std::optional<Seen> absence_of(const RecordState& state, SiteId site, const Key& key,
                               const Changes& changes, const Known& known, const Mapping& mapping) {
  const bool missed = known.missed.contains({site, state.id});
  const bool was_mirrored = state.shadow[index(site)] && (missed || !state.outside[index(site)]);
  if (mapping.table(state.entity, site).moved.empty() || state.gone || !was_mirrored)
    return Absent{};
  const auto& looked = changes.looked[index(site)];
  const auto look = std::find_if(looked.begin(), looked.end(),
                                 [&](const Relocation& one) { return one.root == key; });
  if (look == looked.end()) return std::nullopt;
  return Missing{key, look->place};
}

Known load_known(Changes& changes, const Store& store, const Mapping& mapping) {
  const Store::Reading reading{store};
  Known known = Loader{changes, store, mapping}.load();
  load_meeting(changes, store, mapping, known);
  return known;
}

}  // namespace miroir
