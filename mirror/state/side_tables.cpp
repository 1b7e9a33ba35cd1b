#include "mirror/state/side_tables.hpp"

#include "mirror/state/store_schema.hpp"

namespace miroir {
namespace {

constexpr int busy_wait_ms = 10'000;

}  // namespace

std::unique_ptr<SQLite::Database> open_side_tables(const std::filesystem::path& state) {
  auto db = std::make_unique<SQLite::Database>(
      state.string(), SQLite::OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, busy_wait_ms);
  if (db->execAndGet("PRAGMA application_id").getInt() != store_application_id) {
    throw StoreError{state.string() + " is not a state file of miroir",
                     "name another file as \"state\" in the configuration"};
  }
  migrate(*db);
  return db;
}

void explain(const SQLite::Exception& error, const std::string& what) {
  if (error.getErrorCode() == SQLITE_BUSY) {
    throw StoreBusy{"the state file is being written by a cycle, or by the first load",
                    "nothing was changed; say it again when that has ended"};
  }
  throw StoreError{what + " cannot be used: " + error.what(),
                   "check that the state file and its folder are writable for this user"};
}

}  // namespace miroir
