// Taking a decision back: its effect first.
#include "mirror/cli/asking.hpp"
#include "mirror/cli/wishes.hpp"
#include "mirror/status/pages.hpp"
#include "mirror/status/plain.hpp"
#include "mirror/status/titles.hpp"

namespace miroir {

HttpResponse undo_page(Visit& visit) {
  const Records records{visit};
  const Speech& speech = visit.speech();
  const auto decision = records.store.conflict(visit.number());
  if (!decision) throw PageError{404, "error.not_found"};
  // Says why it cannot be.
  undo_wishes(records.store, records.mapping(), {.id = decision->id, .asking = {}});
  const bool deletes = is_deletion_undone(*decision);
  const auto shown = [&](const Value& value) {
    return decision->field.empty() ? existence_in_words(speech, value) : speech.value(value);
  };
  return visit.page(
      "undo", "journal",
      {{"title", title_of(records, speech, decision->conflict.record)},
       {"heading", speech.say(deletes ? "undo.delete" : "undo.title")},
       {"text", speech.say(deletes ? "undo.delete_text" : "undo.text")},
       {"confirm", speech.say(deletes ? "undo.delete_confirm" : "undo.confirm")},
       {"action", "/undo/" + std::to_string(decision->id)},
       {"effect", speech.say("question.effect_change",
                             capitalised(decision->field.empty() ? speech.say("check.deletion")
                                                   : speech.name(decision->entity, decision->field)),
                             shown(decision->conflict.winner), shown(decision->conflict.loser))},
       {"from", decision->conflict.loser_site
                    ? speech.say("undo.from", speech.name(records.mapping().sites[index(
                                                  *decision->conflict.loser_site)]))
                    : ""},
       {"why", rule_in_words(speech, decision->conflict.rule)}});
}

HttpResponse save_undo(Visit& visit) {
  Context context = visit.context();
  Store store = open_to_ask(context);
  const auto wishes = undo_wishes(store, context.setting.mapping, {.id = visit.number(), .asking = {}});
  ask(store, context.setting.mapping, wishes, visit.account->name, visit.request.in_form("note"));
  if (!visit.request.in_form("now").empty()) visit.service.runner.start();
  return redirect("/journal?said=undo.saved");
}

}  // namespace miroir
