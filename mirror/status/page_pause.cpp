// A side, or a kind of record, is left alone for a while: its effect first, then with a reason.
#include "mirror/cli/asking.hpp"
#include "mirror/cli/pausing.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/status/pages.hpp"
#include "mirror/status/tasks.hpp"

namespace miroir {
namespace {

using nlohmann::json;

Pausable pausable_in(const HttpRequest& request, const Mapping& mapping) {
  const std::string what = request.in_form("what");
  if (what.starts_with("site:")) return chosen_pausable(mapping, what.substr(5), std::nullopt);
  if (what.starts_with("entity:")) return chosen_pausable(mapping, std::nullopt, what.substr(7));
  throw PageError{404, "error.not_found"};
}

std::string reason_in(const HttpRequest& request) {
  const std::string reason = checked_reason(request.in_form("reason"));
  if (reason.empty()) throw PageError{422, "pause.no_reason"};
  return reason;
}

json effects(const Visit& visit, const Records& records, const Pausable& what) {
  const Speech& speech = visit.speech();
  const Mapping& mapping = records.mapping();
  json lines = json::array();
  const auto line = [&](const std::string& text) { lines.push_back({{"text", text}}); };
  if (const auto* site = std::get_if<SiteId>(&what)) {
    line(speech.say("pause.site", speech.name(mapping.sites[index(*site)]),
                    speech.name(mapping.sites[index(other(*site))])));
  } else {
    line(speech.say("pause.entity", speech.title(name_of(what, mapping))));
    const std::string with = spoken_dependants(speech, mapping, what);
    if (!with.empty()) line(speech.say("pause.with", with));
  }
  if (const auto before = find_pause(records.store.pauses(), what)) {
    line(speech.say("pause.already", speech.since(before->since, visit.now), before->by,
                    before->reason));
  }
  line(speech.say("pause.from"));
  return lines;
}

// Beside a running cycle, as `miroir pause` does it.
Store open_to_pause(Context& context) {
  use_mapping_of_state(context);
  return Store::open(context.setting.config.state, context.setting.mapping, NoStore::refused);
}

}  // namespace

std::string pausable_value(const Pausable& what, const Mapping& mapping) {
  const bool site = std::holds_alternative<SiteId>(what);
  return (site ? "site:" : "entity:") + name_of(what, mapping);
}

std::string spoken_dependants(const Speech& speech, const Mapping& mapping, const Pausable& what) {
  std::string spoken;
  for (const std::string& name : names_waiting_with(what, mapping))
    spoken += (spoken.empty() ? "" : ", ") + speech.name(name);
  return spoken;
}

HttpResponse preview_pause(Visit& visit) {
  const Records records{visit};
  const Pausable what = pausable_in(visit.request, records.mapping());
  const std::string reason = reason_in(visit.request);
  return visit.page("pause", "manage",
                    {{"title", visit.speech().say("pause.title") + visit.speech().say("colon") +
                                   " " + visit.speech().title(name_of(what, records.mapping()))},
                     {"lines", effects(visit, records, what)},
                     {"what", pausable_value(what, records.mapping())},
                     {"reason", reason}});
}

HttpResponse save_pause(Visit& visit) {
  Context context = visit.context();
  Store store = open_to_pause(context);
  store.pause({.what = pausable_in(visit.request, context.setting.mapping),
               .reason = reason_in(visit.request),
               .since = visit.actor().time,
               .by = visit.account->name});
  return redirect("/manage?said=pause.saved");
}

HttpResponse save_resume(Visit& visit) {
  Context context = visit.context();
  Store store = open_to_pause(context);
  store.resume(pausable_in(visit.request, context.setting.mapping), visit.actor());
  return redirect("/manage?said=pause.resumed");
}

}  // namespace miroir
