// What the program does at a terminal and nowhere else: a bar while it works, a question before it
// destroys, a password that nobody sees.
#include <signal.h>

#include <catch2/catch.hpp>

#include "mirror/cli/table.hpp"
#include "tests/support/pair.hpp"
#include "tests/support/terminal.hpp"

namespace miroir::test {
namespace {

const std::string erased_line = "\r\x1b[K";

// Ends as an answer that is typed to this question makes it end.
int answered(const Program& program, const std::string& question, const std::string& typed) {
  Terminal terminal{program};
  terminal.await(question);
  terminal.type(typed);
  const int exit_code = terminal.wait();
  UNSCOPED_INFO(terminal.shown());
  return exit_code;
}

// One customer of the shop of whom the ERP alone is to know better.
void drift(Pair& pair) {
  pair.shop().run("UPDATE customer SET city = 'Metz' WHERE id = 1");
  pair.shop().administer("DELETE FROM miroir_journal WHERE entity = 'customer'");
}

std::string city_in_shop(Pair& pair) {
  return pair.shop().value("SELECT city FROM customer WHERE id = 1");
}

bool shows(const Terminal& terminal, const std::string& text) {
  return terminal.shown().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("long work draws a bar at a terminal, no wider than it is, and takes it away",
          "[cli][terminal]") {
  Pair pair{Pair::sqlite_sqlite};
  const std::string result = pair.verb({"verify"}).out;
  for (const int columns : {80, 42}) {
    Terminal terminal{pair.program({"verify"}), columns};
    CHECK(terminal.wait() == 0);
    const std::string& shown = terminal.shown();
    CAPTURE(shown);
    CHECK(shown.find("] 100% reading") != std::string::npos);
    std::size_t at = 0, bars = 0;
    for (std::size_t next = 0; (next = shown.find(erased_line, at)) != std::string::npos; ++bars) {
      const std::string bar = shown.substr(at, next - at);
      CHECK(display_width(bar) < static_cast<std::size_t>(columns));
      at = next + erased_line.size();
    }
    CHECK(bars > 1);
    std::string rest = shown.substr(at);
    std::erase(rest, '\r');
    CHECK(rest == result);
  }
}

TEST_CASE("what a resync would overwrite is asked for at a terminal", "[cli][terminal]") {
  Pair pair{Pair::sqlite_sqlite};
  drift(pair);
  const Program resync =
      pair.program({"resync", "--entity", "customer", "--key", "1", "--from", "erp"});
  for (const std::string no : {"n\n", "\n", "perhaps\n", "\x04"}) {
    CHECK(answered(resync, "Do that? [y/N] ", no) == 2);
    CHECK(city_in_shop(pair) == "Metz");
  }
  CHECK(answered(resync, "Do that? [y/N] ", "y\n") == 0);
  CHECK(city_in_shop(pair) != "Metz");
}

TEST_CASE("installing, uninstalling and forgetting ask at a terminal", "[cli][terminal]") {
  Pair pair{Pair::sqlite_sqlite};
  const std::string before = pair.dump();
  const Program uninstall = pair.program({"uninstall"}), install = pair.program({"install"}),
                forget = pair.program({"forget", "customer", "1"});
  CHECK(answered(forget, "It cannot be undone. [y/N] ", "n\n") == 2);
  CHECK(answered(uninstall, "forgotten with the journal. [y/N] ", "n\n") == 2);
  CHECK(changes(before, pair.dump()) == nothing);
  CHECK(answered(uninstall, "forgotten with the journal. [y/N] ", "yes\n") == 0);
  const std::string bare = pair.dump();
  CHECK(changes(before, bare) != nothing);
  CHECK(answered(install, "on the sites? [y/N] ", "\n") == 2);
  CHECK(changes(bare, pair.dump()) == nothing);
  CHECK(answered(install, "on the sites? [y/N] ", "y\n") == 0);
  CHECK(pair.verb({"check"}).exit_code == 0);
}

TEST_CASE("a password is typed twice, and seen by nobody", "[cli][terminal]") {
  Pair pair{Pair::sqlite_sqlite};
  const Program add = pair.program({"user", "add", "lea", "--role", "clerk"});
  const std::string password = "une longue phrase";
  {
    Terminal terminal{add};
    terminal.await("Password: ");
    terminal.type(password + "\n");
    terminal.await("Once more: ");
    terminal.type("another\n");
    CHECK(terminal.wait() == 2);
    CHECK(shows(terminal, "the two were not the same"));
  }
  CHECK(pair.verb({"user", "list"}).out.find("lea") == std::string::npos);
  Terminal terminal{add};
  terminal.await("Password: ");
  terminal.type(password + "\n");
  terminal.await("Once more: ");
  terminal.type(password + "\n");
  CHECK(terminal.wait() == 0);
  CHECK_FALSE(shows(terminal, password));
  CHECK(pair.verb({"user", "list"}).out.find("lea") != std::string::npos);
}

TEST_CASE("who gives up at a password's prompt is shown again what is typed", "[cli][terminal]") {
  Pair pair{Pair::sqlite_sqlite};
  Terminal terminal{pair.program({"user", "add", "lea", "--role", "clerk"})};
  terminal.await("Password: ");
  CHECK_FALSE(terminal.echoes());
  terminal.type("\x03");
  CHECK(terminal.wait() == 128 + SIGINT);
  CHECK(terminal.echoes());
}

}  // namespace miroir::test
