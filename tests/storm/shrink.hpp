// Takes away from a failing schedule whatever is not needed to fail in the same way.
#pragma once

#include <functional>

#include "tests/storm/event.hpp"

namespace miroir::storm {

// `fails` runs a schedule. The result still fails, and no single event of it can be left out.
Schedule shrink(Schedule schedule, const std::function<bool(const Schedule&)>& fails);

}  // namespace miroir::storm
