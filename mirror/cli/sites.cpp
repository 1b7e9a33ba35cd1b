#include "mirror/cli/sites.hpp"

#include <fmt/format.h>

#include "mirror/cli/pausing.hpp"
#include "mirror/site_local.hpp"

namespace miroir {
namespace {

constexpr auto seed_hint =
    "run `miroir seed` first; `miroir seed --dry-run` shows what it would load";

Catalog from_tables(const CatalogTables& tables) {
  return [&tables](const TableName& name) {
    const auto found = tables.find(name);
    return found == tables.end() ? CatalogTable{} : found->second;
  };
}

// Whether what the store remembers of the site still fits.
bool bind_to_memory(Mapping& mapping, SiteId site, const Store& store,
                    const std::filesystem::path& file) {
  const auto text = store.catalog(site);
  const auto tables = text ? catalog_from_text(*text) : std::nullopt;
  return tables && bind_to(mapping, site, *tables, file).empty();
}

[[noreturn]] void refuse_unknown_tables(const Pause& pause, const Mapping& mapping) {
  throw VerbError{Exit::usage,
                  fmt::format("what the tables of {} look like is not known, and it must not be "
                              "asked while it is paused",
                              name_of(pause.what, mapping)),
                  fmt::format("when it may be asked: {}", resume_command(pause.what, mapping))};
}

CatalogTables ask(const Context& context, SiteId site, SitePair& sites) {
  sites.at(site).connect();
  return read_catalog(context.setting.mapping, site,
                      [&](const TableName& name) { return sites.at(site).describe(name); });
}

}  // namespace

SitePair::SitePair(const Context& context) {
  for (const SiteId site : both_sites) {
    sites_[index(site)] = std::make_unique<LocalSite>(context.connectors[index(site)].open,
                                                      context.setting.mapping, site,
                                                      context.setting.config.session.statement);
  }
}
SitePair::~SitePair() = default;
Site& SitePair::at(SiteId site) { return *sites_[index(site)]; }

CatalogTables read_catalog(const Mapping& mapping, SiteId site, const Catalog& catalog) {
  CatalogTables tables;
  for (const Entity& entity : mapping.entities) {
    const SiteTable& table = entity.table[index(site)];
    std::vector<TableName> names{table.name};
    for (const Place& place : table.moved) names.push_back(place.name);
    for (const Satellite& satellite : table.satellites) names.push_back(satellite.table);
    for (const TableName& name : names) {
      if (!tables.contains(name)) tables.emplace(name, catalog(name));
    }
  }
  return tables;
}

std::vector<Mistake> bind_to(Mapping& mapping, SiteId site, const CatalogTables& tables,
                             const std::filesystem::path& file) {
  Mapping bound = mapping;
  auto mistakes = bind_columns(bound, site, from_tables(tables), file.string());
  if (mistakes.empty()) mapping = std::move(bound);
  return mistakes;
}

PerSite<CatalogTables> bind_to_sites(Context& context, SitePair& sites) {
  PerSite<CatalogTables> tables;
  std::vector<Mistake> mistakes;
  auto& [config, mapping] = context.setting;
  for (const SiteId site : both_sites) {
    tables[index(site)] = ask(context, site, sites);
    const auto found = bind_to(mapping, site, tables[index(site)], config.mapping);
    mistakes.insert(mistakes.end(), found.begin(), found.end());
  }
  if (!mistakes.empty()) throw ConfigError{mistakes};
  return tables;
}

namespace {

// What a site was asked for goes to `learnt`.
template <class Learnt>
void bind_by_store(Context& context, SitePair& sites, const Store& store, const Learnt& learnt) {
  std::vector<Mistake> mistakes;
  auto& [config, mapping] = context.setting;
  const auto pauses = store.pauses();
  for (const SiteId site : both_sites) {
    const auto pause = find_pause(pauses, site);
    const bool may_use_memory = pause || !store.catalog_is_doubted(site);
    if (may_use_memory && bind_to_memory(mapping, site, store, config.mapping)) continue;
    if (pause) refuse_unknown_tables(*pause, mapping);
    const CatalogTables tables = ask(context, site, sites);
    const auto found = bind_to(mapping, site, tables, config.mapping);
    mistakes.insert(mistakes.end(), found.begin(), found.end());
    if (found.empty()) learnt(site, tables);
  }
  if (!mistakes.empty()) throw ConfigError{mistakes};
}

}  // namespace

void bind_from_store(Context& context, SitePair& sites, Store& store) {
  bind_by_store(context, sites, store, [&](SiteId site, const CatalogTables& tables) {
    store.remember_catalog(site, catalog_to_text(tables));
  });
}

void bind_to_read(Context& context, SitePair& sites, const Store& store) {
  bind_by_store(context, sites, store, [](SiteId, const CatalogTables&) {});
}

void bind_from_store_alone(Context& context, const Store& store) {
  auto& [config, mapping] = context.setting;
  for (const SiteId site : both_sites) bind_to_memory(mapping, site, store, config.mapping);
}

namespace {

// Who mirrors these sites, as they say themselves; "": nobody, or they cannot be asked.
std::string owner_of_sites(const Context& context) {
  for (const SiteId site : both_sites) {
    try {
      LocalSite there{context.connectors[index(site)].open, context.setting.mapping, site};
      there.connect();
      if (const std::string store = there.read_mark().store; !store.empty()) return store;
    } catch (const DbError&) {  // Away, or nothing of miroir's is there.
    }
  }
  return {};
}

}  // namespace

bool state_exists(const Context& context) {
  const auto& file = context.setting.config.state;
  std::error_code error;
  const bool exists = std::filesystem::exists(file, error);
  if (!error) return exists;
  throw VerbError{
      Exit::usage,
      fmt::format("the state file {} cannot be looked for: {}", file.string(), error.message()),
      "run miroir as the user that owns it, who must have the right to enter its folder: sudo -u "
      "miroir miroir ..."};
}

void require_state(const Context& context) {
  const std::string file = context.setting.config.state.string();
  if (state_exists(context)) return;
  if (const std::string owner = owner_of_sites(context); !owner.empty())
    throw VerbError{Exit::usage,
                    fmt::format("the state file {} is lost: the sites belong to one ({})", file,
                                owner),
                    restore_or_seed(owner)};
  throw VerbError{Exit::usage, "this pair is not seeded yet: there is no state file " + file,
                  seed_hint};
}

std::string restore_or_seed(const std::string& owner) {
  return fmt::format("put it, or a backup of it, back (deploy/restore); if there is none, `miroir "
                     "seed --accept '{}'` makes a new one from the two databases",
                     lost_store_id(owner));
}

void require_seeded(const Store& store) {
  if (!store.seeded()) throw VerbError{Exit::usage, "this pair is not seeded yet", seed_hint};
}

StoreLock lock_state(const Context& context) {
  auto lock = StoreLock::try_lock(context.setting.config.state);
  if (lock) return std::move(*lock);
  throw VerbError{Exit::busy, "another cycle is running",
                  "it holds " + context.setting.config.state.string() +
                      ".lock; nothing was done, and the lock ends with it"};
}

}  // namespace miroir
