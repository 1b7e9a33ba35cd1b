// Compares a shop and an ERP without miroir: each entity is read from both sides by SQL written
// here, converted to one form, and compared as a multiset of records. References are followed to
// what names the record at both sides.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include <chrono>
#include <span>
#include <sstream>
#include <stdexcept>

#include "tests/support/pair.hpp"

namespace miroir::test {
namespace {

enum class Form { text, code, country, number, boolean, date, day_in_paris, second };

struct ComparedField {
  const char* shop;
  const char* erp;
  Form form = Form::text;
};
struct ComparedEntity {
  const char* name;
  const char* shop;  // FROM ...
  const char* erp;
  std::span<const ComparedField> fields;
};

// A name is two columns at both sites, divided in different places.
constexpr auto shop_name_of_customer = "trim(coalesce(c.first_name, '') || ' ' || c.last_name)";
constexpr auto erp_name_of_customer = "trim(c.\"Name\" || ' ' || c.\"Name 2\")";

constexpr std::array customer{
    ComparedField{"email", "\"E-Mail\""},
    ComparedField{"trim(coalesce(first_name, '') || ' ' || last_name)",
                  "trim(\"Name\" || ' ' || \"Name 2\")"},
    ComparedField{"company", "\"Company Name\""},
    ComparedField{"phone", "\"Phone No_\""},
    ComparedField{"vat_number", "\"VAT Registration No_\"", Form::code},
    ComparedField{"line1", "\"Address\""},
    ComparedField{"line2", "\"Address 2\""},
    ComparedField{"postcode", "\"Post Code\""},
    ComparedField{"city", "\"City\""},
    ComparedField{"country", "\"Country_Region Code\"", Form::country},
    ComparedField{"payment_terms", "\"Payment Terms Code\"", Form::code},
    ComparedField{"newsletter", "\"Web Newsletter\"", Form::boolean},
    ComparedField{"blocked", "\"Privacy Blocked\"", Form::boolean},
    ComparedField{"updated_at", "\"Last Modified Date Time\"", Form::second}};

constexpr std::array customer_address{
    ComparedField{shop_name_of_customer, erp_name_of_customer},
    ComparedField{"c.email", "c.\"E-Mail\""},
    ComparedField{"a.label", "a.\"Web Label\""},
    ComparedField{"a.name", "trim(a.\"Name\" || ' ' || a.\"Name 2\")"},
    ComparedField{"a.line1", "a.\"Address\""},
    ComparedField{"a.line2", "a.\"Address 2\""},
    ComparedField{"a.postcode", "a.\"Post Code\""},
    ComparedField{"a.city", "a.\"City\""},
    ComparedField{"a.country", "a.\"Country_Region Code\"", Form::country},
    ComparedField{"a.phone", "a.\"Phone No_\""}};

constexpr std::array product{
    ComparedField{"sku", "\"No_\"", Form::code},
    ComparedField{"name", "\"Description\""},
    ComparedField{"coalesce(vintage, 0)", "\"Vintage\"", Form::number},
    ComparedField{"coalesce(bottle_cl, 0)", "\"Bottle Size cl\"", Form::number},
    ComparedField{"ean", "\"GTIN\"", Form::code},
    ComparedField{"price", "\"Unit Price\"", Form::number},
    ComparedField{"published", "\"Web Published\"", Form::boolean}};

constexpr std::array stock{ComparedField{"p.sku", "\"Item No_\"", Form::code},
                           ComparedField{"s.location", "\"Location Code\"", Form::code},
                           ComparedField{"s.on_hand", "\"Quantity\"", Form::number}};

constexpr std::array sales_order{
    ComparedField{"o.order_no", "o.\"External Document No_\"", Form::code},
    ComparedField{"c.email", "c.\"E-Mail\""},
    ComparedField{shop_name_of_customer, erp_name_of_customer},
    ComparedField{"c.phone", "c.\"Phone No_\""},
    ComparedField{"CASE o.state WHEN 'placed' THEN 0 WHEN 'accepted' THEN 1 WHEN 'on_hold' THEN 2 "
                  "WHEN 'awaiting_payment' THEN 3 END",
                  "o.\"Status\"", Form::number},
    ComparedField{"CASE o.currency WHEN 'EUR' THEN '' ELSE o.currency END", "o.\"Currency Code\""},
    ComparedField{"o.placed_at", "o.\"Order Date\"", Form::day_in_paris},
    ComparedField{"o.requested_date", "o.\"Requested Delivery Date\"", Form::date},
    ComparedField{"o.promised_date", "o.\"Promised Delivery Date\"", Form::date},
    ComparedField{"o.customer_note", "o.\"Web Comment\""},
    ComparedField{"o.bill_name", "trim(o.\"Bill-to Name\" || ' ' || o.\"Bill-to Name 2\")"},
    ComparedField{"o.bill_line1", "o.\"Bill-to Address\""},
    ComparedField{"o.bill_line2", "o.\"Bill-to Address 2\""},
    ComparedField{"o.bill_postcode", "o.\"Bill-to Post Code\""},
    ComparedField{"o.bill_city", "o.\"Bill-to City\""},
    ComparedField{"o.bill_country", "o.\"Bill-to Country_Region Code\"", Form::country},
    ComparedField{"o.ship_name", "trim(o.\"Ship-to Name\" || ' ' || o.\"Ship-to Name 2\")"},
    ComparedField{"o.ship_line1", "o.\"Ship-to Address\""},
    ComparedField{"o.ship_line2", "o.\"Ship-to Address 2\""},
    ComparedField{"o.ship_postcode", "o.\"Ship-to Post Code\""},
    ComparedField{"o.ship_city", "o.\"Ship-to City\""},
    ComparedField{"o.ship_country", "o.\"Ship-to Country_Region Code\"", Form::country},
    ComparedField{"o.items_total", "o.\"Web Items Total\"", Form::number},
    ComparedField{"o.shipping_total", "o.\"Web Shipping Total\"", Form::number},
    ComparedField{"o.grand_total", "o.\"Web Grand Total\"", Form::number}};

// The ERP prints 100 characters of a description; the shop keeps the whole text.
constexpr std::array order_line{
    ComparedField{"o.order_no", "o.\"External Document No_\"", Form::code},
    ComparedField{"o.placed_at", "o.\"Order Date\"", Form::day_in_paris},
    ComparedField{"CASE l.kind WHEN 'comment' THEN 0 WHEN 'item' THEN 2 END", "l.\"Type\"",
                  Form::number},
    ComparedField{"p.sku", "l.\"No_\"", Form::code},
    ComparedField{"substr(l.description, 1, 100)", "l.\"Description\""},
    ComparedField{"l.qty", "l.\"Quantity\"", Form::number},
    ComparedField{"l.unit_price", "l.\"Unit Price\"", Form::number},
    ComparedField{"l.discount_pct", "l.\"Line Discount _\"", Form::number},
    ComparedField{"l.line_total", "l.\"Line Amount\"", Form::number}};

constexpr std::array entities{
    ComparedEntity{"customer", "customer", "\"CRONUS France$Customer\"", customer},
    ComparedEntity{"customer_address",
                   "customer_address a LEFT JOIN customer c ON c.id = a.customer_id",
                   "\"CRONUS France$Ship-to Address\" a LEFT JOIN \"CRONUS France$Customer\" c "
                   "ON c.\"No_\" = a.\"Customer No_\"",
                   customer_address},
    ComparedEntity{"product", "product", "\"CRONUS France$Item\"", product},
    ComparedEntity{"stock", "stock s JOIN product p ON p.id = s.product_id",
                   "\"CRONUS France$Web Stock\"", stock},
    ComparedEntity{"sales_order", "sales_order o LEFT JOIN customer c ON c.id = o.customer_id",
                   "\"CRONUS France$Sales Header\" o LEFT JOIN \"CRONUS France$Customer\" c "
                   "ON c.\"No_\" = o.\"Sell-to Customer No_\" WHERE o.\"Document Type\" = 1",
                   sales_order},
    ComparedEntity{
        "order_line",
        "order_line l JOIN sales_order o ON o.id = l.order_id "
        "LEFT JOIN product p ON p.id = l.product_id",
        "\"CRONUS France$Sales Line\" l LEFT JOIN \"CRONUS France$Sales Header\" o "
        "ON o.\"Document Type\" = l.\"Document Type\" AND o.\"No_\" = l.\"Document No_\" "
        "WHERE l.\"Document Type\" = 1",
        order_line}};

std::string upper_trimmed(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  text.erase(0, text.find_first_not_of(' '));
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

// "12.50" and "12.5" and "012.5" are one number.
std::string plain_number(std::string text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.erase(0, 1);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
  }
  text.erase(0, std::min(text.find_first_not_of('0'), text.size()));
  if (text.empty() || text.starts_with('.')) text.insert(0, "0");
  return negative && text != "0" ? "-" + text : text;
}

// Navision's blank date is the first day of 1753.
std::string time_part(std::string text, std::size_t length) {
  text = text.substr(0, length);
  std::replace(text.begin(), text.end(), 'T', ' ');
  if (text.starts_with("1753-01-01")) return {};
  if (length == 19 && text.size() == 10) text += " 00:00:00";
  return text;
}

// The shop's moment in UTC, as the day that it was in Paris; the ERP's day is one already. The
// clock there is an hour ahead, and two from the last Sunday of March to that of October, at one
// o'clock UTC.
std::string day_in_paris(const std::string& text) {
  const std::string moment = time_part(text, 19);
  if (moment.empty() || moment.ends_with(" 00:00:00")) return moment.substr(0, 10);
  using namespace std::chrono;
  const auto number = [&](std::size_t at, std::size_t size) {
    return std::stoi(moment.substr(at, size));
  };
  const year y{number(0, 4)};
  const sys_seconds utc =
      sys_days{y / month(unsigned(number(5, 2))) / day(unsigned(number(8, 2)))} +
      hours{number(11, 2)} + minutes{number(14, 2)} + seconds{number(17, 2)};
  const auto one_o_clock = [&](month m) { return sys_days{y / m / Sunday[last]} + hours{1}; };
  const bool summer = utc >= one_o_clock(March) && utc < one_o_clock(October);
  const year_month_day there{floor<days>(utc + hours{summer ? 2 : 1})};
  return fmt::format("{:04}-{:02}-{:02}", int(there.year()), unsigned(there.month()),
                     unsigned(there.day()));
}

std::string in_form(const std::string& text, Form form) {
  switch (form) {
    case Form::text:
      return text;
    case Form::code:
      return upper_trimmed(text);
    case Form::country:  // France is home.
      return text.empty() ? "FR" : upper_trimmed(text);
    case Form::number:
      return plain_number(text);
    case Form::boolean:
      return text == "1" || text == "t" || text == "true" ? "true" : "false";
    case Form::date:
      return time_part(text, 10);
    case Form::day_in_paris:
      return day_in_paris(text);
    case Form::second:
      return time_part(text, 19);
  }
  throw std::logic_error{"unknown form"};
}

// A separator that no text of a test holds, since rows() joins columns by a character that many do.
constexpr char unit_separator = '\x1f';

std::vector<std::string> records(const ComparedSite& site, const char* from,
                                 std::span<const ComparedField> fields,
                                 const char* ComparedField::*side) {
  const std::string text = site.dialect == "mariadb" ? "char" : "text";
  std::string query = "SELECT ";
  for (const ComparedField& field : fields) {
    if (&field != fields.data()) query += std::string{" || '"} + unit_separator + "' || ";
    query += std::string{"coalesce(CAST("} + field.*side + " AS " + text + "), '')";
  }
  query += std::string{" FROM "} + from;
  std::vector<std::string> list;
  for (const std::string& row : site.rows(query)) {
    std::string record;
    std::size_t at = 0;
    for (const ComparedField& field : fields) {
      const std::size_t end = std::min(row.find(unit_separator, at), row.size());
      record += (at == 0 ? "" : " | ") + in_form(row.substr(at, end - at), field.form);
      at = end + 1;
    }
    list.push_back(std::move(record));
  }
  std::sort(list.begin(), list.end());
  return list;
}

std::vector<std::string> sorted_lines(const std::string& text) {
  std::istringstream in{text};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

// The records or lines of `a` that `b` does not have.
void add_missing(const std::string& prefix, const std::vector<std::string>& a,
                 const std::vector<std::string>& b, std::vector<std::string>& found) {
  std::vector<std::string> only;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only));
  for (const std::string& line : only) found.push_back(prefix + line);
}

}  // namespace

std::vector<std::string> changes(const std::string& before, const std::string& after) {
  std::vector<std::string> found;
  add_missing("- ", sorted_lines(before), sorted_lines(after), found);
  add_missing("+ ", sorted_lines(after), sorted_lines(before), found);
  return found;
}

std::vector<std::string> differences_between(const ComparedSite& shop, const ComparedSite& erp) {
  std::vector<std::string> found;
  for (const ComparedEntity& entity : entities) {
    const auto here = records(shop, entity.shop, entity.fields, &ComparedField::shop);
    const auto there = records(erp, entity.erp, entity.fields, &ComparedField::erp);
    add_missing(std::string{"shop "} + entity.name + ": ", here, there, found);
    add_missing(std::string{"erp "} + entity.name + ": ", there, here, found);
  }
  return found;
}

std::vector<std::string> Pair::differences() {
  const auto seen = [](SiteDatabase& site) {
    return ComparedSite{site.dialect(), [&](const std::string& query) { return site.rows(query); }};
  };
  return differences_between(seen(*shop_), seen(*erp_));
}

}  // namespace miroir::test
