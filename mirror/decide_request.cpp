#include "mirror/decide_request.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "mirror/decide_effect.hpp"
#include "mirror/lensing.hpp"
#include "mirror/restore.hpp"

namespace miroir {
namespace {

constexpr auto waits_no_more = "it waits for nobody any more";
constexpr auto computed = "it is computed from other fields: change those";

// The head of one field moves, as a person wants it.
void set_head(RecordState& state, std::size_t field, const Value& value, const std::string& event,
              const Entity& entity, Merged& merged) {
  HistoryLine line{state.id, state.entity, std::nullopt, event, {}};
  line.changes.push_back({field, state.head[field], value});
  state.head[field] = value;
  if (touches_links(entity, line)) merged.relinked.push_back(state.id);
  merged.history.push_back(std::move(line));
}

// A root takes its parts along.
void remove_record(const RecordState& record, const Situation& now, Effect& effect) {
  for (const RecordState& state : now.states) {
    const bool concerned = state.id == record.id || record.id == record.root;
    if (concerned && !state.gone) end_existence(state, true, now, effect);
  }
}

// What the sites hold by now is not what the person saw.
std::optional<std::string> moved(const PerSite<Value>& seen, const PerSite<Value>& now,
                                 const Mapping& mapping) {
  for (const SiteId site : both_sites) {
    const std::size_t i = index(site);
    if (seen[i] == now[i]) continue;
    return fmt::format("it has moved since it was shown: {} held {} then, and holds {} now",
                       mapping.sites[i], display(seen[i]), display(now[i]));
  }
  return std::nullopt;
}

// Of fields that are decided together none is left behind.
std::optional<std::string> divides_group(const RecordState& after, std::size_t field,
                                         const Entity& entity) {
  for (const std::size_t one : entity.decided_with(field)) {
    if (is_held(after, one))
      return fmt::format("{} is decided together with it", entity.fields[one].name);
  }
  return std::nullopt;
}

void log_losers(const RecordState& state, const OpenHeld& item, const Value& value,
                const std::string& rule, Effect& effect) {
  const bool same = item.candidates[0] == item.candidates[1];
  for (const SiteId site : both_sites) {
    const Value& candidate = item.candidates[index(site)];
    if (candidate == value || (same && site == SiteId::second)) continue;
    log(state, *item.field, value, candidate, site, rule, effect);
  }
}

}  // namespace

std::optional<std::string> never_undone(const Field& field) {
  if (std::holds_alternative<Counter>(field.policy))
    return "a counter is not put back: count, and correct it at one of the sites";
  if (field.is_derived()) return computed;
  return std::nullopt;
}

const RecordState* Situation::find(RecordId id) const {
  const auto found = std::find_if(states.begin(), states.end(),
                                  [&](const RecordState& state) { return state.id == id; });
  return found == states.end() ? nullptr : &*found;
}

std::optional<std::string> unfit(const Entity& entity, std::size_t field, const Value& value,
                                 const Links& links, const Mapping& mapping) {
  for (const SiteId site : both_sites) {
    const Put put = put_new_field(entity, field, site, value, links);
    if (const auto* refusal = std::get_if<Refusal>(&put)) {
      return fmt::format("{} cannot hold it: {}", mapping.sites[index(site)], refusal->reason);
    }
  }
  return std::nullopt;
}

Decided decide_answer(const Request& request, const std::vector<std::optional<OpenHeld>>& items,
                      RecordId record, const Situation& now) {
  const RecordState* before = now.find(record);
  if (before == nullptr || before->gone) return Refused{waits_no_more};
  const Entity& entity = now.mapping.entity(before->entity);
  const auto& choices = std::get<AnswerFields>(request.what).choices;
  Effect effect = effect_on(*before);
  RecordState after = *before;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const Choice& choice = choices[i];
    const auto& item = items.at(i);
    if (!item || item->closed || !item->field) return Refused{waits_no_more};
    if (entity.fields[*item->field].is_derived()) return Refused{computed};
    if (auto why = moved(choice.seen, item->candidates, now.mapping)) return Refused{*why};
    if (auto why = unfit(entity, *item->field, choice.value, now.links, now.mapping))
      return Refused{*why};
    release(after, *item->field, effect.merged);
    log_losers(after, *item, choice.value, "answered by " + request.by, effect);
    set_head(after, *item->field, choice.value, "answered", entity, effect.merged);
  }
  for (const auto& item : items) {
    if (auto why = divides_group(after, *item->field, entity)) return Refused{*why};
  }
  effect.merged.states.push_back(std::move(after));
  derive(now, effect);
  return effect;
}

Decided decide_deletion(const Request& request, const std::optional<OpenHeld>& item,
                        const Situation& now) {
  const auto& answer = std::get<AnswerDeletion>(request.what);
  const RecordState* record = item ? now.find(item->record) : nullptr;
  if (record == nullptr || item->closed || record->gone) return Refused{waits_no_more};
  if (answer.seen != now.last_change)
    return Refused{"something has happened to it since it was shown"};
  Effect effect = effect_on(*record);
  if (answer.keep) {
    effect.kept.push_back(record->id);
    effect.merged.history.push_back({record->id, record->entity, std::nullopt, "kept", {}});
    return effect;
  }
  if (now.referrers > 0 && record->id == record->root) {
    return Refused{refer_to(now.referrers) +
                   ": delete those first, or let them refer to another one"};
  }
  effect.removed.push_back(record->id);
  if (!lives_alone(*record)) remove_record(*record, now, effect);
  log(*record, std::nullopt, std::string{"deleted"}, std::string{"kept"}, std::nullopt,
      "answered by " + request.by, effect);
  derive(now, effect);
  return effect;
}

namespace {

// The decisions that were one: about fields that are decided together, by one rule, in one cycle,
// against one site.
std::vector<LoggedConflict> made_together(const LoggedConflict& decision,
                                          const std::vector<LoggedConflict>& decisions,
                                          const std::vector<std::size_t>& unit,
                                          const Entity& entity) {
  std::vector<LoggedConflict> together;
  for (const LoggedConflict& one : decisions) {
    const auto field = entity.field_index(one.field);
    const bool is_one = one.conflict.field && field && one.cycle == decision.cycle &&
                        one.conflict.loser_site == decision.conflict.loser_site &&
                        one.conflict.rule == decision.conflict.rule;
    if (one.id == decision.id ||
        (is_one && unit.size() > 1 && std::find(unit.begin(), unit.end(), *field) != unit.end()))
      together.push_back(one);
  }
  return together;
}

// A question about all fields that were decided together.
void ask_again(RecordState& after, const std::vector<std::size_t>& unit,
               const std::vector<LoggedConflict>& together, const Entity& entity, Effect& effect) {
  for (const std::size_t field : unit) {
    const Value& head = after.head[field];
    const auto lost = std::find_if(together.begin(), together.end(), [&](const auto& one) {
      return entity.field_index(one.field) == field;
    });
    after.held.push_back({field, HoldReason::undone, {head, head}});
    effect.proposals.push_back(
        {after.id, field, lost == together.end() ? head : lost->conflict.loser});
  }
  effect.message = "it has changed since that decision: it is a question now";
}

std::optional<std::string> cannot_undo(const LoggedConflict& one, std::size_t field,
                                       const RecordState& record, const Entity& entity,
                                       const Situation& now) {
  if (auto why = never_undone(entity.fields[field])) return why;
  if (is_held(record, field)) return "the field waits for a person's answer already";
  return unfit(entity, field, one.conflict.loser, now.links, now.mapping);
}

Decided undo_fields(const LoggedConflict& decision, const std::vector<LoggedConflict>& decisions,
                    std::size_t field, const Request& request, const RecordState& before,
                    const Situation& now) {
  const Entity& entity = now.mapping.entity(before.entity);
  const std::vector<std::size_t> unit = entity.decided_with(field);
  const auto together = made_together(decision, decisions, unit, entity);
  Effect effect = effect_on(before);
  RecordState after = before;
  bool stands = true, is_back = true;
  for (const LoggedConflict& one : together) {
    const std::size_t f = *entity.field_index(one.field);
    if (auto why = cannot_undo(one, f, before, entity, now)) return Refused{*why};
    stands = stands && before.head[f] == one.conflict.winner;
    is_back = is_back && before.head[f] == one.conflict.loser;
    effect.undone.push_back(one.id);
  }
  if (is_back) return Refused{"it holds that value already"};
  if (!stands) ask_again(after, unit, together, entity, effect);
  for (const LoggedConflict& one : together) {
    if (!stands) break;
    const std::size_t f = *entity.field_index(one.field);
    const auto& [winner, loser] = std::pair{one.conflict.winner, one.conflict.loser};
    set_head(after, f, loser, "undone", entity, effect.merged);
    log(after, f, loser, winner, std::nullopt, "undone by " + request.by, effect);
  }
  effect.merged.states.push_back(std::move(after));
  derive(now, effect);
  return effect;
}

Decided undo_deletion(const LoggedConflict& decision, const Request& request,
                      const RecordState& record, const Situation& now) {
  if (!record.gone) return Refused{"it is there already"};
  Effect effect = effect_on(record);
  effect.undone.push_back(decision.id);
  for (const RecordState& state : now.states) {
    const bool concerned = state.id == record.id ||
                           (record.id == record.root && state.gone_since == record.gone_since);
    if (concerned && state.gone) end_existence(state, false, now, effect);
  }
  log(record, std::nullopt, std::string{"kept"}, std::string{"deleted"}, std::nullopt,
      "undone by " + request.by, effect);
  derive(now, effect);
  return effect;
}

Decided undo_survival(const LoggedConflict& decision, const Request& request,
                      const RecordState& record, bool changed_since, const Situation& now) {
  const Entity& entity = now.mapping.entity(record.entity);
  if (record.gone) return Refused{"it is deleted already"};
  if (entity.one_way_to) {
    return Refused{fmt::format("{} goes only to {}: delete it at {}", entity.name,
                               now.mapping.sites[index(*entity.one_way_to)],
                               now.mapping.sites[index(other(*entity.one_way_to))])};
  }
  if (now.referrers > 0 && record.id == record.root)
    return Refused{refer_to(now.referrers) + ", so it cannot be deleted"};
  Effect effect = effect_on(record);
  effect.undone.push_back(decision.id);
  if (changed_since) {
    effect.in_question.emplace_back(record.id,
                                    "its deletion is wanted back, and it was changed "
                                    "since");
    effect.message = "it was changed since that decision: it is a question now";
    return effect;
  }
  remove_record(record, now, effect);
  log(record, std::nullopt, std::string{"deleted"}, std::string{"kept"}, std::nullopt,
      "undone by " + request.by, effect);
  derive(now, effect);
  return effect;
}

}  // namespace

Decided decide_undo(const Request& request, const LoggedConflict& decision,
                    const std::vector<LoggedConflict>& decisions, bool changed_since,
                    const Situation& now) {
  if (decision.undone)
    return Refused{fmt::format("it was undone already, in cycle {}", decision.undone->raw())};
  const RecordState* record = now.find(decision.conflict.record);
  const Entity* entity = now.mapping.find(decision.entity);
  if (record == nullptr || entity == nullptr) return Refused{"its record is mirrored no more"};
  if (decision.conflict.field) {
    const auto field = entity->field_index(decision.field);
    if (!field) return Refused{"the field is mirrored no more"};
    if (record->gone) return Refused{"its record was deleted since"};
    return undo_fields(decision, decisions, *field, request, *record, now);
  }
  const Value deleted = std::string{"deleted"};
  if (decision.conflict.winner == deleted) return undo_deletion(decision, request, *record, now);
  if (decision.conflict.loser == deleted)
    return undo_survival(decision, request, *record, changed_since, now);
  return Refused{"it decided about the record as a whole, and there is nothing to put back"};
}

}  // namespace miroir
