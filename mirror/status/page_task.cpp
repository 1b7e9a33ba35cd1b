// What an administrator has asked, from the rehearsal to the end: how far it has come, and what became
// of it.
#include <algorithm>

#include "mirror/status/pages.hpp"
#include "mirror/status/plain.hpp"
#include "mirror/status/tasks.hpp"

namespace miroir {
namespace {

using nlohmann::json;
using Phase = TaskRunner::Phase;

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
void add_request(const Speech& speech, const Mapping& mapping, const json& report, json& values) {
  for (const json& request : report.value("requests", json::array())) {
    const std::string state = request.value("state", ""), message = request.value("message", "");
    if (state != "refused" && state != "waits") continue;
    values["wrong"] = speech.say(state == "refused" ? "task.would_refuse" : "task.would_wait",
                                 refusal_in_words(speech, mapping, message));
    values["wrong_details"] = message;
  }
}

// Whether the child failed, which is told.
bool add_failure(const Speech& speech, const Mapping& mapping,
                 const std::shared_ptr<const json>& said, json& values) {
  if (!said) {
    values["wrong"] = speech.say("task.killed");
    return true;
  }
  if (!said->contains("error")) return false;
  const std::string error = said->value("error", "");
  values["wrong"] = speech.say("task.failed", refusal_in_words(speech, mapping, error,
                                                               said->value("outcome", "")));
  values["wrong_details"] = error;
  return true;
}

void add_shown(const Visit& visit, const TaskRunner::State& state, json& values) {
  const Speech& speech = visit.speech();
  if (add_failure(speech, visit.context().setting.mapping, state.shown, values)) return;
  const Records records{visit};
  const Store::Reading reading{records.store};
  const json& shown = *state.shown;
  add_summary(speech, records.mapping(), shown, values["lines"]);
  values.update(task_in_words(visit, records, shown));
  values["has_others"] = !values["others"].empty();
  const auto chosen = shown.value("chosen", std::size_t{0});
  if (chosen > values["records"].size())
    values["more"] = speech.say("task.more", chosen - values["records"].size());
  if (state.task.verb == "resync") {
    values["equal"] = chosen == 0;
    values["may_confirm"] = chosen > 0;
  } else {
    add_request(speech, records.mapping(), shown, values);
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
  const Mapping& mapping = visit.context().setting.mapping;
  if (add_failure(speech, mapping, state.result, values)) return;
  const json& result = *state.result;
  values[any_is("refused", result) ? "not_done"
         : any_is("waits", result) ? "waits"
                                   : "is_done"] = true;
  for (const std::string& site : mapping.sites) {
    const auto count = result.value("delivered", json::object()).value(site, std::size_t{0});
    values["lines"].push_back({{"text", speech.say("task.written", speech.name(site), count)}});
  }
  for (const json& request : result.value("requests", json::array())) {
    if (const std::string message = request.value("message", ""); !message.empty()) {
      values["lines"].push_back({{"text", refusal_in_words(speech, mapping, message)}});
      values["messages"].push_back({{"text", message}});
    }
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
