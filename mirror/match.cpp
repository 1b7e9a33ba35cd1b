#include "mirror/match.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "mirror/births.hpp"
#include "mirror/lensing.hpp"
#include "mirror/match_parts.hpp"
#include "mirror/own_links.hpp"
#include "mirror/sightings.hpp"
#include "mirror/trail.hpp"
#include "schema/row_codec.hpp"

namespace miroir {
namespace {

class Matcher {
 public:
  Matcher(const Changes& changes, const Known& known, const Mapping& mapping)
      : changes_{changes},
        known_{known},
        mapping_{mapping},
        root_{mapping.entity(changes.entity)},
        next_{known.first_free.raw()},
        own_links_{refers_to_itself(root_, mapping)},
        seen_{known},
        partners_{known, mapping} {}

  Pairs match() {
    for (const SiteId site : both_sites) follow(site);
    for (const auto& [row, key] : known_.twin) promise(other(std::get<SiteId>(row)), key);
    // Absences first: a row that left frees its record for a twin. Roots before their parts.
    for (const SiteId site : both_sites) match_absent(site);
    for (const SiteId site : both_sites) free_reused_keys(site, true);
    for (const SiteId site : both_sites) match_present(site, true);
    if (!root_.parts.empty()) pair_parts();
    for (const SiteId site : both_sites) free_reused_keys(site, false);
    for (const SiteId site : both_sites) match_present(site, false);
    for (const SiteId site : both_sites) match_missing_parts(site);
    if (own_links_) link_roots();
    return collect();
  }

 private:
  const Extract* from(SiteId site) const {
    return changes_.from[index(site)] ? &*changes_.from[index(site)] : nullptr;
  }

  void follow(SiteId site) {
    if (const Extract* extract = from(site))
      trails_[index(site)] = follow_keys(site, known_, extract->journal, changes_.clocks[index(site)]);
  }

  std::optional<RecordId> owner(SiteId site, const EntityKey& key) const {
    const auto& trail = trails_[index(site)];
    if (const auto moved = trail.owner.find(key); moved != trail.owner.end()) return moved->second;
    return owner_before(site, key);
  }

  std::optional<RecordId> owner_before(SiteId site, const EntityKey& key) const {
    return known_.owner_of({site, key.first, key.second});
  }

  void match_absent(SiteId site) {
    const Extract* extract = from(site);
    if (extract == nullptr) return;
    for (const ReadRow& row : extract->rows) {
      if (row.row) continue;
      const auto record = owner(site, row_name(row.entity, row.key));
      if (!record) continue;
      auto seen = absence_of(*known_.state(*record), site, row.key, changes_, known_, mapping_);
      if (!seen) {
        stick_root(site, row.key, "its row is gone, and where to could not be asked");
        continue;
      }
      if (auto* absent = std::get_if<Absent>(&*seen); absent && extract->tells_transactions)
        absent->transaction = trails_[index(site)].remover_of(row_name(row.entity, row.key));
      seen_.see(site, *record, std::move(*seen));
    }
    for (const RecordId record : trails_[index(site)].lost) seen_.lose_key(site, record);
  }

  void match_present(SiteId site, bool roots) {
    const Extract* extract = from(site);
    if (extract == nullptr) return;
    for (const ReadRow& row : extract->rows) {
      if (row.row && (row.entity == root_.id) == roots) match_row(site, row);
    }
  }

  // So does a row whose key is another's by now, whether read before or after, taken or not.
  void free_reused_keys(SiteId site, bool roots) {
    const Extract* extract = from(site);
    if (extract == nullptr) return;
    for (const ReadRow& row : extract->rows) {
      if (!row.row || (row.entity == root_.id) != roots) continue;
      const EntityKey name = row_name(row.entity, row.key);
      const auto record = owner(site, name);
      const RecordState* state = record ? known_.state(*record) : nullptr;
      const auto root = root_of(site, row);
      if (state && (roots || root) && is_another(site, row, name, *state, root))
        seen_.lose_key(site, *record);
      const auto before = owner_before(site, name);
      if (before && before != record && seen_.is_gone(site, *before))
        seen_.lose_key(site, *before);  // It had got another key, and went with that.
    }
  }

  void match_row(SiteId site, const ReadRow& row) {
    const EntityKey name = row_name(row.entity, row.key);
    auto record = owner(site, name);
    const RecordState* state = record ? known_.state(*record) : nullptr;
    if (!left_out_.empty() && left_out_.contains({site, key_text(root_key_of(site, row))}))
      return keep_key(site, row, state);
    const auto root = root_of(site, row);
    if (!root && row.entity != root_.id) {
      stick_root(site, root_key_of(site, row), "its " + root_.name + " is not known to the mirror");
      return;
    }
    if (state != nullptr && is_another(site, row, name, *state, root)) {
      record.reset();
      state = nullptr;
    }
    if (row.entity == root_.id && !is_ours(site, row, record, state)) return;
    see_row(site, row, record, state, row.entity == root_.id ? RecordId{} : *root);
  }

  // What is not taken now may be later: under the key that it has by then.
  void keep_key(SiteId site, const ReadRow& row, const RecordState* state) {
    if (state != nullptr && state->key[index(site)] && *state->key[index(site)] != row.key)
      seen_.see(site, state->id, Renamed{row.key});
  }

  // Whether the mirror takes the root's row: one that is not known waits until it is ready, one
  // that is goes on until it leaves.
  bool is_ours(SiteId site, const ReadRow& row, std::optional<RecordId> record,
               const RecordState* state) {
    const SiteTable& table = root_.table[index(site)];
    if (!table.has_conditions()) return true;
    if (!(record ? table.is_mirrored(*row.row) : table.may_come_in(*row.row))) {
      left_out_.insert({site, key_text(row.key)});
      if (record) seen_.see(site, *record, Outside{row.key});
      return false;
    }
    const auto& whole = changes_.whole[index(site)];
    const bool comes_in = state == nullptr || state->outside[index(site)];
    if (!comes_in || root_.parts.empty() ||
        std::find(whole.begin(), whole.end(), row.key) != whole.end())
      return true;
    keep_key(site, row, state);
    stick_root(site, row.key, "it has just become one that is mirrored, and is read as a whole");
    return false;
  }

  // A row with a record's key that is not that record: the part moved to another root, or the key
  // was deleted and used again, which makes another record unless a match rule says that it is the
  // same.
  bool is_another(SiteId site, const ReadRow& row, const EntityKey& name, const RecordState& state,
                  std::optional<RecordId> root) const {
    if (row.entity != root_.id && state.root != *root) return true;
    if (row.entity != root_.id && came_back(*root, site)) return false;
    const bool used_again =
        trails_[index(site)].reused.contains(name) || !state.shadow[index(site)];
    return used_again && !agree_by_match(mapping_.entity(row.entity), state.head,
                                         readable_fields(mapping_.entity(row.entity), site,
                                                         *row.row, known_.links));
  }

  void see_row(SiteId site, const ReadRow& row, std::optional<RecordId> record,
               const RecordState* state, RecordId root) {
    const Entity& entity = mapping_.entity(row.entity);
    Present present{
        row.key, *row.row, {}, trails_[index(site)].changed_at(row_name(row.entity, row.key))};
    if (const auto reason = read_row(entity, site, *row.row, state, present.canonical)) {
      keep_key(site, row, state);
      stick_root(site, entity.is_part() ? root_key_of(site, row) : row.key, *reason);
      return;
    }
    if (!record && entity.is_part()) record = partners_.partner_of(site, row);
    if (!record && known_.questioned.contains(row_name_at(site, row)))
      return stick_root(site, row.key,
                        "more than one row is alike: which of them are the same " + entity.name +
                            "? Correct or remove the others");
    if (!record && known_.waiting.contains(row_name_at(site, row)))
      return stick_root(site, row.key,
                        "its twin at " + mapping_.sites[index(other(site))] + " was not read yet");
    const bool has_twin = known_.twin.contains(row_name_at(site, row));
    if (!record && has_twin) {
      record = twin_of(site, row);
    } else if (!record && !entity.is_part()) {
      const auto twins = born_.twins(site, entity, present.canonical, known_,
                                     [&](RecordId id) { return may_link(site, id); });
      if (twins.size() > 1) {
        stick_root(site, row.key,
                   fmt::format(
                       "{} records could be the same {} (first: record {}); a person must link one",
                       twins.size(), entity.name, twins.front().raw()));
        return;
      }
      if (twins.size() == 1) record = twins.front();
    }
    const bool born = !record;
    if (born && has_twin) promised_.insert(RecordId{next_});
    const RecordId id = record ? *record : RecordId{next_++};
    const RecordId root_id = entity.is_part() ? root : id;
    if (!entity.is_part()) {
      new_roots_[{site, key_text(row.key)}] = id;
      if (born) born_.remember(site, entity, id, present.canonical);
    }
    if (entity.is_part()) partners_.seen(site, row, id);
    seen_.see(site, id, root_id, entity.id, born, std::move(present));
  }

  std::optional<std::string> read_row(const Entity& entity, SiteId site, const Row& row,
                                      const RecordState* state, Row& canonical) const {
    if (!own_links_) return read_fields(entity, site, row, state, known_.links, canonical);
    const Row readable = without_own_links(entity, root_, site, row, known_.links);
    return read_fields(entity, site, readable, state, known_.links, canonical);
  }

  // The record that the row's twin at the other site is, or has just become.
  std::optional<RecordId> twin_of(SiteId site, const ReadRow& row) const {
    const auto twin = known_.twin.find(row_name_at(site, row));
    if (twin == known_.twin.end()) return std::nullopt;
    return root_with(other(site), twin->second);
  }

  // Twins that have just met bring their parts, which have partners too.
  bool just_met(RecordId root) const {
    if (known_.twin.empty()) return false;
    const Pair* pair = seen_.pair(root);
    if (pair == nullptr) return false;
    const RecordState* state = known_.state(root);
    const auto* first = std::get_if<Present>(&pair->now[0]);
    return first != nullptr && std::holds_alternative<Present>(pair->now[1]) &&
           known_.twin.contains({SiteId::first, root_.id.raw(), key_text(first->key)}) &&
           (state == nullptr || !state->shadow[0] || !state->shadow[1]);
  }

  // It had lost its row at the site, and has one there again.
  bool came_back(RecordId root, SiteId site) const {
    const Pair* pair = seen_.pair(root);
    const RecordState* state = known_.state(root);
    return pair != nullptr && state != nullptr && !state->gone && !state->shadow[index(site)] &&
           state->shadow[index(other(site))] &&
           std::holds_alternative<Present>(pair->now[index(site)]);
  }

  bool some_came_back() {
    return std::any_of(seen_.pairs().begin(), seen_.pairs().end(), [&](const auto& seen) {
      return came_back(seen.first, SiteId::first) || came_back(seen.first, SiteId::second);
    });
  }

  void pair_parts() {
    if (known_.twin.empty() && !some_came_back()) return;
    for (const SiteId site : both_sites) {
      const Extract* extract = from(site);
      if (extract == nullptr) continue;
      for (const ReadRow& row : extract->rows) {
        if (row.entity == root_.id || !row.row || owner(site, row_name(row.entity, row.key)))
          continue;
        const auto root = root_of(site, row);
        if (root && (just_met(*root) || came_back(*root, site))) partners_.add(site, *root, row);
      }
      for (const auto& [root, pair] : seen_.pairs()) {
        if (came_back(root, site)) partners_.remember(root, site, *extract);
      }
    }
    for (const auto& left : partners_.pair()) {
      if (just_met(left.root)) stick_twins(left);
    }
  }

  void stick_twins(const Partners::Left& left) {
    for (const SiteId site : both_sites) {
      stick_root(
          site, std::get<Present>(seen_.pair(left.root)->now[index(site)]).key,
          fmt::format("only {} of its {} (here {} and {} there) agree: make the others agree",
                      left.agree, mapping_.entity(left.part).name, left.had[index(site)],
                      left.had[index(other(site))]));
    }
  }

  void link_roots() {
    const std::size_t stuck = stuck_.size();
    const auto find = [&](SiteId site, const Key& key) {
      return stuck_.contains({site, key_text(key)}) ? std::nullopt : root_with(site, key);
    };
    for (const Unlinked& row : add_own_links(seen_.pairs(), root_, known_.links, mapping_, find))
      stick_root(row.site, root_key_of(row.site, row.read), row.reason);
    if (stuck_.size() > stuck) link_roots();  // What refers to those is stuck as well.
  }

  void promise(SiteId site, const Key& key) {
    if (const auto record = root_with(site, key)) promised_.insert(*record);
  }

  // Two rows of one site are never one record.
  bool may_link(SiteId site, RecordId id) const {
    if (promised_.contains(id)) return false;
    if (const Pair* pair = seen_.pair(id)) {
      const Seen& seen = pair->now[index(site)];
      if (std::holds_alternative<Present>(seen)) return false;
      if (std::holds_alternative<Absent>(seen)) return true;
    }
    const RecordState* state = known_.state(id);
    return state == nullptr || !state->shadow[index(site)];
  }

  // A root that was read whole has no other parts than those that were read; if it was read under
  // the key that it still has.
  void match_missing_parts(SiteId site) {
    for (const Key& root : changes_.whole[index(site)]) {
      const EntityKey name = row_name(root_.id, root);
      const auto id = owner(site, name);
      if (id && !seen_.is_outside(site, *id)) seen_.miss_parts(site, *id);
      const auto had = owner_before(site, name);
      if (id || !had || root_.parts.empty()) continue;
      const Pair* pair = seen_.pair(*had);
      if (const auto* now = pair ? std::get_if<Present>(&pair->now[index(site)]) : nullptr)
        stick_root(site, now->key, "it has another key by now, and is read as a whole under that");
    }
  }

  Key root_key_of(SiteId site, const ReadRow& row) const {
    const Entity& entity = mapping_.entity(row.entity);
    return entity.is_part() ? root_key(root_, entity, site, *row.row) : row.key;
  }

  std::optional<RecordId> root_of(SiteId site, const ReadRow& row) const {
    if (row.entity == root_.id) return std::nullopt;
    return root_with(site, root_key_of(site, row));
  }

  std::optional<RecordId> root_with(SiteId site, const Key& key) const {
    const auto born = new_roots_.find({site, key_text(key)});
    return born != new_roots_.end() ? born->second : owner(site, row_name(root_.id, key));
  }

  // With its twin, if it has one: alone, that would be taken for new.
  void stick_root(SiteId site, const Key& root, const std::string& reason) {
    const auto [at, fresh] =
        stuck_.try_emplace({site, key_text(root)}, Stuck{site, root_.id, root, reason});
    if (!fresh) return;
    const auto twin = known_.twin.find({site, root_.id.raw(), key_text(root)});
    if (twin != known_.twin.end()) stick_root(other(site), twin->second, reason);
  }

  // The records of a stuck root, at its site, are left as if they had not been read.
  void forget_stuck() {
    for (auto& [name, stuck] : stuck_) {
      const SiteId site = stuck.site;
      stuck.changed = from(site) != nullptr && names_root(from(site)->journal, stuck.root);
      if (const auto root = root_with(site, stuck.root)) seen_.forget(site, *root);
    }
  }

  Pairs collect() {
    forget_stuck();
    seen_.forget_parts_outside();
    Pairs result;
    result.entity = changes_.entity;
    result.news = known_.news;
    result.aggregates = seen_.aggregates();
    for (auto& [name, stuck] : stuck_) result.stuck.push_back(std::move(stuck));
    for (const SiteId site : both_sites) {
      if (const Extract* extract = from(site)) {
        for (const JournalRow& row : extract->journal) result.read[index(site)].push_back(row.id);
        result.whole[index(site)] = changes_.whole[index(site)];
      }
    }
    return result;
  }

  const Changes& changes_;
  const Known& known_;
  const Mapping& mapping_;
  const Entity& root_;
  std::int64_t next_;
  bool own_links_;
  PerSite<Trail> trails_;
  Sightings seen_;
  std::map<std::pair<SiteId, std::string>, RecordId> new_roots_;  // Seen in this chunk, by key_text.
  Births born_;
  std::set<std::pair<SiteId, std::string>> left_out_;  // Rows of roots that are not mirrored.
  std::set<RecordId> promised_;  // Their twins are known: nobody else's.
  Partners partners_;
  std::map<std::pair<SiteId, std::string>, Stuck> stuck_;  // By key_text of the root.
};

}  // namespace

Pairs match_records(const Changes& changes, const Known& known, const Mapping& mapping) {
  return Matcher{changes, known, mapping}.match();
}

}  // namespace miroir
