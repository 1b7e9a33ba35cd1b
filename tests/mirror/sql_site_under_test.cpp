#include "tests/mirror/sql_site_under_test.hpp"

#include <array>

#include "connectors/dialect.hpp"
#include "connectors/journal.hpp"

namespace miroir::test {

void SqlSiteUnderTest::open(const LocalSite::Open& open) {
  users_ = open();
  site_ = std::make_unique<LocalSite>(open, mapping_, SiteId::first);
  site_->connect();
  install(site_->session(), mapping_, SiteId::first);
}

std::string SqlSiteUnderTest::name_of(EntityId entity) {
  return users().dialect().quote(table(entity).name);
}

void SqlSiteUnderTest::add_key(Statement& statement, EntityId entity, const Key& key) {
  for (std::size_t i = 0; i < key.size(); ++i) {
    const Column& column = table(entity).columns[table(entity).key[i].column];
    statement.parameters.push_back(key[i]);
    statement.text += (i == 0 ? " WHERE " : " AND ") + users().dialect().quote(column.name) +
                      " = " +
                      users().dialect().placeholder(statement.parameters.size(), column.kind);
  }
}

Key SqlSiteUnderTest::insert(EntityId entity, Row row) {
  const Dialect& dialect = users().dialect();
  const std::optional<std::size_t> generated = table(entity).generated_column();
  const bool hand_out = generated && is_null(row[*generated]);
  const bool from_series = hand_out && entity == invoice;
  if (from_series) row[*generated] = "";  // As Navision's users leave it.
  Statement insert;
  std::string names, values;
  for (std::size_t i = 0; i < table(entity).own_columns(); ++i) {
    if (hand_out && !from_series && i == *generated) continue;
    const Column& column = table(entity).columns[i];
    insert.parameters.push_back(row[i]);
    names += (names.empty() ? "" : ", ") + dialect.quote(column.name);
    values +=
        (values.empty() ? "" : ", ") + dialect.placeholder(insert.parameters.size(), column.kind);
  }
  insert.text = "INSERT INTO " + name_of(entity) + " (" + names + ") " + dialect.overriding() +
                "VALUES (" + values + ")";
  if (from_series) {
    users().run(insert);
    row[*generated] = last_invoice();
  } else if (hand_out) {
    row[*generated] =
        insert_generated(insert, dialect.quote(table(entity).columns[*generated].name));
  } else {
    users().run(insert);
    after_insert(entity);
  }
  const Key key = table(entity).key_of(row);
  for (std::size_t n = 0; n < table(entity).satellites.size(); ++n) {
    if (row[table(entity).satellites[n].rows] == Value{std::int64_t{1}})
      insert_satellite(entity, key, n, row);
  }
  return key;
}

void SqlSiteUnderTest::insert_satellite(EntityId entity, const Key& key, std::size_t n,
                                        const Row& row) {
  const Satellite& satellite = table(entity).satellites[n];
  const Dialect& dialect = users().dialect();
  Statement insert;
  std::string names, values;
  const auto give = [&](const Column& column, const Value& value) {
    insert.parameters.push_back(value);
    names += (names.empty() ? "" : ", ") + dialect.quote(column.name);
    values +=
        (values.empty() ? "" : ", ") + dialect.placeholder(insert.parameters.size(), column.kind);
  };
  for (std::size_t i = 0; i < key.size(); ++i) give(satellite.key[i], key[i]);
  for (const auto* given : {&satellite.where, &satellite.on_insert}) {
    for (const InsertedColumn& one : *given) give(one.column, one.value);
  }
  for (std::size_t i = satellite.rows + 1; i < row.size(); ++i) {
    if (table(entity).columns[i].satellite == n + 1) give(table(entity).columns[i], row[i]);
  }
  insert.text = "INSERT INTO " + dialect.quote(satellite.table) + " (" + names + ") VALUES (" +
                values + ")";
  users().run(insert);
}

void SqlSiteUnderTest::add_satellite_key(Statement& statement, const Satellite& satellite,
                                         const Key& key) {
  const auto add = [&](const Column& column, const Value& value) {
    statement.parameters.push_back(value);
    statement.text += (statement.text.ends_with(" WHERE ") ? "" : " AND ") +
                      users().dialect().quote(column.name) + " = " +
                      users().dialect().placeholder(statement.parameters.size(), column.kind);
  };
  statement.text += " WHERE ";
  for (std::size_t i = 0; i < key.size(); ++i) add(satellite.key[i], key[i]);
  for (const InsertedColumn& where : satellite.where) add(where.column, where.value);
}

void SqlSiteUnderTest::erase_satellite(EntityId entity, const Key& key, std::size_t n) {
  const Satellite& satellite = table(entity).satellites[n];
  Statement erase{"DELETE FROM " + users().dialect().quote(satellite.table), {}};
  add_satellite_key(erase, satellite, key);
  if (users().run(erase) != 1) throw std::logic_error{"no such row"};
}

void SqlSiteUnderTest::find_satellite(EntityId entity, const Key& key, std::size_t n, Row& row) {
  const Satellite& satellite = table(entity).satellites[n];
  std::string names;
  std::vector<ValueKind> kinds;
  for (const Column& column : table(entity).columns) {
    if (column.satellite != n + 1 || column.name.empty()) continue;
    names += (names.empty() ? "" : ", ") + users().dialect().quote(column.name);
    kinds.push_back(column.kind);
  }
  Statement query{"SELECT " + names + " FROM " + users().dialect().quote(satellite.table), {}};
  add_satellite_key(query, satellite, key);
  const std::vector<Row> rows = all_rows(users(), query, kinds);
  row.emplace_back(static_cast<std::int64_t>(rows.size()));
  for (std::size_t i = 0; i < kinds.size(); ++i)
    row.push_back(rows.size() == 1 ? rows[0][i] : Value{Null{}});
}

std::string SqlSiteUnderTest::last_invoice() {
  const std::array kinds{ValueKind::integer};
  const Value last = all_rows(users(), {"SELECT last FROM series", {}}, kinds)[0][0];
  return "RE-" + std::to_string(std::get<std::int64_t>(last));
}

void SqlSiteUnderTest::update(EntityId entity, const Key& key, std::size_t column,
                              const Value& value) {
  const Column& changed = table(entity).columns[column];
  const Satellite* satellite =
      changed.satellite == 0 ? nullptr : &table(entity).satellites[changed.satellite - 1];
  Statement update{"UPDATE " +
                       (satellite == nullptr ? name_of(entity)
                                             : users().dialect().quote(satellite->table)) +
                       " SET " + users().dialect().quote(changed.name) +
                       " = " + users().dialect().placeholder(1, changed.kind),
                   {value}};
  if (satellite == nullptr)
    add_key(update, entity, key);
  else
    add_satellite_key(update, *satellite, key);
  if (users().run(update) != 1) throw std::logic_error{"no such row"};
}

void SqlSiteUnderTest::archive(const std::string& no, std::int64_t kind) {
  const Dialect& dialect = users().dialect();
  users().run({"INSERT INTO archive VALUES (" + dialect.placeholder(1, ValueKind::text) + ", " +
                   dialect.placeholder(2, ValueKind::integer) + ")",
               {no, kind}});
}

void SqlSiteUnderTest::erase(EntityId entity, const Key& key) {
  Statement erase{"DELETE FROM " + name_of(entity), {}};
  add_key(erase, entity, key);
  if (users().run(erase) != 1) throw std::logic_error{"no such row"};
}

std::optional<Row> SqlSiteUnderTest::find(EntityId entity, const Key& key) {
  std::string names;
  std::vector<ValueKind> kinds;
  for (const Column& column : table(entity).columns) {
    if (column.satellite > 0) continue;
    names += (names.empty() ? "" : ", ") + users().dialect().quote(column.name);
    kinds.push_back(column.kind);
  }
  Statement query{"SELECT " + names + " FROM " + name_of(entity), {}};
  add_key(query, entity, key);
  std::vector<Row> rows = all_rows(users(), query, kinds);
  if (rows.empty()) return std::nullopt;
  for (std::size_t n = 0; n < table(entity).satellites.size(); ++n)
    find_satellite(entity, key, n, rows.front());
  return rows.front();
}

// As they were: only the time, the version or the place tells that they were gone.
void SqlSiteUnderTest::drop_triggers() {
  const auto tables = journalled_tables(mapping_, SiteId::first);
  dropped_ = trigger_texts();
  for (const std::string& name : users().dialect().trigger_names(tables.front()))
    users().run({drop_text(name), {}});
}

void SqlSiteUnderTest::restore_triggers() {
  for (const std::string& text : dropped_) users().run({text, {}});
}

void SqlSiteUnderTest::empty_customers() {
  drop_triggers();
  users().run({"DELETE FROM " + name_of(customer), {}});
  restore_triggers();
}

void SqlSiteUnderTest::empty_journal() {
  users().run(
      {"DELETE FROM " + users().dialect().quote(users().dialect().own_tables().journal), {}});
}

// The anchor is none of the users' changes.
std::size_t SqlSiteUnderTest::journal_rows() {
  const std::array kinds{ValueKind::integer};
  const Statement count{
      "SELECT count(*) FROM " + users().dialect().quote(users().dialect().own_tables().journal) +
          " WHERE entity > ''",
      {}};
  return static_cast<std::size_t>(std::get<std::int64_t>(all_rows(users(), count, kinds)[0][0]));
}

}  // namespace miroir::test
