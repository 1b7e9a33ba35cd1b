// A backup of one site's database, as its administrator makes and restores it while nobody writes:
// with the database's own tools, pg_dump and psql, or sqlite3. MariaDB's are in no package that the
// tests need: there the same is done as mariadb-dump does it, in SQL: every table is dropped and
// made anew with its next number, filled, and then given its triggers.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/scenarios/guarantee_brakes.hpp"

namespace miroir::test {

inline void run_tool(std::vector<std::string> command) {
  const Ended ended = run_program({.command = std::move(command)});
  CAPTURE(ended.err);
  REQUIRE(ended.exit_code == 0);
}

// Must not outlive the site's database.
class SiteBackup {
 public:
  SiteBackup(SiteDatabase& site, const std::filesystem::path& file)
      : site_{site}, file_{file.string()} {
    if (site_.dialect() == "postgres")
      run_tool({"/usr/lib/postgresql/15/bin/pg_dump", "-d", site_.administrator_connection(), "-f",
                file_});
    else if (site_.dialect() == "sqlite")
      run_tool({"/usr/bin/sqlite3", sqlite_file(), ".backup '" + file_ + "'"});
    else
      keep_tables();
  }

  void restore() {
    if (site_.dialect() == "sqlite")
      return run_tool({"/usr/bin/sqlite3", sqlite_file(), ".restore '" + file_ + "'"});
    if (site_.dialect() == "mariadb") return put_tables_back();
    site_.administer(
        "DROP SCHEMA miroir CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE "
        "ON SCHEMA public TO PUBLIC; ALTER SCHEMA public OWNER TO pg_database_owner");
    run_tool({"/usr/bin/psql", "-q", "-v", "ON_ERROR_STOP=1", "-d",
              site_.administrator_connection(), "-f", file_});
  }

 private:
  std::string sqlite_file() const {
    const std::string text = site_.connection();
    const std::size_t begin = text.find("Database=") + 9;
    return text.substr(begin, text.find(';', begin) - begin);
  }

  // Beside the tables, under names that nobody looks for.
  static std::string kept(std::size_t n) { return "\"kept_" + std::to_string(n) + "\""; }

  void keep_tables() {
    for (const std::string& table : site_.tables()) {
      const std::string copy = kept(tables_.size());
      // "name|CREATE TABLE ...": the row's values joined.
      const std::string made = site_.value("SHOW CREATE TABLE " + table);
      tables_.emplace_back(table, made.substr(made.find('|') + 1));
      site_.administer("CREATE TABLE " + copy + " LIKE " + table + "; INSERT INTO " + copy +
                       " SELECT * FROM " + table);
    }
    triggers_ = site_.rows(
        "SELECT concat('CREATE DEFINER = `', replace(definer, '@', '`@`'), '` TRIGGER \"', "
        "trigger_name, '\" ', action_timing, ' ', event_manipulation, ' ON \"', event_object_table, "
        "'\" FOR EACH ROW ', action_statement) FROM information_schema.triggers "
        "WHERE event_object_schema = database() ORDER BY event_object_table, action_timing, "
        "event_manipulation, action_order");
  }

  void put_tables_back() {
    std::string script = "SET foreign_key_checks = 0;";
    for (std::size_t n = 0; n < tables_.size(); ++n) {
      const auto& [table, made] = tables_[n];
      script += "DROP TABLE IF EXISTS " + table + ";" + made + "; INSERT INTO " + table +
                " SELECT * FROM " + kept(n) + "; DROP TABLE " + kept(n) + ";";
    }
    site_.administer(script + "SET foreign_key_checks = 1");
    for (const std::string& trigger : triggers_) site_.administer(trigger);
  }

  SiteDatabase& site_;
  std::string file_;
  std::vector<std::pair<std::string, std::string>> tables_;  // MariaDB: quoted name, CREATE TABLE.
  std::vector<std::string> triggers_;
};

}  // namespace miroir::test
