#include "mirror/status/context_now.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>

namespace miroir {
namespace {

std::string stamp_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return "-";
  return fmt::format("{}:{}.{}.{}/{}", status.st_ino, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                     status.st_ctim.tv_nsec, status.st_size);
}

}  // namespace

ContextNow::ContextNow(const Context& started)
    : started_{started}, known_{std::make_shared<const Known>(Known{.context = started})} {}

std::shared_ptr<const ContextNow::Known> ContextNow::get() {
  const Config& config = started_.setting.config;
  const std::scoped_lock lock{mutex_};
  // Before reading: what changes meanwhile is read again.
  std::string stamp = stamp_of(config.file) + " " + stamp_of(config.mapping);
  if (stamp == stamp_) return known_;
  Known known = *known_;
  read(known);
  ++known.reading;
  known_ = std::make_shared<const Known>(std::move(known));
  stamp_ = std::move(stamp);
  return known_;
}

void ContextNow::read(Known& known) const {
  const Config& config = started_.setting.config;
  try {
    Setting now = read_setting(config.file, Login::nobody);
    known.mistake.clear();
    // Another pair: that takes a restart.
    if (now.config.mapping != config.mapping || now.config.state != config.state) return;
    known.context.setting.mapping = std::move(now.mapping);
    // Until a change is confirmed, the state file calls its fields as before.
    known.context.setting.config.serve.personal.merge(now.config.serve.personal);
  } catch (const std::exception& error) {
    known.mistake = error.what();
  }
}

}  // namespace miroir
