#include <catch2/catch.hpp>
#include <map>

#include "mapping_samples.hpp"
#include "schema/mapping_file.hpp"

using namespace miroir;

namespace {

using Kind = ValueKind;
using Tables = std::map<std::string, CatalogTable>;

CatalogColumn column(std::string name, Kind kind) {
  CatalogColumn out;
  out.name = std::move(name);
  out.declared_type = name_of(kind);
  out.kind = kind;
  return out;
}
CatalogColumn required(CatalogColumn out) {
  out.nullable = false;
  return out;
}
CatalogColumn identity(std::string name) {
  CatalogColumn out = required(column(std::move(name), Kind::integer));
  out.has_default = true;
  return out;
}

Tables erp_tables() {
  const auto text = [](const char* name) { return required(column(name, Kind::text)); };
  const auto number = [](const char* name) { return required(column(name, Kind::integer)); };
  return {
      {"CRONUS France$Customer",
       {{text("No_"), text("Name"), text("E-Mail"), text("VAT Registration No_")}, {{"No_"}}}},
      {"CRONUS France$Sales Header",
       {{number("Document Type"), text("No_"), text("Sell-to Customer No_"), number("Status"),
         required(column("Order Date", Kind::timestamp))},
        {{"Document Type", "No_"}}}},
      {"CRONUS France$Sales Line",
       {{number("Document Type"), text("Document No_"), number("Line No_"),
         required(column("Quantity", Kind::decimal))},
        {{"Document Type", "Document No_", "Line No_"}}}},
      {"CRONUS France$Item",
       {{text("No_"), required(column("Quantity", Kind::decimal))}, {{"No_"}}}},
  };
}

Tables shop_tables() {
  const auto text = [](const char* name) { return column(name, Kind::text); };
  CatalogColumn name = text("name");
  name.length = 100;
  return {
      {"customer", {{identity("id"), text("email"), name, text("vat_number")}, {{"id"}}}},
      {"sales_order",
       {{identity("id"), column("customer_id", Kind::integer), column("placed_on", Kind::date),
         text("state")},
        {{"id"}}}},
      {"order_line",
       {{identity("id"), column("order_id", Kind::integer), column("line_no", Kind::integer),
         column("qty", Kind::decimal)},
        {{"id"}, {"order_id", "line_no"}}}},
      {"stock", {{text("sku"), column("on_hand", Kind::decimal)}, {{"sku"}}}},
  };
}

CatalogColumn& find(CatalogTable& table, const std::string& name) {
  for (CatalogColumn& c : table.columns) {
    if (c.name == name) return c;
  }
  throw std::logic_error{"no column " + name};
}

struct Bound {
  Mapping mapping;
  std::vector<Mistake> mistakes;
};

Bound bind(SiteId site, const Tables& tables, const std::string& text = testing::sample_mapping) {
  Bound out{std::get<Mapping>(read_mapping(text, "m.json")), {}};
  const Catalog catalog = [&](const TableName& name) {
    const auto found = tables.find(name.name);
    return found == tables.end() ? CatalogTable{} : found->second;
  };
  out.mistakes = bind_columns(out.mapping, site, catalog, "m.json");
  return out;
}

void check_one(const Bound& bound, const std::string& pointer, const std::string& wrong,
               const std::string& right) {
  for (const Mistake& mistake : bound.mistakes) UNSCOPED_INFO(to_string(mistake));
  REQUIRE(bound.mistakes.size() == 1);
  CHECK(bound.mistakes[0].pointer == pointer);
  CHECK_THAT(bound.mistakes[0].wrong, Catch::Contains(wrong));
  CHECK_THAT(bound.mistakes[0].right, Catch::Contains(right));
}

const Lens& lens_of(const Mapping& mapping, const char* entity, const char* field, SiteId site) {
  const Entity& e = *mapping.find(entity);
  return e.fields[e.field_index(field).value()].at[index(site)].lens;
}

constexpr SiteId shop = SiteId::first;
constexpr SiteId erp = SiteId::second;

}  // namespace

TEST_CASE("binding fills in what only the site knows") {
  const Bound bound = bind(erp, erp_tables());
  REQUIRE(bound.mistakes.empty());
  const Lens& placed = lens_of(bound.mapping, "sales_order", "placed", erp);
  CHECK(placed.column == Kind::timestamp);
  CHECK(placed.blank == Value{*parse_timestamp("1753-01-01 00:00:00")});
  CHECK_FALSE(placed.nullable);
  const Lens& quantity = lens_of(bound.mapping, "order_line", "quantity", erp);
  CHECK(quantity.blank == Value{*parse_decimal("0")});
  const SiteTable& line = bound.mapping.find("order_line")->table[index(erp)];
  CHECK(line.key_kinds() == std::vector{Kind::integer, Kind::text, Kind::integer});
  CHECK(line.columns[3].kind == Kind::decimal);
}

TEST_CASE("a text's length is the column's, unless the mapping's is shorter") {
  Tables tables = erp_tables();
  find(tables.at("CRONUS France$Customer"), "Name").length = 100;
  CHECK(lens_of(bind(erp, tables).mapping, "customer", "name", erp).length == 50);
  CHECK(lens_of(bind(shop, shop_tables()).mapping, "customer", "name", shop).length == 100);
  find(tables.at("CRONUS France$Customer"), "Name").length = 30;
  check_one(bind(erp, tables), "/entities/customer/fields/name/erp/length",
            "column 'Name' takes 30 characters, not 50", "30, or less");
}

TEST_CASE("each column of a split text has its own length") {
  Tables tables = erp_tables();
  auto& columns = tables.at("CRONUS France$Customer").columns;
  find(tables.at("CRONUS France$Customer"), "Name").length = 100;
  columns.push_back(column("Name 2", Kind::text));
  columns.back().length = 30;
  const std::string split =
      testing::sample_with(R"({"column": "Name", "blank": "", "length": 50, "loss": ["length"]})",
                           R"({"columns": ["Name", "Name 2"], "split": " ", "blank": ""})");
  const Bound bound = bind(erp, tables, split);
  REQUIRE(bound.mistakes.empty());
  const Entity& customer = *bound.mapping.find("customer");
  const auto& pieces = customer.fields[customer.field_index("name").value()].at[1].split->pieces;
  CHECK(pieces[0].length == 100);
  CHECK(pieces[1].length == 30);
  find(tables.at("CRONUS France$Customer"), "Name 2").kind = Kind::integer;
  const Bound wrong = bind(erp, tables, split);
  REQUIRE_FALSE(wrong.mistakes.empty());
  CHECK_THAT(wrong.mistakes[0].wrong,
             Catch::Contains("'Name 2'") && Catch::Contains("cannot hold text"));
}

TEST_CASE("a date in a column of instants needs a zone, and one in a column of dates has none") {
  Tables tables = erp_tables();
  find(tables.at("CRONUS France$Sales Header"), "Order Date").kind = Kind::instant;
  check_one(bind(erp, tables), "/entities/sales_order/fields/placed/erp",
            "which day it is depends on a time zone", "\"time_zone\"");
  const std::string zoned = testing::sample_with(
      R"("blank": "1753-01-01")", R"("blank": "1753-01-01", "time_zone": "Europe/Paris")");
  CHECK(bind(erp, tables, zoned).mistakes.empty());
  find(tables.at("CRONUS France$Sales Header"), "Order Date").kind = Kind::date;
  check_one(bind(erp, tables, zoned), "/entities/sales_order/fields/placed/erp/time_zone",
            "which is the same day everywhere", "leave 'time_zone' out");
}

TEST_CASE("binding the second site, or one site again, changes nothing of the first binding") {
  Bound bound = bind(erp, erp_tables());
  const Tables tables = erp_tables();
  const auto again = bind_columns(
      bound.mapping, erp, [&](const TableName& name) { return tables.at(name.name); }, "m.json");
  CHECK(again.empty());
  CHECK(lens_of(bound.mapping, "sales_order", "placed", erp).blank ==
        Value{*parse_timestamp("1753-01-01 00:00:00")});
  CHECK(bind(shop, shop_tables()).mistakes.empty());
  CHECK(bound.mapping.fingerprint == bind(shop, shop_tables()).mapping.fingerprint);
}

TEST_CASE("a table that is not there is a mistake, and the other tables are looked at") {
  Tables tables = shop_tables();
  tables.erase("customer");
  tables.erase("stock");
  const Bound bound = bind(shop, tables);
  REQUIRE(bound.mistakes.size() >= 2);
  CHECK(bound.mistakes[0].pointer == "/entities/customer/shop/table");
  CHECK(bound.mistakes[0].wrong ==
        "there is no table 'public.customer' at 'shop', or this user may not see it");
  CHECK(bound.mistakes.back().pointer == "/entities/stock/shop/table");
}

TEST_CASE("a column that is not there is reported with the nearest one that is") {
  Tables tables = shop_tables();
  find(tables.at("customer"), "email").name = "e_mail";
  check_one(bind(shop, tables), "/entities/customer/fields/email/shop",
            "'public.customer' at 'shop' has no column 'email'", "did you mean 'e_mail'?");
}

TEST_CASE("a column whose type cannot be mirrored, or cannot hold the field, is a mistake") {
  Tables tables = shop_tables();
  find(tables.at("customer"), "email").kind.reset();
  find(tables.at("customer"), "email").declared_type = "tsvector";
  check_one(bind(shop, tables), "/entities/customer/fields/email/shop",
            "column 'email' is of type tsvector, which cannot be mirrored", "leave the field out");
  tables = shop_tables();
  find(tables.at("sales_order"), "placed_on") = column("placed_on", Kind::integer);
  check_one(bind(shop, tables), "/entities/sales_order/fields/placed/shop",
            "column 'placed_on' is of type integer, which cannot hold date",
            "a column of kind text, date, timestamp");
}

TEST_CASE("a column that the database computes cannot be mapped, but may be a generated key") {
  Tables tables = shop_tables();
  find(tables.at("customer"), "id").generated_always = true;
  CHECK(bind(shop, tables).mistakes.empty());
  find(tables.at("customer"), "name").generated_always = true;
  check_one(bind(shop, tables), "/entities/customer/fields/name/shop",
            "column 'name' is computed by the database", "leave the field out");
}

TEST_CASE("blanks, lookups and constants must fit their columns") {
  const Tables tables = erp_tables();
  check_one(
      bind(erp, tables, testing::sample_with("\"blank\": \"1753-01-01\"", "\"blank\": \"never\"")),
      "/entities/sales_order/fields/placed/erp/blank",
      "'never' does not fit column 'Order Date' of type timestamp", "1753-01-01 00:00:00");
  check_one(bind(erp, tables, testing::sample_with("\"blank\": 0}", "\"blank\": true}")),
            "/entities/order_line/fields/quantity/erp/blank",
            "'true' does not fit column 'Quantity'", "a number");
  check_one(bind(erp, tables, testing::sample_with("{\"open\": 0,", "{\"open\": \"0\",")),
            "/entities/sales_order/fields/state/erp/lookup/open",
            "'0' does not fit column 'Status'", "a whole number");
  check_one(bind(erp, tables,
                 testing::sample_with("\"value\": 1},\n          {\"column\": \"No_\"",
                                      "\"value\": \"Order\"},\n          {\"column\": \"No_\"")),
            "/entities/sales_order/erp/key/0/value", "'Order' does not fit column 'Document Type'",
            "a whole number");
}

TEST_CASE("conditions and what is given at insert are bound to their columns") {
  const std::string header = R"("table": "CRONUS France$Sales Header",)";
  const auto with = [&](const std::string& more) {
    return testing::sample_with(header, header + " " + more + ",");
  };
  Tables tables = erp_tables();
  auto& columns = tables.at("CRONUS France$Sales Header").columns;
  columns.push_back(required(column("Shipped", Kind::decimal)));
  columns.back().has_default = true;
  columns.push_back(required(column("Due", Kind::date)));
  columns.back().has_default = true;
  columns.push_back(required(column("Salesperson", Kind::text)));
  const std::string person = R"("on_insert": {"Salesperson": "AB"})";
  const Bound bound = bind(
      erp, tables, with(R"("where": {"Shipped": 0, "Due": {"from": "2026-01-01"}}, )" + person));
  for (const Mistake& mistake : bound.mistakes) UNSCOPED_INFO(to_string(mistake));
  REQUIRE(bound.mistakes.empty());
  const SiteTable& table = bound.mapping.find("sales_order")->table[index(erp)];
  REQUIRE(table.where.size() == 2);
  Row row(table.columns.size(), Null{});
  const auto set = [&](const char* name, Value value) {
    row[*table.find(name)] = std::move(value);
  };
  set("Shipped", *parse_decimal("0.00"));
  set("Due", *parse_date("2026-01-01"));
  CHECK(table.is_mirrored(row));
  set("Due", *parse_date("2025-12-31"));
  CHECK_FALSE(table.is_mirrored(row));
  set("Due", Null{});
  CHECK_FALSE(table.is_mirrored(row));
  // A value that is asked for is given; what only stands in a range is the database's own affair.
  REQUIRE(table.constants.size() == 1);
  CHECK(table.constants[0] == std::pair{*table.find("Shipped"), Value{*parse_decimal("0")}});
  CHECK(table.columns[*table.find("Due")].only_read);
  CHECK(table.on_insert.at(0).value == Value{std::string{"AB"}});

  const std::string place = "/entities/sales_order/erp/";
  check_one(bind(erp, tables, with(R"("where": {"Shipped": {"from": "x"}}, )" + person)),
            place + "where/Shipped", "'x' does not fit column 'Shipped'", "a number");
  check_one(bind(erp, tables, with(R"("where": {"Shpped": 0}, )" + person)), place + "where/Shpped",
            "has no column 'Shpped'", "did you mean 'Shipped'?");
  check_one(bind(erp, tables, with(R"("where": {"Salesperson": {"before": "C"}}, )" + person)),
            place + "where/Salesperson", "which has no 'from' and 'before'", "the values");
  check_one(bind(erp, tables, with(R"("where": {"Salesperson": ["C", "D"]}, )" + person)),
            place + "on_insert/Salesperson", "a row with AB in 'Salesperson' is not mirrored",
            "a value that");
  check_one(bind(erp, tables, with(R"("ready_when": {"Salesperson": "C"})")),
            "/entities/sales_order/erp", "column 'Salesperson' is NOT NULL without a default",
            "on_insert");
}

TEST_CASE("a key that nothing makes unique is a mistake; one that holds a unique key is none") {
  Tables tables = shop_tables();
  tables.at("stock").unique_keys = {{"sku", "location"}};
  check_one(bind(shop, tables), "/entities/stock/shop/key",
            "nothing at 'shop' makes (sku) unique in 'stock'", "one of: (sku, location)");
  tables.at("stock").unique_keys = {};
  check_one(bind(shop, tables), "/entities/stock/shop/key", "unique", "a primary key");
  tables = erp_tables();
  tables.at("CRONUS France$Sales Header").unique_keys = {{"No_"}};
  CHECK(bind(erp, tables).mistakes.empty());
}

TEST_CASE("a column that an insert would leave empty is a mistake") {
  Tables tables = erp_tables();
  tables.at("CRONUS France$Item").columns.push_back(required(column("Description", Kind::text)));
  check_one(bind(erp, tables), "/entities/stock/erp",
            "column 'Description' is NOT NULL without a default", "a default in the database");
  tables.at("CRONUS France$Item").columns.back().has_default = true;
  CHECK(bind(erp, tables).mistakes.empty());
}

TEST_CASE("a generated key needs a database that generates it") {
  Tables tables = shop_tables();
  find(tables.at("customer"), "id").has_default = false;
  CHECK(bind(shop, tables).mistakes.empty());  // A whole number as the primary key: SQLite's rowid.
  tables.at("customer").unique_keys = {{"email", "id"}, {"id"}};
  check_one(bind(shop, tables), "/entities/customer/shop/key/0",
            "the database gives column 'id' no value by itself", "an identity");
  find(tables.at("customer"), "id").filled_by_trigger = true;
  CHECK(bind(shop, tables).mistakes.empty());
}

TEST_CASE("columns that hold another's key are of its kind") {
  Tables tables = shop_tables();
  find(tables.at("sales_order"), "customer_id") = column("customer_id", Kind::text);
  check_one(bind(shop, tables), "/entities/sales_order/fields/customer/shop",
            "column 'customer_id' is of type text, but it refers to 'id' of 'customer'",
            "a column of kind integer");
  tables = shop_tables();
  find(tables.at("order_line"), "order_id") = column("order_id", Kind::uuid);
  check_one(bind(shop, tables), "/entities/order_line/shop/parent/order_id",
            "column 'order_id' is of type uuid, but it holds the root's 'id'",
            "a column of kind integer");
  tables = shop_tables();
  find(tables.at("order_line"), "line_no") = column("line_no", Kind::text);
  check_one(bind(shop, tables), "/entities/order_line/shop/number",
            "column 'line_no' is of type text, but a number is whole", "a column of kind integer");
  tables = erp_tables();
  find(tables.at("CRONUS France$Customer"), "No_") = required(column("No_", Kind::integer));
  const Bound bound = bind(erp, tables);
  REQUIRE(bound.mistakes.size() == 2);
  CHECK(bound.mistakes[0].pointer == "/entities/customer/erp/key/0");
  CHECK_THAT(bound.mistakes[0].wrong, Catch::Contains("a rule gives text"));
  CHECK(bound.mistakes[1].pointer == "/entities/sales_order/fields/customer/erp");
}

TEST_CASE("a column that can be no key's is a mistake wherever it holds one") {
  const NoKey no{"it has several texts", "BIGINT"};
  Tables tables = shop_tables();
  find(tables.at("stock"), "sku").no_key = no;
  check_one(
      bind(shop, tables), "/entities/stock/shop/key/0",
      "column 'sku' of 'stock' is of type text, which cannot be a key's: it has several texts",
      "BIGINT");
  tables = shop_tables();
  find(tables.at("order_line"), "order_id").no_key = no;
  check_one(bind(shop, tables), "/entities/order_line/shop/parent/order_id",
            "column 'order_id' of 'order_line'", "BIGINT");
  tables = shop_tables();
  find(tables.at("customer"), "email").no_key = no;
  find(tables.at("sales_order"), "customer_id").no_key = no;
  find(tables.at("order_line"), "line_no").no_key = no;
  CHECK(bind(shop, tables).mistakes.empty());  // In no key.

  tables = erp_tables();
  CatalogColumn& type = find(tables.at("CRONUS France$Sales Header"), "Document Type");
  type.no_key = no;
  check_one(bind(erp, tables), "/entities/sales_order/erp/key/0", "'Document Type'", "BIGINT");
  type.no_key->sorted = true;
  CHECK(bind(erp, tables).mistakes.empty());  // All that is read has the same.
  find(tables.at("CRONUS France$Sales Header"), "No_").no_key = type.no_key;
  check_one(bind(erp, tables), "/entities/sales_order/erp/key/1", "'No_'", "BIGINT");
}
