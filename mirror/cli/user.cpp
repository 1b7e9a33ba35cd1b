// miroir user: who may use the status page, and as what.
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/cli/table.hpp"
#include "mirror/state/accounts.hpp"
#include "mirror/status/account_rules.hpp"
#include "mirror/status/passwords.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

termios as_it_was{};  // Of the terminal, for who must give it back from a signal's handler.

void give_back(int signal) {
  ::tcsetattr(STDIN_FILENO, TCSANOW, &as_it_was);
  ::raise(signal);  // Once more, and by now with its usual effect.
}

// Nothing that is typed is shown while it lives; who ends the program meanwhile finds the terminal
// as it was. One at a time.
class Unseen {
 public:
  Unseen() {
    ::tcgetattr(STDIN_FILENO, &as_it_was);
    struct sigaction giving_back {};
    giving_back.sa_handler = give_back;
    giving_back.sa_flags = static_cast<int>(SA_RESETHAND);
    for (std::size_t i = 0; i < endings.size(); ++i)
      ::sigaction(endings[i], &giving_back, &before_[i]);
    termios silent = as_it_was;
    silent.c_lflag &= static_cast<tcflag_t>(~ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~Unseen() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &as_it_was);
    for (std::size_t i = 0; i < endings.size(); ++i) ::sigaction(endings[i], &before_[i], nullptr);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  static constexpr std::array endings{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  std::array<struct sigaction, endings.size()> before_{};
};

std::string line_of(std::istream& in) {
  std::string line;
  std::getline(in, line);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::string typed(const char* prompt) {
  std::string line;
  {
    const Unseen unseen;  // What is typed before the prompt stands there is forgotten with it.
    fmt::print(stderr, "{}: ", prompt);
    line = line_of(std::cin);
  }
  fmt::print(stderr, "\n");
  return line;
}

std::string asked_password(const std::optional<std::string>& file) {
  if (file) {
    std::ifstream in{*file};
    if (!in) throw VerbError{Exit::usage, "cannot read " + *file, "--password-file FILE"};
    return line_of(in);
  }
  if (::isatty(STDIN_FILENO) == 0) return line_of(std::cin);
  std::string password = typed("Password");
  if (password != typed("Once more"))
    throw VerbError{Exit::usage, "the two were not the same", "try again"};
  return password;
}

std::string hashed_password(const std::optional<std::string>& file) {
  const std::string password = asked_password(file);
  if (!may_be_password(password)) {
    throw VerbError{Exit::usage,
                    fmt::format("a password has at least {} characters and at most {} bytes",
                                password_length_min, password_length_max),
                    "several words are easy to remember and hard to guess"};
  }
  return hash_password(password);
}

Role chosen_role(const std::string& name) {
  if (const auto role = role_named(name)) return *role;
  throw VerbError{Exit::usage, "there is no role '" + name + "'", "reader, clerk or administrator"};
}

Actor whoever_is_here() { return {login_name(), now_as_text()}; }

Accounts open_accounts(const Context& context) {
  require_state(context);
  return Accounts{context.setting.config.state};
}

VerbError taken(const std::string& name) {
  return {Exit::usage, "there is an account " + name + " already",
          "`miroir user passwd` sets its password, `miroir user role` its role"};
}

void require_found(bool found, const std::string& name) {
  if (!found)
    throw VerbError{Exit::usage, "there is no account " + name, "`miroir user list` lists them"};
}

void require_done(AccountChange change, const std::string& name) {
  require_found(change != AccountChange::no_such, name);
  if (change == AccountChange::last_administrator) {
    throw VerbError{Exit::usage, name + " is the last administrator",
                    "`miroir user role NAME administrator` makes somebody else one first"};
  }
}

void tell(const Context& context, const std::string& text, ordered_json object) {
  if (!context.json) return print(text + "\n");
  ordered_json all{{"outcome", name_of(Exit::done)}};
  all.update(object);
  print(to_line(all));
}

}  // namespace

Exit run_verb(Context& context, const UserAddVerb& verb) {
  if (!may_be_account_name(verb.name)) {
    throw VerbError{Exit::usage, "this is no name for an account",
                    fmt::format("one line of at most {} bytes", account_name_length_max)};
  }
  const Role role = chosen_role(verb.role);
  Accounts accounts = open_accounts(context);
  if (accounts.find(verb.name)) throw taken(verb.name);
  const std::string password = hashed_password(verb.password_file);
  const Account account{.name = verb.name,
                        .role = role,
                        .password = password,
                        .made = now_as_text(),
                        .has_token = false};
  if (!accounts.add(account, whoever_is_here())) throw taken(verb.name);
  tell(context, fmt::format("{} may sign in as {}", verb.name, verb.role),
       {{"name", verb.name}, {"role", verb.role}});
  return Exit::done;
}

Exit run_verb(Context& context, const UserListVerb&) {
  const auto accounts = open_accounts(context).all();
  ordered_json list = ordered_json::array();
  Table table{{"NAME", "ROLE", "TOKEN", "SINCE", "SIGNED IN LAST"}};
  for (const Account& account : accounts) {
    list.push_back({{"name", account.name},
                    {"role", name_of(account.role)},
                    {"token", account.has_token},
                    {"since", account.made},
                    {"signed_in", nullptr}});
    if (!account.signed_in.empty()) list.back()["signed_in"] = account.signed_in;
    table.add({account.name, std::string{name_of(account.role)}, account.has_token ? "yes" : "no",
               account.made, account.signed_in.empty() ? "never" : account.signed_in});
  }
  std::string text = accounts.empty() ? "Nobody can sign in: miroir user add NAME --role "
                                        "administrator"
                                      : table.text();
  if (text.ends_with('\n')) text.pop_back();
  tell(context, text, {{"users", list}});
  return Exit::done;
}

Exit run_verb(Context& context, const UserPasswdVerb& verb) {
  Accounts accounts = open_accounts(context);
  require_found(accounts.find(verb.name).has_value(), verb.name);
  require_done(
      accounts.set_password(verb.name, hashed_password(verb.password_file), whoever_is_here()),
      verb.name);
  tell(context, verb.name + " has another password, and is signed out everywhere",
       {{"name", verb.name}});
  return Exit::done;
}

Exit run_verb(Context& context, const UserRoleVerb& verb) {
  const Role role = chosen_role(verb.role);
  Accounts accounts = open_accounts(context);
  require_done(accounts.set_role(verb.name, role, whoever_is_here()), verb.name);
  tell(context, fmt::format("{} may sign in as {}", verb.name, verb.role),
       {{"name", verb.name}, {"role", verb.role}});
  return Exit::done;
}

Exit run_verb(Context& context, const UserRemoveVerb& verb) {
  Accounts accounts = open_accounts(context);
  require_done(accounts.remove(verb.name, whoever_is_here()), verb.name);
  tell(context, verb.name + " cannot sign in any more", {{"name", verb.name}});
  return Exit::done;
}

Exit run_verb(Context& context, const UserTokenVerb& verb) {
  Accounts accounts = open_accounts(context);
  const std::string token = verb.remove ? "" : new_secret();
  require_done(
      accounts.set_token(verb.name, verb.remove ? std::nullopt : std::optional{digest(token)},
                         whoever_is_here()),
      verb.name);
  tell(context, verb.remove ? verb.name + " has no token any more" : token,
       {{"name", verb.name}, {"token", verb.remove ? ordered_json(nullptr) : ordered_json(token)}});
  return Exit::done;
}

}  // namespace miroir
