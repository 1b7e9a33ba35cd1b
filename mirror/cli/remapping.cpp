#include "mirror/cli/remapping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "connectors/journal.hpp"
#include "mirror/brakes.hpp"
#include "mirror/cli/pausing.hpp"
#include "mirror/cli/progress.hpp"
#include "mirror/cli/report.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

Mapping read_again(const std::string& text) {
  auto read = read_mapping(text, "the mapping in the state file");
  if (auto* mistakes = std::get_if<std::vector<Mistake>>(&read)) throw ConfigError{*mistakes};
  return std::get<Mapping>(std::move(read));
}

// Bound to the tables as they were, so that what is stored can be understood.
Mapping bound_to_state(Mapping mapping, const Store::MadeWith& made, const Context& context) {
  for (const SiteId site : both_sites) {
    const auto& text = made.catalog[index(site)];
    const auto tables = text ? catalog_from_text(*text) : std::nullopt;
    const bool bound = tables && bind_to(mapping, site, *tables, "state").empty();
    if (bound || !made.seeded) continue;
    throw VerbError{Exit::usage,
                    "the mapping was changed, and the state file does not remember the tables of " +
                        context.setting.mapping.sites[index(site)] + " as they were",
                    "configure the mapping that it was made with and run `miroir cycle` once"};
  }
  return mapping;
}

[[noreturn]] void refuse_unknown_mapping(const Context& context) {
  throw VerbError{
      Exit::usage,
      "the mapping was changed, and the state file " + context.setting.config.state.string() +
          " was made by an earlier miroir that did not keep its mapping: nobody can say what "
          "has changed",
      "configure the mapping that it was made with, run `miroir cycle` once, and change it again"};
}

[[noreturn]] void refuse_paused(const Pause& pause, const Mapping& mapping) {
  throw VerbError{Exit::usage,
                  "the changed mapping can only be taken up when both sites may be asked: " +
                      described(pause, mapping),
                  "when it may be asked: " + resume_command(pause.what, mapping)};
}

using Tables = std::vector<Dialect::JournalledTable>;

void add_unknown(Tables& known, Tables more) {
  for (auto& one : more) {
    const bool there = std::any_of(known.begin(), known.end(), [&](const auto& table) {
      return table.table == one.table && table.part == one.part;
    });
    if (!there) known.push_back(std::move(one));
  }
}

// What these mappings mirrored, but for what is known. One that nobody can read any more is left
// out.
Tables besides(Tables known, const std::vector<std::string>& texts, SiteId site) {
  const auto count = static_cast<std::ptrdiff_t>(known.size());
  for (const std::string& text : texts) {
    const auto read = read_mapping(text, "an earlier mapping");
    if (const auto* mapping = std::get_if<Mapping>(&read))
      add_unknown(known, journalled_tables(*mapping, site));
  }
  known.erase(known.begin(), known.begin() + count);
  return known;
}

void require_installed(Context& context, SiteId site) {
  const auto session = context.connectors[index(site)].open();
  const auto missing =
      install_steps(session->dialect(), watched_tables(context, site), read_installed(*session));
  if (missing.empty()) return;
  throw VerbError{Exit::usage,
                  "the journal of " + context.setting.mapping.sites[index(site)] +
                      " does not watch all that the changed mapping reads",
                  "run `miroir install` first, then say it again"};
}

void require_ours(SiteId site, SitePair& sites, const Store& store, const Mapping& mapping) {
  sites.at(site).connect();
  if (sites.at(site).take_census().mark.store == store.id()) return;
  throw VerbError{Exit::brake,
                  mapping.sites[index(site)] + " does not carry this state file's mark",
                  "`miroir check` says what it carries"};
}

// The new mapping, bound without touching what is remembered: that describes the old tables.
std::optional<std::string> bind_new(Context& context, SiteId site, SitePair& sites,
                                    const Store& store, bool ask) {
  auto& [config, mapping] = context.setting;
  const auto text = store.catalog(site);
  const auto known = text ? catalog_from_text(*text) : std::nullopt;
  const auto pause = find_pause(store.pauses(), site);
  const bool may_use_memory = !ask && (pause || !store.catalog_is_doubted(site));
  if (may_use_memory && known && bind_to(mapping, site, *known, config.mapping).empty())
    return std::nullopt;
  if (pause) refuse_paused(*pause, mapping);
  sites.at(site).connect();
  const CatalogTables tables = read_catalog(
      mapping, site, [&](const TableName& name) { return sites.at(site).describe(name); });
  const auto mistakes = bind_to(mapping, site, tables, config.mapping);
  if (!mistakes.empty()) throw ConfigError{mistakes};
  return catalog_to_text(tables);
}

void settle_old(const Context& context, const Remapping& remapping, Store& store) {
  const auto batches = store.batches();
  if (batches.empty()) return;
  const Mapping& mapping = remapping.before;
  for (const PendingBatch& pending : batches) {
    if (const auto pause = find_pause(store.pauses(), pending.site)) refuse_paused(*pause, mapping);
  }
  Context old = context;
  old.setting.mapping = mapping;
  SitePair sites{old};
  if (settle_by_old(sites.both(), store, mapping, {.limits = context.setting.config.limits}))
    return;
  throw VerbError{Exit::unreachable,
                  "what the last cycle sent may still be under way at " +
                      mapping.sites[index(batches.front().site)],
                  "nothing was changed; say it again in a minute"};
}

}  // namespace

std::optional<Remapping> find_remapping(const Context& context) {
  const auto& [config, mapping] = context.setting;
  if (!state_exists(context)) return std::nullopt;
  const auto made = Store::made_with(config.state);
  if (!made) return std::nullopt;
  const bool same = made->fingerprint == mapping.fingerprint;
  if (same && (!made->text || *made->text == mapping.source)) return std::nullopt;
  if (!made->text) refuse_unknown_mapping(context);
  // Compared as they were read: binding gives values the kinds of their columns.
  const Mapping before = read_again(*made->text);
  Remapping remapping{bound_to_state(before, *made, context), {}, {}};
  remapping.comparison = compare_mappings(before, read_again(mapping.source));
  remapping.id = change_id(remapping.before, mapping);
  return remapping;
}

std::optional<Remapping> find_open_remapping(const Context& context) {
  auto remapping = find_remapping(context);
  if (remapping && !remapping->comparison.needs_consent()) remapping.reset();
  return remapping;
}

void use_mapping_of_state(Context& context) {
  if (auto remapping = find_open_remapping(context))
    context.setting.mapping = std::move(remapping->before);
}

std::vector<Dialect::JournalledTable> watched_tables(const Context& context, SiteId site) {
  auto tables = journalled_tables(context.setting.mapping, site);
  const auto remapping = find_open_remapping(context);
  if (!remapping) return tables;
  for (const auto& old : journalled_tables(remapping->before, site)) {
    for (auto& table : tables) {
      if (table.table != old.table || table.part != old.part) continue;
      for (const std::string& column : old.columns) {
        if (std::find(table.columns.begin(), table.columns.end(), column) == table.columns.end())
          table.columns.push_back(column);
      }
    }
  }
  return tables;
}

std::vector<Dialect::JournalledTable> kept_tables(const Context& context, SiteId site) {
  auto tables = journalled_tables(context.setting.mapping, site);
  if (const auto remapping = find_open_remapping(context))
    add_unknown(tables, journalled_tables(remapping->before, site));
  return tables;
}

std::vector<Dialect::JournalledTable> former_tables(const Context& context, SiteId site) {
  if (!state_exists(context)) return {};
  return besides(kept_tables(context, site), Store::earlier_mappings(context.setting.config.state),
                 site);
}

std::vector<Dialect::JournalledTable> remembered_tables(const Context& context, SiteId site) {
  const std::filesystem::path& state = context.setting.config.state;
  if (!state_exists(context)) return {};
  auto texts = Store::earlier_mappings(state);
  const auto made = Store::made_with(state);
  if (made && made->text) texts.push_back(*made->text);
  return besides(journalled_tables(context.setting.mapping, site), texts, site);
}

void require_carried(const Remapping& remapping) {
  if (remapping.comparison.can_be_carried()) return;
  std::string what = "the mapping was changed in a way that the state file cannot follow:";
  std::string hint;
  for (const MappingChange& change : remapping.comparison.changes) {
    if (change.kind != MappingChangeKind::not_carried) continue;
    what += "\n  " + change.text;
    if (hint.find(change.remedy) == std::string::npos)
      hint += (hint.empty() ? "" : "; ") + change.remedy;
  }
  throw VerbError{Exit::usage, what, hint};
}

void refuse_stale(const std::vector<std::string>& accepted,
                  const std::optional<Remapping>& remapping) {
  for (const std::string& id : accepted) {
    if (is_brake_id(id)) continue;  // The census knows whether it is right.
    if (remapping && id == remapping->id) continue;
    if (!id.starts_with(change_id_prefix)) {
      throw VerbError{Exit::usage, "--accept: there is no brake '" + id + "'",
                      "a cycle that ends with 5 says what it takes"};
    }
    if (!remapping) {
      throw VerbError{Exit::usage, "--accept: the mapping is the one the state file was made with",
                      "there is nothing to accept; run `miroir cycle` without it"};
    }
    throw VerbError{Exit::usage,
                    "--accept: '" + id + "' is not this change of the mapping: it, or a policy, " +
                        "was changed again since that was shown",
                    "look at `miroir plan` again; this one is " + remapping->id};
  }
}

Brake brake_of(const Remapping& remapping) {
  Brake brake;
  brake.id = remapping.id;
  brake.message = "the mapping was changed, and nothing is read or written until a person agrees:";
  for (const MappingChange& change : remapping.comparison.changes)
    brake.message += "\n  " + change.text;
  brake.message += "\n  `miroir plan` shows what that does to the records";
  if (remapping.comparison.reads_more())
    brake.message += "; run `miroir install` first, so that the journals watch what is new";
  return brake;
}

RemapSheet carry_over(Context& context, const Remapping& remapping, Store& store, Writes writes,
                      std::size_t listed_max, const std::string& accepted_by) {
  const Mapping& mapping = context.setting.mapping;
  const bool reads = remapping.comparison.reads_more();
  SitePair sites{context};
  RemapOptions options;
  for (const SiteId site : both_sites)
    options.catalogs[index(site)] = bind_new(context, site, sites, store, reads);
  for (const SiteId site : both_sites) {
    if (reads) require_ours(site, sites, store, mapping);
    if (reads && writes == Writes::allowed) require_installed(context, site);
  }
  if (writes == Writes::allowed && remapping.comparison.needs_consent())
    settle_old(context, remapping, store);

  if (!accepted_by.empty())
    options.accepted =
        Act{.kind = ActKind::accept, .actor = {accepted_by, now_as_text()}, .about = remapping.id};

  RemapSheet sheet;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> shown;
  const auto said = [&](const RemapDifference& one, const Value& value) {
    const auto& target = mapping.entity(one.entity).fields[one.field].refers_to;
    const auto* record = std::get_if<std::int64_t>(&value);
    if (!target || record == nullptr) return to_json(value);
    return ordered_json(spoken_key(store, mapping, *target, RecordId{*record}));
  };
  options.difference = [&](const RemapDifference& one) {
    if (++shown[{one.entity.raw(), one.field}] > listed_max) return;
    const Entity& entity = mapping.entity(one.entity);
    sheet.listed.push_back({{"entity", entity.name},
                            {"key", spoken_key(store, mapping, one.entity, one.record)},
                            {"field", entity.fields[one.field].name},
                            {"kind", name_of(one.kind)},
                            {"before", said(one, one.before)},
                            {"after", said(one, one.after)},
                            {mapping.sites[0], said(one, one.candidates[0])},
                            {mapping.sites[1], said(one, one.candidates[1])}});
  };
  ProgressDisplay display{context};
  options.progress = [&](const Progress& progress) { display.show(progress); };
  sheet.report =
      remap_store(sites.both(), store, remapping.before, mapping, remapping.comparison, options);
  return sheet;
}

}  // namespace miroir
