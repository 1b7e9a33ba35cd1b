#include "mirror/lensing.hpp"
#include "mirror/match.hpp"
#include "mirror/survey.hpp"
#include "schema/row_codec.hpp"

namespace miroir {

const RecordState* Known::state(RecordId id) const {
  const auto found = states.find(id);
  return found == states.end() ? nullptr : &found->second;
}

namespace {

class Loader {
 public:
  Loader(const Changes& changes, const Store& store, const Mapping& mapping)
      : changes_{changes}, store_{store}, mapping_{mapping} {
    known_.first_free = store.first_free_record();
    known_.seeding = !store.seeded();
  }

  Known load() {
    for (const SiteId site : both_sites) {
      if (!changes_.from[index(site)]) continue;
      load_journal(site, changes_.from[index(site)]->journal);
      for (const Key& root : changes_.whole[index(site)]) load_root(site, root);
      for (const ReadRow& row : changes_.from[index(site)]->rows) load_row(site, row);
    }
    for (const SiteId site : both_sites) {
      if (changes_.from[index(site)]) load_twins(site, changes_.from[index(site)]->rows);
    }
    if (store_.any_twins()) load_meeting();
    for (const auto& [id, state] : known_.states) load_links(state);
    return std::move(known_);
  }

 private:
  void load_journal(SiteId site, const std::vector<JournalRow>& journal) {
    for (const JournalRow& row : journal) {
      if (row.old_root) load_root(site, *row.old_root);
      if (row.new_root) load_root(site, *row.new_root);
    }
  }

  void load_row(SiteId site, const ReadRow& row) {
    load_key(site, row.entity, row.key);
    if (!row.row) return;
    const Entity& entity = mapping_.entity(row.entity);
    for (const Field& field : entity.fields) {
      if (field.refers_to)
        load_reference(site, *field.refers_to, (*row.row)[field.at[index(site)].column]);
    }
  }

  void load_root(SiteId site, const Key& root) { load_key(site, changes_.entity, root); }

  void load_key(SiteId site, EntityId entity, const Key& key) {
    const RowName name{site, entity.raw(), key_text(key)};
    if (!asked_.insert(name).second) return;
    if (const auto id = store_.find(site, entity, key)) load_record(*id);
  }

  void load_record(RecordId id) {
    if (known_.states.contains(id)) return;
    const auto record = store_.record(id);
    if (!record) return;
    for (RecordState& state : store_.aggregate(record->root)) {
      for (const SiteId site : both_sites) {
        const auto& key = state.key[index(site)];
        if (key) known_.owner[{site, state.entity.raw(), key_text(*key)}] = state.id;
      }
      known_.members[state.root].push_back(state.id);
      known_.states.emplace(state.id, std::move(state));
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
      known_.links.add(*entity.fields[f].refers_to, parent, store_.presence(parent), mapping_);
    }
  }

  // Candidates for the new roots of a site, with their whole aggregates.
  void load_twins(SiteId site, const std::vector<ReadRow>& rows) {
    const Entity& entity = mapping_.entity(changes_.entity);
    if (entity.match.empty()) return;
    for (const ReadRow& row : rows) {
      if (row.entity != changes_.entity || !row.row) continue;
      const auto texts = match_texts(entity, readable_fields(entity, site, *row.row, known_.links));
      for (std::size_t rule = 0; rule < texts.size(); ++rule) {
        if (texts[rule]) load_candidates({entity.id.raw(), rule, *texts[rule]}, entity.id);
      }
    }
  }

  // Rows that are to become one record, and those of which nobody can say which of several they
  // are.
  void load_meeting() {
    std::set<std::pair<std::size_t, std::string>> groups;
    for (const SiteId site : both_sites) {
      if (!changes_.from[index(site)]) continue;
      for (const ReadRow& row : changes_.from[index(site)]->rows) {
        if (row.entity != changes_.entity || !row.row) continue;
        const RowName name{site, row.entity.raw(), key_text(row.key)};
        read_[name] = &row;
        if (known_.owner.contains(name)) continue;
        if (auto twin = store_.twin(site, row.entity, row.key)) {
          load_key(other(site), row.entity, *twin);
          known_.twin.emplace(name, std::move(*twin));
        }
      }
    }
    for (const auto& [name, row] : read_) {
      const SiteId site = std::get<SiteId>(name);
      const auto question = store_.question(site, row->entity, row->key);
      if (question && groups.emplace(question->rule, question->value).second) ask_again(*question);
    }
  }

  // People have corrected something meanwhile: who is alike now?
  void ask_again(const SeedQuestion& question) {
    PerSite<std::vector<Key>> alike;
    const auto group = store_.question_group(changes_.entity, question);
    for (const auto& [site, key] : group) {
      if (!changes_.from[index(site)]) return hold(group);
      if (still_asks(site, key, question)) alike[index(site)].push_back(key);
    }
    if (alike[0].size() > 1 || alike[1].size() > 1) return hold(group);
    if (alike[0].size() == 1 && alike[1].size() == 1) {
      for (const SiteId site : both_sites) {
        known_.twin.emplace(name_of(site, alike[index(site)].front()),
                            alike[index(other(site))].front());
      }
    }
    known_.answered.insert(known_.answered.end(), group.begin(), group.end());
  }

  void hold(const std::vector<std::pair<SiteId, Key>>& group) {
    for (const auto& [site, key] : group) known_.questioned.insert(name_of(site, key));
  }

  RowName name_of(SiteId site, const Key& key) const {
    return {site, changes_.entity.raw(), key_text(key)};
  }

  bool still_asks(SiteId site, const Key& key, const SeedQuestion& question) const {
    const auto row = read_.find(name_of(site, key));
    if (row == read_.end() || !row->second->row) return false;
    // As the survey said it.
    const auto identity = [&](EntityId target, const Key& parent) {
      if (site == SiteId::first) return "0" + key_text(parent);
      const auto record = store_.find(site, target, parent);
      const auto first = record ? store_.keys(*record)[0] : std::nullopt;
      return first ? "0" + key_text(*first) : "1" + key_text(parent);
    };
    const auto texts = recognised_by(mapping_.entity(changes_.entity), site, *row->second->row,
                                     mapping_, identity);
    return texts.at(question.rule) == question.value;
  }

  void load_candidates(const MatchName& name, EntityId entity) {
    if (known_.twins.contains(name)) return;
    auto found = store_.twins(entity, std::get<1>(name), std::get<2>(name));
    for (const RecordId id : found) load_record(id);
    known_.twins.emplace(name, std::move(found));
  }

  const Changes& changes_;
  const Store& store_;
  const Mapping& mapping_;
  Known known_;
  std::set<RowName> asked_;
  std::set<RecordId> linked_;
  std::map<RowName, const ReadRow*> read_;  // Roots that are there.
};

}  // namespace

Known load_known(const Changes& changes, const Store& store, const Mapping& mapping) {
  const Store::Reading reading{store};
  return Loader{changes, store, mapping}.load();
}

}  // namespace miroir
