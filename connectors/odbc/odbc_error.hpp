// From a driver's diagnostics to DbError: the only place that decides what an ODBC error means.
#pragma once

#include <sql.h>

#include <string>
#include <string_view>
#include <vector>

#include "connectors/errors.hpp"
#include "connectors/odbc/odbc_dialect.hpp"

namespace miroir {

// All records of a handle. They must be read before any other call on it, which clears them.
std::vector<Diagnostic> diagnostics_of(SQLSMALLINT handle_type, SQLHANDLE handle);

// The first record that the dialect knows decides, else the first. `doing` begins the message.
DbError error_from(const std::vector<Diagnostic>& diagnostics, const OdbcDialect& dialect,
                   std::string_view doing);

// The driver could not be loaded or found; nothing was said by a database.
bool is_driver_missing(const Diagnostic& diagnostic);

}  // namespace miroir
