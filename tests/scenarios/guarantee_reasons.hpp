// Why something is set aside, as people are told.
#pragma once

#include "tests/scenarios/guarantee_pairs.hpp"

namespace miroir::test {

inline nlohmann::json listed_set_aside(const Pair& pair) {
  return nlohmann::json::parse(pair.verb({"held", "list", "--json"}).out).at("set_aside");
}

// What is set aside, as `held list` has it: each of these is in the reason of one of them.
inline void check_reasons(const Pair& pair, std::vector<std::string> parts) {
  const nlohmann::json listed = listed_set_aside(pair);
  CAPTURE(listed.dump(1), parts);
  CHECK(listed.size() == parts.size());
  for (const auto& item : listed) {
    std::erase_if(parts, [&](const std::string& part) {
      return item.at("reason").get<std::string>().find(part) != std::string::npos;
    });
  }
  CHECK(parts.empty());
}

}  // namespace miroir::test
