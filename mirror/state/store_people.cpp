// What people see: held fields, records set aside, conflicts, history, cycles.
#include <algorithm>

#include "mirror/state/store_impl.hpp"

namespace miroir {
namespace {

// A record that was refused is tried again after 1, 2, 4 ... cycles; a change of it on either side
// tries at once.
constexpr int wait_cycles_max = 16;

}  // namespace

void Store::hold(RecordId record, const HeldField& field, CycleNumber cycle) {
  impl_->remembered.clear();
  auto& statement = impl_->prepare(
      "INSERT INTO held (record, field, reason, candidate_0, candidate_1, opened) VALUES (?, ?, ?, "
      "?, ?, ?) "
      "ON CONFLICT (record, ifnull(field, -1)) WHERE closed IS NULL "
      "DO UPDATE SET candidate_0 = excluded.candidate_0, candidate_1 = excluded.candidate_1");
  statement.bind(1, number(record));
  statement.bind(2, static_cast<std::int64_t>(field.field));
  statement.bind(3, std::to_string(static_cast<int>(field.reason)));
  bind_value(statement, 4, field.candidates[0]);
  bind_value(statement, 5, field.candidates[1]);
  statement.bind(6, number(cycle));
  finish(statement);
}

void Store::release(RecordId record, std::size_t field, CycleNumber cycle) {
  impl_->remembered.clear();
  auto& statement = impl_->prepare(
      "UPDATE held SET closed = ? WHERE record = ? AND ifnull(field, -1) = ? AND closed IS NULL");
  statement.bind(1, number(cycle));
  statement.bind(2, number(record));
  statement.bind(3, static_cast<std::int64_t>(field));
  finish(statement);
}

void Store::ask_deletion(RecordId record, const std::string& reason, CycleNumber cycle) {
  auto& statement = impl_->prepare(
      "INSERT INTO held (record, field, reason, opened) VALUES (?, NULL, ?, ?) "
      "ON CONFLICT (record, ifnull(field, -1)) WHERE closed IS NULL DO NOTHING");
  statement.bind(1, number(record));
  statement.bind(2, reason);
  statement.bind(3, number(cycle));
  finish(statement);
}

void Store::close_deletion(RecordId record, CycleNumber cycle) {
  auto& statement = impl_->prepare(
      "UPDATE held SET closed = ? WHERE record = ? AND ifnull(field, -1) = -1 AND closed IS NULL");
  statement.bind(1, number(cycle));
  statement.bind(2, number(record));
  finish(statement);
}

namespace {

std::string in_words(const std::string& stored) {
  static constexpr const char* words[] = {"both sites changed it",
                                          "a site stored less than it was given",
                                          "the sites keep rewriting each other's value",
                                          "the mapping was changed, and now the sites differ",
                                          "it was changed at the site that it only goes to",
                                          "it is computed from what waits for a person"};
  const bool is_number = stored.size() == 1 && stored[0] >= '0' && stored[0] <= '5';
  return is_number ? words[stored[0] - '0'] : stored;
}

}  // namespace

std::vector<OpenHeld> Store::held() const {
  auto& statement = impl_->prepare(
      "SELECT h.id, h.record, r.entity, h.field, h.reason, h.candidate_0, h.candidate_1, h.opened "
      "FROM held h JOIN record r ON r.id = h.record WHERE h.closed IS NULL ORDER BY h.id");
  std::vector<OpenHeld> all;
  while (statement.executeStep()) {
    OpenHeld item;
    item.id = statement.getColumn(0).getInt64();
    item.record = RecordId{statement.getColumn(1).getInt64()};
    item.entity = EntityId{static_cast<std::size_t>(statement.getColumn(2).getInt64())};
    if (!statement.getColumn(3).isNull()) {
      item.field = static_cast<std::size_t>(statement.getColumn(3).getInt64());
    }
    item.reason = in_words(statement.getColumn(4).getString());
    item.candidates = {value_of(statement.getColumn(5)), value_of(statement.getColumn(6))};
    item.since = CycleNumber{statement.getColumn(7).getInt64()};
    all.push_back(std::move(item));
  }
  statement.reset();
  return all;
}

std::size_t Store::count_held() const {
  auto& statement = impl_->prepare("SELECT count(*) FROM held WHERE closed IS NULL");
  statement.executeStep();
  const auto count = static_cast<std::size_t>(statement.getColumn(0).getInt64());
  statement.reset();
  return count;
}

int Store::count_turn(RecordId record, std::size_t field) {
  auto& statement = impl_->prepare(
      "INSERT INTO turn (record, field, turns) VALUES (?, ?, 1) "
      "ON CONFLICT (record, field) DO UPDATE SET turns = turns + 1 RETURNING turns");
  statement.bind(1, number(record));
  statement.bind(2, static_cast<std::int64_t>(field));
  statement.executeStep();
  const int turns = statement.getColumn(0).getInt();
  finish(statement);
  return turns;
}

bool Store::has_turns() const {
  auto& statement = impl_->prepare("SELECT EXISTS (SELECT 1 FROM turn)");
  statement.executeStep();
  const bool any = statement.getColumn(0).getInt() != 0;
  statement.reset();
  return any;
}

void Store::forget_turns(RecordId record, std::size_t field) {
  auto& statement = impl_->prepare("DELETE FROM turn WHERE record = ? AND field = ?");
  statement.bind(1, number(record));
  statement.bind(2, static_cast<std::int64_t>(field));
  finish(statement);
}

bool Store::has_set_aside_writes() const {
  auto& statement = impl_->prepare("SELECT EXISTS (SELECT 1 FROM set_aside_write)");
  statement.executeStep();
  const bool any = statement.getColumn(0).getInt() != 0;
  statement.reset();
  return any;
}

void Store::set_aside_write(SiteId site, RecordId root, const std::string& reason,
                            CycleNumber cycle) {
  auto& statement = impl_->prepare(
      "INSERT INTO set_aside_write (site, root, reason, since, tries, next) VALUES (?1, ?2, ?3, "
      "?4, 1, ?4 + 1) "
      "ON CONFLICT (site, root) DO UPDATE SET reason = excluded.reason, tries = tries + 1, "
      "next = ?4 + min(1 << min(tries, 10), ?5)");
  statement.bind(1, number(site));
  statement.bind(2, number(root));
  statement.bind(3, reason);
  statement.bind(4, number(cycle));
  statement.bind(5, wait_cycles_max);
  finish(statement);
}

void Store::clear_set_aside_write(SiteId site, RecordId root) {
  auto& statement = impl_->prepare("DELETE FROM set_aside_write WHERE site = ? AND root = ?");
  statement.bind(1, number(site));
  statement.bind(2, number(root));
  finish(statement);
}

void Store::clear_moot_set_asides() {
  for (const char* sql :
       {"DELETE FROM set_aside_write WHERE site = 0 AND NOT EXISTS (SELECT 1 FROM record r "
        "WHERE r.id = set_aside_write.root AND r.behind_0 = 1) AND NOT EXISTS (SELECT 1 FROM "
        "record r "
        "WHERE r.root = set_aside_write.root AND r.root <> r.id AND r.behind_0 = 1)",
        "DELETE FROM set_aside_write WHERE site = 1 AND NOT EXISTS (SELECT 1 FROM record r "
        "WHERE r.id = set_aside_write.root AND r.behind_1 = 1) AND NOT EXISTS (SELECT 1 FROM "
        "record r "
        "WHERE r.root = set_aside_write.root AND r.root <> r.id AND r.behind_1 = 1)"}) {
    finish(impl_->prepare(sql));
  }
}

void Store::try_again(RecordId root) {
  auto& statement = impl_->prepare("UPDATE set_aside_write SET next = 0 WHERE root = ?");
  statement.bind(1, number(root));
  finish(statement);
}

void Store::set_aside_read(const Stuck& stuck, CycleNumber cycle) {
  auto& statement = impl_->prepare(
      "INSERT INTO set_aside_read (site, entity, key, reason, since, tries) VALUES (?, ?, ?, ?, ?, "
      "1) "
      "ON CONFLICT (site, entity, key) DO UPDATE SET reason = excluded.reason, tries = tries + 1");
  statement.bind(1, number(stuck.site));
  statement.bind(2, number(stuck.entity));
  statement.bind(3, key_text(stuck.root));
  statement.bind(4, stuck.reason);
  statement.bind(5, number(cycle));
  finish(statement);
}

void Store::clear_set_aside_read(SiteId site, EntityId entity, const Key& root) {
  auto& statement =
      impl_->prepare("DELETE FROM set_aside_read WHERE site = ? AND entity = ? AND key = ?");
  statement.bind(1, number(site));
  statement.bind(2, number(entity));
  statement.bind(3, key_text(root));
  finish(statement);
}

std::vector<OpenSetAside> Store::set_aside() const {
  auto& statement = impl_->prepare(
      "SELECT a.site, r.entity, ifnull(r.key_0, r.key_1), a.reason, a.since, a.tries "
      "FROM set_aside_write a JOIN record r ON r.id = a.root "
      "UNION ALL SELECT site, entity, key, reason, since, tries FROM set_aside_read ORDER BY 5, 1, "
      "2, 3");
  std::vector<OpenSetAside> all;
  while (statement.executeStep()) {
    all.push_back({static_cast<SiteId>(statement.getColumn(0).getInt()),
                   EntityId{static_cast<std::size_t>(statement.getColumn(1).getInt64())},
                   statement.getColumn(2).getString(), statement.getColumn(3).getString(),
                   CycleNumber{statement.getColumn(4).getInt64()},
                   statement.getColumn(5).getInt()});
  }
  statement.reset();
  return all;
}

std::size_t Store::count_set_aside() const {
  auto& statement = impl_->prepare(
      "SELECT (SELECT count(*) FROM set_aside_write) + (SELECT count(*) FROM set_aside_read)");
  statement.executeStep();
  const auto count = static_cast<std::size_t>(statement.getColumn(0).getInt64());
  statement.reset();
  return count;
}

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
  auto& statement = impl_->prepare(
      "INSERT INTO history (cycle, record, site, event, changes) VALUES (?, ?, ?, ?, ?)");
  Row flat;
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

std::vector<LoggedConflict> Store::conflicts(std::optional<CycleNumber> cycle,
                                             std::size_t limit) const {
  // Who only reads does not migrate: see pauses().
  auto& statement = impl_->prepare(
      impl_->db->tableExists("mapping")
          ? "SELECT id, cycle, record, entity, field, winner, loser, loser_site, rule, "
            "entity_name, "
            "field_name FROM conflict WHERE ?1 IS NULL OR cycle = ?1 ORDER BY id DESC LIMIT ?2"
          : "SELECT id, cycle, record, entity, field, winner, loser, loser_site, rule, NULL, NULL "
            "FROM conflict WHERE ?1 IS NULL OR cycle = ?1 ORDER BY id DESC LIMIT ?2");
  if (cycle) statement.bind(1, number(*cycle));
  statement.bind(2, static_cast<std::int64_t>(limit));
  std::vector<LoggedConflict> all;
  while (statement.executeStep()) {
    LoggedConflict logged;
    logged.id = statement.getColumn(0).getInt64();
    logged.cycle = CycleNumber{statement.getColumn(1).getInt64()};
    Conflict& conflict = logged.conflict;
    conflict.record = RecordId{statement.getColumn(2).getInt64()};
    conflict.entity = EntityId{static_cast<std::size_t>(statement.getColumn(3).getInt64())};
    if (!statement.getColumn(4).isNull()) {
      conflict.field = static_cast<std::size_t>(statement.getColumn(4).getInt64());
    }
    conflict.winner = value_of(statement.getColumn(5));
    conflict.loser = value_of(statement.getColumn(6));
    if (!statement.getColumn(7).isNull()) {
      conflict.loser_site = static_cast<SiteId>(statement.getColumn(7).getInt());
    }
    conflict.rule = statement.getColumn(8).getString();
    if (statement.getColumn(9).isNull()) {
      const Entity& entity = impl_->mapping->entity(conflict.entity);
      logged.entity = entity.name;
      if (conflict.field) logged.field = entity.fields.at(*conflict.field).name;
    } else {
      logged.entity = statement.getColumn(9).getString();
      logged.field = statement.getColumn(10).getString();
    }
    all.push_back(std::move(logged));
  }
  statement.reset();
  return all;
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

std::optional<LoggedCycle> Store::last_logged_cycle() const {
  auto& statement = impl_->prepare(
      "SELECT number, started, seconds, outcome, summary FROM cycle ORDER BY number DESC LIMIT 1");
  if (!statement.executeStep()) return std::nullopt;
  LoggedCycle cycle{CycleNumber{statement.getColumn(0).getInt64()},
                    statement.getColumn(1).getString(), statement.getColumn(2).getDouble(),
                    statement.getColumn(3).getString(), statement.getColumn(4).getString()};
  statement.reset();
  return cycle;
}

}  // namespace miroir
