#include "tests/mirror/merge_world.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "schema/mapping_file.hpp"

namespace miroir::test {
namespace {

const Key key{std::int64_t{7}};

bool is_decimal(const std::string& field) {
  return field.find(R"("type": "decimal")") != std::string::npos;
}

CatalogTable catalog(const std::array<std::string, 2>& fields) {
  CatalogTable table;
  for (const char* name : {"id", "a", "b"}) {
    CatalogColumn& column = table.columns.emplace_back();
    column.name = name;
    const bool decimal = column.name != "id" && is_decimal(fields[column.name == "a" ? 0 : 1]);
    column.kind = decimal ? ValueKind::decimal : ValueKind::integer;
    column.declared_type = decimal ? "numeric(9,0)" : "integer";
    column.nullable = column.name != "id";
  }
  table.unique_keys = {{"id"}};
  return table;
}

std::string field_text(const std::string& name, const std::string& content) {
  return "\"" + name + "\": {" + content + ", \"shop\": " +
         (content.find("enumeration") == std::string::npos
              ? "\"" + name + "\", \"erp\": \"" + name + "\""
              : "{\"column\": \"" + name +
                    "\", \"lookup\": {\"low\": 0, \"mid\": 1, \"top\": 2}}, " +
                    "\"erp\": {\"column\": \"" + name +
                    "\", \"lookup\": {\"low\": 0, \"mid\": 1, \"top\": 2}}") +
         "}";
}

Row raw_row(const Entity& entity, const Numbers& numbers) {
  Row raw = key;
  for (std::size_t f = 0; f < 2; ++f) {
    const std::int64_t number = numbers[f];
    const bool decimal = entity.fields[f].type == FieldType::decimal;
    raw.push_back(decimal ? Value{Decimal{number, 0}} : Value{number});
  }
  return raw;
}

Row canonical_row(const Entity& entity, const Numbers& numbers) {
  const Row raw = raw_row(entity, numbers);
  Row row;
  for (const Field& field : entity.fields) row.push_back(std::get<Value>(field.at[0].get(raw)));
  return row;
}

int number_of(const Entity& entity, std::size_t field, const Value& canonical) {
  const Lensed raw = entity.fields[field].at[0].lens.put(canonical, Null{});
  const Value& number = std::get<Value>(raw);
  if (const auto* decimal = std::get_if<Decimal>(&number)) return std::stoi(decimal->to_string());
  return static_cast<int>(std::get<std::int64_t>(number));
}

RecordState state_of(const Entity& entity, const World& world) {
  RecordState state;
  state.id = state.root = RecordId{1};
  state.entity = entity.id;
  state.head = canonical_row(entity, world.head);
  for (const SiteId site : both_sites) {
    state.key[index(site)] = key;
    state.shadow[index(site)] = raw_row(entity, world.shadow[index(site)]);
  }
  for (std::size_t f = 0; f < 2; ++f) {
    if (world.head_changed[f]) state.times.push_back({f, state.head[f], *world.head_changed[f]});
  }
  return state;
}

}  // namespace

Mapping thing_mapping(const std::array<std::string, 2>& fields, const std::string& more) {
  const std::string table = R"({"table": "thing", "key": [{"column": "id", "from": "database"}]})";
  const std::string text = R"({"sites": ["shop", "erp"], "conflicts": "shop wins", "entities":
    {"thing": {)" + more +
                           "\"shop\": " + table + ", \"erp\": " + table + ", \"fields\": {" +
                           field_text("a", fields[0]) + ", " + field_text("b", fields[1]) + "}}}}";
  auto read = read_mapping(text, "thing.json");
  if (auto* mistakes = std::get_if<std::vector<Mistake>>(&read)) FAIL(to_string(mistakes->front()));
  Mapping mapping = std::get<Mapping>(std::move(read));
  for (const SiteId site : both_sites) {
    for (const Mistake& mistake : bind_columns(
             mapping, site, [&](const TableName&) { return catalog(fields); }, "thing.json"))
      FAIL(to_string(mistake));
  }
  return mapping;
}

std::string policy_field(const std::string& policy) {
  if (policy == "counter") return R"("type": "counter")";
  if (policy == "ladder")
    return R"("type": "enumeration", "policy": {"ladder": ["low", "mid", "top"],
                                                "back": [["top", "mid"]]})";
  return R"("type": "integer", "policy": ")" + policy + "\"";
}

Mapping policy_mapping(const std::string& policy) {
  return thing_mapping({policy_field(policy), policy_field(policy)});
}

Result merge_world(const Mapping& mapping, const World& world) {
  const Entity& entity = mapping.entities.front();
  Known known;
  known.states.emplace(RecordId{1}, state_of(entity, world));
  known.members[RecordId{1}] = {RecordId{1}};
  Pair pair;
  pair.record = RecordId{1};
  pair.entity = entity.id;
  for (const SiteId site : both_sites) {
    const auto& now = world.now[index(site)];
    if (world.gone[index(site)]) pair.now[index(site)] = Absent{};
    if (!now) continue;
    pair.now[index(site)] = Present{key, raw_row(entity, *now), canonical_row(entity, *now),
                                    world.changed[index(site)]};
  }
  Pairs pairs;
  pairs.entity = entity.id;
  pairs.aggregates.push_back({RecordId{1}, {pair}});
  const Merged merged = merge_pairs(pairs, known, mapping, CycleNumber{1}, std::nullopt);
  Result result;
  result.state = merged.states.empty() ? known.states.at(RecordId{1}) : merged.states.front();
  for (std::size_t f = 0; f < 2; ++f) result.head[f] = number_of(entity, f, result.state.head[f]);
  for (const HeldField& held : result.state.held) result.held[held.field] = true;
  result.gone = result.state.gone;
  for (const Conflict& conflict : merged.conflicts) {
    if (!conflict.field) continue;
    const std::size_t field = conflict.field.value();
    result.lost.push_back({field, number_of(entity, field, conflict.loser), conflict.loser_site});
  }
  if (!merged.conflicts.empty()) result.rule = merged.conflicts.front().rule;
  std::sort(result.lost.begin(), result.lost.end());
  return result;
}

World swapped(const World& world) {
  World other = world;
  std::swap(other.shadow[0], other.shadow[1]);
  std::swap(other.now[0], other.now[1]);
  std::swap(other.changed[0], other.changed[1]);
  return other;
}

Result swapped(Result result) {
  for (Lost& lost : result.lost) {
    if (lost.site) lost.site = other(*lost.site);
  }
  std::sort(result.lost.begin(), result.lost.end());
  return result;
}

}  // namespace miroir::test
