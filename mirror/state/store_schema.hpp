// The store's tables, and how an older store becomes today's. Version n is what the first n steps
// make; a step that has been released is never changed, only followed by another.
#pragma once

#include <span>

namespace SQLite {
class Database;
}

namespace miroir {

inline constexpr int store_application_id =
    0x6d69726f;  // "miro": tells a store from any other SQLite file.

std::span<const char* const> migrations();

// Runs the steps that are missing, each in a transaction of its own, also while others do the same.
void migrate(SQLite::Database& database);

}  // namespace miroir
