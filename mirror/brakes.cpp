#include "mirror/brakes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "schema/hash.hpp"

namespace miroir {
namespace {

constexpr std::array<std::string_view, 13> kinds{
    "deletions:", "updates:",  "inserts:",   "emptied:",  "unwatched:", "triggers:", "columns:",
    "journal:",   "replaced:", "restored:", "state:", "clock:", "store:"};

std::string table_of(const Entity& entity, SiteId site) {
  const TableName& name = entity.table[index(site)].name;
  return name.schema.empty() ? name.name : name.schema + "." + name.name;
}

std::string accept(const std::string& id) { return "`miroir cycle --accept '" + id + "'`"; }

std::string short_hash(const std::string& text) { return hex_hash(text).substr(0, 8); }

Brake brake_of(std::string id, SiteId site, const Entity& entity, std::string message) {
  Brake brake;
  brake.id = std::move(id);
  brake.site = site;
  brake.entity = entity.id;
  brake.message = std::move(message);
  return brake;
}

bool is_more_than(double share, std::size_t changed, std::size_t records) {
  return static_cast<double>(changed) > share * static_cast<double>(records);
}

std::string how_to_raise(const Entity& entity, const char* kind) {
  return fmt::format(
      "if that is ordinary there, raise brakes.entities.{}.{} in the configuration", entity.name,
      kind);
}

}  // namespace

bool is_over(const BrakeLimit& limit, std::size_t changed, std::size_t records) {
  return changed > limit.count && is_more_than(limit.share, changed, records);
}

bool is_flood(const BrakeLimit& limit, std::size_t inserted, std::size_t records) {
  return records >= limit.count && is_over(limit, inserted, records);
}

std::optional<std::size_t> enough_records(const BrakeLimit& limit, std::size_t changed) {
  if (changed <= limit.count) return limit.count;
  if (limit.share <= 0) return std::nullopt;
  const double enough = static_cast<double>(changed) / limit.share + 2;  // Rounded, it is enough.
  return std::max(limit.count, static_cast<std::size_t>(enough));
}

std::string id_of_found(const Mend& mend, std::size_t all) {
  return fmt::format("{}:{}", mend.brake, all);
}

bool is_accepted(const std::set<std::string>& accepted, const Brake& brake, Scope& scope) {
  const auto first = accepted.lower_bound(brake.id);
  if (!brake.acceptable || first == accepted.end()) return false;
  if (*first != brake.id && !first->starts_with(brake.id + ":")) return false;
  scope.accepted.insert(*first);
  return true;
}

bool is_accepted(const std::set<std::string>& accepted, const std::string& id, Scope& scope) {
  if (!accepted.contains(id)) return false;
  scope.accepted.insert(id);
  return true;
}

bool is_brake_id(std::string_view id) {
  return std::any_of(kinds.begin(), kinds.end(),
                     [&](std::string_view kind) { return id.starts_with(kind); });
}

Brake deletions_brake(SiteId site, const Entity& entity, std::size_t deleted, std::size_t records,
                      const char* how, const Mapping& mapping) {
  const std::string& at = mapping.sites[index(site)];
  const std::string id = fmt::format("deletions:{}:{}:{}", at, entity.name, deleted);
  return brake_of(id, site, entity,
                  fmt::format("{} of {} {} records were deleted{} at {}: nothing of {} is mirrored "
                              "until a person says {}",
                              deleted, records, entity.name, how, at, entity.name, accept(id)));
}

Brake found_brake(const Mend& mend, const std::vector<std::string>& gone, std::size_t all,
                  const Mapping& mapping) {
  const bool both = mend.how == Mend::How::catch_up;
  const std::string at = both ? "one of the sites" : mapping.sites[index(mend.site)];
  const std::string there = both ? "at the other one" : "at " + mapping.sites[index(other(mend.site))];
  Brake brake;
  brake.id = id_of_found(mend, all);
  brake.site = mend.site;
  brake.entity = mend.entity;
  brake.message = fmt::format(
      "comparing found that {} records are gone from {} and nobody was seen deleting them: put them "
      "back; or, if they are to be deleted {} too, {}. Until then {} sits out",
      fmt::join(gone, " and "), at, there, accept(brake.id),
      mend.how == Mend::How::catch_up ? "everything"
      : mend.entity                   ? mapping.entity(*mend.entity).name
                                      : at);
  return brake;
}

Brake updates_brake(SiteId site, const Entity& entity, std::size_t updated, std::size_t records,
                    const Mapping& mapping) {
  const std::string& at = mapping.sites[index(site)];
  const std::string id = fmt::format("updates:{}:{}:{}", at, entity.name, updated);
  return brake_of(id, site, entity,
                  fmt::format("{} of {} {} records were changed at once at {}: nothing of {} is "
                              "mirrored until a person says {}; {}",
                              updated, records, entity.name, at, entity.name, accept(id),
                              how_to_raise(entity, "updates")));
}

Brake inserts_brake(SiteId site, const Entity& entity, std::size_t inserted, std::size_t records,
                    const Mapping& mapping) {
  const std::string& at = mapping.sites[index(site)];
  const std::string id = fmt::format("inserts:{}:{}:{}", at, entity.name, inserted);
  return brake_of(id, site, entity,
                  fmt::format("{} {} records were added at once at {}, where there were {}: nothing "
                              "of {} is mirrored until a person says {}; {}",
                              inserted, entity.name, at, records, entity.name, accept(id),
                              how_to_raise(entity, "inserts")));
}

Brake emptied_brake(SiteId site, const Entity& entity, const Mapping& mapping) {
  const std::string& at = mapping.sites[index(site)];
  const std::string id = fmt::format("emptied:{}:{}", at, entity.name);
  return brake_of(
      id, site, entity,
      fmt::format("the table {} at {} is empty, but {} records stood there and nobody was seen "
                  "deleting them: put the rows back; or, if they are to be deleted at {} too, {}. "
                  "Until then nothing of {} is mirrored",
                  table_of(entity, site), at, entity.name, mapping.sites[index(other(site))],
                  accept(id), entity.name));
}

Brake unwatched_brake(SiteId site, const Entity& entity, const Mapping& mapping) {
  const std::string& at = mapping.sites[index(site)];
  Brake brake = brake_of(
      fmt::format("unwatched:{}:{}", at, entity.name), site, entity,
      fmt::format("miroir's triggers on the table {} at {} are missing or switched off, so nobody "
                  "sees what changes there: `miroir install --site {}` puts them back, and the next "
                  "`miroir cycle` asks for what was changed meanwhile. Until then nothing of {} is "
                  "mirrored",
                  table_of(entity, site), at, at, entity.name));
  brake.acceptable = false;
  return brake;
}

Brake triggers_brake(SiteId site, const Entity& entity, const std::string& state,
                     const Mapping& mapping) {
  const std::string& at = mapping.sites[index(site)];
  const std::string id = fmt::format("triggers:{}:{}:{}", at, entity.name, short_hash(state));
  return brake_of(
      id, site, entity,
      fmt::format("miroir's triggers on the table {} at {} were dropped, switched off or replaced "
                  "and are back: what changed meanwhile stands in no journal. {} compares all {} "
                  "records with what was last seen there, and mirrors what differs. Until then "
                  "nothing of {} is mirrored",
                  table_of(entity, site), at, accept(id), entity.name, entity.name));
}

Brake columns_brake(SiteId site, const Entity& entity, const std::vector<std::string>& changes,
                    const Mapping& mapping) {
  const std::string& at = mapping.sites[index(site)];
  const std::string seen = fmt::format("{}", fmt::join(changes, "; "));
  const std::string id = fmt::format("columns:{}:{}:{}", at, entity.name, short_hash(seen));
  return brake_of(
      id, site, entity,
      fmt::format("the table {} at {} was changed: {}. Change it back; or, if it is to stay so, {} "
                  "takes it as it is (and says what of the mapping no longer fits, if anything). "
                  "Until then nothing of {} is mirrored",
                  table_of(entity, site), at, seen, accept(id), entity.name));
}

Brake foreign_brake(SiteId site, const std::string& its_store, const std::string& ours,
                    const Mapping& mapping) {
  const std::string& at = mapping.sites[index(site)];
  Brake brake;
  brake.id = "store:" + at;
  brake.site = site;
  brake.message = fmt::format(
      "another miroir, with another state file, already mirrors {} (store {}, this one is {}): "
      "nothing is read or written at either side. Stop one of the two; or, if this state file is to "
      "go on alone, `miroir uninstall` and `miroir install` at both sides and seed anew",
      at, its_store, ours);
  brake.acceptable = false;
  return brake;
}

Brake replaced_brake(SiteId site, const Mapping& mapping) {
  const std::string& at = mapping.sites[index(site)];
  const std::string& there = mapping.sites[index(other(site))];
  Brake brake;
  brake.id = "replaced:" + at;
  brake.site = site;
  brake.message = fmt::format(
      "{} does not carry this state file's mark: it was replaced, put back to before the first seed, "
      "or installed anew. If this is the database that {} is to be mirrored with, {}: what it lacks "
      "comes back from {}, what it holds otherwise is overwritten unless its users changed it since, "
      "and rows that nobody knows are new. Until then {} sits out",
      at, there, accept(brake.id), there, at);
  return brake;
}

Brake restored_brake(SiteId site, CycleNumber mark, const Mapping& mapping) {
  const std::string& at = mapping.sites[index(site)];
  const std::string& there = mapping.sites[index(other(site))];
  Brake brake;
  brake.id = fmt::format("restored:{}:{}", at, mark.raw());
  brake.site = site;
  brake.message = fmt::format(
      "{} was put back to an earlier state, that of cycle {}: {} and this state file know of later "
      "ones. If it is to stay so, {}: what it lost comes back from {}, and what its users changed "
      "since is a change like any other. Until then {} sits out",
      at, mark.raw(), there, accept(brake.id), there, at);
  return brake;
}

Brake store_brake(CycleNumber seen, CycleNumber known, bool both, const Mapping& mapping) {
  Brake brake;
  brake.id = fmt::format("state:{}", seen.raw());
  brake.message = fmt::format(
      "miroir's own state file was put back to an earlier state: the sites have seen cycle {}, it "
      "knows of none after {}. Nothing is read or written anywhere. Put the newest state file back; "
      "or, if there is no newer one, {}",
      seen.raw(), known.raw(),
      both ? fmt::format("{}: both {} and {} are compared as a whole, and it catches up with them",
                         accept(brake.id), mapping.sites[0], mapping.sites[1])
           : std::string{"run a cycle when both sites can be reached: it says what to type then"});
  brake.acceptable = both;
  return brake;
}

Brake clock_brake(SiteId site, std::int64_t jump_micros, const Mapping& mapping) {
  const std::string& at = mapping.sites[index(site)];
  const std::string& there = mapping.sites[index(other(site))];
  Brake brake;
  brake.id = "clock:" + at;
  brake.site = site;
  brake.message = fmt::format(
      "the clock of {} has jumped by {} s against this machine's since the last cycle: the times of "
      "changes there cannot be compared with those of {}. Set it right (NTP); or, if it is right now, "
      "{}. Until then {} sits out",
      at, jump_micros / 1'000'000, there, accept(brake.id), at);
  return brake;
}

Brake journal_brake(SiteId site, const std::string& what, const std::string& state,
                    const Mapping& mapping) {
  const std::string& at = mapping.sites[index(site)];
  Brake brake;
  brake.id = fmt::format("journal:{}:{}", at, short_hash(state));
  brake.site = site;
  brake.message = fmt::format(
      "the journal at {} {}: what changed there since the last cycle is not known. {} compares all "
      "of {} with what was last seen there, and mirrors what differs. Until then {} sits out",
      at, what, accept(brake.id), at, at);
  return brake;
}

}  // namespace miroir
