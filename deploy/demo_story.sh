# shellcheck shell=bash
# The demo's story: what people do at both sites, round by round. Sourced by deploy/demo, which defines shop_sql,
# erp_sql, less, cycle_after, both_now, random_edits, away, back and edits. Every round says how its cycle must end.
: "${edits:?}"

tell_story() {
  different_fields
  same_field
  same_stock
  orders_everywhere
  addresses
  question_and_answer
  deletions
  line_cut
  busy_day
}

different_fields() {
  shop_sql "UPDATE customer SET phone = '+33 4 74 22 00 00' WHERE id = 3"
  erp_sql "UPDATE \"CRONUS France\$Customer\" SET \"Address\" = '1 rue de l''Église', \"Post Code\" = '01000',
           \"City\" = 'Bourg-en-Bresse' WHERE \"No_\" = 'W3'"
  cycle_after "one customer: the shop his phone, the ERP his address" 0
  both_now "SELECT phone, line1, postcode, city FROM customer WHERE id = 3" \
    "SELECT \"Phone No_\", \"Address\", \"Post Code\", \"City\" FROM \"CRONUS France\$Customer\" WHERE \"No_\" = 'W3'"
}

same_field() {
  shop_sql "UPDATE customer SET email = 'zoe@example.com' WHERE id = 4"
  erp_sql "UPDATE \"CRONUS France\$Customer\" SET \"E-Mail\" = 'z.oeuvrard@example.net' WHERE \"No_\" = 'W4'"
  shop_sql "UPDATE product SET price = '11.90' WHERE sku = 'VIN-000002'"
  erp_sql "UPDATE \"CRONUS France\$Item\" SET \"Unit Price\" = '12.50' WHERE \"No_\" = 'VIN-000002'"
  cycle_after "both: the same e-mail, the same price, differently" 0
  both_now "SELECT c.email, p.price FROM customer AS c, product AS p WHERE c.id = 4 AND p.sku = 'VIN-000002'" \
    "SELECT c.\"E-Mail\", i.\"Unit Price\" FROM \"CRONUS France\$Customer\" AS c, \"CRONUS France\$Item\" AS i
     WHERE c.\"No_\" = 'W4' AND i.\"No_\" = 'VIN-000002'"
}

same_stock() {
  shop_sql "UPDATE stock SET on_hand = '100.000' WHERE location = 'WEB' AND product_id = 1"
  cycle_after "the shop counts its stock: 100 bottles" 0
  shop_sql "UPDATE stock SET on_hand = $(less on_hand 3) WHERE location = 'WEB' AND product_id = 1"
  erp_sql "UPDATE \"CRONUS France\$Web Stock\" SET \"Quantity\" = $(less '"Quantity"' 5)
           WHERE \"Location Code\" = 'WEB' AND \"Item No_\" = 'VIN-000001'"
  cycle_after "both sell from one stock: the shop 3 bottles, the ERP 5" 0
  both_now "SELECT on_hand FROM stock WHERE location = 'WEB' AND product_id = 1" \
    "SELECT \"Quantity\" FROM \"CRONUS France\$Web Stock\" WHERE \"Location Code\" = 'WEB' AND \"Item No_\" = 'VIN-000001'"
}

new_shop_order() {
  shop_sql "BEGIN;
    INSERT INTO sales_order (order_no, customer_id, placed_at, items_total, shipping_total, grand_total)
      VALUES ('$1', 5, '2026-06-01T09:30:00Z', '71.40', '9.90', '81.30');
    INSERT INTO order_line (order_id, line_no, product_id, description, qty, unit_price, line_total)
      SELECT id, 1, 1, 'Six bouteilles', '6', '9.90', '59.40' FROM sales_order WHERE order_no = '$1';
    INSERT INTO order_line (order_id, line_no, product_id, description, qty, unit_price, line_total)
      SELECT id, 2, 2, 'Une demie', '1', '12.00', '12.00' FROM sales_order WHERE order_no = '$1';
    COMMIT;"
}

# Its number comes from the ERP's own series, as for the shop's orders.
new_erp_order() {
  local number="SELECT \"No_\" FROM \"CRONUS France\$Sales Header\" WHERE \"Sell-to Customer No_\" = '$1'"
  erp_sql "BEGIN;
    INSERT INTO \"CRONUS France\$Customer\" (\"No_\", \"Name\", \"E-Mail\", \"City\", \"Post Code\")
      VALUES ('$1', 'Thérèse D''Aubigné', '$1@example.org', 'L''Haÿ-les-Roses', '94240');
    INSERT INTO \"CRONUS France\$Sales Header\"
        (\"Document Type\", \"Sell-to Customer No_\", \"Order Date\", \"Web Items Total\", \"Web Grand Total\")
      VALUES (1, '$1', '2026-06-01', '25.00', '25.00');
    INSERT INTO \"CRONUS France\$Sales Line\"
        (\"Document Type\", \"Document No_\", \"Line No_\", \"Type\", \"No_\", \"Description\", \"Quantity\", \"Unit Price\", \"Line Amount\")
      VALUES (1, ($number), 10000, 2, 'VIN-000002', 'Deux bouteilles', '2', '12.50', '25.00'),
             (1, ($number), 20000, 0, '', 'Livrer à l''arrière', '0', '0', '0');
    COMMIT;"
}

orders_everywhere() {
  new_shop_order BOUTIQUE-1
  new_erp_order C90001
  cycle_after "an order in the shop; a customer and an order in the ERP" 0
  both_now "SELECT count(*), (SELECT count(*) FROM order_line), max('BOUTIQUE-1') FROM sales_order" \
    "SELECT count(*), (SELECT count(*) FROM \"CRONUS France\$Sales Line\"), 
            max(CASE \"External Document No_\" WHEN 'BOUTIQUE-1' THEN \"No_\" END) FROM \"CRONUS France\$Sales Header\""
}

# The order keeps the address that it was placed with; a new one is for the orders that come.
addresses() {
  local order="\"External Document No_\" = 'BOUTIQUE-1'"
  shop_sql "INSERT INTO customer_address (customer_id, label, name, line1, postcode, city)
            VALUES (5, 'Cave', 'Chez Thérèse', '3 impasse du Pressoir', '51160', 'Aÿ')"
  erp_sql "UPDATE \"CRONUS France\$Sales Header\" SET \"Ship-to Address\" = '12 quai des Tonneliers',
           \"Ship-to City\" = 'Épernay' WHERE $order"
  cycle_after "the shop: one more address; the ERP: where an order goes" 0
  both_now "SELECT a.label, a.city, o.ship_line1, o.ship_city FROM customer_address AS a, sales_order AS o
            WHERE a.customer_id = 5 AND a.label = 'Cave' AND o.order_no = 'BOUTIQUE-1'" \
    "SELECT a.\"Code\", a.\"City\", o.\"Ship-to Address\", o.\"Ship-to City\"
     FROM \"CRONUS France\$Ship-to Address\" AS a, \"CRONUS France\$Sales Header\" AS o
     WHERE a.\"Customer No_\" = 'W5' AND a.\"Web Label\" = 'Cave' AND o.$order"
}

question_and_answer() {
  shop_sql "UPDATE customer SET payment_terms = '60J' WHERE id = 6"
  erp_sql "UPDATE \"CRONUS France\$Customer\" SET \"Payment Terms Code\" = 'COMPTANT' WHERE \"No_\" = 'W6'"
  cycle_after "both: other payment terms. Nobody wins: a question" 4
  both_now "SELECT payment_terms FROM customer WHERE id = 6" \
    "SELECT \"Payment Terms Code\" FROM \"CRONUS France\$Customer\" WHERE \"No_\" = 'W6'"
  shop_sql "UPDATE customer SET payment_terms = 'COMPTANT' WHERE id = 6"
  cycle_after "they talked: the shop takes the ERP's; answered" 0
}

deletions() {
  local order number="SELECT \"No_\" FROM \"CRONUS France\$Sales Header\" WHERE \"External Document No_\" = 'B00000020'"
  order=$(shop_sql "SELECT order_id FROM order_line GROUP BY order_id HAVING count(*) > 2 ORDER BY 1 LIMIT 1")
  shop_sql "DELETE FROM order_line WHERE order_id = $order AND line_no = 2"
  erp_sql "BEGIN; DELETE FROM \"CRONUS France\$Sales Line\" WHERE \"Document Type\" = 1 AND \"Document No_\" = ($number);
           DELETE FROM \"CRONUS France\$Sales Header\" WHERE \"External Document No_\" = 'B00000020'; COMMIT;"
  cycle_after "the shop deletes a line of order $order, the ERP order 20" 0
  both_now "SELECT count(*), (SELECT count(*) FROM order_line) FROM sales_order" \
    "SELECT count(*), (SELECT count(*) FROM \"CRONUS France\$Sales Line\") FROM \"CRONUS France\$Sales Header\""
}

# A site that is away for a while: people at both go on, and what they did waits for the line.
line_cut() {
  away
  new_shop_order BOUTIQUE-2
  shop_sql "UPDATE customer SET phone = '+33 1 00 00 00 07' WHERE id = 7"
  erp_sql "UPDATE \"CRONUS France\$Customer\" SET \"City\" = 'Cannes', \"Post Code\" = '06400' WHERE \"No_\" = 'W7'"
  cycle_after "the line is cut; both go on: an order in the shop" 3
  new_shop_order BOUTIQUE-3
  new_erp_order C90002
  cycle_after "still cut; one more order at each side" 3
  orders_at_both
  back
  cycle_after "the line is back: what waited arrives" 0
  orders_at_both
  both_now "SELECT phone, city FROM customer WHERE id = 7" \
    "SELECT \"Phone No_\", \"City\" FROM \"CRONUS France\$Customer\" WHERE \"No_\" = 'W7'"
}
# How many there are, with how many lines.
orders_at_both() {
  both_now "SELECT count(*), 'orders,', (SELECT count(*) FROM order_line), 'lines' FROM sales_order" \
    "SELECT count(*), 'orders,', (SELECT count(*) FROM \"CRONUS France\$Sales Line\"), 'lines'
     FROM \"CRONUS France\$Sales Header\""
}

busy_day() {
  random_edits 1
  cycle_after "a busy day: $edits random edits on each side" any
}
