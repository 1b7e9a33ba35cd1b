// What the rows that both sites hold of one record and its parts say, against what the store
// believes: equal, on its way, drifted, missing. Pure.
//
// Values are compared, as the engine does it: a row against the site's shadow of it, and the head,
// put there, against the row. What a capture has named is in flight, whatever it looks like.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mirror/stages.hpp"

namespace miroir {

// By what is told of a record where several are true: the first.
enum class Standing : std::uint8_t {
  missing,    // A site has no row, and nothing has captured its deletion, or the other's insertion.
  drifted,    // A site's row is not what was last seen there, and nothing has captured the change.
  set_aside,  // A site refuses it, or its row cannot come in.
  held,       // It waits for a person.
  in_flight,  // Captured, and not yet everywhere.
  outside,    // A site does not mirror its row at present: nothing is compared.
  equal,
};
inline constexpr Standing all_standings[] = {
    Standing::missing,   Standing::drifted, Standing::set_aside, Standing::held,
    Standing::in_flight, Standing::outside, Standing::equal};
std::string_view name_of(Standing standing);  // "in_flight"
// Somebody has to do something about it.
constexpr bool needs_attention(Standing standing) {
  return standing != Standing::equal && standing != Standing::in_flight &&
         standing != Standing::outside;
}

using RowAt = std::pair<EntityId, Key>;

// What one look showed of a site.
struct SiteSight {
  bool looked = false;          // false: it is paused, and nothing is known but the store's.
  bool is_as_seen = false;      // Every row is its shadow: `rows` need not say so.
  bool captured = false;        // By the journal, the re-read list or a batch without an outcome.
  bool cannot_come_in = false;  // Its row was set aside.
  std::map<RowAt, Row> rows;    // Of the whole aggregate, by the root's key.
};
// An aggregate as both sites and the store hold it.
struct Sight {
  EntityId entity;                   // The root's.
  std::optional<RecordId> root;      // nullopt: no record knows it.
  PerSite<std::optional<Key>> keys;  // The root's.
  std::vector<RecordState> states;   // Of the whole aggregate.
  bool refused = false;              // A site does not take what it is to be given.
  bool in_question = false;          // Its deletion is asked about.
  PerSite<SiteSight> at;
  Links links;  // Of what heads, shadows and rows refer to.
};

struct FieldDifference {
  std::size_t field = 0;
  PerSite<std::optional<Lensed>> holds;  // Canonical; nullopt: there is no row, or nobody looked.
  std::optional<Value> head;             // nullopt: no record knows it.
};
struct RowDifference {
  EntityId entity;
  PerSite<std::optional<Key>> keys;
  PerSite<bool> there{};
  std::vector<FieldDifference> fields;
};
struct Finding {
  Standing standing = Standing::equal;
  EntityId entity;  // The root's.
  std::optional<RecordId> root;
  PerSite<std::optional<Key>> keys;
  PerSite<bool> drifted{};  // The site is not what was last seen there, and nothing knows of it.
  PerSite<bool> missing{};  // The root has no row there, and should have one.
  PerSite<bool> lost{};     // Rows are gone from there, the root's or parts'.
  PerSite<bool> crossed{};  // The root's row has left what is mirrored, or has come back.
  std::vector<RowDifference> rows;
  PerSite<std::optional<Row>> root_fields;  // Canonical; NULL where they cannot be read.
};

// Whether the row's fields are what was last seen of them at the site, where the record has a
// shadow, but for those that are each site's own.
bool is_as_seen(const Entity& entity, SiteId site, const Row& row, const RecordState& state);

// nullopt: there is nothing at either site, and nothing to be.
std::optional<Finding> compare_aggregate(const Sight& sight, const Mapping& mapping);

}  // namespace miroir
