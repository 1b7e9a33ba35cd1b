// What the verbs refuse, and what they say: each with the exit code, the remedy, and databases that
// are as before.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/scenarios/install_story.hpp"
#include "tests/support/pair.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

// Holds the state's lock as a running cycle does.
class HeldLock {
 public:
  explicit HeldLock(const Pair& pair)
      : file_{::open((pair.state_file().string() + ".lock").c_str(), O_RDWR | O_CREAT, 0600)} {
    REQUIRE(::flock(file_, LOCK_EX | LOCK_NB) == 0);
  }
  ~HeldLock() { ::close(file_); }
  HeldLock(const HeldLock&) = delete;
  HeldLock& operator=(const HeldLock&) = delete;

 private:
  int file_;
};

}  // namespace

TEST_CASE("a cycle before seed ends with 2 and names seed", "[cli][refusal]") {
  Pair pair{Pair::sqlite_sqlite, Pair::installed};
  const std::string before = pair.dump();
  for (const std::string verb : {"cycle", "plan"}) {
    const Ended ended = pair.verb({verb});
    CHECK(ended.exit_code == 2);
    CHECK(says(ended.err, "not seeded yet"));
    CHECK(says(ended.err, "`miroir seed`"));
  }
  CHECK(changes(before, pair.dump()) == nothing);
  CHECK_FALSE(std::filesystem::exists(pair.state_file()));

  const Ended status = pair.verb({"status"});
  CHECK(status.exit_code == 0);
  CHECK(says(status.out, "miroir seed"));
}

TEST_CASE("a disk that fills up in the middle of a cycle is named, and nothing is lost",
          "[cli][refusal]") {
  Pair pair{Pair::sqlite_sqlite};
  for (int n = 0; n < 500; ++n)
    pair.shop().run("INSERT INTO customer (last_name) VALUES ('Né " + std::to_string(n) + "')");
  // The state can be opened; what is to be written then finds no room.
  pair.start_by({"/bin/sh", "-c", R"(trap '' XFSZ; ulimit -f 64; exec "$0" "$@")"});
  const Ended ended = pair.verb({"cycle", "--json"});
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 2);
  CHECK(says(ended.out, "the state file cannot be used any more"));
  CHECK(says(ended.out, "the disk is not full"));

  pair.start_by({});
  pair.cycle();
  CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer")") == "503");
  CHECK(pair.differences() == nothing);
}

TEST_CASE("seed before install ends with 2 and names install", "[cli][refusal]") {
  Pair pair{Pair::sqlite_sqlite, Pair::filled};
  const std::string before = pair.dump();
  const Ended ended = pair.verb({"seed"});
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 2);
  CHECK(says(ended.err, "miroir install"));
  CHECK(changes(before, pair.dump()) == nothing);
}

TEST_CASE("a second cycle ends with 6 while one runs", "[cli][refusal]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
  const std::string before = pair.dump();
  {
    const HeldLock lock{pair};
    for (const std::vector<std::string>& verb :
         {std::vector<std::string>{"cycle", "--json"}, {"uninstall", "--yes", "--json"}}) {
      const Ended ended = pair.verb(verb);
      CHECK(ended.exit_code == 6);
      CHECK(ended.seconds < 2);
      CHECK(says(ended.err, "another cycle is running"));
      CHECK(json::parse(ended.out).at("outcome") == "busy");
    }
    CHECK(pair.verb({"status"}).exit_code == 0);  // Whoever only looks need not wait.
    CHECK(pair.verb({"plan"}).exit_code == 0);
  }
  CHECK(changes(before, pair.dump()) == nothing);
  pair.cycle();
  CHECK(pair.differences() == nothing);
}

TEST_CASE("two real cycles at once: one works, the other ends with 6", "[cli][refusal]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
  pair.erp().run("BEGIN IMMEDIATE");  // Whichever is first waits for this user.
  Running one{pair.program({"cycle"})}, two{pair.program({"cycle"})};
  const auto is_busy = [](const Ended& ended) { return ended.exit_code == 6; };
  const Ended first = one.wait(), second = two.wait();
  pair.erp().run("COMMIT");
  CAPTURE(first.exit_code, first.err, second.exit_code, second.err);
  CHECK(is_busy(first) != is_busy(second));
  pair.cycle();
  CHECK(pair.differences() == nothing);
}

TEST_CASE("a mapping that was changed stops everything until it is accepted", "[cli][refusal]") {
  Pair pair{Pair::sqlite_sqlite};
  const std::string before = pair.dump();
  pair.edit_mapping(
      R"("line2": {"type": "text", "shop": "line2", "erp": {"column": "Address 2", "blank": "", "length": 50}},)",
      "");
  pair.edit_mapping(R"("fields": ["line1", "line2", )", R"("fields": ["line1", )");
  for (const std::string verb : {"cycle", "plan", "status"}) {
    const Ended ended = pair.verb({verb});
    CAPTURE(verb, ended.out, ended.err);
    CHECK(ended.exit_code == 5);
    CHECK(says(ended.out, "mapping"));
    CHECK(says(ended.out, "line2"));
    CHECK(says(ended.out, "miroir cycle --accept "));
  }
  CHECK(changes(before, pair.dump()) == nothing);
}

TEST_CASE("a state file that is none of miroir's is refused and left alone", "[cli][refusal]") {
  Pair pair{Pair::sqlite_sqlite, Pair::installed};
  const std::string before = pair.dump();
  std::filesystem::copy_file(pair.config_file(), pair.state_file());
  for (const std::string verb : {"cycle", "status", "check"}) {
    const Ended ended = pair.verb({verb});
    CAPTURE(verb, ended.out, ended.err);
    CHECK(ended.exit_code == 2);
    CHECK(says(ended.out + ended.err, "state"));
  }
  CHECK(changes(before, pair.dump()) == nothing);
  CHECK(std::filesystem::file_size(pair.state_file()) ==
        std::filesystem::file_size(pair.config_file()));
}

// A path below a file cannot be written by anybody, not even by root, for whom permission bits mean
// nothing.
TEST_CASE("a state folder that cannot be written is named, and nothing is touched",
          "[cli][refusal]") {
  Pair pair{Pair::sqlite_sqlite, Pair::installed};
  const std::string before = pair.dump();
  json config = pair.config();
  config["state"] = "mapping.json/state.db";
  pair.write_config(config);
  for (const std::string verb : {"seed", "check"}) {
    const Ended ended = pair.verb({verb});
    CAPTURE(verb, ended.out, ended.err);
    CHECK(ended.exit_code == 2);
    CHECK(says(ended.out + ended.err, "mapping.json/state.db"));
    CHECK(says(ended.out + ended.err, "must exist and be writable"));
  }
  CHECK(changes(before, pair.dump()) == nothing);
}

// Root may enter everything: then somebody else tries.
TEST_CASE("who may not enter the state's folder is told so, and as whom to run", "[cli][refusal]") {
  Pair pair{Pair::sqlite_sqlite, Pair::installed};
  namespace fs = std::filesystem;
  const fs::path locked = pair.folder() / "locked";
  fs::create_directory(locked);
  fs::permissions(pair.folder(), fs::perms::others_read | fs::perms::others_exec,
                  fs::perm_options::add);
  json config = pair.config();
  config["state"] = "locked/state.db";
  pair.write_config(config);
  if (::geteuid() == 0) {
    pair.start_by({"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
  }
  fs::permissions(locked, fs::perms::none);
  for (const std::string verb : {"cycle", "plan", "status", "check", "seed", "verify", "serve"}) {
    const Ended ended = pair.verb({verb});
    CAPTURE(verb, ended.out, ended.err);
    CHECK(ended.exit_code == 2);
    CHECK(says(ended.out + ended.err, "locked/state.db cannot be looked for: Permission denied"));
    CHECK(says(ended.out + ended.err, "sudo -u miroir"));
  }
  fs::permissions(locked, fs::perms::owner_all);
}

TEST_CASE("a lock that belongs to somebody else is named with whom to run as", "[cli][refusal]") {
  if (::geteuid() != 0) return;  // Only root can be somebody else.
  Pair pair{Pair::sqlite_sqlite, Pair::installed};
  namespace fs = std::filesystem;
  const fs::path folder = pair.folder() / "state";
  fs::create_directory(folder);
  for (const fs::path& open : {pair.folder(), folder})
    fs::permissions(open, fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
  std::ofstream{folder / "state.db"} << "";
  json config = pair.config();
  config["state"] = "state/state.db";
  pair.write_config(config);
  pair.start_by({"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
  const Ended ended = pair.verb({"forget", "customer", "1", "--yes"});
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 2);
  CHECK(says(ended.err, "cannot open the lock file"));
  CHECK(says(ended.err, "sudo -u miroir"));
}

TEST_CASE("status does not take a state file that is lost for one that never was",
          "[cli][refusal]") {
  const Pair pair{Pair::sqlite_sqlite};
  for (const char* beside : {"", "-wal", "-shm"})
    std::filesystem::remove(pair.state_file().string() + beside);
  const Ended ended = pair.verb({"status"});
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 0);
  CHECK(says(ended.out, "There is no state file " + pair.state_file().string()));
  CHECK(says(ended.out, "it is lost: `miroir check`"));
}

TEST_CASE("seed --dry-run counts and does nothing; a second seed is refused", "[cli][seed]") {
  Pair pair{Pair::sqlite_sqlite, Pair::installed};
  const std::string before = pair.dump();
  const Ended dry = pair.verb({"seed", "--dry-run", "--json"});
  CHECK(dry.exit_code == 0);
  CHECK(json::parse(dry.out).at("counts").at("customer") == json{{"shop", 3}, {"erp", 0}});
  CHECK(changes(before, pair.dump()) == nothing);
  CHECK_FALSE(std::filesystem::exists(pair.state_file()));

  const Ended seed = pair.verb({"seed", "--json"});
  CHECK(seed.exit_code == 0);
  // Customers, products, stocks and orders: what was read and what was written.
  CHECK(json::parse(seed.out).at("extracted") == json{{"shop", 14}, {"erp", 0}});
  CHECK(json::parse(seed.out).at("delivered") == json{{"shop", 0}, {"erp", 14}});
  CHECK(pair.differences() == nothing);
  const std::string seeded = pair.dump();
  const Ended again = pair.verb({"seed"});
  CHECK(again.exit_code == 2);
  CHECK(says(again.err, "seeded already"));
  CHECK(changes(seeded, pair.dump()) == nothing);
}

TEST_CASE("a site that is away ends the cycle with 3, and the next one carries everything",
          "[cli][away]") {
  Pair pair{Pair::sqlite_sqlite};
  for (const std::string away : {"erp", "shop"}) {
    CAPTURE(away);
    pair.cut(away);
    pair.shop().run("UPDATE customer SET city = city || ' 1' WHERE id = 1");
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "Phone No_" = '01' || "Phone No_")");
    const Pair::Cycle cycle = pair.try_cycle();
    CAPTURE(cycle.report.dump(), cycle.err);
    CHECK(cycle.exit_code == 3);
    CHECK(cycle.report.at("outcome") == "unreachable");
    CHECK(cycle.report.at("troubles").at(0).at("site") == away);
    CHECK(pair.verb({"status"}).exit_code == 0);
    pair.mend(away);
    pair.cycle();
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("plan shows field by field what the next cycle does, and writes nothing", "[cli][plan]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
  pair.shop().run("UPDATE stock SET on_hand = '20' WHERE product_id = 1 AND location = 'WEB'");
  const std::string before = pair.dump();

  const Ended text = pair.verb({"plan"});
  CAPTURE(text.out, text.err);
  CHECK(text.exit_code == 0);
  CHECK(says(text.out, "erp: update customer W1"));
  CHECK(says(text.out, "Beaune -> Dijon"));
  CHECK(says(text.out, "-4"));

  const json plan = json::parse(pair.verb({"plan", "--json"}).out);
  REQUIRE(plan.at("plan").size() == 2);
  CHECK(plan.at("plan").at(0).at("fields") ==
        json::parse(
            R"([{"field": "city", "column": "City", "before": "Beaune", "after": "Dijon"}])"));
  CHECK(changes(before, pair.dump()) == nothing);

  const Pair::Cycle cycle = pair.cycle();
  CHECK(cycle.report.at("delivered") == json{{"shop", 0}, {"erp", 2}});
  CHECK(pair.differences() == nothing);
}

TEST_CASE("a cycle reports what it decided, and status remembers it", "[cli][cycle]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
  pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Nuits' WHERE "No_" = 'W1')");
  const json report = pair.cycle().report;
  CHECK(report.at("outcome") == "done");
  CHECK(report.at("conflicts") == 1);
  REQUIRE(report.at("decisions").size() == 1);
  const json& decision = report.at("decisions").at(0);
  CHECK(decision.at("entity") == "customer");
  CHECK(decision.at("key") == "1");
  CHECK(decision.at("field") == "city");
  CHECK(decision.at("winner") == "Dijon");
  CHECK(decision.at("loser") == "Nuits");
  CHECK(pair.differences() == nothing);

  pair.cut("shop");
  pair.cut("erp");
  const Ended ended = pair.verb({"status", "--json"});
  CHECK(ended.exit_code == 0);
  const json status = json::parse(ended.out);
  CHECK(status.at("seeded") == true);
  CHECK(status.at("last_cycle").at("cycle") == report.at("cycle"));
  CHECK(status.at("last_cycle").at("summary") == report);
  CHECK(status.at("behind") == json{{"shop", 0}, {"erp", 0}});
  CHECK(status.at("decisions").at(0) == decision);
  const Ended text = pair.verb({"status"});
  CHECK(says(text.out, "Nuits"));
  CHECK(says(text.out, "done"));
}

TEST_CASE("a question ends the cycle with 4 and stands in status with both answers",
          "[cli][cycle]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.shop().run("UPDATE customer SET payment_terms = '60J' WHERE id = 2");
  pair.erp().run(
      R"(UPDATE "CRONUS France$Customer" SET "Payment Terms Code" = '10J' WHERE "No_" = 'W2')");
  const Pair::Cycle cycle = pair.cycle(4);
  CHECK(cycle.report.at("outcome") == "waiting");
  CHECK(cycle.report.at("held") == 1);

  const Ended ended = pair.verb({"status", "--json"});
  CHECK(ended.exit_code == 4);
  const json held = json::parse(ended.out).at("held").at(0);
  CHECK(held.at("entity") == "customer");
  CHECK(held.at("field") == "payment_terms");
  CHECK(held.at("candidates") == json{{"shop", "60J"}, {"erp", "10J"}});
}

TEST_CASE("a column that vanishes between two cycles is named", "[cli][cycle]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
  const json before = pair.config();
  pair.erp().run(R"(ALTER TABLE "CRONUS France$Customer" RENAME COLUMN "City" TO "Town")");
  const std::string dump = pair.erp().dump();
  Pair::Cycle cycle = pair.try_cycle();
  REQUIRE(cycle.exit_code == 5);
  const json brake = cycle.report.at("brakes").at(0);
  CHECK(says(brake.at("message"), "column City is gone"));
  // Whoever takes it so is told where the mapping no longer fits.
  cycle = pair.try_cycle({"--accept", brake.at("id")});
  CHECK(cycle.exit_code == 2);
  CHECK(says(cycle.err, "City"));
  CHECK(pair.erp().rows(R"(SELECT "Town" FROM "CRONUS France$Customer" WHERE "No_" = 'W1')") ==
        std::vector<std::string>{"Beaune"});

  pair.erp().run(R"(ALTER TABLE "CRONUS France$Customer" RENAME COLUMN "Town" TO "City")");
  pair.cycle();
  CHECK(pair.differences() == nothing);
}
