#include "mirror/decide_link.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "mirror/history.hpp"
#include "mirror/lensing.hpp"
#include "mirror/match_parts.hpp"
#include "mirror/merge.hpp"
#include "mirror/plan.hpp"

namespace miroir {
namespace {

// Why a record cannot meet one of the other site: it must be at its own site only, and nothing of
// it may be on its way there.
std::optional<std::string> not_free(const RecordState& root, SiteId site, const Situation& now) {
  const Entity& entity = now.mapping.entity(root.entity);
  const std::string name = name_of(entity, root.key, now.mapping);
  const std::string& there = now.mapping.sites[index(other(site))];
  if (root.gone) return name + " is deleted";
  if (root.outside[0] || root.outside[1]) return name + " is none that is mirrored now";
  if (!root.shadow[index(site)])
    return fmt::format("{} has no row at {}", name, now.mapping.sites[index(site)]);
  if (root.shadow[index(other(site))]) {
    return fmt::format(
        "{} is one record with a row at both sites: give its row at {} another key there, then "
        "`miroir unlink` and `miroir link` before the next cycle (to delete it there deletes both)",
        name, there);
  }
  for (const RecordState& state : now.states) {
    if (!state.held.empty()) return name + " waits for a person's answer: give that first";
    if (differs(now.mapping.entity(state.entity), site, state, now.links))
      return fmt::format("something of {} has still to be written at {}", name,
                         now.mapping.sites[index(site)]);
  }
  return std::nullopt;
}

class LinkedMeeting {
 public:
  LinkedMeeting(RecordId first, RecordId second, const PerSite<Situation>& now)
      : root_{first, second}, now_{now}, mapping_{now[0].mapping}, links_{now[0].links} {}

  Decided decide() {
    const Entity& entity = mapping_.entity(state(SiteId::first, root_[0]).entity);
    pair(root_[0], root_[1]);
    for (const EntityId part : entity.parts) {
      if (auto why = pair_parts_of(mapping_.entity(part))) return Refused{*why};
    }
    effect_.record = root_[0];
    effect_.referred_to = root_[0];
    effect_.merged = merged();
    tell();
    return std::move(effect_);
  }

 private:
  const RecordState& state(SiteId site, RecordId id) const { return *now_[index(site)].find(id); }

  Present present(SiteId site, const RecordState& state) const {
    const Row& raw = *state.shadow[index(site)];
    return {*state.key[index(site)], raw,
            readable_fields(mapping_.entity(state.entity), site, raw, links_)};
  }

  void pair(RecordId first, RecordId second) {
    const RecordState& a = state(SiteId::first, first);
    const RecordState& b = state(SiteId::second, second);
    Pair met{.record = first, .entity = a.entity, .born = true, .now = {}, .lost_key = {}};
    met.now = {present(SiteId::first, a), present(SiteId::second, b)};
    aggregate_.records.push_back(std::move(met));
    effect_.dissolved.emplace_back(second, first);
  }

  // Rows of one entity's parts that the site has, and whose they are.
  struct Parts {
    std::vector<ReadRow> rows;
    std::vector<RecordId> ids;
  };
  Parts parts_of(SiteId site, const Entity& part) const {
    Parts parts;
    for (const RecordState& one : now_[index(site)].states) {
      if (one.entity != part.id || !one.shadow[index(site)] || !one.key[index(site)]) continue;
      parts.rows.push_back({part.id, *one.key[index(site)], one.shadow[index(site)]});
      parts.ids.push_back(one.id);
    }
    return parts;
  }

  std::optional<std::string> pair_parts_of(const Entity& part) {
    const PerSite<Parts> parts{parts_of(SiteId::first, part), parts_of(SiteId::second, part)};
    PerSite<std::vector<PartRow>> rows;
    for (const SiteId site : both_sites) {
      for (const ReadRow& row : parts[index(site)].rows)
        rows[index(site)].push_back({&row, readable_fields(part, site, *row.row, links_)});
    }
    const PartPairs found = pair_parts(part, rows[0], rows[1], links_, true);
    if (found.left[0] + found.left[1] > 0) {
      return fmt::format("only {} of their {} ({} at {} and {} at {}) agree: make the others agree",
                         found.pairs.size(), part.name, rows[0].size(), mapping_.sites[0],
                         rows[1].size(), mapping_.sites[1]);
    }
    for (const auto& [a, b] : found.pairs) {
      pair(parts[0].ids[static_cast<std::size_t>(a - parts[0].rows.data())],
           parts[1].ids[static_cast<std::size_t>(b - parts[1].rows.data())]);
    }
    return std::nullopt;
  }

  Merged merged() {
    aggregate_.root = root_[0];
    Pairs pairs;
    pairs.entity = state(SiteId::first, root_[0]).entity;
    pairs.aggregates.push_back(std::move(aggregate_));
    Known known;  // As if neither had ever been seen: they have no past in common.
    known.links = links_;
    return merge_pairs(pairs, known, mapping_, now_[0].cycle, std::nullopt);
  }

  // To its story it was not born now: it went on as what the two agree in.
  void tell() {
    effect_.merged.history.clear();
    for (const RecordState& after : effect_.merged.states) {
      HistoryLine line = miroir::history_of(&state(SiteId::first, after.id), after);
      line.event = "linked";
      effect_.merged.history.push_back(std::move(line));
    }
  }

  PerSite<RecordId> root_;
  const PerSite<Situation>& now_;
  const Mapping& mapping_;
  const Links& links_;
  AggregatePair aggregate_;
  Effect effect_;
};

}  // namespace

Decided decide_link(RecordId first, RecordId second, const PerSite<Situation>& now) {
  if (first == second) return Refused{"they are one record already"};
  for (const SiteId site : both_sites) {
    const Situation& its = now[index(site)];
    const RecordState& root = *its.find(site == SiteId::first ? first : second);
    if (auto why = not_free(root, site, its)) return Refused{*why};
  }
  return LinkedMeeting{first, second, now}.decide();
}

namespace {

class Parting {
 public:
  Parting(const Unlink& unlink, RecordId free, const Situation& now)
      : root_{unlink.record},
        next_{free.raw()},
        now_{now},
        stays_{unlink.keeper.value_or(SiteId::first)},
        goes_{other(stays_)},
        new_root_{free} {}

  Decided decide() {
    for (const RecordState& state : now_.states) {
      if (auto why = part(state)) return Refused{*why};
    }
    if (auto why = taken_key(kept_, root_, goes_)) return Refused{*why};
    if (auto why = taken_key(left_, new_root_, stays_)) return Refused{*why};
    effect_.record = root_;
    effect_.referred_to = root_;
    // Those that keep their record first: then the others' keys are free.
    for (auto* states : {&kept_, &left_}) {
      for (RecordState& state : *states) {
        effect_.merged.relinked.push_back(state.id);
        effect_.merged.states.push_back(std::move(state));
      }
    }
    return std::move(effect_);
  }

 private:
  const Entity& entity(const RecordState& state) const { return now_.mapping.entity(state.entity); }

  std::optional<std::string> part(const RecordState& state) {
    for (const HeldField& held : state.held)
      effect_.merged.released.emplace_back(state.id, held.field);
    if (state.shadow[index(goes_)]) {
      // Ids in the order of the states, the root's first.
      const RecordId id{state.id == root_ ? new_root_.raw() : ++next_};
      if (auto why = take(state, id, new_root_, goes_, left_)) return why;
    }
    if (state.shadow[index(stays_)]) return take(state, state.id, root_, stays_, kept_);
    if (!state.shadow[index(goes_)]) return std::nullopt;
    RecordState none = state;  // A part that only the other one has.
    if (!none.gone) none.gone_since = now_.cycle;
    none.gone = true;
    none.key = {};
    none.shadow = {};
    none.held.clear();
    kept_.push_back(std::move(none));
    return std::nullopt;
  }

  // What the site holds, as a record of its own.
  std::optional<std::string> take(const RecordState& state, RecordId id, RecordId root, SiteId site,
                                  std::vector<RecordState>& into) {
    RecordState one;
    one.id = id;
    one.entity = state.entity;
    one.root = root;
    one.shadow[index(site)] = state.shadow[index(site)];
    one.key[index(site)] = state.key[index(site)];
    for (std::size_t f = 0; f < entity(state).fields.size(); ++f) {
      Lensed value = get_field(entity(state), f, site, *one.shadow[index(site)], now_.links);
      if (const auto* refusal = std::get_if<Refusal>(&value)) {
        return fmt::format("{}.{} at {} cannot be read: {}", entity(state).name,
                           entity(state).fields[f].name, now_.mapping.sites[index(site)],
                           refusal->reason);
      }
      one.head.push_back(std::get<Value>(std::move(value)));
    }
    HistoryLine line = miroir::history_of(&state, one);
    line.record = id;
    line.event = "unlinked";
    effect_.merged.history.push_back(std::move(line));
    into.push_back(std::move(one));
    return std::nullopt;
  }

  // At the site that it is not at any more, a record gets a row of its own. Its key must not be the
  // one that the other has there.
  std::optional<std::string> taken_key(const std::vector<RecordState>& states, RecordId root,
                                       SiteId site) const {
    const Planned planned =
        plan_aggregate(states, root, site, now_.links, now_.mapping, OwnLinks::as_they_are);
    const auto* write = std::get_if<AggregateWrite>(&planned);
    const RecordState& before = *now_.find(root_);
    if (write == nullptr || write->rows.front().key != *before.key[index(site)])
      return std::nullopt;
    return fmt::format("both would have the key {} at {}: change that of one of them first",
                       display_key(*before.key[index(site)]), now_.mapping.sites[index(site)]);
  }

  RecordId root_;
  std::int64_t next_;
  const Situation& now_;
  SiteId stays_, goes_;
  RecordId new_root_;
  std::vector<RecordState> kept_, left_;
  Effect effect_;
};

}  // namespace

Decided decide_unlink(const Unlink& unlink, RecordId free, const Situation& now) {
  const RecordState* root = now.find(unlink.record);
  if (root == nullptr || root->gone) return Refused{"it is deleted"};
  if (root->outside[0] || root->outside[1]) return Refused{"it is none that is mirrored now"};
  for (const SiteId site : both_sites) {
    if (root->shadow[index(site)]) continue;
    return Refused{fmt::format("it has no row at {}: there is nothing to part",
                               now.mapping.sites[index(site)])};
  }
  if (now.referrers > 0 && !unlink.keeper) {
    return Refused{
        fmt::format("{} other record(s) refer to it: say with which of the two they "
                    "stay, by --references {} or --references {}",
                    now.referrers, now.mapping.sites[0], now.mapping.sites[1])};
  }
  return Parting{unlink, free, now}.decide();
}

}  // namespace miroir
