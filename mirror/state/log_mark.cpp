#include "mirror/state/log_mark.hpp"

#include "mirror/state/side_tables.hpp"

namespace miroir {
namespace {

LogMark last_up_to(SQLite::Database& db, std::int64_t line) {
  SQLite::Statement row{
      db, "SELECT id, record, cycle FROM history WHERE id <= ? ORDER BY id DESC LIMIT 1"};
  row.bind(1, line);
  if (!row.executeStep()) return {};
  return {.line = row.getColumn(0).getInt64(),
          .record = RecordId{row.getColumn(1).getInt64()},
          .cycle = CycleNumber{row.getColumn(2).getInt64()}};
}

}  // namespace

LogMark mark_at(const std::filesystem::path& state, std::int64_t line) {
  return explained("the history", [&] { return last_up_to(*open_side_tables(state), line); });
}

std::optional<Logged> logged_after(const std::filesystem::path& state, const LogMark& mark,
                                   std::int64_t line) {
  return explained("the history", [&]() -> std::optional<Logged> {
    const auto db = open_side_tables(state);
    const SQLite::Transaction reading{*db};
    if (last_up_to(*db, mark.line) != mark) return std::nullopt;
    Logged logged{.last = mark, .records = {}};
    if (line <= mark.line) return logged;  // The caller looks at an earlier moment.
    logged.last = last_up_to(*db, line);
    SQLite::Statement rows{*db, "SELECT DISTINCT record FROM history WHERE id > ? AND id <= ?"};
    rows.bind(1, mark.line);
    rows.bind(2, line);
    while (rows.executeStep()) logged.records.emplace_back(rows.getColumn(0).getInt64());
    return logged;
  });
}

}  // namespace miroir
