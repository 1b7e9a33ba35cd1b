// The first page, its part that open pages ask for again, and the buttons on it.
#include "mirror/status/banner.hpp"
#include "mirror/status/pages.hpp"
#include "mirror/status/questions.hpp"

namespace miroir {
namespace {

using nlohmann::json;

constexpr std::size_t items_shown_max = 5;  // Of each cause.

json home_values(const Visit& visit) {
  const Records records{visit};
  json values =
      banner_values(visit, records, read_overview(visit.service, *visit.known, records, visit.now));
  const Store::Reading reading{records.store};
  values["groups"] = check_groups(visit, records, items_shown_max);
  values["level"] = 3;
  values["nothing"] = values["groups"].empty();
  values["title"] = visit.speech().say("home.title");
  return values;
}

}  // namespace

HttpResponse home_page(Visit& visit) { return visit.page("home", "home", home_values(visit)); }

HttpResponse strip_part(Visit& visit) {
  return visit.part("strip", {{"strip", strip_values(visit)}});
}

HttpResponse events_page(Visit& visit) {
  auto listener = std::make_shared<Listener>(visit.service.pulse);
  return {.status = 200,
          .type = "text/event-stream",
          .body = "",
          .headers = {},
          .next_event = [listener] { return std::optional{listener->next()}; }};
}

bool synchronise_now(const Visit& visit) {
  if (!visit.service.runner.start()) return false;
  note_act(visit.service.configured.state, {.kind = ActKind::synchronise, .actor = visit.actor()});
  return true;
}

HttpResponse synchronise(Visit& visit) {
  return redirect(synchronise_now(visit) ? "/?said=sync.started" : "/?said=sync.running");
}

HttpResponse accept_brake(Visit& visit) {
  const std::string id = visit.request.in_form("id");
  // It becomes an argument of a program: never an option, and not without end.
  if (id.empty() || id.starts_with('-') || id.size() > 1'000)
    throw PageError{404, "error.not_found"};
  return redirect(visit.service.runner.start(id, visit.account->name) ? "/?said=accept.saved"
                                                                      : "/?said=sync.running");
}

}  // namespace miroir
