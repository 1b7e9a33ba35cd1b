// A database server that is running, and that can be ended and started again just as it was. It was
// started by deploy/servers.sh, which also stops it in the end, by the file in which it writes its
// pid.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace miroir::turmoil {

class Server {
 public:
  // `answers` tries to connect. Throws std::runtime_error if no such process is running.
  Server(std::filesystem::path pid_file, std::filesystem::path log, std::function<bool()> answers);

  // Returns when it answers again; throws std::runtime_error if it does not in a minute.
  void restart(int signal);

  bool runs() const { return pid() != 0; }

 private:
  pid_t pid() const;  // 0: none is running.
  void start() const;

  std::filesystem::path pid_file_, log_;
  std::function<bool()> answers_;
  std::vector<std::string> command_;
};

}  // namespace miroir::turmoil
