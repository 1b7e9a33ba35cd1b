// Which rows are mirrored, and which way: what a mapping can say wrongly about it.
#include <fmt/core.h>

#include <algorithm>

#include "schema/mapping_stages.hpp"

namespace miroir {
namespace {

Names direction_names(const std::array<std::string, 2>& sites) {
  return {"both ways", "to " + sites[0], "to " + sites[1], "at creation"};
}

bool has_parts(const MappingDraft& draft, const EntityDraft& entity) {
  return std::any_of(draft.entities.begin(), draft.entities.end(),
                     [&](const EntityDraft& e) { return e.part_of == entity.name; });
}

void check_name(const MappingDraft& draft, const std::optional<std::string>& text,
                const std::string& pointer, Mistakes& mistakes) {
  if (!text || parse_direction(*text, draft.sites)) return;
  mistakes.add(member(pointer, "direction"), fmt::format("'{}' is no direction", *text),
               suggestion(*text, direction_names(draft.sites)));
}

// A condition tests one thing, so that nobody has to guess how two would go together.
void check_condition(const TableDraft& table, const ConditionDraft& condition, Mistakes& mistakes) {
  if (condition.none && (condition.from || condition.before)) {
    mistakes.add(condition.pointer, "'not' stands beside 'from' or 'before'", "one of the two");
  }
  if (!condition.any && !condition.none && !condition.from && !condition.before) {
    mistakes.add(condition.pointer, "the condition asks for nothing",
                 "a value, several in []; {\"not\": ...}, or {\"from\": ..., \"before\": ...}");
  }
  const auto key = std::find_if(table.key.begin(), table.key.end(),
                                [&](const KeyDraft& k) { return k.column == condition.column; });
  if (key != table.key.end() && key->from == KeyFrom::constant) {
    mistakes.add(condition.pointer,
                 fmt::format("the key's column '{}' is constant already", condition.column),
                 "leave the condition out");
  }
}

}  // namespace

std::optional<Direction> parse_direction(std::string_view text,
                                         const std::array<std::string, 2>& sites) {
  if (text == "both ways") return BothWays{};
  if (text == "at creation") return AtCreation{};
  for (const SiteId site : both_sites) {
    if (text == "to " + sites[index(site)]) return OnlyTo{site};
  }
  return std::nullopt;
}

std::string direction_text(const EntityDraft& entity, const FieldDraft& field) {
  return field.direction.value_or(entity.direction.value_or("both ways"));
}

void check_directions(const MappingDraft& draft, const EntityDraft& entity, Mistakes& mistakes) {
  check_name(draft, entity.direction, entity.pointer, mistakes);
  const bool one_way = entity.direction && entity.direction->starts_with("to ");
  if (one_way && (entity.part_of || has_parts(draft, entity))) {
    mistakes.add(member(entity.pointer, "direction"),
                 "an aggregate is written by both sides or by none of its fields",
                 "a direction for each field that goes one way");
  }
  for (const FieldDraft& field : entity.fields) {
    check_name(draft, field.direction, field.pointer, mistakes);
    if (field.type != FieldType::counter || direction_text(entity, field) == "both ways") continue;
    mistakes.add(field.direction ? member(field.pointer, "direction") : field.pointer,
                 "a counter is added up from both sides, so it goes both ways",
                 "\"direction\": \"both ways\", or another type");
  }
}

void check_scope(const EntityDraft& entity, SiteId site, Mistakes& mistakes) {
  if (!entity.table[index(site)]) return;
  const TableDraft& table = *entity.table[index(site)];
  const auto check = [&](const std::vector<ConditionDraft>& conditions, const char* word) {
    if (entity.part_of && !conditions.empty()) {
      mistakes.add(member(table.pointer, word), "a part is mirrored when its root is",
                   fmt::format("the condition at '{}'", *entity.part_of));
    }
    for (const ConditionDraft& condition : conditions) check_condition(table, condition, mistakes);
  };
  check(table.where, "where");
  check(table.ready_when, "ready_when");
}

}  // namespace miroir
