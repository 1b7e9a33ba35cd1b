// What a store remembers of a site, changed by somebody who does not speak its mapping: `install`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "schema/ids.hpp"

namespace miroir {

struct Replaced {
  std::string name, before, after;
};
// What was remembered as it was before is remembered as it is after; anything else is remembered no
// more as it was; `looked_at` is remembered no more at all. Does nothing where there is no state file. Throws StoreError.
void carry_remembered(const std::filesystem::path& file, SiteId site,
                      const std::vector<Replaced>& replaced, const std::string& looked_at);

}  // namespace miroir
