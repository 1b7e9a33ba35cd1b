// The store: what is in it survives, belongs to one mapping, and is nobody else's to read.
#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <utility>

#include "mirror/state/batch_codec.hpp"
#include "mirror/state/store_schema.hpp"
#include "schema/row_codec.hpp"
#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

namespace fs = std::filesystem;

// A folder of the test's own, removed at the end.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "miroir-store-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { fs::remove_all(path_); }
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

RecordState customer(const Mapping& mapping, std::int64_t id) {
  RecordState state;
  state.id = state.root = RecordId{id};
  state.entity = mapping.find("customer")->id;
  state.head.assign(mapping.find("customer")->fields.size(), Null{});
  state.shadow[0] = Row{id, std::string{"a@x.fr"}, Decimal{1250, 2}, Null{}};
  state.key[0] = Key{id};
  return state;
}

template <class F>
StoreError error_of(F call) {
  try {
    call();
  } catch (const StoreError& error) {
    return error;
  }
  FAIL("nothing was refused");
  return {"", ""};
}

TEST_CASE("a record comes back from the store exactly, NULL and scale included", "[store]") {
  const Mapping mapping = small_mapping();
  const Folder folder;
  {
    Store store = Store::open(folder / "s.db", mapping);
    store.begin();
    store.put(customer(mapping, 7), {false, true});
    store.commit();
  }
  Store store = Store::open(folder / "s.db", mapping);
  const auto found = store.record(RecordId{7});
  REQUIRE(found);
  CHECK(encode_row(*found->shadow[0]) == encode_row(*customer(mapping, 7).shadow[0]));
  CHECK_FALSE(found->shadow[1]);
  CHECK(store.find(at_shop, found->entity, {std::int64_t{7}}) == RecordId{7});
  CHECK(store.count_behind(at_erp) == 1);
  CHECK(store.count_behind(at_shop) == 0);
}

TEST_CASE("only its owner can read the state file", "[store]") {
  const Mapping mapping = small_mapping();
  const Folder folder;
  const mode_t before = umask(0);
  Store store = Store::open(folder / "s.db", mapping);
  umask(before);
  for (const char* name : {"s.db", "s.db-wal"}) {
    struct stat status {};
    REQUIRE(stat((folder / name).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
}

TEST_CASE("a state file of another mapping is refused with a remedy", "[store]") {
  const Mapping mapping = small_mapping();
  Mapping changed = small_mapping();
  changed.fingerprint += "x";
  const Folder folder;
  { Store store = Store::open(folder / "s.db", mapping); }
  const StoreError error = error_of([&] { Store::open(folder / "s.db", changed); });
  CHECK_THAT(error.what(), Catch::Contains("another mapping"));
  CHECK_THAT(error.hint(), Catch::Contains("miroir plan"));
}

TEST_CASE("what is no store is refused and left as it is", "[store]") {
  const Mapping mapping = small_mapping();
  const Folder folder;
  {
    SQLite::Database other{(folder / "o.db").string(),
                           SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    other.exec("CREATE TABLE invoices (id)");
  }
  CHECK_THAT(error_of([&] { Store::open(folder / "o.db", mapping); }).what(),
             Catch::Contains("not a state file"));
  SQLite::Database other{(folder / "o.db").string()};
  CHECK(other.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 1);
  std::ofstream{folder / "text.db"}
      << "this is no database at all, but it is long enough to have a header";
  CHECK_THROWS_AS(Store::open(folder / "text.db", mapping), StoreError);
  CHECK_THROWS_AS(Store::open(folder / "no such folder/s.db", mapping), StoreError);
}

TEST_CASE("an older state file is migrated forward, a newer one refused", "[store]") {
  const Mapping mapping = small_mapping();
  const Folder folder;
  {
    SQLite::Database old{(folder / "s.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    old.exec("PRAGMA application_id = " + std::to_string(store_application_id));
    old.exec(migrations().front());
    old.exec("PRAGMA user_version = 1");
    SQLite::Statement meta{
        old, "INSERT INTO meta VALUES ('mapping', ?), ('store', 'old'), ('cycle', '41')"};
    meta.bind(1, mapping.fingerprint);
    meta.exec();
  }
  {
    Store store = Store::open(folder / "s.db", mapping);
    CHECK(store.id() == "old");
    CHECK(store.start_cycle() == CycleNumber{42});
    CHECK(store.count_held() == 0);  // A table that version 1 did not have.
  }
  {
    SQLite::Database newer{(folder / "s.db").string(), SQLite::OPEN_READWRITE};
    newer.exec("PRAGMA user_version = 999");
  }
  CHECK_THAT(error_of([&] { Store::open(folder / "s.db", mapping); }).what(),
             Catch::Contains("newer miroir"));
}

TEST_CASE("pauses are kept, each with who and when; only the reason is replaced", "[store]") {
  const Mapping mapping = small_mapping();
  const Folder folder;
  const EntityId entity = mapping.find("order")->id;
  {
    Store store = Store::open(folder / "s.db", mapping);
    CHECK_FALSE(store.pause({entity, "clôture", "2026-01-31T17:00:00Z", "anne"}));
    CHECK_FALSE(store.pause({at_erp, "upgrade", "2026-02-01T08:00:00Z", "marc"}));
    const auto before = store.pause({at_erp, "longer upgrade", "2026-02-02T08:00:00Z", "paul"});
    REQUIRE(before);
    CHECK(before->reason == "upgrade");
  }
  Store store = Store::open(folder / "s.db", mapping);
  const auto pauses = store.pauses();
  REQUIRE(pauses.size() == 2);
  CHECK(pauses[0].what == Pausable{at_erp});
  CHECK(pauses[0].reason == "longer upgrade");
  CHECK(pauses[0].since == "2026-02-01T08:00:00Z");
  CHECK(pauses[0].by == "marc");
  CHECK(pauses[1].what == Pausable{entity});
  CHECK(pauses[1].reason == "clôture");
  CHECK_FALSE(store.resume(at_shop, {"lea", "2026-02-03T08:00:00Z"}));
  const auto ended = store.resume(at_erp, {"lea", "2026-02-03T08:00:00Z"});
  REQUIRE(ended);
  CHECK(ended->by == "marc");
  CHECK(store.pauses().size() == 1);
}

TEST_CASE("a pause waits for the transaction of a cycle, and a cycle notices none", "[store]") {
  const Mapping mapping = small_mapping();
  const Folder folder;
  Store cycle = Store::open(folder / "s.db", mapping);
  cycle.begin();
  cycle.put(customer(mapping, 1), {false, true});
  auto pausing = std::async(std::launch::async, [&] {
    Store person = Store::open(folder / "s.db", mapping);
    person.pause({at_erp, "upgrade", "2026-02-01T08:00:00Z", "marc"});
  });
  CHECK(pausing.wait_for(std::chrono::milliseconds{300}) == std::future_status::timeout);
  CHECK(cycle.pauses().empty());
  cycle.commit();
  pausing.get();
  CHECK(cycle.pauses().size() == 1);
  CHECK(cycle.count_behind(at_erp) == 1);
}

TEST_CASE("a state file from before there were pauses is read as it is, and then migrated",
          "[store]") {
  const Mapping mapping = small_mapping();
  const Folder folder;
  {
    SQLite::Database old{(folder / "s.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    old.exec("PRAGMA application_id = " + std::to_string(store_application_id));
    for (const char* step : migrations().first(3)) old.exec(step);
    old.exec("PRAGMA user_version = 3");
    SQLite::Statement meta{old, "INSERT INTO meta VALUES ('mapping', ?), ('store', 'old')"};
    meta.bind(1, mapping.fingerprint);
    meta.exec();
  }
  CHECK(Store::open_read_only(folder / "s.db", mapping).pauses().empty());
  Store copy = Store::copy_of(folder / "s.db", mapping);
  CHECK_FALSE(copy.pause({at_erp, "upgrade", "2026-02-01T08:00:00Z", "marc"}));
  CHECK(Store::open_read_only(folder / "s.db", mapping).pauses().empty());
  Store store = Store::open(folder / "s.db", mapping);
  CHECK_FALSE(store.pause({at_erp, "upgrade", "2026-02-01T08:00:00Z", "marc"}));
  CHECK(Store::open_read_only(folder / "s.db", mapping).pauses().size() == 1);
}

TEST_CASE("a doubted catalogue is still known, until it is remembered anew", "[store]") {
  const Mapping mapping = small_mapping();
  Store store = Store::in_memory(mapping);
  CHECK_FALSE(store.catalog_is_doubted(at_erp));
  store.remember_catalog(at_erp, "tables");
  store.doubt_catalog(at_erp);
  CHECK(store.catalog_is_doubted(at_erp));
  CHECK_FALSE(store.catalog_is_doubted(at_shop));
  CHECK(store.catalog(at_erp) == "tables");
  store.remember_catalog(at_erp, "new tables");
  CHECK_FALSE(store.catalog_is_doubted(at_erp));
}

TEST_CASE("the store is readable while a cycle has a transaction open", "[store]") {
  const Mapping mapping = small_mapping();
  const Folder folder;
  Store store = Store::open(folder / "s.db", mapping);
  store.begin();
  store.put(customer(mapping, 1), {false, true});
  const Store reader = Store::open_read_only(folder / "s.db", mapping);
  const Store copy = Store::copy_of(folder / "s.db", mapping);
  CHECK(reader.count_behind(at_erp) == 0);
  store.commit();
  CHECK(reader.count_behind(at_erp) == 1);
  CHECK(copy.count_behind(at_erp) == 0);
}

// This process's locks on a file, by what the kernel tells: "... POSIX ADVISORY READ 123 fe:01:77
// ..."
std::size_t locks_on(const fs::path& file) {
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  const std::string pid = " " + std::to_string(::getpid()) + " ";
  const std::string inode = ":" + std::to_string(status.st_ino) + " ";
  std::ifstream all{"/proc/locks"};
  std::size_t count = 0;
  for (std::string line; std::getline(all, line);) {
    if (line.find(pid) != std::string::npos && line.find(inode) != std::string::npos) ++count;
  }
  return count;
}

TEST_CASE("whoever opens the store beside a reader of the same process leaves him his locks",
          "[store]") {
  const Mapping mapping = small_mapping();
  const Folder folder;
  Store::open(folder / "s.db", mapping);
  const Store reader = Store::open_read_only(folder / "s.db", mapping);
  CHECK(reader.count_behind(at_erp) == 0);
  const std::size_t locks = locks_on(folder / "s.db");
  REQUIRE(locks > 0);
  Store::open(folder / "s.db", mapping, NoStore::refused);
  CHECK(locks_on(folder / "s.db") == locks);
}

TEST_CASE("never two cycles at once", "[store]") {
  const Folder folder;
  auto first = StoreLock::try_lock(folder / "s.db");
  REQUIRE(first);
  CHECK_FALSE(StoreLock::try_lock(folder / "s.db"));
  first.reset();
  CHECK(StoreLock::try_lock(folder / "s.db"));
}

// Counts how often SQLite asks the disk to keep a write-ahead log.
class CountedSyncs {
 public:
  CountedSyncs() : counting_{*plain_} {
    counting_.zName = "counting";
    counting_.xOpen = [](sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
      const int result = plain_->xOpen(plain_, name, file, flags, out);
      if (result != SQLITE_OK || (flags & SQLITE_OPEN_WAL) == 0) return result;
      methods_ = *file->pMethods;
      sync_ = methods_.xSync;
      methods_.xSync = [](sqlite3_file* f, int how) { return ++syncs_, sync_(f, how); };
      file->pMethods = &methods_;
      return result;
    };
    sqlite3_vfs_register(&counting_, 1);
  }
  ~CountedSyncs() {
    sqlite3_vfs_unregister(&counting_);
    sqlite3_vfs_register(plain_, 1);
  }
  static int take() { return std::exchange(syncs_, 0); }

 private:
  static inline sqlite3_vfs* plain_ = sqlite3_vfs_find(nullptr);
  static inline sqlite3_io_methods methods_{};
  static inline int (*sync_)(sqlite3_file*, int) = nullptr;
  static inline int syncs_ = 0;
  sqlite3_vfs counting_;
};

TEST_CASE("a commit is on disk when it returns, unless it need only keep its order", "[store]") {
  const Mapping mapping = small_mapping();
  const Folder folder;
  const CountedSyncs syncs;
  Store store = Store::open(folder / "s.db", mapping);
  const auto syncs_of = [&](Durability durability) {
    CountedSyncs::take();
    store.begin(durability);
    store.put(customer(mapping, 1), {false, true});
    store.commit();
    return CountedSyncs::take();
  };
  CHECK(syncs_of(Durability::synced) > 0);
  CHECK(syncs_of(Durability::ordered) == 0);
  CHECK(syncs_of(Durability::synced) > 0);
  store.begin(Durability::ordered);
  store.rollback();
  store.start_cycle();  // A transaction of its own.
  CHECK(CountedSyncs::take() > 0);
}

TEST_CASE("a record is found under its new key and no more under the old one", "[store]") {
  const Mapping mapping = small_mapping();
  Store store = Store::in_memory(mapping);
  const EntityId entity = mapping.find("customer")->id;
  RecordState state = customer(mapping, 1);
  store.put(state, {false, true});
  CHECK_FALSE(store.counterpart(at_shop, entity, Key{std::int64_t{2}}));
  const auto only_here = store.counterpart(at_shop, entity, Key{std::int64_t{1}});
  REQUIRE(only_here);
  CHECK_FALSE(only_here->key);
  state.key = {Key{std::int64_t{8}}, Key{std::string{"W8"}}};
  store.put(state, {false, false});
  CHECK_FALSE(store.find(at_shop, entity, Key{std::int64_t{1}}));
  CHECK(store.find_root(at_shop, entity, Key{std::int64_t{8}}) == RecordId{1});
  CHECK(store.count_behind(at_erp) == 0);
  store.reread(at_erp, entity, Key{std::string{"W8"}});
  const auto there = store.counterpart(at_shop, entity, Key{std::int64_t{8}});
  REQUIRE(there);
  CHECK(there->key == Key{std::string{"W8"}});
  CHECK(there->must_reread);
}

TEST_CASE("a batch comes back from its bytes; damaged bytes are an error", "[store]") {
  Batch batch{BatchId{3}, CycleNumber{9}, "store", EntityId{2}, {}, {}};
  AggregateWrite write{RecordId{5}, {std::int64_t{1}, std::string{"W5"}}, {}};
  RowChange change;
  change.record = RecordId{5};
  change.entity = EntityId{2};
  change.key = write.root_key;
  change.columns = {1, 3};
  change.given = {Null{}, std::string{"x"}, Null{}, Decimal{-25, 1}};
  write.rows.push_back(change);
  batch.writes.push_back(write);
  const std::string bytes = encode_batch(batch);
  const Batch back = decode_batch(bytes);
  CHECK(back.id == batch.id);
  CHECK(back.writes.at(0).root_key == write.root_key);
  CHECK(back.writes.at(0).rows.at(0).columns == change.columns);
  CHECK(back.writes.at(0).rows.at(0).given == change.given);
  for (std::size_t n = 0; n < bytes.size(); ++n)
    CHECK_THROWS_AS(decode_batch(bytes.substr(0, n)), CodecError);
}

TEST_CASE("what is set aside waits longer each time, and not at all once it changed", "[store]") {
  const Mapping mapping = small_mapping();
  Store store = Store::in_memory(mapping);
  store.begin();
  store.put(customer(mapping, 1), {false, true});
  const EntityId entity = mapping.find("customer")->id;
  const auto tried_in = [&](std::int64_t cycle) {
    return !store.behind(at_erp, entity, false, RecordId{}, CycleNumber{cycle}, 10).empty();
  };
  store.set_aside_write(at_erp, RecordId{1}, "too long", CycleNumber{10});
  CHECK_FALSE(tried_in(10));
  CHECK(tried_in(11));
  store.set_aside_write(at_erp, RecordId{1}, "too long", CycleNumber{11});
  CHECK_FALSE(tried_in(12));
  CHECK(tried_in(13));
  store.set_aside_write(at_erp, RecordId{1}, "too long", CycleNumber{13});
  CHECK_FALSE(tried_in(16));
  store.try_again(RecordId{1});
  CHECK(tried_in(14));
  CHECK(store.count_set_aside() == 1);
  store.clear_set_aside_write(at_erp, RecordId{1});
  CHECK(store.count_set_aside() == 0);
  store.commit();
}

}  // namespace
}  // namespace miroir::test
