#include <catch2/catch.hpp>

#include "mapping_slips.hpp"

using namespace miroir;
using miroir::testing::mistakes_in;
using miroir::testing::sample_with;
using miroir::testing::Slip;

namespace {

const Slip slips[] = {
    // The file as a whole.
    {R"("conflicts": "shop wins",)", "", "", "'conflicts' is missing", "How a conflict is decided"},
    {R"("sites": ["shop", "erp"])", R"("sites": ["shop"])", "/sites", "fewer than 2",
     "names of the two sites"},
    {R"("sites": ["shop", "erp"])", R"("sites": ["shop", "shop"])", "/sites/1",
     "both sites are called 'shop'", "different names"},
    {R"("sites": ["shop", "erp"])", R"("sites": ["shop", "match"])", "/sites/1",
     "'match' is a word of the mapping's own", "another name"},
    {R"("entities": {)", R"("version": 1, "entities": {)", "/version",
     "'version' is no property here", "one of: $schema, conflicts, entities, lookups, sites"},
    // What is mirrored, and which way.
    {R"("policy": "hold")", R"("direction": "to crm")",
     "/entities/customer/fields/vat_number/direction", "'to crm' is no direction",
     "did you mean 'to erp'? One of: both ways, to shop, to erp, at creation"},
    {R"("type": "counter", )", R"("type": "counter", "direction": "to erp", )",
     "/entities/stock/fields/on_hand/direction", "a counter is added up from both sides",
     "another type"},
    {R"("stock": {)", R"("stock": {"direction": "at creation",)", "/entities/stock/fields/on_hand",
     "a counter is added up from both sides", "both ways"},
    {R"("sales_order": {)", R"("sales_order": {"direction": "to erp",)",
     "/entities/sales_order/direction", "an aggregate is written by both sides",
     "a direction for each field"},
    {R"("table": "sales_order",)", R"("table": "sales_order", "where": {"state": {}},)",
     "/entities/sales_order/shop/where/state", "the condition asks for nothing",
     "a value, several in []"},
    {R"("table": "sales_order",)",
     R"("table": "sales_order", "where": {"state": {"nott": 1, "not": 2}},)",
     "/entities/sales_order/shop/where/state/nott", "'nott' is no property here",
     "did you mean 'not'?"},
    {R"("table": "sales_order",)",
     R"("table": "sales_order", "where": {"state": {"not": 1, "from": 2}},)",
     "/entities/sales_order/shop/where/state", "'not' stands beside 'from' or 'before'",
     "one of the two"},
    {R"("table": "CRONUS France$Sales Header",)",
     R"("table": "CRONUS France$Sales Header", "where": {"Document Type": 1},)",
     "/entities/sales_order/erp/where/Document Type",
     "the key's column 'Document Type' is constant already", "leave the condition out"},
    {R"("table": "order_line",)", R"("table": "order_line", "ready_when": {"qty": 1},)",
     "/entities/order_line/shop/ready_when", "a part is mirrored when its root is",
     "the condition at 'sales_order'"},
    {R"("table": "sales_order",)", R"("table": "sales_order", "on_insert": {"state": "open"},)",
     "/entities/sales_order/shop/on_insert/state",
     "column 'state' at 'shop' is used twice, first at /entities/sales_order/fields/state/shop",
     "each column once"},
    // Names of sites, entities, fields, types.
    {R"("policy": "hold")", R"("polcy": "hold")", "/entities/customer/fields/vat_number/polcy",
     "'polcy' is neither a site nor a property", "did you mean 'policy'?"},
    {R"("part_of": "sales_order",)", R"("part_of": "sales_oder",)", "/entities/order_line/part_of",
     "there is no entity 'sales_oder'", "did you mean 'sales_order'?"},
    {R"("to": "customer",)", R"("to": "custmer",)", "/entities/sales_order/fields/customer/to",
     "there is no entity 'custmer'", "did you mean 'customer'?"},
    {R"("to": "customer",)", "", "/entities/sales_order/fields/customer", "a reference needs 'to'",
     "customer, order_line"},
    {R"("type": "date")", R"("type": "datetime")", "/entities/sales_order/fields/placed/type",
     "'datetime' is none of the choices", "did you mean 'date'?"},
    {R"("type": "date", )", "", "/entities/sales_order/fields/placed", "'type' is missing",
     "What the field's values are"},
    {R"("type": "code", "policy")", R"("to": "customer", "type": "code", "policy")",
     "/entities/customer/fields/vat_number/to", "only a reference has 'to'", "leave it out"},
    {R"(["vat_number"])", R"(["vat_no"])", "/entities/customer/match/1/0",
     "'vat_no' is no field that twins could agree in", "one of: email, name, vat_number"},
    {R"("stock": {)", R"("stock": {"match": [["on_hand"]],)", "/entities/stock/match/0/0",
     "'on_hand' is no field that twins could agree in", "one of: sku"},
    {R"("name": {)", R"("name": {"match": "lower",)", "/entities/customer/fields/name/match",
     "'lower' is none of the choices", "any case"},
    {R"("name": {)", R"("name": {"match": "any case",)", "/entities/customer/fields/name/match",
     "no twins are found by 'name'", "or [\"name\"] in \"match\" of the entity"},
    {R"("type": "code", "policy")", R"("match": "any case", "type": "code", "policy")",
     "/entities/customer/fields/vat_number/match", "'match' does not fit the type code",
     "a code is matched in any case"},
    // Columns.
    {R"("shop": "on_hand", "erp": "Quantity")", R"("shop": "on_hand")",
     "/entities/stock/fields/on_hand", "the field has no column at 'erp'",
     "\"erp\": the column's name"},
    {R"("shop": "name")", R"("shop": "email")", "/entities/customer/fields/name/shop",
     "column 'email' at 'shop' is used twice, first at /entities/customer/fields/email/shop",
     "each column once"},
    {R"("shop": "qty")", R"("shop": "line_no")", "/entities/order_line/fields/quantity/shop",
     "column 'line_no' at 'shop' is used twice", "each column once"},
    {R"("shop": "qty")", R"("shop": 5)", "/entities/order_line/fields/quantity/shop",
     "a value of type number stands here", "The column's name"},
    {R"("length": 80)", R"("lenght": 80)", "/entities/customer/fields/email/erp/lenght",
     "'lenght' is no property here", "did you mean 'length'?"},
    {R"("length": 50)", R"("length": 0)", "/entities/customer/fields/name/erp/length",
     "greater than or equal to 1", "a whole number from 1"},
    {R"("length": 50, )", "", "/entities/customer/fields/name/erp/loss",
     "loss of 'length' without a length to cut at", "\"length\""},
    {R"("loss": ["length"])", R"("loss": ["precision"])", "/entities/customer/fields/name/erp/loss",
     "loss of 'precision' does not fit the type text", "leave it out"},
    {R"("loss": ["length"])", R"("loss": ["case"])", "/entities/customer/fields/name/erp/loss/0",
     "'case' is none of the choices", "one of: length, precision"},
    {R"("shop": "name")", R"("shop": {"column": "name", "scale": 2})",
     "/entities/customer/fields/name/shop/scale", "'scale' does not fit the type text",
     "leave it out"},
    {R"("type": "date",)", R"("type": "date", "scale": 2,)",
     "/entities/sales_order/fields/placed/scale", "'scale' does not fit the type date",
     "leave it out"},
    {R"("shop": "placed_on")", R"("shop": {"column": "placed_on", "length": 10})",
     "/entities/sales_order/fields/placed/shop/length", "'length' does not fit the type date",
     "leave it out"},
    {R"("erp": "Quantity")", R"("erp": {"column": "Quantity", "blank": 0})",
     "/entities/stock/fields/on_hand/erp/blank", "a counter has no blank", "leave 'blank' out"},
    {R"("blank": "1753-01-01")", R"("blank": null)",
     "/entities/sales_order/fields/placed/erp/blank", "a value of type null stands here",
     "A text, a number, true or false"},
    // Enumerations.
    {R"("erp": {"column": "Status", "lookup": {"open": 0, "released": 1}})", R"("erp": "Status")",
     "/entities/sales_order/fields/state/erp", "an enumeration needs a lookup", "\"lookup\""},
    {R"({"open": 0, "released": 1})", R"({"open": 1, "released": 1})",
     "/entities/sales_order/fields/state/erp/lookup/released", "1 already stands for 'open'",
     "a value of its own"},
    {R"("Status", "lookup")", R"("Status", "blank": 0, "lookup")",
     "/entities/sales_order/fields/state/erp/lookup/open", "0 is the blank", "another value"},
    {R"({"open": 0, "released": 1})", R"({"open": 0, "released": 1, "closed": 2})",
     "/entities/sales_order/fields/state/erp/lookup/closed",
     "'closed' is not in the lookup of 'shop'", "one of: open, released"},
    {R"("shop": "placed_on")", R"("shop": {"column": "placed_on", "lookup": {"a": "b"}})",
     "/entities/sales_order/fields/placed/shop/lookup", "'lookup' does not fit the type date",
     "leave it out"},
    // Keys.
    {R"("key": [{"column": "sku"}])", R"("key": [])", "/entities/stock/shop/key", "fewer than 1",
     "The columns that identify a row"},
    {R"("key": [{"column": "sku"}])", R"("key": [{"column": "id"}])", "/entities/stock/shop/key/0",
     "no field is mapped to the key's column 'id'", "\"from\""},
    {R"("key": [{"column": "sku"}])", R"("key": [{"column": "on_hand"}])",
     "/entities/stock/shop/key/0", "'on_hand' is a counter", "does not change by increments"},
    {R"("key": [{"column": "sku"}])", R"("key": [{"column": "sku"}, {"column": "sku"}])",
     "/entities/stock/shop/key/1/column", "column 'sku' stands twice in the key",
     "each column once"},
    {R"("key": [{"column": "sku"}])", R"("key": [{"column": "id", "from": "databse"}])",
     "/entities/stock/shop/key/0/from", "'databse' is none of the choices",
     "did you mean 'database'?"},
    {R"("key": [{"column": "sku"}])",
     R"("key": [{"column": "a", "from": "database"}, {"column": "b", "from": "database"}])",
     "/entities/stock/shop/key", "more than one column of the key comes from the database",
     "at most"},
    {R"("key": [{"column": "sku"}])", R"("key": [{"column": "a", "from": "constant", "value": 1}])",
     "/entities/stock/shop/key", "all columns of the key are constant", "one row from another"},
    {R"("key": [{"column": "sku"}])",
     R"("key": [{"column": "sku"}, {"column": "a", "from": "constant"}])",
     "/entities/stock/shop/key/1", "a constant needs its value", "\"value\""},
    {R"("key": [{"column": "sku"}])", R"("key": [{"column": "sku", "value": 1}])",
     "/entities/stock/shop/key/0/value", "'value' is only for \"from\": \"constant\"",
     "\"from\": \"constant\""},
    {R"("key": [{"column": "sku"}])",
     R"("key": [{"column": "sku"}, {"column": "n", "from": "number"}])",
     "/entities/stock/shop/key/1/from", "only parts have keys from their parent or a number",
     "\"part_of\""},
    {R"("rule": "W{id}"}]
      },
      "fields": {
        "email")",
     R"("rule": "W{ident}"}]
      },
      "fields": {
        "email")",
     "/entities/customer/erp/key/0/rule", "the key at 'shop' has no column 'ident'", "one of: id"},
    {R"("rule": "W{id}"}]
      },
      "fields": {
        "email")",
     R"("rule": "W{id"}]
      },
      "fields": {
        "email")",
     "/entities/customer/erp/key/0/rule", "'W{id' names no column in braces", "in braces: id"},
    {R"("from": "rule", "rule": "W{id}"}]
      },
      "fields": {
        "email")",
     R"("from": "rule"}]
      },
      "fields": {
        "email")",
     "/entities/customer/erp/key/0", "a key from a rule needs the rule", "\"W{id}\""},
    {R"("schema": "public", "key": [{"column": "id", "from": "database"}])",
     R"("schema": "public", "key": [{"column": "id", "from": "rule", "rule": "{No_}"}])",
     "/entities/customer/erp/key", "the keys of both sites come from a rule", "a rule at one site"},
    {R"("CRONUS France$Sales Header",
        "key": [
          {"column": "Document Type", "from": "constant", "value": 1},)",
     R"("CRONUS France$Sales Line",
        "key": [
          {"column": "Document Type", "from": "constant", "value": 1},)",
     "/entities/sales_order/erp/table", "is also the table of 'order_line'",
     "constants in both keys"},
    // Parts.
    {R"("parent": {"order_id": "id"},)", "", "/entities/order_line/shop",
     "no column holds 'id' of the root's key at 'shop'", "\"parent\": {\"<column>\": \"id\"}"},
    {R"("parent": {"order_id": "id"})", R"("parent": {"order_id": "no"})",
     "/entities/order_line/shop/parent/order_id", "the root's key at 'shop' has no column 'no'",
     "one of: id"},
    {R"("parent": {"order_id": "id"})", R"("parent": {"order_id": "id", "order_ref": "id"})",
     "/entities/order_line/shop", "two columns hold the root's 'id'", "one column for each"},
    {R"("from": "parent", "parent": "No_")", R"("from": "parent")",
     "/entities/order_line/erp/key/1", "a key's column from the parent needs 'parent'",
     "\"parent\""},
    {R"("key": [{"column": "id", "from": "database"}],
        "parent")",
     R"("key": [{"column": "position", "from": "number"}],
        "parent")",
     "/entities/order_line/shop", "more than one column numbers the parts", "one numbering column"},
    {R"("stock": {)", R"("stock": {"part_of": "order_line",)", "/entities/stock/part_of",
     "'order_line' is a part itself", "the root of the whole aggregate"},
    {R"("key": [{"column": "sku"}])", R"("key": [{"column": "sku"}], "parent": {"a": "b"})",
     "/entities/stock/shop/parent", "only a part has a parent", "\"part_of\""},
    {R"("key": [{"column": "sku"}])", R"("key": [{"column": "sku"}], "number": {"column": "n"})",
     "/entities/stock/shop/number", "only parts are numbered", "\"part_of\""},
    // References.
    {R"("match": [["email"], ["vat_number"]],)", R"("match": [["boss"], ["vat_number"]],)",
     "/entities/customer/match/0/0", "'boss' is no field that twins could agree in",
     "one of: email, name, vat_number"},
    {R"("name": {)",
     R"("last": {"type": "reference", "to": "sales_order", "shop": "last", "erp": "Last"}, "name": {)",
     "/entities/sales_order/fields/customer", "customer.last -> sales_order.customer -> customer",
     "leave out one"},
};

}  // namespace

TEST_CASE(
    "each mistake is reported alone, where it is, with what is wrong and what would be right") {
  REQUIRE(mistakes_in(testing::sample_mapping).empty());
  for (const Slip& slip : slips) testing::check_slip(slip);
}

TEST_CASE("a field under an unknown site is missing at the known one as well") {
  const auto found = mistakes_in(sample_with(R"("shop": "name")", R"("shp": "name")"));
  REQUIRE(found.size() == 2);
  CHECK(found[0].pointer == "/entities/customer/fields/name/shp");
  CHECK(found[0].wrong == "'shp' is neither a site nor a property");
  CHECK(found[0].right.starts_with("did you mean 'shop'?"));
  CHECK(found[1].pointer == "/entities/customer/fields/name");
  CHECK(found[1].wrong == "the field has no column at 'shop'");
}

TEST_CASE("all mistakes come at once, of shape and of meaning") {
  const std::string text = R"json({
    "sites": ["shop", "erp"],
    "conflicts": "shop win",
    "entities": {
      "customer": {
        "shop": {"table": "customer", "key": [{"column": "id", "from": "databse"}]},
        "fields": {
          "email": {"type": "txt", "shop": "email", "erp": {"column": "E-Mail", "lenght": 80}},
          "name/first": {"type": "text", "shop": "name", "policy": "max", "erp": "Name"}
        }
      },
      "order": {"table": "x"}
    }
  })json";
  std::vector<std::string> pointers;
  for (const Mistake& mistake : mistakes_in(text)) pointers.push_back(mistake.pointer);
  for (const char* expected :
       {"/conflicts", "/entities/customer/shop/key/0/from", "/entities/customer/fields/email/type",
        "/entities/customer/fields/email/erp/lenght",
        "/entities/customer/fields/name~1first/policy", "/entities/customer", "/entities/order",
        "/entities/order/table"}) {
    INFO(expected);
    CHECK(std::find(pointers.begin(), pointers.end(), expected) != pointers.end());
  }
}

TEST_CASE("a file that is no object, or of wrong shape everywhere, is refused without a crash") {
  for (const char* text : {"[]", "5", "null", "\"x\"", "{}", R"({"sites": 1, "entities": []})",
                           R"({"sites": ["a", "b"], "entities": {"x": 1, "y": {"a": [], "b": 2,
                              "match": {}, "fields": {"f": null, "g": {"a": [], "b": {}}}}}})",
                           R"({"sites": [1, 2], "conflicts": {}, "entities": {"x": {}}})"}) {
    INFO(text);
    CHECK_FALSE(mistakes_in(text).empty());
  }
}
