// A state file of an older version that several programs open at once.
#include <SQLiteCpp/SQLiteCpp.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <future>

#include "mirror/state/side_tables.hpp"
#include "mirror/state/store_schema.hpp"
#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

namespace fs = std::filesystem;

// As version 1 left it, with a record whose values carry no checksum yet.
class OldFile {
 public:
  explicit OldFile(const Mapping& mapping) {
    std::string pattern = (fs::temp_directory_path() / "miroir-upgrade-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    SQLite::Database old{name(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    old.exec("PRAGMA journal_mode = WAL");
    old.exec("PRAGMA application_id = " + std::to_string(store_application_id));
    old.exec(migrations().front());
    old.exec("PRAGMA user_version = 1");
    old.exec(
        "INSERT INTO record (id, entity, root, root_entity, gone, gone_since, head, behind_0, "
        "behind_1) VALUES (1, 0, 1, 0, 0, 0, x'0102', 0, 0)");
    SQLite::Statement meta{old, "INSERT INTO meta VALUES ('mapping', ?), ('store', 'old')"};
    meta.bind(1, mapping.fingerprint);
    meta.exec();
  }
  ~OldFile() { fs::remove_all(folder_); }
  OldFile(const OldFile&) = delete;
  OldFile& operator=(const OldFile&) = delete;
  std::string name() const { return (folder_ / "s.db").string(); }
  std::string head() const {
    return SQLite::Database{name()}.execAndGet("SELECT hex(head) FROM record").getString();
  }

 private:
  fs::path folder_;
};

}  // namespace

TEST_CASE("programs that bring a state file up to date at once do each step once", "[store]") {
  const Mapping mapping = small_mapping();
  const OldFile alone{mapping}, shared{mapping};
  Store::open(alone.name(), mapping);
  REQUIRE(alone.head() != "0102");

  // Both have looked at the version by the time that either may write.
  SQLite::Database writer{shared.name(), SQLite::OPEN_READWRITE};
  writer.exec("BEGIN IMMEDIATE");
  auto cycle = std::async(std::launch::async, [&] { Store::open(shared.name(), mapping); });
  auto page = std::async(std::launch::async, [&] { open_side_tables(shared.name()); });
  CHECK(cycle.wait_for(std::chrono::milliseconds{300}) == std::future_status::timeout);
  CHECK(page.wait_for(std::chrono::milliseconds{300}) == std::future_status::timeout);
  writer.exec("COMMIT");
  CHECK_NOTHROW(cycle.get());
  CHECK_NOTHROW(page.get());
  CHECK(shared.head() == alone.head());
  CHECK(Store::open(shared.name(), mapping).damage().empty());
}

}  // namespace miroir::test
