#include "tests/turmoil/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace miroir::turmoil {
namespace {

constexpr std::array customer{
    Column{"phone", {"phone", "\"Phone No_\""}}, Column{"company", {"company", "\"Company Name\""}},
    Column{"line1", {"line1", "\"Address\""}}, Column{"city", {"city", "\"City\""}},
    Column{"payment_terms", {"payment_terms", "\"Payment Terms Code\""}}};
constexpr std::array product{Column{"name", {"name", "\"Description\""}},
                             Column{"price", {"price", "\"Unit Price\""}, true}};
constexpr std::array order{Column{"customer_note", {"customer_note", "\"Web Comment\""}},
                           Column{"ship_line1", {"ship_line1", "\"Ship-to Address\""}},
                           Column{"ship_city", {"ship_city", "\"Ship-to City\""}}};
constexpr std::array line{Column{"description", {"description", "\"Description\""}},
                          Column{"qty", {"qty", "\"Quantity\""}, true}};

constexpr std::array tables{Table{"customer",
                                  {"customer", "\"CRONUS France$Customer\""},
                                  {"id", "\"No_\""},
                                  {"email", "\"E-Mail\""},
                                  {"", ""},
                                  customer},
                            Table{"product",
                                  {"product", "\"CRONUS France$Item\""},
                                  {"id", "\"No_\""},
                                  {"sku", "\"No_\""},
                                  {"", ""},
                                  product},
                            Table{"sales_order",
                                  {"sales_order", "\"CRONUS France$Sales Header\""},
                                  {"id", "\"No_\""},
                                  {"order_no", "\"External Document No_\""},
                                  {"", "\"Document Type\" = 1"},
                                  order},
                            Table{"order_line",
                                  {"order_line", "\"CRONUS France$Sales Line\""},
                                  {"id", "\"Line No_\""},
                                  {"unit_price", "\"Unit Price\""},
                                  {"", "\"Document Type\" = 1"},
                                  line}};

}  // namespace

const Table& table_of(Kind kind) { return tables[static_cast<std::size_t>(kind)]; }

const Column& column_of(Kind kind, const std::string& field) {
  for (const Column& column : table_of(kind).columns) {
    if (field == column.field) return column;
  }
  throw std::logic_error{"no field " + field};
}

std::string plain_number(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::vector<std::string> split(const std::string& row) {
  std::vector<std::string> values;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = row.find('|', begin);
    values.push_back(row.substr(begin, end == std::string::npos ? end : end - begin));
  }
  return values;
}

std::string value_for(const std::string& field, std::int64_t number) {
  if (field == "qty") return plain_number(fmt::format("{}.{:03}", number / 1000, number % 1000));
  if (field == "price") return std::to_string(number);
  if (field == "payment_terms") return fmt::format("T{}", number);
  return fmt::format("{}-{}", field, number);
}

std::string select_rows(Kind kind, Side side) {
  const Table& table = table_of(kind);
  const std::size_t at = index(side);
  std::string query = fmt::format("SELECT {}, {}", table.key[at], table.mark[at]);
  for (const Column& column : table.columns) query += std::string{", "} + column.at[at];
  return query + " FROM " + table.at[at];
}

}  // namespace miroir::turmoil
