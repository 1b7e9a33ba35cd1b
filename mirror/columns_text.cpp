#include "mirror/columns_text.hpp"

#include <nlohmann/json.hpp>

namespace miroir {

using nlohmann::json;

std::string columns_to_text(const std::map<std::string, std::string>& types) {
  return json(types).dump();
}

std::optional<std::map<std::string, std::string>> columns_from_text(const std::string& text) try {
  return json::parse(text).get<std::map<std::string, std::string>>();
} catch (const json::exception&) {
  return std::nullopt;
}

}  // namespace miroir
