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
  return noted ? verified_from_text(*noted) : std::nullopt;
}

}  // namespace miroir
