// The defects that can be planted, by name; see mirror/planted.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mirror/planted.hpp"

namespace miroir::storm {

struct PlantedBug {
  Bug bug;
  std::string_view name, what;
};
const std::vector<PlantedBug>& planted_bugs();

}  // namespace miroir::storm
