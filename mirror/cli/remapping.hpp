// A mapping that was changed since the state file was made with it: what has changed, what that
// would do to the records, and carrying the state over when a person has agreed.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "connectors/dialect.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/remap.hpp"

namespace miroir {

struct Remapping {
  Mapping before;  // Bound to what the state file remembers of the sites.
  MappingComparison comparison;
  std::string id;  // What `cycle --accept` takes.
};

// nullopt: the state file was made with the configured mapping, or there is none. Throws VerbError
// where nobody can know what has changed.
std::optional<Remapping> find_remapping(const Context& context);
// The same, for changes that a person must agree to.
std::optional<Remapping> find_open_remapping(const Context& context);
// From here on the context speaks of the records as the state file does: for verbs that read the
// state or note a request in it, whatever is configured meanwhile.
void use_mapping_of_state(Context& context);

// What the journal of a site must watch: all that the mapping mirrors and, until a change of it is
// taken up, also what it mirrored before: whoever puts the old mapping back must have lost nothing.
std::vector<Dialect::JournalledTable> watched_tables(const Context& context, SiteId site);
// Whose triggers stay: the mapping's and, until a change of it is taken up, those before it.
std::vector<Dialect::JournalledTable> kept_tables(const Context& context, SiteId site);
// What the state file's mapping mirrors or an earlier one did, and the configured one does not.
std::vector<Dialect::JournalledTable> remembered_tables(const Context& context, SiteId site);
// Tables that an earlier mapping mirrored, and neither this one nor the state's does.
std::vector<Dialect::JournalledTable> former_tables(const Context& context, SiteId site);

// Throws VerbError (usage) naming what cannot be carried, and the remedies.
void require_carried(const Remapping& remapping);
// Throws VerbError (usage) for an id that is none, or that is not of this change.
void refuse_stale(const std::vector<std::string>& accepted,
                  const std::optional<Remapping>& remapping);
Brake brake_of(const Remapping& remapping);

// What is shown of the differences: all are counted, so many of each field are kept.
struct RemapSheet {
  std::vector<nlohmann::ordered_json> listed;
  RemapReport report;
};
// Carries a store over that speaks the old mapping; binds the context's to the sites. Asks a site
// only if it must, and never a paused one (VerbError). With Writes::forbidden, on a copy, nothing
// is settled.
// `accepted_by`: who has agreed, where anybody had to.
RemapSheet carry_over(Context& context, const Remapping& remapping, Store& store, Writes writes,
                      std::size_t listed_max, const std::string& accepted_by = {});

std::string to_text(const Remapping& remapping);
std::string to_text(const RemapSheet& sheet, const Mapping& mapping);
nlohmann::ordered_json to_json(const Remapping& remapping);
nlohmann::ordered_json to_json(const RemapSheet& sheet, const Mapping& mapping);

}  // namespace miroir
