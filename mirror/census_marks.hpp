// The part of the census that looks at the sites' own rows: whose they are, and whether a site, or
// the store, was put back to an earlier state; and at their clocks.
#pragma once

#include "mirror/crew.hpp"
#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

struct MarksCheck {
  const PerSite<std::optional<Census>>& censuses;
  Store& store;
  const Mapping& mapping;
  const CycleOptions& options;
};

// Whether the sites may be touched at all: they belong to this store, and it has not forgotten what
// it did. Otherwise the scope has the brakes.
bool may_be_touched(const MarksCheck& check, Scope& scope);
// Of one site that may. It is none of the store's doing that it is in an earlier state.
std::optional<Brake> check_restored(const MarksCheck& check, SiteId site, Scope& scope);
// A person agreed that the site is to stay as it is.
void start_rebase(Store& store, SiteId site, const std::string& brake, Scope& scope);
// `offset`: what the site's clock shows more than this machine's, give or take the margin.
std::optional<Brake> check_clock(const MarksCheck& check, SiteId site, const ClockOffset& offset,
                                 Scope& scope);

// What is remembered of the site's tables says nothing any more: it is learnt anew.
bool is_made_good(const Scope& scope, SiteId site);

}  // namespace miroir
