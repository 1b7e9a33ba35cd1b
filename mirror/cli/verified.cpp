#include "mirror/cli/verified.hpp"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

namespace miroir {

void note_verified(const Context& context, const Verified& verified) {
  try {
    Store store =
        Store::open(context.setting.config.state, context.setting.mapping, NoStore::refused);
    store.note_comparison(to_json(verified).dump());
  } catch (const std::exception& error) {
    spdlog::warn("the status page will not know what was found here: {}", error.what());
  }
}

std::optional<Verified> last_verified(const Store& store) {
  const auto noted = store.last_comparison();
  if (!noted) return std::nullopt;
  const auto json = nlohmann::json::parse(*noted, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  Verified verified{.time = json.value("time", ""),
                    .equal = json.value("equal", std::size_t{0}),
                    .drifted = json.value("drifted", std::size_t{0}),
                    .missing = json.value("missing", std::size_t{0}),
                    .sample = {}};
  if (const auto sample = json.find("sample"); sample != json.end() && sample->is_number_unsigned())
    verified.sample = sample->get<std::size_t>();
  return verified;
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
