#include "mirror/status/masking.hpp"

#include <array>

namespace miroir {
namespace {

using nlohmann::ordered_json;

constexpr auto hidden = "(hidden)";
// Of what is about one field.
constexpr std::array value_members{"before", "after", "winner", "loser", "agreed", "had_lost"};
constexpr std::array text_members{"text", "what", "message", "reason", "hint"};

std::string text_in(const ordered_json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

void hide(ordered_json& value) {
  if (!value.is_null()) value = hidden;
}

void hide_values(ordered_json& object) {
  for (const char* name : value_members) {
    if (object.contains(name)) hide(object[name]);
  }
  if (!object.contains("candidates")) return;
  for (auto& [site, value] : object["candidates"].items()) hide(value);
}

// A line of a part's story names it: "order_line 1/2".
std::string entity_of(const ordered_json& object, const std::string& around) {
  if (const std::string own = text_in(object, "entity"); !own.empty()) return own;
  const std::string of = text_in(object, "of");
  return of.empty() ? around : of.substr(0, of.find(' '));
}

}  // namespace

Masking::Masking(const std::set<std::string>& personal, const Mapping& mapping) {
  if (personal.empty()) return;
  for (const Entity& entity : mapping.entities) {
    visible_.insert(entity.name + ".(deletion)");
    for (const Field& field : entity.fields) visible_.insert(entity.name + "." + field.name);
  }
  for (const std::string& name : personal) visible_.erase(name);
}

void Masking::mask(ordered_json& report, const std::string& entity) const {
  if (!hides_texts()) return;
  if (report.is_array()) {
    for (ordered_json& one : report) mask(one, entity);
    return;
  }
  if (!report.is_object()) return;
  const std::string its = entity_of(report, entity);
  if (hides(its, text_in(report, "field"))) hide_values(report);
  for (const char* name : text_members) {
    if (report.contains(name) && report[name].is_string()) hide(report[name]);
  }
  for (auto& [name, member] : report.items()) {
    // What people wrote for everybody to see, and numbers.
    if (name != "paused" && name != "brakes") mask(member, its);
  }
}

}  // namespace miroir
