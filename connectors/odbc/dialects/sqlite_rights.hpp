// SQLite has no accounts: whoever may open the file may do everything. See ../../rights.hpp.
#pragma once

#include "connectors/rights.hpp"

namespace miroir {

const AccountRules& sqlite_accounts();  // Lives as long as the program.

}  // namespace miroir
