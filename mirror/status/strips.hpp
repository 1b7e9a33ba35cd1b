// The line that stands over every page: how things stand. Asking for it costs a look at the store
// and back through the day's cycles, so it is made once for each pulse and language, however many
// pages show it. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

namespace miroir {

class Strips {
 public:
  // Kept, or made; `make` may throw.
  nlohmann::json get(const std::string& language, std::uint64_t pulse,
                     const std::function<nlohmann::json()>& make);

 private:
  struct Made {
    std::uint64_t pulse = 0;
    nlohmann::json strip;
  };
  std::mutex mutex_;
  std::map<std::string, Made> made_;  // By language; guarded by mutex_.
};

}  // namespace miroir
