#include "tests/turmoil/disk.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace miroir::turmoil {

void Disk::fill() {
  full_ = true;
  ++fills_;
  if (!own_) return;
  const int file = ::open(ballast().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  static constexpr std::array<char, 65'536> block{};
  for (std::size_t size = block.size(); size > 0; size /= 2) {
    while (::write(file, block.data(), size) > 0) {
    }
  }
  ::close(file);
}

void Disk::empty() {
  if (own_) std::filesystem::remove(ballast());
  full_ = false;
}

std::vector<std::string> Disk::starter() const {
  if (own_ || !full_) return {};
  return {"/bin/sh", "-c", R"(trap '' XFSZ; ulimit -f 16; exec "$0" "$@")"};
}

}  // namespace miroir::turmoil
