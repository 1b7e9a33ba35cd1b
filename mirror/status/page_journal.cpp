// The journal: what was decided, by rule or by people, with what lost; as a page and as a file. And
// taking a decision back.
#include <algorithm>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/wishes.hpp"
#include "mirror/status/pages.hpp"
#include "mirror/status/plain.hpp"
#include "mirror/status/titles.hpp"

namespace miroir {
namespace {

using nlohmann::json;

constexpr std::size_t lines_shown = 200;
constexpr std::size_t lines_in_file = 20'000;

struct Line {
  std::string time;
  std::int64_t decision = 0;  // 0: a request.
  bool undone = false;
  std::string entity, key, field, kept, lost, why, details;
};

class Journal {
 public:
  Journal(const Visit& visit, const Records& records)
      : visit_{visit}, speech_{visit.speech()}, records_{records} {}

  std::vector<Line> lines(std::size_t limit) {
    const std::string kind = visit_.request.in_query("kind");
    std::vector<Line> all;
    if (kind != "people") add_decisions(all, limit);
    if (kind != "automatic") add_requests(all, limit);
    const std::string entity = visit_.request.in_query("entity");
    const std::string key = visit_.request.in_query("key");
    std::erase_if(all, [&](const Line& line) {
      return (!entity.empty() && line.entity != entity) || (!key.empty() && line.key != key);
    });
    std::stable_sort(all.begin(), all.end(),
                     [](const Line& a, const Line& b) { return a.time > b.time; });
    if (all.size() > limit) all.resize(limit);
    return all;
  }

 private:
  // Of what is mirrored today; nullptr if it no longer is.
  static const Field* field_of(const Entity* entity, std::string_view name) {
    if (entity == nullptr) return nullptr;
    const auto index = entity->field_index(name);
    return index ? &entity->fields[*index] : nullptr;
  }

  void add_decisions(std::vector<Line>& all, std::size_t limit) const {
    const Mapping& mapping = records_.mapping();
    for (const LoggedConflict& one : records_.store.conflicts(std::nullopt, limit)) {
      const Entity* entity = mapping.find(one.entity);
      const Field* field = field_of(entity, one.field);
      const auto shown = [&](const Value& value) {
        if (records_.masking.hides(one.entity, one.field)) return speech_.say("value.hidden");
        if (one.field.empty()) return existence_in_words(speech_, value);
        return speech_.shown(value, field == nullptr
                                        ? display(value)
                                        : spoken_value(records_.store, mapping, *field, value));
      };
      all.push_back({.time = one.time,
                     .decision = one.id,
                     .undone = one.undone.has_value(),
                     .entity = one.entity,
                     .key = entity == nullptr ? ""
                                              : spoken_key(records_.store, mapping, entity->id,
                                                           one.conflict.record),
                     .field = one.field,
                     .kept = shown(one.conflict.winner),
                     .lost = shown(one.conflict.loser),
                     .why = rule_in_words(speech_, one.conflict.rule),
                     .details = {}});
    }
  }

  void add_requests(std::vector<Line>& all, std::size_t limit) const {
    const Mapping& mapping = records_.mapping();
    auto requests = records_.store.ended_requests(std::nullopt, limit);
    for (Request& request : records_.store.requests()) requests.push_back({std::move(request), {}});
    for (const EndedRequest& one : requests) {
      const auto state =
          one.request.record ? records_.store.record(*one.request.record) : std::nullopt;
      const char* how = one.end.cycle == CycleNumber{} ? "waits"
                        : one.end.done                 ? "done"
                                                       : "refused";
      const bool hides = records_.masking.hides_texts();
      std::string why = one.request.by + speech_.say("colon") + " " +
                        speech_.say(std::string{"state."} + how);
      if (!one.request.reason.empty() && !hides) why += " · " + one.request.reason;
      if (!one.end.message.empty())
        why += " · " + refusal_in_words(speech_, mapping, one.end.message);
      all.push_back(
          {.time = one.request.made,
           .entity = state ? mapping.entity(state->entity).name : "",
           .key = state ? spoken_key(records_.store, mapping, state->entity, state->id) : "",
           .field = "",
           .kept = wanted(one.request),
           .lost = "",
           .why = why,
           .details = hides ? "" : one.end.message});
    }
  }

  // "e-mail: anne@exemple.fr"; of what is no answer about a value, what kind of request it is.
  std::string wanted(const Request& request) const {
    const auto* answer = std::get_if<AnswerFields>(&request.what);
    if (answer == nullptr) return kind_of(request);
    std::string text;
    for (const Choice& choice : answer->choices) {
      const auto held = records_.store.held(choice.held);
      if (!held || !held->field) continue;
      const Entity& entity = records_.mapping().entity(held->entity);
      const Field& field = entity.fields.at(*held->field);
      text += (text.empty() ? "" : ", ") + speech_.name(entity.name, field.name) +
              speech_.say("colon") + " " +
              value_in_words(records_, speech_, entity, *held->field, choice.value);
    }
    return text;
  }

  std::string kind_of(const Request& request) const {
    if (const auto* deletion = std::get_if<AnswerDeletion>(&request.what))
      return speech_.say(deletion->keep ? "question.keep" : "question.delete");
    if (std::holds_alternative<Undo>(request.what)) return speech_.say("kind.undo");
    if (std::holds_alternative<Retry>(request.what)) return speech_.say("kind.retry");
    if (std::holds_alternative<Ignoring>(request.what))
      return speech_.say("kind." + std::string{miroir::kind_of(request)});
    if (const auto* link = std::get_if<Link>(&request.what)) return link_in_words(*link);
    if (const auto* resync = std::get_if<Resync>(&request.what)) return resync_in_words(*resync);
    return speech_.say("kind." + std::string{miroir::kind_of(request)});
  }

  std::string link_in_words(const Link& link) const {
    const Entity* entity = records_.mapping().find(link.entity);
    if (entity == nullptr) return speech_.say("kind.link");
    return speech_.say("link.of", speech_.name(link.entity),
                       spoken_key(entity->table[0], link.keys[0]),
                       spoken_key(entity->table[1], link.keys[1]));
  }

  // "Bringing together: Customer 1: the shop is right"
  std::string resync_in_words(const Resync& resync) const {
    std::string text = resync.entity.empty()
                           ? speech_.say("resync.of_all")
                           : speech_.say("resync.of_entity", speech_.name(resync.entity));
    if (resync.from)
      text += " · " + capitalised(speech_.say(
                          "resync.from", speech_.name(records_.mapping().sites[index(*resync.from)])));
    return text;
  }

  const Visit& visit_;
  const Speech& speech_;
  const Records& records_;
};

json values_of(const Visit& visit, const Line& line) {
  const Speech& speech = visit.speech();
  json one{{"when", speech.since(line.time, visit.now)},
           {"what", line.entity.empty() ? "" : speech.title(line.entity) + " " + line.key},
           {"field", line.field.empty() ? "" : speech.name(line.entity, line.field)},
           {"kept", line.kept},
           {"lost", line.lost},
           {"why", line.why},
           {"details", line.details},
           {"undone", line.undone}};
  if (line.decision != 0 && !line.undone) one["undo"] = "/undo/" + std::to_string(line.decision);
  return one;
}

json option(const std::string& value, const std::string& text, const std::string& chosen) {
  return {{"value", value}, {"text", text}, {"chosen", value == chosen}};
}

// For spreadsheets: quoted throughout; what could be taken for a formula is made plain text.
std::string csv_cell(std::string text) {
  if (!text.empty() && std::string_view{"=+-@\t\r"}.find(text.front()) != std::string_view::npos)
    text.insert(0, 1, '\'');
  std::string cell{"\""};
  for (const char c : text) cell += c == '"' ? std::string{"\"\""} : std::string{c};
  return cell + "\"";
}

}  // namespace

HttpResponse journal_page(Visit& visit) {
  const Records records{visit};
  const Store::Reading reading{records.store};
  const Speech& speech = visit.speech();
  const std::string kind = visit.request.in_query("kind"),
                    entity = visit.request.in_query("entity");
  json lines = json::array();
  for (const Line& line : Journal{visit, records}.lines(lines_shown))
    lines.push_back(values_of(visit, line));
  json kinds{option("", speech.say("journal.everything"), kind),
             option("automatic", speech.say("journal.automatic"), kind),
             option("people", speech.say("journal.people"), kind)};
  json entities{option("", speech.say("journal.all_entities"), entity)};
  for (const Entity& one : records.mapping().entities)
    entities.push_back(option(one.name, speech.title(one.name), entity));
  const std::string key = visit.request.in_query("key");
  const bool none = lines.empty();
  return visit.page("journal", "journal",
                    {{"title", speech.say("journal.title")},
                     {"lines", std::move(lines)},
                     {"none", none},
                     {"kinds", kinds},
                     {"entities", entities},
                     {"key", key},
                     {"csv", "/journal.csv?kind=" + percent_encoded(kind) + "&entity=" +
                                 percent_encoded(entity) + "&key=" + percent_encoded(key)}});
}

HttpResponse journal_csv(Visit& visit) {
  const Records records{visit};
  const Store::Reading reading{records.store};
  std::string text = "\xEF\xBB\xBFtime;decision;entity;key;field;kept;replaced;why;undone\r\n";
  for (const Line& line : Journal{visit, records}.lines(lines_in_file)) {
    const std::string id = line.decision == 0 ? "" : std::to_string(line.decision);
    for (const std::string& cell :
         {line.time, id, line.entity, line.key, line.field, line.kept, line.lost, line.why})
      text += csv_cell(cell) + ";";
    text += csv_cell(line.undone ? "1" : "") + "\r\n";
  }
  return {.status = 200,
          .type = "text/csv; charset=utf-8",
          .body = std::move(text),
          .headers = {{"Content-Disposition", "attachment; filename=\"miroir.csv\""}}};
}

HttpResponse undo_page(Visit& visit) {
  const Records records{visit};
  const Speech& speech = visit.speech();
  const auto decision = records.store.conflict(visit.number());
  if (!decision) throw PageError{404, "error.not_found"};
  undo_wishes(records.store, {.id = decision->id, .asking = {}});  // Says why it cannot be.
  const auto shown = [&](const Value& value) {
    return decision->field.empty() ? existence_in_words(speech, value) : speech.value(value);
  };
  return visit.page(
      "undo", "journal",
      {{"title", title_of(records, speech, decision->conflict.record)},
       {"action", "/undo/" + std::to_string(decision->id)},
       {"effect", speech.say("question.effect_change",
                             capitalised(decision->field.empty() ? speech.say("check.deletion")
                                                   : speech.name(decision->entity, decision->field)),
                             shown(decision->conflict.winner), shown(decision->conflict.loser))},
       {"why", rule_in_words(speech, decision->conflict.rule)}});
}

HttpResponse save_undo(Visit& visit) {
  Context context = visit.service.context;
  Store store = open_to_ask(context);
  const auto wishes = undo_wishes(store, {.id = visit.number(), .asking = {}});
  ask(store, wishes, visit.account->name, visit.request.in_form("note"));
  if (!visit.request.in_form("now").empty()) visit.service.runner.start("");
  return redirect("/journal?said=undo.saved");
}

}  // namespace miroir
