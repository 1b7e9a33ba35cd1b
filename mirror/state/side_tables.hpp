// For tables of the state file that no cycle reads: a connection of their own beside a running
// cycle, and failures in the store's words.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>

#include "mirror/state/store_error.hpp"

namespace miroir {

// Brings an older file's tables up to date. Throws StoreError for what is no state file.
std::unique_ptr<SQLite::Database> open_side_tables(const std::filesystem::path& state);

// Throws StoreBusy or StoreError instead of SQLite's own; `what`: "the accounts".
[[noreturn]] void explain(const SQLite::Exception& error, const std::string& what);

template <class F>
auto explained(const std::string& what, F work) {
  try {
    return work();
  } catch (const SQLite::Exception& error) {
    explain(error, what);
  }
}

}  // namespace miroir
