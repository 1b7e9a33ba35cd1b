// Accounts, for administrators: who may sign in and as what. Whoever is changed is signed out.
#include "mirror/status/account_rules.hpp"
#include "mirror/status/pages.hpp"
#include "mirror/status/passwords.hpp"

namespace miroir {
namespace {

using nlohmann::json;

Accounts accounts_of(const Visit& visit) { return Accounts{visit.service.configured.state}; }

json roles(const Speech& speech, std::string_view chosen) {
  json all = json::array();
  for (const Role role : {Role::reader, Role::clerk, Role::administrator}) {
    const std::string name{name_of(role)};
    all.push_back({{"value", name},
                   {"id", "role-" + name},
                   {"text", capitalised(speech.say("role." + name))},
                   {"may", speech.say("accounts.may." + name)},
                   {"chosen", name == chosen}});
  }
  return all;
}

std::string last_time(const Visit& visit, const Account& account) {
  const Speech& speech = visit.speech();
  return account.signed_in.empty() ? speech.say("accounts.never")
                                   : speech.when(account.signed_in, visit.now);
}

// `wrong`: why what was typed was not taken; the name and the role stand there still.
HttpResponse list_page(const Visit& visit, const std::string& wrong, unsigned status) {
  const Speech& speech = visit.speech();
  json list = json::array();
  for (const Account& account : accounts_of(visit).all()) {
    list.push_back({{"name", account.name},
                    {"to", "/account?name=" + percent_encoded(account.name)},
                    {"role", capitalised(speech.say("role." + std::string{name_of(account.role)}))},
                    {"last", last_time(visit, account)},
                    {"has_token", account.has_token},
                    {"you", account.name == visit.account->name}});
  }
  const std::string role = visit.request.in_form("role");
  return visit.page("accounts", "manage",
                    {{"title", speech.say("accounts.title")},
                     {"accounts", list},
                     {"roles", roles(speech, role.empty() ? "reader" : role)},
                     {"name", visit.request.in_form("name")},
                     {"least", password_length_min},
                     {"password_help", speech.say("accounts.password_help", password_length_min)},
                     {"wrong", wrong}},
                    status);
}

HttpResponse one_page(const Visit& visit, const Account& account, const std::string& wrong,
                      unsigned status) {
  const Speech& speech = visit.speech();
  return visit.page(
      "account", "manage",
      {{"title", speech.say("accounts.one", account.name)},
       {"name", account.name},
       {"is", speech.say("accounts.is", speech.say("role." + std::string{name_of(account.role)}),
                         last_time(visit, account))},
       {"roles", roles(speech, name_of(account.role))},
       {"you", account.name == visit.account->name},
       {"sure", speech.say("accounts.sure", account.name)},
       {"least", password_length_min},
       {"password_help", speech.say("accounts.password_help", password_length_min)},
       {"wrong", wrong}},
      status);
}

Account account_called(const Visit& visit, const std::string& name) {
  if (auto account = accounts_of(visit).find(name)) return *account;
  throw PageError{404, "error.not_found"};
}

Role role_in(const HttpRequest& request) {
  if (const auto role = role_named(request.in_form("role"))) return *role;
  throw PageError{404, "error.not_found"};
}

// Why the password that was typed twice is none, as a key of the texts; "": it is one.
std::string flaw_in_password(const HttpRequest& request) {
  const std::string password = request.in_form("password");
  if (password != request.in_form("again")) return "accounts.not_the_same";
  return may_be_password(password) ? "" : "accounts.bad_password";
}

// What it was about, when it is done, or cannot be.
HttpResponse changed(const Visit& visit, const Account& account, AccountChange change,
                     const std::string& said) {
  if (change == AccountChange::no_such) throw PageError{404, "error.not_found"};
  if (change == AccountChange::last_administrator)
    return one_page(visit, account, visit.speech().say("accounts.last_administrator"), 422);
  return redirect("/accounts?said=" + said);
}

}  // namespace

HttpResponse accounts_page(Visit& visit) { return list_page(visit, "", 200); }

HttpResponse account_page(Visit& visit) {
  return one_page(visit, account_called(visit, visit.request.in_query("name")), "", 200);
}

HttpResponse add_account(Visit& visit) {
  const std::string name = visit.request.in_form("name");
  const Role role = role_in(visit.request);
  std::string flaw =
      may_be_account_name(name) ? flaw_in_password(visit.request) : "accounts.bad_name";
  if (flaw.empty() && accounts_of(visit).find(name)) flaw = "accounts.taken";
  if (flaw.empty()) {
    const Account account{.name = name,
                          .role = role,
                          .password = hash_password(visit.request.in_form("password")),
                          .made = visit.actor().time};
    if (!accounts_of(visit).add(account, visit.actor())) flaw = "accounts.taken";
  }
  if (!flaw.empty()) return list_page(visit, visit.speech().say(flaw, password_length_min), 422);
  return redirect("/accounts?said=accounts.added");
}

HttpResponse save_role(Visit& visit) {
  const Account account = account_called(visit, visit.request.in_form("name"));
  return changed(visit, account,
                 accounts_of(visit).set_role(account.name, role_in(visit.request), visit.actor()),
                 "accounts.role_saved");
}

HttpResponse save_password(Visit& visit) {
  const Account account = account_called(visit, visit.request.in_form("name"));
  if (const std::string flaw = flaw_in_password(visit.request); !flaw.empty())
    return one_page(visit, account, visit.speech().say(flaw, password_length_min), 422);
  return changed(visit, account,
                 accounts_of(visit).set_password(
                     account.name, hash_password(visit.request.in_form("password")), visit.actor()),
                 "accounts.password_saved");
}

HttpResponse remove_account(Visit& visit) {
  const Account account = account_called(visit, visit.request.in_form("name"));
  if (visit.request.in_form("sure").empty())
    return one_page(visit, account, visit.speech().say("accounts.not_sure"), 422);
  return changed(visit, account, accounts_of(visit).remove(account.name, visit.actor()),
                 "accounts.removed");
}

}  // namespace miroir
