// COPY ... FROM STDIN: rows of values into a table, one line each.
#pragma once

#include <functional>
#include <pqxx/transaction_base>
#include <span>
#include <string>

#include "schema/value.hpp"

namespace miroir::postgres {

// `table` is quoted, `columns` are plain names. If next() throws, nothing of the upload stays and
// its exception goes on.
void copy_in(pqxx::transaction_base& work, const std::string& table,
             std::span<const std::string> columns, const std::function<bool(Row&)>& next);

}  // namespace miroir::postgres
