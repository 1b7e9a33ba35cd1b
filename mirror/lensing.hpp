// Between a site's row and a record's fields: lenses for values, links for references. Pure.
//
// Everything the merge asks of a site goes through put(): "has this site seen the head?" is "would
// putting the head change what it holds?", so that losses and blanks that the mapping declares
// never look like a difference.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "mirror/stages.hpp"

namespace miroir {

// A reference to a record that has no row at the site (yet).
struct ParentMissing {
  RecordId parent;
};
using Put = std::variant<Cells, Refusal, ParentMissing>;

// The canonical value of one field of a row.
Lensed get_field(const Entity& entity, std::size_t field, SiteId site, const Row& raw,
                 const Links& links);
// What the field's cells should hold for a canonical value, in a row that is `old`.
Put put_field(const Entity& entity, std::size_t field, SiteId site, const Value& canonical,
              const Row& old, const Links& links);
// The same for a row that does not exist yet.
Put put_new_field(const Entity& entity, std::size_t field, SiteId site, const Value& canonical,
                  const Links& links);

// Whether that is what the row holds already.
bool keeps(const Put& put, const FieldAt& at, const Row& row);

// A row's canonical values; NULL for those that cannot be read.
Row readable_fields(const Entity& entity, SiteId site, const Row& raw, const Links& links);
// The same, or the reason why the row cannot be taken: a value that is not the shadow's of the
// record (nullptr: nobody knows it) cannot be converted, or a satellite is not as it must be.
std::optional<std::string> read_fields(const Entity& entity, SiteId site, const Row& raw,
                                       const RecordState* known, const Links& links,
                                       Row& canonical);

// Whether the site's shadow of this field is what the head puts there. The record must have a
// shadow there.
bool has_seen(const Entity& entity, std::size_t field, SiteId site, const Row& head,
              const Row& shadow, const Links& links);
// Whether the head is not what the site holds: the record's existence, or a field that is not held.
bool differs(const Entity& entity, SiteId site, const RecordState& state, const Links& links);
// The same, but for what is computed from other fields: that is nobody's change.
bool misses_change(const Entity& entity, SiteId site, const RecordState& state, const Links& links);
// Whether the site must be written.
bool is_behind(const Entity& entity, SiteId site, const RecordState& state, const Links& links);

bool is_held(const RecordState& state, std::size_t field);
// Whether each site's value is its own by now: given at creation, and both rows are there.
bool is_each_own(const Field& field, const RecordState& state);

// The key of the root that a part's row names.
Key root_key(const Entity& root, const Entity& part, SiteId site, const Row& raw);

// "W{id}" with the columns of the other site's key in its braces.
std::string made_by_rule(const std::string& pattern, const SiteTable& table, const Key& key);

// The text of a match rule over canonical values, in lower case where that makes no difference to
// it; nullopt where one is NULL or empty: nothing is matched by nothing.
std::optional<std::string> match_text(const Entity& entity, const std::vector<std::size_t>& rule,
                                      const Row& canonical);
std::vector<std::optional<std::string>> match_texts(const Entity& entity, const Row& canonical);

// Whether a match rule takes two rows' fields for those of one record.
bool agree_by_match(const Entity& entity, const Row& a, const Row& b);

// "customer 42 (shop) / W42 (erp)", for people.
std::string name_of(const Entity& entity, const PerSite<std::optional<Key>>& keys,
                    const Mapping& mapping);
std::string display_key(const Key& key);

}  // namespace miroir
