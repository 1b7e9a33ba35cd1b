// The disk that miroir's state is on, filled up. It is a small one of its own, or, where none can
// be mounted, miroir may not write beyond the beginning of any file while it is "full".
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

namespace miroir::turmoil {

class Disk {
 public:
  // `own`: the folder is a disk of its own, that nobody else writes to.
  Disk(std::filesystem::path folder, bool own) : folder_{std::move(folder)}, own_{own} {}

  void fill();
  void empty();
  bool is_full() const { return full_; }
  std::size_t fills() const { return fills_; }  // So far.
  const std::filesystem::path& folder() const { return folder_; }
  // The command that a program must be started by to find the disk full.
  std::vector<std::string> starter() const;

 private:
  std::filesystem::path ballast() const { return folder_ / "ballast"; }

  std::filesystem::path folder_;
  bool own_;
  std::atomic<bool> full_ = false;
  std::atomic<std::size_t> fills_ = 0;
};

}  // namespace miroir::turmoil
