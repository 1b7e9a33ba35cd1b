#include "tests/storm/tables.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "schema/mapping_file.hpp"
#include "tests/storm/event.hpp"

namespace miroir::storm {
namespace {

constexpr const char* mapping_text = R"json({
  "sites": ["shop", "erp"],
  "conflicts": "shop wins",
  "entities": {
    "item": {
      "shop": {"table": "item", "key": [{"column": "sku"}]},
      "erp": {"table": "Item", "key": [{"column": "No_"}]},
      "fields": {
        "mark": {"type": "text", "shop": "sku", "erp": "No_"},
        "stock": {"type": "counter", "shop": "stock", "erp": "Stock"}
      }
    },
    "customer": {
      "match": [["email"]],
      "shop": {"table": "customer", "key": [{"column": "id", "from": "database"}]},
      "erp": {"table": "Customer", "key": [{"column": "No_", "from": "rule", "rule": "W{id}"}]},
      "fields": {
        "mark": {"type": "text", "shop": "mark", "erp": "Mark"},
        "email": {"type": "text", "shop": "email", "erp": {"column": "E-Mail", "blank": ""}},
        "name": {"type": "text", "shop": "name", "erp": {"column": "Name", "blank": "", "length": 20}, "policy": "erp wins"},
        "city": {"type": "text", "shop": "city", "erp": {"column": "City", "blank": "", "length": 8, "loss": ["length"]}},
        "note": {"type": "text", "shop": "note", "erp": {"column": "Note", "blank": ""}, "policy": "hold"},
        "points": {"type": "counter", "shop": "points", "erp": "Points"},
        "changed": {"type": "integer", "shop": "changed", "erp": "Changed", "policy": "max"},
        "phone": {"type": "text", "shop": "phone", "erp": {"column": "Phone", "blank": ""}, "policy": "latest"},
        "street": {"type": "text", "shop": "street", "erp": {"column": "Street", "blank": ""}, "policy": "erp wins"},
        "zip": {"type": "text", "shop": "zip", "erp": {"column": "Zip", "blank": ""}}
      },
      "groups": {"address": {"fields": ["street", "zip"], "by": "street"}}
    },
    "order": {
      "shop": {"table": "orders", "key": [{"column": "id", "from": "database"}]},
      "erp": {"table": "Header", "key": [{"column": "Type", "from": "constant", "value": 1},
                                         {"column": "No_", "from": "rule", "rule": "W{id}"}]},
      "fields": {
        "mark": {"type": "text", "shop": "mark", "erp": "Mark"},
        "customer": {"type": "reference", "to": "customer", "shop": "customer_id", "erp": {"column": "Customer", "blank": ""}},
        "state": {"type": "text", "shop": "state", "erp": {"column": "State", "blank": ""}},
        "stage": {"type": "enumeration", "policy": {"ladder": ["placed", "released", "shipped"]},
                  "shop": {"column": "stage", "lookup": {"placed": "placed", "released": "paid", "shipped": "sent"}},
                  "erp": {"column": "Stage", "lookup": {"placed": 0, "released": 1, "shipped": 2}}}
      }
    },
    "line": {
      "part_of": "order",
      "shop": {"table": "line", "key": [{"column": "id", "from": "database"}], "parent": {"order_id": "id"},
               "number": {"column": "line_no", "step": 1}},
      "erp": {"table": "Line", "key": [{"column": "Type", "from": "constant", "value": 1},
                                       {"column": "Document", "from": "parent", "parent": "No_"},
                                       {"column": "Line", "from": "number", "step": 10000}]},
      "fields": {
        "mark": {"type": "text", "shop": "mark", "erp": "Mark"},
        "what": {"type": "text", "shop": "what", "erp": {"column": "What", "blank": ""}, "policy": "erp wins"},
        "item": {"type": "reference", "to": "item", "shop": "item", "erp": {"column": "Item", "blank": ""}}
      }
    }
  }
})json";

// The ERP's users take records out of what is mirrored, and put them back.
constexpr const char* scoped_text = R"json({"entities": {
  "customer": {"erp": {"where": {"Archived": {"not": 1}}}},
  "order": {"erp": {"where": {"Archived": {"not": 1}}}}
}})json";

constexpr auto text = ValueKind::text;
constexpr auto integer = ValueKind::integer;
constexpr auto decimal = ValueKind::decimal;

struct Table {
  std::vector<std::string> key;
  std::vector<std::pair<std::string, ValueKind>> columns;
};

const std::map<std::string, Table>& tables() {
  static const std::map<std::string, Table> all{
      {"item", {{"sku"}, {{"sku", text}, {"stock", integer}}}},
      {"Item", {{"No_"}, {{"No_", text}, {"Stock", decimal}}}},
      {"customer",
       {{"id"},
        {{"id", integer},
         {"mark", text},
         {"email", text},
         {"name", text},
         {"city", text},
         {"note", text},
         {"points", integer},
         {"changed", integer},
         {"phone", text},
         {"street", text},
         {"zip", text}}}},
      {"Customer",
       {{"No_"},
        {{"No_", text},
         {"Mark", text},
         {"E-Mail", text},
         {"Name", text},
         {"City", text},
         {"Note", text},
         {"Points", decimal},
         {"Changed", integer},
         {"Archived", integer},
         {"Phone", text},
         {"Street", text},
         {"Zip", text}}}},
      {"orders",
       {{"id"},
        {{"id", integer},
         {"mark", text},
         {"customer_id", integer},
         {"state", text},
         {"stage", text}}}},
      {"Header",
       {{"Type", "No_"},
        {{"Type", integer},
         {"No_", text},
         {"Mark", text},
         {"Customer", text},
         {"State", text},
         {"Archived", integer},
         {"Stage", integer}}}},
      {"line",
       {{"id"},
        {{"id", integer},
         {"order_id", integer},
         {"line_no", integer},
         {"mark", text},
         {"what", text},
         {"item", text}}}},
      {"Line",
       {{"Type", "Document", "Line"},
        {{"Type", integer},
         {"Document", text},
         {"Line", integer},
         {"Mark", text},
         {"What", text},
         {"Item", text}}}}};
  return all;
}

CatalogTable catalog(const TableName& name) {
  const Table& table = tables().at(name.name);
  CatalogTable described;
  for (const auto& [column, kind] : table.columns) {
    CatalogColumn c;
    c.name = column;
    c.declared_type = std::string{name_of(kind)};
    c.kind = kind;
    const bool in_key = std::find(table.key.begin(), table.key.end(), column) != table.key.end();
    c.nullable = !in_key;
    c.has_default = in_key && table.key.size() == 1 && kind == ValueKind::integer;
    described.columns.push_back(c);
  }
  described.unique_keys = {table.key};
  return described;
}

Mapping read(bool scoped) {
  nlohmann::json document = nlohmann::json::parse(mapping_text);
  if (scoped) document.merge_patch(nlohmann::json::parse(scoped_text));
  auto read = read_mapping(document.dump(), "storm.json");
  if (const auto* mistakes = std::get_if<std::vector<Mistake>>(&read))
    throw std::logic_error{to_string(mistakes->front())};
  Mapping mapping = std::get<Mapping>(std::move(read));
  for (const SiteId site : both_sites) {
    for (const Mistake& mistake : bind_columns(mapping, site, catalog, "storm.json"))
      throw std::logic_error{to_string(mistake)};
  }
  return mapping;
}

}  // namespace

Tables::Tables(bool scoped) : mapping{read(scoped)} {
  item = mapping.find("item")->id;
  customer = mapping.find("customer")->id;
  order = mapping.find("order")->id;
  line = mapping.find("line")->id;
  items = {columns_of(item, "mark"), columns_of(item, "stock")};
  customers = {columns_of(customer, "mark"),    columns_of(customer, "email"),
               columns_of(customer, "name"),    columns_of(customer, "city"),
               columns_of(customer, "note"),    columns_of(customer, "points"),
               columns_of(customer, "changed"), columns_of(customer, "phone"),
               columns_of(customer, "street"),  columns_of(customer, "zip")};
  orders = {columns_of(order, "mark"), columns_of(order, "customer"), columns_of(order, "state"),
            columns_of(order, "stage")};
  lines = {columns_of(line, "mark"),
           columns_of(line, "what"),
           columns_of(line, "item"),
           {column(at_shop, line, "order_id"), column(at_erp, line, "Document")},
           {column(at_shop, line, "line_no"), column(at_erp, line, "Line")}};
  if (!scoped) return;
  customer_archived = column(at_erp, customer, "Archived");
  order_archived = column(at_erp, order, "Archived");
}

const std::vector<Value>& Tables::stages(SiteId site) {
  static const std::vector<Value> shop{std::string{"placed"}, std::string{"paid"},
                                       std::string{"sent"}};
  static const std::vector<Value> erp{std::int64_t{0}, std::int64_t{1}, std::int64_t{2}};
  return site == at_shop ? shop : erp;
}

std::size_t Tables::rank_of(SiteId site, const Value& stage) {
  const auto& all = stages(site);
  return static_cast<std::size_t>(std::find(all.begin(), all.end(), stage) - all.begin());
}

Columns Tables::columns_of(EntityId entity, const std::string& field) const {
  const Entity& e = mapping.entity(entity);
  const Field& f = e.fields[e.field_index(field).value()];
  return {f.at[0].column(), f.at[1].column()};
}

Columns Tables::mark_of(EntityId entity) const {
  if (entity == item) return items.mark;
  if (entity == customer) return customers.mark;
  return entity == order ? orders.mark : lines.mark;
}

std::size_t Tables::column(SiteId site, EntityId entity, const std::string& name) const {
  return mapping.table(entity, site).find(name).value();
}

Row Tables::empty_row(SiteId site, EntityId entity) const {
  const SiteTable& table = mapping.table(entity, site);
  Row row(table.columns.size(), Null{});
  if (site == at_shop) return row;
  for (std::size_t c = 0; c < row.size(); ++c) {
    if (table.columns[c].kind == ValueKind::text) row[c] = std::string{};
  }
  return row;
}

}  // namespace miroir::storm
