// Something waits, and is to trouble nobody until it changes: why, for one or for all alike; and the
// other way round.
#include <fmt/format.h>

#include "mirror/cli/ignoring.hpp"
#include "mirror/status/pages.hpp"
#include "mirror/status/passwords.hpp"
#include "mirror/status/questions.hpp"
#include "mirror/status/titles.hpp"

namespace miroir {
namespace {

using nlohmann::json;

constexpr std::size_t items_shown_max = 50;

// What the address or the form names: one, or all that wait with the same cause.
struct Meant {
  std::string id, group;  // One of them is "".
  std::vector<PersonsQuestion> questions;
  std::vector<OpenSetAside> items;
};

Meant meant(const Records& records, const std::string& id, const std::string& group) {
  Meant all{id, group, {}, {}};
  for (PersonsQuestion& question : open_questions(records)) {
    if (group.empty() ? std::to_string(question.first().id) == id
                      : group_of(records, question) == group)
      all.questions.push_back(std::move(question));
  }
  for (OpenSetAside& item : open_set_aside(records.store)) {
    if (group.empty() ? spoken_id(item) == id : group_of(records, item) == group)
      all.items.push_back(std::move(item));
  }
  if (all.questions.empty() && all.items.empty()) throw PageError{404, "error.not_found"};
  return all;
}

std::string seen_in(const Records& records, const Meant& all) {
  std::string seen = seen_in(records, all.questions);
  for (const OpenSetAside& item : all.items)
    seen += fmt::format("\n{} {} {} {}", spoken_id(item), item.since.raw(), item.key, item.reason);
  return fingerprint(seen);
}

HttpResponse asked_why(const Visit& visit, const Records& records, const Meant& all,
                       unsigned status = 200, const std::string& wrong = "") {
  const Speech& speech = visit.speech();
  json items = json::array();
  for (const PersonsQuestion& one : all.questions) {
    if (items.size() == items_shown_max) break;
    items.push_back({{"title", title_of(records, speech, one.first().record)},
                     {"what", what_is_wrong(records, speech, one)}});
  }
  for (const OpenSetAside& one : all.items) {
    if (items.size() == items_shown_max) break;
    const std::string& site = records.mapping().sites[index(one.site)];
    items.push_back({{"title", title_of(records, speech, one)},
                     {"what", capitalised(speech.say("record.refused", speech.name(site)))}});
  }
  const std::size_t count = all.questions.size() + all.items.size();
  json values{{"title", speech.say("ignore.title")},
              {"text", speech.say(all.items.empty() ? "ignore.text" : "ignore.text_refused")},
              {"id", all.id},
              {"group", all.group},
              {"seen", seen_in(records, all)},
              {"items", items},
              {"button", count > 1 ? speech.say("ignore.all", count) : speech.say("ignore.button")},
              {"reason", visit.request.in_form("reason")}};
  if (!wrong.empty()) values["wrong"] = wrong;
  if (count > items.size()) values["more"] = speech.say("ignore.more", count - items.size());
  return visit.page("ignore", "check", std::move(values), status);
}

}  // namespace

HttpResponse ignore_page(Visit& visit) {
  const Records records{visit};
  const Store::Reading reading{records.store};
  return asked_why(visit, records,
                   meant(records, visit.request.in_query("id"), visit.request.in_query("of")));
}

HttpResponse save_ignore(Visit& visit) {
  const HttpRequest& request = visit.request;
  std::vector<Wish> wishes;
  {
    const Records records{visit};
    const Store::Reading reading{records.store};
    const Meant all = meant(records, request.in_form("id"), request.in_form("of"));
    if (request.in_form("seen") != seen_in(records, all))
      return asked_why(visit, records, all, 409, visit.speech().say("question.moved"));
    if (is_blank(request.in_form("reason")))
      return asked_why(visit, records, all, 422, visit.speech().say("ignore.need_reason"));
    for (const PersonsQuestion& one : all.questions)
      wishes.push_back(ignore_wish(records.store, records.mapping(), one.first(), true));
    for (const OpenSetAside& one : all.items)
      wishes.push_back(ignore_wish(records.store, records.mapping(), one, true));
  }
  Context context = visit.context();
  Store store = open_to_ask(context);
  ignore(store, wishes, visit.account->name, request.in_form("reason"));
  return redirect("/check?said=ignore.saved");
}

HttpResponse save_unignore(Visit& visit) {
  Context context = visit.context();
  Store store = open_to_ask(context);
  HeldIgnoreVerb verb;
  verb.id = visit.request.in_form("id");
  verb.ignored = false;
  ignore(store, ignore_wishes(store, context.setting.mapping, verb), visit.account->name, "");
  return redirect("/check?said=ignore.saved_again");
}

}  // namespace miroir
