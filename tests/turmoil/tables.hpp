// What people work on: the tables of a shop and an ERP, and by which columns a record is known (its
// mark), found (its key) and changed. The names of fields are the mapping's.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tests/turmoil/ledger.hpp"

namespace miroir::turmoil {

enum class Kind : std::uint8_t { customer, product, order, line };

struct Column {
  const char* field;
  const char* at[2];
  bool is_number = false;
};
struct Table {
  const char* entity;
  const char* at[2];
  const char* key[2];
  const char* mark[2];
  const char* also[2];  // A further condition: "" for none.
  std::span<const Column> columns;
};
const Table& table_of(Kind kind);
const Column& column_of(Kind kind, const std::string& field);

// 12.500 is 12.5.
std::string plain_number(std::string text);
std::vector<std::string> split(const std::string& row);  // What rows() has joined by '|'.

// A number of the book, as a value for that field that nobody else writes.
std::string value_for(const std::string& field, std::int64_t number);
// The mark of a line is its price, a whole number.
inline std::string line_mark(const std::string& price) { return "L" + plain_number(price); }

// SELECT of key, mark and all fields.
std::string select_rows(Kind kind, Side side);

}  // namespace miroir::turmoil
