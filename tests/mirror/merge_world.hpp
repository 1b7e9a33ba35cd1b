// One record with two fields, and the merge alone: whatever a head, two shadows and two rows can
// be.
//
// The sites hold the numbers 0, 1, 2 ... in columns that are called as the fields are, as decimals
// where the field is one. Pure:
// neither sites nor a store.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "mirror/merge.hpp"

namespace miroir::test {

using Numbers = std::array<int, 2>;  // By field.

// An entity "thing" with the fields "a" and "b" between "shop" and "erp"; `fields` is what the JSON
// says of each besides its columns, `more` what it says of the entity.
Mapping thing_mapping(const std::array<std::string, 2>& fields, const std::string& more = "");
// What the JSON says of a field with this policy: an integer, or an enumeration for "ladder".
std::string policy_field(const std::string& policy);
// Both fields with this policy.
Mapping policy_mapping(const std::string& policy);

struct World {
  Numbers head{};
  std::array<Numbers, 2> shadow{};
  std::array<std::optional<Numbers>, 2> now{};  // nullopt: nothing was read there.
  std::array<bool, 2> gone{};                   // Read, and no longer there.
  std::array<std::optional<ChangeTime>, 2> changed{};
  std::array<std::optional<ChangeTime>, 2> head_changed{};  // By field.
};

struct Lost {
  std::size_t field = 0;
  int value = 0;
  std::optional<SiteId> site;
  friend auto operator<=>(const Lost&, const Lost&) = default;
};

struct Result {
  Numbers head{};
  bool gone = false;
  std::array<bool, 2> held{};
  std::vector<Lost> lost;  // In order of fields, values and sites.
  std::string rule;        // Of the first that was lost.
  RecordState state;
};

Result merge_world(const Mapping& mapping, const World& world);
World swapped(const World& world);
Result swapped(Result result);

}  // namespace miroir::test
