// The SQL of PostgreSQL 14 and newer; see dialect.hpp for what each function promises, README.md
// for the reasons.
#pragma once

#include "connectors/dialect.hpp"

namespace miroir {

const Dialect& postgres_dialect();  // Lives as long as the program.

}  // namespace miroir
