#include "mirror/status/routes.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <optional>

#include "mirror/status/pages.hpp"
#include "mirror/status/passwords.hpp"
#include "mirror/status/plain.hpp"

namespace miroir {
namespace {

// Who may: nobody needs to be signed in, or with which role.
using Needs = std::optional<Role>;
constexpr Needs anyone = std::nullopt;

struct Route {
  std::string_view method, pattern;  // A star stands for one part of the path.
  Needs needs;
  HttpResponse (*page)(Visit&);
};

constexpr std::array routes{
    Route{"GET", "/healthz", anyone, health_page},
    Route{"GET", "/assets/*", anyone, asset_page},
    Route{"GET", "/language/*", anyone, language_page},
    Route{"GET", "/sign-in", anyone, sign_in_page},
    Route{"POST", "/sign-in", anyone, sign_in},
    Route{"POST", "/sign-out", Role::reader, sign_out},

    Route{"GET", "/", Role::reader, home_page},
    Route{"GET", "/part/strip", Role::reader, strip_part},
    Route{"GET", "/events", Role::reader, events_page},
    Route{"GET", "/check", Role::reader, check_page},
    Route{"GET", "/check/group", Role::reader, group_page},
    Route{"GET", "/check/*", Role::reader, question_page},
    Route{"GET", "/ignore", Role::clerk, ignore_page},
    Route{"GET", "/search", Role::reader, search_page},
    Route{"GET", "/record/*", Role::reader, record_page},
    Route{"GET", "/cycles", Role::reader, cycles_page},
    Route{"GET", "/journal", Role::reader, journal_page},
    Route{"GET", "/journal.csv", Role::reader, journal_csv},
    Route{"GET", "/undo/*", Role::clerk, undo_page},
    Route{"GET", "/metrics", Role::reader, metrics_page},
    Route{"GET", "/manage", Role::administrator, manage_page},
    Route{"GET", "/accounts", Role::administrator, accounts_page},
    Route{"GET", "/account", Role::administrator, account_page},
    Route{"GET", "/task", Role::administrator, task_page},

    Route{"POST", "/synchronise", Role::clerk, synchronise},
    Route{"POST", "/preview", Role::clerk, preview_page},
    Route{"POST", "/answer", Role::clerk, save_answer},
    Route{"POST", "/retry", Role::clerk, retry},
    Route{"POST", "/ignore", Role::clerk, save_ignore},
    Route{"POST", "/unignore", Role::clerk, save_unignore},
    Route{"POST", "/undo/*", Role::clerk, save_undo},
    Route{"POST", "/accept", Role::administrator, accept_brake},
    Route{"POST", "/pause/preview", Role::administrator, preview_pause},
    Route{"POST", "/pause", Role::administrator, save_pause},
    Route{"POST", "/resume", Role::administrator, save_resume},
    Route{"POST", "/accounts/add", Role::administrator, add_account},
    Route{"POST", "/accounts/role", Role::administrator, save_role},
    Route{"POST", "/accounts/password", Role::administrator, save_password},
    Route{"POST", "/accounts/remove", Role::administrator, remove_account},
    Route{"POST", "/resync", Role::administrator, begin_resync},
    Route{"POST", "/link", Role::administrator, begin_link},
    Route{"POST", "/unlink", Role::administrator, begin_unlink},
    Route{"POST", "/task/confirm", Role::administrator, confirm_task},
    Route{"POST", "/task/discard", Role::administrator, discard_task},

    Route{"GET", "/api/v1/openapi.json", Role::reader, api_description},
    Route{"GET", "/api/v1/status", Role::reader, api_status},
    Route{"GET", "/api/v1/held", Role::reader, api_held},
    Route{"GET", "/api/v1/held/*", Role::reader, api_held_item},
    Route{"POST", "/api/v1/held/*/answer", Role::clerk, api_answer},
    Route{"POST", "/api/v1/set-aside/*/retry", Role::clerk, api_retry},
    Route{"POST", "/api/v1/held/*/ignore", Role::clerk, api_ignore},
    Route{"POST", "/api/v1/held/*/unignore", Role::clerk, api_unignore},
    Route{"POST", "/api/v1/set-aside/*/ignore", Role::clerk, api_ignore},
    Route{"POST", "/api/v1/set-aside/*/unignore", Role::clerk, api_unignore},
    Route{"POST", "/api/v1/decisions/*/undo", Role::clerk, api_undo},
    Route{"GET", "/api/v1/trace", Role::reader, api_trace},
    Route{"GET", "/api/v1/acts", Role::reader, api_acts},
    Route{"GET", "/api/v1/cycles", Role::reader, api_cycles},
    Route{"POST", "/api/v1/cycle", Role::clerk, api_cycle},
};

std::vector<std::string> divided(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // The slash.
    const std::size_t end = std::min(path.find('/'), path.size());
    parts.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

// What the stars stand for; nullopt: it does not fit.
std::optional<std::vector<std::string>> fitted(std::string_view pattern, const std::string& path) {
  const auto wanted = divided(pattern), given = divided(path);
  if (wanted.size() != given.size()) return std::nullopt;
  std::vector<std::string> stars;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "*" && !given[i].empty()) {
      stars.push_back(given[i]);
    } else if (wanted[i] != given[i]) {
      return std::nullopt;
    }
  }
  return stars;
}

bool is_api(const HttpRequest& request) { return request.path.starts_with("/api/"); }

// By the API's token, or by the session that the browser holds.
void identify(Visit& visit) {
  const Config& config = visit.service.configured;
  const std::string authorization = visit.request.header("authorization");
  const std::string session = visit.request.cookie("session");
  if (authorization.empty() && session.empty()) return;
  const Accounts accounts{config.state};
  if (authorization.starts_with("Bearer ")) {
    visit.account = accounts.with_token(digest(authorization.substr(7)));
    return;
  }
  visit.account = accounts.signed_in(digest(session), visit.now.micros / 1'000'000);
  if (visit.account) visit.session = session;
}

// Another site's page cannot make a browser of ours do anything: it knows no form token, and its
// origin is not ours.
bool is_our_form(const Visit& visit) {
  const HttpRequest& request = visit.request;
  const std::string scheme = visit.service.behind_tls() ? "https://" : "http://";
  if (request.header("origin") != scheme + request.header("host")) return false;
  if (visit.session.empty()) return request.path == "/sign-in";
  const std::string header = request.header("x-form-token");
  return same_secret(header.empty() ? request.in_form("token") : header, form_token(visit.session));
}

// The name that the browser was told: a foreign name that leads here is no address of ours.
bool is_our_name(const Service& service, const std::string& host) {
  const std::string& address = service.config().address;
  if (!address.empty() && host == address.substr(address.find("//") + 2)) return true;
  const std::string name = host.substr(0, host.rfind(':'));
  return name == "localhost" || name == "127.0.0.1" || name == "[::1]";
}

HttpResponse refused(const Visit& visit, unsigned status, const std::string& key) {
  if (!is_api(visit.request)) return error_page(visit, status, key);
  return json_response({{"error", visit.service.english.say(key)}}, status);
}

HttpResponse to_sign_in(const Visit& visit) {
  if (is_api(visit.request) || visit.request.path == "/metrics") {
    HttpResponse response = json_response({{"error", "sign in, or send a token"}}, 401);
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  // What a page asks for by itself cannot show a sign-in page.
  const bool by_script = !visit.request.header("x-live").empty() ||
                         visit.request.path == "/events" ||
                         visit.request.path.starts_with("/part/");
  if (by_script) return {.status = 401, .type = "text/plain", .body = ""};
  const std::string back = visit.request.method == "GET" ? visit.request.path : "/";
  return redirect("/sign-in?to=" + percent_encoded(back));
}

HttpResponse lead(Visit& visit) {
  const bool head = visit.request.method == "HEAD";
  bool known_path = false;
  for (const Route& route : routes) {
    auto stars = fitted(route.pattern, visit.request.path);
    if (!stars) continue;
    known_path = true;
    if (route.method != (head ? "GET" : visit.request.method)) continue;
    visit.parts = std::move(*stars);
    identify(visit);
    if (route.needs && !visit.account) return to_sign_in(visit);
    if (route.needs && !visit.may(*route.needs)) return refused(visit, 403, "error.forbidden");
    const bool by_token = visit.account && visit.session.empty();
    if (route.method == "POST" && !by_token && !is_our_form(visit))
      return refused(visit, 403, "error.forged");
    return route.page(visit);
  }
  if (known_path) return refused(visit, 405, "error.method");
  identify(visit);
  if (!visit.account) return to_sign_in(visit);
  return refused(visit, 404, "error.not_found");
}

HttpResponse failed(const Visit& visit, const VerbError& error) {
  const unsigned status = error.exit() == Exit::busy ? 409 : 422;
  if (!is_api(visit.request)) {
    const Speech& speech = visit.speech();
    const Mapping& mapping = visit.context().setting.mapping;
    const std::string why =
        refusal_in_words(speech, mapping, error.what(), std::string{name_of(error.exit())});
    const bool hides = visit.masking(mapping).hides_texts();
    return visit.page("error", "",
                      {{"title", speech.say("error.title")},
                       {"text", speech.say("question.not_so", why)},
                       {"details", hides ? "" : error.what()}},
                      status);
  }
  return json_response(
      {{"outcome", name_of(error.exit())}, {"error", error.what()}, {"hint", error.hint()}},
      status);
}

HttpResponse led(Visit& visit) {
  try {
    return lead(visit);
  } catch (const PageError& error) {
    return refused(visit, error.status(), error.what());
  } catch (const VerbError& error) {
    return failed(visit, error);
  } catch (const StoreBusy&) {
    return refused(visit, 503, "error.busy");
  } catch (const std::exception& error) {
    spdlog::error("{} {}: {}", visit.request.method, visit.request.path, error.what());
    return refused(visit, 500, "error.internal");
  }
}

void protect(HttpResponse& response, const Service& service) {
  auto& headers = response.headers;
  headers.emplace_back("Content-Security-Policy",
                       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                       "connect-src 'self'; form-action 'self'; base-uri 'none'; "
                       "frame-ancestors 'none'");
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  headers.emplace_back("X-Frame-Options", "DENY");
  headers.emplace_back("Referrer-Policy", "same-origin");
  headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  if (service.behind_tls()) headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
  const bool says = std::any_of(headers.begin(), headers.end(),
                                [](const auto& header) { return header.first == "Cache-Control"; });
  if (!says) headers.emplace_back("Cache-Control", "no-store");
}

}  // namespace

HttpResponse answer(Service& service, const HttpRequest& request) {
  HttpResponse response;
  if (!is_our_name(service, request.header("host"))) {
    response = {
        .status = 421, .type = "text/plain", .body = "this is not the address of this page\n"};
  } else {
    Visit visit{service, request};
    response = led(visit);
  }
  protect(response, service);
  return response;
}

}  // namespace miroir
