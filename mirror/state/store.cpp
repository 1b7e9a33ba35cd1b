#include "mirror/state/store.hpp"

#include <SQLiteCpp/Backup.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <random>

#include "mirror/state/store_impl.hpp"
#include "mirror/state/store_schema.hpp"

namespace miroir {
namespace {

namespace fs = std::filesystem;

std::string random_id() {
  std::random_device device;
  std::string id;
  for (int word = 0; word < 4; ++word) id += fmt::format("{:08x}", device());
  return id;
}

// SQLite would create the file with the umask's mode: what is in it is for its owner only. One that
// is there is not opened: to close it would drop the locks of this process's other connections
// (sqlite.org/howtocorrupt.html, 2.2), and another process take away the -wal file that they read.
void create_file(const fs::path& file, NoStore none) {
  if (::access(file.c_str(), R_OK | W_OK) == 0) return;
  const bool makes = errno == ENOENT && none == NoStore::made;
  const int made = makes ? ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
  if (made >= 0) return void(::close(made));
  throw StoreError{"cannot open the state file " + file.string() + ": " + std::strerror(errno),
                   "the folder must exist and be writable for the user that runs miroir"};
}

// One thread at a time uses a store: SQLite need not lock itself. Nor need it know how much memory
// it has: to count that it would lock all of it at each allocation.
constexpr int for_one_thread = SQLITE_OPEN_NOMUTEX;
[[maybe_unused]] const int counting_is_off = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);

// The pages that a cycle writes again and again go to the file once, not with every commit.
constexpr int checkpoint_pages = 32'768;

void set_pragmas(SQLite::Database& database) {
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  database.exec(fmt::format("PRAGMA wal_autocheckpoint = {}", checkpoint_pages));
  database.exec("PRAGMA cache_size = -8192; PRAGMA temp_store = FILE");
}

// SQLite itself notices only that whole pages are missing at the end. Whoever was killed while it
// brought the log in may have left half a page there: the log still has the whole, as a journal
// that is rolled back has what was there before.
void require_whole_pages(SQLite::Database& database, const fs::path& file) {
  for (const char* log : {"-wal", "-journal"}) {
    std::error_code absent;
    if (const auto size = fs::file_size(file.string() + log, absent); !absent && size > 0) return;
  }
  std::error_code none;  // A store in memory has no file.
  const auto size = fs::file_size(file, none);
  if (none ||
      size % static_cast<std::uintmax_t>(database.execAndGet("PRAGMA page_size").getInt64()) == 0)
    return;
  throw damaged(fmt::format("{} ends within a page", file.string()));
}

void claim_as_store(SQLite::Database& database, const std::string& name, bool may_write) {
  require_whole_pages(database, name);
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  const int application = database.execAndGet("PRAGMA application_id").getInt();
  const bool fresh = database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
  if (!fresh && application != store_application_id) {
    throw StoreError{fmt::format("{} is not a state file of miroir", name),
                     "name another file as \"state\" in the configuration"};
  }
  if (version > static_cast<int>(migrations().size())) {
    throw StoreError{
        fmt::format(
            "the state file {} was written by a newer miroir (schema {}, this one knows {})", name,
            version, migrations().size()),
        "install that version of miroir again, or a later one"};
  }
  if (fresh && !may_write) {
    throw StoreError{fmt::format("the state file {} is empty", name),
                     "if a seed was stopped at once: run `miroir seed` again; if it held a state "
                     "before: put a backup back (deploy/restore)"};
  }
  if (fresh) database.exec(fmt::format("PRAGMA application_id = {}", store_application_id));
}

// Whoever was killed has left its last changes beside the file, and whoever closes it last takes
// away what a reader has just begun to use (an I/O error): then a reader must be able to write.
std::unique_ptr<SQLite::Database> open_for_reading(const fs::path& file) {
  try {
    auto database = std::make_unique<SQLite::Database>(
        file.string(), SQLite::OPEN_READONLY | for_one_thread, 5'000);
    database->execAndGet("PRAGMA user_version");
    return database;
  } catch (const SQLite::Exception& error) {
    if (error.getErrorCode() != SQLITE_READONLY && error.getErrorCode() != SQLITE_IOERR) throw;
  }
  auto database = std::make_unique<SQLite::Database>(
      file.string(), SQLite::OPEN_READWRITE | for_one_thread, 5'000);
  database->exec("PRAGMA query_only = ON");
  return database;
}

constexpr auto what_to_check =
    "check that the file and its folder are writable and the disk is not full";
constexpr auto what_to_restore =
    "put a backup back (deploy/restore); if there is none, move the file away, and its -wal and "
    "-shm "
    "with it, and run `miroir seed`, which says how to make a new one from the two databases";

bool is_damage(int code) { return code == SQLITE_CORRUPT || code == SQLITE_NOTADB; }

[[noreturn]] void explain(const SQLite::Exception& error, const fs::path& file) {
  if (is_damage(error.getErrorCode()))
    throw StoreError{fmt::format("the state file {} is damaged, or none of miroir's: {}",
                                 file.string(), error.what()),
                     what_to_restore};
  throw StoreError{fmt::format("the state file {} cannot be used: {}", file.string(), error.what()),
                   what_to_check};
}

}  // namespace

std::optional<StoreError> failure_of_file(const std::exception& error) {
  if (dynamic_cast<const CodecError*>(&error) != nullptr) return damaged(error.what());
  const auto* failure = dynamic_cast<const SQLite::Exception*>(&error);
  if (failure == nullptr) return std::nullopt;
  switch (failure->getErrorCode()) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damaged(failure->what());
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
      return StoreError{
          fmt::format("the state file cannot be used any more: {}", failure->what()),
          std::string{what_to_check} + "; the next cycle goes on where this one ended"};
    default:
      return std::nullopt;
  }
}

StoreError damaged(const std::string& what) {
  return {"the state file is damaged: " + what, what_to_restore};
}

Store::Store(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Store::Store(Store&&) noexcept = default;
Store::~Store() = default;

std::optional<std::string> Store::Impl::meta(const std::string& name) {
  auto& statement = prepare("SELECT value FROM meta WHERE name = ?");
  statement.bind(1, name);
  if (!statement.executeStep()) return std::nullopt;
  std::string value = statement.getColumn(0).getString();
  statement.reset();
  return value;
}

void Store::Impl::set_meta(const std::string& name, const std::string& value) {
  for (const char* sql : {"UPDATE meta SET value = ?2 WHERE name = ?1",
                          "INSERT INTO meta (name, value) VALUES (?1, ?2)"}) {
    auto& statement = prepare(sql);
    statement.bind(1, name);
    statement.bind(2, value);
    const bool was_there = statement.exec() == 1;
    statement.reset();
    if (was_there) return;
  }
}

namespace {

// A store belongs to one mapping at a time: heads and shadows have no meaning under another. One
// that was made before mappings were kept takes its own over as soon as it is seen.
template <class Impl>
void check_mapping(Impl& impl, const Mapping& mapping, const std::string& name, bool may_write) {
  const auto known = impl.meta("mapping");
  if (!known && may_write) {
    // All or nothing: sites cannot be claimed by a store that has no name.
    SQLite::Transaction transaction{*impl.db};
    impl.set_meta("mapping", mapping.fingerprint);
    impl.set_meta("store", random_id());
    impl.keep_mapping_text(CycleNumber{0});
    transaction.commit();
  } else if (known != mapping.fingerprint) {
    throw StoreError{fmt::format("the state file {} was made with another mapping", name),
                     "`miroir plan` shows what has changed, and how to go on"};
  } else if (may_write && impl.db->execAndGet("SELECT count(*) FROM mapping").getInt() == 0) {
    impl.keep_mapping_text(CycleNumber{0});
  }
}

}  // namespace

Store Store::open(const fs::path& file, const Mapping& mapping, NoStore none) {
  create_file(file, none);
  try {
    auto database = std::make_unique<SQLite::Database>(
        file.string(), SQLite::OPEN_READWRITE | for_one_thread, 5'000);
    claim_as_store(*database, file.string(), none == NoStore::made);
    set_pragmas(*database);
    migrate(*database);
    auto impl = std::make_unique<Impl>(std::move(database), mapping);
    check_mapping(*impl, mapping, file.string(), true);
    return Store{std::move(impl)};
  } catch (const SQLite::Exception& error) {
    explain(error, file);
  }
}

Store Store::open_read_only(const fs::path& file, const Mapping& mapping) {
  try {
    auto database = open_for_reading(file);
    claim_as_store(*database, file.string(), false);
    // A reader does not migrate: what an older version has left is read from a copy that is.
    const int version = database->execAndGet("PRAGMA user_version").getInt();
    if (version < static_cast<int>(migrations().size())) return copy_of(file, mapping);
    auto impl = std::make_unique<Impl>(std::move(database), mapping);
    check_mapping(*impl, mapping, file.string(), false);
    return Store{std::move(impl)};
  } catch (const SQLite::Exception& error) {
    explain(error, file);
  }
}

namespace {

std::unique_ptr<SQLite::Database> empty_in_memory() {
  auto database = std::make_unique<SQLite::Database>(
      ":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | for_one_thread);
  // There is little in it, and what a transaction changes is copied by pages.
  database->exec("PRAGMA page_size = 1024");
  return database;
}

// Who needs one store in memory needs thousands: the tables are made once.
std::unique_ptr<SQLite::Database> migrated_in_memory() {
  static const auto first = [] {
    auto database = empty_in_memory();
    claim_as_store(*database, ":memory:", true);
    migrate(*database);
    return database;
  }();
  static std::mutex for_the_first;
  auto database = empty_in_memory();
  const std::lock_guard lock{for_the_first};
  SQLite::Backup{*database, *first}.executeStep(-1);
  return database;
}

}  // namespace

Store Store::in_memory(const Mapping& mapping) {
  auto database = migrated_in_memory();
  auto impl = std::make_unique<Impl>(std::move(database), mapping);
  impl->is_in_memory = true;
  check_mapping(*impl, mapping, ":memory:", true);
  return Store{std::move(impl)};
}

Store Store::scratch(const Mapping& mapping) {
  // The empty name is a file of SQLite's own that vanishes when it is closed.
  auto database = std::make_unique<SQLite::Database>(
      "", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | for_one_thread);
  claim_as_store(*database, "", true);
  migrate(*database);
  auto impl = std::make_unique<Impl>(std::move(database), mapping);
  check_mapping(*impl, mapping, "", true);
  return Store{std::move(impl)};
}

Store Store::copy_of(const fs::path& file, const Mapping& mapping) {
  try {
    const auto original = open_for_reading(file);
    // A large store needs no memory: see scratch().
    auto copy = std::make_unique<SQLite::Database>(
        "", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | for_one_thread);
    SQLite::Backup backup{*copy, *original};
    backup.executeStep(-1);
    claim_as_store(*copy, file.string(), true);
    migrate(*copy);
    auto impl = std::make_unique<Impl>(std::move(copy), mapping);
    check_mapping(*impl, mapping, file.string(), true);
    return Store{std::move(impl)};
  } catch (const SQLite::Exception& error) {
    explain(error, file);
  }
}

std::optional<Store::MadeWith> Store::made_with(const fs::path& file) {
  try {
    auto database = open_for_reading(file);
    if (!database->tableExists("meta")) return std::nullopt;
    claim_as_store(*database, file.string(), false);
    static const Mapping none;
    Impl impl{std::move(database), none};
    const auto fingerprint = impl.meta("mapping");
    if (!fingerprint) return std::nullopt;
    MadeWith made{.fingerprint = *fingerprint,
                  .text = {},
                  .catalog = {impl.meta("catalog 0"), impl.meta("catalog 1")},
                  .seeded = impl.meta("seeded").has_value()};
    if (!impl.db->tableExists("mapping")) return made;
    auto& kept = impl.prepare("SELECT text FROM mapping ORDER BY version DESC LIMIT 1");
    if (kept.executeStep()) made.text = kept.getColumn(0).getString();
    return made;
  } catch (const SQLite::Exception& error) {
    explain(error, file);
  }
}

std::vector<std::string> Store::earlier_mappings(const fs::path& file) {
  std::vector<std::string> texts;
  try {
    const auto database = open_for_reading(file);
    if (!database->tableExists("mapping")) return texts;
    SQLite::Statement earlier{*database,
                              "SELECT text FROM mapping WHERE version < (SELECT max(version) FROM "
                              "mapping) ORDER BY version"};
    while (earlier.executeStep()) texts.push_back(earlier.getColumn(0).getString());
    return texts;
  } catch (const SQLite::Exception& error) {
    explain(error, file);
  }
}

// In WAL mode `synchronous` decides whether a commit waits for the disk; what it syncs is the log
// up to there, earlier commits included.
void Store::Impl::wait_for_disk(bool wait) {
  if (wait == waits_for_disk || is_in_memory) return;
  db->exec(wait ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  waits_for_disk = wait;
}

void Store::begin(Durability durability) {
  impl_->wait_for_disk(durability == Durability::synced);
  try {
    impl_->run("BEGIN IMMEDIATE");
  } catch (...) {
    impl_->wait_for_disk(true);  // For what is written without a transaction.
    throw;
  }
}

void Store::commit() {
  impl_->run("COMMIT");
  impl_->mapping_before = nullptr;
  impl_->wait_for_disk(true);
}

void Store::rollback() noexcept {
  impl_->db->tryExec("ROLLBACK");
  impl_->remembered.clear();
  impl_->watched.reset();
  impl_->absent = {};
  impl_->highest_record.reset();
  if (impl_->mapping_before != nullptr) std::swap(impl_->mapping, impl_->mapping_before);
  impl_->mapping_before = nullptr;
  if (!impl_->waits_for_disk) {
    impl_->waits_for_disk = impl_->db->tryExec("PRAGMA synchronous = FULL") == SQLITE_OK;
  }
}

Store::Reading::Reading(const Store& store)
    : store_{store}, is_ours_{sqlite3_get_autocommit(store.impl_->db->getHandle()) != 0} {
  if (is_ours_) store_.impl_->run("BEGIN");
}

Store::Reading::~Reading() {
  if (!is_ours_) return;
  try {
    store_.impl_->run("COMMIT");
  } catch (const SQLite::Exception&) {
    // Nothing was written.
  }
}

}  // namespace miroir
