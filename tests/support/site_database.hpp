// One database of a test, as its own users see it: SQL that does not pass through miroir, in SQLite
// PostgreSQL or MariaDB. Throws std::runtime_error with the database's message.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace miroir::test {

class SiteDatabase {
 public:
  virtual ~SiteDatabase() = default;
  virtual void run(const std::string& script) = 0;
  // Every row's values joined by '|', NULL as "".
  virtual std::vector<std::string> rows(const std::string& query) = 0;
  std::string value(const std::string& query);  // Of the only row.

  // A site's members in a configuration file.
  virtual std::string connector() const = 0;
  virtual std::string dialect() const = 0;  // As the files in schema/ddl are called.
  virtual std::string connection() const = 0;

  // Everything that was ever created in it: tables, triggers, functions, schemas.
  virtual std::string schema() = 0;
  virtual std::vector<std::string> tables() = 0;  // Quoted names, miroir's own included.
  std::string dump();                             // The schema, and all rows of all tables.

  // The connection text with another port of this machine; a file's, that of one that is not there.
  virtual std::string at_port(int port) const = 0;
};

std::unique_ptr<SiteDatabase> new_sqlite_database();
// On the server that a variable of the environment names.
std::unique_ptr<SiteDatabase> new_postgres_database(const char* server = "MIROIR_TEST_POSTGRES");
std::unique_ptr<SiteDatabase> new_mariadb_database();  // On that of MIROIR_TEST_MARIADB.

}  // namespace miroir::test
