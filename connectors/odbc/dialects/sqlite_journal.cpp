// miroir's own tables in an SQLite file, and the triggers that fill the journal.
#include <array>

#include "connectors/odbc/dialects/sqlite_dialect.hpp"

namespace miroir {
namespace {

constexpr std::array own_table_names{"miroir_journal", "miroir_marker", "miroir_site",
                                     "miroir_origin"};

// The millisecond and the connection's count of changed rows. REPLACE deletes and inserts within
// one statement: there the count grows by exactly the journal's own row, between any two statements
// of a connection by more. SQLite tells nothing of transactions, so all other rows are told apart,
// even within one.
std::string transaction_text(std::string_view counted) {
  return "strftime('%Y-%m-%dT%H:%M:%fZ', 'now') || '/' || " + std::string{counted};
}

class TriggerText {
 public:
  TriggerText(const SqliteDialect& dialect, const Dialect::JournalledTable& table)
      : dialect_{dialect}, table_{table} {}

  std::string on_insert() const {
    return body("I", "NULL", key("new"), "NULL", root("new"), root("new"), "total_changes()", "");
  }
  std::string on_delete() const {
    return body("D", key("old"), "NULL", root("old"), "NULL", root("old"), "(total_changes() + 1)",
                "");
  }
  // Listed under the root it has now and, if that is another one, under the root it had.
  std::string on_update() const {
    return body("U", key("old"), key("new"), root("old"), root("new"), root("new"),
                "total_changes()", "") +
           body("U", key("old"), key("new"), root("old"), root("new"), root("old"),
                "total_changes()", " WHERE " + root("old") + " IS NOT " + root("new"));
  }
  std::string when_changed() const {
    std::string all_same;
    for (const std::string& column : table_.columns) {
      const std::string name = dialect_.quote(column);
      if (!all_same.empty()) all_same += " AND ";
      all_same += dialect_.same("old." + name, "new." + name, ValueKind::text);
    }
    return "WHEN NOT (" + all_same + ") AND 'miroir " + dialect_.mark_of(table_) + "' > '' ";
  }

 private:
  std::string columns(std::string_view row, const std::vector<std::string>& names) const {
    std::vector<std::string> parts;
    for (const std::string& name : names) {
      parts.push_back(std::string{row} + "." + dialect_.quote(name));
    }
    return dialect_.json_key(parts);
  }
  std::string key(std::string_view row) const { return columns(row, table_.key); }
  std::string root(std::string_view row) const { return columns(row, table_.root); }

  std::string body(std::string_view op, const std::string& old_key, const std::string& new_key,
                   const std::string& old_root, const std::string& new_root,
                   const std::string& listed, std::string_view counted,
                   const std::string& condition) const {
    // SQLite refuses qualified names in a trigger's statements; they mean the trigger's own
    // database.
    return "INSERT INTO \"miroir_journal\" (entity, part, op, old_key, new_key, old_root, new_root,"
           " root, tx, at, origin) SELECT " +
           quoted_text(table_.entity) + ", " + quoted_text(table_.part) + ", " + quoted_text(op) + ", " +
           old_key + ", " + new_key + ", " + old_root + ", " + new_root + ", " + listed + ", " +
           transaction_text(counted) + ", strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), " +
           "(SELECT max(origin) FROM \"miroir_origin\")" + condition + "; ";
  }

  const SqliteDialect& dialect_;
  const Dialect::JournalledTable& table_;
};

// In the order insert, update, delete. Two entities may share a table, and an entity may move to
// another one: both names, with a separator that keeps them apart.
std::string trigger_name(const Dialect::JournalledTable& table, std::string_view event) {
  return "miroir_" + table.table.name + "." + table.part + "." + std::string{event};
}

}  // namespace

std::vector<std::string> SqliteDialect::set_origin(const std::string& origin) const {
  // There is a single writer, and it clears the row before it commits: no one else ever sees it.
  return {"DELETE FROM \"miroir_origin\"",
          "INSERT INTO \"miroir_origin\" (origin) SELECT " + origin};
}

std::vector<std::string> SqliteDialect::clear_origin() const {
  return {"DELETE FROM \"miroir_origin\""};
}

std::vector<Statement> SqliteDialect::create_own_tables() const {
  return {
      // AUTOINCREMENT: an id is never used again, so that acknowledging one can never hit a later
      // row.
      {"CREATE TABLE IF NOT EXISTS \"miroir_journal\" (id INTEGER PRIMARY KEY AUTOINCREMENT, "
       "entity TEXT NOT NULL, part TEXT NOT NULL, op TEXT NOT NULL, old_key TEXT, new_key TEXT, "
       "old_root TEXT, new_root TEXT, root TEXT NOT NULL, tx TEXT NOT NULL, at TEXT NOT NULL, "
       "origin INTEGER)",
       {}},
      {"CREATE INDEX IF NOT EXISTS \"miroir_journal_root\" ON \"miroir_journal\" (entity, root)",
       {}},
      {"CREATE TABLE IF NOT EXISTS \"miroir_marker\" (store TEXT NOT NULL, batch INTEGER NOT NULL, "
       "cycle INTEGER, void INTEGER NOT NULL, outcome TEXT, PRIMARY KEY (store, batch))",
       {}},
      {"CREATE TABLE IF NOT EXISTS \"miroir_site\" (\"only\" INTEGER NOT NULL DEFAULT 1 UNIQUE "
       "CHECK (\"only\" = 1), store TEXT NOT NULL, cycle INTEGER NOT NULL)",
       {}},
      {"CREATE TABLE IF NOT EXISTS \"miroir_origin\" (origin INTEGER)", {}},
  };
}

std::vector<Statement> SqliteDialect::create_triggers(const JournalledTable& table) const {
  const TriggerText text{*this, table};
  std::vector<Statement> statements = drop_triggers(table);
  const auto create = [&](std::string_view event, const std::string& when,
                          const std::string& body) {
    const TableName name{table.table.schema, trigger_name(table, event)};
    statements.push_back({"CREATE TRIGGER " + Dialect::quote(name) + " AFTER " +
                              std::string{event} + " ON " + quote(table.table.name) + " " + when +
                              "BEGIN " + body + "END",
                          {}});
  };
  create("insert", "", text.on_insert());
  create("update", text.when_changed(), text.on_update());
  create("delete", "", text.on_delete());
  return statements;
}

std::vector<Statement> SqliteDialect::drop_triggers(const JournalledTable& table) const {
  std::vector<Statement> statements;
  for (const std::string& name : trigger_names(table)) {
    const TableName qualified{table.table.schema, name};
    statements.push_back({"DROP TRIGGER IF EXISTS " + Dialect::quote(qualified), {}});
  }
  return statements;
}

std::vector<Statement> SqliteDialect::drop_own_tables() const {
  std::vector<Statement> statements;
  for (const char* name : own_table_names) {
    statements.push_back({"DROP TABLE IF EXISTS " + quote(name), {}});
  }
  return statements;
}

namespace {

// SQLite keeps no time of its triggers, but their order: one that was dropped and made again stands
// behind the seal, which install puts behind them all. VACUUM keeps the order.
constexpr const char* state_of_trigger =
    "CASE WHEN rowid <= (SELECT max(rowid) FROM sqlite_schema WHERE name = 'miroir_seal') THEN "
    "'sealed ' ELSE 'loose ' END || length(sql)";

}  // namespace

// It never does anything: nobody deletes the site's own row.
std::vector<Statement> SqliteDialect::create_seal() const {
  return {
      {"DROP TRIGGER IF EXISTS \"miroir_seal\"", {}},
      {"CREATE TRIGGER \"miroir_seal\" AFTER DELETE ON \"miroir_site\" BEGIN SELECT 1; END", {}}};
}

std::string SqliteDialect::last_journal_id() const {
  return "(SELECT max(seq) FROM sqlite_sequence WHERE name = 'miroir_journal')";
}

std::string SqliteDialect::catalogue_state(const std::vector<JournalledTable>& tables) const {
  std::string names;
  for (const JournalledTable& table : tables)
    names += (names.empty() ? "" : ", ") + quoted_text(table.table.name);
  return "(SELECT group_concat(x, char(10)) FROM (SELECT name || ' ' || CASE type WHEN 'trigger' "
         "THEN " +
         std::string{state_of_trigger} +
         " ELSE sql END AS x FROM sqlite_schema WHERE (type = 'trigger' AND name GLOB 'miroir_*') "
         "OR (type = 'table' AND name IN (" +
         names + ")) ORDER BY name, type))";
}

Statement SqliteDialect::list_triggers() const {
  return {
      "SELECT name, CASE instr(sql, '''miroir ') WHEN 0 THEN '' ELSE substr(sql, instr(sql, "
      "'''miroir ') + 8, 16) END, " +
          std::string{state_of_trigger} +
          ", 'main', tbl_name, 1 FROM sqlite_schema WHERE type = 'trigger' AND name GLOB 'miroir_*'",
      {}};
}

// Not the seal, which goes with its table.
Statement SqliteDialect::list_own_triggers() const {
  return {
      "SELECT name, tbl_name, name FROM sqlite_schema WHERE type = 'trigger' AND name GLOB "
      "'miroir_*' AND instr(sql, 'miroir_journal') > 0 ORDER BY name",
      {}};
}

Statement SqliteDialect::drop_trigger(const std::string& by) const {
  return {"DROP TRIGGER IF EXISTS " + quote(by), {}};
}

std::vector<std::string> SqliteDialect::trigger_names(const JournalledTable& table) const {
  return {trigger_name(table, "insert"), trigger_name(table, "update"),
          trigger_name(table, "delete")};
}

Statement SqliteDialect::list_own_tables() const {
  std::string names;
  for (const char* name : own_table_names) names += (names.empty() ? "" : ", ") + quoted_text(name);
  return {"SELECT '', name FROM sqlite_schema WHERE type = 'table' AND name IN (" + names + ")",
          {}};
}

}  // namespace miroir
