// Accounts and sessions in the state file.
#include <catch2/catch.hpp>
#include <filesystem>

#include "mirror/state/accounts.hpp"
#include "mirror/state/store.hpp"
#include "tests/support/pair.hpp"

using miroir::Account;
using miroir::Accounts;
using miroir::Role;
using miroir::StoreError;
using miroir::test::Pair;

namespace {

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
      {.name = "Anne", .role = Role::reader, .password = "x", .made = "", .has_token = false}));
  CHECK(!accounts.add({.name = "ANNE",
                       .role = Role::administrator,
                       .password = "y",
                       .made = "",
                       .has_token = false}));
  CHECK(accounts.add(lea()));
  REQUIRE(accounts.find("anne").has_value());
  CHECK(accounts.find("anne")->role == Role::reader);
  CHECK(accounts.all().size() == 2);
  CHECK(accounts.remove("aNNe"));
  CHECK(!accounts.remove("anne"));
}

TEST_CASE("a session ends by time, by signing out, with the password and with the account",
          "[accounts]") {
  Pair pair{Pair::sqlite_sqlite};
  Accounts accounts{pair.state_file()};
  accounts.add(lea());
  accounts.sign_in("Léa", "one", 1000, 2000);
  accounts.sign_in("Léa", "two", 1000, 2000);
  CHECK(accounts.signed_in("one", 1999)->name == "Léa");
  CHECK(!accounts.signed_in("one", 2000).has_value());
  CHECK(!accounts.signed_in("On", 1000).has_value());
  accounts.sign_out("one");
  CHECK(!accounts.signed_in("one", 1500).has_value());
  CHECK(accounts.signed_in("two", 1500).has_value());
  CHECK(accounts.set_password("Léa", "other"));
  CHECK(!accounts.signed_in("two", 1500).has_value());
  accounts.sign_in("Léa", "three", 1000, 2000);
  CHECK(accounts.remove("Léa"));
  CHECK(!accounts.signed_in("three", 1500).has_value());
}

TEST_CASE("a token is one account's, until it gets another", "[accounts]") {
  Pair pair{Pair::sqlite_sqlite};
  Accounts accounts{pair.state_file()};
  accounts.add(lea());
  CHECK(accounts.set_token("Léa", "secret"));
  CHECK(accounts.with_token("secret")->role == Role::clerk);
  CHECK(accounts.find("Léa")->has_token);
  CHECK(accounts.set_token("Léa", "another"));
  CHECK(!accounts.with_token("secret").has_value());
  CHECK(accounts.set_token("Léa", std::nullopt));
  CHECK(!accounts.with_token("another").has_value());
  CHECK(!accounts.set_token("nobody", "x"));
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
