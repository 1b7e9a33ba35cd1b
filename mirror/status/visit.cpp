#include "mirror/status/visit.hpp"

#include "mirror/cli/report.hpp"
#include "mirror/status/banner.hpp"
#include "mirror/status/embedded.hpp"
#include "mirror/status/passwords.hpp"
#include "mirror/status/render.hpp"

namespace miroir {
namespace {

using nlohmann::json;

// Browsers name what they prefer first.
std::string preferred(const std::string& accepted) {
  const std::size_t french = accepted.find("fr"), english = accepted.find("en");
  return french < english ? "fr" : "en";
}

// Something that was noted by the page before: "?said=question.answered".
std::string said(const Visit& visit) {
  static constexpr std::array known{
      "question.answered", "retry.saved",         "undo.saved",
      "sync.started",      "sync.running",        "accept.saved",
      "pause.saved",       "pause.resumed",       "manage.busy",
      "task.late",         "ignore.saved",        "ignore.saved_again",
      "accounts.added",    "accounts.role_saved", "accounts.password_saved",
      "accounts.removed"};
  const std::string key = visit.request.in_query("said");
  const bool is_known = std::find(known.begin(), known.end(), key) != known.end();
  return is_known ? visit.speech().say(key) : "";
}

json ways(const Visit& visit, const std::string& where) {
  static constexpr std::array<std::pair<const char*, const char*>, 6> all{
      {{"home", "/"},
       {"check", "/check"},
       {"search", "/search"},
       {"cycles", "/cycles"},
       {"journal", "/journal"},
       {"manage", "/manage"}}};
  json list = json::array();
  for (const auto& [name, to] : all) {
    if (to == std::string_view{"/manage"} && !visit.may(Role::administrator)) continue;
    list.push_back({{"to", to},
                    {"text", visit.speech().say(std::string{"nav."} + name)},
                    {"here", where == name}});
  }
  return list;
}

// Where an open page asks for itself again; what came by a form cannot be had again.
std::string address_of(const HttpRequest& request) {
  if (request.method != "GET") return "/part/strip";
  std::string query;
  for (const auto& [name, value] : request.query) {
    if (name == "said") continue;
    query += (query.empty() ? "?" : "&") + percent_encoded(name) + "=" + percent_encoded(value);
  }
  return request.path + query;
}

// Nothing where nothing can be told: that goes with a page which says why.
json strip_or_nothing(const Visit& visit) {
  try {
    return strip_values(visit);
  } catch (const std::exception&) {
    return nullptr;
  }
}

json with_common(const Visit& visit, json values) {
  values["t"] = visit.speech().all();
  if (!visit.session.empty()) values["token"] = form_token(visit.session);
  values["may_answer"] = visit.may(Role::clerk);
  values["may_accept"] = visit.may(Role::administrator);
  return values;
}

}  // namespace

const Speech& Visit::speech() const {
  const std::string chosen = request.cookie("language");
  if (chosen == "fr" || chosen == "en") return service.speech(chosen);
  const std::string& configured = service.config().language;
  return service.speech(configured.empty() ? preferred(request.header("accept-language"))
                                           : configured);
}

Masking Visit::masking(const Mapping& mapping) const {
  return may(Role::clerk) ? Masking{} : Masking{context().setting.config.serve.personal, mapping};
}

Actor Visit::actor() const { return {account->name, now_as_text()}; }

std::int64_t Visit::number() const {
  const auto number = number_in(parts.at(0));
  if (!number || *number < 0) throw PageError{404, "error.not_found"};
  return *number;
}

HttpResponse Visit::page(const std::string& name, const std::string& where, json values,
                         unsigned status) const {
  const auto& sites = context().setting.mapping.sites;
  values = with_common(*this, std::move(values));
  values["said"] = said(*this);
  json frame = values;
  frame["content"] = render(name, values);
  frame["language"] = speech().language();
  frame["other_language"] = speech().language() == "fr" ? "en" : "fr";
  frame["back"] = percent_encoded(request.method == "GET" ? request.path : "/");
  frame["ways"] = ways(*this, where);
  frame["pair"] = speech().title(sites[0]) + " ⇄ " + speech().title(sites[1]);
  frame["css"] = asset_address("page.css");
  frame["js"] = asset_address("page.js");
  frame["icon"] = asset_address("icon.svg");
  if (account) {
    frame["from"] = address_of(request);
    // The first page says it larger.
    if (where != "home") frame["strip"] = strip_or_nothing(*this);
    frame["account"] = {{"text", speech().say("nav.signed_in_as", account->name)},
                        {"role", speech().say("role." + std::string{name_of(account->role)})}};
  }
  HttpResponse response;
  response.status = status;
  response.body = render("frame", frame);
  return response;
}

HttpResponse Visit::part(const std::string& name, json values) const {
  HttpResponse response;
  response.body = render(name, with_common(*this, std::move(values)));
  return response;
}

HttpResponse json_response(const nlohmann::ordered_json& object, unsigned status) {
  return {.status = status, .type = "application/json", .body = to_line(object)};
}

HttpResponse error_page(const Visit& visit, unsigned status, const std::string& key) {
  return visit.page(
      "error", "",
      {{"title", visit.speech().say("error.title")}, {"text", visit.speech().say(key)}}, status);
}

}  // namespace miroir
