#include "mirror/cli/naming.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mirror/cli/report.hpp"
#include "mirror/decide_request.hpp"
#include "mirror/incorporate.hpp"
#include "schema/row_codec.hpp"
#include "schema/typed_value.hpp"

namespace miroir {
namespace {

// The parts of a typed key: as many as the key has columns that are no constants. Only a key of
// several is divided, since a slash may stand in any text.
std::vector<std::string> divided(const std::string& text, std::size_t parts) {
  if (parts < 2) return {text};
  std::vector<std::string> all;
  std::size_t from = 0;
  for (std::size_t at = text.find('/'); at != std::string::npos; at = text.find('/', from)) {
    all.push_back(text.substr(from, at - from));
    from = at + 1;
  }
  all.push_back(text.substr(from));
  return all;
}

// A key's text is written as JSON: a number is its own, everything else stands in quotes.
std::optional<Value> key_part(const std::string& text, ValueKind kind) {
  if (kind == ValueKind::text) return Value{text};
  const bool bare = kind == ValueKind::integer || kind == ValueKind::boolean;
  try {
    return parse_key_text(bare ? "[" + text + "]" : "[\"" + text + "\"]", {kind}).at(0);
  } catch (const CodecError&) {
    return std::nullopt;
  }
}

}  // namespace

const Entity& chosen_entity(const Mapping& mapping, const std::string& name) {
  if (const Entity* entity = mapping.find(name)) return *entity;
  std::vector<std::string> names;
  for (const Entity& entity : mapping.entities) names.push_back(entity.name);
  throw VerbError{Exit::usage, "there is no entity '" + name + "'",
                  fmt::format("the entities are called {}", fmt::join(names, ", "))};
}

std::size_t chosen_field(const Entity& entity, const std::string& name) {
  if (const auto field = entity.field_index(name)) return *field;
  std::vector<std::string> names;
  for (const Field& field : entity.fields) names.push_back(field.name);
  throw VerbError{Exit::usage, entity.name + " has no field '" + name + "'",
                  fmt::format("its fields are called {}", fmt::join(names, ", "))};
}

SiteId chosen_site(const Mapping& mapping, const std::string& name) {
  if (const auto site = mapping.site(name)) return *site;
  throw VerbError{Exit::usage, "there is no site '" + name + "'",
                  "the sites are called " + mapping.sites[0] + " and " + mapping.sites[1]};
}

std::optional<Key> typed_key(const SiteTable& table, const std::string& text) {
  const auto is_constant = [](const KeyColumn& column) {
    return std::holds_alternative<Constant>(column.source);
  };
  const auto constants = std::count_if(table.key.begin(), table.key.end(), is_constant);
  const auto parts = divided(text, table.key.size() - static_cast<std::size_t>(constants));
  const auto kinds = table.key_kinds();
  Key key;
  std::size_t next = 0;
  for (std::size_t k = 0; k < table.key.size(); ++k) {
    if (is_constant(table.key[k])) {
      key.push_back(std::get<Constant>(table.key[k].source).value);
      continue;
    }
    const auto part = next < parts.size() ? key_part(parts[next], kinds[k]) : std::nullopt;
    if (!part) return std::nullopt;
    key.push_back(*part);
    ++next;
  }
  if (next != parts.size()) return std::nullopt;
  return key;
}

std::vector<RecordId> find_records(const Store& store, const Entity& entity,
                                   const std::string& text) {
  std::vector<RecordId> found;
  for (const SiteId site : both_sites) {
    const auto key = typed_key(entity.table[index(site)], text);
    const auto record = key ? store.find(site, entity.id, *key) : std::nullopt;
    if (record && std::find(found.begin(), found.end(), *record) == found.end())
      found.push_back(*record);
  }
  return found;
}

RecordId find_record(const Store& store, const Entity& entity, const std::string& text) {
  const auto found = find_records(store, entity, text);
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    throw VerbError{Exit::usage, fmt::format("miroir knows no {} {}", entity.name, text),
                    "a record is named by its key at one of the sites, as `miroir status` and the "
                    "sites' own screens show it"};
  }
  throw VerbError{
      Exit::usage,
      fmt::format("{} {} is one record at one site and another at the other", entity.name, text),
      "name it by its key at the other site"};
}

std::string every_key(const Store& store, const Mapping& mapping, EntityId entity,
                      RecordId record) {
  const auto keys = store.keys(record);
  std::string all;
  for (const SiteId site : both_sites) {
    if (!keys[index(site)]) continue;
    all += fmt::format("{}{} ({})", all.empty() ? "" : ", ",
                       spoken_key(mapping.table(entity, site), *keys[index(site)]),
                       mapping.sites[index(site)]);
  }
  return all.empty() ? "record " + std::to_string(record.raw()) : all;
}

std::string spoken_value(const Store& store, const Mapping& mapping, const Field& field,
                         const Value& value) {
  const auto* parent = std::get_if<std::int64_t>(&value);
  if (!field.refers_to || parent == nullptr) return display(value);
  return spoken_key(store, mapping, *field.refers_to, RecordId{*parent});
}

Value chosen_value(const Store& store, const Mapping& mapping, const Entity& entity,
                   std::size_t field, const std::string& text) {
  const Field& f = entity.fields[field];
  if (f.refers_to) return find_record(store, mapping.entity(*f.refers_to), text).raw();
  Lensed value = typed_value(f, text);
  const std::string name = entity.name + "." + f.name;
  if (const auto* refusal = std::get_if<Refusal>(&value)) {
    throw VerbError{Exit::usage, name + ": " + refusal->reason,
                    fmt::format("the field is of the type {}", name_of(f.type))};
  }
  if (const auto why = unfit(entity, field, std::get<Value>(value), {}, mapping))
    throw VerbError{Exit::usage, name + ": " + *why, "nothing was asked; choose another value"};
  return std::get<Value>(std::move(value));
}

std::string typed_time(const std::string& text) {
  static constexpr std::string_view whole = "0000-00-00T00:00:00";
  const std::string given = text.ends_with('Z') ? text.substr(0, text.size() - 1) : text;
  bool fits = given.size() == 10 || given.size() == 16 || given.size() == whole.size();
  for (std::size_t i = 0; fits && i < given.size(); ++i) {
    const bool digit = given[i] >= '0' && given[i] <= '9';
    fits = whole[i] == '0' ? digit : given[i] == whole[i];
  }
  if (!fits) {
    throw VerbError{Exit::usage, "--since: '" + text + "' is no time",
                    "in UTC, as 2026-01-31 or 2026-01-31T16:00:00Z"};
  }
  return given + std::string{whole.substr(given.size())};
}

}  // namespace miroir
