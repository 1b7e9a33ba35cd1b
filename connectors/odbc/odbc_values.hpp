// Values on their way through ODBC: one small function for each kind, looked up in two tables.
//
// Everything but integers, booleans and bytes travels as UTF-8 text, so that no driver's own
// conversion (doubles, local formats) comes between the database and the checked parsers of
// schema/. One thread.
#pragma once

#include <sql.h>

#include <string>
#include <vector>

#include "connectors/odbc/odbc_dialect.hpp"
#include "schema/value.hpp"

namespace miroir {

// The parameters of one statement: keeps alive what the driver is pointed at until the next bind.
class Parameters {
 public:
  // Binds value i to placeholder i + 1; `values` must outlive the execution. Returns the driver's
  // code.
  SQLRETURN bind(SQLHSTMT statement, const std::vector<Value>& values, const OdbcDialect& dialect);

  struct Slot {
    std::string text;
    std::int64_t number = 0;
    SQLLEN length = 0;
  };

 private:
  std::vector<Slot> slots_;
};

// Whether the value must be bound as the bytes of a text, and its place cast them.
bool goes_as_bytes(const Value& value, const OdbcDialect& dialect);

// "(?, ?)": what takes a row's values.
std::string places_for(const Row& row, const OdbcDialect& dialect);

// About what a row takes in a message.
std::size_t bytes_of(const Row& row);
// Throws DbError (refused): a server that takes no message of this length would answer by breaking
// the line, each time again.
void refuse_longer(std::size_t bytes, std::size_t most);

// What the driver gives for a value that is not NULL, or, where it is not of the kind, that text.
Value odbc_value(std::string&& text, ValueKind kind, const OdbcDialect& dialect);

// Reads column `one_based` of the current row.
class ColumnReader {
 public:
  explicit ColumnReader(const OdbcDialect& dialect);
  // False: the driver refused; its diagnostics are on the statement.
  bool read(SQLHSTMT statement, std::size_t one_based, ValueKind kind, Value& value);

 private:
  enum class Got { value, null, failed };
  Got fetch_text(SQLHSTMT statement, SQLUSMALLINT column, SQLSMALLINT c_type);
  const OdbcDialect& dialect_;
  std::string text_;
  std::vector<char> chunk_;
};

}  // namespace miroir
