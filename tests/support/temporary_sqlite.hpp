// An SQLite file of a test's own, in a folder that goes with it, and a user of that file: another
// connection, by SQLite's own library, that runs whatever SQL a test wants. Throws
// std::runtime_error with SQLite's message.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

struct sqlite3;

namespace miroir::test {

class SqliteUser {
 public:
  explicit SqliteUser(const std::filesystem::path& file);
  void run(const std::string& script);
  // Every row's values, joined by '|' as the sqlite3 program does; NULL is "".
  std::vector<std::string> rows(const std::string& query);
  std::string value(const std::string& query);  // Of the only row.

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };
  std::unique_ptr<sqlite3, Close> database_;
};

enum class SqliteMode { wal, rollback_journal };

class TemporarySqlite {
 public:
  explicit TemporarySqlite(const std::string& script = {}, SqliteMode mode = SqliteMode::wal);
  ~TemporarySqlite();
  TemporarySqlite(const TemporarySqlite&) = delete;
  TemporarySqlite& operator=(const TemporarySqlite&) = delete;

  std::filesystem::path folder() const { return folder_; }
  std::filesystem::path file() const { return folder_ / "test.db"; }
  std::string connection_string() const { return "Driver=SQLite3;Database=" + file().string(); }
  SqliteUser user() const { return SqliteUser{file()}; }

 private:
  std::filesystem::path folder_;
};

}  // namespace miroir::test
