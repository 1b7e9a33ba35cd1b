#include "mirror/decide_effect.hpp"

#include <fmt/core.h>

#include "mirror/merge_derived.hpp"

namespace miroir {

Effect effect_on(const RecordState& state) {
  Effect effect;
  effect.record = state.id;
  for (const SiteId site : both_sites) effect.merged.moved[index(site)].insert(state.root);
  return effect;
}

void release(RecordState& state, std::size_t field, Merged& merged) {
  std::erase_if(state.held, [&](const HeldField& held) { return held.field == field; });
  merged.released.emplace_back(state.id, field);
}

void end_existence(RecordState state, bool gone, const Situation& now, Effect& effect) {
  if (gone) {
    state.gone_since = now.cycle;
    while (!state.held.empty()) release(state, state.held.front().field, effect.merged);
  }
  state.gone = gone;
  effect.merged.history.push_back(
      {state.id, state.entity, std::nullopt, gone ? "deleted" : "restored", {}});
  effect.merged.states.push_back(std::move(state));
}

void log(const RecordState& state, std::optional<std::size_t> field, const Value& winner,
         const Value& loser, std::optional<SiteId> loser_site, const std::string& rule,
         Effect& effect) {
  effect.merged.conflicts.push_back(
      {state.id, state.entity, field, winner, loser, loser_site, rule});
}

std::string refer_to(std::size_t count) {
  return fmt::format("{} other record{} to it", count, count == 1 ? " refers" : "s refer");
}

void derive(const Situation& now, Effect& effect) {
  if (effect.merged.states.empty()) return;
  std::map<RecordId, Work> aggregate;
  for (const RecordState& state : now.states)
    aggregate.emplace(state.id, Work{nullptr, &state, state});
  for (RecordState& state : effect.merged.states) aggregate.at(state.id).after = std::move(state);
  effect.merged.states.clear();
  derive_fields(aggregate, now.states.front().root, now.links, now.mapping, effect.merged);
  for (auto& [id, work] : aggregate) {
    HistoryLine line{id, work.after.entity, std::nullopt, "changed", {}};
    for (const std::size_t field : now.mapping.entity(work.after.entity).derived) {
      if (work.after.head[field] != work.before->head[field])
        line.changes.push_back({field, work.before->head[field], work.after.head[field]});
    }
    if (!line.changes.empty()) effect.merged.history.push_back(std::move(line));
    effect.merged.states.push_back(std::move(work.after));
  }
}

}  // namespace miroir
