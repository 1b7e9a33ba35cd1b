// What people do between two cycles: each kind of edit is one small function for each site, drawn
// from a table.
//
// Nobody knows which edits of earlier rounds the other site has brought here, so every statement
// finds its rows by key and does nothing where they are gone. Of a change time, both sites write
// the round's own, so that it is no conflict by itself.
#include <array>
#include <ostream>

#include <fmt/format.h>

#include "tests/support/sample.hpp"
#include "tests/support/sample_sql.hpp"

namespace miroir::sample {
namespace {

constexpr std::string_view headers = R"("CRONUS France$Sales Header")";
constexpr std::string_view ship_to = R"("CRONUS France$Ship-to Address")";
constexpr std::string_view lines = R"("CRONUS France$Sales Line")";

struct Editor {
  std::ostream& out;
  const Options& options;
  Dice dice;
  std::int64_t round;
  std::int64_t edit;  // Within the round.

  bool shop() const { return options.place == Place::shop; }
  std::string time() const {
    return instant(fmt::format("2026-{:02}-{:02}T{:02}:{:02}:00Z", 1 + round / 2688 % 12,
                               1 + round / 96 % 28, round / 4 % 24, round % 4 * 15),
                   options);
  }
};

std::string decimal(std::int64_t cents) { return "'" + money(cents) + "'"; }
std::string sku(std::int64_t product_number) { return fmt::format("'VIN-{:06}'", product_number); }

std::int64_t any_customer(Editor& e) { return e.dice.between(1, e.options.customers); }
std::int64_t any_order(Editor& e) {
  const std::int64_t orders = e.options.customers * e.options.orders_per_customer;
  return e.dice.between(1, orders > 0 ? orders : 1);
}

// Customers that were typed in the ERP, and those that came from the shop, bear different keys
// there. Orders are known by the shop's number at both.
std::string customer_is(const Editor& e, std::int64_t number) {
  if (e.shop()) return fmt::format("id = {}", number);
  return fmt::format(R"("No_" IN ('C{}', 'W{}'))", padded(number, 6), number);
}
std::string order_is(const Editor& e, std::int64_t number) {
  if (e.shop()) return fmt::format("id = {}", number);
  return fmt::format(R"("Document Type" = 1 AND "External Document No_" = {})",
                     quoted(order_no(number)));
}
std::string lines_of(const Editor& e, std::int64_t order_number) {
  if (e.shop()) return fmt::format("order_id = {}", order_number);
  return fmt::format(R"("Document Type" = 1 AND "Document No_" IN (SELECT "No_" FROM {} WHERE {}))",
                     headers, order_is(e, order_number));
}

void update_customer(Editor& e, const std::string& shop_sets, const std::string& erp_sets) {
  const std::int64_t number = any_customer(e);
  if (e.shop())
    e.out << fmt::format("UPDATE customer SET {}, updated_at = {} WHERE {};\n", shop_sets, e.time(),
                         customer_is(e, number));
  else
    e.out << fmt::format(
        R"(UPDATE "CRONUS France$Customer" SET {}, "Last Modified Date Time" = {} WHERE {};)"
        "\n",
        erp_sets, e.time(), customer_is(e, number));
}

void edit_phone(Editor& e) {
  const std::string number = quoted(phone(e.dice));
  update_customer(e, "phone = " + number, R"("Phone No_" = )" + number);
}

void edit_address(Editor& e) {
  const Address a = address(e.dice);
  update_customer(e,
                  fmt::format("line1 = {}, line2 = {}, postcode = {}, city = {}, country = {}",
                              quoted(a.line1), quoted_or(a.line2, "NULL"), quoted(a.postcode),
                              quoted(a.city), quoted(a.country)),
                  fmt::format(R"("Address" = {}, "Address 2" = {}, "Post Code" = {}, "City" = {}, )"
                              R"("Country_Region Code" = {})",
                              quoted(a.line1), quoted_or(a.line2, "''"), quoted(a.postcode),
                              quoted(a.city), quoted(erp_country(a.country))));
}

// Where customers have wine delivered: an address of theirs, and, as their own snapshots, orders.
std::string shop_place(const Address& a, std::string_view prefix) {
  return fmt::format("{0}line1 = {1}, {0}line2 = {2}, {0}postcode = {3}, {0}city = {4}", prefix,
                     quoted(a.line1), quoted_or(a.line2, "NULL"), quoted(a.postcode),
                     quoted(a.city));
}
std::string erp_place(const Address& a, std::string_view prefix) {
  return fmt::format(
      R"("{0}Address" = {1}, "{0}Address 2" = {2}, "{0}Post Code" = {3}, "{0}City" = {4})", prefix,
      quoted(a.line1), quoted_or(a.line2, "''"), quoted(a.postcode), quoted(a.city));
}

std::string addresses_of(const Editor& e, std::int64_t customer_number) {
  if (e.shop()) return fmt::format("customer_id = {}", customer_number);
  return fmt::format(R"("Customer No_" IN ('C{}', 'W{}'))", padded(customer_number, 6),
                     customer_number);
}

void edit_delivery_address(Editor& e) {
  const std::int64_t number = any_customer(e);
  const Address a = address(e.dice);
  e.out << fmt::format("UPDATE {} SET {} WHERE {};\n",
                       e.shop() ? std::string_view{"customer_address"} : ship_to,
                       e.shop() ? shop_place(a, "") : erp_place(a, ""), addresses_of(e, number));
}

void edit_ship_to(Editor& e) {
  const std::int64_t number = any_order(e);
  const Address a = address(e.dice);
  e.out << fmt::format(
      "UPDATE {} SET {} WHERE {};\n", e.shop() ? std::string_view{"sales_order"} : headers,
      e.shop() ? shop_place(a, "ship_") : erp_place(a, "Ship-to "), order_is(e, number));
}

void remove_delivery_address(Editor& e) {
  e.out << fmt::format("DELETE FROM {} WHERE {};\n",
                       e.shop() ? std::string_view{"customer_address"} : ship_to,
                       addresses_of(e, any_customer(e)));
}

void edit_newsletter(Editor& e) {
  const std::string value = boolean(e.dice.one_in(2), e.options);
  update_customer(e, "newsletter = " + value, R"("Web Newsletter" = )" + value);
}

void edit_price(Editor& e) {
  const std::string number = sku(e.dice.between(1, e.options.products));
  const std::string price = decimal(e.dice.between(390, 14'990));
  if (e.shop())
    e.out << fmt::format("UPDATE product SET price = {} WHERE sku = {};\n", price, number);
  else
    e.out << fmt::format(R"(UPDATE "CRONUS France$Item" SET "Unit Price" = {} WHERE "No_" = {};)"
                         "\n",
                         price, number);
}

void edit_stock(Editor& e) {
  const std::string number = sku(e.dice.between(1, e.options.products));
  const std::int64_t taken = e.dice.between(1, 12);
  const bool exact = e.options.dialect != SqlDialect::sqlite;
  const auto less = [&](std::string_view column) {
    return exact ? fmt::format("{} - {}", column, taken)
                 : fmt::format("printf('%.3f', {} - {})", column, taken);
  };
  if (e.shop())
    e.out << fmt::format(
        "UPDATE stock SET on_hand = {} WHERE location = 'WEB' AND product_id = "
        "(SELECT id FROM product WHERE sku = {});\n",
        less("on_hand"), number);
  else
    e.out << fmt::format(
        R"(UPDATE "CRONUS France$Web Stock" SET "Quantity" = {} WHERE "Location Code" = 'WEB' AND "Item No_" = {};)"
        "\n",
        less(R"("Quantity")"), number);
}

void edit_requested_date(Editor& e) {
  const std::int64_t number = any_order(e);
  const std::string day = fmt::format("'2026-12-{:02}'", e.dice.between(1, 28));
  if (e.shop())
    e.out << fmt::format("UPDATE sales_order SET requested_date = {}, updated_at = {} WHERE {};\n",
                         day, e.time(), order_is(e, number));
  else
    e.out << fmt::format(R"(UPDATE {} SET "Requested Delivery Date" = {} WHERE {};)"
                         "\n",
                         headers, day, order_is(e, number));
}

// The ERP releases orders; the shop's customers write notes.
void edit_state_or_note(Editor& e) {
  const std::int64_t number = any_order(e);
  if (e.shop())
    e.out << fmt::format("UPDATE sales_order SET customer_note = {} WHERE {};\n",
                         quoted("Rappeler avant l'arrivée : " + phone(e.dice)),
                         order_is(e, number));
  else
    e.out << fmt::format(R"(UPDATE {} SET "Status" = {} WHERE {};)"
                         "\n",
                         headers, e.dice.between(0, 3), order_is(e, number));
}

// What the customer pays is always the sum of the lines, plus the shipping that was agreed.
void renew_totals(Editor& e, const std::string& condition) {
  const std::string_view items = e.shop() ? "items_total" : R"("Web Items Total")";
  const std::string_view grand = e.shop() ? "grand_total" : R"("Web Grand Total")";
  const std::string sum =
      e.shop()
          ? "(SELECT COALESCE(SUM(line_total), 0) FROM order_line WHERE order_id = sales_order.id)"
          : fmt::format(
                R"((SELECT COALESCE(SUM(l."Line Amount"), 0) FROM {0} AS l WHERE l."Document Type" = 1 )"
                R"(AND l."Document No_" = {1}."No_"))",
                lines, headers);
  const bool exact = e.options.dialect != SqlDialect::sqlite;
  const std::string_view print = exact ? "({})" : "printf('%.2f', {})";
  e.out << fmt::format(
      "UPDATE {} SET {} = {}, {} = {} WHERE {};\n",
      e.shop() ? std::string_view{"sales_order"} : headers, grand,
      fmt::format(fmt::runtime(print), fmt::format("{} - {} + {}", grand, items, sum)), items,
      fmt::format(fmt::runtime(print), sum), condition);
}

// Adds a line to the orders that `condition` names, numbered after those that are there.
void insert_line(Editor& e, const std::string& condition, const OrderLine& l) {
  const std::string values =
      fmt::format("{}, '{}.000', {}, {}, {}", quoted(l.description), l.qty, decimal(l.price_cents),
                  decimal(l.discount_pct * 100), decimal(l.total_cents));
  if (e.shop())
    e.out << fmt::format(
        "INSERT INTO order_line (order_id, line_no, product_id, description, qty, unit_price, "
        "discount_pct, line_total)\n  SELECT o.id, (SELECT COALESCE(MAX(line_no), 0) + 1 FROM "
        "order_line WHERE order_id = o.id), p.id, {}\n    FROM (SELECT id FROM sales_order WHERE "
        "{}) "
        "AS o, product AS p WHERE p.sku = {};\n",
        values, condition, sku(l.product.value_or(1)));
  else
    e.out << fmt::format(
        R"(INSERT INTO {0} ("Document Type", "Document No_", "Line No_", "Type", "No_", )"
        R"("Description", "Quantity", "Unit Price", "Line Discount _", "Line Amount"))"
        "\n"
        R"(  SELECT 1, h."No_", (SELECT COALESCE(MAX(l."Line No_"), 0) + 10000 FROM {0} AS l )"
        R"(WHERE l."Document Type" = 1 AND l."Document No_" = h."No_"), 2, {1}, {2})"
        "\n"
        R"(    FROM (SELECT "No_" FROM {3} WHERE {4}) AS h;)"
        "\n",
        lines, sku(l.product.value_or(1)), values, headers, condition);
}

void add_line(Editor& e) {
  const std::string order = order_is(e, any_order(e));
  insert_line(e, order, order_line(e.options.seed, e.dice, 1, e.options.products));
  renew_totals(e, order);
}

// The last line, if it is not the only one.
void remove_line(Editor& e) {
  const std::int64_t number = any_order(e);
  const std::string mine = lines_of(e, number);
  const std::string_view table = e.shop() ? std::string_view{"order_line"} : lines;
  e.out << fmt::format(
      "DELETE FROM {0} WHERE {1} AND {2} = (SELECT MAX({2}) FROM {0} WHERE {1}) "
      "AND 1 < (SELECT COUNT(*) FROM {0} WHERE {1});\n",
      table, mine, e.shop() ? "line_no" : R"("Line No_")");
  renew_totals(e, order_is(e, number));
}

void remove_order(Editor& e) {
  const std::int64_t number = any_order(e);
  e.out << fmt::format("DELETE FROM {} WHERE {};\n",
                       e.shop() ? std::string_view{"order_line"} : lines, lines_of(e, number));
  e.out << fmt::format("DELETE FROM {} WHERE {};\n",
                       e.shop() ? std::string_view{"sales_order"} : headers, order_is(e, number));
}

// The number of a document or customer that is born in this edit; the same for no other edit of
// this site.
std::string newborn(const Editor& e, std::string_view prefix) {
  return fmt::format("{}{}-{}", prefix, e.round, e.edit);
}

// A new order of the customer that `condition` names, whole: its lines follow in the same
// transaction.
void insert_order(Editor& e, const std::string& condition) {
  const std::string number = quoted(newborn(e, e.shop() ? "N" : "VN"));
  if (e.shop())
    e.out << fmt::format(
        "INSERT INTO sales_order (order_no, customer_id, shipping_total, grand_total, placed_at)\n"
        "  SELECT {}, id, '9.90', '9.90', {} FROM customer WHERE {};\n",
        number, e.time(), condition);
  else
    e.out << fmt::format(
        R"(INSERT INTO {} ("Document Type", "No_", "Sell-to Customer No_", "Order Date", )"
        R"("Web Shipping Total", "Web Grand Total"))"
        "\n"
        R"(  SELECT 1, {}, "No_", '2026-06-01', '9.90', '9.90' FROM "CRONUS France$Customer" WHERE {};)"
        "\n",
        headers, number, condition);
  const std::string order =
      fmt::format("{} = {}", e.shop() ? "order_no" : R"("Document Type" = 1 AND "No_")", number);
  const std::int64_t items = e.dice.between(1, 4);
  for (std::int64_t i = 1; i <= items; ++i)
    insert_line(e, order, order_line(e.options.seed, e.dice, i, e.options.products));
  renew_totals(e, order);
}

void new_order(Editor& e) { insert_order(e, customer_is(e, any_customer(e))); }

void new_customer(Editor& e) {
  const Customer c =
      customer(e.options.seed ^ static_cast<std::uint64_t>(e.round * 1'000'003), any_customer(e));
  const std::string mail = quoted(newborn(e, e.shop() ? "web." : "erp.") + "." + c.email);
  const std::string address = fmt::format(
      "{}, {}, {}, {}", quoted(c.address.line1), quoted(c.address.postcode), quoted(c.address.city),
      quoted(e.shop() ? std::string_view{c.address.country} : erp_country(c.address.country)));
  const std::string number = quoted(newborn(e, "CN"));
  if (e.shop())
    e.out << fmt::format(
        "INSERT INTO customer (email, first_name, last_name, line1, postcode, city, country)\n"
        "  VALUES ({}, {}, {}, {});\n",
        mail, quoted(c.first_name), quoted(c.last_name), address);
  else
    e.out << fmt::format(
        R"(INSERT INTO "CRONUS France$Customer" ("No_", "E-Mail", "Name", "Address", "Post Code", )"
        R"("City", "Country_Region Code"))"
        "\n  VALUES ({}, {}, {}, {});\n",
        number, mail, quoted(c.first_name + " " + c.last_name), address);
  insert_order(e, e.shop() ? "email = " + mail : R"("No_" = )" + number);
}

void new_delivery_address(Editor& e) {
  const std::string condition = customer_is(e, any_customer(e));
  const Address a = address(e.dice);
  const std::string place =
      fmt::format("{}, {}, {}", quoted(a.line1), quoted(a.postcode), quoted(a.city));
  const std::string label = quoted("Adresse " + newborn(e, e.shop() ? "B" : "N"));
  if (e.shop())
    e.out << fmt::format(
        "INSERT INTO customer_address (customer_id, label, name, line1, postcode, city)\n"
        "  SELECT id, {}, last_name, {} FROM customer WHERE {};\n",
        label, place, condition);
  else
    e.out << fmt::format(
        R"(INSERT INTO {} ("Customer No_", "Code", "Web Label", "Name", "Address", "Post Code", )"
        R"("City", "Country_Region Code"))"
        "\n"
        R"(  SELECT "No_", {}, {}, "Name", {}, 'FR' FROM "CRONUS France$Customer" WHERE {};)"
        "\n",
        ship_to, quoted(newborn(e, "L")), label, place, condition);
}

using Edit = void (*)(Editor&);
constexpr std::array<Edit, 30> edits_of_people{
    edit_phone,
    edit_phone,
    edit_address,
    edit_address,
    edit_newsletter,
    edit_price,
    edit_price,
    edit_stock,
    edit_stock,
    edit_stock,
    edit_stock,
    edit_requested_date,
    edit_requested_date,
    edit_state_or_note,
    edit_state_or_note,
    edit_state_or_note,
    add_line,
    add_line,
    remove_line,
    new_order,
    new_order,
    new_order,
    new_customer,
    remove_order,
    edit_delivery_address,
    edit_delivery_address,
    edit_ship_to,
    edit_ship_to,
    new_delivery_address,
    remove_delivery_address,
};

}  // namespace

void write_edits(std::ostream& out, const Options& options, std::int64_t edits,
                 std::int64_t round) {
  out << "BEGIN;\n";
  for (std::int64_t edit = 1; edit <= edits; ++edit) {
    const auto number = static_cast<std::uint64_t>(round * 1'000'000 + edit);
    Dice dice{options.seed, options.place == Place::shop ? "edit shop" : "edit erp", number};
    const Edit make = edits_of_people[dice.below(edits_of_people.size())];
    Editor editor{out, options, dice, round, edit};
    make(editor);
  }
  out << "COMMIT;\n";
}

}  // namespace miroir::sample
