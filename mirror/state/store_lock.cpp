#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "mirror/state/store.hpp"

namespace miroir {

std::optional<StoreLock> StoreLock::try_lock(const std::filesystem::path& store) {
  const std::string name = store.string() + ".lock";
  const int file = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    throw StoreError{
        fmt::format("cannot open the lock file {}: {}", name, std::strerror(errno)),
        "run miroir as the user that owns the state file (sudo -u miroir miroir ...); its folder "
        "must exist and be writable for that user"};
  }
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    ::close(file);
    return std::nullopt;
  }
  return StoreLock{file};
}

StoreLock::StoreLock(StoreLock&& other) noexcept : file_{other.file_} { other.file_ = -1; }
StoreLock::~StoreLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace miroir
