// Lenses with what a mapping says beyond type, blank, sizes and losses: units, zones, code pages,
// tables of texts and codes, case and blanks that make no difference.
#pragma once

#include <string>
#include <vector>

#include "schema/lens.hpp"

namespace miroir::testing {

std::vector<Lens> special_lenses();
std::string special_parts(const Lens& lens);  // What of these it has, for a test's name.

}  // namespace miroir::testing
