// miroir acts: what people did besides answers is kept, once, when it holds, and says who it was.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/scenarios/guarantee_brakes.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

// The first first.
json acts_of(const Pair& pair, std::vector<std::string> more = {}) {
  std::vector<std::string> words{"acts", "--json"};
  words.insert(words.end(), more.begin(), more.end());
  const Ended ended = pair.verb(words);
  CAPTURE(ended.out, ended.err);
  REQUIRE(ended.exit_code == 0);
  json acts = json::parse(ended.out).at("acts");
  std::reverse(acts.begin(), acts.end());
  return acts;
}

std::vector<std::string> told(const json& acts) {
  std::vector<std::string> all;
  for (const json& act : acts)
    all.push_back(act.at("kind").get<std::string>() + " " + act.at("about").get<std::string>());
  return all;
}

}  // namespace

TEST_CASE("pausing, pausing again and resuming are kept, what was no pause is not", "[cli][acts]") {
  Pair pair{Pair::sqlite_sqlite};
  CHECK(acts_of(pair).empty());
  CHECK(pair.verb({"acts"}).out == "Nobody has done anything but answer.\n");
  REQUIRE(pair.verb({"pause", "--site", "erp", "--reason", "upgrade"}).exit_code == 0);
  REQUIRE(pair.verb({"pause", "--site", "erp", "--reason", "until Monday"}).exit_code == 0);
  REQUIRE(pair.verb({"pause", "--entity", "customer", "--reason", "month end"}).exit_code == 0);
  REQUIRE(pair.verb({"resume", "--site", "erp"}).exit_code == 0);
  REQUIRE(pair.verb({"resume", "--site", "erp"}).exit_code == 0);
  const json acts = acts_of(pair);
  CHECK(told(acts) == std::vector<std::string>{"pause site:erp", "pause site:erp",
                                               "pause entity:customer", "resume site:erp"});
  CHECK(acts[0].at("reason") == "upgrade");
  CHECK(acts[1].at("reason") == "until Monday");
  CHECK(acts[3].at("reason") == "");
  CHECK_FALSE(acts[3].at("by").get<std::string>().empty());
  CHECK(acts[3].at("time").get<std::string>().ends_with("Z"));
  const std::string text = pair.verb({"acts"}).out;
  CHECK(says(text, "paused customer: month end"));
  CHECK(text.find("resumed erp") < text.find("paused customer"));
}

TEST_CASE("what people did is chosen by kind, by time, and the last of it", "[cli][acts]") {
  Pair pair{Pair::sqlite_sqlite};
  for (const char* reason : {"one", "two", "three"})
    REQUIRE(pair.verb({"pause", "--site", "erp", "--reason", reason}).exit_code == 0);
  REQUIRE(pair.verb({"resume", "--site", "erp"}).exit_code == 0);
  CHECK(acts_of(pair, {"--kind", "resume"}).size() == 1);
  CHECK(acts_of(pair, {"--kind", "pause", "--limit", "2"})[0].at("reason") == "two");
  CHECK(acts_of(pair, {"--since", "2020-01-01"}).size() == 4);
  CHECK(acts_of(pair, {"--since", "2999-01-01T10:00"}).empty());
  CHECK(pair.verb({"acts", "--since", "yesterday"}).exit_code == 2);
  const Ended wrong = pair.verb({"acts", "--kind", "dance"});
  CHECK(wrong.exit_code == 2);
  CHECK(says(wrong.err, "synchronise"));
}

TEST_CASE("who let a brake pass is kept, once, and only if it did", "[cli][acts]") {
  Pair pair{Pair::sqlite_sqlite};
  add_customers(pair, 30);
  pair.shop().run("DELETE FROM customer WHERE last_name = 'Client'");
  const std::string id = braked(pair, "deletions:shop:customer:30").at("id");
  CHECK(pair.try_cycle({"--accept", "deletions:shop:customer:29", "--by", "marc"}).exit_code == 5);
  CHECK(acts_of(pair).empty());
  CHECK(pair.try_cycle({"--accept", id, "--by", "alma"}).exit_code == 0);
  CHECK(pair.try_cycle({"--accept", id, "--by", "marc"}).exit_code == 0);
  const json acts = acts_of(pair);
  REQUIRE(told(acts) == std::vector<std::string>{"accept " + id});
  CHECK(acts[0].at("by") == "alma");
}

TEST_CASE("so is who let pass what comparing found to be gone, by the id that was typed",
          "[cli][acts]") {
  Pair pair{Pair::sqlite_sqlite};
  add_customers(pair, 30);
  const Triggers triggers = triggers_of(pair.shop(), "customer");
  pair.shop().run(triggers.off + "DELETE FROM customer WHERE last_name = 'Client';" + triggers.on);
  const std::string first = braked(pair, "triggers:shop:customer:").at("id");
  const Pair::Cycle found = pair.try_cycle({"--accept", first, "--by", "alma"});
  REQUIRE(found.exit_code == 5);
  const std::string second = found.report.at("brakes").at(0).at("id");
  CHECK(second == first + ":30");
  CHECK(pair.try_cycle({"--accept", second, "--by", "marc"}).exit_code == 0);
  const json acts = acts_of(pair);
  REQUIRE(told(acts) == std::vector<std::string>{"accept " + first, "accept " + second});
  CHECK(acts[1].at("by") == "marc");
}

TEST_CASE("and who agreed to a changed mapping", "[cli][acts]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.edit_mapping(R"("lookup": {"open": 0, "released": 1, )",
                    R"("lookup": {"open": 1, "released": 0, )");
  const std::string id = pair.try_cycle().report.at("mapping").at("id");
  CHECK(acts_of(pair).empty());
  CHECK(pair.try_cycle({"--accept", id, "--by", "alma"}).exit_code == 4);
  pair.try_cycle();
  const json acts = acts_of(pair);
  REQUIRE(told(acts) == std::vector<std::string>{"accept " + id});
  CHECK(acts[0].at("by") == "alma");
}

TEST_CASE("who was forgotten is a number, and a rehearsal forgets nobody", "[cli][acts][forget]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.shop().run(
      "INSERT INTO customer (email, last_name) VALUES ('xanthippe@example.org', 'Xanthippe')");
  pair.cycle();
  const std::string key =
      pair.shop().value("SELECT id FROM customer WHERE email = 'xanthippe@example.org'");
  pair.shop().run("DELETE FROM customer WHERE id = " + key);
  cycle_until_quiet(pair);
  REQUIRE(pair.verb({"forget", "customer", key, "--dry-run"}).exit_code == 0);
  CHECK(acts_of(pair).empty());
  REQUIRE(pair.verb({"forget", "customer", key, "--yes"}).exit_code == 0);
  const json acts = acts_of(pair);
  REQUIRE(told(acts) == std::vector<std::string>{"forget customer"});
  CHECK(acts[0].at("record").is_number());
  CHECK_FALSE(says(acts.dump(), "anthippe"));
  CHECK(says(pair.verb({"acts"}).out, "had customer record"));
}
