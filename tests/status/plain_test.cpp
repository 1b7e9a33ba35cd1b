// Whatever the engine can say to somebody who asked for something is told in plain words: the texts
// are read from its sources, so that a new one cannot be forgotten.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "mirror/state/events.hpp"
#include "mirror/status/causes.hpp"
#include "mirror/status/plain.hpp"

using namespace miroir;

namespace {

std::string content(const std::filesystem::path& file) {
  std::ifstream in{file};
  REQUIRE(in.good());
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

// The literal with which each refusal begins, without what stands for a value.
std::set<std::string> refusals_in(const std::filesystem::path& file) {
  static const std::regex refusal{
      R"re((?:Refused|Waits|Stop|VerbError)\{\s*(?:Exit::\w+,\s*)?(?:fmt::format\(\s*)?((?:"[^"]*"\s*)+))re"};
  const std::string text = content(file);
  std::set<std::string> all;
  for (std::sregex_iterator one{text.begin(), text.end(), refusal}, end; one != end; ++one)
    all.insert(std::regex_replace((*one)[1].str(), std::regex{R"re("\s*"|"\s*)re"}, ""));
  return all;
}

// What no form of the page can ask for.
const std::set<std::string> of_the_shell{
    "either one item or --all is tried again", "nothing was done", "--since: '", "--where {}: {} has no such field",
    "there is no entity '", "there is no site '", "nothing is held for '"};

}  // namespace

TEST_CASE("why something is not done is always told in plain words", "[status][texts]") {
  const std::filesystem::path mirror = std::filesystem::path{MIROIR_SOURCE_FOLDER} / "mirror";
  std::size_t found = 0;
  for (const char* file :
       {"decide_request.cpp", "decide_link.cpp", "decide_resync.cpp", "requests.cpp", "plan.cpp",
        "site_delivery.cpp", "cli/wishes.cpp", "cli/ignoring.cpp", "cli/naming.cpp",
        "cli/pausing.cpp", "cli/asking.cpp", "cli/link.cpp", "cli/resync.cpp",
        "cli/resync_choice.cpp", "cli/held_items.cpp", "cli/findings.cpp", "verify.cpp", "looking.cpp"}) {
    for (const std::string& refusal : refusals_in(mirror / file)) {
      ++found;
      CAPTURE(file, refusal);
      if (!of_the_shell.contains(refusal)) CHECK((refusal_of(refusal) != "other" || cause_of(refusal) != "other"));
    }
  }
  CHECK(found > 40);
}

// What stands in question for no field: the literals that say why.
TEST_CASE("why a deletion is in question is always told in plain words", "[status][texts]") {
  const std::filesystem::path mirror = std::filesystem::path{MIROIR_SOURCE_FOLDER} / "mirror";
  static const std::regex asking{
      R"re((?:ask_deletion\(|asked\.emplace_back\(|in_question\.emplace_back\()[^;"]*((?:"[^"]*"\s*)+))re"};
  std::size_t found = 0;
  for (const char* file : {"whereabouts.cpp", "restore.cpp", "rebase.cpp", "decide_request.cpp"}) {
    const std::string text = content(mirror / file);
    for (std::sregex_iterator one{text.begin(), text.end(), asking}, end; one != end; ++one) {
      const std::string why =
          std::regex_replace((*one)[1].str(), std::regex{R"re("\s*"|"\s*)re"}, "");
      ++found;
      CAPTURE(file, why);
      CHECK(deletion_cause_of(why) != "other");
      for (const char* language : {"en", "fr"}) {
        const Speech speech{language, {}};
        CHECK_FALSE(speech.say("deletion." + deletion_cause_of(why) + ".do").empty());
      }
    }
  }
  CHECK(found == 6);
  Mapping mapping;
  mapping.sites = {"shop", "erp"};
  const Speech speech{"en", {}};
  CHECK(deletion_in_words(speech, mapping,
                          "it was deleted at erp: is it to be deleted at shop as well?") ==
        "It was deleted at the ERP, and is still there at the shop.");
}

TEST_CASE("whatever can happen to a record is told in both languages", "[status][texts]") {
  for (const char* language : {"en", "fr"}) {
    const Speech speech{language, {}};
    for (const std::string_view event : history_events) {
      CAPTURE(language, event);
      const std::string key = "event." + std::string{event};
      CHECK_FALSE(speech.say(key + ".somewhere").empty());
      CHECK(speech.say(key + ".at", "the ERP").find("the ERP") != std::string::npos);
      if (has_key(event)) CHECK(speech.say(key + ".as", "the ERP", "W7").find("W7") != std::string::npos);
    }
  }
}

TEST_CASE("every refusal and every rule is said in both languages", "[status][texts]") {
  Mapping mapping;
  mapping.sites = {"shop", "erp"};
  for (const char* language : {"en", "fr"}) {
    const Speech speech{language, {}};
    CHECK(refusal_in_words(speech, mapping, "erp cannot hold it: too long").starts_with(speech.title("erp")));
    CHECK(refusal_in_words(speech, mapping, "") == speech.say("refusal.other"));
    CHECK(refusal_in_words(speech, mapping, "?", "unreachable") == speech.say("refusal.unreachable"));
    CHECK(rule_in_words(speech, "what nobody has ever heard of") == speech.say("rule.other"));
    CHECK(rule_in_words(speech, "a change wins over a deletion that had not seen it") == speech.say("rule.change"));
    CHECK(rule_in_words(speech, "resync by lea") == speech.say("rule.resynced", "lea"));
    CHECK(rule_in_words(speech, "erp wins").starts_with(speech.title("erp")));
    CHECK(existence_in_words(speech, Value{std::string{"deleted"}}) == speech.say("existence.deleted"));
    for (int kind = 0; kind <= static_cast<int>(MappingChangeKind::not_carried); ++kind) {
      const MappingChange change{static_cast<MappingChangeKind>(kind), "customer", "email", ""};
      const std::string said = change_in_words(speech, change);
      CAPTURE(said);
      CHECK(said.find(speech.title("customer") + ", " + speech.name("customer", "email")) != std::string::npos);
    }
  }
}
