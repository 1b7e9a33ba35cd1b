#include "mirror/cli/ignoring.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mirror/cli/held_items.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/wishes.hpp"

namespace miroir {
namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& hint) {
  throw VerbError{Exit::usage, what, hint};
}

// Whether it can become what is wanted.
bool fits(const std::optional<Ignored>& now, bool ignored) { return ignored || now.has_value(); }

Wish one_wish(const Store& store, const Mapping& mapping, const HeldIgnoreVerb& verb) {
  const std::string list = verb.ignored ? "`miroir held list` shows what waits"
                                        : "`miroir held list --ignored` shows what is ignored";
  for (const OpenSetAside& item : store.set_aside()) {
    if (spoken_id(item) != *verb.id) continue;
    if (!fits(item.ignored, verb.ignored)) refuse(*verb.id + " is not ignored", list);
    return ignore_wish(store, mapping, item, verb.ignored);
  }
  for (const OpenHeld& held : store.held()) {
    if (std::to_string(held.id) != *verb.id) continue;
    if (!fits(held.ignored, verb.ignored)) refuse("held item " + *verb.id + " is not ignored", list);
    return ignore_wish(store, mapping, held, verb.ignored);
  }
  refuse(fmt::format("nothing that is open is called {}", *verb.id), list);
}

std::vector<Wish> all_wishes(const Store& store, const Mapping& mapping,
                             const HeldIgnoreVerb& verb) {
  if (verb.ignored && !verb.rule)
    refuse("--all ignores what waits for one reason",
           "miroir held ignore --all --rule hold --reason TEXT");
  if (verb.rule) require_rule(*verb.rule);
  if (verb.entity) chosen_entity(mapping, *verb.entity);
  const auto is_of = [&](EntityId entity) {
    return !verb.entity || mapping.entity(entity).name == *verb.entity;
  };
  const Which which = verb.ignored ? Which::waiting : Which::ignored;
  std::vector<Wish> wishes;
  for (const HeldLine& line : open_held(store, mapping, which)) {
    const OpenHeld& held = line.held;
    if (!is_of(held.entity) || (verb.rule && rule_of(held) != *verb.rule)) continue;
    // Fields that are decided together are one question.
    if (!held.field || asked_together(store, mapping, held).front().id == held.id)
      wishes.push_back(ignore_wish(store, mapping, held, verb.ignored));
  }
  if (!verb.rule) {
    for (const OpenSetAside& item : open_set_aside(store, which))
      if (is_of(item.entity)) wishes.push_back(ignore_wish(store, mapping, item, verb.ignored));
  }
  if (wishes.empty()) {
    refuse(verb.ignored ? "nothing waits for that reason" : "nothing is ignored",
           "`miroir held list` shows what waits, and with --ignored what does not");
  }
  return wishes;
}

}  // namespace

Wish ignore_wish(const Store& store, const Mapping& mapping, const OpenHeld& held, bool ignored) {
  Ignoring ignore{ignored, {}, {}};
  if (!held.field) {
    ignore.questions.push_back({held.id, held.candidates, store.last_change(held.record)});
    return {held.record, std::move(ignore)};
  }
  for (const OpenHeld& one : asked_together(store, mapping, held))
    ignore.questions.push_back({one.id, one.candidates, 0});
  return {held.record, std::move(ignore)};
}

Wish ignore_wish(const Store& store, const Mapping& mapping, const OpenSetAside& item,
                 bool ignored) {
  const std::string what = mapping.entity(item.entity).name + " " + item.key;
  return {record_of(store, mapping, item),
          Ignoring{ignored, {}, Ignoring::SetAside{item.id, item.since.raw(), what}}};
}

std::vector<Wish> ignore_wishes(const Store& store, const Mapping& mapping,
                                const HeldIgnoreVerb& verb) {
  if (verb.all == verb.id.has_value())
    refuse("either one item or --all is meant", "miroir held ignore ID --reason TEXT");
  if (verb.all) return all_wishes(store, mapping, verb);
  return {one_wish(store, mapping, verb)};
}

std::vector<EndedRequest> ignore(Store& store, const std::vector<Wish>& wishes,
                                 const std::string& by, const std::string& reason) {
  const std::string why = checked_reason(reason);
  std::vector<Request> requests;
  for (const Wish& wish : wishes) {
    if (why.empty() && std::get<Ignoring>(wish.what).ignored)
      refuse("to ignore something takes a reason", "say why: others will look for it");
    requests.push_back({.id = 0,
                        .made = now_as_text(),
                        .by = by,
                        .reason = why,
                        .record = wish.record,
                        .what = wish.what});
  }
  const auto ids = store.ignore(requests);
  if (!ids) refuse("it has moved meanwhile; nothing was done", "look at it again");
  std::vector<EndedRequest> done;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    requests[i].id = (*ids)[i];
    done.push_back({std::move(requests[i]),
                    {.done = true, .message = "", .record = {}, .cycle = store.last_cycle()}});
  }
  return done;
}

}  // namespace miroir
