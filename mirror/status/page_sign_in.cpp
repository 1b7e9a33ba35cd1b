// Signing in and out, the choice of a language, and what needs no account.
#include <spdlog/spdlog.h>

#include "mirror/status/account_rules.hpp"
#include "mirror/status/embedded.hpp"
#include "mirror/status/pages.hpp"
#include "mirror/status/passwords.hpp"

namespace miroir {
namespace {

constexpr std::int64_t session_seconds = 12 * 3'600;  // A working day.

// Only to a page of ours.
std::string safe_way(const std::string& to) {
  const bool ours = to.starts_with('/') && !to.starts_with("//") &&
                    to.find_first_of("\\\r\n") == std::string::npos;
  if (!ours) return "/";
  std::string way;  // Encoded again, part by part.
  for (std::size_t from = 1; from <= to.size();) {
    const std::size_t end = std::min(to.find('/', from), to.size());
    way += "/" + percent_encoded(to.substr(from, end - from));
    from = end + 1;
  }
  return way;
}

std::string cookie(const Visit& visit, const std::string& name, const std::string& value,
                   std::int64_t seconds) {
  return name + "=" + value +
         "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(seconds) +
         (visit.service.behind_tls() ? "; Secure" : "");
}

HttpResponse form(const Visit& visit, const std::string& wrong, unsigned status) {
  const std::string to = visit.request.in_query("to");
  return visit.page("sign_in", "",
                    {{"title", visit.speech().say("sign_in.title")},
                     {"to", to.empty() ? visit.request.in_form("to") : to},
                     {"name", visit.request.in_form("name")},
                     {"wrong", wrong}},
                    status);
}

}  // namespace

HttpResponse sign_in_page(Visit& visit) { return form(visit, "", 200); }

HttpResponse sign_in(Visit& visit) {
  const std::string name = visit.request.in_form("name");
  const std::string password = visit.request.in_form("password");
  const std::int64_t now = visit.now.micros / 1'000'000;
  if (!visit.service.sign_ins.try_begin(name, now)) {
    HttpResponse response =
        form(visit, visit.speech().say("sign_in.too_many", SignInLimit::window_seconds / 60), 429);
    response.headers.emplace_back("Retry-After", std::to_string(SignInLimit::window_seconds));
    return response;
  }
  Accounts accounts{visit.service.configured.state};
  const auto account = accounts.find(name);
  const bool right = password.size() <= password_length_max &&
                     is_password(account ? account->password : nobodys_hash(), password);
  if (!account || !right) {
    spdlog::warn("somebody could not sign in");
    return form(visit, visit.speech().say("sign_in.wrong"), 401);
  }
  visit.service.sign_ins.succeeded(name);
  const std::string secret = new_secret();
  accounts.sign_in(account->name, digest(secret), now, now + session_seconds);
  HttpResponse response = redirect(safe_way(visit.request.in_form("to")));
  response.headers.emplace_back("Set-Cookie", cookie(visit, "session", secret, session_seconds));
  return response;
}

HttpResponse sign_out(Visit& visit) {
  Accounts{visit.service.configured.state}.sign_out(digest(visit.session));
  HttpResponse response = redirect("/sign-in");
  response.headers.emplace_back("Set-Cookie", cookie(visit, "session", "", 0));
  return response;
}

HttpResponse language_page(Visit& visit) {
  const std::string& language = visit.parts.at(0);
  if (language != "en" && language != "fr") throw PageError{404, "error.not_found"};
  constexpr std::int64_t a_year = 365 * 24 * 3'600;
  HttpResponse response = redirect(safe_way(visit.request.in_query("to")));
  response.headers.emplace_back("Set-Cookie", cookie(visit, "language", language, a_year));
  return response;
}

HttpResponse health_page(Visit&) {
  return {.status = 200, .type = "text/plain; charset=utf-8", .body = "ok\n"};
}

HttpResponse asset_page(Visit& visit) {
  const auto found = asset(visit.parts.at(0));
  if (!found) throw PageError{404, "error.not_found"};
  return {.status = 200,
          .type = std::string{found->type},
          .body = std::string{found->body},
          .headers = {{"Cache-Control", "public, max-age=31536000, immutable"}}};
}

}  // namespace miroir
