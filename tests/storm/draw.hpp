// Draws the schedule of a seed: what people do and what goes wrong, and when. Depends on nothing
// but the seed.
#pragma once

#include "tests/storm/event.hpp"

namespace miroir::storm {

Schedule draw_schedule(std::uint64_t seed);

}  // namespace miroir::storm
