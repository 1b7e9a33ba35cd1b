#include "schema/mapping_reader.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

namespace miroir {
namespace {

using nlohmann::json;

const Names entity_properties{"conflicts", "deletion", "deletion_conflict",
                              "direction", "fields",   "groups",
                              "match",     "part_of"};
const Names field_properties{"against", "case", "direction", "match", "policy",
                             "scale",   "to",   "trim",      "type"};

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const json& at(const json& object, const char* name) {
  static const json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

std::optional<std::string> text_at(const json& object, const char* name) {
  const json& value = at(object, name);
  return value.is_string() ? std::optional{value.get<std::string>()} : std::nullopt;
}

std::optional<std::int64_t> integer_at(const json& object, const char* name) {
  const json& value = at(object, name);
  return value.is_number_integer() ? std::optional{value.get<std::int64_t>()} : std::nullopt;
}

std::optional<int> small_at(const json& object, const char* name) {
  const std::optional<std::int64_t> value = integer_at(object, name);
  if (!value || *value < 0 || *value > std::numeric_limits<int>::max()) return std::nullopt;
  return static_cast<int>(*value);
}

}  // namespace

// A number with a point goes by its text: no binary fraction gets into a Decimal.
std::optional<Value> read_scalar(const json& value) {
  if (value.is_string()) return Value{value.get<std::string>()};
  if (value.is_boolean()) return Value{value.get<bool>()};
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return parse_decimal(value.dump());
  }
  if (value.is_number_integer()) return Value{value.get<std::int64_t>()};
  if (value.is_number()) return parse_decimal(value.dump());
  return std::nullopt;
}

namespace {

std::optional<Value> scalar_at(const json& object, const char* name) {
  return read_scalar(at(object, name));
}

std::vector<std::string> texts(const json& array) {
  std::vector<std::string> out;
  if (!array.is_array()) return out;
  for (const json& item : array) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

KeyFrom key_from(const json& key) {
  static const std::map<std::string, KeyFrom> sources{
      {"field", KeyFrom::field},   {"database", KeyFrom::database},
      {"rule", KeyFrom::rule},     {"constant", KeyFrom::constant},
      {"parent", KeyFrom::parent}, {"number", KeyFrom::number}};
  const auto found = sources.find(text_at(key, "from").value_or("field"));
  return found == sources.end() ? KeyFrom::unknown : found->second;
}

KeyDraft read_key(const json& key, std::string pointer) {
  return {.pointer = std::move(pointer),
          .column = text_at(key, "column").value_or(""),
          .from = key_from(key),
          .value = scalar_at(key, "value"),
          .rule = text_at(key, "rule"),
          .parent = text_at(key, "parent"),
          .step = integer_at(key, "step")};
}

// NULL is a value that a condition can ask for.
void add_value(std::vector<Value>& out, const json& value) {
  if (value.is_null()) out.emplace_back(Null{});
  if (const std::optional<Value> read = read_scalar(value)) out.push_back(*read);
}

std::vector<Value> values_of(const json& one_or_more) {
  std::vector<Value> out;
  if (!one_or_more.is_array()) add_value(out, one_or_more);
  for (std::size_t i = 0; one_or_more.is_array() && i < one_or_more.size(); ++i) {
    add_value(out, one_or_more[i]);
  }
  return out;
}

std::vector<ConditionDraft> read_conditions(const json& conditions, const std::string& pointer) {
  std::vector<ConditionDraft> out;
  if (!conditions.is_object()) return out;
  for (const auto& [column, test] : conditions.items()) {
    ConditionDraft& draft = out.emplace_back();
    draft.pointer = member(pointer, column);
    draft.column = column;
    if (!test.is_object()) draft.any = values_of(test);
    if (test.is_object() && test.contains("not")) draft.none = values_of(test["not"]);
    draft.from = scalar_at(test, "from");
    draft.before = scalar_at(test, "before");
  }
  return out;
}

TableDraft read_table(const json& table, const std::string& pointer) {
  TableDraft out{
      .pointer = pointer,
      .schema = text_at(table, "schema").value_or(""),
      .name = text_at(table, "table").value_or(""),
      .key = {},
      .parent = read_pairs(at(table, "parent")),
      .number = {},
      .where = read_conditions(at(table, "where"), member(pointer, "where")),
      .ready_when = read_conditions(at(table, "ready_when"), member(pointer, "ready_when")),
      .on_insert = read_values(at(table, "on_insert")),
      .moved = read_places(at(table, "moved"), member(pointer, "moved")),
      .satellites = read_satellites(at(table, "satellites"), member(pointer, "satellites"))};
  const json& key = at(table, "key");
  for (std::size_t i = 0; key.is_array() && i < key.size(); ++i) {
    out.key.push_back(read_key(key[i], member(member(pointer, "key"), i)));
  }
  if (const json& number = at(table, "number"); number.is_object()) {
    out.number = NumberDraft{member(pointer, "number"), text_at(number, "column").value_or(""),
                             integer_at(number, "step").value_or(1)};
  }
  return out;
}

LookupDraft read_lookup(const json& lookup) {
  LookupDraft out;
  if (!lookup.is_object()) return out;
  for (const auto& [name, values] : lookup.items()) out.emplace(name, values_of(values));
  return out;
}

// The column's own, or one that the mapping has for several.
std::optional<LookupDraft> lookup_of(const MappingDraft& draft, const json& column,
                                     const std::string& pointer, Mistakes& mistakes) {
  const json& lookup = at(column, "lookup");
  if (lookup.is_object()) return read_lookup(lookup);
  if (!lookup.is_string()) return std::nullopt;
  const auto found = draft.lookups.find(lookup.get<std::string>());
  if (found != draft.lookups.end()) return found->second;
  Names known;
  for (const auto& [name, values] : draft.lookups) known.push_back(name);
  mistakes.add(member(pointer, "lookup"),
               fmt::format("there is no lookup '{}'", lookup.get<std::string>()),
               suggestion(lookup.get<std::string>(), known));
  return LookupDraft{};
}

Names column_names(const json& column) {
  if (column.is_string()) return {column.get<std::string>()};
  if (at(column, "columns").is_array()) return texts(at(column, "columns"));
  const auto name = text_at(column, "column");
  return name ? Names{*name} : Names{};
}

Folding read_folding(const json& field) {
  using Letters = Folding::Letters;
  const std::string letters = text_at(field, "case").value_or("");
  const json& trim = at(field, "trim");
  return {.letters = letters == "upper"   ? Letters::upper
                     : letters == "lower" ? Letters::lower
                                          : Letters::as_written,
          .trim = trim.is_boolean() && trim.get<bool>()};
}

// One of the two must be there: what the schema cannot say in words that help.
void check_named(const json& column, const std::string& pointer, Mistakes& mistakes) {
  if (!column.is_object()) return;
  const bool one = column.contains("column"), several = column.contains("columns");
  if (one && several) {
    mistakes.add(member(pointer, "columns"), "'columns' stands beside 'column'", "one of the two");
  } else if (!one && !several) {
    mistakes.add(
        pointer, "'column' is missing",
        "\"column\": the column's name, or \"columns\": several, over which a text is split");
  }
}

ColumnDraft read_column(const MappingDraft& draft, const json& column, const std::string& pointer,
                        Mistakes& mistakes) {
  check_named(column, pointer, mistakes);
  ColumnDraft out;
  out.pointer = pointer;
  out.columns = column_names(column);
  out.several = at(column, "columns").is_array();
  out.satellite = text_at(column, "satellite");
  out.split = text_at(column, "split");
  out.join = text_at(column, "join");
  out.blank = scalar_at(column, "blank");
  out.length = small_at(column, "length");
  out.scale = small_at(column, "scale");
  out.lookup = lookup_of(draft, column, pointer, mistakes);
  out.times = integer_at(column, "times");
  out.time_zone = text_at(column, "time_zone");
  out.code_page = text_at(column, "code_page");
  const Names loss = texts(at(column, "loss"));
  out.loss = {.length = contains(loss, "length"), .precision = contains(loss, "precision")};
  return out;
}

std::optional<std::size_t> site_index(const MappingDraft& draft, const std::string& name) {
  for (const SiteId site : both_sites) {
    if (draft.sites[index(site)] == name) return index(site);
  }
  return std::nullopt;
}

// Calls read(site, value, pointer) for the members named as sites; other members must be among the
// properties.
template <class Read>
void read_sites(const MappingDraft& draft, const json& object, const std::string& pointer,
                const Names& properties, Mistakes& mistakes, const Read& read) {
  for (const auto& [name, value] : object.items()) {
    if (const std::optional<std::size_t> site = site_index(draft, name)) {
      read(*site, value, member(pointer, name));
    } else if (!contains(properties, name)) {
      Names known = properties;
      known.insert(known.end(), draft.sites.begin(), draft.sites.end());
      mistakes.add(member(pointer, name),
                   fmt::format("'{}' is neither a site nor a property", name),
                   suggestion(name, known));
    }
  }
}

LadderDraft read_ladder(const json& policy) {
  LadderDraft out;
  out.states = texts(at(policy, "ladder"));
  const json& back = at(policy, "back");
  for (std::size_t i = 0; back.is_array() && i < back.size(); ++i) {
    const Names step = texts(back[i]);
    if (step.size() == 2) out.back.emplace_back(step[0], step[1]);
  }
  return out;
}

DerivedDraft read_derived(const json& formula, std::string pointer) {
  return {.pointer = std::move(pointer),
          .sum = text_at(formula, "sum"),
          .less_percent = text_at(formula, "less_percent"),
          .of = texts(at(formula, "of")),
          .plus = texts(at(formula, "plus")),
          .scale = small_at(formula, "scale").value_or(0)};
}

void read_policy(const json& policy, FieldDraft& out, Mistakes& mistakes) {
  const std::string pointer = member(out.pointer, "policy");
  if (policy.is_string()) out.policy = policy.get<std::string>();
  if (!policy.is_object()) return;
  if (policy.contains("ladder")) {
    out.policy = "ladder";
    out.ladder = read_ladder(policy);
  } else if (policy.contains("derived")) {
    out.policy = "derived";
    out.derived = read_derived(policy["derived"], member(pointer, "derived"));
  }
  if (policy.contains("ladder") == policy.contains("derived") ||
      (out.derived && policy.contains("back")))
    mistakes.add(pointer, "it says neither 'ladder' nor 'derived' alone",
                 "{\"ladder\": [...], \"back\": [...]}, or {\"derived\": {...}}");
}

FieldDraft read_field(const MappingDraft& draft, const std::string& name, const json& field,
                      const std::string& pointer, Mistakes& mistakes) {
  FieldDraft out;
  out.pointer = pointer;
  out.name = name;
  out.type = field_type_of(text_at(field, "type").value_or(""));
  out.to = text_at(field, "to");
  read_policy(at(field, "policy"), out, mistakes);
  out.direction = text_at(field, "direction");
  out.against = text_at(field, "against");
  out.scale = small_at(field, "scale");
  out.folding = read_folding(field);
  out.match_any_case = text_at(field, "match") == "any case";
  read_sites(draft, field, pointer, field_properties, mistakes,
             [&](std::size_t site, const json& column, const std::string& at_pointer) {
               out.at[site] = read_column(draft, column, at_pointer, mistakes);
             });
  return out;
}

std::vector<GroupDraft> read_groups(const json& groups, const std::string& pointer) {
  std::vector<GroupDraft> out;
  if (!groups.is_object()) return out;
  for (const auto& [name, group] : groups.items()) {
    out.push_back({.pointer = member(pointer, name),
                   .name = name,
                   .by = text_at(group, "by").value_or(""),
                   .fields = texts(at(group, "fields"))});
  }
  return out;
}

EntityDraft read_entity(const MappingDraft& draft, const std::string& name, const json& entity,
                        const std::string& pointer, Mistakes& mistakes) {
  EntityDraft out;
  out.pointer = pointer;
  out.name = name;
  out.part_of = text_at(entity, "part_of");
  out.conflicts = text_at(entity, "conflicts");
  out.direction = text_at(entity, "direction");
  out.deletion_conflict = text_at(entity, "deletion_conflict");
  read_deletion(draft.sites, at(entity, "deletion"), member(pointer, "deletion"), out, mistakes);
  if (const json& match = at(entity, "match"); match.is_array()) {
    for (const json& rule : match) out.match.push_back(texts(rule));
  }
  read_sites(draft, entity, pointer, entity_properties, mistakes,
             [&](std::size_t site, const json& table, const std::string& at_pointer) {
               out.table[site] = read_table(table, at_pointer);
             });
  out.groups = read_groups(at(entity, "groups"), member(pointer, "groups"));
  const json& fields = at(entity, "fields");
  if (!fields.is_object()) return out;
  for (const auto& [field, content] : fields.items()) {
    if (!content.is_object()) continue;
    out.fields.push_back(
        read_field(draft, field, content, member(member(pointer, "fields"), field), mistakes));
  }
  return out;
}

bool read_site_names(const json& root, MappingDraft& draft, Mistakes& mistakes) {
  const Names names = texts(at(root, "sites"));
  if (names.size() != 2) return false;
  bool usable = true;
  if (names[0] == names[1]) {
    mistakes.add("/sites/1", fmt::format("both sites are called '{}'", names[0]),
                 "give the two sites different names");
    usable = false;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    if (contains(entity_properties, names[i]) || contains(field_properties, names[i]) ||
        names[i] == "set") {
      mistakes.add(member("/sites", i),
                   fmt::format("'{}' is a word of the mapping's own", names[i]),
                   "another name for the site");
      usable = false;
    }
    draft.sites[i] = names[i];
  }
  return usable;
}

}  // namespace

std::optional<MappingDraft> read_draft(const json& root, Mistakes& mistakes) {
  MappingDraft draft;
  if (!read_site_names(root, draft, mistakes)) return std::nullopt;
  draft.conflicts = text_at(root, "conflicts");
  if (const json& lookups = at(root, "lookups"); lookups.is_object()) {
    for (const auto& [name, lookup] : lookups.items())
      draft.lookups.emplace(name, read_lookup(lookup));
  }
  const json& entities = at(root, "entities");
  if (!entities.is_object()) return draft;
  for (const auto& [name, entity] : entities.items()) {
    if (!entity.is_object()) continue;
    draft.entities.push_back(read_entity(draft, name, entity, member("/entities", name), mistakes));
  }
  return draft;
}

}  // namespace miroir
