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
  // code. Throws DbError (refused) on a text with a NUL, which drivers would cut there.
  SQLRETURN bind(SQLHSTMT statement, const std::vector<Value>& values, const OdbcDialect& dialect);

  struct Slot {
    std::string text;
    std::int64_t number = 0;
    SQLLEN length = 0;
  };

 private:
  std::vector<Slot> slots_;
};

// Reads column `one_based` of the current row. A value that is not of the kind comes as the text
// that the driver gives for it.
class ColumnReader {
 public:
  ColumnReader();
  // False: the driver refused; its diagnostics are on the statement.
  bool read(SQLHSTMT statement, std::size_t one_based, ValueKind kind, Value& value);

 private:
  enum class Got { value, null, failed };
  Got fetch_text(SQLHSTMT statement, SQLUSMALLINT column, SQLSMALLINT c_type);
  std::string text_;
  std::vector<char> chunk_;
};

}  // namespace miroir
