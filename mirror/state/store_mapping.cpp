// The store under another mapping: entities and fields get their new numbers in every table, and
// what is mirrored no more leaves those that cycles look at.
#include "mirror/state/store_impl.hpp"

namespace miroir {

void Store::Impl::keep_mapping_text(CycleNumber since) {
  if (mapping->source.empty()) return;
  auto& statement = prepare(
      "INSERT INTO mapping (version, since, fingerprint, text) SELECT ifnull(max(version), 0) + 1, "
      "?, ?, ? FROM mapping");
  statement.bind(1, number(since));
  statement.bind(2, mapping->fingerprint);
  statement.bind(3, mapping->source);
  finish(statement);
}

void Store::Impl::require_same_mapping() {
  if (meta("mapping") == mapping->fingerprint) return;
  throw StoreError{"the mapping was changed meanwhile", "nothing was changed; say it again"};
}

namespace {

// Old numbers and new ones, and the names that the old ones stood for.
void note_numbers(SQLite::Database& db, const Mapping& before,
                  const MappingComparison& comparison) {
  db.exec(
      "CREATE TEMP TABLE IF NOT EXISTS entity_number (before INTEGER PRIMARY KEY, now INTEGER NOT "
      "NULL); DELETE FROM temp.entity_number;"
      "CREATE TEMP TABLE IF NOT EXISTS field_number (entity INTEGER NOT NULL, before INTEGER NOT "
      "NULL, now INTEGER NOT NULL, PRIMARY KEY (entity, before)); DELETE FROM temp.field_number;"
      "CREATE TEMP TABLE IF NOT EXISTS former_name (entity INTEGER NOT NULL, field INTEGER NOT "
      "NULL, entity_name TEXT NOT NULL, field_name TEXT NOT NULL, PRIMARY KEY (entity, field)); "
      "DELETE FROM temp.former_name");
  SQLite::Statement entity{db, "INSERT INTO temp.entity_number VALUES (?, ?)"};
  SQLite::Statement field{db, "INSERT INTO temp.field_number VALUES (?, ?, ?)"};
  SQLite::Statement name{db, "INSERT INTO temp.former_name VALUES (?, ?, ?, ?)"};
  const auto insert = [](SQLite::Statement& statement, const auto&... values) {
    int position = 0;
    (statement.bind(++position, values), ...);
    statement.exec();
    statement.reset();
  };
  for (const Entity& old : before.entities) {
    insert(name, number(old.id), -1, old.name, "");
    for (std::size_t f = 0; f < old.fields.size(); ++f)
      insert(name, number(old.id), static_cast<std::int64_t>(f), old.name, old.fields[f].name);
    const auto now = comparison.now[old.id.raw()];
    if (!now) continue;
    insert(entity, number(old.id), number(*now));
    const auto& fields = comparison.entities[now->raw()].fields;
    for (std::size_t f = 0; f < fields.size(); ++f) {
      if (fields[f].before)
        insert(field, number(*now), static_cast<std::int64_t>(*fields[f].before),
               static_cast<std::int64_t>(f));
    }
  }
}

constexpr const char* name_conflicts = R"sql(
UPDATE conflict SET (entity_name, field_name) = (
  SELECT n.entity_name, n.field_name FROM temp.former_name n
  WHERE n.entity = conflict.entity AND n.field = ifnull(conflict.field, -1))
WHERE entity_name IS NULL;
)sql";

// In the old numbers.
constexpr const char* part_with_removed = R"sql(
INSERT INTO former_record (id, version, entity, key_0, key_1, head)
  SELECT id, (SELECT max(version) FROM mapping), entity, key_0, key_1, head FROM record
  WHERE entity NOT IN (SELECT before FROM temp.entity_number);
DELETE FROM record WHERE entity NOT IN (SELECT before FROM temp.entity_number);
DELETE FROM match_value WHERE entity NOT IN (SELECT before FROM temp.entity_number);
DELETE FROM reread WHERE entity NOT IN (SELECT before FROM temp.entity_number);
DELETE FROM set_aside_read WHERE entity NOT IN (SELECT before FROM temp.entity_number);
DELETE FROM twin WHERE entity NOT IN (SELECT before FROM temp.entity_number);
DELETE FROM question WHERE entity NOT IN (SELECT before FROM temp.entity_number);
DELETE FROM pause WHERE kind = 'entity' AND number NOT IN (SELECT before FROM temp.entity_number);
DELETE FROM set_aside_write WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.id = root);
DELETE FROM reference WHERE parent IN (SELECT id FROM former_record)
  OR child IN (SELECT id FROM former_record);
DELETE FROM row_reference WHERE parent IN (SELECT id FROM former_record)
  OR child IN (SELECT id FROM former_record);
)sql";

// Twice, by way of negative numbers: two entities may have changed places, and every number must be
// unique at every moment.
void renumber_entities(SQLite::Database& db) {
  const bool moved =
      db.execAndGet("SELECT EXISTS (SELECT 1 FROM temp.entity_number WHERE before <> now)")
          .getInt() != 0;
  if (!moved) return;
  const std::pair<const char*, const char*> columns[] = {
      {"record", "entity"},         {"record", "root_entity"}, {"match_value", "entity"},
      {"reread", "entity"},         {"twin", "entity"},        {"question", "entity"},
      {"set_aside_read", "entity"}, {"pause", "number"}};
  for (const auto& [table, column] : columns) {
    const std::string of_entities = table == std::string{"pause"} ? "kind = 'entity'" : "1";
    const std::string name = column;
    db.exec(std::string{"UPDATE "} + table + " SET " + name +
            " = -1 - (SELECT now FROM temp.entity_number WHERE before = " + name + ") WHERE " +
            of_entities);
    db.exec(std::string{"UPDATE "} + table + " SET " + name + " = -1 - " + name + " WHERE " +
            of_entities);
  }
}

// In the new entities' numbers.
constexpr const char* renumber_fields = R"sql(
DELETE FROM held WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.id = held.record);
DELETE FROM turn WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.id = turn.record);
DELETE FROM missed WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.id = missed.record);
DELETE FROM held WHERE field IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM record r JOIN temp.field_number n ON n.entity = r.entity AND n.before = held.field
  WHERE r.id = held.record);
DELETE FROM turn WHERE NOT EXISTS (
  SELECT 1 FROM record r JOIN temp.field_number n ON n.entity = r.entity AND n.before = turn.field
  WHERE r.id = turn.record);
DELETE FROM row_reference WHERE NOT EXISTS (
  SELECT 1 FROM record r JOIN temp.field_number n ON n.entity = r.entity AND n.before = row_reference.field
  WHERE r.id = row_reference.child);
UPDATE held SET field = -2 - (
  SELECT n.now FROM record r JOIN temp.field_number n ON n.entity = r.entity AND n.before = held.field
  WHERE r.id = held.record) WHERE field IS NOT NULL;
UPDATE held SET field = -2 - field WHERE field IS NOT NULL;
UPDATE turn SET field = -2 - (
  SELECT n.now FROM record r JOIN temp.field_number n ON n.entity = r.entity AND n.before = turn.field
  WHERE r.id = turn.record);
UPDATE turn SET field = -2 - field;
UPDATE row_reference SET field = -2 - (
  SELECT n.now FROM record r JOIN temp.field_number n ON n.entity = r.entity AND n.before = row_reference.field
  WHERE r.id = row_reference.child);
UPDATE row_reference SET field = -2 - field;
)sql";

}  // namespace

void Store::adopt(const Mapping& now, const MappingComparison& comparison, CycleNumber since) {
  SQLite::Database& db = *impl_->db;
  note_numbers(db, *impl_->mapping, comparison);
  db.exec(name_conflicts);
  db.exec(part_with_removed);
  renumber_entities(db);
  db.exec(renumber_fields);
  db.exec(
      "CREATE TEMP TABLE IF NOT EXISTS cells (record INTEGER NOT NULL, site INTEGER NOT NULL, "
      "cells BLOB NOT NULL, PRIMARY KEY (record, site)) WITHOUT ROWID; DELETE FROM temp.cells");
  impl_->mapping_before = impl_->mapping;
  impl_->mapping = &now;
  impl_->set_meta("mapping", now.fingerprint);
  impl_->keep_mapping_text(since);
}

void Store::start_over(const Mapping& now) {
  for (const char* sql : {"DELETE FROM record",
                          "DELETE FROM match_value",
                          "DELETE FROM reference",
                          "DELETE FROM row_reference",
                          "DELETE FROM reread",
                          "DELETE FROM batch",
                          "DELETE FROM turn",
                          "DELETE FROM held",
                          "DELETE FROM set_aside_write",
                          "DELETE FROM set_aside_read",
                          "DELETE FROM conflict",
                          "DELETE FROM history",
                          "DELETE FROM twin",
                          "DELETE FROM question",
                          "DELETE FROM missed",
                          "DELETE FROM removal",
                          "DELETE FROM pause WHERE kind = 'entity'",
                          "DELETE FROM mapping",
                          "DELETE FROM request",
                          "DELETE FROM watch",
                          "DELETE FROM meta WHERE name = 'surveyed'",
                          "DELETE FROM meta WHERE name = 'catalog 0'",
                          "DELETE FROM meta WHERE name = 'catalog 1'"})
    impl_->run(sql);
  impl_->watched.reset();
  impl_->highest_record.reset();
  impl_->mapping_before = impl_->mapping;
  impl_->mapping = &now;
  impl_->set_meta("mapping", now.fingerprint);
  impl_->keep_mapping_text(CycleNumber{0});
}

void Store::note_cells(SiteId site, RecordId record, const Row& cells) {
  auto& statement =
      impl_->prepare("INSERT OR REPLACE INTO temp.cells (record, site, cells) VALUES (?, ?, ?)");
  statement.bind(1, number(record));
  statement.bind(2, number(site));
  bind_blob(statement, 3, encode_row(cells));
  finish(statement);
}

std::optional<Row> Store::cells(SiteId site, RecordId record) const {
  auto& statement = impl_->prepare("SELECT cells FROM temp.cells WHERE record = ? AND site = ?");
  statement.bind(1, number(record));
  statement.bind(2, number(site));
  if (!statement.executeStep()) return std::nullopt;
  Row row = decode_row(blob_of(statement.getColumn(0)));
  statement.reset();
  return row;
}

std::string Store::former_key(RecordId record) const {
  auto& statement =
      impl_->prepare("SELECT ifnull(ifnull(key_0, key_1), '') FROM former_record WHERE id = ?");
  statement.bind(1, number(record));
  std::string key;
  if (statement.executeStep()) key = statement.getColumn(0).getString();
  statement.reset();
  return key;
}

std::vector<KeptMapping> Store::mappings() const {
  auto& statement = impl_->prepare("SELECT version, since, text FROM mapping ORDER BY version");
  std::vector<KeptMapping> all;
  while (statement.executeStep()) {
    all.push_back({statement.getColumn(0).getInt64(),
                   CycleNumber{statement.getColumn(1).getInt64()},
                   statement.getColumn(2).getString()});
  }
  statement.reset();
  return all;
}

std::vector<FormerRecord> Store::former_records(std::int64_t version, EntityId entity) const {
  auto& statement = impl_->prepare(
      "SELECT id, key_0, key_1 FROM former_record WHERE version = ? AND entity = ? ORDER BY id "
      "DESC");
  statement.bind(1, version);
  statement.bind(2, number(entity));
  std::vector<FormerRecord> all;
  while (statement.executeStep()) {
    FormerRecord former{RecordId{statement.getColumn(0).getInt64()}, {}};
    for (const SiteId site : both_sites) {
      const SQLite::Column key = statement.getColumn(1 + static_cast<int>(index(site)));
      if (!key.isNull()) former.keys[index(site)] = key.getString();
    }
    all.push_back(std::move(former));
  }
  statement.reset();
  return all;
}

}  // namespace miroir
