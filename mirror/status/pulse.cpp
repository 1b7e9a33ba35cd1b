#include "mirror/status/pulse.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

namespace miroir {
namespace {

// SQLite writes what is new beside the file first.
std::string stamp(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return "-";
  return fmt::format("{}.{}/{}", status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size);
}

}  // namespace

void Pulse::beat(const std::filesystem::path& state, const std::string& shown) {
  std::string now = stamp(state.string()) + " " + stamp(state.string() + "-wal") + " " + shown;
  if (now == before_) return;
  before_ = std::move(now);
  ++count_;
}

std::string Listener::next() {
  const std::uint64_t now = pulse_.count();
  if (now == told_) return {};
  told_ = now;
  return fmt::format("event: pulse\ndata: {}\n\n", now);
}

}  // namespace miroir
