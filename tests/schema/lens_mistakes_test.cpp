// What can be wrong with how a column converts, each alone in a mapping that is right otherwise.
#include <catch2/catch.hpp>

#include "mapping_slips.hpp"

using miroir::testing::Slip;

namespace {

const Slip slips[] = {
    // Several columns.
    {R"("shop": "name")", R"("shop": {"length": 50})", "/entities/customer/fields/name/shop",
     "'column' is missing", "\"columns\": several"},
    {R"("shop": "name")", R"("shop": {"column": "name", "columns": ["a", "b"], "join": " "})",
     "/entities/customer/fields/name/shop/columns", "'columns' stands beside 'column'",
     "one of the two"},
    {R"("shop": "name")", R"("shop": {"columns": ["first", "last"]})",
     "/entities/customer/fields/name/shop/columns", "nothing says how the text is divided",
     "\"split\": \" \""},
    {R"("shop": "name")", R"("shop": {"columns": ["first", "last"], "split": " ", "join": " "})",
     "/entities/customer/fields/name/shop/columns", "two ways to divide one text", "\"join\""},
    {R"("shop": "name")", R"("shop": {"columns": ["a", "b", "c"], "join": " "})",
     "/entities/customer/fields/name/shop/join", "'join' is for two columns", "or \"split\""},
    {R"("shop": "name")", R"("shop": {"columns": ["a"], "split": " "})",
     "/entities/customer/fields/name/shop/columns", "fewer than 2", "Two columns or more"},
    {R"("shop": "name")", R"("shop": {"columns": ["a", "b"], "split": ""})",
     "/entities/customer/fields/name/shop/split", "no fewer than 1 characters",
     "filled one after the other"},
    {R"("shop": "name")", R"("shop": {"columns": ["a", "a"], "split": " "})",
     "/entities/customer/fields/name/shop/columns/1", "column 'a' at 'shop' is used twice",
     "each column once"},
    {R"("shop": "name")", R"("shop": {"columns": ["email", "b"], "split": " "})",
     "/entities/customer/fields/name/shop/columns/0", "column 'email' at 'shop' is used twice",
     "each column once"},
    {R"("shop": "name")", R"("shop": {"column": "name", "split": " "})",
     "/entities/customer/fields/name/shop/split", "'split' is for a text in several columns",
     "\"columns\": [...]"},
    {R"("shop": "name")", R"("shop": {"column": "name", "join": " "})",
     "/entities/customer/fields/name/shop/join", "'join' is for a text in several columns",
     "\"columns\": [...]"},
    {R"("shop": "name")", R"("shop": {"columns": ["a", "b"], "split": " ", "lookup": {"x": "y"}})",
     "/entities/customer/fields/name/shop/lookup", "a text in several columns has no lookup",
     "leave 'lookup' out"},
    {R"("shop": "qty")", R"("shop": {"columns": ["a", "b"], "split": " "})",
     "/entities/order_line/fields/quantity/shop/columns", "a decimal stands in one column",
     "\"type\": \"text\""},
    {R"("sku": {"type": "code", "shop": "sku")",
     R"("sku": {"type": "text", "shop": {"columns": ["sku", "more"], "split": "-"})",
     "/entities/stock/shop/key/0", "'sku' is split over several columns", "a field of its own"},
    // Tables of texts and codes.
    {R"("blank": "", "length": 20)", R"("length": 20, "lookup": {"fr1": "FR1"})",
     "/entities/customer/fields/vat_number/erp/lookup/fr1", "'fr1' is no value that the field can",
     "'FR1', as it is compared"},
    {R"("blank": "", "length": 20)", R"("lookup": {"FR1": [null, "FR1"]})",
     "/entities/customer/fields/vat_number/erp/lookup/FR1", "nothing says what to write for 'FR1'",
     "the value that is written first"},
    {R"("blank": "", "length": 20)", R"("lookup": {"FR1": ["", "f1"], "FR2": "F1 "})",
     "/entities/customer/fields/vat_number/erp/lookup/FR2", "F1  already stands for 'FR1'",
     "a value of its own"},
    {R"("blank": "", "length": 20)", R"("lookup": {"FR1": []})",
     "/entities/customer/fields/vat_number/erp/lookup/FR1", "fewer than 1", "or several in []"},
    {R"("blank": "", "length": 20)", R"("lookup": "countries")",
     "/entities/customer/fields/vat_number/erp/lookup", "there is no lookup 'countries'",
     "there is none"},
    {R"("conflicts": "shop wins",)",
     R"("conflicts": "shop wins", "lookups": {"countries": {"FR": []}},)", "/lookups/countries/FR",
     "fewer than 1", "or several in []"},
    // Units, zones, code pages.
    {R"("shop": "placed_on")", R"("shop": {"column": "placed_on", "times": 6})",
     "/entities/sales_order/fields/placed/shop/times", "'times' does not fit the type date",
     "integer, decimal and counter"},
    {R"("shop": "qty")", R"("shop": {"column": "qty", "times": 1})",
     "/entities/order_line/fields/quantity/shop/times", "greater than or equal to 2", "from 2"},
    {R"("shop": "qty")", R"("shop": {"column": "qty", "time_zone": "Europe/Paris"})",
     "/entities/order_line/fields/quantity/shop/time_zone",
     "'time_zone' does not fit the type decimal", "it is for date"},
    {R"("shop": "placed_on")", R"("shop": {"column": "placed_at", "time_zone": "Europe/Pariss"})",
     "/entities/sales_order/fields/placed/shop/time_zone", "there is no time zone 'Europe/Pariss'",
     "did you mean 'Europe/Paris'?"},
    {R"("shop": "placed_on")", R"("shop": {"column": "placed_at", "time_zone": "+1"})",
     "/entities/sales_order/fields/placed/shop/time_zone", "there is no time zone '+1'",
     "as \"Europe/Paris\""},
    {R"("length": 80)", R"("code_page": "cp85")", "/entities/customer/fields/email/erp/code_page",
     "there is no code page 'cp85'", "did you mean 'cp850'?"},
    {R"("shop": "placed_on")", R"("shop": {"column": "placed_on", "code_page": "cp850"})",
     "/entities/sales_order/fields/placed/shop/code_page", "'code_page' does not fit the type date",
     "it is for text and code"},
    // Spelling.
    {R"("type": "date",)", R"("type": "date", "case": "upper",)",
     "/entities/sales_order/fields/placed/case", "'case' does not fit the type date",
     "it is for text"},
    {R"("type": "date",)", R"("type": "date", "trim": true,)",
     "/entities/sales_order/fields/placed/trim", "'trim' does not fit the type date",
     "it is for text"},
    {R"("type": "code", "policy")", R"("type": "code", "case": "lower", "policy")",
     "/entities/customer/fields/vat_number/case", "'case' does not fit the type code",
     "a code has both"},
    {R"("type": "text", "policy")", R"("type": "text", "case": "lowercase", "policy")",
     "/entities/customer/fields/email/case", "'lowercase' is none of the choices",
     "did you mean 'lower'?"},
};

}  // namespace

TEST_CASE("each wrong use of a conversion is reported alone, with its place and the remedy") {
  for (const Slip& slip : slips) miroir::testing::check_slip(slip);
}
