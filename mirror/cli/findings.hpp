// What verify and resync share: which records are meant, how the sites are looked at, and how a
// record that differs is told.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mirror/cli/sites.hpp"
#include "mirror/cli/verbs.hpp"
#include "mirror/verify.hpp"

namespace miroir {

// All root entities, or the one that is named, and its records. Throws VerbError (usage) for what
// is not there.
struct Chosen {
  std::vector<EntityId> entities;
  std::vector<Suspect> only;
};
Chosen chosen_records(const Store& store, const Mapping& mapping,
                      const std::optional<std::string>& entity,
                      const std::vector<std::string>& keys);

// Runs verify_sites with a progress display; connects the sites that are asked. Throws VerbError
// (usage) where records are named, and none of them is anywhere.
std::vector<Standings> verify_shown(const Context& context, SitePair& sites, const Store& store,
                                    VerifyOptions options);

// "customer 5 (shop), W5 (erp)"
std::string name_of(const Finding& finding, const Mapping& mapping);
// "shop is not what was last seen there"
std::string why(const Finding& finding, const Mapping& mapping);
// With all that differs, line by line.
std::string to_text(const Finding& finding, const Store& store, const Mapping& mapping);
nlohmann::ordered_json to_json(const Finding& finding, const Store& store, const Mapping& mapping);

}  // namespace miroir
