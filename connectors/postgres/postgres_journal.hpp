// The SQL that puts miroir's own tables on a PostgreSQL database, and takes them away. Pure: names
// in, text out.
#pragma once

#include <string>
#include <vector>

#include "connectors/statement.hpp"

namespace miroir::postgres {

inline constexpr const char* own_schema = "miroir";

std::vector<Statement> create_own_tables();
Statement analyze_journal();
// Also drops what is left of the journal's triggers.
std::vector<Statement> drop_own_tables();
Statement list_own_tables();
std::string last_journal_id();

}  // namespace miroir::postgres
