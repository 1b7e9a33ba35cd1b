// What every session is told first, in one statement and one place. Settings that a server does not
// know (they came with later versions) are left out. search_path is left as the site has it:
// unqualified tables are found there.
#pragma once

#include "connectors/session.hpp"

namespace miroir::postgres {

Statement prologue(const SessionLimits& limits);

}  // namespace miroir::postgres
