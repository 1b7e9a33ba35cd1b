#include "tests/support/failing_vfs.hpp"

#include <sqlite3.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <new>
#include <stdexcept>

namespace miroir::test {
namespace {

using Operation = FailingVfs::Operation;

FailingVfs* disk = nullptr;    // The one that lives.
sqlite3_vfs* below = nullptr;  // What it wraps.

// What SQLite makes room for: ours, and behind it that of the wrapped file system.
struct File {
  sqlite3_file base;
  std::string* name;  // Null: a temporary one. Owned: made by open, gone with close.

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) { return of(file).real(); }

int close(sqlite3_file* file) {
  const std::unique_ptr<std::string> name{of(file).name};
  return real(file)->pMethods->xClose(real(file));
}

int read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset) {
  if (const int code = disk->next(Operation::read, false)) return code;
  return real(file)->pMethods->xRead(real(file), bytes, size, offset);
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  const int code = disk->next(Operation::write, true);
  if (code != SQLITE_OK && !disk->is_torn()) return code;
  const int part = code == SQLITE_OK ? size : size / 2;
  const int done = real(file)->pMethods->xWrite(real(file), bytes, part, offset);
  if (done == SQLITE_OK && of(file).name != nullptr)
    disk->note_written(*of(file).name,
                       {static_cast<const char*>(bytes), static_cast<std::size_t>(part)}, offset);
  return code == SQLITE_OK ? done : code;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (const int code = disk->next(Operation::truncate, true)) return code;
  if (of(file).name != nullptr) disk->note_truncated(*of(file).name, size);
  return real(file)->pMethods->xTruncate(real(file), size);
}

// What counts as synced is known here: to wait for the real disk would tell nothing more.
int sync(sqlite3_file* file, int) {
  if (const int code = disk->next(Operation::sync, true)) return code;
  if (of(file).name != nullptr) disk->note_synced(*of(file).name);
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}

int lock(sqlite3_file* file, int level) {
  if (const int code = disk->next(Operation::lock, false)) return code;
  return real(file)->pMethods->xLock(real(file), level);
}

int unlock(sqlite3_file* file, int level) {
  return real(file)->pMethods->xUnlock(real(file), level);
}

int is_reserved(sqlite3_file* file, int* answer) {
  return real(file)->pMethods->xCheckReservedLock(real(file), answer);
}

int control(sqlite3_file* file, int what, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), what, argument);
}

int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }

int characteristics(sqlite3_file* file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** memory) {
  if (const int code = disk->next(Operation::share, extend != 0)) return code;
  return real(file)->pMethods->xShmMap(real(file), region, size, extend, memory);
}

int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  if ((flags & SQLITE_SHM_LOCK) != 0) {
    if (const int code = disk->next(Operation::lock, false)) return code;
  }
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

void barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }

int unmap_shared(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

constexpr sqlite3_io_methods methods{2,
                                     close,
                                     read,
                                     write,
                                     truncate,
                                     sync,
                                     file_size,
                                     lock,
                                     unlock,
                                     is_reserved,
                                     control,
                                     sector_size,
                                     characteristics,
                                     map_shared,
                                     lock_shared,
                                     barrier,
                                     unmap_shared,
                                     nullptr,
                                     nullptr};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* granted) {
  file->pMethods = nullptr;
  const bool lasts = name != nullptr && (flags & SQLITE_OPEN_DELETEONCLOSE) == 0;
  if (const int code = disk->next(Operation::open, (flags & SQLITE_OPEN_READWRITE) != 0))
    return code;
  const int code = below->xOpen(below, name, real(file), flags, granted);
  if (code != SQLITE_OK) return code;
  of(file).name = lasts ? new std::string{name} : nullptr;
  if (lasts) disk->note_open(name);
  file->pMethods = &methods;
  return SQLITE_OK;
}

int remove_file(sqlite3_vfs*, const char* name, int synced) {
  if (const int code = disk->next(Operation::remove, true)) return code;
  disk->note_removed(name);
  return below->xDelete(below, name, synced);
}

std::string contents(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

int code_of(FailingVfs::Failure failure, Operation operation) {
  if (failure == FailingVfs::Failure::full) return SQLITE_FULL;
  if (failure == FailingVfs::Failure::read_only)
    return operation == Operation::open || operation == Operation::share ? SQLITE_CANTOPEN
                                                                         : SQLITE_READONLY;
  switch (operation) {
    case Operation::open:
      return SQLITE_CANTOPEN;
    case Operation::remove:
      return SQLITE_IOERR_DELETE;
    case Operation::read:
      return SQLITE_IOERR_READ;
    case Operation::write:
      return SQLITE_IOERR_WRITE;
    case Operation::truncate:
      return SQLITE_IOERR_TRUNCATE;
    case Operation::sync:
      return SQLITE_IOERR_FSYNC;
    case Operation::lock:
      return SQLITE_IOERR_LOCK;
    case Operation::share:
      return SQLITE_IOERR_SHMMAP;
  }
  throw std::logic_error{"unknown operation"};
}

}  // namespace

FailingVfs::FailingVfs() : before_{sqlite3_vfs_find(nullptr)} {
  static sqlite3_vfs ours;
  below = before_;
  ours = *below;
  ours.zName = "failing";
  ours.szOsFile = static_cast<int>(sizeof(File)) + below->szOsFile;
  ours.xOpen = open;
  ours.xDelete = remove_file;
  disk = this;
  sqlite3_vfs_register(&ours, 1);
}

FailingVfs::~FailingVfs() {
  sqlite3_vfs_unregister(sqlite3_vfs_find("failing"));
  sqlite3_vfs_register(before_, 1);
  disk = nullptr;
}

void FailingVfs::fail(Failure failure, std::size_t n, Lasting lasting) {
  failure_ = failure;
  lasting_ = failure == Failure::power_cut ? Lasting::for_good : lasting;
  left_ = n;
  armed_ = true;
  failed_ = false;
}

void FailingVfs::mend() {
  armed_ = failed_ = false;
  disk_.clear();
}

bool FailingVfs::hits(Operation operation, bool changes) const {
  switch (failure_) {
    case Failure::io_error:
      return true;
    case Failure::full:
      return operation == Operation::write;
    case Failure::read_only:
    case Failure::power_cut:
      return changes || operation == Operation::sync;
    case Failure::torn:
      return operation == Operation::write;
  }
  throw std::logic_error{"unknown failure"};
}

// Once the power is cut nobody is there to see how anything ends: whatever is tried then fails.
int FailingVfs::next(Operation operation, bool changes) {
  if (!armed_) return SQLITE_OK;
  if (failed_ && failure_ == Failure::power_cut) return code_of(Failure::io_error, operation);
  if (!hits(operation, changes) || (failed_ && lasting_ == Lasting::once)) return SQLITE_OK;
  if (!failed_ && left_-- > 0) return SQLITE_OK;
  if (!failed_) failed_at_ = operation;
  failed_ = true;
  return code_of(failure_, operation);
}

void FailingVfs::note_open(const std::string& file) {
  if (!disk_.contains(file)) disk_[file].synced = contents(file);
}
void FailingVfs::note_removed(const std::string& file) { disk_.erase(file); }
void FailingVfs::note_written(const std::string& file, std::string_view bytes,
                              std::int64_t offset) {
  disk_[file].since.push_back({offset, std::string{bytes}});
}
void FailingVfs::note_truncated(const std::string& file, std::int64_t size) {
  disk_[file].since.push_back({size, {}, true});
}
void FailingVfs::note_synced(const std::string& file) {
  OnDisk& on_disk = disk_[file];
  for (const Change& change : on_disk.since) apply(change, on_disk.synced);
  on_disk.since.clear();
}

void FailingVfs::apply(const Change& change, std::string& content) {
  const auto at = static_cast<std::size_t>(change.offset);
  if (change.cuts) return content.resize(std::min(at, content.size()));
  if (content.size() < at + change.bytes.size()) content.resize(at + change.bytes.size());
  content.replace(at, change.bytes.size(), change.bytes);
}

// Of some: every second change, and half of each third one.
void FailingVfs::put_disk_back(Kept kept) {
  for (auto& [file, on_disk] : disk_) {
    for (std::size_t n = 0; n < on_disk.since.size() && kept != Kept::nothing; ++n) {
      Change& change = on_disk.since[n];
      if (kept == Kept::some && n % 2 == 1) continue;
      if (kept == Kept::some && n % 3 == 0) change.bytes.resize(change.bytes.size() / 2);
      apply(change, on_disk.synced);
    }
    std::ofstream out{file, std::ios::binary | std::ios::trunc};
    out << on_disk.synced;
    if (!out.flush()) throw std::runtime_error{"cannot write " + file};
    std::filesystem::remove(file + "-shm");
  }
  mend();
}

}  // namespace miroir::test
