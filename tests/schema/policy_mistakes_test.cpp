#include <catch2/catch.hpp>

#include "mapping_slips.hpp"

using namespace miroir;
using miroir::testing::sample_with;
using miroir::testing::Slip;

namespace {

const Slip slips[] = {
    {R"("conflicts": "shop wins")", R"("conflicts": "shop win")", "/conflicts",
     "'shop win' is no policy",
     "did you mean 'shop wins'? One of: shop wins, erp wins, max, min, latest, "
     "hold, ladder, derived, counter"},
    {R"("conflicts": "shop wins")", R"("conflicts": "counter")", "/conflicts",
     "'counter' is for counters alone", "one of: shop wins, erp wins, max, min, latest, hold"},
    {R"("conflicts": "erp wins")", R"("conflicts": "crm wins")", "/entities/customer/conflicts",
     "'crm wins' is no policy", "did you mean 'erp wins'?"},
    {R"("policy": "hold")", R"("policy": "newest")", "/entities/customer/fields/vat_number/policy",
     "'newest' is no policy", "one of: shop wins"},
    {R"("policy": "hold")", R"("policy": "max")", "/entities/customer/fields/vat_number/policy",
     "'max' does not fit the type code", "another policy"},
    {R"("policy": "hold")", R"("policy": "counter")", "/entities/customer/fields/vat_number/policy",
     "'counter' does not fit the type code", "\"type\": \"counter\""},
    {R"("type": "counter", )", R"("type": "counter", "policy": "hold", )",
     "/entities/stock/fields/on_hand/policy", "a counter's policy is always 'counter', not 'hold'",
     "leave 'policy' out"},
    {R"("conflicts": "shop wins")", R"("conflicts": "ladder")", "/conflicts",
     "'ladder' is said of one field", "one of: shop wins, erp wins, max, min, latest, hold"},
    {R"("policy": "hold")", R"("policy": "min")", "/entities/customer/fields/vat_number/policy",
     "'min' does not fit the type code", "'min' is for integer, decimal, date and instant"},
    {R"("policy": "hold")", R"("policy": {})", "/entities/customer/fields/vat_number/policy",
     "neither 'ladder' nor 'derived' alone", "{\"ladder\": [...]"},
    // Ladders.
    {R"("policy": "hold")", R"("policy": "ladder")", "/entities/customer/fields/vat_number/policy",
     "'ladder' does not fit the type code, which has no states", "\"type\": \"enumeration\""},
    {R"("type": "enumeration",)", R"("type": "enumeration", "policy": "ladder",)",
     "/entities/sales_order/fields/state/policy", "'ladder' does not say which state is higher",
     "from the lowest up"},
    {R"("type": "enumeration",)",
     R"("type": "enumeration", "policy": {"ladder": ["open", "released", "shipped"]},)",
     "/entities/sales_order/fields/state/policy/ladder/2", "'shipped' is not in the field's lookup",
     "one of: open, released"},
    {R"("type": "enumeration",)",
     R"("type": "enumeration", "policy": {"ladder": ["open", "released", "open"]},)",
     "/entities/sales_order/fields/state/policy/ladder/2", "'open' stands on the ladder twice",
     "each state once"},
    {R"("open": "open", "released": "released"}},
          "erp": {"column": "Status", "lookup": {"open": 0, "released": 1})",
     R"("open": "open", "released": "released", "late": "late"}}, "policy": {"ladder": ["open", "released"]},
          "erp": {"column": "Status", "lookup": {"open": 0, "released": 1, "late": 2})",
     "/entities/sales_order/fields/state/policy/ladder",
     "the state 'late' has no place on the ladder", "all names of the lookup"},
    {R"("type": "enumeration",)",
     R"("type": "enumeration", "policy": {"ladder": ["open", "released"], "back": [["open", "released"]]},)",
     "/entities/sales_order/fields/state/policy/back/0",
     "from 'open' to 'released' is no step back", "the higher state first"},
    {R"("type": "enumeration",)",
     R"("type": "enumeration", "policy": {"ladder": ["open", "released"], "back": [["relesed", "open"]]},)",
     "/entities/sales_order/fields/state/policy/back/0", "'relesed' does not stand on the ladder",
     "did you mean 'released'?"},
    // What is computed.
    {R"("policy": "hold")", R"("policy": "derived")", "/entities/customer/fields/vat_number/policy",
     "'derived' does not fit the type code", "\"type\": \"decimal\""},
    {R"("type": "decimal", "scale": 3)", R"("type": "decimal", "policy": "derived", "scale": 3)",
     "/entities/order_line/fields/quantity/policy", "does not say what the field is computed from",
     "{\"derived\": {\"sum\""},
    {R"("placed": {)",
     R"("total": {"type": "decimal", "policy": {"derived": {"sum": "order_lin", "of": ["quantity"], "scale": 2}},
                 "shop": "total", "erp": "Total"}, "placed": {)",
     "/entities/sales_order/fields/total/policy/derived/sum",
     "'order_lin' is no part of 'sales_order'", "did you mean 'order_line'?"},
    {R"("placed": {)",
     R"("total": {"type": "decimal", "policy": {"derived": {"sum": "order_line", "of": ["qantity"], "scale": 2}},
                 "shop": "total", "erp": "Total"}, "placed": {)",
     "/entities/sales_order/fields/total/policy/derived/of/0",
     "'qantity' is no number of 'order_line'", "did you mean 'quantity'?"},
    {R"("placed": {)",
     R"("total": {"type": "decimal", "policy": {"derived": {"sum": "order_line", "scale": 2}},
                 "shop": "total", "erp": "Total"}, "placed": {)",
     "/entities/sales_order/fields/total/policy/derived", "the formula multiplies nothing",
     "\"of\": the fields"},
    {R"("placed": {)",
     R"("total": {"type": "decimal", "policy": {"derived": {"plus": ["total"], "scale": 2}},
                 "shop": "total", "erp": "Total"}, "placed": {)",
     "/entities/sales_order/fields/total/policy/derived", "'total' is computed from itself",
     "fields that do not need this one"},
    {R"("placed": {)",
     R"("total": {"type": "decimal", "policy": {"derived": {"plus": ["placed"], "scale": 2}},
                 "shop": "total", "erp": "Total"}, "placed": {)",
     "/entities/sales_order/fields/total/policy/derived/plus/0",
     "'placed' is no number of 'sales_order'", "one of: total"},
    {R"("placed": {)",
     R"("total": {"type": "decimal", "policy": {"derived": {"sum": "order_line", "of": ["quantity"]}},
                 "shop": "total", "erp": "Total"}, "placed": {)",
     "/entities/sales_order/fields/total/policy/derived", "'scale' is missing",
     "Digits after the point"},
    {R"("placed": {)",
     R"("total": {"type": "decimal", "policy": {"derived": {"sum": "order_line", "of": ["quantity"], "scale": 2}},
                 "direction": "to shop", "shop": "total", "erp": "Total"}, "placed": {)",
     "/entities/sales_order/fields/total/direction", "what is computed is given to both sites",
     "both ways"},
    // Groups.
    {R"("match": [["email"], ["vat_number"]],)",
     R"("match": [["email"], ["vat_number"]], "groups": {"who": {"fields": ["nam", "name"], "by": "name"}},)",
     "/entities/customer/groups/who/fields/0", "there is no field 'nam'", "did you mean 'name'?"},
    {R"("match": [["email"], ["vat_number"]],)",
     R"("match": [["email"], ["vat_number"]], "groups": {"who": {"fields": ["email", "name"], "by": "name"}},)",
     "/entities/customer/fields/email/policy", "'email' is decided with its group, by 'name'",
     "leave 'policy' out"},
    {R"("match": [["email"], ["vat_number"]],)",
     R"("match": [["email"], ["vat_number"]], "groups": {"who": {"fields": ["email", "name"], "by": "mail"}},)",
     "/entities/customer/groups/who/by", "'mail' is no field of the group",
     "did you mean 'email'?"},
    {R"("match": [["email"], ["vat_number"]],)",
     R"("match": [["email"], ["vat_number"]], "groups": {"who": {"fields": ["email", "name", "name"], "by": "email"}},)",
     "/entities/customer/groups/who/fields/2", "'name' is named twice", "each field in one group"},
    {R"("stock": {)",
     R"("stock": {"groups": {"all": {"fields": ["sku", "on_hand"], "by": "sku"}},)",
     "/entities/stock/groups/all/fields/1", "'on_hand' is added up or computed, not decided",
     "leave it out of the group"},
    {R"("match": [["email"], ["vat_number"]],
      "shop": {"table": "customer", "schema": "public", "key": [{"column": "id", "from": "database"}]},
      "erp": {
        "table": "CRONUS France$Customer",
        "key": [{"column": "No_", "from": "rule", "rule": "W{id}"}]
      },
      "fields": {
        "email": {
          "type": "text", "policy": "shop wins",)",
     R"("match": [["email"], ["vat_number"]], "groups": {"who": {"fields": ["email", "name"], "by": "email"}},
      "shop": {"table": "customer", "schema": "public", "key": [{"column": "id", "from": "database"}]},
      "erp": {
        "table": "CRONUS France$Customer",
        "key": [{"column": "No_", "from": "rule", "rule": "W{id}"}]
      },
      "fields": {
        "email": {
          "type": "text", "policy": "shop wins", "direction": "to shop",)",
     "/entities/customer/groups/who/fields/1",
     "'name' goes another way than 'email', with which it is decided", "the same 'direction'"},
    // Against the direction.
    {R"("policy": "hold")", R"("against": "hold")", "/entities/customer/fields/vat_number/against",
     "no change is against the direction", "\"direction\": \"to <site>\""},
    {R"("policy": "hold")", R"("against": "ask", "direction": "to erp")",
     "/entities/customer/fields/vat_number/against", "'ask' is none of the choices",
     "one of: put back, hold"},
};

Mapping mapping_of(const std::string& text) {
  auto read = read_mapping(text, "m.json");
  if (auto* mistakes = std::get_if<std::vector<Mistake>>(&read)) FAIL(to_string(mistakes->front()));
  return std::get<Mapping>(std::move(read));
}

}  // namespace

TEST_CASE("each mistake in a policy or a group is reported alone, with its remedy") {
  for (const Slip& slip : slips) testing::check_slip(slip);
}

TEST_CASE("a ladder knows what is a step up, and which steps back are legal") {
  const Mapping mapping = mapping_of(sample_with(R"("type": "enumeration",)",
                                                 R"("type": "enumeration",
                     "policy": {"ladder": ["open", "released"], "back": [["released", "open"]]},)"));
  const Entity& order = *mapping.find("sales_order");
  const auto& ladder = std::get<Ladder>(order.fields[*order.field_index("state")].policy);
  const Value open{std::string{"open"}}, released{std::string{"released"}}, nothing{};
  CHECK(ladder.allows(open, released));
  CHECK(ladder.allows(nothing, open));
  CHECK(ladder.allows(released, open));
  CHECK_FALSE(ladder.allows(open, nothing));
}

TEST_CASE("a computed field comes after those that it is computed from") {
  const Mapping mapping = mapping_of(sample_with(
      R"("placed": {)",
      R"("a_grand": {"type": "decimal", "policy": {"derived": {"plus": ["items", "shipping"], "scale": 2}},
                     "shop": "grand", "erp": "Grand"},
         "items": {"type": "decimal", "policy": {"derived": {"sum": "order_line", "of": ["quantity"], "scale": 2}},
                   "shop": "items", "erp": "Items"},
         "shipping": {"type": "decimal", "shop": "shipping", "erp": "Shipping"}, "placed": {)"));
  const Entity& order = *mapping.find("sales_order");
  CHECK(order.derived == std::vector{*order.field_index("items"), *order.field_index("a_grand")});
  const auto& items = std::get<Derived>(order.fields[*order.field_index("items")].policy);
  CHECK(items.parts == mapping.find("order_line")->id);
}

TEST_CASE("a group is decided by the policy of one of its fields") {
  const Mapping mapping = mapping_of(sample_with(R"("match": [["email"], ["vat_number"]],)",
                                                 R"("match": [["email"], ["vat_number"]],
                     "groups": {"who": {"fields": ["name", "email"], "by": "email"}},)"));
  const Entity& customer = *mapping.find("customer");
  const std::size_t email = *customer.field_index("email"), name = *customer.field_index("name");
  CHECK(customer.decided_with(name) == std::vector{email, name});
  CHECK(std::get<SiteWins>(customer.fields[name].policy).site == SiteId::first);
  const std::size_t vat_number = *customer.field_index("vat_number");
  CHECK(customer.decided_with(vat_number) == std::vector{vat_number});
}

TEST_CASE("which times are needed is told for each root, parts included") {
  CHECK_FALSE(mapping_of(testing::sample_mapping).needs_times());
  const Mapping mapping = mapping_of(sample_with(
      R"("type": "decimal", "scale": 3)", R"("type": "decimal", "policy": "latest", "scale": 3)"));
  CHECK(mapping.needs_times(mapping.find("sales_order")->id));
  CHECK_FALSE(mapping.needs_times(mapping.find("customer")->id));
}
