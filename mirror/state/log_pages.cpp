#include "mirror/state/log_pages.hpp"

#include "mirror/state/side_tables.hpp"
#include "mirror/state/store_impl.hpp"

namespace miroir {
namespace {

constexpr const char* these = "the journal";

// Numbers alone, so that there is nothing to escape.
std::string list_of(const std::vector<RecordId>& records) {
  std::string list;
  for (const RecordId record : records)
    list += (list.empty() ? "" : ",") + std::to_string(record.raw());
  return list;
}

std::string of_records(const LogFilter& filter) {
  if (!filter.records) return "";
  const std::string list = list_of(*filter.records);
  return " AND l.record IN (SELECT id FROM record WHERE id IN (" + list + ") OR root IN (" + list + "))";
}

// Whom the store knows by another name by now, it knew by that one.
constexpr const char* decisions_sql =
    "SELECT l.* FROM decision l WHERE (?1 IS NULL OR ifnull(l.entity_name, '') = ?1 "
    "OR (l.entity_name IS NULL AND l.entity = ?2)) AND (?3 = '' OR l.time >= ?3) "
    "AND (?4 = '' OR l.time < ?4) AND (?5 IS NULL OR l.loser_site = ?5) "
    "AND (?8 IS NULL OR l.field_name = ?8 OR (l.field_name IS NULL AND l.field = ?9)) "
    "AND (?6 IS NULL OR l.id < ?6)";
constexpr const char* requests_sql =
    "SELECT l.* FROM request l WHERE (?1 IS NULL OR EXISTS (SELECT 1 FROM record r "
    "WHERE r.id = l.record AND r.entity = ?2)) AND (?3 = '' OR l.made >= ?3) "
    "AND (?4 = '' OR l.made < ?4) AND ?5 IS NULL AND ?8 IS NULL AND ?9 IS NULL AND (?6 IS NULL OR l.id < ?6)";

// What one was about stands in words between colons: "site:erp", "deletions:erp:customer:30".
constexpr const char* acts_sql =
    "SELECT l.* FROM act l WHERE (?1 IS NULL OR (l.kind NOT LIKE 'user%' "
    "AND instr(':' || l.about || ':', ':' || ?1 || ':') > 0)) AND (?3 = '' OR l.made >= ?3) "
    "AND (?4 = '' OR l.made < ?4) AND ?5 IS NULL AND (?6 IS NULL OR l.id < ?6)";

Act read_act(SQLite::Statement& row) {
  Act act{.id = row.getColumn(0).getInt64(),
          .kind = act_kind_named(row.getColumn(3).getString()).value(),
          .actor = {row.getColumn(2).getString(), row.getColumn(1).getString()},
          .about = row.getColumn(4).getString(),
          .role = row.getColumn(6).getString(),
          .reason = row.getColumn(7).getString()};
  if (!row.getColumn(5).isNull()) act.record = RecordId{row.getColumn(5).getInt64()};
  return act;
}

}  // namespace

LogPages::LogPages(const std::filesystem::path& state, const Mapping& mapping)
    : db_{explained(these, [&] { return open_side_tables(state); })}, mapping_{mapping} {}
LogPages::~LogPages() = default;

template <class Read>
auto LogPages::page(const std::string& sql, const LogFilter& filter, Read read) const {
  return explained(these, [&] {
    SQLite::Statement row{*db_, sql + of_records(filter) + " ORDER BY l.id DESC LIMIT ?7"};
    if (filter.entity) {
      row.bind(1, mapping_.entity(*filter.entity).name);
      row.bind(2, number(*filter.entity));
    }
    row.bind(3, filter.from);
    row.bind(4, filter.until);
    if (filter.lost_at) row.bind(5, number(*filter.lost_at));
    if (filter.before) row.bind(6, *filter.before);
    row.bind(7, static_cast<std::int64_t>(filter.limit));
    if (filter.entity && filter.field) {
      row.bind(8, mapping_.entity(*filter.entity).fields.at(*filter.field).name);
      row.bind(9, static_cast<std::int64_t>(*filter.field));
    }
    std::vector<decltype(read(row))> all;
    while (row.executeStep()) all.push_back(read(row));
    return all;
  });
}

std::vector<LoggedConflict> LogPages::decisions(const LogFilter& filter) const {
  return page(decisions_sql, filter,
              [&](SQLite::Statement& row) { return read_conflict(row, mapping_); });
}

std::vector<EndedRequest> LogPages::requests(const LogFilter& filter) const {
  return page(requests_sql, filter, [](SQLite::Statement& row) { return read_request(row); });
}

std::vector<Act> LogPages::acts(const LogFilter& filter) const {
  std::string sql = acts_sql;
  if (!filter.about_accounts) sql += " AND l.kind NOT LIKE 'user%'";
  if (filter.act) sql += " AND l.kind = '" + std::string{name_of(*filter.act)} + "'";
  return page(sql, filter, read_act);
}

}  // namespace miroir
