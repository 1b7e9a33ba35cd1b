// What a mapping says about rows that are no more: "deletion" of an entity, "moved" of a table.
#include <fmt/core.h>

#include <algorithm>

#include "schema/mapping_reader.hpp"

namespace miroir {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::vector<ValueDraft> read_values(const json& object, const char* name,
                                    const std::string& pointer) {
  std::vector<ValueDraft> values;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_object()) return values;
  for (const auto& [column, value] : found->items()) {
    if (const auto read = read_scalar(value))
      values.push_back({member(member(pointer, name), column), column, *read});
  }
  return values;
}

// What it means is a word, or {"set": {...}}.
std::optional<DeletionDraft> read_meaning(const json& meaning, const std::string& pointer) {
  if (meaning.is_string()) return DeletionDraft{pointer, meaning.get<std::string>(), {}};
  if (!meaning.is_object() || !meaning.contains("set")) return std::nullopt;
  return DeletionDraft{pointer, std::nullopt, read_values(meaning, "set", pointer)};
}

}  // namespace

void read_deletion(const std::array<std::string, 2>& sites, const json& deletion,
                   const std::string& pointer, EntityDraft& entity, Mistakes& mistakes) {
  if (const auto everywhere = read_meaning(deletion, pointer)) {
    entity.deletion = {everywhere, everywhere};
    return;
  }
  if (!deletion.is_object()) return;
  for (const auto& [name, meaning] : deletion.items()) {
    const auto site = std::find(sites.begin(), sites.end(), name);
    if (site != sites.end()) {
      const auto at = static_cast<std::size_t>(site - sites.begin());
      entity.deletion[at] = read_meaning(meaning, member(pointer, name));
    } else {
      mistakes.add(member(pointer, name), fmt::format("'{}' is no site", name),
                   suggestion(name, {sites[0], sites[1], "set"}));
    }
  }
}

std::vector<PlaceDraft> read_places(const json& moved, const std::string& pointer) {
  std::vector<PlaceDraft> places;
  for (std::size_t i = 0; moved.is_array() && i < moved.size(); ++i) {
    if (!moved[i].is_object()) continue;
    const std::string here = member(pointer, i);
    places.push_back({here, text_of(moved[i], "schema"), text_of(moved[i], "table"),
                      read_values(moved[i], "where", here), read_values(moved[i], "then", here)});
  }
  return places;
}

}  // namespace miroir
