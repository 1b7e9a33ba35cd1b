// What the store may forget: what is older than its retention and nobody needs any more.
#include <algorithm>
#include <string>

#include "mirror/state/store_impl.hpp"

namespace miroir {
namespace {

constexpr const char* forgot_on = "forgot on";
// In one day at most this part of a table, so that a clock that is wrong by years costs little:
// what comes in within a day is far less, since a table holds what came in within its retention.
constexpr std::int64_t share_per_day = 20;
constexpr std::int64_t rows_per_day_min = 100;

// What a person still has to answer, and what he is shown with it.
constexpr const char* const forget_history =
    "DELETE FROM history WHERE id IN (SELECT id FROM history WHERE cycle < ?1 AND id < (SELECT "
    "max(id) FROM history) AND record NOT IN (SELECT record FROM held WHERE closed IS NULL) ORDER "
    "BY id LIMIT ?2)";
constexpr const char* const forget_conflicts =
    "DELETE FROM conflict WHERE id IN (SELECT id FROM conflict WHERE cycle < ?1 AND id < (SELECT "
    "max(id) FROM conflict) AND record NOT IN (SELECT record FROM held WHERE closed IS NULL UNION "
    "ALL SELECT record FROM request WHERE ended IS NULL AND record IS NOT NULL) AND NOT EXISTS "
    "(SELECT 1 FROM request WHERE ended IS NULL AND kind = 'undo' AND record IS NULL) ORDER BY id "
    "LIMIT ?2)";
constexpr const char* const forget_answered =
    "DELETE FROM held WHERE id IN (SELECT id FROM held WHERE closed < ?1 AND id < (SELECT max(id) "
    "FROM held) ORDER BY id LIMIT ?2)";
constexpr const char* const forget_requests =
    "DELETE FROM request WHERE id IN (SELECT id FROM request WHERE ended < ?1 AND id NOT IN (SELECT "
    "ignored FROM held WHERE ignored IS NOT NULL AND closed IS NULL UNION ALL SELECT ignored FROM "
    "set_aside_write WHERE ignored IS NOT NULL UNION ALL SELECT ignored FROM set_aside_read WHERE "
    "ignored IS NOT NULL) ORDER BY id LIMIT ?2)";
constexpr const char* const forget_acts =
    "DELETE FROM act WHERE id IN (SELECT id FROM act WHERE made < ?1 AND id < (SELECT max(id) FROM "
    "act) ORDER BY id LIMIT ?2)";
// The times of what is kept of older cycles stay known.
constexpr const char* const forget_cycles =
    "DELETE FROM cycle WHERE number IN (SELECT number FROM cycle WHERE number < ?1 AND number NOT "
    "IN (SELECT opened FROM held UNION SELECT since FROM set_aside_write UNION SELECT since FROM "
    "set_aside_read UNION SELECT cycle FROM history WHERE cycle < ?1 UNION SELECT cycle FROM "
    "conflict WHERE cycle < ?1) ORDER BY number LIMIT ?2)";
// Gone at both sites, and nothing is on its way, refers to it, waits or is asked about it; a whole
// aggregate at once.
constexpr const char* const find_deleted =
    "INSERT INTO temp.forgotten SELECT id FROM record r WHERE gone = 1 AND root = id AND "
    "gone_since "
    "< ?1 AND id < (SELECT max(id) FROM record) AND NOT EXISTS (SELECT 1 FROM record p WHERE "
    "(p.id = r.id OR (p.root = r.id AND p.root <> p.id)) AND (p.gone = 0 OR p.behind_0 = 1 OR "
    "p.behind_1 = 1 OR p.shadow_0 IS NOT NULL OR p.shadow_1 IS NOT NULL OR EXISTS (SELECT 1 FROM "
    "held WHERE record = p.id AND closed IS NULL) OR EXISTS (SELECT 1 FROM request WHERE record = "
    "p.id AND ended IS NULL) OR EXISTS (SELECT 1 FROM reference c WHERE c.parent = p.id) OR EXISTS "
    "(SELECT 1 "
    "FROM row_reference c WHERE c.parent = p.id))) AND NOT "
    "EXISTS (SELECT 1 FROM reread WHERE (site = 0 AND entity = r.entity AND key = r.key_0) OR "
    "(site "
    "= 1 AND entity = r.entity AND key = r.key_1)) AND NOT EXISTS (SELECT 1 FROM set_aside_write "
    "WHERE root = r.id) AND NOT EXISTS (SELECT 1 FROM set_aside_read s WHERE s.entity = r.entity "
    "AND ((s.site = 0 AND s.key = r.key_0) OR (s.site = 1 AND s.key = r.key_1))) ORDER BY id LIMIT "
    "?2";

constexpr const char* const all_of_forgotten[] = {
    "INSERT OR IGNORE INTO temp.forgotten SELECT id FROM record WHERE root <> id AND root IN "
    "(SELECT "
    "id FROM temp.forgotten)",
    "DELETE FROM match_value WHERE record IN (SELECT id FROM temp.forgotten)",
    "DELETE FROM reference WHERE child IN (SELECT id FROM temp.forgotten)",
    "DELETE FROM row_reference WHERE child IN (SELECT id FROM temp.forgotten)",
    "DELETE FROM turn WHERE record IN (SELECT id FROM temp.forgotten)",
    "DELETE FROM missed WHERE record IN (SELECT id FROM temp.forgotten)",
    "DELETE FROM removal WHERE record IN (SELECT id FROM temp.forgotten)",
    "DELETE FROM held WHERE record IN (SELECT id FROM temp.forgotten) AND id < (SELECT max(id) "
    "FROM "
    "held)",
    "DELETE FROM record WHERE id IN (SELECT id FROM temp.forgotten)"};

std::int64_t date_of(Instant now) { return now.micros / 86'400'000'000; }

std::string time_before(Instant now, std::chrono::days kept) {
  return to_string(Instant{now.micros - std::chrono::microseconds{kept}.count()});
}

// The first cycle that is younger than so long; what happened before it is old.
std::int64_t first_young(Store& store, SQLite::Statement& find, Instant now,
                         std::chrono::days kept) {
  find.bind(1, time_before(now, kept));
  std::int64_t first = 0;
  if (find.executeStep() && !find.getColumn(0).isNull()) first = find.getColumn(0).getInt64();
  find.reset();
  return std::min(first, store.last_cycle().raw());
}

}  // namespace

std::size_t Store::forget_old(const Retention& retention, Instant now) {
  const std::string today = std::to_string(date_of(now));
  if (impl_->meta(forgot_on) == today) return 0;
  begin(Durability::ordered);
  try {
    const int before = impl_->db->getTotalChanges();
    const auto young = [&](std::chrono::days kept) {
      return first_young(*this,
                         impl_->prepare("SELECT max(number) + 1 FROM cycle WHERE started < ? AND "
                                        "started <> ''"),
                         now, kept);
    };
    const std::int64_t history = young(retention.history);
    const std::int64_t cycles = std::min(history, young(retention.cycles));
    const auto run = [&](const char* sql, const char* extent, const auto& first) {
      auto& share = impl_->prepare(extent);
      share.executeStep();
      const std::int64_t rows = share.getColumn(0).getInt64();
      share.reset();
      auto& statement = impl_->prepare(sql);
      statement.bind(1, first);
      statement.bind(2, std::max(rows / share_per_day, rows_per_day_min));
      finish(statement);
    };
    impl_->db->exec(
        "CREATE TEMP TABLE IF NOT EXISTS forgotten (id INTEGER PRIMARY KEY); DELETE "
        "FROM temp.forgotten");
    run(find_deleted, "SELECT count(*) FROM record WHERE gone = 1", young(retention.deleted));
    for (const char* sql : all_of_forgotten) impl_->db->exec(sql);
    run(forget_history, "SELECT ifnull(max(id) - min(id), 0) FROM history", history);
    run(forget_conflicts, "SELECT ifnull(max(id) - min(id), 0) FROM conflict", history);
    run(forget_answered, "SELECT ifnull(max(id) - min(id), 0) FROM held", history);
    run(forget_requests, "SELECT ifnull(max(id) - min(id), 0) FROM request", history);
    run(forget_acts, "SELECT ifnull(max(id) - min(id), 0) FROM act",
        time_before(now, retention.history));
    run(forget_cycles, "SELECT ifnull(max(number) - min(number), 0) FROM cycle", cycles);
    const int gone = impl_->db->getTotalChanges() - before;
    impl_->set_meta(forgot_on, today);
    commit();
    return static_cast<std::size_t>(gone);
  } catch (...) {
    rollback();
    throw;
  }
}

}  // namespace miroir
