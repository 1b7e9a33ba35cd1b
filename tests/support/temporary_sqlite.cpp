#include "tests/support/temporary_sqlite.hpp"

#include <sqlite3.h>
#include <stdlib.h>

#include <stdexcept>
#include <system_error>

namespace miroir::test {
namespace {

int collect_row(void* rows, int columns, char** values, char**) {
  std::string row;
  for (int i = 0; i < columns; ++i) {
    if (i > 0) row += '|';
    if (values[i] != nullptr) row += values[i];
  }
  static_cast<std::vector<std::string>*>(rows)->push_back(std::move(row));
  return SQLITE_OK;
}

}  // namespace

void SqliteUser::Close::operator()(sqlite3* database) const noexcept { sqlite3_close(database); }

SqliteUser::SqliteUser(const std::filesystem::path& file) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open(file.c_str(), &database);
  database_.reset(database);
  if (code != SQLITE_OK) throw std::runtime_error{sqlite3_errmsg(database)};
  sqlite3_busy_timeout(database, 5'000);
}

void SqliteUser::run(const std::string& script) { rows(script); }

std::vector<std::string> SqliteUser::rows(const std::string& query) {
  std::vector<std::string> rows;
  if (sqlite3_exec(database_.get(), query.c_str(), collect_row, &rows, nullptr) != SQLITE_OK) {
    throw std::runtime_error{std::string{sqlite3_errmsg(database_.get())} + ": " + query};
  }
  return rows;
}

std::string SqliteUser::value(const std::string& query) {
  const auto found = rows(query);
  if (found.size() != 1) {
    throw std::runtime_error{std::to_string(found.size()) + " rows, not one: " + query};
  }
  return found.front();
}

TemporarySqlite::TemporarySqlite(const std::string& script, SqliteMode mode) {
  std::string pattern = (std::filesystem::temp_directory_path() / "miroir-sqlite-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw std::system_error{errno, std::generic_category(), pattern};
  }
  folder_ = pattern;
  SqliteUser first = user();
  first.run(mode == SqliteMode::wal ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=DELETE");
  // An SQLite file that nothing was written to is empty; a database of no tables is still one.
  first.run("PRAGMA user_version=1");
  first.run(script);
}

TemporarySqlite::~TemporarySqlite() {
  std::error_code ignored;  // A folder that stays behind in /tmp is no reason to fail.
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace miroir::test
