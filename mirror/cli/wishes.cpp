#include "mirror/cli/wishes.hpp"

#include <fmt/format.h>

#include "mirror/cli/held_items.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/decide_request.hpp"

namespace miroir {
namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& hint) {
  throw VerbError{Exit::usage, what, hint};
}

OpenHeld open_item(const Store& store, std::int64_t id) {
  const auto held = store.held(id);
  if (!held || held->closed) {
    refuse(fmt::format("held item {} {}", id, held ? "waits for nobody any more" : "is not there"),
           "`miroir held list` shows what waits");
  }
  return *held;
}

Value wanted_value(const Store& store, const Mapping& mapping, const OpenHeld& held,
                   const HeldAnswerVerb& verb) {
  const Entity& entity = mapping.entity(held.entity);
  if (verb.take) return held.candidates[index(chosen_site(mapping, *verb.take))];
  if (verb.take_back) {
    if (!held.proposal)
      refuse("no decision about this was to be undone", "--take SITE, or --value TEXT");
    return *held.proposal;
  }
  if (!verb.nothing) return chosen_value(store, mapping, entity, *held.field, *verb.value);
  if (const auto why = unfit(entity, *held.field, Null{}, {}, mapping))
    refuse(*why, "nothing was asked; choose a value");
  return Null{};
}

}  // namespace

std::vector<OpenHeld> asked_together(const Store& store, const Mapping& mapping,
                                     const OpenHeld& held) {
  const Entity& entity = mapping.entity(held.entity);
  std::vector<OpenHeld> all;
  for (const std::size_t field : entity.decided_with(*held.field)) {
    for (const OpenHeld& one : store.held_of(held.record)) {
      if (!one.closed && one.field == field) all.push_back(one);
    }
  }
  return all;
}

namespace {

Wish wish_for(const Store& store, const Mapping& mapping, const OpenHeld& held,
              const HeldAnswerVerb& verb) {
  const bool about_value = verb.take || verb.value || verb.nothing || verb.take_back;
  if (!held.field) {
    if (about_value)
      refuse("it is asked whether a record stays, not about a value", "--keep, or --delete");
    return {held.record, AnswerDeletion{held.id, verb.keep, store.last_change(held.record)}};
  }
  if (!about_value) refuse("a field is asked about, not a deletion", "--take SITE, --value TEXT");
  const Entity& entity = mapping.entity(held.entity);
  if (entity.fields[*held.field].is_derived())
    refuse("it is computed from other fields", "answer what it waits for, or change those");
  const auto together = asked_together(store, mapping, held);
  if (together.size() > 1 && !verb.take && !verb.take_back)
    refuse("several fields are decided together here: not one of them alone", "--take SITE");
  AnswerFields answer;
  for (const OpenHeld& one : together)
    answer.choices.push_back({one.id, wanted_value(store, mapping, one, verb), one.candidates});
  return {held.record, answer};
}

// Of many at once: only what a site holds can be taken, and of deletions whether they are right.
void require_one_for_all(const Mapping& mapping, const HeldAnswerVerb& verb) {
  if (verb.rule == "deletion") {
    if (!verb.keep && !verb.remove)
      refuse("it is asked whether records stay, not about values",
             "miroir held answer --all --rule deletion --keep, or --delete");
    return;
  }
  if (!verb.rule || !verb.take)
    refuse("--all answers for one reason, with the values of one site",
           "miroir held answer --all --rule hold --take " + mapping.sites[0]);
  require_rule(*verb.rule);
  chosen_site(mapping, *verb.take);
}

std::vector<Wish> all_wishes(const Store& store, const Mapping& mapping,
                             const HeldAnswerVerb& verb) {
  require_one_for_all(mapping, verb);
  if (verb.entity) chosen_entity(mapping, *verb.entity);
  std::vector<Wish> wishes;
  for (const OpenHeld& held : store.held()) {
    const bool meant = !held.ignored && rule_of(held) == *verb.rule &&
                       (!verb.entity || mapping.entity(held.entity).name == *verb.entity);
    // Fields that are decided together are one answer.
    if (meant && (!held.field || asked_together(store, mapping, held).front().id == held.id))
      wishes.push_back(wish_for(store, mapping, held, verb));
  }
  if (wishes.empty())
    refuse("nothing waits for that reason", "`miroir held list` shows what waits");
  return wishes;
}

}  // namespace

std::vector<Wish> answer_wishes(const Store& store, const Mapping& mapping,
                                const HeldAnswerVerb& verb) {
  if (verb.all == verb.id.has_value())
    refuse("either one item or --all is answered", "miroir held answer ID --take SITE");
  return verb.all ? all_wishes(store, mapping, verb)
                  : std::vector<Wish>{wish_for(store, mapping, open_item(store, *verb.id), verb)};
}

std::vector<Wish> retry_wishes(const Store& store, const HeldRetryVerb& verb) {
  if (verb.all == verb.id.has_value()) {
    throw VerbError{Exit::usage, "either one item or --all is tried again",
                    "miroir held retry S1, or miroir held retry --all"};
  }
  std::vector<Wish> wishes;
  for (const OpenSetAside& item : store.set_aside()) {
    const Wish wish{std::nullopt, Retry{item.id}};
    if (verb.all ? !item.ignored : spoken_id(item) == *verb.id) wishes.push_back(wish);
  }
  if (wishes.empty()) {
    throw VerbError{Exit::usage, verb.all ? "nothing is set aside" : *verb.id + " is not set aside",
                    "`miroir held list` shows what is, with IDs as S1"};
  }
  return wishes;
}

std::vector<Wish> undo_wishes(const Store& store, const Mapping& mapping, const UndoVerb& verb) {
  if (!verb.id) refuse("which decision?", "`miroir undo --list` shows them with their IDs");
  const auto decision = store.conflict(*verb.id);
  if (!decision) {
    throw VerbError{Exit::usage, fmt::format("there is no decision {}", *verb.id),
                    "`miroir undo --list` shows the last ones, `miroir trace` those about one record"};
  }
  if (decision->undone) {
    throw VerbError{Exit::usage,
                    fmt::format("decision {} was undone already, in cycle {}", *verb.id,
                                decision->undone->raw()),
                    "that is a decision too, and can be undone: `miroir trace` shows its ID"};
  }
  const Entity* entity = mapping.find(decision->entity);
  const auto field = entity == nullptr ? std::nullopt : entity->field_index(decision->field);
  if (field) {
    if (const auto why = never_undone(entity->fields[*field]))
      refuse(fmt::format("decision {} cannot be undone: {}", *verb.id, *why), "");
  }
  return {{decision->conflict.record, Undo{*verb.id}}};
}

}  // namespace miroir
