// What people were told of, so that they are told once: a table of the state file, which no cycle
// reads and which knows nothing of the mapping.
//
// Opens a connection of its own; one thread at a time. What is written waits for a running cycle's
// transactions (StoreBusy after ten seconds).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace SQLite {
class Database;
}

namespace miroir {

struct Notice {
  std::string event;               // "waiting", "away:erp", "brake", "stopped"
  std::string way;                 // "command", "webhook", "email"
  std::vector<std::string> items;  // What of it was told.
};

class Notices {
 public:
  // Brings an older file's tables up to date. Throws StoreError for what is no state file.
  explicit Notices(const std::filesystem::path& state);
  ~Notices();

  std::optional<Notice> find(const std::string& event, const std::string& way) const;
  void keep(const Notice& notice, const std::string& told);  // Instead of the one before.
  void forget(const std::string& event, const std::string& way);

 private:
  std::unique_ptr<SQLite::Database> db_;
};

}  // namespace miroir
