// mapping.schema.json, as it was when the program was built: what a mapping file is checked
// against.
#pragma once

#include <string_view>

namespace miroir {

extern const std::string_view mapping_schema;

}  // namespace miroir
