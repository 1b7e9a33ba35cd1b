// Loop two: from the store, what is behind is planned (7), sent (8) and recorded (9), both sites at
// once, each in its own order: parents before children, deletions last and reversed. One bad or
// busy record never stops another: a batch that a site refuses is divided until the guilty
// aggregate is alone, and that one is set aside.
#pragma once

#include "mirror/crew.hpp"
#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

// Returns, by site, how many aggregates were written (in rehearsal: none; options.planned tells).
PerSite<std::size_t> deliver_behind(const Scope& scope, Crew& crew, Store& store,
                                    const Mapping& mapping, const CycleOptions& options,
                                    CycleNumber cycle);

}  // namespace miroir
