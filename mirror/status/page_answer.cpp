// One question, or all with the same cause: looked at, answered after its effect was shown, and
// refused when the values have moved meanwhile.
#include <fmt/format.h>

#include <algorithm>

#include "mirror/cli/held_items.hpp"
#include "mirror/cli/held_question.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/story.hpp"
#include "mirror/cli/wishes.hpp"
#include "mirror/status/answer_words.hpp"
#include "mirror/status/pages.hpp"
#include "mirror/status/plain.hpp"
#include "mirror/status/questions.hpp"
#include "mirror/status/titles.hpp"

namespace miroir {
namespace {

using nlohmann::json;

constexpr std::size_t effects_shown_max = 50;

// What the form asks about: one question, or all of a group.
std::vector<PersonsQuestion> meant(const Records& records, const HttpRequest& request) {
  if (const std::string group = request.in_form("group"); !group.empty())
    return group_named(records, group);
  const std::string id = request.in_form("id");
  if (id.empty() || id.size() > 18 || id.find_first_not_of("0123456789") != std::string::npos)
    throw PageError{404, "error.not_found"};
  return {question_with(records, std::stoll(id))};
}

std::string address_of(const HttpRequest& request) {
  const std::string group = request.in_form("group");
  return group.empty() ? "/check/" + request.in_form("id")
                       : "/check/group?of=" + percent_encoded(group);
}

// The form's answer as the verb takes it; nullopt: none was chosen.
std::optional<HeldAnswerVerb> chosen(const HttpRequest& request, const PersonsQuestion& question) {
  HeldAnswerVerb verb;
  verb.id = question.first().id;
  const std::string answer = request.in_form("answer");
  if (answer.starts_with("take:")) {
    verb.take = answer.substr(5);
  } else if (answer == "value") {
    // Nothing typed is a slip; "no value at all" is an answer of its own.
    if (is_blank(request.in_form("value"))) throw PageError{422, "question.type_value"};
    verb.value = request.in_form("value");
  } else if (answer == "nothing") {
    verb.nothing = true;
  } else if (answer == "take-back") {
    verb.take_back = true;
  } else if (answer == "keep") {
    verb.keep = true;
  } else if (answer == "delete") {
    verb.remove = true;
  } else {
    return std::nullopt;
  }
  return verb;
}

std::vector<Wish> wishes_of(const Records& records, const HttpRequest& request,
                            const std::vector<PersonsQuestion>& questions) {
  std::vector<Wish> wishes;
  for (const PersonsQuestion& question : questions) {
    const auto verb = chosen(request, question);
    if (!verb) throw PageError{422, "question.choose"};
    for (Wish& wish : answer_wishes(records.store, records.mapping(), *verb))
      wishes.push_back(std::move(wish));
  }
  return wishes;
}

// When the two agreed in what they have before them, and who had said so; "": not known.
std::string last_agreed(const Visit& visit, const std::vector<Event>& story,
                        const std::string& field) {
  for (auto event = story.rbegin(); event != story.rend(); ++event) {
    if (!event->of.empty() || !event->json.contains("changes")) continue;
    for (const auto& change : event->json.at("changes")) {
      if (change.value("field", "") != field) continue;
      std::string text = visit.speech().since(event->time, visit.now);
      if (event->json.at("site").is_string())
        text += ", " + visit.speech().name(event->json.at("site").get<std::string>());
      return text;
    }
  }
  return {};
}

// Of what stands alone; to tell a story takes too long for each of many.
std::vector<Event> story_of(const Records& records, const PersonsQuestion& question) {
  const OpenHeld& first = question.first();
  return tell_story(records.store, records.mapping(),
                    told_of(records.store, records.mapping(), first.entity, first.record));
}

json rows_of(const Visit& visit, const Records& records, const PersonsQuestion& question,
             const std::vector<Event>& story) {
  const Speech& speech = visit.speech();
  json rows = json::array();
  if (!question.first().field) return rows;
  for (const OpenHeld& one : question.fields) {
    const Question known = look_up(one, records.store, records.mapping());
    const Entity& entity = records.mapping().entity(one.entity);
    const auto spoken = [&](const Value& value) {
      return value_in_words(records, speech, entity, *one.field, value);
    };
    json row{{"field", capitalised(speech.name(entity.name, entity.fields[*one.field].name))},
             {"agreed", known.agreed ? spoken(*known.agreed) : speech.say("question.never_agreed")},
             {"last",
              known.agreed ? last_agreed(visit, story, entity.fields[*one.field].name) : ""},
             {"values", json::array()}};
    for (const SiteId site : both_sites) {
      const Value& value = one.candidates[index(site)];
      row["values"].push_back({{"site", speech.title(records.mapping().sites[index(site)])},
                               {"value", spoken(value)},
                               {"when", arrival_in_words(visit, known.arrived[index(site)])},
                               {"differs", known.agreed != value}});
    }
    if (one.proposal) row["lost"] = spoken(*one.proposal);
    rows.push_back(std::move(row));
  }
  return rows;
}

// Over the columns of the table of values.
void add_columns(json& values, const Records& records, const Speech& speech,
                 const std::vector<PersonsQuestion>& questions) {
  for (const std::string& site : records.mapping().sites)
    values["sites"].push_back({{"name", speech.title(site)}});
  for (const PersonsQuestion& question : questions) {
    for (const OpenHeld& one : question.fields)
      if (one.proposal) values["any_lost"] = true;
  }
}

json choice(const std::string& value, const std::string& text) {
  return {{"value", value}, {"id", "answer-" + value}, {"text", text}};
}

json choices_of(const Records& records, const Speech& speech, const PersonsQuestion& question) {
  json list = json::array();
  const OpenHeld& first = question.first();
  if (!first.field) {
    list.push_back(choice("keep", speech.say("question.keep")));
    list.push_back(choice("delete", speech.say("question.delete")));
    return list;
  }
  const HeldLine line = line_of(first, records.store, records.mapping());
  for (const SiteId site : both_sites) {
    const std::string& name = records.mapping().sites[index(site)];
    list.push_back(choice(
        "take:" + name,
        question.fields.size() > 1
            ? speech.say("question.take_group", speech.name(name))
            : speech.say("question.take", speech.name(name),
                         speech.shown(first.candidates[index(site)], line.values[index(site)]))));
  }
  if (first.proposal) {
    const Question known = look_up(first, records.store, records.mapping());
    list.push_back(choice("take-back", speech.say("question.take_back", known.proposal_text)));
  }
  if (question.fields.size() == 1) {
    list.push_back(choice("nothing", speech.say("question.nothing")));
    list.push_back(choice("value", speech.say("question.other")));
    list.back()["is_other"] = true;
  }
  return list;
}

// What was answered already, and why an answer was not carried out.
json notes_of(const Visit& visit, const Records& records, const PersonsQuestion& question) {
  const Speech& speech = visit.speech();
  json notes = json::array();
  const Question known = look_up(question.first(), records.store, records.mapping());
  for (const EndedRequest& one : known.requests) {
    if (one.end.cycle == CycleNumber{}) {
      notes.push_back({{"text", waiting_in_words(visit, records, one.request)}, {"details", ""}});
    } else if (!one.end.done && !is_replaced(one)) {
      const std::string why = refusal_in_words(speech, records.mapping(), one.end.message);
      notes.push_back({{"text", speech.say("question.refused", one.request.by, why)},
                       {"details", records.masking.hides_texts() ? "" : one.end.message}});
    }
  }
  return notes;
}

// What somebody else has answered already, for the next cycle; "": nobody has.
std::string answered_by_another(const Visit& visit, const Records& records,
                                const std::vector<PersonsQuestion>& questions) {
  for (const PersonsQuestion& question : questions) {
    const Question known = look_up(question.first(), records.store, records.mapping());
    for (const EndedRequest& one : known.requests) {
      if (one.end.cycle == CycleNumber{} && one.request.by != visit.account->name)
        return waiting_in_words(visit, records, one.request);
    }
  }
  return {};
}

json question_values(const Visit& visit, const Records& records, const PersonsQuestion& question) {
  const Speech& speech = visit.speech();
  const OpenHeld& first = question.first();
  const bool computed = rule_of(first) == "computed";
  const std::string since = records.store.cycle_time(first.since);
  json values{{"title", title_of(records, speech, first.record)},
              {"keys", keys_of(records, speech, first.entity, first.record)},
              {"story", "/record/" + std::to_string(first.record.raw())},
              {"closed", first.closed.has_value()},
              {"notes", notes_of(visit, records, question)}};
  if (!since.empty())
    values["noticed"] = speech.say("question.noticed", speech.when(since, visit.now));
  if (first.closed) return values;
  if (question.is_ignored()) {
    values["ignored"] = ignored_in_words(visit, records, *first.ignored);
    if (visit.may(Role::clerk)) values["unignore"] = std::to_string(first.id);
  } else if (visit.may(Role::clerk)) {
    values["ignore"] = "/ignore?id=" + std::to_string(first.id);
  }
  values["what"] = what_is_wrong(records, speech, question);
  values["do"] = what_to_do(speech, question);
  values["rows"] = rows_of(visit, records, question, story_of(records, question));
  add_columns(values, records, speech, {question});
  values["has_rows"] = first.field.has_value();
  values["where"] = where_it_is(records, speech, question);
  values["has_times"] = any_time(values["rows"]);
  values["meanwhile"] = speech.say(first.field ? "question.each_keeps" : "question.stays");
  if (!records.masking.hides_texts())
    values["details"] = fmt::format("held {}: {}, {}: {}", first.id, records.mapping().entity(first.entity).name,
                  rule_of(first), first.reason);
  if (visit.may(Role::clerk) && !computed) {
    values["id"] = std::to_string(first.id);
    values["seen"] = values["stays"] = seen_in(records, {question});
    values["choices"] = choices_of(records, speech, question);
  }
  return values;
}

// The page of the question again, with a word on why nothing was saved.
HttpResponse asked_again(const Visit& visit, const Records& records,
                         const std::vector<PersonsQuestion>& questions, unsigned status,
                         const std::string& why, const std::string& details = "") {
  if (!visit.request.in_form("group").empty())
    return visit.page("error", "check",
                      {{"title", visit.speech().say("error.title")},
                       {"text", why},
                       {"details", details},
                       {"back", address_of(visit.request)}},
                      status);
  json values = question_values(visit, records, questions.front());
  values["wrong"] = why;
  values["wrong_details"] = details;
  return visit.page("question", "check", std::move(values), status);
}

}  // namespace

HttpResponse question_page(Visit& visit) {
  const Records records{visit};
  const Store::Reading reading{records.store};
  const PersonsQuestion question = question_with(records, visit.number());
  return visit.page("question", "check", question_values(visit, records, question));
}

HttpResponse group_page(Visit& visit) {
  const Records records{visit};
  const Store::Reading reading{records.store};
  const Speech& speech = visit.speech();
  const std::string name = visit.request.in_query("of");
  const auto questions = group_named(records, name);
  const OpenHeld& first = questions.front().first();
  if (rule_of(first) == "computed") throw PageError{404, "error.not_found"};
  json items = json::array(), choices = json::array();
  bool has_times = false;
  for (const PersonsQuestion& one : questions) {
    if (items.size() == effects_shown_max) break;
    items.push_back({{"title", title_of(records, speech, one.first().record)},
                     {"to", "/check/" + std::to_string(one.first().id)},
                     {"has_rows", first.field.has_value()},
                     {"rows", rows_of(visit, records, one, {})},
                     {"where", where_it_is(records, speech, one)}});
    has_times = has_times || any_time(items.back()["rows"]);
  }
  if (!first.field) choices = choices_of(records, speech, questions.front());
  for (const std::string& site : records.mapping().sites)
    if (first.field)
      choices.push_back(
          choice("take:" + site, speech.say("question.take_group", speech.name(site))));
  json values{{"title", what_is_wrong(records, speech, questions.front())},
              {"group", name},
              {"seen", seen_in(records, questions)},
              {"items", items},
              {"choices", choices},
              {"has_times", has_times}};
  add_columns(values, records, speech, questions);
  if (questions.size() > items.size())
    values["more"] = speech.say("question.more", questions.size() - items.size());
  return visit.page("group", "check", std::move(values));
}

HttpResponse preview_page(Visit& visit) {
  const Records records{visit};
  const Store::Reading reading{records.store};
  const HttpRequest& request = visit.request;
  const auto questions = meant(records, request);
  if (request.in_form("seen") != seen_in(records, questions))
    return asked_again(visit, records, questions, 409, visit.speech().say("question.moved"));
  if (const std::string first = answered_by_another(visit, records, questions); !first.empty())
    return asked_again(visit, records, questions, 422,
                       visit.speech().say("question.not_so", first));
  std::vector<Wish> wishes;
  try {
    wishes = wishes_of(records, request, questions);
  } catch (const VerbError& error) {
    return asked_again(visit, records, questions, 422,
                       visit.speech().say("question.not_so",
                                          refusal_in_words(visit.speech(), records.mapping(),
                                                           error.what())),
                       error.what());
  } catch (const PageError& error) {
    return asked_again(visit, records, questions, error.status(), visit.speech().say(error.what()));
  }
  json effects = json::array();
  for (const Wish& wish : wishes) {
    if (effects.size() < effects_shown_max)
      effects.push_back(effect_in_words(records, visit.speech(), wish));
  }
  json values{{"effects", effects}, {"back", address_of(request)}};
  for (const char* name : {"id", "group", "seen", "answer", "value", "note"})
    values[name] = request.in_form(name);
  const Instant next = next_start(visit.now, visit.service.config().every);
  values["when"] = visit.speech().say("question.effect_when", visit.speech().when(next, visit.now));
  if (wishes.size() > effects.size())
    values["more"] = visit.speech().say("question.more", wishes.size() - effects.size());
  return visit.page("preview", "check", std::move(values));
}

HttpResponse save_answer(Visit& visit) {
  const HttpRequest& request = visit.request;
  std::vector<Wish> wishes;
  {
    const Records records{visit};
    const auto questions = meant(records, request);
    if (request.in_form("seen") != seen_in(records, questions))
      return asked_again(visit, records, questions, 409, visit.speech().say("question.moved"));
    if (const std::string first = answered_by_another(visit, records, questions); !first.empty())
      return asked_again(visit, records, questions, 422,
                         visit.speech().say("question.not_so", first));
    wishes = wishes_of(records, request, questions);
  }
  Context context = visit.context();
  Store store = open_to_ask(context);
  ask(store, context.setting.mapping, wishes, visit.account->name, request.in_form("note"));
  if (!request.in_form("now").empty()) visit.service.runner.start();
  return redirect("/check?said=question.answered");
}

HttpResponse retry(Visit& visit) {
  Context context = visit.context();
  Store store = open_to_ask(context);
  std::vector<Wish> wishes;
  // "S1 S2 S3"; what is set aside no more needs no try.
  const std::string ids = " " + visit.request.in_form("ids") + " ";
  for (const OpenSetAside& item : store.set_aside()) {
    if (ids.find(" " + spoken_id(item) + " ") == std::string::npos) continue;
    for (Wish& wish : retry_wishes(store, {.id = spoken_id(item), .all = false, .asking = {}}))
      wishes.push_back(std::move(wish));
  }
  ask(store, context.setting.mapping, wishes, visit.account->name, "");
  return redirect("/check?said=retry.saved");
}

}  // namespace miroir
