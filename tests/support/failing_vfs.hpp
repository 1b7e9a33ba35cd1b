// A disk that fails: the default file system of SQLite, on which something goes wrong at a chosen
// operation.
//
// While one lives, every database that this process opens lies on it. It knows what has been synced,
// so that it can also put the files back to what a power cut would have left of them. One at a time,
// used by one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3_vfs;

namespace miroir::test {

class FailingVfs {
 public:
  enum class Operation : std::uint8_t { open, remove, read, write, truncate, sync, lock, share };
  enum class Failure : std::uint8_t {
    io_error,   // Of any operation: SQLITE_IOERR_..., of opening SQLITE_CANTOPEN.
    full,       // Of what needs room: SQLITE_FULL.
    read_only,  // Of what changes a file: SQLITE_READONLY, of opening one to write SQLITE_CANTOPEN.
    torn,       // Of a write: its first half is written, then SQLITE_IOERR_WRITE.
    power_cut,  // Of what changes a file: nothing comes to the disk any more.
  };
  enum class Lasting : std::uint8_t { once, for_good };
  // Of what was written and not synced when the power was cut.
  enum class Kept : std::uint8_t { nothing, all, some };

  FailingVfs();
  ~FailingVfs();
  FailingVfs(const FailingVfs&) = delete;
  FailingVfs& operator=(const FailingVfs&) = delete;

  // At the n-th operation from now on, counted from 0, of those that the failure can hit. A power cut
  // is always for good.
  void fail(Failure failure, std::size_t n, Lasting lasting);
  bool has_failed() const { return failed_; }
  Operation failed_operation() const { return failed_at_; }
  void mend();  // Nothing fails from now on, and what was written by now is on the disk.

  // After a power cut, when nobody has the files open any more.
  void put_disk_back(Kept kept);

  // What the wrapped file system asks for each operation: SQLITE_OK, or what it ends with.
  int next(Operation operation, bool changes);
  bool is_torn() const { return failed_ && failure_ == Failure::torn; }
  void note_open(const std::string& file);
  void note_removed(const std::string& file);
  void note_written(const std::string& file, std::string_view bytes, std::int64_t offset);
  void note_truncated(const std::string& file, std::int64_t size);
  void note_synced(const std::string& file);

 private:
  struct Change {
    std::int64_t offset = 0;
    std::string bytes;
    bool cuts = false;  // It ends the file at the offset instead.
  };
  struct OnDisk {
    std::string synced;
    std::vector<Change> since;
  };
  bool hits(Operation operation, bool changes) const;
  static void apply(const Change& change, std::string& content);

  sqlite3_vfs* before_;
  std::map<std::string, OnDisk> disk_;
  bool armed_ = false, failed_ = false;
  Failure failure_ = Failure::io_error;
  Lasting lasting_ = Lasting::once;
  Operation failed_at_ = Operation::open;
  std::size_t left_ = 0;
};

}  // namespace miroir::test
