// Accounts and sessions in the state file.
#include <catch2/catch.hpp>
#include <filesystem>

#include "mirror/state/accounts.hpp"
#include "mirror/state/log_pages.hpp"
#include "mirror/state/store.hpp"
#include "tests/support/pair.hpp"

using miroir::Account;
using miroir::AccountChange;
using miroir::Accounts;
using miroir::Act;
using miroir::Actor;
using miroir::LogPages;
using miroir::Mapping;
using miroir::Role;
using miroir::StoreError;
using miroir::test::Pair;

namespace {

const Actor marc{"marc", "2026-02-01T08:00:00Z"};

Account lea() {
  return {.name = "Léa",
          .role = Role::clerk,
          .password = "hash",
          .made = "2026-01-01T00:00:00Z",
          .has_token = false};
}

}  // namespace

TEST_CASE("an account is there once, whatever its case, with its role", "[accounts]") {
  Pair pair{Pair::sqlite_sqlite};
  Accounts accounts{pair.state_file()};
  CHECK(accounts.add(
      {.name = "Anne", .role = Role::reader, .password = "x", .made = "", .has_token = false},
      marc));
  CHECK(!accounts.add({.name = "ANNE",
                       .role = Role::administrator,
                       .password = "y",
                       .made = "",
                       .has_token = false},
                      marc));
  CHECK(accounts.add(lea(), marc));
  REQUIRE(accounts.find("anne").has_value());
  CHECK(accounts.find("anne")->role == Role::reader);
  CHECK(accounts.all().size() == 2);
  CHECK(accounts.remove("aNNe", marc) == AccountChange::done);
  CHECK(accounts.remove("anne", marc) == AccountChange::no_such);
}

TEST_CASE("a session ends by time, by signing out, with the password and with the account",
          "[accounts]") {
  Pair pair{Pair::sqlite_sqlite};
  Accounts accounts{pair.state_file()};
  accounts.add(lea(), marc);
  accounts.sign_in("Léa", "one", 1000, 2000);
  accounts.sign_in("Léa", "two", 1000, 2000);
  CHECK(accounts.signed_in("one", 1999)->name == "Léa");
  CHECK(!accounts.signed_in("one", 2000).has_value());
  CHECK(!accounts.signed_in("On", 1000).has_value());
  accounts.sign_out("one");
  CHECK(!accounts.signed_in("one", 1500).has_value());
  CHECK(accounts.signed_in("two", 1500).has_value());
  CHECK(accounts.set_password("Léa", "other", marc) == AccountChange::done);
  CHECK(!accounts.signed_in("two", 1500).has_value());
  accounts.sign_in("Léa", "three", 1000, 2000);
  CHECK(accounts.remove("Léa", marc) == AccountChange::done);
  CHECK(!accounts.signed_in("three", 1500).has_value());
}

TEST_CASE("another role signs out; the last administrator stays one", "[accounts]") {
  Pair pair{Pair::sqlite_sqlite};
  Accounts accounts{pair.state_file()};
  accounts.add(lea(), marc);
  accounts.sign_in("Léa", "one", 1'770'000'000, 1'770'001'000);
  CHECK(accounts.find("Léa")->signed_in == "2026-02-02T02:40:00Z");
  CHECK(accounts.set_role("LÉA", Role::administrator, marc) == AccountChange::no_such);
  CHECK(accounts.set_role("Léa", Role::administrator, marc) == AccountChange::done);
  CHECK(accounts.find("Léa")->role == Role::administrator);
  CHECK(!accounts.signed_in("one", 1'770'000'500).has_value());
  CHECK(accounts.set_role("Léa", Role::clerk, marc) == AccountChange::last_administrator);
  CHECK(accounts.remove("Léa", marc) == AccountChange::last_administrator);
  CHECK(accounts.find("Léa")->role == Role::administrator);
  Account anne = lea();
  anne.name = "Anne";
  anne.role = Role::administrator;
  accounts.add(anne, marc);
  CHECK(accounts.set_role("Léa", Role::reader, marc) == AccountChange::done);
  CHECK(accounts.remove("Anne", marc) == AccountChange::last_administrator);
}

TEST_CASE("who changed which account is noted with it, and nothing that was not done",
          "[accounts][acts]") {
  Pair pair{Pair::sqlite_sqlite};
  Accounts accounts{pair.state_file()};
  accounts.add(lea(), marc);
  accounts.add(lea(), marc);
  accounts.set_role("Léa", Role::administrator, marc);
  accounts.set_role("Léa", Role::administrator, marc);
  accounts.remove("Léa", marc);
  accounts.set_password("LéA", "other", marc);
  accounts.set_password("nobody", "other", marc);
  accounts.set_token("Léa", "secret", marc);
  accounts.set_token("Léa", std::nullopt, marc);
  const Mapping mapping{};
  std::vector<std::string> noted;
  for (const Act& act : LogPages{pair.state_file(), mapping}.acts({.limit = 100})) {
    CHECK(act.actor.name == "marc");
    CHECK(act.actor.time == marc.time);
    CHECK(act.about == "Léa");
    noted.insert(noted.begin(), std::string{name_of(act.kind)} + " " + act.role);
  }
  CHECK(noted == std::vector<std::string>{"user_add clerk", "user_role administrator",
                                          "user_password ", "user_token ", "user_token_remove "});
}

TEST_CASE("a token is one account's, until it gets another", "[accounts]") {
  Pair pair{Pair::sqlite_sqlite};
  Accounts accounts{pair.state_file()};
  accounts.add(lea(), marc);
  CHECK(accounts.set_token("Léa", "secret", marc) == AccountChange::done);
  CHECK(accounts.with_token("secret")->role == Role::clerk);
  CHECK(accounts.find("Léa")->has_token);
  CHECK(accounts.set_token("Léa", "another", marc) == AccountChange::done);
  CHECK(!accounts.with_token("secret").has_value());
  CHECK(accounts.set_token("Léa", std::nullopt, marc) == AccountChange::done);
  CHECK(!accounts.with_token("another").has_value());
  CHECK(accounts.set_token("nobody", "x", marc) == AccountChange::no_such);
}

TEST_CASE("what is no state file has no accounts", "[accounts]") {
  Pair pair{Pair::sqlite_sqlite, Pair::bare};
  CHECK_THROWS_AS(Accounts{pair.state_file()}, StoreError);
  CHECK(!std::filesystem::exists(pair.state_file()));
}

TEST_CASE("miroir user: passwords come from a file, never from the command line",
          "[accounts][cli]") {
  Pair pair{Pair::sqlite_sqlite};
  const auto file = (pair.folder() / "password").string();
  const auto write = [&](const std::string& text) {
    FILE* out = std::fopen(file.c_str(), "w");
    std::fputs(text.c_str(), out);
    std::fclose(out);
  };
  write("too short\n");
  CHECK(pair.verb({"user", "add", "lea", "--role", "clerk", "--password-file", file}).exit_code ==
        2);
  write("long enough for anybody\n");
  CHECK(pair.verb({"user", "add", "lea", "--role", "boss", "--password-file", file}).exit_code ==
        2);
  CHECK(pair.verb({"user", "add", "", "--role", "clerk", "--password-file", file}).exit_code == 2);
  CHECK(pair.verb({"user", "add", "lea", "--role", "clerk", "--password-file", file}).exit_code ==
        0);
  CHECK(pair.verb({"user", "add", "LEA", "--role", "clerk", "--password-file", file}).exit_code ==
        2);
  const auto list = nlohmann::json::parse(pair.verb({"user", "list", "--json"}).out);
  REQUIRE(list.at("users").size() == 1);
  CHECK(list.at("users").at(0).at("name") == "lea");
  CHECK(list.at("users").at(0).at("role") == "clerk");
  CHECK(list.dump().find("argon2") == std::string::npos);
  CHECK(pair.verb({"user", "passwd", "nobody", "--password-file", file}).exit_code == 2);
  CHECK(pair.verb({"user", "passwd", "lea", "--password-file", file}).exit_code == 0);
  CHECK(pair.verb({"user", "token", "lea"}).out.size() == 65);
  CHECK(pair.verb({"user", "role", "lea", "boss"}).exit_code == 2);
  CHECK(pair.verb({"user", "role", "nobody", "reader"}).exit_code == 2);
  CHECK(pair.verb({"user", "role", "lea", "administrator"}).exit_code == 0);
  CHECK(pair.verb({"user", "role", "lea", "reader"}).err.find("last administrator") !=
        std::string::npos);
  CHECK(pair.verb({"user", "remove", "lea"}).exit_code == 2);
  CHECK(pair.verb({"user", "add", "marc", "--role", "administrator", "--password-file", file})
            .exit_code == 0);
  CHECK(pair.verb({"user", "remove", "lea"}).exit_code == 0);
  CHECK(pair.verb({"user", "remove", "lea"}).exit_code == 2);
}

TEST_CASE("serve refuses to send passwords through a network unprotected", "[accounts][cli]") {
  Pair pair{Pair::sqlite_sqlite};
  const auto ended = pair.verb({"serve", "--listen", "0.0.0.0:0"});
  CHECK(ended.exit_code == 2);
  CHECK(ended.err.find("unprotected") != std::string::npos);
  auto config = pair.config();
  config["serve"] = {{"listen", "everywhere"}};
  pair.write_config(config);
  CHECK(pair.verb({"serve"}).exit_code == 2);
  Pair unseeded{Pair::sqlite_sqlite, Pair::installed};
  CHECK(unseeded.verb({"serve"}).exit_code == 2);
}
