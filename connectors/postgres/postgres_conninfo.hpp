// The text that libpq connects with: what the operator configured, with this program's limits and
// name added. Accepts both of libpq's forms (keyword=value and postgresql:// URIs). Pure.
#pragma once

#include <string>

#include "connectors/session.hpp"

namespace miroir::postgres {

struct Conninfo {
  std::string text;  // keyword='value' pairs, for libpq only: it may hold a password.
  std::string
      password;  // Empty if it comes from elsewhere (~/.pgpass); to be kept out of every message.
};

// Throws DbError (misconfigured) if the text cannot be read; the message shows nothing of it.
Conninfo make_conninfo(const std::string& configured, const SessionLimits& limits,
                       const std::string& application_name);

}  // namespace miroir::postgres
