// miroir's own tables in a MariaDB database, and the triggers that fill the journal.
#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "connectors/odbc/dialects/mariadb_dialect.hpp"

namespace miroir {
namespace {

constexpr std::array own_table_names{"miroir_journal", "miroir_marker", "miroir_site"};
constexpr std::size_t name_length_max = 64;

// Our sessions know no backslash escapes, and the script for an administrator says so too.
// MariaDB tells a trigger nothing of transactions. What one statement of one connection does has
// one number; REPLACE is a deletion and an insert with the same.
constexpr std::string_view transaction_text = "CONCAT(CONNECTION_ID(), '/', UTC_TIMESTAMP(6))";

class TriggerText {
 public:
  TriggerText(const MariadbDialect& dialect, const Dialect::JournalledTable& table)
      : dialect_{dialect}, table_{table} {}

  std::string on_insert() const {
    return note("I", "NULL", key("NEW"), "NULL", root("NEW"), root("NEW"));
  }
  std::string on_delete() const {
    return note("D", key("OLD"), "NULL", root("OLD"), "NULL", root("OLD"));
  }
  // Listed under the root it has now and, if that is another one, under the root it had. Where a
  // column has been dropped or renamed (1054) every update is noted, and none of the site's users'
  // fails for it: the next census finds out.
  std::string on_update() const {
    const auto listed = [&](const std::string& under) {
      return note("U", key("OLD"), key("NEW"), root("OLD"), root("NEW"), under);
    };
    return fmt::format(
        "BEGIN DECLARE miroir_changed BOOLEAN; BEGIN DECLARE CONTINUE HANDLER FOR 1054 SET "
        "miroir_changed = TRUE; SET miroir_changed = {}; END; IF miroir_changed THEN {}; IF NOT "
        "({} <=> {}) THEN {}; END IF; END IF; END",
        changed(), listed(root("NEW")), root("OLD"), root("NEW"), listed(root("OLD")));
  }

 private:
  std::string columns(std::string_view row, const std::vector<std::string>& names) const {
    std::vector<std::string> parts;
    for (const std::string& name : names)
      parts.push_back(fmt::format("{}.{}", row, dialect_.quote(name)));
    return dialect_.json_key(parts);
  }
  std::string key(std::string_view row) const { return columns(row, table_.key); }
  std::string root(std::string_view row) const { return columns(row, table_.root); }

  std::string changed() const {
    std::string all_same;
    for (const std::string& column : table_.columns) {
      const std::string name = dialect_.quote(column);
      if (!all_same.empty()) all_same += " AND ";
      // A TIMESTAMP's text is the same twice in an hour of autumn, by the writer's time zone.
      all_same += fmt::format("BINARY OLD.{0} <=> BINARY NEW.{0} AND OLD.{0} <=> NEW.{0}", name);
    }
    return "NOT (" + all_same + ") AND 'miroir " + dialect_.mark_of(table_) + "' > ''";
  }

  // VALUES, not SELECT: that would hold the journal's AUTO_INCREMENT lock to the end of the user's
  // statement.
  std::string note(std::string_view op, const std::string& old_key, const std::string& new_key,
                   const std::string& old_root, const std::string& new_root,
                   const std::string& listed) const {
    return fmt::format(
        "INSERT INTO {} (`entity`, `part`, `op`, `old_key`, `new_key`, `old_root`, `new_root`, "
        "`root`, `tx`, `at`, `origin`) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, "
        "UTC_TIMESTAMP(6), @miroir_origin)",
        dialect_.quote(dialect_.own_tables().journal), quoted_text(table_.entity), quoted_text(table_.part),
        quoted_text(op), old_key, new_key, old_root, new_root, listed, transaction_text);
  }

  const MariadbDialect& dialect_;
  const Dialect::JournalledTable& table_;
};

// FNV-1a, 32 bits (Fowler, Noll, Vo): keeps names apart that would be cut alike.
std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

// Two entities may share a table, and an entity may move to another one: both names, and no more
// bytes than a name may have characters.
std::string trigger_name(const Dialect::JournalledTable& table, std::string_view event) {
  std::string whole = fmt::format("miroir_{}.{}.{}", table.table.name, table.part, event);
  if (whole.size() <= name_length_max) return whole;
  return fmt::format("miroir_{:08x}.{}", hash_of(whole), event);
}

std::string quoted_trigger(const MariadbDialect& dialect, const Dialect::JournalledTable& table,
                           std::string_view name) {
  return static_cast<const Dialect&>(dialect).quote(
      TableName{table.table.schema, std::string{name}});
}

}  // namespace

std::vector<std::string> MariadbDialect::set_origin(const std::string& origin) const {
  return {"SET @miroir_origin = " + origin};
}

std::vector<std::string> MariadbDialect::clear_origin() const {
  return {"SET @miroir_origin = NULL"};
}

// InnoDB keeps the journal's AUTO_INCREMENT over a restart: an id is never used again.
std::vector<Statement> MariadbDialect::create_own_tables() const {
  const std::string suffix =
      " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ROW_FORMAT=DYNAMIC";
  return {
      {"CREATE TABLE IF NOT EXISTS `miroir_journal` (`id` BIGINT NOT NULL AUTO_INCREMENT PRIMARY "
       "KEY, `entity` VARCHAR(128) NOT NULL, `part` VARCHAR(128) NOT NULL, `op` CHAR(1) NOT NULL, "
       "`old_key` VARCHAR(1000), `new_key` VARCHAR(1000), `old_root` VARCHAR(1000), `new_root` "
       "VARCHAR(1000), `root` VARCHAR(630) NOT NULL, `tx` VARCHAR(64) NOT NULL, `at` DATETIME(6) "
       "NOT NULL, `origin` BIGINT, KEY `miroir_journal_root` (`entity`, `root`))" +
           suffix,
       {}},
      {"CREATE TABLE IF NOT EXISTS `miroir_marker` (`store` VARCHAR(64) NOT NULL, `batch` BIGINT "
       "NOT NULL, `cycle` BIGINT, `void` BOOLEAN NOT NULL, `outcome` LONGTEXT, PRIMARY KEY "
       "(`store`, `batch`))" +
           suffix,
       {}},
      {"CREATE TABLE IF NOT EXISTS `miroir_site` (`only` TINYINT NOT NULL DEFAULT 1 UNIQUE CHECK "
       "(`only` = 1), `store` VARCHAR(64) NOT NULL, `cycle` BIGINT NOT NULL)" +
           suffix,
       {}},
  };
}

// Replaced in one step, so that no change slips through; one that stands on another table, which
// was called so once, cannot be, and is dropped. The driver takes a text with semicolons for
// several statements, and crashes later, unless it begins with CREATE DEFINER; what stands in a
// comment is for the server alone.
std::vector<Statement> MariadbDialect::create_triggers(const JournalledTable& table) const {
  const TriggerText text{*this, table};
  std::vector<Statement> statements;
  const auto create = [&](std::string_view event, const std::string& body) {
    const std::string name = trigger_name(table, event);
    const std::string trigger = quoted_trigger(*this, table, name);
    statements.push_back(
        {fmt::format("BEGIN NOT ATOMIC IF EXISTS (SELECT 1 FROM information_schema.TRIGGERS WHERE "
                     "TRIGGER_SCHEMA = {} AND TRIGGER_NAME = {} AND EVENT_OBJECT_TABLE <> {}) THEN "
                     "DROP TRIGGER {}; END IF; END",
                     table.table.schema.empty() ? "DATABASE()" : quoted_text(table.table.schema),
                     quoted_text(name), quoted_text(table.table.name), trigger),
         {}});
    statements.push_back(
        {fmt::format("CREATE /*M! OR REPLACE*/ DEFINER = CURRENT_USER TRIGGER {} AFTER {} ON {} "
                     "FOR EACH ROW {}",
                     trigger, event, Dialect::quote(table.table), body),
         {}});
  };
  create("insert", text.on_insert());
  create("update", text.on_update());
  create("delete", text.on_delete());
  return statements;
}

std::vector<Statement> MariadbDialect::drop_triggers(const JournalledTable& table) const {
  std::vector<Statement> statements;
  for (const std::string& name : trigger_names(table)) {
    statements.push_back({"DROP TRIGGER IF EXISTS " + quoted_trigger(*this, table, name), {}});
  }
  return statements;
}

namespace {

// To whoever may not make triggers their text is NULL.
constexpr std::string_view own_triggers =
    "FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() AND LEFT(TRIGGER_NAME, 7) "
    "= 'miroir_' AND COALESCE(LOCATE('miroir_journal', ACTION_STATEMENT), 1) > 0";

}  // namespace

// What cannot be dropped is an error, and ends it.
std::vector<Statement> MariadbDialect::drop_own_tables() const {
  std::vector<Statement> statements{
      {fmt::format("BEGIN NOT ATOMIC DECLARE found TEXT; more: LOOP SET found = (SELECT "
                   "MIN(TRIGGER_NAME) {}); IF found IS NULL THEN LEAVE more; END IF; EXECUTE "
                   "IMMEDIATE CONCAT('DROP TRIGGER `', REPLACE(found, '`', '``'), '`'); END LOOP; "
                   "END",
                   own_triggers),
       {}}};
  for (const char* name : own_table_names) {
    statements.push_back({"DROP TABLE IF EXISTS " + quote(name), {}});
  }
  return statements;
}

Statement MariadbDialect::list_triggers() const {
  return {
      // To whoever may not make triggers their text is NULL.
      "SELECT TRIGGER_NAME, CASE COALESCE(LOCATE('''miroir ', ACTION_STATEMENT), 0) WHEN 0 THEN '' ELSE "
      "SUBSTR(ACTION_STATEMENT, LOCATE('''miroir ', ACTION_STATEMENT) + 8, 16) END, "
      "COALESCE(CREATED, ''), EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, TRUE FROM "
      "information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() AND LEFT(TRIGGER_NAME, 7) = "
      "'miroir_'",
      {}};
}

Statement MariadbDialect::list_own_triggers() const {
  return {fmt::format("SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, TRIGGER_NAME {} ORDER BY 1",
                      own_triggers),
          {}};
}

Statement MariadbDialect::drop_trigger(const std::string& by) const {
  return {"DROP TRIGGER IF EXISTS " + quote(by), {}};
}

std::string MariadbDialect::last_journal_id() const {
  return "(SELECT AUTO_INCREMENT - 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() "
         "AND TABLE_NAME = 'miroir_journal')";
}

// A trigger cannot be switched off here: it is dropped and made again, and has another time then.
// The server filters by the names before it opens a table.
std::string MariadbDialect::catalogue_state(const std::vector<JournalledTable>& tables) const {
  std::string names;
  for (const JournalledTable& table : tables)
    names += (names.empty() ? "" : ", ") + quoted_text(table.table.name);
  if (names.empty()) return "''";
  return fmt::format(
      "(SELECT MD5(GROUP_CONCAT(x ORDER BY x)) FROM (SELECT CONCAT(TRIGGER_NAME, ' ', "
      "COALESCE(CREATED, ''), ' ', EVENT_OBJECT_TABLE) AS x FROM information_schema.TRIGGERS WHERE "
      "TRIGGER_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE IN ({0}) AND LEFT(TRIGGER_NAME, 7) = "
      "'miroir_' UNION ALL "
      "SELECT CONCAT(TABLE_NAME, '.', COLUMN_NAME, ' ', COLUMN_TYPE) FROM "
      "information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN ({0})) AS c)",
      names);
}

std::vector<std::string> MariadbDialect::trigger_names(const JournalledTable& table) const {
  return {trigger_name(table, "insert"), trigger_name(table, "update"),
          trigger_name(table, "delete")};
}

Statement MariadbDialect::list_own_tables() const {
  std::string names;
  for (const char* name : own_table_names) names += (names.empty() ? "" : ", ") + quoted_text(name);
  return {
      "SELECT '', TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() "
      "AND TABLE_NAME IN (" +
          names + ")",
      {}};
}

}  // namespace miroir
