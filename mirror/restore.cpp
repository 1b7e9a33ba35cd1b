#include "mirror/restore.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "mirror/incorporate.hpp"

namespace miroir {
namespace {

bool is_alone(const RecordState& state, SiteId site) {
  return !state.gone && state.outside[index(site)] && !state.shadow[index(site)];
}

// Because what it refers to is; where the entity's own deletions mean that, it may have been left
// for itself.
bool is_alone_with(const RecordState& state, SiteId site, const Mapping& mapping) {
  const Entity& entity = mapping.entity(state.entity);
  return state.id == state.root && is_alone(state, site) &&
         std::holds_alternative<Propagate>(entity.deletion[index(site)]) &&
         entity.table[index(site)].moved.empty();
}

// Works on one record, what belongs to it, and what went where it goes.
class Restoring {
 public:
  Restoring(Store& store, const Mapping& mapping, CycleNumber cycle)
      : store_{store}, mapping_{mapping}, cycle_{cycle} {}

  // Deleted, and so was all that went with it.
  void restore(RecordId id) {
    const RecordState state = store_.record(id).value();
    restore(id, state.gone_since, removals_of(state));
  }

  // Whether nobody has said what became of its parts at a site where it is no more. They are looked
  // for first: it would come back without them.
  bool leaves_parts_in_doubt(RecordId id) {
    const std::vector<RecordState> states = store_.aggregate(id);
    bool in_doubt = false;
    for (const SiteId site : both_sites) {
      const bool has_parts =
          std::any_of(states.begin(), states.end(),
                      [&](const RecordState& s) { return s.shadow[index(site)].has_value(); });
      const RecordState& root = *std::find_if(states.begin(), states.end(),
                                              [&](const RecordState& s) { return s.id == id; });
      if (!has_parts || root.shadow[index(site)] || !root.key[index(site)]) continue;
      store_.reread(site, root.entity, *root.key[index(site)]);
      in_doubt = true;
    }
    return in_doubt;
  }

  void log_kept(RecordId id, EntityId entity, const std::string& rule) {
    store_.log(Conflict{id, entity, std::nullopt, std::string{"kept"}, std::string{"deleted"},
                        std::nullopt, rule},
               cycle_);
    ++logged_;
  }
  std::size_t logged() const { return logged_; }

  // Deleted at one site, and not at the other.
  void bring_back(RecordId id) {
    each_alone(id, [&](RecordState& state, SiteId site) { state.outside[index(site)] = false; });
  }
  void finish(RecordId id) {
    each_alone(id, [&](RecordState& state, SiteId) {
      state.gone = true;
      state.gone_since = cycle_;
    });
  }

 private:
  using Removals = PerSite<std::optional<std::string>>;  // As in Store::removed_by.

  // What is there again was removed once, and is no more.
  Removals removals_of(const RecordState& state) const {
    Removals removals;
    for (const SiteId site : both_sites) {
      if (!state.shadow[index(site)]) removals[index(site)] = store_.removed_by(site, state.id);
    }
    return removals;
  }

  // `since`, `by`: the cycle in which what started it was deleted, and the transactions.
  void restore(RecordId id, CycleNumber since, const Removals& by) {
    const auto went_along = [&](const RecordState& state) {
      return state.gone && state.gone_since >= since && is_somewhere(state) &&
             went_with(by, removals_of(state), state.root == id);
    };
    each_of(id, [&](RecordState& state) {
      if (state.id == id ? !state.gone : !went_along(state)) return false;
      state.gone = false;
      return true;
    });
    for (const RecordId child : store_.referrers(id, false)) {
      const auto state = store_.record(child);
      if (!state || !went_along(*state)) continue;
      const RecordState root = store_.record(state->root).value();
      const RecordState& back = root.gone ? root : *state;
      restore(back.id, since, by);
      log_kept(back.id, back.entity, "it came back with what it refers to, and had gone with");
    }
  }
  // A part of it that nobody removed went because it did.
  static bool went_with(const Removals& one, const Removals& other, bool part) {
    if (part && !other[0] && !other[1]) return true;
    return std::any_of(std::begin(both_sites), std::end(both_sites), [&](SiteId site) {
      const auto &a = one[index(site)], &b = other[index(site)];
      return a && b && may_be_one(*a, *b);
    });
  }

  static bool is_somewhere(const RecordState& state) {
    return state.shadow[0].has_value() || state.shadow[1].has_value();
  }

  void each_of(RecordId id, const std::function<bool(RecordState&)>& change) {
    Links links;
    for (RecordState& state : store_.aggregate(id)) {
      const bool was_gone = state.gone;
      if (!change(state)) continue;
      keep_state(state, false, links, store_, mapping_, cycle_);
      store_.log(HistoryLine{state.id,
                             state.entity,
                             std::nullopt,
                             state.gone && !was_gone ? "deleted" : "restored",
                             {}},
                 cycle_);
    }
  }

  // The record, and what was left alone at a site because this one was.
  template <class Change>
  void each_alone(RecordId id, const Change& change) {
    if (!done_.insert(id).second) return;
    const auto root = store_.record(id);
    if (!root) return;
    for (const SiteId site : both_sites) {
      if (!is_alone(*root, site)) continue;
      for (const RecordId child : store_.referrers(id, true)) {
        const auto state = store_.record(child);
        if (state && is_alone_with(*state, site, mapping_)) each_alone(child, change);
      }
      each_of(id, [&](RecordState& state) {
        if (!is_alone(state, site)) return false;
        change(state, site);
        return true;
      });
    }
  }

  Store& store_;
  const Mapping& mapping_;
  CycleNumber cycle_;
  std::set<RecordId> done_;
  std::size_t logged_ = 0;
};

// Children before parents: what comes back may need its own parents.
std::size_t restore_once(const Scope& scope, Store& store, const Mapping& mapping,
                         CycleNumber cycle) {
  std::size_t brought_back = 0;
  Restoring restoring{store, mapping, cycle};
  for (auto entity = mapping.entities.rbegin(); entity != mapping.entities.rend(); ++entity) {
    if (entity->is_part() || scope.not_deleting.contains(entity->id.raw())) continue;
    for (const RecordId root : store.gone_but_referenced(entity->id)) {
      if (restoring.leaves_parts_in_doubt(root)) continue;
      restoring.restore(root);
      restoring.log_kept(root, entity->id, "what others refer to is not deleted");
      store.ask_deletion(root, "it was deleted, but other records still refer to it", cycle);
    }
    for (const RecordId root : store.alone_but_referenced(entity->id)) {
      restoring.bring_back(root);
      store.ask_deletion(root, "it was deleted at one site, where other records need it", cycle);
      ++brought_back;
    }
  }
  return brought_back + restoring.logged();
}

}  // namespace

std::size_t restore_parents(const Scope& scope, Store& store, const Mapping& mapping,
                            CycleNumber cycle) {
  std::size_t all = 0;
  store.begin();
  try {
    for (std::size_t more = 1; more > 0; all += more)
      more = restore_once(scope, store, mapping, cycle);
    store.commit();
  } catch (...) {
    store.rollback();
    throw;
  }
  return all;
}

bool lives_alone(const RecordState& state) {
  return is_alone(state, SiteId::first) || is_alone(state, SiteId::second);
}

std::size_t referrers_left(RecordId root, const Store& store, const Mapping& mapping) {
  const RecordState state = store.record(root).value();
  std::size_t left = 0;
  for (const RecordId child : store.referrers(root, true)) {
    const RecordState referrer = store.record(child).value();
    const bool goes = referrer.root == root ||
                      std::any_of(std::begin(both_sites), std::end(both_sites), [&](SiteId site) {
                        return is_alone(state, site) && is_alone_with(referrer, site, mapping);
                      });
    if (!goes) ++left;
  }
  return left;
}

void keep_record(RecordId root, Store& store, const Mapping& mapping, CycleNumber cycle) {
  Restoring{store, mapping, cycle}.bring_back(root);
  store.close_deletion(root, cycle);
}

void delete_record(RecordId root, Store& store, const Mapping& mapping, CycleNumber cycle) {
  Restoring{store, mapping, cycle}.finish(root);
  store.close_deletion(root, cycle);
}

}  // namespace miroir
