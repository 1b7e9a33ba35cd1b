#include "mirror/decide_resync.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "mirror/comparing.hpp"
#include "mirror/decide_effect.hpp"
#include "mirror/lensing.hpp"

namespace miroir {
namespace {

// What makes it impossible; ends the decision.
struct Stop {
  std::string why;
};

class Declaration {
 public:
  Declaration(const Request& request, SiteId from, const RecordState& root, const Situation& now)
      : request_{request},
        from_{from},
        there_{other(from)},
        root_{root},
        now_{now},
        effect_{effect_on(root)} {}

  Decided decide(const Resync::Root& shown) {
    try {
      require_mirrored();
      const bool is_gone = !root_.shadow[index(from_)];
      if (is_gone) {
        require_alone();
        remove_root();
      } else {
        for (const RecordState& state : now_.states) take(state);
      }
      if (effect_.merged.states.empty()) return std::move(effect_);  // Nothing differs by now.
      require_as_shown(shown);
      derive(now_, effect_);
      return std::move(effect_);
    } catch (Stop& stop) {
      return Refused{std::move(stop.why)};
    }
  }

 private:
  const std::string& name_of(SiteId site) const { return now_.mapping.sites[index(site)]; }
  const Entity& entity_of(const RecordState& state) const {
    return now_.mapping.entity(state.entity);
  }
  std::string rule() const {
    return fmt::format("resync from {} by {}", name_of(from_), request_.by);
  }

  void require_mirrored() const {
    for (const SiteId site : both_sites) {
      if (root_.outside[index(site)]) throw Stop{"it is not mirrored at " + name_of(site) + " now"};
    }
    if (entity_of(root_).one_way_to == from_) {
      throw Stop{fmt::format("{} goes only to {}: declare {} right", entity_of(root_).name,
                             name_of(from_), name_of(there_))};
    }
  }

  // Of the rows as a whole, since all of them are overwritten or taken.
  void require_as_shown(const Resync::Root& shown) const {
    for (const SiteId site : both_sites) {
      std::size_t there = 0;
      for (const RecordState& state : now_.states) {
        const auto& shadow = state.shadow[index(site)];
        if (!shadow) continue;
        ++there;
        const auto& key = state.key[index(site)];
        const auto& rows = shown.seen[index(site)];
        const auto seen = std::find_if(rows.begin(), rows.end(), [&](const Resync::SeenRow& row) {
          return row.entity == entity_of(state).name && row.key == key;
        });
        if (seen == rows.end() || seen->row.size() != shadow->size() ||
            !is_as_seen(entity_of(state), site, seen->row, state))
          throw Stop{"it has moved at " + name_of(site) + " since it was shown"};
      }
      if (there != shown.seen[index(site)].size())
        throw Stop{"it has moved at " + name_of(site) + " since it was shown"};
    }
  }

  void require_alone() const {
    if (now_.referrers > 0)
      throw Stop{
          fmt::format("{} does not have it, and {}", name_of(from_), refer_to(now_.referrers))};
  }

  void log_existence(const RecordState& state, bool gone) {
    log(state, std::nullopt, std::string{gone ? "deleted" : "kept"},
        std::string{gone ? "kept" : "deleted"}, there_, rule(), effect_);
  }

  void remove_root() {
    bool any = false;
    for (const RecordState& state : now_.states) {
      if (state.gone) continue;
      any = true;
      end_existence(state, true, now_, effect_);
    }
    if (any) log_existence(root_, true);
  }

  void take(const RecordState& before) {
    const auto& row = before.shadow[index(from_)];
    if (!row) {
      if (before.gone) return;
      end_existence(before, true, now_, effect_);
      log_existence(before, true);
      return;
    }
    RecordState after = before;
    HistoryLine line{before.id, before.entity, from_, "changed", {}};
    if (before.gone) {
      after.gone = false;
      effect_.merged.history.push_back({before.id, before.entity, from_, "restored", {}});
      log_existence(before, false);
    }
    for (std::size_t f = 0; f < entity_of(before).fields.size(); ++f)
      take_field(f, *row, after, line);
    if (after.gone == before.gone && line.changes.empty() &&
        after.held.size() == before.held.size())
      return;
    if (touches_links(entity_of(before), line)) effect_.merged.relinked.push_back(after.id);
    if (!line.changes.empty()) effect_.merged.history.push_back(std::move(line));
    effect_.merged.states.push_back(std::move(after));
  }

  // A value that is the head's own, but for what the mapping says that the site may lose, stays
  // the head's.
  void take_field(std::size_t f, const Row& row, RecordState& after, HistoryLine& line) {
    const Entity& entity = entity_of(after);
    const Field& field = entity.fields[f];
    if (field.is_derived() || field.at_creation() || !field.comes_from(from_)) return;
    if (!has_seen(entity, f, from_, after.head, row, now_.links)) {
      Lensed read = get_field(entity, f, from_, row, now_.links);
      if (const auto* refusal = std::get_if<Refusal>(&read))
        throw Stop{field.name + ": " + refusal->reason};
      const Value& value = std::get<Value>(read);
      if (const auto why = unfit(entity, f, value, now_.links, now_.mapping))
        throw Stop{field.name + ": " + *why};
      line.changes.push_back({f, after.head[f], value});
      after.head[f] = value;
    }
    if (is_held(after, f)) release(after, f, effect_.merged);
    log_loser(f, after);
  }

  void log_loser(std::size_t f, const RecordState& after) {
    const auto& row = after.shadow[index(there_)];
    const Entity& entity = entity_of(after);
    if (!row || has_seen(entity, f, there_, after.head, *row, now_.links)) return;
    const Lensed lost = get_field(entity, f, there_, *row, now_.links);
    if (const auto* value = std::get_if<Value>(&lost))
      log(after, f, after.head[f], *value, there_, rule(), effect_);
  }

  const Request& request_;
  const SiteId from_, there_;
  const RecordState& root_;
  const Situation& now_;
  Effect effect_;
};

}  // namespace

Decided decide_resync(const Request& request, const Resync::Root& root, SiteId from,
                      RecordId record, const Situation& now) {
  const RecordState* state = now.find(record);
  if (state == nullptr) return Refused{"it is mirrored no more"};
  return Declaration{request, from, *state, now}.decide(root);
}

std::vector<Conflict> overwritten(const std::vector<HistoryLine>& lines,
                                  const std::vector<Conflict>& decided, const Mapping& mapping,
                                  const std::string& by) {
  std::vector<Conflict> lost;
  const std::string rule = "resync by " + by;
  const auto is_decided = [&](std::optional<std::size_t> field) {
    return std::any_of(decided.begin(), decided.end(),
                       [&](const Conflict& conflict) { return conflict.field == field; });
  };
  for (const HistoryLine& line : lines) {
    if (!line.site) continue;  // Of a decision, or both sites did it.
    const SiteId loser = other(*line.site);
    const auto& fields = mapping.entity(line.entity).fields;
    if (line.event == "deleted" && !is_decided(std::nullopt))
      lost.push_back({line.record, line.entity, std::nullopt, std::string{"deleted"},
                      std::string{"kept"}, loser, rule});
    if (line.event != "changed") continue;
    for (const FieldChange& change : line.changes) {
      if (fields[change.field].is_derived() || is_decided(change.field)) continue;
      lost.push_back(
          {line.record, line.entity, change.field, change.after, change.before, loser, rule});
    }
  }
  return lost;
}

}  // namespace miroir
