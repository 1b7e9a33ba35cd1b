// How a changed mapping is told.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/table.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;
using Kind = RemapDifference::Kind;

std::string shown(const ordered_json& value) {
  if (value.is_null()) return display(Value{Null{}});
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

std::string counts_of(const std::map<Kind, std::size_t>& counts) {
  std::string text;
  for (const auto& [kind, count] : counts) {
    const std::string records = counted(count, "record", "records");
    if (!text.empty()) text += ", ";
    switch (kind) {
      case Kind::met:
        text += records + " decided";
        break;
      case Kind::rederived:
        text += records + " with another value";
        break;
      case Kind::differs:
        text += records + " where the sites differ: a question, nothing is delivered";
        break;
    }
  }
  return text;
}

}  // namespace

std::string to_text(const Remapping& remapping) {
  std::string text = "The mapping was changed since the state file was made with it:\n";
  for (const MappingChange& change : remapping.comparison.changes)
    text += "  " + change.text + "\n";
  if (remapping.comparison.reads_more())
    text += "  first: miroir install, so that the journals watch what is new\n";
  if (remapping.comparison.can_be_carried())
    text += fmt::format("  to take it up: miroir cycle --accept '{}'\n", remapping.id);
  return text;
}

std::string to_text(const RemapSheet& sheet, const Mapping& mapping) {
  std::string text;
  for (const auto& [name, counts] : sheet.report.counts) {
    const Entity& entity = mapping.entities[name.first];
    const std::string& field = entity.fields[name.second].name;
    text += fmt::format("\n{}.{}: {}\n", entity.name, field, counts_of(counts));
    Table table{{"KEY", "", "BEFORE", "AFTER", mapping.sites[0], mapping.sites[1]}};
    std::size_t listed = 0, all = 0;
    for (const auto& [kind, count] : counts) all += count;
    for (const ordered_json& one : sheet.listed) {
      if (one["entity"] != entity.name || one["field"] != field) continue;
      ++listed;
      table.add({shown(one["key"]), shown(one["kind"]), shown(one["before"]), shown(one["after"]),
                 shown(one[mapping.sites[0]]), shown(one[mapping.sites[1]])});
    }
    text += table.text();
    if (listed < all) text += fmt::format("... and {} more\n", all - listed);
  }
  return text.empty() ? "\nNo record differs by it.\n" : text;
}

ordered_json to_json(const Remapping& remapping) {
  ordered_json object{{"id", remapping.id},
                      {"carried", remapping.comparison.can_be_carried()},
                      {"install", remapping.comparison.reads_more()},
                      {"changes", ordered_json::array()}};
  for (const MappingChange& change : remapping.comparison.changes) {
    object["changes"].push_back({{"kind", name_of(change.kind)},
                                 {"entity", change.entity},
                                 {"field", change.field},
                                 {"text", change.text}});
  }
  return object;
}

ordered_json to_json(const RemapSheet& sheet, const Mapping& mapping) {
  ordered_json object{{"counts", ordered_json::array()}, {"differences", sheet.listed}};
  for (const auto& [name, counts] : sheet.report.counts) {
    ordered_json one{{"entity", mapping.entities[name.first].name},
                     {"field", mapping.entities[name.first].fields[name.second].name}};
    for (const Kind kind : {Kind::met, Kind::rederived, Kind::differs}) {
      const auto found = counts.find(kind);
      one[std::string{name_of(kind)}] = found == counts.end() ? 0 : found->second;
    }
    object["counts"].push_back(std::move(one));
  }
  return object;
}

}  // namespace miroir
