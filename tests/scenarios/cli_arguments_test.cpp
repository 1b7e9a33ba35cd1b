// The command line itself: help, version, and what is no use.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/process.hpp"

using miroir::test::Ended;
using miroir::test::run_program;

namespace {

const std::vector<std::string> verbs{"check", "install", "uninstall", "seed",  "plan",
                                     "cycle", "status",  "pause",     "resume"};

Ended miroir_with(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), MIROIR_PROGRAM);
  return run_program({.command = arguments});
}

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("the program's version is the project's", "[cli]") {
  const Ended ended = miroir_with({"--version"});
  CHECK(ended.exit_code == 0);
  CHECK(ended.out == "miroir " MIROIR_VERSION "\n");
}

TEST_CASE("help lists every verb with one line", "[cli]") {
  const Ended ended = miroir_with({"--help"});
  CHECK(ended.exit_code == 0);
  CHECK(ended.err.empty());
  for (const std::string& verb : verbs) CHECK(says(ended.out, "\n  " + verb + " "));
}

TEST_CASE("every verb has help, --config, --json and the exit codes", "[cli]") {
  for (const std::string& verb : verbs) {
    CAPTURE(verb);
    const Ended ended = miroir_with({verb, "--help"});
    CHECK(ended.exit_code == 0);
    CHECK(ended.err.empty());
    CHECK(says(ended.out, "--config FILE"));
    CHECK(says(ended.out, "--json"));
    CHECK(says(ended.out, "Exit codes: 0 done"));
  }
}

TEST_CASE("arguments that are no use end with 2 and name the help", "[cli]") {
  const std::vector<std::vector<std::string>> useless{
      {}, {"mirror"}, {"cycle", "--acept", "x"}, {"status", "extra"}, {"install", "--site"}};
  for (const auto& arguments : useless) {
    CAPTURE(arguments);
    const Ended ended = miroir_with(arguments);
    CHECK(ended.exit_code == 2);
    CHECK(ended.out.empty());
    CHECK(says(ended.err, "miroir: "));
    CHECK(says(ended.err, "hint: miroir"));
    CHECK(says(ended.err, "--help"));
  }
}

TEST_CASE("a failure with --json is one object on standard output", "[cli]") {
  const std::vector<std::vector<std::string>> failing{
      {"status", "--json", "--nonsense"}, {"status", "--json", "--config", "/nowhere/miroir.json"}};
  for (const auto& arguments : failing) {
    CAPTURE(arguments);
    const Ended ended = miroir_with(arguments);
    CHECK(ended.exit_code == 2);
    const auto object = nlohmann::json::parse(ended.out);
    CHECK(object.at("outcome") == "usage");
    CHECK_FALSE(object.at("error").get<std::string>().empty());
  }
}

TEST_CASE("a configuration file that is missing is named", "[cli][config]") {
  const Ended ended = miroir_with({"cycle", "--config", "/nowhere/miroir.json"});
  CHECK(ended.exit_code == 2);
  CHECK(says(ended.err, "/nowhere/miroir.json"));
  CHECK(says(ended.err, "--config FILE"));
}
