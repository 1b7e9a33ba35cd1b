// A session over ODBC, with any database that has an OdbcDialect. See session.hpp for the contract.
//
// SQL travels in autocommit mode and transactions are spelled out by the dialect, since a driver's
// manual commit mode begins transactions in ways of its own. One statement is open at a time.
// Limits: connect and lock wait as the dialect and driver can; a statement that runs too long is
// cancelled (retry). What the limits of a dead line and of an idle transaction mean is up to the
// server; a file has neither.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connectors/odbc/odbc_dialect.hpp"
#include "connectors/session.hpp"

namespace miroir {

// Connects. `dialect` must outlive the session. Throws DbError: a database that cannot be reached
// is `reconnect`, a driver or a connection string that is wrong `misconfigured`; no error shows the
// connection string.
std::unique_ptr<Session> open_odbc(const std::string& connection_string, const OdbcDialect& dialect,
                                   const SessionLimits& limits);

// What `check` should tell about the database and these tables, each with its remedy. Empty for a
// session that is not ODBC's.
std::vector<std::string> warnings(Session& session, std::span<const TableName> tables);

}  // namespace miroir
