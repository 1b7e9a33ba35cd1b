// The API: the same as the verbs' --json, for programs. api.json describes it.
#include <limits>

#include "mirror/cli/acting.hpp"
#include "mirror/cli/held_items.hpp"
#include "mirror/cli/held_question.hpp"
#include "mirror/cli/ignoring.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/status_report.hpp"
#include "mirror/cli/story.hpp"
#include "mirror/cli/wishes.hpp"
#include "mirror/state/log_pages.hpp"
#include "mirror/status/api_body.hpp"
#include "mirror/status/embedded.hpp"
#include "mirror/status/pages.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t cycles_listed = 100;
constexpr std::size_t acts_listed = 100;

// Done at once; "3" is a question, "S1" was set aside.
HttpResponse ignoring(Visit& visit, bool ignored) {
  const ApiBody body{visit.request.body};
  Context context = visit.context();
  Store store = open_to_ask(context);
  const Mapping& mapping = context.setting.mapping;
  HeldIgnoreVerb verb;
  verb.id = visit.parts.at(0);
  verb.ignored = ignored;
  const auto done = ignore(store, ignore_wishes(store, mapping, verb), visit.account->name,
                           body.text("reason"));
  return json_response(
      {{"outcome", name_of(Exit::done)}, {"requests", to_json(done, store, mapping)}});
}

template <class Wishes>
HttpResponse asked(Visit& visit, Wishes wishes) {
  const ApiBody body{visit.request.body};
  Context context = visit.context();
  Store store = open_to_ask(context);
  const auto wanted = wishes(store, context.setting.mapping, body);
  const auto ids =
      ask(store, context.setting.mapping, wanted, visit.account->name, body.text("reason"));
  const ordered_json report = asked_json(store, context.setting.mapping, ids);
  if (body.flag("now")) visit.service.runner.start();
  return json_response(report, 202);
}

}  // namespace

HttpResponse api_description(Visit&) {
  return {.status = 200, .type = "application/json", .body = std::string{embedded("api.json")}};
}

HttpResponse api_status(Visit& visit) {
  Context context = visit.context();
  const Status status = read_status(context);
  ordered_json object = to_json(status, context);
  visit.masking(context.setting.mapping).mask(object);
  const CycleRunner::State runner = visit.service.runner.state();
  if (runner.next) object["next_cycle"] = to_string(*runner.next);
  object["running"] = runner.running;
  return json_response(object);
}

HttpResponse api_held(Visit& visit) {
  const Records records{visit};
  const Store::Reading reading{records.store};
  const Which which = visit.request.in_query("ignored") == "1" ? Which::ignored : Which::waiting;
  const auto held = open_held(records.store, records.mapping(), which);
  const auto set_aside = open_set_aside(records.store, which);
  ordered_json object =
      to_json(held, set_aside, records.store.count_ignored(), records.mapping());
  records.masking.mask(object);
  return json_response(object);
}

HttpResponse api_held_item(Visit& visit) {
  const Records records{visit};
  for (const OpenSetAside& item : records.store.set_aside()) {
    if (spoken_id(item) != visit.parts.at(0)) continue;
    ordered_json object{{"outcome", name_of(item.ignored ? Exit::done : Exit::waiting)},
                        {"item", to_json(item, records.mapping())}};
    records.masking.mask(object);
    return json_response(object);
  }
  const auto held = records.store.held(visit.number());
  if (!held) throw PageError{404, "error.not_found"};
  const Question question = look_up(*held, records.store, records.mapping());
  ordered_json object{{"outcome", name_of(held->closed || held->ignored ? Exit::done : Exit::waiting)},
                      {"item", to_json(question, records.store, records.mapping())}};
  records.masking.mask(object);
  return json_response(object);
}

HttpResponse api_answer(Visit& visit) {
  return asked(visit, [&](const Store& store, const Mapping& mapping, const ApiBody& body) {
    return answer_wishes(store, mapping, body.answer(visit.number()));
  });
}

HttpResponse api_retry(Visit& visit) {
  return asked(visit, [&](const Store& store, const Mapping&, const ApiBody&) {
    return retry_wishes(store, {.id = visit.parts.at(0), .all = false, .asking = {}});
  });
}

HttpResponse api_ignore(Visit& visit) { return ignoring(visit, true); }
HttpResponse api_unignore(Visit& visit) { return ignoring(visit, false); }

HttpResponse api_undo(Visit& visit) {
  return asked(visit, [&](const Store& store, const Mapping& mapping, const ApiBody&) {
    return undo_wishes(store, mapping, {.id = visit.number(), .asking = {}});
  });
}

HttpResponse api_trace(Visit& visit) {
  const Records records{visit};
  const Told told = find_told(records.store, records.mapping(), visit.request.in_query("entity"),
                              visit.request.in_query("key"));
  ordered_json object = to_json(told, tell_story(records.store, records.mapping(), told));
  records.masking.mask(object);
  return json_response(object);
}

HttpResponse api_acts(Visit& visit) {
  const Records records{visit};
  const auto asked = [&](const char* name) { return visit.request.in_query(name); };
  LogFilter filter{.before = number_in(asked("before")),
                   .limit = acts_listed,
                   .about_accounts = visit.may(Role::administrator)};
  if (!asked("since").empty()) filter.from = typed_time(asked("since"));
  if (!asked("kind").empty()) filter.act = chosen_act_kind(asked("kind"));
  const LogPages pages{visit.service.configured.state, records.mapping()};
  ordered_json list = to_json(pages.acts(filter));
  records.masking.mask(list);
  return json_response({{"outcome", name_of(Exit::done)}, {"acts", list}});
}

HttpResponse api_cycles(Visit& visit) {
  const Records records{visit};
  ordered_json list = ordered_json::array();
  const CycleNumber last{std::numeric_limits<std::int64_t>::max()};
  for (const LoggedCycle& cycle : records.store.logged_cycles(last, cycles_listed)) {
    ordered_json report = ordered_json::parse(cycle.summary, nullptr, false);
    list.push_back({{"cycle", cycle.cycle.raw()},
                    {"started", cycle.started},
                    {"seconds", rounded(cycle.seconds)},
                    {"outcome", cycle.outcome},
                    {"summary", report.is_discarded() ? ordered_json(nullptr) : report}});
  }
  records.masking.mask(list);
  return json_response({{"outcome", name_of(Exit::done)}, {"cycles", list}});
}

HttpResponse api_cycle(Visit& visit) {
  const bool started = synchronise_now(visit);
  return json_response({{"outcome", name_of(started ? Exit::done : Exit::busy)}},
                       started ? 202 : 409);
}

}  // namespace miroir
