// Runs one cycle for a verb: shows its progress, logs it in the store, prints its report.
#pragma once

#include "mirror/cli/sites.hpp"

namespace miroir {

// Ends the process where a site's thread hangs; else returns how the cycle ended.
// `read`: what was read before, as by seed, and counts as read in this cycle.
Exit run_and_report(Context& context, SitePair& sites, Store& store, CycleOptions options,
                    const Outcome& read = {});

}  // namespace miroir
