#include "tests/support/sample_sql.hpp"

#include <array>
#include <ostream>

#include <fmt/format.h>

#include "tests/support/sample.hpp"

namespace miroir::sample {
namespace {

constexpr std::size_t rows_per_statement = 200;
constexpr std::string_view blank_date = "'1753-01-01'";
constexpr std::array<std::string_view, 4> shop_states{"placed", "accepted", "on_hold",
                                                      "awaiting_payment"};

std::string number(std::int64_t value) { return fmt::format("{}", value); }
std::string decimal(std::int64_t cents) { return "'" + money(cents) + "'"; }
std::string bottles(std::int64_t count) { return fmt::format("'{}.000'", count); }

void write_shop_products(std::ostream& out, const Options& o) {
  Inserter products{out, "product", "id, sku, name, vintage, bottle_cl, ean, price, published"};
  for (std::int64_t i = 1; i <= o.products; ++i) {
    const Product p = product(o.seed, i);
    products.row({number(i), quoted(p.sku), quoted(p.name), p.vintage ? number(*p.vintage) : "NULL",
                  number(p.bottle_cl), quoted_or(p.ean, "NULL"), decimal(p.price_cents),
                  boolean(p.published, o)});
  }
}

void write_shop_stock(std::ostream& out, const Options& o) {
  Inserter stock{out, "stock", "product_id, location, on_hand"};
  for (std::int64_t i = 1; i <= o.products; ++i) {
    const Product p = product(o.seed, i);
    stock.row({number(i), "'WEB'", bottles(p.stock_web)});
    stock.row({number(i), "'CHAIS'", bottles(p.stock_cellar)});
  }
}

void write_shop_customers(std::ostream& out, const Options& o) {
  Inserter customers{out, "customer",
                     "id, email, first_name, last_name, company, phone, vat_number, line1, line2, "
                     "postcode, city, country, payment_terms, newsletter, created_at, updated_at"};
  for (std::int64_t i = 1; i <= o.customers; ++i) {
    const Customer c = customer(o.seed, i);
    customers.row({number(i), quoted(c.email), quoted(c.first_name), quoted(c.last_name),
                   quoted_or(c.company, "NULL"), quoted(c.phone), quoted_or(c.vat_number, "NULL"),
                   quoted(c.address.line1), quoted_or(c.address.line2, "NULL"),
                   quoted(c.address.postcode), quoted(c.address.city), quoted(c.address.country),
                   quoted_or(c.payment_terms, "NULL"), boolean(c.newsletter, o),
                   quoted(c.changed_at), quoted(c.changed_at)});
  }
}

// Calls visit(customer's number, address) for all that there are.
template <class Visit>
void for_each_delivery_address(const Options& o, const Visit& visit) {
  for (std::int64_t c = 1; c <= o.customers; ++c)
    if (const auto made = delivery_address(o.seed, c)) visit(c, *made);
}

// The columns of an address, the name first, as each site has them.
std::vector<std::string> values_of(const Recipient& to, Place place) {
  const bool shop = place == Place::shop;
  return {quoted(to.name),
          quoted(to.address.line1),
          quoted_or(to.address.line2, shop ? "NULL" : "''"),
          quoted(to.address.postcode),
          quoted(to.address.city),
          quoted(shop ? to.address.country : erp_country(to.address.country))};
}

// The values of one row, in the order of the columns.
std::vector<std::string> joined(std::initializer_list<std::vector<std::string>> parts) {
  std::vector<std::string> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

void write_shop_addresses(std::ostream& out, const Options& o) {
  Inserter addresses{out, "customer_address",
                     "id, customer_id, label, phone, name, line1, line2, postcode, city, country"};
  for_each_delivery_address(o, [&](std::int64_t c, const DeliveryAddress& a) {
    addresses.row(joined(
        {{number(c), number(c), quoted(a.label), quoted(a.phone)}, values_of(a.to, Place::shop)}));
  });
}

// Calls visit(order) for all orders, in the order of their numbers.
template <class Visit>
void for_each_order(const Options& o, const Visit& visit) {
  for (std::int64_t c = 1; c <= o.customers; ++c)
    for (std::int64_t k = 1; k <= o.orders_per_customer; ++k)
      visit(order(o.seed, (c - 1) * o.orders_per_customer + k, c, o.products));
}

void write_shop_orders(std::ostream& out, const Options& o) {
  {
    Inserter orders{out, "sales_order",
                    "id, order_no, customer_id, state, currency, requested_date, "
                    "customer_note, items_total, shipping_total, grand_total, placed_at, "
                    "updated_at, bill_name, "
                    "bill_line1, bill_line2, bill_postcode, bill_city, bill_country, ship_name, "
                    "ship_line1, ship_line2, ship_postcode, ship_city, ship_country"};
    for_each_order(o, [&](const Order& v) {
      orders.row(joined(
          {{number(v.number), quoted(order_no(v.number)), number(v.customer),
            quoted(shop_states[v.state]), "'EUR'", quoted_or(v.requested_date, "NULL"),
            quoted_or(v.note, "NULL"), decimal(v.items_cents), decimal(v.shipping_cents),
            decimal(v.items_cents + v.shipping_cents), quoted(v.placed_at), quoted(v.placed_at)},
           values_of(v.bill, Place::shop),
           values_of(v.ship, Place::shop)}));
    });
  }
  Inserter lines{out, "order_line",
                 "order_id, line_no, kind, product_id, description, qty, unit_price, discount_pct, "
                 "line_total"};
  for_each_order(o, [&](const Order& v) {
    for (const OrderLine& l : v.lines)
      lines.row({number(v.number), number(l.number), l.product ? "'item'" : "'comment'",
                 l.product ? number(*l.product) : "NULL", quoted(l.description), bottles(l.qty),
                 decimal(l.price_cents), decimal(l.discount_pct * 100), decimal(l.total_cents)});
  });
}

// Rows came with their keys: the next key that the database hands out must stand behind them.
// SQLite sees to it.
void advance_keys(std::ostream& out, const Options& o) {
  if (o.dialect == SqlDialect::sqlite) return;
  const auto restart = [&](std::string_view table, std::int64_t last) {
    out << fmt::format("ALTER TABLE {} ALTER COLUMN id RESTART WITH {};\n", table, last + 1);
  };
  restart("product", o.products);
  restart("customer", o.customers);
  restart("customer_address", o.customers);
  restart("sales_order", o.customers * o.orders_per_customer);
}

void write_shop(std::ostream& out, const Options& o) {
  write_shop_products(out, o);
  write_shop_stock(out, o);
  write_shop_customers(out, o);
  write_shop_addresses(out, o);
  write_shop_orders(out, o);
  advance_keys(out, o);
}

void write_items(std::ostream& out, const Options& o) {
  {
    Inserter items{out, R"("CRONUS France$Item")",
                   R"("No_", "Description", "Vintage", "Bottle Size cl", "GTIN", "Unit Price", )"
                   R"("Web Published", "Base Unit of Measure")"};
    for (std::int64_t i = 1; i <= o.products; ++i) {
      const Product p = product(o.seed, i);
      items.row({quoted(p.sku), quoted(p.name), number(p.vintage.value_or(0)), number(p.bottle_cl),
                 quoted_or(p.ean, "''"), decimal(p.price_cents), boolean(p.published, o), "'BTE'"});
    }
  }
  Inserter stock{out, R"("CRONUS France$Web Stock")", R"("Item No_", "Location Code", "Quantity")"};
  for (std::int64_t i = 1; i <= o.products; ++i) {
    const Product p = product(o.seed, i);
    stock.row({quoted(p.sku), "'WEB'", bottles(p.stock_web)});
    stock.row({quoted(p.sku), "'CHAIS'", bottles(p.stock_cellar)});
  }
}

void write_erp_customers(std::ostream& out, const Options& o) {
  Inserter customers{
      out, R"("CRONUS France$Customer")",
      R"("No_", "E-Mail", "Name", "Company Name", "Phone No_", "VAT Registration No_", )"
      R"("Address", "Address 2", "Post Code", "City", "Country_Region Code", )"
      R"("Payment Terms Code", "Web Newsletter", "Last Modified Date Time")"};
  for (std::int64_t i = 1; i <= o.customers; ++i) {
    const Customer c = customer(o.seed, i);
    customers.row(
        {quoted("C" + padded(i, 6)), quoted(c.email), quoted(c.first_name + " " + c.last_name),
         quoted_or(c.company, "''"), quoted(c.phone), quoted_or(c.vat_number, "''"),
         quoted(c.address.line1), quoted_or(c.address.line2, "''"), quoted(c.address.postcode),
         quoted(c.address.city), quoted(erp_country(c.address.country)),
         quoted_or(c.payment_terms, "''"), boolean(c.newsletter, o), instant(c.changed_at, o)});
  }
}

void write_erp_addresses(std::ostream& out, const Options& o) {
  Inserter addresses{out, R"("CRONUS France$Ship-to Address")",
                     R"("Customer No_", "Code", "Web Label", "Phone No_", "Name", "Address", )"
                     R"("Address 2", "Post Code", "City", "Country_Region Code")"};
  for_each_delivery_address(o, [&](std::int64_t c, const DeliveryAddress& a) {
    addresses.row(joined({{quoted("C" + padded(c, 6)), "'L1'", quoted(a.label), quoted(a.phone)},
                          values_of(a.to, Place::erp)}));
  });
}

void write_erp_orders(std::ostream& out, const Options& o) {
  {
    Inserter headers{
        out, R"("CRONUS France$Sales Header")",
        R"("Document Type", "No_", "External Document No_", "Sell-to Customer No_", )"
        R"("Status", "Order Date", "Requested Delivery Date", "Web Comment", )"
        R"("Web Items Total", "Web Shipping Total", "Web Grand Total", "Bill-to Name", )"
        R"("Bill-to Address", )"
        R"("Bill-to Address 2", "Bill-to Post Code", "Bill-to City", )"
        R"("Bill-to Country_Region Code", "Ship-to Name", "Ship-to Address", )"
        R"("Ship-to Address 2", "Ship-to Post Code", "Ship-to City", )"
        R"("Ship-to Country_Region Code")"};
    for_each_order(o, [&](const Order& v) {
      headers.row(joined({{"1", quoted("CV" + padded(v.number, 8)), quoted(order_no(v.number)),
                           quoted("C" + padded(v.customer, 6)), fmt::format("{}", v.state),
                           quoted(v.order_date), quoted_or(v.requested_date, blank_date),
                           quoted_or(v.note, "''"), decimal(v.items_cents),
                           decimal(v.shipping_cents), decimal(v.items_cents + v.shipping_cents)},
                          values_of(v.bill, Place::erp),
                          values_of(v.ship, Place::erp)}));
    });
  }
  Inserter lines{out, R"("CRONUS France$Sales Line")",
                 R"("Document Type", "Document No_", "Line No_", "Type", "No_", "Description", )"
                 R"("Quantity", "Unit Price", "Line Discount _", "Line Amount")"};
  for_each_order(o, [&](const Order& v) {
    for (const OrderLine& l : v.lines)
      lines.row({"1", quoted("CV" + padded(v.number, 8)), number(l.number * 10'000),
                 l.product ? "2" : "0", l.product ? quoted(product(o.seed, *l.product).sku) : "''",
                 quoted(l.description), bottles(l.qty), decimal(l.price_cents),
                 decimal(l.discount_pct * 100), decimal(l.total_cents)});
  });
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out{'\''};
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out += '\'';
}

std::string quoted_or(const std::optional<std::string>& text, std::string_view otherwise) {
  return text ? quoted(*text) : std::string{otherwise};
}

std::string_view erp_country(std::string_view country) {
  return country == "FR" ? std::string_view{} : country;
}

// Only PostgreSQL's shop has a boolean type; Navision and SQLite keep 0 and 1.
std::string boolean(bool value, const Options& options) {
  const bool named = options.place == Place::shop && options.dialect == SqlDialect::postgres;
  if (named) return value ? "true" : "false";
  return value ? "1" : "0";
}

std::string instant(std::string_view text, const Options& options) {
  if (options.dialect == SqlDialect::mariadb && text.ends_with('Z')) text.remove_suffix(1);
  return quoted(text);
}

Inserter::Inserter(std::ostream& out, std::string_view table, std::string_view columns)
    : out_{out}, head_{fmt::format("INSERT INTO {} ({}) VALUES\n", table, columns)} {}

Inserter::~Inserter() {
  if (rows_ != 0) out_ << ";\n";
}

void Inserter::row(const std::vector<std::string>& values) {
  if (rows_ == rows_per_statement) {
    out_ << ";\n";
    rows_ = 0;
  }
  out_ << (rows_ == 0 ? head_ : std::string{",\n"}) << fmt::format("({})", fmt::join(values, ", "));
  ++rows_;
}

void write_sample(std::ostream& out, const Options& options) {
  out << "BEGIN;\n";
  if (options.place == Place::shop) {
    write_shop(out, options);
  } else {
    write_items(out, options);
    write_erp_customers(out, options);
    write_erp_addresses(out, options);
    write_erp_orders(out, options);
  }
  out << "COMMIT;\n";
}

}  // namespace miroir::sample
