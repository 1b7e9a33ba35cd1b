#include "mirror/status/answer_words.hpp"

#include <algorithm>

#include "mirror/cli/answer_effect.hpp"
#include "mirror/status/titles.hpp"

namespace miroir {
namespace {

using nlohmann::json;

std::string side(const Records& records, const Speech& speech, SiteId site) {
  return capitalised(speech.name(records.mapping().sites[index(site)]));
}

json line_of_field(const Records& records, const Speech& speech, const AnswerEffect& effect,
                   SiteId site) {
  const std::size_t field = *effect.held.field;
  const Entity& entity = records.mapping().entity(effect.held.entity);
  const auto spoken = [&](const Value& value) {
    return value_in_words(records, speech, entity, field, value);
  };
  const std::string where =
      side(records, speech, site) + ", " + speech.name(entity.name, entity.fields[field].name);
  const Value &before = effect.before[index(site)], &after = effect.after[index(site)];
  const bool same = before == after;
  return {
      {"text", same ? speech.say("question.effect_same", where, spoken(before))
                    : speech.say("question.effect_change", where, spoken(before), spoken(after))},
      {"changes", !same}};
}

json line_of_record(const Records& records, const Speech& speech, const AnswerEffect& effect,
                    SiteId site) {
  const bool there = effect.there[index(site)];
  const char* what = !there         ? "question.effect_absent"
                     : effect.stays ? "question.effect_stays"
                                    : "question.effect_deleted";
  return {{"text", speech.say(what, side(records, speech, site))},
          {"changes", there && !effect.stays}};
}

}  // namespace

json effect_in_words(const Records& records, const Speech& speech, const Wish& wish) {
  json told{{"title", wish.record ? title_of(records, speech, *wish.record) : ""},
            {"lines", json::array()}};
  for (const AnswerEffect& effect : effects_of(wish, records.store)) {
    for (const SiteId site : both_sites)
      told["lines"].push_back(effect.held.field ? line_of_field(records, speech, effect, site)
                                                : line_of_record(records, speech, effect, site));
  }
  return told;
}

std::string waiting_in_words(const Visit& visit, const Records& records, const Request& request) {
  const Speech& speech = visit.speech();
  std::string answer;
  const auto add = [&](const std::string& text) { answer += (answer.empty() ? "" : ", ") + text; };
  if (const auto* fields = std::get_if<AnswerFields>(&request.what)) {
    for (const Choice& choice : fields->choices) {
      const auto held = records.store.held(choice.held);
      if (!held || !held->field) continue;
      add(value_in_words(records, speech, records.mapping().entity(held->entity), *held->field,
                         choice.value));
    }
  } else if (const auto* deletion = std::get_if<AnswerDeletion>(&request.what)) {
    add(speech.say(deletion->keep ? "question.keep" : "question.delete"));
  }
  return speech.say("question.waiting", request.by, answer, speech.when(request.made, visit.now));
}

json where_it_is(const Records& records, const Speech& speech, const PersonsQuestion& question) {
  json where = json::array();
  if (question.first().field) return where;
  const PerSite<bool> there = has_or_gets(question.first().record, records.store);
  for (const SiteId site : both_sites)
    where.push_back(
        {{"text", speech.say(there[index(site)] ? "question.is_there" : "question.is_not_there",
                             side(records, speech, site))}});
  return where;
}

std::string arrival_in_words(const Visit& visit, const std::optional<Arrival>& arrival) {
  if (!arrival) return {};
  const Speech& speech = visit.speech();
  return speech.say(arrival->by_journal ? "question.changed" : "question.came",
                    speech.when(arrival->time, visit.now));
}

bool any_time(const json& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const json& row) {
    const json& values = row.at("values");
    return std::any_of(values.begin(), values.end(),
                       [](const json& value) { return value.at("when") != ""; });
  });
}

}  // namespace miroir
