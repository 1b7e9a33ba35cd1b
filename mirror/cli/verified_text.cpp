#include <nlohmann/json.hpp>

#include "mirror/cli/verified.hpp"

namespace miroir {

std::optional<Verified> verified_from_text(const std::string& text) try {
  const auto json = nlohmann::json::parse(text);
  Verified verified{.time = json.at("time"),
                    .equal = json.at("equal"),
                    .drifted = json.at("drifted"),
                    .missing = json.at("missing"),
                    .sample = {}};
  if (!json.at("sample").is_null()) verified.sample = json.at("sample").get<std::size_t>();
  return verified;
} catch (const nlohmann::json::exception&) {
  return std::nullopt;
}

nlohmann::ordered_json to_json(const Verified& verified) {
  nlohmann::ordered_json json{{"time", verified.time},
                              {"equal", verified.equal},
                              {"drifted", verified.drifted},
                              {"missing", verified.missing},
                              {"sample", nullptr}};
  if (verified.sample) json["sample"] = *verified.sample;
  return json;
}

}  // namespace miroir
