// Orders as the users of both sites write them: header and lines in one transaction.
#pragma once

#include <string>

namespace miroir::test {

// Two lines of the wine CHX-2015, three bottles in all.
inline std::string shop_order(const std::string& number) {
  const std::string id = "(SELECT id FROM sales_order WHERE order_no = '" + number + "')";
  return "BEGIN; INSERT INTO sales_order (order_no, customer_id, placed_at) VALUES ('" + number +
         "', 1, '2026-02-01T12:00:00Z');"
         "INSERT INTO order_line (order_id, line_no, product_id, description, qty) VALUES (" +
         id + ", 1, 1, 'Chassagne', '1'), (" + id + ", 2, 1, 'Chassagne, en cadeau', '2'); COMMIT";
}

inline std::string erp_order(const std::string& number) {
  return R"(BEGIN; INSERT INTO "CRONUS France$Sales Header" ("Document Type", "No_",
    "External Document No_", "Sell-to Customer No_", "Order Date") SELECT 1, ')" +
         number + "', '" + number +
         R"(', "No_", '2026-02-01' FROM "CRONUS France$Customer" WHERE "E-Mail" = 'anne@exemple.fr';
    INSERT INTO "CRONUS France$Sales Line" ("Document Type", "Document No_", "Line No_", "Type",
    "No_", "Description", "Quantity") VALUES (1, ')" +
         number + "', 10000, 2, 'CHX-2015', 'Chassagne', '1'), (1, '" + number +
         "', 20000, 2, 'CHX-2015', 'Chassagne, en cadeau', '2'); COMMIT";
}

// The same, numbered by Navision itself.
inline std::string erp_order_of_series(const std::string& number) {
  const std::string no = R"((SELECT "No_" FROM "CRONUS France$Sales Header"
    WHERE "External Document No_" = ')" +
                         number + "')";
  return R"(BEGIN; INSERT INTO "CRONUS France$Sales Header" ("Document Type", "No_",
    "External Document No_", "Sell-to Customer No_", "Order Date") SELECT 1, '', ')" +
         number +
         R"(', "No_", '2026-02-01' FROM "CRONUS France$Customer" WHERE "E-Mail" = 'anne@exemple.fr';
    INSERT INTO "CRONUS France$Sales Line" ("Document Type", "Document No_", "Line No_", "Type",
    "No_", "Description", "Quantity") VALUES (1, )" +
         no + ", 10000, 2, 'CHX-2015', 'Chassagne', '1'), (1, " + no +
         ", 20000, 2, 'CHX-2015', 'Chassagne, en cadeau', '2'); COMMIT";
}

// Orders that are not there with both of their lines; the two of the small world are left out.
inline constexpr auto half_orders_in_shop = R"(SELECT count(*) FROM (SELECT o.id
  FROM sales_order o LEFT JOIN order_line l ON l.order_id = o.id WHERE o.order_no NOT LIKE 'S-100_'
  GROUP BY o.id HAVING count(l.id) <> 2) AS half)";
inline constexpr auto half_orders_in_erp = R"(SELECT count(*) FROM (SELECT o."No_"
  FROM "CRONUS France$Sales Header" o LEFT JOIN "CRONUS France$Sales Line" l
    ON l."Document Type" = o."Document Type" AND l."Document No_" = o."No_"
  WHERE o."External Document No_" NOT LIKE 'S-100_'
  GROUP BY o."No_" HAVING count(l."Line No_") <> 2) AS half)";

// Stock of the wine CHX-2015 for the web, in whole bottles.
inline constexpr auto web_stock_in_shop =
    "SELECT CAST(CAST(on_hand AS decimal(38,3)) AS integer) FROM stock "
    "WHERE product_id = 1 AND location = 'WEB'";
inline constexpr auto web_stock_in_erp =
    R"(SELECT CAST(CAST("Quantity" AS decimal(38,3)) AS integer) FROM "CRONUS France$Web Stock"
  WHERE "Item No_" = 'CHX-2015' AND "Location Code" = 'WEB')";

inline std::string sell_in_shop(int bottles) {
  return "UPDATE stock SET on_hand = on_hand - " + std::to_string(bottles) +
         " WHERE product_id = 1 AND location = 'WEB'";
}
inline std::string sell_in_erp(int bottles) {
  return R"(UPDATE "CRONUS France$Web Stock" SET "Quantity" = "Quantity" - )" +
         std::to_string(bottles) + R"( WHERE "Item No_" = 'CHX-2015' AND "Location Code" = 'WEB')";
}

}  // namespace miroir::test
