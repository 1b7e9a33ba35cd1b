// How often somebody may try to guess a password: for one name a few times in five minutes, for all
// names together some more. In memory: who restarts the server may try again. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace miroir {

class SignInLimit {
 public:
  static constexpr std::size_t for_one_name = 5;
  static constexpr std::size_t for_all = 50;
  static constexpr std::int64_t window_seconds = 300;

  // Whether one more may be tried now; an attempt counts as soon as it is begun.
  bool try_begin(const std::string& name, std::int64_t now);
  void succeeded(const std::string& name);

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<std::int64_t>> attempts_;  // By name in lower case.
};

}  // namespace miroir
