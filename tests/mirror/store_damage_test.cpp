// A store whose file is not what it was: recognised when it is opened or read, never taken for
// good.
#include <SQLiteCpp/SQLiteCpp.h>

#include <fstream>
#include <iterator>

#include "mirror/state/seal.hpp"
#include "mirror/state/store_schema.hpp"
#include "tests/mirror/restored_world.hpp"

namespace miroir::test {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

class DamagedWorld : public RestoredWorld {
 public:
  DamagedWorld() {
    live_on(*this);
    set(at_shop, customers[1], "note", text("on its way"));
    store.reset();
    whole_ = contents(file());
  }
  fs::path file() const { return folder / "state.db"; }
  const std::string& whole() const { return whole_; }
  void write(const std::string& content) const {
    for (const char* beside : {"-wal", "-shm"}) fs::remove(file().string() + beside);
    std::ofstream{file(), std::ios::binary | std::ios::trunc} << content;
  }
  // What the program says of it; nullopt: nothing, and the cycle was run.
  std::optional<StoreError> told(bool with_cycle = true) {
    std::optional<StoreError> told;
    try {
      store.emplace(Store::open(file(), mapping, NoStore::refused));
      if (with_cycle) cycle();
    } catch (const StoreError& error) {
      told = error;
    } catch (const std::exception& error) {
      told = failure_of_file(error);
      INFO(error.what());
      CHECK(told);
    }
    store.reset();
    return told;
  }

 private:
  std::string whole_;
};

bool names_the_remedy(const StoreError& error) {
  INFO(error.what() << " / " << error.hint());
  return error.hint().find("backup back") != std::string::npos &&
         error.hint().find("miroir seed") != std::string::npos;
}

}  // namespace

TEST_CASE("any changed byte of what the store keeps of a record is found when it is read",
          "[store][damage]") {
  const Mapping mapping = small_mapping();
  const std::string row = "any row, with\0zeros and such";
  for (std::size_t at = 0; at < sealed(row).size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string other = sealed(row);
      other[at] = static_cast<char>(other[at] ^ (1 << bit));
      CHECK_FALSE(is_sealed(other));
    }
  }
  CHECK(is_sealed(sealed(row)));
  CHECK(is_sealed(sealed("")));
  CHECK_FALSE(is_sealed(""));
}

TEST_CASE("a head or a shadow that is not as it was written is never merged or delivered",
          "[engine][store][damage]") {
  DamagedWorld world;
  const auto shop = world.world.rows(at_shop, "customer");
  const auto erp = world.world.rows(at_erp, "customer");
  std::size_t found = 0;
  // "1@x.fr" stands in the head of the customer whose note is on its way.
  for (std::size_t at = 0; (at = world.whole().find("1@x.fr", at)) != std::string::npos; ++at) {
    CAPTURE(at);
    std::string damaged = world.whole();
    damaged[at] = '7';
    world.write(damaged);
    const Store reader = Store::open_read_only(world.file(), world.mapping);
    const bool is_used = !reader.damage().empty();
    const auto told = world.told();
    CHECK(told.has_value() <= is_used);
    if (!told) continue;
    ++found;
    CHECK(names_the_remedy(*told));
    CHECK(world.world.rows(at_erp, "customer") == erp);
  }
  CHECK(world.world.rows(at_shop, "customer") == shop);
  CHECK(found > 0);
}

TEST_CASE("a file with a flipped byte anywhere is told as damaged, or does no harm to the program",
          "[engine][store][damage]") {
  DamagedWorld world;
  const MemorySite shop = world.world.shop, erp = world.world.erp;
  std::size_t told = 0;
  for (std::size_t at = 0; at < world.whole().size(); at += 211) {
    CAPTURE(at);
    world.world.shop = shop;
    world.world.erp = erp;
    std::string damaged = world.whole();
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    world.write(damaged);
    if (const auto error = world.told()) {
      ++told;
      CHECK_FALSE(error->hint().empty());
    }
  }
  CHECK(told > 10);
}

TEST_CASE("a truncated, an empty, a foreign or a newer file is no store, and is left as it is",
          "[engine][store][damage]") {
  DamagedWorld world;
  std::string content = world.whole();
  SECTION("truncated") { content.resize(content.size() / 2); }
  SECTION("truncated within a page") { content.resize(content.size() - 100); }
  SECTION("empty") { content.clear(); }
  SECTION("no database") { content.replace(0, 16, "SQLite format 4 "); }
  SECTION("another program's") { content[68] = 'x'; }
  SECTION("of a newer version") {
    {
      SQLite::Database file{world.file().string(), SQLite::OPEN_READWRITE};
      file.exec("PRAGMA user_version = 999");
    }
    content = contents(world.file());
  }
  world.write(content);
  const auto told = world.told(false);
  REQUIRE(told);
  CHECK_FALSE(told->hint().empty());
  CHECK(contents(world.file()) == content);
  CHECK_THROWS_AS(Store::open_read_only(world.file(), world.mapping), StoreError);
  CHECK(contents(world.file()) == content);
}

TEST_CASE("a store that lost its -wal is an earlier one, and stops with a question",
          "[engine][store][damage][G7]") {
  RestoredWorld world;
  world.store.reset();
  const std::string before = contents(world.folder / "state.db");
  world.store.emplace(Store::open(world.folder / "state.db", world.mapping));
  live_on(world);
  // As if it had been killed now, and the log of it was removed.
  const std::string after = contents(world.folder / "state.db");
  world.store.reset();
  std::ofstream{world.folder / "state.db", std::ios::binary} << after;
  for (const char* beside : {"-wal", "-shm"})
    fs::remove((world.folder / "state.db").string() + beside);
  world.store.emplace(Store::open(world.folder / "state.db", world.mapping, NoStore::refused));
  CHECK(world.accept(world.braked("state:")).exit == Exit::done);
  world.quiet();
  world.must_be_equal();
}

TEST_CASE("a store from before there were checksums gets them", "[store][damage]") {
  const Mapping mapping = small_mapping();
  RestoredWorld world;
  world.store.reset();
  const fs::path file = world.folder / "state.db";
  {
    SQLite::Database old{file.string(), SQLite::OPEN_READWRITE};
    for (const char* column : {"record SET head = substr(head, 1, length(head) - 4)",
                               "record SET shadow_0 = substr(shadow_0, 1, length(shadow_0) - 4)",
                               "record SET shadow_1 = substr(shadow_1, 1, length(shadow_1) - 4)",
                               "history SET changes = substr(changes, 1, length(changes) - 4)"})
      old.exec("UPDATE " + std::string{column});
    old.exec("DROP TABLE notice");
    old.exec("DROP TABLE act");
    old.exec("ALTER TABLE account DROP COLUMN signed_in");
    old.exec("DROP INDEX reread_page; DROP INDEX history_record; DROP INDEX conflict_record");
    old.exec("DROP VIEW held_item; DROP INDEX held_ignored");
    for (const char* table : {"held", "set_aside_write", "set_aside_read"})
      old.exec("ALTER TABLE " + std::string{table} + " DROP COLUMN ignored");
    for (const char* column : {"came_0", "came_1", "changed_0", "changed_1"})
      old.exec("ALTER TABLE held DROP COLUMN " + std::string{column});
    old.exec("PRAGMA user_version = 15");
  }
  world.store.emplace(Store::open(file, world.mapping, NoStore::refused));
  CHECK(world.store->damage().empty());
  world.set(at_shop, world.customers[0], "city", text("Metz"));
  world.quiet();
  world.must_be_equal();
}

}  // namespace miroir::test
