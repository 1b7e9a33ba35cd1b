// A mapping file as it is written: names not yet resolved, values not yet of their column's kind.
// The stage between the JSON and the Mapping; what the file leaves out, or has in a wrong shape, is
// simply absent here.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schema/ids.hpp"
#include "schema/lens.hpp"
#include "schema/value.hpp"

namespace miroir {

// `unknown`: a word that is none of these, which is reported by itself.
enum class KeyFrom : std::uint8_t { field, database, rule, constant, parent, number, unknown };

struct KeyDraft {
  std::string pointer;
  std::string column;
  KeyFrom from = KeyFrom::field;
  std::optional<Value> value;
  std::optional<std::string> rule;
  std::optional<std::string> parent;
  std::optional<std::int64_t> step;
};

struct NumberDraft {
  std::string pointer;
  std::string column;
  std::int64_t step = 1;
};

// `any`, `none` or an end of a range; nothing else is set.
struct ConditionDraft {
  std::string pointer;
  std::string column;
  std::optional<std::vector<Value>> any, none;
  std::optional<Value> from, before;
};

// A column or a field with a value.
struct ValueDraft {
  std::string pointer;
  std::string name;
  Value value;
};

struct PlaceDraft {
  std::string pointer;
  std::string schema, name;
  std::vector<ValueDraft> where, then;
};

// Either a word, or fields that are set.
struct DeletionDraft {
  std::string pointer;
  std::optional<std::string> word;
  std::vector<ValueDraft> set;
};

struct SatelliteDraft {
  std::string pointer;
  std::string name;
  std::string schema, table;
  // Its column, the entity's key column; without any: columns of the same names.
  std::vector<std::pair<std::string, std::string>> key;
  std::vector<std::pair<std::string, Value>> where, on_insert;  // Column, value.
  bool required = false;
};

struct TableDraft {
  std::string pointer;
  std::string schema, name;
  std::vector<KeyDraft> key;
  std::vector<std::pair<std::string, std::string>> parent;  // This column, the root's key column.
  std::optional<NumberDraft> number;
  std::vector<ConditionDraft> where, ready_when;
  std::vector<std::pair<std::string, Value>> on_insert;  // Column, value.
  std::vector<PlaceDraft> moved;
  std::vector<SatelliteDraft> satellites;

  const SatelliteDraft* find_satellite(std::string_view satellite) const {
    for (const SatelliteDraft& one : satellites) {
      if (one.name == satellite) return &one;
    }
    return nullptr;
  }
};

// A site's values for each of the field's; the first is the one that is written.
using LookupDraft = std::map<std::string, std::vector<Value>>;

struct ColumnDraft {
  std::string pointer;
  std::vector<std::string> columns;  // One, or those that a text is split over.
  bool several = false;              // They are given as a list.
  std::optional<std::string> satellite;
  std::optional<std::string> split, join;
  std::optional<Value> blank;
  std::optional<int> length, scale;
  std::optional<LookupDraft> lookup;
  std::optional<std::int64_t> times;
  std::optional<std::string> time_zone, code_page;
  Loss loss;

  bool holds(std::string_view column) const {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  }
};

struct LadderDraft {
  std::vector<std::string> states;
  std::vector<std::pair<std::string, std::string>> back;
};

struct DerivedDraft {
  std::string pointer;
  std::optional<std::string> sum, less_percent;
  std::vector<std::string> of, plus;
  int scale = 0;
};

struct FieldDraft {
  std::string pointer;
  std::string name;
  std::optional<FieldType> type;
  std::optional<std::string> to, policy, direction, against;
  // Of a policy that is more than its name; `policy` names it all the same.
  std::optional<LadderDraft> ladder;
  std::optional<DerivedDraft> derived;
  std::optional<int> scale;
  Folding folding;
  bool match_any_case = false;
  std::array<std::optional<ColumnDraft>, 2> at;  // By site.
};

struct GroupDraft {
  std::string pointer;
  std::string name, by;
  std::vector<std::string> fields;
};

struct EntityDraft {
  std::string pointer;
  std::string name;
  std::optional<std::string> part_of, conflicts, direction;
  std::vector<std::vector<std::string>> match;
  std::array<std::optional<TableDraft>, 2> table;        // By site.
  std::array<std::optional<DeletionDraft>, 2> deletion;  // By the site where a row is deleted.
  std::optional<std::string> deletion_conflict;
  std::vector<FieldDraft> fields;
  std::vector<GroupDraft> groups;

  const FieldDraft* find(std::string_view field) const {
    for (const FieldDraft& one : fields) {
      if (one.name == field) return &one;
    }
    return nullptr;
  }
  const GroupDraft* group_of(const std::string& field) const {
    for (const GroupDraft& group : groups) {
      if (std::find(group.fields.begin(), group.fields.end(), field) != group.fields.end())
        return &group;
    }
    return nullptr;
  }
};

struct MappingDraft {
  std::array<std::string, 2> sites;
  std::optional<std::string> conflicts;
  std::map<std::string, LookupDraft> lookups;  // Those that columns name.
  std::vector<EntityDraft> entities;

  const EntityDraft* find(std::string_view name) const {
    for (const EntityDraft& entity : entities) {
      if (entity.name == name) return &entity;
    }
    return nullptr;
  }
};

}  // namespace miroir
