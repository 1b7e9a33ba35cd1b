// What an administrator has asked, from the rehearsal to the end: how far it has come, what it would
// do, record by record, and what became of it.
#include <algorithm>
#include <map>

#include "mirror/cli/naming.hpp"
#include "mirror/status/pages.hpp"
#include "mirror/status/tasks.hpp"
#include "mirror/status/titles.hpp"

namespace miroir {
namespace {

using nlohmann::json;
using Phase = TaskRunner::Phase;

constexpr std::size_t records_shown_max = 50;
constexpr std::size_t lines_shown_max = 200;  // Of one record.

// What a child has printed about records, said in words. Its JSON is read leniently: what is not
// there is not told.
class Telling {
 public:
  Telling(const Visit& visit, const Records& records)
      : speech_{visit.speech()}, records_{records}, mapping_{records.mapping()} {}

  // The records that differ, each with what will be written because of it.
  json records(const json& shown) {
    group_plan(list(shown, "plan"));
    json all = json::array();
    for (const json& one : list(shown, "records")) {
      if (all.size() == records_shown_max) break;
      all.push_back(record(one));
    }
    return all;
  }

  // Of the plan, what no record above has told.
  json others() {
    json all = json::array();
    for (auto& [of, lines] : plan_) {
      if (all.size() == records_shown_max) break;
      all.push_back({{"title", title(of.first, of.second)}, {"effects", std::move(lines)}});
    }
    return all;
  }

  json decisions(const json& shown) const {
    json lines = json::array();
    for (const json& one : list(shown, "decisions")) {
      const std::string entity = text(one, "entity"), field = text(one, "field");
      lines.push_back({{"text", speech_.say("task.decided", capitalised(field_name(entity, field)),
                                            value(one.value("winner", json{})),
                                            value(one.value("loser", json{})))}});
    }
    for (const json& one : list(shown, "held")) {
      const json candidates = one.value("candidates", json::object());
      const std::string entity = text(one, "entity"), field = text(one, "field");
      lines.push_back({{"text", speech_.say("task.questions", field_name(entity, field),
                                            value(candidates.value(mapping_.sites[0], json{})),
                                            value(candidates.value(mapping_.sites[1], json{})))}});
    }
    return lines;
  }

 private:
  static json list(const json& object, const char* name) {
    const json found = object.value(name, json::array());
    return found.is_array() ? found : json::array();
  }
  static std::string text(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
  }

  std::string value(const json& value) const {
    if (value.is_null() || value == "") return speech_.say("value.empty");
    if (value.is_boolean()) return speech_.say(value.get<bool>() ? "value.yes" : "value.no");
    return value.is_string() ? value.get<std::string>() : value.dump();
  }

  std::string field_name(const std::string& entity, const std::string& field) const {
    return field.empty() || field == "(deletion)" ? speech_.say("check.deletion")
                                                  : speech_.name(entity, field);
  }

  // As people know it, where the store does.
  std::string title(const std::string& entity, const std::string& key) const {
    const Entity* its = mapping_.find(entity);
    const auto found = its == nullptr ? std::vector<RecordId>{}
                                      : find_records(records_.store, *its, key);
    return found.size() == 1 ? title_of(records_, speech_, found.front())
                             : speech_.title(entity) + " " + key;
  }

  std::string root_of(const std::string& entity) const {
    const Entity* its = mapping_.find(entity);
    return its != nullptr && its->root ? mapping_.entity(*its->root).name : entity;
  }

  void group_plan(const json& plan) {
    for (const json& entry : plan) {
      const std::string key = entry.contains("of") ? text(entry, "of") : text(entry, "key");
      json& lines = plan_[{root_of(text(entry, "entity")), key}];
      if (lines.is_null()) lines = json::array();
      if (lines.size() < lines_shown_max) add_entry(entry, lines);
    }
  }

  void add_entry(const json& entry, json& lines) const {
    const std::string entity = text(entry, "entity"), change = text(entry, "change");
    const std::string site = speech_.title(text(entry, "site"));
    const std::string what = speech_.title(entity) + " " + text(entry, "key");
    if (entry.contains("reason")) {
      lines.push_back(
          {{"text", speech_.say("task." + change, site, what, text(entry, "reason"))}});
      return;
    }
    json line{{"text", speech_.say("task." + change, site, what)}, {"fields", json::array()}};
    for (const json& field : list(entry, "fields"))
      line["fields"].push_back({{"text", field_line(entity, change, field)}});
    lines.push_back(std::move(line));
  }

  std::string field_line(const std::string& entity, const std::string& change,
                         const json& field) const {
    const std::string name = capitalised(speech_.name(entity, text(field, "field")));
    if (field.contains("increment"))
      return speech_.say("task.step", name, value(field.at("increment")));
    const json before = field.value("before", json{}), after = field.value("after", json{});
    if (change == "update") return speech_.say("task.change", name, value(before), value(after));
    return speech_.say("task.gives", name, value(change == "insert" ? after : before));
  }

  json record(const json& finding) {
    const std::string entity = text(finding, "entity"), key = text(finding, "key");
    json one{{"title", title(entity, key)},
             {"why", why(finding)},
             {"rows", rows(finding)},
             {"details", text(finding, "reason")},
             {"effects", json::array()}};
    for (const std::string& site : mapping_.sites)
      one["sites"].push_back({{"name", speech_.title(site)}});
    one["has_rows"] = !one["rows"].empty();
    if (auto found = plan_.extract({entity, key})) one["effects"] = std::move(found.mapped());
    one["no_effects"] = one["effects"].empty();
    return one;
  }

  std::string why(const json& finding) const {
    std::string all;
    for (const auto& [member, key] : {std::pair{"missing_at", "task.missing"},
                                      std::pair{"drifted_at", "task.drifted"}}) {
      for (const json& site : list(finding, member)) {
        if (!all.empty()) all += ", ";
        all += speech_.say(key, speech_.name(site.is_string() ? site.get<std::string>() : ""));
      }
    }
    return capitalised(all);
  }

  json rows(const json& finding) const {
    json all = json::array();
    for (const json& row : list(finding, "rows")) {
      const std::string entity = text(row, "entity");
      for (const json& field : list(row, "fields")) {
        json one{{"field", capitalised(speech_.name(entity, text(field, "field")))},
                 {"agreed", value(field.value("agreed", json{}))},
                 {"values", json::array()}};
        for (const std::string& site : mapping_.sites)
          one["values"].push_back(
              {{"site", speech_.title(site)},
               {"value", value(field.value(site, json{}))},
               {"differs", field.value(site, json{}) != field.value("agreed", json{})}});
        all.push_back(std::move(one));
      }
    }
    return all;
  }

  const Speech& speech_;
  const Records& records_;
  const Mapping& mapping_;
  std::map<std::pair<std::string, std::string>, json> plan_;  // By root entity and key.
};

std::string stage_in_words(const Speech& speech, const std::string& stage) {
  static constexpr std::array<std::pair<std::string_view, const char*>, 3> known{
      {{"comparing ", "progress.comparing"},
       {"looking again at ", "progress.looking"},
       {"reading ", "progress.reading"}}};
  for (const auto& [begins, key] : known) {
    if (!stage.starts_with(begins)) continue;
    const std::string what = stage.substr(begins.size());
    const std::size_t of = what.find(" of ");
    const std::string entity = speech.name(what.substr(0, of));
    return speech.say(key, of == std::string::npos
                               ? entity
                               : entity + " (" + speech.name(what.substr(of + 4)) + ")");
  }
  return speech.say("progress.working");
}

json progress_values(const Speech& speech, const std::string& line) {
  const json progress = json::parse(line, nullptr, false);
  json values{{"text", speech.say("progress.working")}};
  if (!progress.is_object()) return values;
  const auto done = progress.value("done", std::size_t{0});
  const auto total = progress.value("total", std::size_t{0});
  values["text"] = stage_in_words(speech, progress.value("stage", ""));
  values["count"] = total > 0 ? speech.say("progress.count", done, total)
                              : speech.say("progress.count_only", done);
  if (total > 0) {
    values["done"] = std::to_string(std::min(done, total));
    values["total"] = std::to_string(total);
  }
  return values;
}

void add_summary(const Speech& speech, const Mapping& mapping, const json& shown, json& lines) {
  const auto chosen = shown.value("chosen", std::size_t{0});
  if (chosen > 0)
    lines.push_back({{"text", chosen == 1 ? speech.say("task.chosen_one")
                                          : speech.say("task.chosen_many", chosen)}});
  for (const char* what : {"overwritten", "deleted"}) {
    for (const std::string& site : mapping.sites) {
      const auto count = shown.value(what, json::object()).value(site, std::size_t{0});
      if (count > 0)
        lines.push_back({{"text", speech.say(std::string{"task."} + what, speech.name(site), count)},
                         {"grave", true}});
    }
  }
}

// Of a link or its opposite: what would become of the request.
void add_request(const Speech& speech, const json& report, json& values) {
  for (const json& request : report.value("requests", json::array())) {
    const std::string state = request.value("state", ""), message = request.value("message", "");
    if (state == "refused") values["wrong"] = speech.say("task.would_refuse", message);
    if (state == "waits") values["wrong"] = speech.say("task.would_wait", message);
  }
}

std::string failure_in(const Speech& speech, const std::shared_ptr<const json>& said) {
  if (!said) return speech.say("task.killed");
  if (!said->contains("error")) return {};
  return speech.say("task.failed", said->value("error", ""));
}

void add_shown(const Visit& visit, const TaskRunner::State& state, json& values) {
  const Speech& speech = visit.speech();
  values["wrong"] = failure_in(speech, state.shown);
  if (values["wrong"] != "") return;
  const Records records{visit};
  const Store::Reading reading{records.store};
  const json& shown = *state.shown;
  Telling telling{visit, records};
  add_summary(speech, records.mapping(), shown, values["lines"]);
  values["records"] = telling.records(shown);
  values["others"] = telling.others();
  values["has_others"] = !values["others"].empty();
  values["decisions"] = telling.decisions(shown);
  const auto chosen = shown.value("chosen", std::size_t{0});
  if (chosen > values["records"].size())
    values["more"] = speech.say("task.more", chosen - values["records"].size());
  if (state.task.verb == "resync") {
    values["equal"] = chosen == 0;
    values["may_confirm"] = chosen > 0;
  } else {
    add_request(speech, shown, values);
    values["may_confirm"] = values["wrong"] == "";
  }
}

bool any_is(const char* state, const json& result) {
  const auto requests = result.value("requests", json::array());
  return std::any_of(requests.begin(), requests.end(), [&](const json& request) {
    return request.value("state", "") == state;
  });
}

void add_result(const Visit& visit, const TaskRunner::State& state, json& values) {
  const Speech& speech = visit.speech();
  if (state.result && state.result->value("moved", false)) {
    values["wrong"] = speech.say("task.moved");
    values["again"] = true;
    return;
  }
  if (state.exit == static_cast<int>(Exit::busy)) {
    values["noted"] = true;
    return;
  }
  values["wrong"] = failure_in(speech, state.result);
  if (values["wrong"] != "") return;
  const json& result = *state.result;
  values[any_is("refused", result) ? "not_done"
         : any_is("waits", result) ? "waits"
                                   : "is_done"] = true;
  for (const std::string& site : visit.service.context.setting.mapping.sites) {
    const auto count = result.value("delivered", json::object()).value(site, std::size_t{0});
    values["lines"].push_back({{"text", speech.say("task.written", speech.name(site), count)}});
  }
  for (const json& request : result.value("requests", json::array())) {
    if (const std::string message = request.value("message", ""); !message.empty())
      values["messages"].push_back({{"text", message}});
  }
  values["has_messages"] = values.contains("messages");
}

json task_values(const Visit& visit) {
  const TaskRunner::State state = visit.service.tasks.state();
  const Speech& speech = visit.speech();
  json values{{"title", speech.say("task.title")}, {"lines", json::array()}, {"wrong", ""}};
  if (state.phase == Phase::none) {
    values["nothing"] = true;
    return values;
  }
  values["id"] = std::to_string(state.id);
  values["what"] = title_of(speech, state.task);
  values["why"] = state.task.reason;
  switch (state.phase) {
    case Phase::rehearsing:
    case Phase::working:
      values[state.phase == Phase::rehearsing ? "rehearsing" : "working"] = true;
      values["progress"] = progress_values(speech, state.progress);
      break;
    case Phase::shown:
      values["shown"] = true;
      add_shown(visit, state, values);
      break;
    case Phase::done:
      values["done"] = true;
      add_result(visit, state, values);
      break;
    case Phase::none:
      break;
  }
  return values;
}

std::int64_t id_in(const HttpRequest& request) {
  const std::string id = request.in_form("id");
  if (id.empty() || id.size() > 18 || id.find_first_not_of("0123456789") != std::string::npos)
    throw PageError{404, "error.not_found"};
  return std::stoll(id);
}

}  // namespace

std::string title_of(const Speech& speech, const Task& task) {
  const std::string entity = task.about.value("entity", ""), key = task.about.value("key", "");
  if (task.verb == "link")
    return speech.say("link.of", speech.name(entity), key, task.about.value("other", ""));
  if (task.verb == "unlink") return speech.say("unlink.of", speech.name(entity), key);
  if (entity.empty()) return speech.say("resync.of_all");
  return key.empty() ? speech.say("resync.of_entity", speech.name(entity))
                     : speech.say("resync.of_record", speech.name(entity), key);
}

json said_of(const Visit& visit, const TaskRunner::State& state) {
  static constexpr std::array<const char*, 5> names{"", "rehearsing", "shown", "working", "done"};
  if (state.phase == Phase::none) return nullptr;
  const std::string name = names.at(static_cast<std::size_t>(state.phase));
  return {{"text", visit.speech().say("manage.task." + name,
                                      title_of(visit.speech(), state.task), state.task.by)},
          {"to", "/task"}};
}

HttpResponse task_page(Visit& visit) {
  return visit.page("task", "manage", task_values(visit));
}

HttpResponse confirm_task(Visit& visit) {
  const bool begun = visit.service.tasks.carry_out(id_in(visit.request), visit.account->name);
  return redirect(begun ? "/task" : "/task?said=task.late");
}

HttpResponse discard_task(Visit& visit) {
  visit.service.tasks.discard(id_in(visit.request));
  return redirect("/manage");
}

}  // namespace miroir
