// Keys that PostgreSQL hands out itself: by a sequence, by a default, or by a trigger of the
// site's.
#pragma once

#include <string>

#include "connectors/dialect.hpp"

namespace miroir::postgres {

// One statement that inserts the staged rows and leaves their keys in staging. A sequence or a
// default is asked beforehand, for all rows at once; where a trigger may have the last word, rows
// go in one by one, and each tells its key.
std::string insert_with_keys(const Dialect& dialect, const Dialect::StagedInsert& insert);
// See Dialect::refuse_where.
std::string refuse_where(const std::string& staging, const std::string& condition,
                         const std::string& message);

}  // namespace miroir::postgres
