// A session with PostgreSQL over libpqxx; see session.hpp for the contract.
//
// What it adds: query() reads through a server-side cursor in fetches of about a thousand rows, so
// that memory stays flat and no single statement of a long scan outlives its time limit; few rows
// cost one round trip, or two if the statement has parameters. Statements that give rows and are
// not queries (INSERT ... RETURNING) are read whole. In a snapshot nothing can be created or
// truncated, but temporary tables can be written.
#pragma once

#include <memory>
#include <string>

#include "connectors/session.hpp"

namespace miroir {

// `conninfo` is libpq's, keyword=value or URI; see README.md for what a password may come from.
// `application_name` is what the server's administrator sees (pg_stat_activity). Throws DbError if
// the server cannot be reached.
std::unique_ptr<Session> open_postgres(const std::string& conninfo, const SessionLimits& limits,
                                       const std::string& application_name);

}  // namespace miroir
