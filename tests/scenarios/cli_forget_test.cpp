// forget: what is left of a person in the state file, byte by byte.
#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/scenarios/guarantee_pairs.hpp"
#include "tests/support/pair.hpp"

namespace miroir::test {
namespace {

using nlohmann::json;

// In the state file, or what stands beside it.
bool stands_anywhere(const Pair& pair, const std::string& text) {
  for (const auto& entry : std::filesystem::directory_iterator{pair.state_file().parent_path()}) {
    if (!entry.path().filename().string().starts_with(pair.state_file().filename().string()))
      continue;
    std::ifstream file{entry.path(), std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    if (bytes.find(text) != std::string::npos) return true;
  }
  return false;
}

// A customer whose city was Zwolle, and whom both sides called something else at once.
void let_live(Pair& pair) {
  pair.shop().run(
      "INSERT INTO customer (email, last_name, city) VALUES ('xanthippe@example.org', 'Xanthippe', "
      "'Zwolle')");
  pair.cycle();
  pair.shop().run("UPDATE customer SET city = 'Utrecht' WHERE email = 'xanthippe@example.org'");
  pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Quedlinburg'
                    WHERE "E-Mail" = 'xanthippe@example.org')");
  pair.cycle();
}

std::string her_number(Pair& pair) {
  return pair.shop().value("SELECT id FROM customer WHERE email = 'xanthippe@example.org'");
}

}  // namespace

TEST_CASE("of a customer who lives, the past is forgotten", "[cli][forget]") {
  Pair pair{Pair::sqlite_sqlite};
  let_live(pair);
  REQUIRE(stands_anywhere(pair, "Zwolle"));
  REQUIRE(stands_anywhere(pair, "Quedlinburg"));
  const Ended asked = pair.verb({"forget", "customer", her_number(pair)});
  CHECK(asked.exit_code == 2);  // No terminal to ask at.
  const Ended rehearsed = pair.verb({"forget", "customer", her_number(pair), "--dry-run"});
  CHECK(rehearsed.out.find("would erase") != std::string::npos);
  CHECK(stands_anywhere(pair, "Zwolle"));
  const Ended ended = pair.verb({"forget", "customer", her_number(pair), "--yes", "--json"});
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 4);
  CHECK(json::parse(ended.out).at("erased").at("decisions") == 1);
  CHECK(json::parse(ended.out).at("erased").at("record") == false);
  CHECK_FALSE(stands_anywhere(pair, "Zwolle"));
  pair.shop().run("UPDATE customer SET last_name = 'X.' WHERE id = " + her_number(pair));
  pair.cycle();
  CHECK(pair.differences() == nothing);
}

TEST_CASE("of a customer whom both sides have deleted, nothing is left", "[cli][forget]") {
  Pair pair{Pair::sqlite_sqlite};
  let_live(pair);
  const std::string number = her_number(pair);
  pair.shop().run("DELETE FROM customer WHERE id = " + number);
  pair.cycle();
  REQUIRE(stands_anywhere(pair, "anthippe"));
  const Ended ended = pair.verb({"forget", "customer", number, "--yes"});
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 0);
  for (const char* said : {"anthippe", "Zwolle", "Utrecht", "Quedlinburg"})
    CHECK_FALSE(stands_anywhere(pair, said));
  CHECK(pair.verb({"trace", "customer", number}).exit_code == 2);
  let_live(pair);  // Another one, for all that anybody knows.
  CHECK(pair.differences() == nothing);
}

TEST_CASE("what a site was declared right for is forgotten with its customer", "[cli][forget]") {
  Pair pair{Pair::sqlite_sqlite};
  let_live(pair);
  const std::string number = her_number(pair);
  pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "Name 2" = 'Hypatia'
                    WHERE "E-Mail" = 'xanthippe@example.org')");
  pair.erp().administer("DELETE FROM " + journal_of(pair.erp()) + " WHERE entity = 'customer'");
  REQUIRE(pair.verb({"resync", "--from", "shop", "--entity", "customer", "--key", number, "--yes"})
              .exit_code == 0);
  pair.shop().run("DELETE FROM customer WHERE id = " + number);
  pair.cycle();
  const Ended ended = pair.verb({"forget", "customer", number, "--yes"});
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 0);
  for (const char* said : {"anthippe", "Zwolle", "Utrecht", "Quedlinburg", "Hypatia"}) {
    CAPTURE(said);
    CHECK_FALSE(stands_anywhere(pair, said));
  }
}

TEST_CASE("forget names the orders of whom it forgets", "[cli][forget]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.cycle();
  const Ended ended = pair.verb({"forget", "customer", "1", "--yes"});
  CAPTURE(ended.out, ended.err);
  CHECK(ended.out.find("These refer to it, and may tell of the same person: sales_order 1 (shop), "
                       "SO-000001 (erp)\n") != std::string::npos);
}

TEST_CASE("forget makes no state file anew of one that was emptied", "[cli][forget]") {
  Pair pair{Pair::sqlite_sqlite};
  for (const char* beside : {"-wal", "-shm"})
    std::filesystem::remove(pair.state_file().string() + beside);
  std::filesystem::resize_file(pair.state_file(), 0);
  const Ended ended = pair.verb({"forget", "customer", "1", "--yes"});
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 2);
  CHECK(ended.err.find("deploy/restore") != std::string::npos);
  CHECK(std::filesystem::file_size(pair.state_file()) == 0);
}

// The file cannot be written anew while somebody reads it.
TEST_CASE("forget that was kept from its end is run again, and finishes", "[cli][forget]") {
  Pair pair{Pair::sqlite_sqlite};
  let_live(pair);
  const std::string number = her_number(pair);
  pair.shop().run("DELETE FROM customer WHERE id = " + number);
  pair.cycle();
  {
    SQLite::Database reader{pair.state_file().string(), SQLite::OPEN_READONLY};
    reader.exec("BEGIN");
    SQLite::Statement{reader, "SELECT count(*) FROM record"}.executeStep();
    const Ended kept = pair.verb({"forget", "customer", number, "--yes"});
    CAPTURE(kept.out, kept.err);
    CHECK(kept.exit_code != 0);
    CHECK(kept.err.find("run this again") != std::string::npos);
  }
  REQUIRE(stands_anywhere(pair, "anthippe"));
  CHECK(pair.verb({"forget", "customer", number, "--dry-run"}).exit_code == 2);
  REQUIRE(stands_anywhere(pair, "anthippe"));
  const Ended ended = pair.verb({"forget", "customer", number, "--yes"});
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 2);  // Whether it was this one nobody can say any more.
  CHECK(ended.out.find("is gone from it now") != std::string::npos);
  for (const char* said : {"anthippe", "Zwolle", "Utrecht", "Quedlinburg"})
    CHECK_FALSE(stands_anywhere(pair, said));
  const Ended again = pair.verb({"forget", "customer", number, "--yes"});
  CHECK(again.exit_code == 2);
  CHECK(again.out.find("is gone from it now") == std::string::npos);
  pair.cycle();
}

TEST_CASE("forget of another one finishes what was left, and says so", "[cli][forget]") {
  Pair pair{Pair::sqlite_sqlite};
  let_live(pair);
  const std::vector<std::string> forget{"forget", "customer", her_number(pair), "--yes"};
  {
    SQLite::Database reader{pair.state_file().string(), SQLite::OPEN_READONLY};
    reader.exec("BEGIN");
    SQLite::Statement{reader, "SELECT count(*) FROM record"}.executeStep();
    CHECK(pair.verb(forget).exit_code == 6);
  }
  const Ended ended = pair.verb({"forget", "customer", "1", "--yes"});
  CAPTURE(ended.out, ended.err);
  CHECK(ended.out.find("What an earlier one had erased") != std::string::npos);
  CHECK_FALSE(stands_anywhere(pair, "Zwolle"));
  CHECK(pair.verb(forget).out.find("What an earlier one had erased") == std::string::npos);
}

TEST_CASE("forget refuses what it does not know, and waits for a cycle", "[cli][forget]") {
  Pair pair{Pair::sqlite_sqlite};
  const Ended unknown = pair.verb({"forget", "customer", "77", "--yes"});
  CHECK(unknown.exit_code == 2);
  CHECK(unknown.err.find("miroir knows no customer 77") != std::string::npos);
}

}  // namespace miroir::test
