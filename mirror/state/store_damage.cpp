// Whether the file is whole: its pages, and what it keeps in them.
#include <fmt/core.h>
#include <sqlite3.h>

#include "mirror/state/store_impl.hpp"

namespace miroir {
namespace {

struct SealedColumn {
  const char* table;
  const char* column;
};
constexpr SealedColumn sealed_columns[] = {
    {"record", "head"},      {"record", "shadow_0"},    {"record", "shadow_1"},
    {"record", "times"},     {"batch", "payload"},      {"unacknowledged", "ids"},
    {"held", "candidate_0"}, {"held", "candidate_1"},   {"held", "proposal"},
    {"request", "body"},     {"conflict", "winner"},    {"conflict", "loser"},
    {"history", "changes"},  {"former_record", "head"},
};

void is_intact(sqlite3_context* context, int, sqlite3_value** values) {
  const auto* bytes = static_cast<const char*>(sqlite3_value_blob(values[0]));
  const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[0]));
  sqlite3_result_int(context, is_sealed({bytes, bytes == nullptr ? 0 : size}) ? 1 : 0);
}

}  // namespace

std::vector<std::string> Store::damage() const {
  std::vector<std::string> found;
  try {
    SQLite::Statement pages{*impl_->db, "PRAGMA integrity_check(5)"};
    while (pages.executeStep()) {
      if (std::string line = pages.getColumn(0).getString(); line != "ok")
        found.push_back(std::move(line));
    }
    sqlite3_create_function(impl_->db->getHandle(), "is_intact", 1, SQLITE_UTF8, nullptr, is_intact,
                            nullptr, nullptr);
    for (const auto& [table, column] : sealed_columns) {
      SQLite::Statement broken{*impl_->db,
                               fmt::format("SELECT count(*) FROM {0} WHERE {1} IS NOT NULL AND NOT "
                                           "is_intact({1})",
                                           table, column)};
      broken.executeStep();
      if (const std::int64_t count = broken.getColumn(0).getInt64(); count > 0)
        found.push_back(
            fmt::format("{} of {} are not as they were written ({})", count, table, column));
    }
  } catch (const SQLite::Exception& error) {
    found.emplace_back(error.what());
  }
  return found;
}

}  // namespace miroir
