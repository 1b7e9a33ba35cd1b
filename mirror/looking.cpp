#include "mirror/looking.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "mirror/incorporate.hpp"
#include "mirror/lensing.hpp"

namespace miroir {
namespace {

constexpr int looks_max = 6;  // What moves all that time is on its way, whatever it looks like.

bool same_held(const std::vector<HeldField>& a, const std::vector<HeldField>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const HeldField& one, const HeldField& two) {
                      return one.field == two.field && one.candidates == two.candidates;
                    });
}

bool same_state(const RecordState& a, const RecordState& b) {
  return a.id == b.id && a.root == b.root && a.gone == b.gone && a.head == b.head &&
         a.shadow == b.shadow && a.key == b.key && a.outside == b.outside &&
         same_held(a.held, b.held);
}

Finding on_its_way(EntityId entity, const Finding& moving) {
  Finding finding;
  finding.standing = Standing::in_flight;
  finding.entity = entity;
  finding.root = moving.root;
  finding.keys = moving.keys;
  return finding;
}

}  // namespace

struct Looking::Known {
  std::optional<RecordId> root;
  PerSite<std::optional<Key>> keys;
  std::vector<RecordState> states;
  PerSite<bool> waits{};  // On the re-read list, or in a batch without an outcome.
  PerSite<bool> cannot_come_in{};
  bool refused = false, in_question = false;
  Store::LogPosition logged{};

  bool is(const Known& later) const {
    return root == later.root && keys == later.keys && waits == later.waits &&
           cannot_come_in == later.cannot_come_in &&
           std::equal(states.begin(), states.end(), later.states.begin(), later.states.end(),
                      same_state);
  }
};

struct Looking::UnderWay {
  std::set<RecordId> roots;
  std::set<Key> keys;           // Of roots that are inserted.
  bool hands_out_keys = false;  // The database does, of roots that are inserted.

  bool may_have_written(const std::optional<RecordId>& root, const std::optional<Key>& key) const {
    return (root && roots.contains(*root)) || (key && keys.contains(*key)) ||
           (!root && hands_out_keys);
  }
};

struct Looking::Reading {
  struct Root {
    std::map<RowAt, Row> rows;
    bool journaled = false;
  };
  PerSite<std::map<Key, Root>> roots;
  PerSite<bool> truncated{};
};

PerSite<Looking::UnderWay> Looking::under_way(EntityId entity) const {
  PerSite<UnderWay> all;
  for (const auto& [site, batch] : store_.batches()) {
    if (batch.entity != entity) continue;
    UnderWay& at = all[index(site)];
    for (const AggregateWrite& write : batch.writes) {
      at.roots.insert(write.root);
      const RowChange& first = write.rows.front();
      if (first.record != write.root || first.op != WriteOp::insert) continue;
      at.keys.insert(first.key);
      at.hands_out_keys =
          at.hands_out_keys || std::any_of(first.key.begin(), first.key.end(), is_null);
    }
  }
  return all;
}

Looking::Known Looking::known(EntityId entity, const Suspect& suspect,
                              const PerSite<UnderWay>& under_way) const {
  Known known{.root = suspect.root, .keys = suspect.keys, .states = {}};
  for (const SiteId site : both_sites) {
    const auto& key = suspect.keys[index(site)];
    if (!known.root && key) known.root = store_.find(site, entity, *key);
  }
  if (known.root) {
    known.states = store_.aggregate(*known.root);
    for (const RecordState& state : known.states) {
      if (state.id == *known.root) known.keys = state.key;
    }
    known.refused = store_.is_refused(*known.root);
    known.in_question = store_.is_in_question(*known.root);
  }
  for (const SiteId site : both_sites) {
    const std::size_t i = index(site);
    known.waits[i] = under_way[i].may_have_written(known.root, known.keys[i]);
    if (!known.keys[i]) continue;
    known.waits[i] = known.waits[i] || store_.must_reread(site, entity, *known.keys[i]);
    known.cannot_come_in[i] = store_.is_set_aside(site, entity, *known.keys[i]);
  }
  return known;
}

// In one state of the store.
std::vector<Looking::Known> Looking::all_known(EntityId entity,
                                               const std::vector<Suspect>& suspects) const {
  const Store::Reading reading{store_};
  const auto written = under_way(entity);
  const auto logged = store_.log_position();
  std::vector<Known> all;
  for (const Suspect& suspect : suspects) {
    all.push_back(known(entity, suspect, written));
    all.back().logged = logged;
  }
  return all;
}

void Looking::group_rows(SiteId site, EntityId entity, Extract extract, Reading& reading) const {
  auto& roots = reading.roots[index(site)];
  for (const JournalRow& row : extract.journal) {
    for (const auto& key : {row.old_root, row.new_root}) {
      if (key) roots[*key].journaled = true;
    }
  }
  const Entity& root = mapping_.entity(entity);
  for (ReadRow& read : extract.rows) {
    if (!read.row) continue;
    const Entity& its = mapping_.entity(read.entity);
    Key key = its.is_part() ? root_key(root, its, site, *read.row) : read.key;
    roots[std::move(key)].rows.emplace(RowAt{read.entity, std::move(read.key)},
                                       std::move(*read.row));
  }
}

Looking::Reading Looking::read(EntityId entity, const std::vector<Known>& all) const {
  Reading reading;
  for (const SiteId site : both_sites) {
    if (!asked_[index(site)]) continue;
    ExtractRequest request{.entity = entity, .roots = {}, .whole = {}};
    for (const Known& known : all) {
      if (known.keys[index(site)]) request.whole.push_back(*known.keys[index(site)]);
    }
    if (request.whole.empty()) continue;
    Site& there = *sites_[index(site)];
    group_rows(site, entity, there.extract(request), reading);
    const auto& roots = reading.roots[index(site)];
    const bool all_there =
        std::all_of(request.whole.begin(), request.whole.end(), [&](const Key& key) {
          const auto root = roots.find(key);
          return root != roots.end() && root->second.rows.contains({entity, key});
        });
    // A TRUNCATE names no root.
    if (!all_there || !mapping_.entity(entity).parts.empty())
      reading.truncated[index(site)] = there.has_truncations(entity);
  }
  return reading;
}

void Looking::load_reference(Sight& sight, SiteId site, const Field& field, const Row& row) const {
  const Value& raw = row[field.at[index(site)].column()];
  if (is_null(raw) || sight.links.record_of(site, *field.refers_to, raw)) return;
  const auto parent =
      store_.find(site, *field.refers_to, key_of_reference(mapping_, *field.refers_to, site, raw));
  if (parent) sight.links.add(*field.refers_to, *parent, store_.presence(*parent), mapping_);
}

Sight Looking::sight_of(EntityId entity, const Known& known, Reading& reading) const {
  Sight sight{.entity = entity,
              .root = known.root,
              .keys = known.keys,
              .states = known.states,
              .refused = known.refused,
              .in_question = known.in_question,
              .at = {},
              .links = {}};
  for (const RecordState& state : sight.states) {
    load_links(sight.links, state, store_, mapping_);
    load_row_links(sight.links, state, store_, mapping_);
  }
  for (const SiteId site : both_sites) {
    SiteSight& at = sight.at[index(site)];
    at.looked = asked_[index(site)];
    at.captured = known.waits[index(site)];
    at.cannot_come_in = known.cannot_come_in[index(site)];
    const auto& key = known.keys[index(site)];
    if (!key) continue;
    const auto root = reading.roots[index(site)].find(*key);
    if (root == reading.roots[index(site)].end()) continue;
    at.captured = at.captured || root->second.journaled;
    at.rows = root->second.rows;
    for (const auto& [name, row] : at.rows) {
      for (const Field& field : mapping_.entity(name.first).fields) {
        if (field.refers_to) load_reference(sight, site, field, row);
      }
    }
  }
  return sight;
}

std::vector<Look> Looking::look(EntityId entity, std::vector<Suspect> suspects) const {
  std::vector<Look> all;
  for (int looks = 1; !suspects.empty(); ++looks) {
    const auto before = all_known(entity, suspects);
    Reading reading = read(entity, before);
    const auto after = all_known(entity, suspects);
    const Store::Reading state{store_};
    std::vector<Suspect> again;
    for (std::size_t i = 0; i < suspects.size(); ++i) {
      Sight sight = sight_of(entity, after[i], reading);
      auto finding = compare_aggregate(sight, mapping_);
      if (!finding) continue;
      for (const SiteId site : both_sites) {
        if (!finding->lost[index(site)] || !reading.truncated[index(site)]) continue;
        sight.at[index(site)].captured = true;
        finding = compare_aggregate(sight, mapping_);
      }
      const bool differs = finding->drifted[0] || finding->drifted[1];
      const bool steady = before[i].is(after[i]) &&
                          !(after[i].root && store_.logged_since(before[i].logged, *after[i].root));
      if (differs && !steady && looks < looks_max) {
        again.push_back(suspects[i]);
        continue;
      }
      if (differs && !steady) finding = on_its_way(entity, *finding);
      all.push_back({std::move(*finding), {sight.at[0].rows, sight.at[1].rows}});
    }
    suspects = std::move(again);
  }
  return all;
}

}  // namespace miroir
