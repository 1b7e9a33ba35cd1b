// Both sites of the configuration as the engine wants them, and the mapping bound to their
// catalogues.
#pragma once

#include <filesystem>
#include <memory>

#include "mirror/cli/catalog_text.hpp"
#include "mirror/cli/verbs.hpp"
#include "mirror/cycle.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

class LocalSite;

// The sites of a context. Connects nothing by itself; must not outlive the context.
class SitePair {
 public:
  explicit SitePair(const Context& context);
  ~SitePair();
  Site& at(SiteId site);
  Sites both() { return {&at(SiteId::first), &at(SiteId::second)}; }

 private:
  PerSite<std::unique_ptr<LocalSite>> sites_;
};

// What the site's catalogue says about the tables of the mapping.
CatalogTables read_catalog(const Mapping& mapping, SiteId site, const Catalog& catalog);

// Binds the mapping to a catalogue that was read before; returns what does not fit, and then leaves
// the mapping alone.
std::vector<Mistake> bind_to(Mapping& mapping, SiteId site, const CatalogTables& tables,
                             const std::filesystem::path& file);

// Binds the mapping to what the sites say now, and returns it; throws ConfigError with the mistakes
// of both sites, DbError when one cannot be reached.
PerSite<CatalogTables> bind_to_sites(Context& context, SitePair& sites);

// Binds the mapping to what the store remembers of the sites; a site that it remembers nothing of,
// or nothing that fits, is asked. So a quiet cycle reads no catalogue, and one site may be away. A
// paused site is never asked.
void bind_from_store(Context& context, SitePair& sites, Store& store);

// The same, and the store is left as it is.
void bind_to_read(Context& context, SitePair& sites, const Store& store);

// The same without asking a site: for what is read while both may be away. Before the seed nothing
// is remembered, and there are no records to read either.
void bind_from_store_alone(Context& context, const Store& store);

// Whether there is a state file; throws VerbError where that cannot be found out.
bool state_exists(const Context& context);
// The state file of a seeded pair exists; throws VerbError naming `miroir seed` otherwise.
// Where the sites say that there was one, it names what to do about that instead.
void require_state(const Context& context);
// What to do where the state file that the sites belong to is not there.
std::string restore_or_seed(const std::string& owner);
void require_seeded(const Store& store);

// Taken by whatever must not run beside a cycle; throws VerbError (busy).
StoreLock lock_state(const Context& context);

}  // namespace miroir
