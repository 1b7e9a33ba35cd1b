// The state file: lost, damaged, read-only, backed up and restored, by the real program and the
// scripts of deploy/.
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/scenarios/guarantee_brakes.hpp"
#include "tests/scenarios/guarantee_orders.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

// They find the program as an administrator's shell does.
Ended script(const char* name, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), std::string{MIROIR_SOURCE_FOLDER} + "/deploy/" + name);
  const std::string path =
      fs::path{MIROIR_PROGRAM}.parent_path().string() + ":" + std::getenv("PATH");
  return run_program({.command = std::move(arguments), .environment = {{"PATH", path}}});
}

Ended back_up(const Pair& pair, const std::string& keep = "14") {
  return script("backup", {"--config", pair.config_file().string(), "--to",
                           (pair.folder() / "backups").string(), "--keep", keep});
}

Ended restore(const Pair& pair, const std::string& backup) {
  return script("restore", {"--config", pair.config_file().string(), backup});
}

// The last line, which is the backup's folder.
std::string backup_made(const Ended& ended) {
  CAPTURE(ended.out, ended.err);
  REQUIRE(ended.exit_code == 0);
  return ended.out.substr(0, ended.out.find('\n'));
}

std::size_t backups(const Pair& pair) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator{pair.folder() / "backups"})
    count += entry.is_directory() ? 1 : 0;
  return count;
}

// One bit of what a record holds: its page is as sound as before.
void flip_a_bit(const fs::path& file) {
  std::fstream state{file, std::ios::in | std::ios::out | std::ios::binary};
  const std::string whole{std::istreambuf_iterator<char>{state}, {}};
  const std::size_t at = whole.find("Beaune");
  REQUIRE(at != std::string::npos);
  state.seekp(static_cast<std::streamoff>(at)).put(static_cast<char>(whole[at] ^ 1));
}

void lose_state(const Pair& pair) {
  for (const char* beside : {"", "-wal", "-shm"}) fs::remove(pair.state_file().string() + beside);
}

// What ends with 2 and says `words`, and names the remedy.
void must_be_told(const Pair& pair, std::vector<std::string> verb, const std::string& words) {
  verb.emplace_back("--json");
  const Ended ended = pair.verb(verb);
  CAPTURE(verb.front(), ended.out, ended.err);
  CHECK(ended.exit_code == 2);
  const std::string all = ended.out + ended.err;
  CHECK(says(all, words));
  CHECK(says(all, "deploy/restore"));
  CHECK(says(all, "miroir seed"));
}

std::string lost_id(const Pair& pair) {
  const Ended ended = pair.verb({"seed", "--json"});
  CAPTURE(ended.out, ended.err);
  REQUIRE(ended.exit_code == 2);
  const std::string all = ended.out + ended.err;
  const std::size_t begin = all.find("--accept '") + 10;
  return all.substr(begin, all.find('\'', begin) - begin);
}

bool runs(const std::vector<std::string>& command) {
  return run_program({.command = command}).exit_code == 0;
}

}  // namespace

TEST_CASE("a lost state file is recognised, and a seed makes a new one from both sites",
          "[guarantee][G1][G2][store]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.cycle();
    // Read and not delivered: the ERP refuses it just now.
    refuse_city(pair.erp(), "Nulle part");
    pair.shop().run(
        "INSERT INTO customer (email, last_name, city) VALUES ('n@x.fr', 'Neuf', "
        "'Nulle part')");
    pair.shop().run(sell_in_shop(4));
    pair.cycle(4);
    refuse_nothing(pair.erp());
    // Not read yet.
    pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Nuits' WHERE "No_" = 'W1')");
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "Phone No_" = '42' WHERE "No_" = 'W3')");
    pair.shop().run(sell_in_shop(1));
    pair.erp().run(sell_in_erp(2));
    pair.shop().run(shop_order("A1"));
    pair.erp().run(erp_order("B1"));
    lose_state(pair);
    for (const char* verb : {"cycle", "verify", "plan"}) must_be_told(pair, {verb}, "is lost");
    CHECK_FALSE(fs::exists(pair.state_file()));
    const std::string before = pair.dump();
    const std::string id = lost_id(pair);
    CHECK(id.substr(0, 5) == "lost:");
    CHECK(pair.verb({"seed", "--dry-run", "--accept", id}).exit_code % 4 == 0);
    CHECK(changes(before, pair.dump()) == nothing);
    const Ended seeded = pair.verb({"seed", "--accept", id});
    CAPTURE(seeded.out, seeded.err);
    CHECK(seeded.exit_code % 4 == 0);
    for (int n = 0; n < 3; ++n) pair.try_cycle();
    // One of the two stocks, never the sum of the differences.
    const std::string stock = pair.shop().value(web_stock_in_shop);
    CAPTURE(stock, pair.erp().value(web_stock_in_erp));
    CHECK((stock == "19" || stock == "18"));
    CHECK(pair.shop().value("SELECT count(*) FROM customer") == "4");
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer")") == "4");
    CHECK(pair.shop().value("SELECT count(*) FROM sales_order") == "4");
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Sales Header")") == "4");
    CHECK(pair.shop().value(half_orders_in_shop) == "0");
    CHECK(pair.erp().value(half_orders_in_erp) == "0");
    const std::string quiet = pair.dump();
    pair.try_cycle();
    CHECK(changes(quiet, pair.dump()) == nothing);
    for (const std::string& difference : pair.differences()) {
      CAPTURE(difference);
      CHECK(pair.verb({"held", "list"}).exit_code == 4);
    }
  }
}

TEST_CASE("a damaged state file is told by every verb that reads it, and never replaced",
          "[guarantee][store]") {
  Pair pair{pairs_under_test().front()};
  pair.cycle();
  lose_state(pair);
  const std::string junk(20'000, 'x');
  std::ofstream{pair.state_file()} << junk;
  for (const char* verb : {"cycle", "status", "verify", "plan", "check", "seed"})
    must_be_told(pair, {verb}, pair.state_file().string());
  CHECK(fs::file_size(pair.state_file()) == junk.size());
  fs::resize_file(pair.state_file(), 0);
  for (const char* verb : {"cycle", "status"}) {
    const Ended ended = pair.verb({verb});
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 2);
    CHECK(says(ended.err, "deploy/restore"));
  }
  CHECK(fs::file_size(pair.state_file()) == 0);
}

TEST_CASE("on a disk that was mounted read-only again a cycle ends with 2 and says why",
          "[guarantee][store]") {
  Pair pair{pairs_under_test().front()};
  pair.cycle();
  pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
  const std::string folder = pair.folder().string();
  const std::string remount =
      "mount --bind '" + folder + "' '" + folder + "' && mount -o remount,ro,bind '" + folder + "'";
  const bool can_mount = runs({"/usr/bin/unshare", "--mount", "/bin/sh", "-c", remount});
  if (can_mount) {
    pair.start_by(
        {"/usr/bin/unshare", "--mount", "/bin/sh", "-c", remount + " && exec \"$0\" \"$@\""});
  } else if (::geteuid() != 0) {
    WARN("no mount namespace can be made here: the folder's rights are taken away instead");
    fs::permissions(pair.folder(), fs::perms::owner_read | fs::perms::owner_exec);
    fs::permissions(pair.state_file(), fs::perms::owner_read);
  } else {
    WARN("no mount namespace can be made here, and root may write everywhere: nothing is shown");
    return;
  }
  const Pair::Cycle cycle = pair.try_cycle();
  CAPTURE(cycle.report.dump(), cycle.err);
  CHECK(cycle.exit_code == 2);
  CHECK(says(cycle.report.dump(), "writable"));
  CHECK_FALSE(says(cycle.report.dump(), "internal error"));
  pair.start_by({});
  fs::permissions(pair.folder(), fs::perms::owner_all);
  fs::permissions(pair.state_file(), fs::perms::owner_read | fs::perms::owner_write);
  cycle_until_quiet(pair);
  CHECK(pair.differences() == nothing);
}

TEST_CASE("a backup made while cycles run is restored, and catches up with both sites",
          "[guarantee][G7][store][backup]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.cycle();
    std::atomic<bool> done = false;
    std::string backup;
    std::thread backing_up{[&] {
      for (int n = 0; n < 3; ++n) {
        const Ended ended = back_up(pair, "2");
        if (ended.exit_code == 0) backup = ended.out.substr(0, ended.out.find('\n'));
        std::this_thread::sleep_for(std::chrono::milliseconds{1'100});
      }
      done = true;
    }};
    int sold = 0;
    while (!done) {
      pair.shop().run(sell_in_shop(1));
      ++sold;
      const Pair::Cycle cycle = pair.try_cycle();
      CAPTURE(cycle.report.dump(), cycle.err);
      CHECK(cycle.exit_code == 0);
    }
    backing_up.join();
    REQUIRE(!backup.empty());
    CHECK(backups(pair) == 2);
    CHECK((fs::status(backup + "/state.db").permissions() & fs::perms::all) ==
          (fs::perms::owner_read | fs::perms::owner_write));
    pair.shop().run(sell_in_shop(2));
    pair.shop().run(shop_order("A1"));
    pair.erp().run(erp_order("B1"));
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Nuits' WHERE "No_" = 'W2')");
    cycle_until_quiet(pair);

    const Ended restored = restore(pair, backup);
    CAPTURE(restored.out, restored.err);
    REQUIRE(restored.exit_code == 0);
    CHECK(says(restored.out, "--accept"));
    const json brake = braked(pair, "state:", Rest::none);
    const Pair::Cycle accepted = pair.try_cycle({"--accept", brake.at("id").get<std::string>()});
    CAPTURE(accepted.report.dump(), accepted.err);
    CHECK(accepted.exit_code == 0);
    cycle_until_quiet(pair);
    CHECK(pair.differences() == nothing);
    CHECK(pair.shop().value(web_stock_in_shop) == std::to_string(24 - sold - 2));
    CHECK(pair.erp().value(web_stock_in_erp) == std::to_string(24 - sold - 2));
    CHECK(pair.shop().value("SELECT count(*) FROM sales_order") == "4");
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Sales Header")") == "4");
    CHECK(pair.shop().value("SELECT city FROM customer WHERE id = 2") == "Nuits");
    CHECK(pair.verb({"verify"}).exit_code == 0);
  }
}

TEST_CASE("what is no sound backup is not restored, and a damaged state file is not backed up",
          "[guarantee][store][backup]") {
  Pair pair{pairs_under_test().front()};
  pair.cycle();
  const std::string backup = backup_made(back_up(pair));
  const auto size = fs::file_size(backup + "/state.db");
  SECTION("a backup that was cut") {
    fs::resize_file(backup + "/state.db", size / 2);
    CHECK(restore(pair, backup).exit_code == 1);
  }
  SECTION("something else") {
    fs::copy_file(pair.mapping_file(), backup + "/state.db", fs::copy_options::overwrite_existing);
    CHECK(restore(pair, backup).exit_code == 1);
  }
  SECTION("a backup with a flipped bit") {
    flip_a_bit(backup + "/state.db");
    const Ended ended = restore(pair, backup);
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 1);
    CHECK(says(ended.err, "not as they were written"));
  }
  SECTION("while a cycle runs") {
    const Running cycle{
        {.command = {"/usr/bin/flock", pair.state_file().string() + ".lock", "sleep", "3"}}};
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    const Ended ended = restore(pair, backup);
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 6);
  }
  SECTION("a damaged state file") {
    fs::resize_file(pair.state_file(), fs::file_size(pair.state_file()) / 2);
    const Ended ended = back_up(pair);
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 1);
    CHECK(backups(pair) == 1);
    return;
  }
  SECTION("a state file with a flipped bit, which only its checksum tells") {
    flip_a_bit(pair.state_file());
    const Ended ended = back_up(pair, "1");
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 1);
    CHECK(says(ended.err, "not as they were written"));
    CHECK(backups(pair) == 1);
    CHECK(fs::exists(backup));
    return;
  }
  SECTION("what is asked wrongly") {
    CHECK(script("backup", {}).exit_code == 2);
    CHECK(script("restore", {"--config", pair.config_file().string()}).exit_code == 2);
    CHECK(script("restore", {"--help"}).exit_code == 0);
    CHECK(script("backup", {"--help"}).exit_code == 0);
    CHECK(restore(pair, "/nowhere").exit_code == 2);
  }
  // Nothing was touched.
  CHECK(pair.cycle().exit_code == 0);
}
