#include "tests/mirror/small_world.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "mirror/lensing.hpp"
#include "schema/mapping_file.hpp"
#include "schema/row_codec.hpp"

namespace miroir::test {
namespace {

constexpr const char* mapping_text = R"json({
  "sites": ["shop", "erp"],
  "conflicts": "shop wins",
  "entities": {
    "item": {
      "shop": {"table": "item", "key": [{"column": "sku"}]},
      "erp": {"table": "Item", "key": [{"column": "No_"}]},
      "fields": {
        "sku": {"type": "code", "shop": "sku", "erp": "No_"},
        "stock": {"type": "counter", "shop": "stock", "erp": "Stock"}
      }
    },
    "customer": {
      "match": [["email"]],
      "shop": {"table": "customer", "key": [{"column": "id", "from": "database"}]},
      "erp": {"table": "Customer", "key": [{"column": "No_", "from": "rule", "rule": "W{id}"}]},
      "fields": {
        "email": {"type": "text", "shop": "email", "erp": {"column": "E-Mail", "blank": ""}, "policy": "shop wins"},
        "name": {"type": "text", "shop": "name", "erp": {"column": "Name", "blank": "", "length": 20}, "policy": "erp wins"},
        "city": {"type": "text", "shop": "city", "erp": {"column": "City", "blank": "", "length": 10, "loss": ["length"]}},
        "note": {"type": "text", "shop": "note", "erp": {"column": "Note", "blank": ""}, "policy": "hold"},
        "points": {"type": "counter", "shop": "points", "erp": "Points"},
        "changed": {"type": "integer", "shop": "changed", "erp": "Changed", "policy": "max"}
      }
    },
    "order": {
      "shop": {"table": "orders", "key": [{"column": "id", "from": "database"}]},
      "erp": {"table": "Header", "key": [{"column": "Type", "from": "constant", "value": 1},
                                         {"column": "No_", "from": "rule", "rule": "W{id}"}]},
      "fields": {
        "customer": {"type": "reference", "to": "customer", "shop": "customer_id", "erp": {"column": "Customer", "blank": ""}},
        "state": {"type": "text", "shop": "state", "erp": "State"}
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
        "what": {"type": "text", "shop": "what", "erp": "What"},
        "item": {"type": "reference", "to": "item", "shop": "item", "erp": {"column": "Item", "blank": ""}}
      }
    }
  }
})json";

CatalogTable catalog(const TableName& name) {
  static const std::map<std::string, std::vector<std::pair<std::string, ValueKind>>> tables{
      {"item", {{"sku", ValueKind::text}, {"stock", ValueKind::integer}}},
      {"Item", {{"No_", ValueKind::text}, {"Stock", ValueKind::decimal}}},
      {"customer",
       {{"id", ValueKind::integer},
        {"email", ValueKind::text},
        {"name", ValueKind::text},
        {"city", ValueKind::text},
        {"note", ValueKind::text},
        {"fax", ValueKind::text},
        {"pays_id", ValueKind::integer},
        {"points", ValueKind::integer},
        {"changed", ValueKind::integer}}},
      {"Customer",
       {{"No_", ValueKind::text},
        {"E-Mail", ValueKind::text},
        {"Name", ValueKind::text},
        {"City", ValueKind::text},
        {"Note", ValueKind::text},
        {"Fax", ValueKind::text},
        {"Bill-to", ValueKind::text},
        {"Points", ValueKind::decimal},
        {"Changed", ValueKind::integer},
        {"Archived", ValueKind::integer}}},
      {"address",
       {{"customer_id", ValueKind::integer},
        {"main", ValueKind::boolean},
        {"label", ValueKind::text},
        {"city", ValueKind::text},
        {"fax", ValueKind::text}}},
      {"Customer Ext", {{"No_", ValueKind::text}, {"Note", ValueKind::text}}},
      {"orders",
       {{"id", ValueKind::integer},
        {"customer_id", ValueKind::integer},
        {"agent_id", ValueKind::integer},
        {"state", ValueKind::text},
        {"kind", ValueKind::text},
        {"paid", ValueKind::boolean},
        {"items", ValueKind::decimal},
        {"shipping", ValueKind::decimal},
        {"total", ValueKind::decimal}}},
      {"Header",
       {{"Type", ValueKind::integer},
        {"No_", ValueKind::text},
        {"Customer", ValueKind::text},
        {"Agent", ValueKind::text},
        {"State", ValueKind::text},
        {"Archived", ValueKind::integer},
        {"Items", ValueKind::decimal},
        {"Shipping", ValueKind::decimal},
        {"Total", ValueKind::decimal}}},
      {"Posted", {{"Order No_", ValueKind::text}, {"Kind", ValueKind::integer}}},
      {"Archive", {{"Order No_", ValueKind::text}}},
      {"line",
       {{"id", ValueKind::integer},
        {"order_id", ValueKind::integer},
        {"line_no", ValueKind::integer},
        {"what", ValueKind::text},
        {"item", ValueKind::text},
        {"qty", ValueKind::decimal},
        {"price", ValueKind::decimal}}},
      {"Line",
       {{"Type", ValueKind::integer},
        {"Document", ValueKind::text},
        {"Line", ValueKind::integer},
        {"What", ValueKind::text},
        {"Item", ValueKind::text},
        {"Qty", ValueKind::decimal},
        {"Price", ValueKind::decimal}}}};
  static const std::map<std::string, std::vector<std::string>> keys{
      {"item", {"sku"}},    {"Item", {"No_"}},
      {"customer", {"id"}}, {"Customer", {"No_"}},
      {"address", {}},      {"Customer Ext", {"No_"}},
      {"orders", {"id"}},   {"Header", {"Type", "No_"}},
      {"line", {"id"}},     {"Line", {"Type", "Document", "Line"}},
      {"Posted", {}},       {"Archive", {}}};
  CatalogTable table;
  const auto& key = keys.at(name.name);
  for (const auto& [column, kind] : tables.at(name.name)) {
    CatalogColumn c;
    c.name = column;
    c.declared_type = std::string{name_of(kind)};
    c.kind = kind;
    const bool in_key = std::find(key.begin(), key.end(), column) != key.end();
    c.nullable = !in_key;
    c.has_default = in_key && key.size() == 1 && kind == ValueKind::integer;
    table.columns.push_back(c);
  }
  table.unique_keys = {key};
  return table;
}

}  // namespace

Mapping small_mapping(const std::string& patch) {
  nlohmann::json document = nlohmann::json::parse(mapping_text);
  document.merge_patch(nlohmann::json::parse(patch));
  auto read = read_mapping(document.dump(), "small.json");
  if (auto* mistakes = std::get_if<std::vector<Mistake>>(&read)) FAIL(to_string(mistakes->front()));
  Mapping mapping = std::get<Mapping>(std::move(read));
  for (const SiteId site : both_sites) {
    for (const Mistake& mistake : bind_columns(mapping, site, catalog, "small.json"))
      FAIL(to_string(mistake));
  }
  return mapping;
}

SmallWorld::SmallWorld(Mapping mapping)
    : mapping_{std::move(mapping)},
      shop{mapping_, SiteId::first},
      erp{mapping_, SiteId::second},
      store{Store::in_memory(mapping_)} {
  options.writes = Writes::allowed;
  options.limits.retry_pause = std::chrono::milliseconds{0};
}

void SmallWorld::seed() {
  const SeedReport report = miroir::seed({&shop, &erp}, store, mapping_, options);
  REQUIRE(report.refusals.empty());
  REQUIRE_FALSE(report.read.is_cut());
  cycle();
}

Outcome SmallWorld::cycle() {
  Outcome outcome = run_cycle({&shop, &erp}, store, mapping_, options);
  for (const OpenSetAside& item : store.set_aside()) {
    UNSCOPED_INFO("set aside: " << mapping_.entity(item.entity).name << " " << item.key << ": "
                                << item.reason);
  }
  for (const SiteTrouble& trouble : outcome.troubles) UNSCOPED_INFO("trouble: " << trouble.message);
  return outcome;
}

int SmallWorld::cycles_until_quiet(int at_most) {
  for (int n = 1; n <= at_most; ++n) {
    const Outcome outcome = cycle();
    const bool wrote = outcome.delivered[0] + outcome.delivered[1] > 0;
    const bool journal = !shop.journal().empty() || !erp.journal().empty();
    if (!wrote && !journal && store.count_behind(at_shop) + store.count_behind(at_erp) == 0)
      return n;
  }
  FAIL("the sites do not come to rest");
  return 0;
}

Row SmallWorld::row(SiteId site, const std::string& name,
                    const std::map<std::string, Value>& values) const {
  Row made(entity(name).table[index(site)].columns.size(), Null{});
  for (const auto& [column_name, value] : values) made[column(site, name, column_name)] = value;
  const SiteTable& table = entity(name).table[index(site)];
  for (const Satellite& satellite : table.satellites) made[satellite.rows] = std::int64_t{0};
  for (const auto& [column_name, value] : values) {
    const std::size_t number = table.columns[column(site, name, column_name)].satellite;
    if (number > 0) made[table.satellites[number - 1].rows] = std::int64_t{1};
  }
  return made;
}

std::size_t SmallWorld::column(SiteId site, const std::string& name,
                               const std::string& column_name) const {
  const auto& columns = entity(name).table[index(site)].columns;
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const Column& one) { return one.name == column_name; });
  REQUIRE(found != columns.end());
  return static_cast<std::size_t>(found - columns.begin());
}

Key SmallWorld::new_customer(SiteId site, const std::string& name, const std::string& email,
                             std::int64_t points) {
  static int erp_number = 0;
  const std::string city = "Beaune";
  if (site == at_shop) {
    return shop.insert(entity("customer").id, row(site, "customer",
                                                  {{"email", email},
                                                   {"name", name},
                                                   {"city", city},
                                                   {"points", points},
                                                   {"changed", std::int64_t{0}}}));
  }
  const std::string no = "C" + std::to_string(++erp_number);
  return erp.insert(entity("customer").id, row(site, "customer",
                                               {{"No_", no},
                                                {"E-Mail", email},
                                                {"Name", name},
                                                {"City", city},
                                                {"Note", std::string{}},
                                                {"Points", Decimal{points, 0}},
                                                {"Changed", std::int64_t{0}}}));
}

Key SmallWorld::new_line(SiteId site, const Key& order, std::int64_t number,
                         const std::string& what) {
  if (site == at_shop) {
    return shop.insert(
        entity("line").id,
        row(site, "line", {{"order_id", order[0]}, {"line_no", number}, {"what", what}}));
  }
  return erp.insert(entity("line").id, row(site, "line",
                                           {{"Type", std::int64_t{1}},
                                            {"Document", order[1]},
                                            {"Line", number * 10000},
                                            {"What", what},
                                            {"Item", std::string{}}}));
}

Key SmallWorld::new_order(SiteId site, const Key& customer, const std::vector<std::string>& lines) {
  static int erp_number = 0;
  MemorySite& here = at(site);
  const std::string open = "open";
  here.begin();
  Key order;
  if (site == at_shop) {
    order = shop.insert(entity("order").id,
                        row(site, "order", {{"customer_id", customer[0]}, {"state", open}}));
  } else {
    const std::string no = "O" + std::to_string(++erp_number);
    order = erp.insert(
        entity("order").id,
        row(site, "order",
            {{"Type", std::int64_t{1}}, {"No_", no}, {"Customer", customer[0]}, {"State", open}}));
  }
  std::int64_t number = 0;
  for (const std::string& what : lines) new_line(site, order, ++number, what);
  here.commit();
  return order;
}

void SmallWorld::set(SiteId site, const std::string& name, const Key& key,
                     const std::string& column, const Value& value) {
  const std::size_t c = this->column(site, name, column);
  at(site).update(entity(name).id, key, [&](Row& row) { row[c] = value; });
}

Value SmallWorld::get(SiteId site, const std::string& name, const Key& key,
                      const std::string& column) const {
  const Row* row = at(site).find(entity(name).id, key);
  REQUIRE(row != nullptr);
  return (*row)[this->column(site, name, column)];
}

const MemorySite::Rows& SmallWorld::rows(SiteId site, const std::string& name) const {
  return at(site).rows(entity(name).id);
}

Key SmallWorld::there(SiteId site, const std::string& name, const Key& key) const {
  const auto record = store.find(site, entity(name).id, key);
  REQUIRE(record);
  const auto keys = store.keys(*record);
  REQUIRE(keys[index(other(site))]);
  return *keys[index(other(site))];
}

std::vector<std::string> SmallWorld::differences() const {
  std::vector<std::string> found;
  for (const Entity& e : mapping_.entities) {
    if (shop.rows(e.id).size() != erp.rows(e.id).size()) {
      found.push_back(e.name + ": " + std::to_string(shop.rows(e.id).size()) + " rows and " +
                      std::to_string(erp.rows(e.id).size()));
    }
    for (const auto& [key, row] : shop.rows(e.id)) {
      const auto record = store.find(at_shop, e.id, key);
      const auto keys = record ? store.keys(*record) : PerSite<std::optional<Key>>{};
      const Row* twin = keys[1] ? erp.find(e.id, *keys[1]) : nullptr;
      if (twin == nullptr) {
        found.push_back(e.name + " " + key_text(key) + " has no row at the ERP");
        continue;
      }
      for (const Field& field : e.fields) {
        if (field.refers_to) {
          const Value& parent = row[field.at[0].column()];
          if (is_null(parent)) continue;
          const auto parent_record =
              store.find(at_shop, *field.refers_to,
                         key_of_reference(mapping_, *field.refers_to, at_shop, parent));
          const auto parent_keys =
              parent_record ? store.keys(*parent_record) : PerSite<std::optional<Key>>{};
          const bool same =
              parent_keys[1] && parent_keys[1]->back() == (*twin)[field.at[1].column()];
          if (!same) found.push_back(e.name + "." + field.name + " refers to another record");
          continue;
        }
        const auto wanted =
            field.at[1].put(std::get<Value>(field.at[0].get(row)), field.at[1].cells(*twin));
        const auto* cells = std::get_if<Cells>(&wanted);
        if (cells == nullptr || *cells != field.at[1].cells(*twin)) {
          found.push_back(e.name + "." + field.name + " of " + key_text(key) + ": " +
                          display(row[field.at[0].column()]) + " and " +
                          display((*twin)[field.at[1].column()]));
        }
      }
    }
  }
  return found;
}

}  // namespace miroir::test
