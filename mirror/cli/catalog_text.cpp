#include "mirror/cli/catalog_text.hpp"

#include <nlohmann/json.hpp>

namespace miroir {
namespace {

using nlohmann::json;

constexpr int version = 2;

json to_json(const CatalogColumn& column) {
  json object{{"name", column.name},           {"type", column.declared_type},
              {"nullable", column.nullable},   {"generated", column.generated_always},
              {"default", column.has_default}, {"trigger", column.filled_by_trigger}};
  if (column.kind) object["kind"] = static_cast<int>(*column.kind);
  if (column.length) object["length"] = *column.length;
  if (const auto& no = column.no_key)
    object["no_key"] = {{"because", no->because}, {"right", no->right}, {"sorted", no->sorted}};
  return object;
}

std::optional<ValueKind> kind_from(int number) {
  if (number < static_cast<int>(ValueKind::boolean) || number > static_cast<int>(ValueKind::bytes))
    return std::nullopt;
  return static_cast<ValueKind>(number);
}

CatalogColumn column_from(const json& object) {
  CatalogColumn column{.name = object.at("name"),
                       .declared_type = object.at("type"),
                       .kind = std::nullopt,
                       .nullable = object.at("nullable"),
                       .length = std::nullopt,
                       .generated_always = object.at("generated"),
                       .has_default = object.at("default"),
                       .filled_by_trigger = object.at("trigger")};
  if (object.contains("kind")) column.kind = kind_from(object.at("kind").get<int>());
  if (object.contains("length")) column.length = object.at("length").get<int>();
  if (object.contains("no_key")) {
    const json& no = object.at("no_key");
    column.no_key = NoKey{no.at("because"), no.at("right"), no.at("sorted")};
  }
  return column;
}

}  // namespace

std::string catalog_to_text(const CatalogTables& tables) {
  json list = json::array();
  for (const auto& [name, table] : tables) {
    json columns = json::array();
    for (const CatalogColumn& column : table.columns) columns.push_back(to_json(column));
    list.push_back({{"schema", name.schema},
                    {"name", name.name},
                    {"columns", std::move(columns)},
                    {"unique", table.unique_keys}});
  }
  return json{{"version", version}, {"tables", std::move(list)}}.dump();
}

std::optional<CatalogTables> catalog_from_text(const std::string& text) try {
  const json document = json::parse(text);
  if (document.at("version") != version) return std::nullopt;
  CatalogTables tables;
  for (const json& entry : document.at("tables")) {
    CatalogTable& table = tables[{entry.at("schema"), entry.at("name")}];
    for (const json& column : entry.at("columns")) table.columns.push_back(column_from(column));
    table.unique_keys = entry.at("unique").get<std::vector<std::vector<std::string>>>();
  }
  return tables;
} catch (const json::exception&) {
  return std::nullopt;
}

}  // namespace miroir
