// How fields are decided: what a mapping can say wrongly about policies and groups.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "schema/mapping_stages.hpp"

namespace miroir {
namespace {

// Those that a mapping or an entity can name for all of its fields.
Names common_policies(const std::array<std::string, 2>& sites) {
  return {sites[0] + " wins", sites[1] + " wins", "max", "min", "latest", "hold"};
}

Names policy_names(const std::array<std::string, 2>& sites) {
  Names names = common_policies(sites);
  names.insert(names.end(), {"ladder", "derived", "counter"});
  return names;
}

bool is_one_of(const std::string& name, const Names& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void check_policy_name(const MappingDraft& draft, const std::string& text,
                       const std::string& pointer, Mistakes& mistakes) {
  const Names names = policy_names(draft.sites);
  if (is_one_of(text, names)) return;
  mistakes.add(pointer, fmt::format("'{}' is no policy", text), suggestion(text, names));
}

bool is_ordered(FieldType type) {
  return type == FieldType::integer || type == FieldType::decimal || type == FieldType::date ||
         type == FieldType::instant;
}
bool is_number(FieldType type) {
  return type == FieldType::integer || type == FieldType::decimal || type == FieldType::counter;
}

void check_counter(const FieldDraft& field, const std::string& pointer, Mistakes& mistakes) {
  if (field.type == FieldType::counter && field.policy && *field.policy != "counter") {
    mistakes.add(pointer,
                 fmt::format("a counter's policy is always 'counter', not '{}'", *field.policy),
                 "leave 'policy' out");
  } else if (field.type != FieldType::counter && field.policy == "counter") {
    mistakes.add(pointer, fmt::format("'counter' does not fit the type {}", name_of(*field.type)),
                 "\"type\": \"counter\", or another policy");
  }
}

void check_order(const std::optional<std::string>& policy, FieldType type,
                 const std::string& pointer, Mistakes& mistakes) {
  if ((policy != "max" && policy != "min") || is_ordered(type)) return;
  mistakes.add(
      pointer,
      fmt::format("'{}' does not fit the type {}, which has no order", *policy, name_of(type)),
      fmt::format("another policy; '{}' is for integer, decimal, date and instant", *policy));
}

Names lookup_names(const FieldDraft& field) {
  Names names;
  for (const auto& column : field.at) {
    if (!column || !column->lookup || !names.empty()) continue;
    for (const auto& [name, value] : *column->lookup) names.push_back(name);
  }
  return names;
}

void check_states(const FieldDraft& field, const std::string& pointer, Mistakes& mistakes) {
  const Names names = lookup_names(field);
  const std::vector<std::string>& states = field.ladder->states;
  for (std::size_t i = 0; i < states.size(); ++i) {
    const std::string at = member(member(pointer, "ladder"), i);
    if (!is_one_of(states[i], names)) {
      mistakes.add(at, fmt::format("'{}' is not in the field's lookup", states[i]),
                   suggestion(states[i], names));
    } else if (std::find(states.begin(), states.begin() + static_cast<std::ptrdiff_t>(i),
                         states[i]) != states.begin() + static_cast<std::ptrdiff_t>(i)) {
      mistakes.add(at, fmt::format("'{}' stands on the ladder twice", states[i]),
                   "each state once");
    }
  }
  for (const std::string& name : names) {
    if (is_one_of(name, states)) continue;
    mistakes.add(member(pointer, "ladder"),
                 fmt::format("the state '{}' has no place on the ladder", name),
                 "all names of the lookup, from the lowest up");
  }
}

void check_steps_back(const LadderDraft& ladder, const std::string& pointer, Mistakes& mistakes) {
  const auto place = [&](const std::string& state) {
    return std::find(ladder.states.begin(), ladder.states.end(), state) - ladder.states.begin();
  };
  for (std::size_t i = 0; i < ladder.back.size(); ++i) {
    const auto& [from, to] = ladder.back[i];
    const std::string at = member(member(pointer, "back"), i);
    for (const std::string& state : {from, to}) {
      if (is_one_of(state, ladder.states)) continue;
      mistakes.add(at, fmt::format("'{}' does not stand on the ladder", state),
                   suggestion(state, ladder.states));
    }
    if (place(from) <= place(to) && is_one_of(to, ladder.states))
      mistakes.add(at, fmt::format("from '{}' to '{}' is no step back", from, to),
                   "[from, to]: the higher state first");
  }
}

void check_ladder(const FieldDraft& field, const std::string& pointer, Mistakes& mistakes) {
  if (field.policy != "ladder") return;
  if (field.type != FieldType::enumeration) {
    mistakes.add(
        pointer,
        fmt::format("'ladder' does not fit the type {}, which has no states", name_of(*field.type)),
        "\"type\": \"enumeration\", or another policy");
  } else if (!field.ladder) {
    mistakes.add(pointer, "'ladder' does not say which state is higher",
                 "{\"ladder\": [<the states, from the lowest up>], \"back\": [[<from>, <to>]]}");
  } else {
    check_states(field, pointer, mistakes);
    check_steps_back(*field.ladder, pointer, mistakes);
  }
}

// A term of a formula: a number that `entity` has.
void check_term(const EntityDraft& entity, const std::string& name, const std::string& pointer,
                Mistakes& mistakes) {
  Names numbers;
  for (const FieldDraft& field : entity.fields) {
    if (field.type && is_number(*field.type)) numbers.push_back(field.name);
  }
  if (is_one_of(name, numbers)) return;
  mistakes.add(pointer, fmt::format("'{}' is no number of '{}'", name, entity.name),
               suggestion(name, numbers));
}

// The derived fields of the same record that a field's formula needs.
Names needs(const EntityDraft& entity, const FieldDraft& field) {
  Names names = field.derived->plus;
  if (!field.derived->sum) {
    names.insert(names.end(), field.derived->of.begin(), field.derived->of.end());
    if (field.derived->less_percent) names.push_back(*field.derived->less_percent);
  }
  std::erase_if(names, [&](const std::string& name) {
    const FieldDraft* needed = entity.find(name);
    return needed == nullptr || !needed->derived;
  });
  return names;
}

bool leads_to(const EntityDraft& entity, const FieldDraft& from, const std::string& goal,
              std::set<std::string>& passed) {
  const Names names = needs(entity, from);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return name == goal ||
           (passed.insert(name).second && leads_to(entity, *entity.find(name), goal, passed));
  });
}

void check_formula(const MappingDraft& draft, const EntityDraft& entity, const FieldDraft& field,
                   Mistakes& mistakes) {
  const DerivedDraft& formula = *field.derived;
  const EntityDraft* summed = formula.sum ? draft.find(*formula.sum) : &entity;
  if (summed == nullptr || (formula.sum && summed->part_of != entity.name)) {
    Names parts;
    for (const EntityDraft& one : draft.entities) {
      if (one.part_of == entity.name) parts.push_back(one.name);
    }
    mistakes.add(member(formula.pointer, "sum"),
                 fmt::format("'{}' is no part of '{}'", *formula.sum, entity.name),
                 suggestion(*formula.sum, parts));
    return;
  }
  if (formula.of.empty() && (formula.sum || formula.less_percent || formula.plus.empty()))
    mistakes.add(formula.pointer, "the formula multiplies nothing",
                 "\"of\": the fields whose product is meant");
  for (std::size_t i = 0; i < formula.of.size(); ++i)
    check_term(*summed, formula.of[i], member(member(formula.pointer, "of"), i), mistakes);
  if (formula.less_percent)
    check_term(*summed, *formula.less_percent, member(formula.pointer, "less_percent"), mistakes);
  for (std::size_t i = 0; i < formula.plus.size(); ++i)
    check_term(entity, formula.plus[i], member(member(formula.pointer, "plus"), i), mistakes);
  std::set<std::string> passed;
  if (leads_to(entity, field, field.name, passed))
    mistakes.add(formula.pointer, fmt::format("'{}' is computed from itself", field.name),
                 "fields that do not need this one");
}

void check_derived(const MappingDraft& draft, const EntityDraft& entity, const FieldDraft& field,
                   const std::string& pointer, Mistakes& mistakes) {
  if (field.policy != "derived") return;
  if (field.type != FieldType::decimal) {
    mistakes.add(pointer,
                 fmt::format("'derived' does not fit the type {}: what is computed is a decimal",
                             name_of(*field.type)),
                 "\"type\": \"decimal\", or another policy");
  } else if (!field.derived) {
    mistakes.add(pointer, "'derived' does not say what the field is computed from",
                 "{\"derived\": {\"sum\": <parts>, \"of\": [<fields>], \"scale\": <digits>}}");
  } else {
    check_formula(draft, entity, field, mistakes);
  }
  if (direction_text(entity, field) != "both ways")
    mistakes.add(field.direction ? member(field.pointer, "direction") : field.pointer,
                 "what is computed is given to both sites", "\"direction\": \"both ways\"");
}

void check_field_policy(const MappingDraft& draft, const EntityDraft& entity,
                        const FieldDraft& field, Mistakes& mistakes) {
  const std::string pointer = field.policy ? member(field.pointer, "policy") : field.pointer;
  if (field.policy) check_policy_name(draft, *field.policy, pointer, mistakes);
  if (!field.type) return;
  check_counter(field, pointer, mistakes);
  check_ladder(field, pointer, mistakes);
  check_derived(draft, entity, field, pointer, mistakes);
  const GroupDraft* group = entity.group_of(field.name);
  if (group == nullptr || group->by == field.name)
    check_order(policy_text(draft, entity, field), *field.type, pointer, mistakes);
}

void check_member(const EntityDraft& entity, const GroupDraft& group, std::size_t place,
                  Mistakes& mistakes) {
  const FieldDraft* field = entity.find(group.fields[place]);
  const std::string pointer = member(member(group.pointer, "fields"), place);
  if (field == nullptr) {
    Names names;
    for (const FieldDraft& one : entity.fields) names.push_back(one.name);
    mistakes.add(pointer, fmt::format("there is no field '{}'", group.fields[place]),
                 suggestion(group.fields[place], names));
    return;
  }
  const FieldDraft* by = entity.find(group.by);
  if (field->type == FieldType::counter || field->policy == "derived") {
    mistakes.add(pointer, fmt::format("'{}' is added up or computed, not decided", field->name),
                 "leave it out of the group");
  } else if (by != nullptr && field != by && field->policy) {
    mistakes.add(member(field->pointer, "policy"),
                 fmt::format("'{}' is decided with its group, by '{}'", field->name, group.by),
                 fmt::format("leave 'policy' out, or name it at '{}'", group.by));
  }
  if (by != nullptr && (direction_text(entity, *field) != direction_text(entity, *by) ||
                        field->against != by->against))
    mistakes.add(pointer,
                 fmt::format("'{}' goes another way than '{}', with which it is decided",
                             field->name, group.by),
                 "the same 'direction' and 'against' for all fields of the group");
}

void check_groups(const EntityDraft& entity, Mistakes& mistakes) {
  for (const GroupDraft& group : entity.groups) {
    for (std::size_t i = 0; i < group.fields.size(); ++i) {
      check_member(entity, group, i, mistakes);
      const GroupDraft* first = entity.group_of(group.fields[i]);
      const auto place = std::find(group.fields.begin(), group.fields.end(), group.fields[i]);
      if (first == &group && place - group.fields.begin() == static_cast<std::ptrdiff_t>(i))
        continue;
      mistakes.add(member(member(group.pointer, "fields"), i),
                   fmt::format("'{}' is named twice, first in '{}'", group.fields[i], first->name),
                   "each field in one group, once");
    }
    if (!is_one_of(group.by, group.fields))
      mistakes.add(member(group.pointer, "by"),
                   fmt::format("'{}' is no field of the group", group.by),
                   suggestion(group.by, group.fields));
  }
}

void check_against(const EntityDraft& entity, const FieldDraft& field, Mistakes& mistakes) {
  if (!field.against || direction_text(entity, field).starts_with("to ")) return;
  mistakes.add(member(field.pointer, "against"),
               "no change is against the direction of a field that does not go one way",
               "leave it out, or \"direction\": \"to <site>\"");
}

}  // namespace

std::optional<Policy> parse_policy(std::string_view text, const std::array<std::string, 2>& sites) {
  if (text == "max") return Max{};
  if (text == "min") return Min{};
  if (text == "latest") return Latest{};
  if (text == "counter") return Counter{};
  if (text == "hold") return Hold{};
  for (const SiteId site : both_sites) {
    if (text == sites[index(site)] + " wins") return SiteWins{site};
  }
  return std::nullopt;
}

std::optional<std::string> policy_text(const MappingDraft& draft, const EntityDraft& entity,
                                       const FieldDraft& field) {
  if (field.type == FieldType::counter) return "counter";
  const GroupDraft* group = entity.group_of(field.name);
  const FieldDraft* by = group == nullptr ? &field : entity.find(group->by);
  if (by != nullptr && by->policy) return by->policy;
  return entity.conflicts ? entity.conflicts : draft.conflicts;
}

// What fits no other field cannot be the policy of all that name none.
void check_default_policy(const MappingDraft& draft, const std::optional<std::string>& text,
                          const std::string& pointer, Mistakes& mistakes) {
  if (!text) return;
  check_policy_name(draft, *text, pointer, mistakes);
  if (*text == "counter") {
    mistakes.add(pointer, "'counter' is for counters alone, which have it by themselves",
                 "one of: " + listed(common_policies(draft.sites)));
  } else if (*text == "ladder" || *text == "derived") {
    mistakes.add(pointer, fmt::format("'{}' is said of one field, with what it needs", *text),
                 "one of: " + listed(common_policies(draft.sites)));
  }
}

void check_policies(const MappingDraft& draft, const EntityDraft& entity, Mistakes& mistakes) {
  check_default_policy(draft, entity.conflicts, member(entity.pointer, "conflicts"), mistakes);
  check_groups(entity, mistakes);
  for (const FieldDraft& field : entity.fields) {
    check_field_policy(draft, entity, field, mistakes);
    check_against(entity, field, mistakes);
  }
}

}  // namespace miroir
