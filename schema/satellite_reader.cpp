// What a mapping says about tables that share an entity's rows: "satellites" of a table.
#include "schema/mapping_reader.hpp"

namespace miroir {

using nlohmann::json;

std::vector<std::pair<std::string, Value>> read_values(const json& object) {
  std::vector<std::pair<std::string, Value>> out;
  if (!object.is_object()) return out;
  for (const auto& [column, value] : object.items()) {
    if (const std::optional<Value> read = read_scalar(value)) out.emplace_back(column, *read);
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> read_pairs(const json& object) {
  std::vector<std::pair<std::string, std::string>> out;
  if (!object.is_object()) return out;
  for (const auto& [column, held] : object.items()) {
    if (held.is_string()) out.emplace_back(column, held.get<std::string>());
  }
  return out;
}

std::vector<SatelliteDraft> read_satellites(const json& satellites, const std::string& pointer) {
  std::vector<SatelliteDraft> out;
  if (!satellites.is_object()) return out;
  for (const auto& entry : satellites.items()) {
    const json& satellite = entry.value();
    const auto at = [&](const char* word) {
      return satellite.is_object() ? satellite.value(word, json{}) : json{};
    };
    const auto text = [&](const char* word) {
      return at(word).is_string() ? at(word).get<std::string>() : std::string{};
    };
    out.push_back({.pointer = member(pointer, entry.key()),
                   .name = entry.key(),
                   .schema = text("schema"),
                   .table = text("table"),
                   .key = read_pairs(at("key")),
                   .where = read_values(at("where")),
                   .on_insert = read_values(at("on_insert")),
                   .required = at("required").is_boolean() && at("required").get<bool>()});
  }
  return out;
}

}  // namespace miroir
