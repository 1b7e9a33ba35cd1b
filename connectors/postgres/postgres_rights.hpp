// PostgreSQL's accounts: roles that may log in. See ../rights.hpp.
#pragma once

#include "connectors/rights.hpp"

namespace miroir {

const AccountRules& postgres_accounts();  // Lives as long as the program.

}  // namespace miroir
