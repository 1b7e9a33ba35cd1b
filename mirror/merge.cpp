#include "mirror/merge.hpp"

#include <algorithm>

#include "mirror/history.hpp"
#include "mirror/lensing.hpp"
#include "mirror/merge_derived.hpp"
#include "mirror/merge_record.hpp"
#include "mirror/planted.hpp"
#include "mirror/whereabouts.hpp"

namespace miroir {
namespace {

const std::string changed_wins = "a change wins over a deletion that had not seen it";
const std::string deleted_wins = "a deletion wins over a change that had not seen it";
const std::string went_along = "it was deleted along with what it refers to, and that stays";

class AggregateMerge {
 public:
  AggregateMerge(const AggregatePair& pair, const Known& known, const Mapping& mapping,
                 CycleNumber cycle, std::optional<SiteId> prefer, Merged& merged)
      : known_{known}, mapping_{mapping}, cycle_{cycle}, merged_{merged}, root_{pair.root} {
    prefer_ = prefer;
    for (const Pair& record : pair.records) add(record);
    const auto members = known.members.find(root_);
    if (members == known.members.end()) return;
    for (const RecordId id : members->second) {
      if (!work_.contains(id)) work_.emplace(id, Work{nullptr, known.state(id), *known.state(id)});
    }
  }

  void merge() {
    Whereabouts whereabouts{work_, root_, known_, mapping_, merged_};
    whereabouts.look();
    const std::size_t logged = merged_.conflicts.size();
    const Fate fate = decide_fate();
    if (fate == Fate::restored && leaves_parts_in_doubt()) {
      merged_.conflicts.resize(logged);
      return look_again();
    }
    for (auto& [id, work] : work_) merge_record(work, fate);
    whereabouts.settle();
    derive_fields(work_, root_, known_.links, mapping_, merged_);
    for (auto& [id, work] : work_) keep(work);
  }

 private:
  // Whether the root is gone from a site, now or since before, and nobody has said what became of
  // its parts there: a foreign key's cascade may have taken them and told no trigger.
  bool leaves_parts_in_doubt() const {
    return std::any_of(std::begin(both_sites), std::end(both_sites), [&](SiteId site) {
      return is_missing(work_.at(root_), site) &&
             std::any_of(work_.begin(), work_.end(), [&](const auto& item) {
               return item.second.was(site) && item.second.is_unread(site);
             });
    });
  }
  bool is_missing(const Work& root, SiteId site) const {
    if (deleted(root, site)) return !root.pair->lost_key[index(site)];
    return !root.was(site) && root.present(site) == nullptr && root.after.key[index(site)] &&
           !root.after.outside[index(site)];
  }

  // Nothing is decided: the aggregate is read as a whole first, under the keys that it has by now.
  void look_again() {
    for (auto& [id, work] : work_) {
      if (work.before == nullptr) continue;
      work.after = *work.before;
      for (const SiteId site : both_sites) {
        if (const Key* now = work.key(site)) take_key(work, site, *now);
      }
      if (work.after.key != work.before->key) merged_.states.push_back(work.after);
    }
    const RecordState& root = work_.at(root_).after;
    for (const SiteId site : both_sites) {
      if (root.key[index(site)])
        merged_.stuck.push_back({site, root.entity, *root.key[index(site)],
                                 "it comes back, and what is left of it is read as a whole"});
    }
  }

  // What becomes of the aggregate as a whole.
  enum class Fate { stays, deleted, restored };

  void add(const Pair& pair) {
    Work work;
    work.pair = &pair;
    work.before = known_.state(pair.record);
    if (work.before != nullptr) work.after = *work.before;
    work.after.id = pair.record;
    work.after.entity = pair.entity;
    work.after.root = root_;
    work_.emplace(pair.record, std::move(work));
  }

  FieldMerge fields_of(Work& work) { return {work, known_.links, mapping_, merged_}; }
  const Entity& entity(const Work& work) const { return mapping_.entity(work.after.entity); }

  bool changed(const Work& work, SiteId site) const {
    if (work.absent(site)) return work.was(site).has_value();
    const Present* now = work.present(site);
    if (now == nullptr) return false;
    if (!work.was(site) || came_back(work, site)) return true;
    for (std::size_t f = 0; f < entity(work).fields.size(); ++f) {
      if (says_otherwise(work, entity(work), f, site, known_.links)) return true;
    }
    return false;
  }
  bool came_back(const Work& work, SiteId site) const {
    return work.after.id == root_ && work.before->outside[index(site)] && work.present(site);
  }
  bool alive(const Work& work, SiteId site) const {
    return work.present(site) != nullptr && changed(work, site);
  }
  bool deleted(const Work& work, SiteId site) const {
    return work.absent(site) && changed(work, site);
  }

  bool aggregate_alive(SiteId site) const {
    return std::any_of(work_.begin(), work_.end(),
                       [&](const auto& item) { return alive(item.second, site); });
  }

  // The site had seen all that it deletes: nothing of the aggregate was still on its way there.
  bool saw_everything(SiteId site) const {
    return std::none_of(work_.begin(), work_.end(), [&](const auto& item) {
      const Work& work = item.second;
      return work.before != nullptr && !saw_all(work, entity(work), site, known_.links);
    });
  }

  // Of a held field each site has seen its own value alone.
  bool is_held() const {
    return std::any_of(work_.begin(), work_.end(), [](const auto& item) {
      return item.second.before != nullptr && !item.second.before->held.empty();
    });
  }

  Fate decide_fate() {
    const auto found = work_.find(root_);
    if (found == work_.end() || found->second.before == nullptr) return Fate::stays;
    Work& root = found->second;
    std::vector<SiteId> deleting;
    bool changes_elsewhere = false;
    for (const SiteId site : both_sites) {
      if (deleted(root, site))
        deleting.push_back(site);
      else if (aggregate_alive(site))
        changes_elsewhere = true;
    }
    if (overruled(root, deleting)) return restore(root, "only to " + name_of(*one_way(root)));
    if (root.before->gone)
      return changes_elsewhere && !reborn(root) ? decide_conflict(root, without(root))
                                                : Fate::stays;
    if (deleting.empty()) return Fate::stays;
    if (went_with_parent(root, deleting)) return restore(root, went_along);
    const bool seen = std::any_of(deleting.begin(), deleting.end(),
                                  [&](SiteId s) { return saw_everything(s); }) &&
                      (deleting.size() == 2 || !is_held());
    if ((!changes_elsewhere && seen) || planted(Bug::deletion_beats_change)) return Fate::deleted;
    return decide_conflict(root, deleting);
  }

  Fate decide_conflict(const Work& root, const std::vector<SiteId>& deleting) {
    const bool wins = deletion_wins(root, deleting);
    log_winner(root, wins);
    return wins ? Fate::deleted : Fate::restored;
  }

  bool deletion_wins(const Work& work, const std::vector<SiteId>& deleting) const {
    const DeletionConflict& rule = entity(work).deletion_conflict;
    if (const auto* site = std::get_if<SiteWins>(&rule))
      return std::find(deleting.begin(), deleting.end(), site->site) != deleting.end();
    return std::holds_alternative<DeletionWins>(rule);
  }

  // The sites where it is deleted already.
  std::vector<SiteId> without(const Work& work) const {
    std::vector<SiteId> sites;
    for (const SiteId site : both_sites) {
      if (!work.was(site)) sites.push_back(site);
    }
    return sites;
  }

  // Nobody deleted it for itself.
  bool went_with_parent(const Work& work, const std::vector<SiteId>& deleting) const {
    return !deleting.empty() && std::all_of(deleting.begin(), deleting.end(), [&](SiteId site) {
      return lost_parent(work, site, known_, mapping_).has_value();
    });
  }

  // Where an entity goes one way, the site that it goes to deletes nothing that the other one has.
  std::optional<SiteId> one_way(const Work& root) const { return entity(root).one_way_to; }
  bool overruled(const Work& root, const std::vector<SiteId>& deleting) const {
    const auto to = one_way(root);
    return to && deleting == std::vector{*to} && root.was(other(*to)) && !root.before->gone;
  }
  const std::string& name_of(SiteId site) const { return mapping_.sites[index(site)]; }

  // Inserted anew at a site that no longer had it: nobody's deletion is overruled.
  bool reborn(const Work& root) const {
    return std::any_of(std::begin(both_sites), std::end(both_sites),
                       [&](SiteId site) { return alive(root, site) && !root.was(site); });
  }

  Fate restore(const Work& root, const std::string& rule) {
    log_existence(root, rule);
    return Fate::restored;
  }

  void log_winner(const Work& work, bool deletion) {
    if (!deletion) return log_existence(work, changed_wins);
    merged_.conflicts.push_back({work.after.id, work.after.entity, std::nullopt,
                                 std::string{"deleted"}, std::string{"changed"}, std::nullopt,
                                 deleted_wins});
  }
  void log_existence(const Work& work, const std::string& rule) {
    merged_.conflicts.push_back({work.after.id, work.after.entity, std::nullopt,
                                 std::string{"changed"}, std::string{"deleted"}, std::nullopt,
                                 rule});
  }

  void merge_record(Work& work, Fate fate) {
    std::vector<SiteId> alive_at;
    std::vector<SiteId> deleted_at;
    for (const SiteId site : both_sites) {
      if (alive(work, site)) alive_at.push_back(site);
      if (deleted(work, site)) deleted_at.push_back(site);
    }
    const bool was_gone = work.before != nullptr && work.before->gone;
    const bool no_base = std::none_of(alive_at.begin(), alive_at.end(),
                                      [&](SiteId site) { return work.was(site).has_value(); });
    if (work.before == nullptr ||
        (was_gone && no_base && !alive_at.empty() && fate != Fate::deleted)) {
      if (!alive_at.empty()) fields_of(work).give_birth(alive_at, prefer_);
      if (fate == Fate::deleted) set_gone(work.after, true);
    } else {
      set_existence(work, fate, alive_at, deleted_at);
      fields_of(work).merge(alive_at);
    }
    take_over_rows(work);
  }

  void set_existence(Work& work, Fate fate, const std::vector<SiteId>& alive_at,
                     const std::vector<SiteId>& deleted_at) {
    RecordState& after = work.after;
    const bool was_gone = work.before->gone;
    if (fate == Fate::deleted) {
      set_gone(after, true);
    } else if (fate == Fate::restored && restored_with_root(work, !deleted_at.empty())) {
      after.gone = false;
    } else if (!alive_at.empty() && (was_gone || !deleted_at.empty())) {
      const bool wins = deletion_wins(work, was_gone ? without(work) : deleted_at);
      log_winner(work, wins);
      set_gone(after, wins);
    } else if (!was_gone && went_with_parent(work, deleted_at)) {
      log_existence(work, went_along);
    } else if (!deleted_at.empty()) {
      const auto saw = [&](SiteId s) { return saw_all(work, entity(work), s, known_.links); };
      const bool seen = std::any_of(deleted_at.begin(), deleted_at.end(), saw) &&
                        (deleted_at.size() == 2 || work.before->held.empty());
      if (seen || was_gone) {
        set_gone(after, true);
      } else {
        const bool wins = deletion_wins(work, deleted_at);
        log_winner(work, wins);
        set_gone(after, wins);
      }
    }
  }

  // The root itself, what was deleted together with it now, and what went when it went.
  bool restored_with_root(const Work& work, bool deleted_now) const {
    if (work.after.id == root_) return true;
    if (deleted_now && !work.before->gone) return root_deleted_now(work);
    const Work& root = work_.at(root_);
    return work.before->gone && root.before->gone &&
           work.before->gone_since == root.before->gone_since;
  }
  bool root_deleted_now(const Work& work) const {
    const Work& root = work_.at(root_);
    return std::any_of(std::begin(both_sites), std::end(both_sites), [&](SiteId site) {
      return deleted(work, site) && deleted(root, site) &&
             may_be_one(work.removed_by(site), root.removed_by(site));
    });
  }

  void set_gone(RecordState& state, bool gone) {
    if (gone && !state.gone) state.gone_since = cycle_;
    state.gone = gone;
  }

  void take_key(Work& work, SiteId site, const Key& now) {
    auto& key = work.after.key[index(site)];
    const bool is_root = work.after.id == root_;
    if (is_root && work.before != nullptr && key != now)
      merged_.history.push_back(
          {root_, work.after.entity, site, key ? "renumbered" : "recognised", {}, now});
    if (key && *key != now) {
      merged_.disappeared.emplace_back(site, work.after.id);
      if (is_root) merged_.rekeyed.push_back({site, *key, now});
    }
    key = now;
  }

  // What becomes of it there is seen when the root is read as a whole again.
  bool is_part_outside(const Work& work, SiteId site) const {
    return work.after.id != root_ && work.after.outside[index(site)];
  }

  // Shadows and keys are what was seen, whatever was decided.
  void take_over_rows(Work& work) {
    for (const SiteId site : both_sites) {
      auto& shadow = work.after.shadow[index(site)];
      auto& key = work.after.key[index(site)];
      if (const Key* now = work.key(site)) take_key(work, site, *now);
      if (const Present* now = work.present(site)) {
        shadow = now->raw;
      } else if (work.is_gone_from(site) && shadow && !is_part_outside(work, site)) {
        merged_.disappeared.emplace_back(site, work.after.id);
        merged_.removals.push_back({site, work.after.id, work.removed_by(site)});
        shadow.reset();
      }
      // The key stays with the record, so that it comes back under the one that people know -
      // unless another row has it now, and it has no row of its own under another.
      const bool lost = work.pair != nullptr && work.pair->lost_key[index(site)];
      if (lost && work.key(site) == nullptr && key) {
        merged_.disappeared.emplace_back(site, work.after.id);
        key.reset();
      }
    }
  }

  void keep(Work& work) {
    if (work.pair == nullptr && !concerned(work)) return;
    if (work.before == nullptr && work.after.head.empty()) return;  // Nothing was ever there.
    for (const SiteId site : both_sites) {
      if (changed(work, site) || work.is_renamed(site)) merged_.moved[index(site)].insert(root_);
      const bool told = work.present(site) != nullptr || !work.after.shadow[index(site)];
      if (told && known_.links.has_row_reference(site, work.after.id))
        merged_.told.emplace_back(site, work.after.id);
    }
    if (work.after.gone) release_all(work.after);
    write_history(work);
    merged_.states.push_back(std::move(work.after));
  }

  // By what happened to others of its aggregate.
  static bool concerned(const Work& work) {
    const RecordState &was = *work.before, &is = work.after;
    return is.gone != was.gone || is.outside != was.outside || is.head != was.head ||
           is.shadow != was.shadow || is.held.size() != was.held.size();
  }

  void release_all(RecordState& state) {
    for (const HeldField& held : state.held) merged_.released.emplace_back(state.id, held.field);
    state.held.clear();
  }

  void write_history(const Work& work) {
    std::vector<SiteId> origins;
    for (const SiteId site : both_sites) {
      if (changed(work, site)) origins.push_back(site);
    }
    auto line = history_of(work.before, work.after);
    if (origins.size() == 1) line.site = origins.front();
    if (work.before == nullptr || touches_links(entity(work), line)) {
      merged_.relinked.push_back(work.after.id);
    }
    if (!line.event.empty()) merged_.history.push_back(std::move(line));
  }

  const Known& known_;
  const Mapping& mapping_;
  CycleNumber cycle_;
  std::optional<SiteId> prefer_;
  Merged& merged_;
  RecordId root_;
  std::map<RecordId, Work> work_;
};

}  // namespace

Merged merge_pairs(const Pairs& pairs, const Known& known, const Mapping& mapping,
                   CycleNumber cycle, std::optional<SiteId> prefer) {
  Merged merged;
  merged.entity = pairs.entity;
  merged.stuck = pairs.stuck;
  merged.read = pairs.read;
  merged.whole = pairs.whole;
  merged.news = pairs.news;
  for (const AggregatePair& aggregate : pairs.aggregates) {
    AggregateMerge{aggregate, known, mapping, cycle, prefer, merged}.merge();
  }
  return merged;
}

}  // namespace miroir
