#include "tests/turmoil/desk.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace miroir::turmoil {
namespace {

constexpr auto header = "\"CRONUS France$Sales Header\"";
constexpr auto sales_line = "\"CRONUS France$Sales Line\"";
constexpr auto erp_customer = "\"CRONUS France$Customer\"";

// Whole numbers that tell the lines typed with an order from those added later.
constexpr int typed_with_it_percent = 5;

std::string columns_of(Kind kind, Side side) {
  std::string list;
  for (const Column& column : table_of(kind).columns)
    list += std::string{", "} + column.at[index(side)];
  return list;
}

// Over stock, since what is counted twice shows. MariaDB has no triggers but for rows, and there
// are ten of them.
constexpr auto slow_postgres = R"(
  CREATE FUNCTION turmoil_wait() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
    IF current_setting('application_name') LIKE 'miroir/%' THEN
      PERFORM pg_sleep(seconds) FROM turmoil_slow;
    END IF;
    RETURN NULL; END $$;
  CREATE TRIGGER turmoil_wait AFTER UPDATE ON {} FOR EACH STATEMENT EXECUTE FUNCTION turmoil_wait())";
constexpr auto slow_mariadb = R"(
  CREATE TRIGGER turmoil_wait AFTER UPDATE ON {} FOR EACH ROW
    IF USER() NOT LIKE '%@localhost' THEN
      DO SLEEP((SELECT seconds / 10 FROM turmoil_slow));
    END IF)";

void make_slow(test::SiteDatabase& site, Side side) {
  if (site.dialect() == "sqlite") return;
  const char* stock = side == Side::shop ? "stock" : "\"CRONUS France$Web Stock\"";
  site.run("CREATE TABLE turmoil_slow (seconds real NOT NULL)");
  site.administer("INSERT INTO turmoil_slow VALUES (0)");
  site.run(
      fmt::format(fmt::runtime(site.dialect() == "mariadb" ? slow_mariadb : slow_postgres), stock));
}

}  // namespace

void furnish(test::SiteDatabase& site, Side side) {
  site.run("CREATE TABLE turmoil_deed (id bigint NOT NULL PRIMARY KEY)");
  make_slow(site, side);
  if (side == Side::shop)
    return site.run(
        fmt::format("ALTER TABLE sales_order ADD CONSTRAINT refuses "
                    "CHECK (customer_note NOT LIKE '{}%')",
                    refused));
  site.run(fmt::format("CREATE INDEX turmoil_order ON {} (\"External Document No_\")", header));
  if (site.dialect() != "sqlite")
    return site.run(
        fmt::format("ALTER TABLE {} ADD CONSTRAINT refuses CHECK (\"Address\" NOT LIKE '{}%')",
                    erp_customer, refused));
  for (const char* event : {"INSERT", "UPDATE"}) {
    site.run(
        fmt::format("CREATE TRIGGER refuses_{0} BEFORE {0} ON {1} WHEN NEW.\"Address\" LIKE "
                    "'{2}%' BEGIN SELECT RAISE(ABORT, 'not there'); END",
                    event, erp_customer, refused));
  }
}

void slow_down(test::SiteUser& user, double seconds) {
  user.run(fmt::format("UPDATE turmoil_slow SET seconds = {}", seconds));
}

Desk::Desk(const test::SiteDatabase& site, Side side, Book& book, std::string who)
    : user_{site},
      side_{side},
      book_{book},
      who_{std::move(who)},
      begin_{"BEGIN"},
      locked_{" FOR UPDATE"} {
  user_.wait_at_most(std::chrono::seconds{3});
  if (site.dialect() == "sqlite") {
    begin_ = "BEGIN IMMEDIATE";
    locked_ = "";
    user_.run("PRAGMA synchronous = OFF");
  }
}

Deed Desk::begin() {
  user_.run(begin_);
  return {.id = book_.number(), .side = side_, .who = who_};
}

void Desk::give_up() { user_.run("ROLLBACK"); }

void Desk::commit(const Deed& deed) {
  user_.run(fmt::format("INSERT INTO turmoil_deed VALUES ({}); COMMIT", deed.id));
}

Desk::Row Desk::read_row(Kind kind, const std::string& row) const {
  const std::vector<std::string> values = split(row);
  Row read{values.at(0), kind == Kind::line ? line_mark(values.at(1)) : values.at(1), {}};
  std::size_t at = 2;
  for (const Column& column : table_of(kind).columns) {
    const std::string& value = values.at(at++);
    read.values[column.field] = column.is_number ? plain_number(value) : value;
  }
  return read;
}

std::optional<Desk::Row> Desk::find(Kind kind, const std::string& mark) {
  const Table& table = table_of(kind);
  std::string where = fmt::format(" WHERE {} = '{}'", table.mark[at()], mark);
  if (*table.also[at()] != '\0') where += std::string{" AND "} + table.also[at()];
  const auto rows = user_.rows(select_rows(kind, side_) + where + locked_);
  if (rows.empty()) return std::nullopt;
  return read_row(kind, rows.front());
}

std::optional<Desk::Order> Desk::find_order(const std::string& mark) {
  auto header = find(Kind::order, mark);
  if (!header) return std::nullopt;
  Order order{std::move(*header), {}, {}};
  const char* discount = side_ == Side::shop ? "discount_pct" : "\"Line Discount _\"";
  const Table& lines = table_of(Kind::line);
  const auto rows = user_.rows(fmt::format(
      "SELECT {}, {}{}, {} FROM {} WHERE {} ORDER BY 1{}", lines.key[at()], lines.mark[at()],
      columns_of(Kind::line, side_), discount, lines.at[at()], where_line(order, ""), locked_));
  for (const std::string& row : rows) {
    order.lines.push_back(read_row(Kind::line, row));
    const std::string typed = plain_number(row.substr(row.rfind('|') + 1));
    if (typed != std::to_string(typed_with_it_percent)) order.added.push_back(order.lines.back());
  }
  return order;
}

std::string Desk::where_key(Kind kind, const std::string& key) const {
  const Table& table = table_of(kind);
  std::string where = fmt::format("{} = '{}'", table.key[at()], key);
  if (*table.also[at()] != '\0') where += std::string{" AND "} + table.also[at()];
  return where;
}

// "": all lines of the order.
std::string Desk::where_line(const Order& order, const std::string& key) const {
  std::string where =
      side_ == Side::shop
          ? fmt::format("order_id = {}", order.header.key)
          : fmt::format("\"Document Type\" = 1 AND \"Document No_\" = '{}'", order.header.key);
  if (!key.empty()) where += fmt::format(" AND {} = {}", table_of(Kind::line).key[at()], key);
  return where;
}

void Desk::set(Kind kind, const std::string& where, const Row& row,
               const std::vector<Field>& fields, Deed& deed) {
  if (fields.empty()) return;  // He only looks.
  std::string list;
  for (const Field& field : fields) {
    list += fmt::format("{}{} = '{}'", list.empty() ? "" : ", ",
                        column_of(kind, field.name).at[at()], field.value);
    deed.acts.emplace_back(Wrote{{row.mark, field.name}, field.value, row.values.at(field.name)});
  }
  user_.run(fmt::format("UPDATE {} SET {} WHERE {}", table_of(kind).at[at()], list, where));
}

std::optional<Deed> Desk::edit(Kind kind, const std::string& mark,
                               const std::vector<Field>& fields) {
  Deed deed = begin();
  const auto row = find(kind, mark);
  if (!row) return std::nullopt;
  set(kind, where_key(kind, row->key), *row, fields, deed);
  return deed;
}

std::optional<Deed> Desk::edit_line(const std::string& mark, const std::string& field,
                                    sample::Dice& dice) {
  Deed deed = begin();
  const auto order = find_order(mark);
  if (!order || order->lines.empty()) return std::nullopt;
  const Row& line = order->lines[dice.below(order->lines.size())];
  set(Kind::line, where_line(*order, line.key), line, {{field, value_for(field, deed.id)}}, deed);
  return deed;
}

void Desk::insert_line(const Order& order, std::size_t number, bool typed_with_it,
                       sample::Dice& dice, Deed& deed) {
  const std::int64_t price = book_.number();
  const std::string mark = line_mark(std::to_string(price));
  const std::string product = book_.some_product(dice);
  const std::string description = value_for("description", price);
  const std::string qty = value_for("qty", price);
  const int percent = typed_with_it ? typed_with_it_percent : 0;
  if (side_ == Side::shop) {
    user_.run(fmt::format(
        "INSERT INTO order_line (order_id, line_no, product_id, description, qty, unit_price, "
        "discount_pct) VALUES ({}, {}, (SELECT id FROM product WHERE sku = '{}'), '{}', '{}', "
        "'{}', '{}')",
        order.header.key, number, product, description, qty, price, percent));
  } else {
    user_.run(fmt::format(
        "INSERT INTO {} (\"Document Type\", \"Document No_\", \"Line No_\", \"Type\", \"No_\", "
        "\"Description\", \"Quantity\", \"Unit Price\", \"Line Discount _\") VALUES (1, '{}', {}, "
        "2, '{}', '{}', '{}', '{}', '{}')",
        sales_line, order.header.key, number * 10'000, product, description, qty, price, percent));
  }
  deed.acts.emplace_back(Born{mark, order.header.mark});
  deed.acts.emplace_back(Wrote{{mark, "description"}, description, ""});
  deed.acts.emplace_back(Wrote{{mark, "qty"}, qty, ""});
  take(product, -1, deed);
}

std::optional<Deed> Desk::add_line(const std::string& mark, sample::Dice& dice) {
  Deed deed = begin();
  const auto order = find_order(mark);
  if (!order) return std::nullopt;
  const std::string last = user_.value(
      side_ == Side::shop ? fmt::format("SELECT COALESCE(MAX(line_no), 0) FROM order_line WHERE {}",
                                        where_line(*order, ""))
                          : fmt::format("SELECT COALESCE(MAX(\"Line No_\"), 0) FROM {} WHERE {}",
                                        sales_line, where_line(*order, "")));
  const std::size_t step = side_ == Side::shop ? 1 : 10'000;
  insert_line(*order, std::stoul(last) / step + 1, false, dice, deed);
  return deed;
}

Removed Desk::removal_of(const Row& row) {
  Removed removed{row.mark, {}};
  for (const auto& [field, value] : row.values) {
    if (!value.empty()) removed.saw[field] = value;
  }
  return removed;
}

std::optional<Deed> Desk::remove_line(const std::string& mark, sample::Dice& dice) {
  Deed deed = begin();
  const auto order = find_order(mark);
  if (!order || order->added.empty()) return std::nullopt;
  // Often the last one, whose number the next line then gets again.
  const std::size_t which =
      dice.one_in(2) ? order->added.size() - 1 : dice.below(order->added.size());
  const Row& line = order->added[which];
  deed.acts.emplace_back(removal_of(line));
  user_.run(fmt::format("DELETE FROM {} WHERE {}", table_of(Kind::line).at[at()],
                        where_line(*order, line.key)));
  return deed;
}

std::optional<Deed> Desk::remove_order(const std::string& mark) {
  Deed deed = begin();
  const auto order = find_order(mark);
  if (!order) return std::nullopt;
  deed.acts.emplace_back(removal_of(order->header));
  for (const Row& line : order->lines) deed.acts.emplace_back(removal_of(line));
  user_.run(fmt::format("DELETE FROM {} WHERE {}", table_of(Kind::line).at[at()],
                        where_line(*order, "")));
  user_.run(fmt::format("DELETE FROM {} WHERE {}", table_of(Kind::order).at[at()],
                        where_key(Kind::order, order->header.key)));
  return deed;
}

std::optional<Deed> Desk::remove_customer(const std::string& mark) {
  Deed deed = begin();
  const auto row = find(Kind::customer, mark);
  if (!row) return std::nullopt;
  deed.acts.emplace_back(removal_of(*row));
  user_.run(fmt::format("DELETE FROM {} WHERE {}", table_of(Kind::customer).at[at()],
                        where_key(Kind::customer, row->key)));
  return deed;
}

Deed Desk::new_customer(const std::string& mark) {
  Deed deed = begin();
  const Table& table = table_of(Kind::customer);
  std::string values;
  deed.acts.emplace_back(Born{mark, ""});
  for (const Column& column : table.columns) {
    const std::string value = value_for(column.field, deed.id);
    values += fmt::format(", '{}'", value);
    deed.acts.emplace_back(Wrote{{mark, column.field}, value, ""});
  }
  const std::string number = fmt::format("K{}", deed.id);
  if (side_ == Side::shop)
    user_.run(fmt::format("INSERT INTO customer (last_name, email{}) VALUES ('Né {}', '{}'{})",
                          columns_of(Kind::customer, side_), deed.id, mark, values));
  else
    user_.run(fmt::format(
        "INSERT INTO {} (\"No_\", \"Name\", \"E-Mail\"{}) VALUES ('{}', 'Né {}', '{}'{})",
        erp_customer, columns_of(Kind::customer, side_), number, deed.id, mark, values));
  book_.known_as(mark, find(Kind::customer, mark).value().key);
  return deed;
}

Deed Desk::new_order(const std::string& mark, const std::string& customer, std::size_t lines,
                     sample::Dice& dice) {
  Deed deed = begin();
  const Table& table = table_of(Kind::order);
  std::string values;
  deed.acts.emplace_back(Born{mark, ""});
  for (const Column& column : table.columns) {
    const std::string value = value_for(column.field, deed.id);
    values += fmt::format(", '{}'", value);
    deed.acts.emplace_back(Wrote{{mark, column.field}, value, ""});
  }
  // What is agreed for shipping never changes: it tells a reader how many lines were typed.
  if (side_ == Side::shop)
    user_.run(
        fmt::format("INSERT INTO sales_order (order_no, customer_id, shipping_total{}) "
                    "SELECT '{}', id, '{}'{} FROM customer WHERE email = '{}'",
                    columns_of(Kind::order, side_), mark, lines, values, customer));
  else
    user_.run(fmt::format(
        "INSERT INTO {} (\"Document Type\", \"No_\", \"External Document No_\", \"Sell-to Customer "
        "No_\", \"Order Date\", \"Web Shipping Total\"{}) SELECT 1, '', '{}', \"No_\", "
        "'2026-06-01', '{}'{} FROM {} WHERE \"E-Mail\" = '{}'",
        header, columns_of(Kind::order, side_), mark, lines, values, erp_customer, customer));
  const Order order{find(Kind::order, mark).value(), {}, {}};
  book_.known_as(mark, order.header.key);
  for (std::size_t number = 1; number <= lines; ++number)
    insert_line(order, number, true, dice, deed);
  return deed;
}

void Desk::take(const std::string& product, std::int64_t amount, Deed& deed) {
  if (side_ == Side::shop)
    user_.run(
        fmt::format("UPDATE stock SET on_hand = on_hand + {} WHERE product_id = "
                    "(SELECT id FROM product WHERE sku = '{}') AND location = 'WEB'",
                    amount, product));
  else
    user_.run(
        fmt::format("UPDATE \"CRONUS France$Web Stock\" SET \"Quantity\" = \"Quantity\" + {} "
                    "WHERE \"Item No_\" = '{}' AND \"Location Code\" = 'WEB'",
                    amount, product));
  deed.acts.emplace_back(Counted{product, amount});
}

Deed Desk::count(const std::string& product, std::int64_t amount) {
  Deed deed = begin();
  take(product, amount, deed);
  return deed;
}

}  // namespace miroir::turmoil
