// What happened: conflicts, history, cycles.
#include "mirror/state/events.hpp"
#include "mirror/state/store_impl.hpp"

namespace miroir {

void Store::Impl::note_start(CycleNumber cycle, const std::string& started) {
  if (started.empty()) return;
  auto& statement = prepare(
      "INSERT OR IGNORE INTO cycle (number, started, seconds, outcome, summary) VALUES (?, ?, 0, "
      "'', '')");
  statement.bind(1, number(cycle));
  statement.bind(2, started);
  finish(statement);
}

void Store::note(const Act& act) { note_act(*impl_->db, act); }

void Store::log(const Conflict& conflict, CycleNumber cycle) {
  auto& statement = impl_->prepare(
      "INSERT INTO conflict (cycle, record, entity, field, winner, loser, loser_site, rule) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  statement.bind(1, number(cycle));
  statement.bind(2, number(conflict.record));
  statement.bind(3, number(conflict.entity));
  if (conflict.field) statement.bind(4, static_cast<std::int64_t>(*conflict.field));
  bind_value(statement, 5, conflict.winner);
  bind_value(statement, 6, conflict.loser);
  if (conflict.loser_site) statement.bind(7, number(*conflict.loser_site));
  statement.bind(8, conflict.rule);
  finish(statement);
}

void Store::log(const HistoryLine& line, CycleNumber cycle) {
  if (!is_history_event(line.event))
    throw std::logic_error{"no history knows the event '" + line.event + "'"};
  if (has_key(line.event) ? !line.changes.empty() : !line.key.empty())
    throw std::logic_error{"an event about a key has no changes, and others have no key"};
  auto& statement = impl_->prepare(
      "INSERT INTO history (cycle, record, site, event, changes) VALUES (?, ?, ?, ?, ?)");
  Row flat = line.key;
  for (const FieldChange& change : line.changes) {
    flat.insert(flat.end(), {static_cast<std::int64_t>(change.field), change.before, change.after});
  }
  statement.bind(1, number(cycle));
  statement.bind(2, number(line.record));
  if (line.site) statement.bind(3, number(*line.site));
  statement.bind(4, line.event);
  bind_blob(statement, 5, encode_row(flat));
  finish(statement);
}

namespace {

void name_fields(LoggedConflict& logged, SQLite::Statement& row, const Mapping& mapping) {
  if (!row.getColumn(9).isNull()) {
    logged.entity = row.getColumn(9).getString();
    logged.field = row.getColumn(10).getString();
    return;
  }
  const Entity& entity = mapping.entity(logged.conflict.entity);
  logged.entity = entity.name;
  if (logged.conflict.field) logged.field = entity.fields.at(*logged.conflict.field).name;
}

}  // namespace

LoggedConflict read_conflict(SQLite::Statement& row, const Mapping& mapping) {
  LoggedConflict logged;
  logged.id = row.getColumn(0).getInt64();
  logged.cycle = CycleNumber{row.getColumn(1).getInt64()};
  logged.time = row.getColumn(11).getString();
  if (!row.getColumn(12).isNull()) logged.undone = CycleNumber{row.getColumn(12).getInt64()};
  Conflict& conflict = logged.conflict;
  conflict.record = RecordId{row.getColumn(2).getInt64()};
  conflict.entity = EntityId{static_cast<std::size_t>(row.getColumn(3).getInt64())};
  if (!row.getColumn(4).isNull())
    conflict.field = static_cast<std::size_t>(row.getColumn(4).getInt64());
  conflict.winner = value_of(row.getColumn(5));
  conflict.loser = value_of(row.getColumn(6));
  if (!row.getColumn(7).isNull())
    conflict.loser_site = static_cast<SiteId>(row.getColumn(7).getInt());
  conflict.rule = row.getColumn(8).getString();
  name_fields(logged, row, mapping);
  return logged;
}

namespace {

std::vector<LoggedConflict> read_conflicts(SQLite::Statement& statement, const Mapping& mapping) {
  std::vector<LoggedConflict> all;
  while (statement.executeStep()) all.push_back(read_conflict(statement, mapping));
  statement.reset();
  return all;
}

}  // namespace

std::vector<LoggedConflict> Store::conflicts(std::optional<CycleNumber> cycle,
                                             std::size_t limit) const {
  auto& statement = impl_->prepare(
      "SELECT * FROM decision WHERE ?1 IS NULL OR cycle = ?1 ORDER BY id DESC LIMIT ?2");
  if (cycle) statement.bind(1, number(*cycle));
  statement.bind(2, static_cast<std::int64_t>(limit));
  return read_conflicts(statement, *impl_->mapping);
}

std::optional<LoggedConflict> Store::conflict(std::int64_t id) const {
  auto& statement = impl_->prepare("SELECT * FROM decision WHERE id = ?");
  statement.bind(1, id);
  auto found = read_conflicts(statement, *impl_->mapping);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<LoggedConflict> Store::conflicts_of(RecordId record) const {
  auto& statement = impl_->prepare("SELECT * FROM decision WHERE record = ? ORDER BY id");
  statement.bind(1, number(record));
  return read_conflicts(statement, *impl_->mapping);
}

void Store::mark_undone(std::int64_t conflict, CycleNumber cycle) {
  auto& statement = impl_->prepare("UPDATE conflict SET undone = ? WHERE id = ?");
  statement.bind(1, number(cycle));
  statement.bind(2, conflict);
  finish(statement);
}

std::vector<LoggedHistory> Store::history_of(RecordId record) const {
  auto& statement = impl_->prepare(
      "SELECT h.id, h.cycle, ifnull(c.started, ''), h.site, h.event, h.changes, r.entity "
      "FROM history h LEFT JOIN cycle c ON c.number = h.cycle LEFT JOIN record r ON r.id = "
      "h.record WHERE h.record = ? ORDER BY h.id");
  statement.bind(1, number(record));
  std::vector<LoggedHistory> all;
  while (statement.executeStep()) {
    LoggedHistory& logged = all.emplace_back();
    logged.id = statement.getColumn(0).getInt64();
    logged.cycle = CycleNumber{statement.getColumn(1).getInt64()};
    logged.time = statement.getColumn(2).getString();
    logged.line.record = record;
    logged.line.entity = EntityId{static_cast<std::size_t>(statement.getColumn(6).getInt64())};
    if (!statement.getColumn(3).isNull())
      logged.line.site = static_cast<SiteId>(statement.getColumn(3).getInt());
    logged.line.event = statement.getColumn(4).getString();
    Row flat = decode_row(blob_of(statement.getColumn(5)));
    if (has_key(logged.line.event)) {
      logged.line.key = std::move(flat);
      continue;
    }
    for (std::size_t i = 0; i + 2 < flat.size(); i += 3) {
      logged.line.changes.push_back(
          {static_cast<std::size_t>(std::get<std::int64_t>(flat[i])), flat[i + 1], flat[i + 2]});
    }
  }
  statement.reset();
  return all;
}

std::int64_t Store::last_change(RecordId record) const {
  auto& statement = impl_->prepare(
      "SELECT ifnull(max(id), 0) FROM history WHERE event NOT IN ('delivered', 'renumbered', "
      "'recognised') AND record IN (SELECT id FROM record WHERE id = ?1 OR (root = ?1 AND root <> "
      "id))");
  statement.bind(1, number(record));
  statement.executeStep();
  const std::int64_t last = statement.getColumn(0).getInt64();
  statement.reset();
  return last;
}

bool Store::changed_after(RecordId record, CycleNumber cycle) const {
  auto& statement = impl_->prepare(
      "SELECT EXISTS (SELECT 1 FROM history WHERE cycle > ?2 AND event NOT IN ('delivered', "
      "'renumbered', 'recognised') AND record IN (SELECT id FROM record WHERE id = ?1 OR (root = "
      "?1 "
      "AND root <> id)))");
  statement.bind(1, number(record));
  statement.bind(2, number(cycle));
  statement.executeStep();
  const bool changed = statement.getColumn(0).getInt() != 0;
  statement.reset();
  return changed;
}

std::string Store::cycle_time(CycleNumber cycle) const {
  auto& statement = impl_->prepare("SELECT started FROM cycle WHERE number = ?");
  statement.bind(1, number(cycle));
  std::string started;
  if (statement.executeStep()) started = statement.getColumn(0).getString();
  statement.reset();
  return started;
}

void Store::log_cycle(const LoggedCycle& cycle) {
  auto& statement = impl_->prepare(
      "INSERT OR REPLACE INTO cycle (number, started, seconds, outcome, summary) VALUES (?, ?, ?, "
      "?, ?)");
  statement.bind(1, number(cycle.cycle));
  statement.bind(2, cycle.started);
  statement.bind(3, cycle.seconds);
  statement.bind(4, cycle.outcome);
  statement.bind(5, cycle.summary);
  finish(statement);
}

namespace {

LoggedCycle read_cycle(SQLite::Statement& row) {
  return {CycleNumber{row.getColumn(0).getInt64()}, row.getColumn(1).getString(),
          row.getColumn(2).getDouble(), row.getColumn(3).getString(), row.getColumn(4).getString()};
}

}  // namespace

// One that was killed has a time and no outcome.
std::optional<LoggedCycle> Store::last_logged_cycle() const {
  auto& statement = impl_->prepare(
      "SELECT number, started, seconds, outcome, summary FROM cycle WHERE outcome <> '' ORDER BY "
      "number DESC LIMIT 1");
  if (!statement.executeStep()) return std::nullopt;
  LoggedCycle cycle = read_cycle(statement);
  statement.reset();
  return cycle;
}

std::vector<LoggedCycle> Store::logged_cycles(CycleNumber before, std::size_t limit) const {
  auto& statement = impl_->prepare(
      "SELECT number, started, seconds, outcome, summary FROM cycle WHERE outcome <> '' AND number "
      "< ? ORDER BY number DESC LIMIT ?");
  statement.bind(1, number(before));
  statement.bind(2, static_cast<std::int64_t>(limit));
  std::vector<LoggedCycle> all;
  while (statement.executeStep()) all.push_back(read_cycle(statement));
  statement.reset();
  return all;
}

std::vector<std::pair<RecordId, Row>> Store::heads(EntityId entity, RecordId before,
                                                   std::size_t limit) const {
  auto& statement = impl_->prepare(
      "SELECT id, head FROM record WHERE entity = ? AND id < ? AND gone = 0 ORDER BY id DESC LIMIT "
      "?");
  statement.bind(1, number(entity));
  statement.bind(2, number(before));
  statement.bind(3, static_cast<std::int64_t>(limit));
  std::vector<std::pair<RecordId, Row>> all;
  while (statement.executeStep()) {
    all.emplace_back(RecordId{statement.getColumn(0).getInt64()},
                     decode_row(blob_of(statement.getColumn(1))));
  }
  statement.reset();
  return all;
}

}  // namespace miroir
