#include "mirror/merge.hpp"

#include <algorithm>

#include "mirror/history.hpp"
#include "mirror/lensing.hpp"

namespace miroir {
namespace {

const std::string changed_wins = "a change wins over a deletion that had not seen it";

// One record while it is merged: as it was, what was seen of it, and as it becomes.
struct Work {
  const Pair* pair = nullptr;  // Null: nothing was seen of it, but its aggregate concerns it.
  const RecordState* before = nullptr;  // Null: born in this chunk.
  RecordState after;

  const Present* present(SiteId site) const {
    return pair == nullptr ? nullptr : std::get_if<Present>(&pair->now[index(site)]);
  }
  bool absent(SiteId site) const {
    return pair != nullptr && std::holds_alternative<Absent>(pair->now[index(site)]);
  }
  const std::optional<Row>& was(SiteId site) const {
    static const std::optional<Row> nothing;
    return before == nullptr ? nothing : before->shadow[index(site)];
  }
};

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
    const Fate fate = decide_fate();
    for (auto& [id, work] : work_) merge_record(work, fate);
    for (auto& [id, work] : work_) keep(work);
  }

 private:
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

  const Entity& entity(const Work& work) const { return mapping_.entity(work.after.entity); }

  bool changed(const Work& work, SiteId site) const {
    if (work.absent(site)) return work.was(site).has_value();
    const Present* now = work.present(site);
    if (now == nullptr) return false;
    if (!work.was(site)) return true;
    for (const Field& field : entity(work).fields) {
      const std::size_t column = field.at[index(site)].column;
      if (now->raw[column] != (*work.was(site))[column]) return true;
    }
    return false;
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
      return work.before != nullptr && is_behind(entity(work), site, *work.before, known_.links);
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
    if (root.before->gone) return changes_elsewhere && !reborn(root) ? restore(root) : Fate::stays;
    if (deleting.empty()) return Fate::stays;
    const bool seen =
        std::any_of(deleting.begin(), deleting.end(), [&](SiteId s) { return saw_everything(s); });
    if (!changes_elsewhere && seen) return Fate::deleted;
    return restore(root);
  }

  // Inserted anew at a site that no longer had it: nobody's deletion is overruled.
  bool reborn(const Work& root) const {
    return std::any_of(std::begin(both_sites), std::end(both_sites),
                       [&](SiteId site) { return alive(root, site) && !root.was(site); });
  }

  Fate restore(const Work& root) {
    log_existence(root);
    return Fate::restored;
  }

  void log_existence(const Work& work) {
    merged_.conflicts.push_back({work.after.id, work.after.entity, std::nullopt,
                                 std::string{"changed"}, std::string{"deleted"}, std::nullopt,
                                 changed_wins});
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
      if (!alive_at.empty()) give_birth(work, alive_at);
      if (fate == Fate::deleted) set_gone(work.after, true);
    } else {
      set_existence(work, fate, alive_at, deleted_at);
      merge_fields(work, alive_at);
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
      log_existence(work);
      after.gone = false;
    } else if (!deleted_at.empty()) {
      const bool seen = std::any_of(deleted_at.begin(), deleted_at.end(), [&](SiteId site) {
        return !is_behind(entity(work), site, *work.before, known_.links);
      });
      if (seen || was_gone) {
        set_gone(after, true);
      } else {
        log_existence(work);
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
    return std::any_of(std::begin(both_sites), std::end(both_sites),
                       [&](SiteId site) { return deleted(work, site) && deleted(root, site); });
  }

  void set_gone(RecordState& state, bool gone) {
    if (gone && !state.gone) state.gone_since = cycle_;
    state.gone = gone;
  }

  // Born, or born again: nothing is added to what is gone, it is replaced. Twins have no base.
  void give_birth(Work& work, const std::vector<SiteId>& alive_at) {
    const Entity& e = entity(work);
    work.after.gone = false;
    work.after.head.assign(e.fields.size(), Null{});
    for (std::size_t f = 0; f < e.fields.size(); ++f) {
      const auto candidates =
          birth_candidates(e, f, {work.present(SiteId::first), work.present(SiteId::second)},
                           alive_at, known_.links);
      const Value greatest =
          std::max_element(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
            return a.value < b.value;
          })->value;
      decide(work, f, candidates, greatest, prefer_);
    }
  }

  void merge_fields(Work& work, const std::vector<SiteId>& alive_at) {
    if (alive_at.empty()) return;
    for (std::size_t f = 0; f < entity(work).fields.size(); ++f) {
      if (is_held(work.after, f)) {
        look_again(work, f, alive_at);
      } else if (std::holds_alternative<Counter>(entity(work).fields[f].policy)) {
        merge_counter(work, f, alive_at);
      } else {
        merge_register(work, f, alive_at);
      }
    }
  }

  bool moved(const Work& work, std::size_t field, SiteId site) const {
    const std::size_t column = entity(work).fields[field].at[index(site)].column;
    return work.present(site)->raw[column] != (*work.was(site))[column];
  }

  void merge_register(Work& work, std::size_t field, const std::vector<SiteId>& alive_at) {
    const Row& before = work.before->head;
    PerSite<Moved> moves;
    std::vector<Candidate> candidates;
    for (const SiteId site : alive_at) {
      if (work.was(site)) {
        if (!moved(work, field, site)) continue;
        moves[index(site)] = {
            true, has_seen(entity(work), field, site, before, *work.was(site), known_.links)};
      }
      candidates.push_back({work.present(site)->canonical[field], site});
    }
    if (candidates.empty()) return;
    if (head_stands(moves[0], moves[1])) candidates.push_back({before[field], std::nullopt});
    decide(work, field, candidates, before[field]);
  }

  void merge_counter(Work& work, std::size_t field, const std::vector<SiteId>& alive_at) {
    Value& head = work.after.head[field];
    std::vector<Candidate> twins;
    for (const SiteId site : alive_at) {
      const Value& now = work.present(site)->canonical[field];
      if (!work.was(site)) {
        twins.push_back({now, site});
        continue;
      }
      if (!moved(work, field, site)) continue;
      const Lensed was = get_field(entity(work), field, site, *work.was(site), known_.links);
      const auto delta = subtract(amount(now), amount(std::get<Value>(was)));
      const auto sum = delta ? miroir::add(amount(head), *delta) : std::nullopt;
      if (sum) {
        head = *sum;
      } else {
        merged_.conflicts.push_back({work.after.id, work.after.entity, field, head, now, site,
                                     "a counter cannot hold more than 38 digits"});
      }
    }
    for (const Candidate& twin : twins) {
      if (amount(twin.value) == amount(head)) continue;
      merged_.conflicts.push_back({work.after.id, work.after.entity, field, head, twin.value,
                                   twin.site, "two records became one: counters are not added"});
    }
  }

  void decide(Work& work, std::size_t field, const std::vector<Candidate>& candidates,
              const Value& before, std::optional<SiteId> prefer = {}) {
    const Policy policy = prefer ? SiteWins{*prefer} : entity(work).fields[field].policy;
    Verdict verdict = decide_field(policy, candidates, before);
    work.after.head[field] = verdict.head;
    if (verdict.hold)
      work.after.held.push_back({field, HoldReason::policy, values_at(work, field)});
    for (const Candidate& loser : verdict.losers) {
      merged_.conflicts.push_back({work.after.id, work.after.entity, field, verdict.head,
                                   loser.value, loser.site, describe(policy, mapping_.sites)});
    }
  }

  // What each site holds now, as far as it is known.
  PerSite<Value> values_at(const Work& work, std::size_t field) const {
    PerSite<Value> values{work.after.head[field], work.after.head[field]};
    for (const SiteId site : both_sites) {
      if (const Present* now = work.present(site)) {
        values[index(site)] = now->canonical[field];
      } else if (work.was(site)) {
        Lensed value = get_field(entity(work), field, site, *work.was(site), known_.links);
        if (auto* known = std::get_if<Value>(&value)) values[index(site)] = std::move(*known);
      }
    }
    return values;
  }

  // A held field resolves itself when both sites agree; until then each keeps its value.
  void look_again(Work& work, std::size_t field, const std::vector<SiteId>& alive_at) {
    const bool touched = std::any_of(alive_at.begin(), alive_at.end(), [&](SiteId site) {
      return !work.was(site) || moved(work, field, site);
    });
    if (!touched) return;
    auto item = std::find_if(work.after.held.begin(), work.after.held.end(),
                             [&](const HeldField& held) { return held.field == field; });
    item->candidates = values_at(work, field);
    if (item->candidates[0] != item->candidates[1]) return;
    work.after.head[field] = item->candidates[0];
    work.after.held.erase(item);
    merged_.released.emplace_back(work.after.id, field);
  }

  // Shadows and keys are what was seen, whatever was decided.
  void take_over_rows(Work& work) {
    for (const SiteId site : both_sites) {
      auto& shadow = work.after.shadow[index(site)];
      auto& key = work.after.key[index(site)];
      if (const Present* now = work.present(site)) {
        if (key && *key != now->key) merged_.disappeared.emplace_back(site, work.after.id);
        shadow = now->raw;
        key = now->key;
      } else if (work.absent(site) && shadow) {
        merged_.disappeared.emplace_back(site, work.after.id);
        shadow.reset();
      }
      // The key stays with the record, so that it comes back under the one that people know -
      // unless another row has it now.
      if (work.pair != nullptr && work.pair->lost_key[index(site)] && key) {
        merged_.disappeared.emplace_back(site, work.after.id);
        key.reset();
      }
    }
  }

  void keep(Work& work) {
    const bool untouched = work.pair == nullptr && work.after.gone == work.before->gone;
    if (untouched) return;
    if (work.before == nullptr && work.after.head.empty()) return;  // Nothing was ever there.
    for (const SiteId site : both_sites) {
      if (changed(work, site)) merged_.moved[index(site)].insert(root_);
    }
    if (work.after.gone) release_all(work.after);
    write_history(work);
    merged_.states.push_back(std::move(work.after));
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
