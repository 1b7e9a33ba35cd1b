// The administration: what is paused, and what is rehearsed before it is carried out (see
// page_task.cpp), each with its form.
#include <algorithm>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/pausing.hpp"
#include "mirror/status/pages.hpp"
#include "mirror/status/tasks.hpp"

namespace miroir {
namespace {

using nlohmann::json;

constexpr std::size_t requests_shown_max = 10;
constexpr std::size_t requests_looked_at_max = 500;
constexpr std::size_t typed_max = 200;  // Characters of a key; it becomes an argument of a program.

json option(const std::string& value, const std::string& text, const std::string& chosen) {
  return {{"value", value}, {"text", text}, {"chosen", value == chosen}};
}

json entities(const Visit& visit, const Mapping& mapping) {
  const std::string chosen = visit.request.in_query("entity");
  json all = json::array();
  for (const Entity& entity : mapping.entities) {
    if (!entity.is_part())
      all.push_back(option(entity.name, visit.speech().title(entity.name), chosen));
  }
  return all;
}

json sites(const Visit& visit, const Mapping& mapping) {
  const Speech& speech = visit.speech();
  json all = json::array();
  for (const std::string& site : mapping.sites)
    all.push_back({{"value", site},
                   {"id", "from-" + site},
                   {"title", speech.title(site)},
                   {"right", capitalised(speech.say("resync.from", speech.name(site)))}});
  return all;
}

json pauses(const Visit& visit, const Records& records) {
  const Speech& speech = visit.speech();
  json all = json::array();
  for (const Pause& pause : records.store.pauses()) {
    const std::string& name = name_of(pause.what, records.mapping());
    const std::string with = spoken_dependants(speech, records.mapping(), pause.what);
    all.push_back({{"text", speech.say("banner.paused", speech.title(name),
                                       speech.since(pause.since, visit.now), pause.by,
                                       pause.reason)},
                   {"with", with.empty() ? "" : speech.say("pause.with", with)},
                   {"what", pausable_value(pause.what, records.mapping())},
                   {"name", speech.title(name)}});
  }
  return all;
}

bool is_of_administrators(const Request& request) {
  return std::holds_alternative<Resync>(request.what) ||
         std::holds_alternative<Link>(request.what) || std::holds_alternative<Unlink>(request.what);
}

json said_of(const Visit& visit, const Records& records, const EndedRequest& one) {
  const Speech& speech = visit.speech();
  const char* how = one.end.cycle == CycleNumber{} ? "waits" : one.end.done ? "done" : "refused";
  return {{"when", speech.since(one.request.made, visit.now)},
          {"text", one.request.by + speech.say("colon") + " " +
                       speech.say("kind." + std::string{kind_of(one.request)})},
          {"how", speech.say(std::string{"state."} + how)},
          {"reason", one.request.reason},
          {"details", described(one.request, records.store, records.mapping()) +
                          (one.end.message.empty() ? "" : ": " + one.end.message)}};
}

// What the store has of it also stands here after the server was lost.
json requests(const Visit& visit, const Records& records) {
  auto all = records.store.ended_requests(std::nullopt, requests_looked_at_max);
  for (Request& request : records.store.requests(0, requests_looked_at_max))
    all.insert(all.begin(), EndedRequest{std::move(request), {}});
  json list = json::array();
  for (const EndedRequest& one : all) {
    if (!is_of_administrators(one.request)) continue;
    if (list.size() == requests_shown_max) break;
    list.push_back(said_of(visit, records, one));
  }
  return list;
}

std::string typed(const HttpRequest& request, const std::string& name) {
  std::string text = request.in_form(name);
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  text = text.substr(first, text.find_last_not_of(' ') - first + 1);
  if (text.size() > typed_max)
    throw VerbError{Exit::usage, "no key is as long as this", "is the key right?"};
  return text;
}

std::string root_entity(const Visit& visit) {
  const std::string name = typed(visit.request, "entity");
  const Entity* entity = visit.context().setting.mapping.find(name);
  if (entity == nullptr || entity->is_part()) throw PageError{404, "error.not_found"};
  return name;
}

HttpResponse begin(Visit& visit, Task task) {
  task.by = visit.account->name;
  task.reason = checked_reason(visit.request.in_form("reason"));
  return redirect(visit.service.tasks.rehearse(task) ? "/task" : "/manage?said=manage.busy");
}

std::string site_in_form(const Visit& visit, const std::string& name) {
  const std::string site = visit.request.in_form(name);
  if (site.empty()) return {};
  return visit.context()
      .setting.mapping.sites[index(chosen_site(visit.context().setting.mapping, site))];
}

}  // namespace

HttpResponse manage_page(Visit& visit) {
  const Records records{visit};
  const Store::Reading reading{records.store};
  const Mapping& mapping = records.mapping();
  json values{{"title", visit.speech().say("manage.title")},
              {"pauses", pauses(visit, records)},
              {"sites", sites(visit, mapping)},
              {"entities", entities(visit, mapping)},
              {"key", visit.request.in_query("key")},
              {"requests", requests(visit, records)}};
  for (const auto& [name, site] : {std::pair{"first_site", 0}, std::pair{"second_site", 1}})
    values[name] = {
        {"key_at", visit.speech().say("link.key", visit.speech().name(mapping.sites[site]))},
        {"typed", visit.request.in_query("key")}};
  values["nothing_paused"] = values["pauses"].empty();
  values["nothing_asked"] = values["requests"].empty();
  values["task"] = said_of(visit, visit.service.tasks.state());
  return visit.page("manage", "manage", std::move(values));
}

HttpResponse begin_resync(Visit& visit) {
  const std::string entity =
      visit.request.in_form("entity").empty() ? "" : root_entity(visit);
  const std::string key = typed(visit.request, "key"), from = site_in_form(visit, "from");
  if (!key.empty() && entity.empty()) throw PageError{404, "error.not_found"};
  Task task{.verb = "resync",
            .options = {},
            .arguments = {},
            .by = {},
            .reason = {},
            .about = {{"entity", entity}, {"key", key}}};
  if (!entity.empty()) task.options.push_back("--entity=" + entity);
  if (!key.empty()) task.options.push_back("--key=" + key);
  if (!from.empty()) task.options.push_back("--from=" + from);
  return begin(visit, std::move(task));
}

HttpResponse begin_link(Visit& visit) {
  const std::string entity = root_entity(visit);
  const std::string first = typed(visit.request, "first"), second = typed(visit.request, "second");
  return begin(visit, {.verb = "link",
                       .options = {},
                       .arguments = {entity, first, second},
                       .by = {},
                       .reason = {},
                       .about = {{"entity", entity}, {"key", first}, {"other", second}}});
}

HttpResponse begin_unlink(Visit& visit) {
  const std::string entity = root_entity(visit), key = typed(visit.request, "key");
  Task task{.verb = "unlink",
            .options = {},
            .arguments = {entity, key},
            .by = {},
            .reason = {},
            .about = {{"entity", entity}, {"key", key}}};
  if (const std::string keeper = site_in_form(visit, "keeper"); !keeper.empty())
    task.options.push_back("--references=" + keeper);
  return begin(visit, std::move(task));
}

}  // namespace miroir
