// What waits for a person: held fields, deletions in question, records set aside.
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
  impl_->reopen_field(record, field.field, field.candidates, cycle, *this);
  auto& statement = impl_->prepare(
      "INSERT INTO held (record, field, reason, candidate_0, candidate_1, opened, came_0, came_1, "
      "changed_0, changed_1) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6, ?7, ?8) "
      "ON CONFLICT (record, ifnull(field, -1)) WHERE closed IS NULL "
      "DO UPDATE SET candidate_0 = excluded.candidate_0, candidate_1 = excluded.candidate_1, "
      "came_0 = iif(candidate_0 IS excluded.candidate_0, came_0, excluded.came_0), "
      "came_1 = iif(candidate_1 IS excluded.candidate_1, came_1, excluded.came_1), "
      "changed_0 = iif(candidate_0 IS excluded.candidate_0, changed_0, excluded.changed_0), "
      "changed_1 = iif(candidate_1 IS excluded.candidate_1, changed_1, excluded.changed_1)");
  statement.bind(1, number(record));
  statement.bind(2, static_cast<std::int64_t>(field.field));
  statement.bind(3, std::to_string(static_cast<int>(field.reason)));
  bind_value(statement, 4, field.candidates[0]);
  bind_value(statement, 5, field.candidates[1]);
  statement.bind(6, number(cycle));
  for (const SiteId site : both_sites) {
    const auto& changed = field.changed[index(site)];
    if (changed) statement.bind(7 + static_cast<int>(index(site)), changed->micros);
  }
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
      "ON CONFLICT (record, ifnull(field, -1)) WHERE closed IS NULL DO UPDATE SET ignored = NULL");
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

std::string in_words(HoldReason reason) {
  switch (reason) {
    case HoldReason::policy:
      return "both sites changed it";
    case HoldReason::shortened:
      return "a site stored less than it was given";
    case HoldReason::rewriting:
      return "the sites keep rewriting each other's value";
    case HoldReason::remapped:
      return "the mapping was changed, and now the sites differ";
    case HoldReason::against:
      return "it was changed at the site that it only goes to";
    case HoldReason::term:
      return "it is computed from what waits for a person";
    case HoldReason::undone:
      return "a decision was to be undone, and it has changed since";
  }
  throw std::logic_error{"unknown reason to hold a field"};
}

// A row of the view.
OpenHeld read_held(SQLite::Statement& row) {
  OpenHeld item;
  item.id = row.getColumn(0).getInt64();
  item.record = RecordId{row.getColumn(1).getInt64()};
  item.entity = EntityId{static_cast<std::size_t>(row.getColumn(2).getInt64())};
  item.reason = row.getColumn(4).getString();
  if (!row.getColumn(3).isNull()) {
    item.field = static_cast<std::size_t>(row.getColumn(3).getInt64());
    item.why = static_cast<HoldReason>(kept_number(item.reason));
    item.reason = in_words(*item.why);
  }
  item.candidates = {value_of(row.getColumn(5)), value_of(row.getColumn(6))};
  item.since = CycleNumber{row.getColumn(7).getInt64()};
  if (!row.getColumn(8).isNull()) item.proposal = value_of(row.getColumn(8));
  if (!row.getColumn(9).isNull()) item.closed = CycleNumber{row.getColumn(9).getInt64()};
  item.ignored = read_ignored(row, 10);
  for (const SiteId site : both_sites) {
    const int at = 13 + static_cast<int>(index(site));
    if (!row.getColumn(at).isNull())
      item.came[index(site)] = CycleNumber{row.getColumn(at).getInt64()};
    if (!row.getColumn(at + 2).isNull())
      item.changed[index(site)] = Instant{row.getColumn(at + 2).getInt64()};
  }
  return item;
}

std::vector<OpenHeld> read_all_held(SQLite::Statement& statement) {
  std::vector<OpenHeld> all;
  while (statement.executeStep()) all.push_back(read_held(statement));
  statement.reset();
  return all;
}

}  // namespace

std::vector<OpenHeld> Store::held() const {
  auto& statement = impl_->prepare("SELECT * FROM held_item WHERE closed IS NULL ORDER BY id");
  return read_all_held(statement);
}

std::vector<OpenHeld> Store::held_of(RecordId record) const {
  auto& statement = impl_->prepare("SELECT * FROM held_item WHERE record = ? ORDER BY id");
  statement.bind(1, number(record));
  return read_all_held(statement);
}

std::optional<OpenHeld> Store::held(std::int64_t id) const {
  auto& statement = impl_->prepare("SELECT * FROM held_item WHERE id = ?");
  statement.bind(1, id);
  auto found = read_all_held(statement);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

void Store::propose(RecordId record, std::size_t field, const Value& value) {
  auto& statement = impl_->prepare(
      "UPDATE held SET proposal = ?, ignored = NULL WHERE record = ? AND field = ? AND closed IS "
      "NULL");
  bind_value(statement, 1, value);
  statement.bind(2, number(record));
  statement.bind(3, static_cast<std::int64_t>(field));
  finish(statement);
}

int Store::count_turn(SiteId site, RecordId record, std::size_t field) {
  impl_->absent.turns = false;
  auto& statement = impl_->prepare(
      "INSERT INTO turn (record, field, site, turns) VALUES (?, ?, ?, 1) ON CONFLICT (record, "
      "field) DO UPDATE SET turns = turns + (site <> excluded.site), site = excluded.site "
      "RETURNING turns");
  statement.bind(1, number(record));
  statement.bind(2, static_cast<std::int64_t>(field));
  statement.bind(3, static_cast<std::int64_t>(index(site)));
  statement.executeStep();
  const int turns = statement.getColumn(0).getInt();
  finish(statement);
  return turns;
}

bool Store::has_turns() const {
  return impl_->any(impl_->absent.turns, "SELECT EXISTS (SELECT 1 FROM turn)");
}

void Store::forget_turns(RecordId record, std::size_t field) {
  auto& statement = impl_->prepare("DELETE FROM turn WHERE record = ? AND field = ?");
  statement.bind(1, number(record));
  statement.bind(2, static_cast<std::int64_t>(field));
  finish(statement);
}

bool Store::has_set_aside_writes() const {
  return impl_->any(impl_->absent.set_aside_writes,
                    "SELECT EXISTS (SELECT 1 FROM set_aside_write)");
}

void Store::set_aside_write(SiteId site, RecordId root, const std::string& reason,
                            CycleNumber cycle) {
  impl_->reopen_write(site, root, cycle, *this);
  impl_->absent.set_aside_writes = false;
  auto& statement = impl_->prepare(
      "INSERT INTO set_aside_write (site, root, reason, since, tries, next, id) SELECT ?1, ?2, ?3, "
      "?4, 1, ?4 + 1, ifnull(max(id), 0) + 1 FROM (SELECT id FROM set_aside_write UNION ALL SELECT "
      "id FROM set_aside_read) WHERE true "
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
  if (!has_set_aside_writes()) return;
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
  if (stuck.changed) impl_->reopen_read(stuck, cycle, *this);
  auto& statement = impl_->prepare(
      "INSERT INTO set_aside_read (site, entity, key, reason, since, tries, id) SELECT ?, ?, ?, ?, "
      "?, 1, ifnull(max(id), 0) + 1 FROM (SELECT id FROM set_aside_write UNION ALL SELECT id FROM "
      "set_aside_read) WHERE true "
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

bool Store::is_set_aside(SiteId site, EntityId entity, const Key& root) const {
  auto& statement = impl_->prepare(
      "SELECT EXISTS (SELECT 1 FROM set_aside_read WHERE site = ? AND entity = ? AND key = ?)");
  statement.bind(1, number(site));
  statement.bind(2, number(entity));
  statement.bind(3, key_text(root));
  statement.executeStep();
  const bool is = statement.getColumn(0).getInt() != 0;
  statement.reset();
  return is;
}

void Store::retry_set_aside(std::int64_t id) {
  auto& statement = impl_->prepare("UPDATE set_aside_write SET next = 0 WHERE id = ?");
  statement.bind(1, id);
  finish(statement);
}

std::vector<OpenSetAside> Store::set_aside() const {
  // Of a write: 1 insert, 2 update, 3 delete, as Attempt has them.
  static constexpr const char* const sql = R"sql(
SELECT a.id, a.site, r.entity, ifnull(r.key_0, r.key_1), a.reason, a.since, a.tries, q.who, q.reason, q.made,
  CASE WHEN r.gone = 1 THEN 3 WHEN iif(a.site = 0, r.shadow_0, r.shadow_1) IS NULL THEN 1 ELSE 2 END, a.next,
  (SELECT count(DISTINCT c.root) FROM reference f JOIN record c ON c.id = f.child
   WHERE f.parent IN (SELECT a.root UNION ALL SELECT id FROM record WHERE root = a.root AND root <> id)
     AND iif(a.site = 0, r.shadow_0, r.shadow_1) IS NULL AND c.root <> a.root
     AND iif(a.site = 0, c.behind_0, c.behind_1) = 1
     AND NOT EXISTS (SELECT 1 FROM set_aside_write o WHERE o.site = a.site AND o.root = c.root))
FROM set_aside_write a JOIN record r ON r.id = a.root LEFT JOIN request q ON q.id = a.ignored
UNION ALL
SELECT a.id, a.site, a.entity, a.key, a.reason, a.since, a.tries, q.who, q.reason, q.made, 0, NULL, 0
FROM set_aside_read a LEFT JOIN request q ON q.id = a.ignored ORDER BY 6, 2, 3, 4)sql";
  auto& statement = impl_->prepare(sql);
  const std::int64_t soonest = last_cycle().raw() + 1;
  std::vector<OpenSetAside> all;
  while (statement.executeStep()) {
    OpenSetAside& item = all.emplace_back();
    item.id = statement.getColumn(0).getInt64();
    item.site = static_cast<SiteId>(statement.getColumn(1).getInt());
    item.entity = EntityId{static_cast<std::size_t>(statement.getColumn(2).getInt64())};
    item.key = statement.getColumn(3).getString();
    item.reason = statement.getColumn(4).getString();
    item.since = CycleNumber{statement.getColumn(5).getInt64()};
    item.tries = statement.getColumn(6).getInt();
    item.ignored = read_ignored(statement, 7);
    item.attempt = static_cast<Attempt>(statement.getColumn(10).getInt());
    if (!statement.getColumn(11).isNull())
      item.next = CycleNumber{std::max(statement.getColumn(11).getInt64(), soonest)};
    item.waiting = static_cast<std::size_t>(statement.getColumn(12).getInt64());
  }
  statement.reset();
  return all;
}

}  // namespace miroir
