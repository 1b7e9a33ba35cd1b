// What has changed between the mapping that a store was made with and the one that is configured
// now: for people, in sentences; for the store, which old entity, field and column each new one is.
//
// Pure; both as they were read, not bound to catalogues, or both bound to the same ones. An entity
// is the same by its name, a field by its name and its two columns, or by its two columns alone
// (then it was renamed). Policies and `match` say nothing about what is stored: a changed policy is
// no change here, changed twin rules are one that nobody has to accept.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "schema/mapping.hpp"

namespace miroir {

enum class MappingChangeKind : std::uint8_t {
  entity_added,
  entity_removed,
  field_added,
  field_removed,
  field_renamed,
  lens_changed,
  direction_changed,
  scope_changed,
  numbering_changed,  // Of rows that miroir will insert; those that are there keep their keys.
  twins_changed,      // Needs nobody's consent.
  other,
  not_carried,  // The store cannot follow: records are known by what has changed.
};
std::string_view name_of(MappingChangeKind kind);  // "field added"

struct MappingChange {
  MappingChangeKind kind = MappingChangeKind::other;
  std::string entity, field;  // Empty: the whole mapping; the whole entity.
  std::string text;           // What changed and what follows, for a person.
  std::string remedy{};       // not_carried: what to do.
};

struct FieldOrigin {
  std::optional<std::size_t> before;  // Index of the same field; nullopt: new.
  bool lens_changed = false;          // Or the way its changes go.
};
struct EntityOrigin {
  std::optional<EntityId> before;   // nullopt: new.
  std::vector<FieldOrigin> fields;  // By field.
  // By site and column: where the column stood before; nullopt: it was not read.
  std::array<std::vector<std::optional<std::size_t>>, 2> columns;
  bool moved = false;  // Something of the above is not what it was: stored rows are translated.
  bool twins_changed = false;
  bool scope_changed = false;  // Every row must be looked at again.

  bool reads_more(SiteId site) const;  // A column that was not read before.
};

struct MappingComparison {
  std::vector<MappingChange> changes;
  std::vector<EntityOrigin> entities;        // By entity of the new mapping.
  std::vector<std::optional<EntityId>> now;  // By entity of the old mapping; nullopt: removed.

  bool can_be_carried() const;
  bool needs_consent() const;
  bool reads_more() const;  // Rows must be read from the sites, and their triggers be made anew.
};

MappingComparison compare_mappings(const Mapping& before, const Mapping& now);

// What `cycle --accept` takes: of these two mappings and no others, their policies included, since
// those decide where a new field's values differ.
std::string change_id(const Mapping& before, const Mapping& now);
inline constexpr std::string_view change_id_prefix = "mapping:";

}  // namespace miroir
