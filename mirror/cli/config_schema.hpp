// The published JSON Schema of the configuration file, config.schema.json, as built into the
// program.
#pragma once

#include <string_view>

namespace miroir {

std::string_view config_schema();

}  // namespace miroir
