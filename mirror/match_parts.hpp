// The parts of two roots that have just been found to be one: which line here is which line there.
//
// Never by position: first those that say the same, then those that alone agree in a match rule of
// the part, then the last ones left, if one is left at each side. Pure.
#pragma once

#include <utility>
#include <vector>

#include "mirror/stages.hpp"

namespace miroir {

struct PartRow {
  const ReadRow* row = nullptr;
  Row canonical;
};

struct PartPairs {
  std::vector<std::pair<const ReadRow*, const ReadRow*>> pairs;  // First site, second site.
  PerSite<std::size_t> left{};                                   // Parts without a partner.
};

PartPairs pair_parts(const Entity& part, std::vector<PartRow> first, std::vector<PartRow> second,
                     const Links& links);

// Whether a site's value is what the other's becomes there: equal, or equal but for a loss that the
// mapping declares.
bool explains(const Entity& entity, std::size_t field, const Value& canonical, SiteId there,
              const Row& raw_there, const Links& links);

}  // namespace miroir
