// One database of a test, as its own users see it: SQL that does not pass through miroir, in SQLite
// PostgreSQL or MariaDB. Throws std::runtime_error with the database's message.
//
// On a server everybody has an account of his own. The site's clerk owns its tables and writes
// them; miroir's two are made by what `miroir install --print-roles` prints, and may do nothing
// else; the clerk has no right to what is miroir's.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace miroir::test {

class SiteDatabase {
 public:
  virtual ~SiteDatabase() = default;
  virtual void run(const std::string& script) = 0;  // As the clerk.
  // As the administrator: what touches miroir's own tables, or accounts.
  virtual void administer(const std::string& script) { run(script); }
  // As the administrator, who sees everything. Every row's values joined by '|', NULL as "".
  virtual std::vector<std::string> rows(const std::string& query) = 0;
  std::string value(const std::string& query);  // Of the only row.

  // A site's members in a configuration file.
  virtual std::string connector() const = 0;
  virtual std::string dialect() const = 0;              // As the files in schema/ddl are called.
  virtual std::string connection() const = 0;           // miroir's.
  virtual std::string installer() const { return {}; }  // Its other account; "": there is none.
  virtual std::string clerk_connection() const { return connection(); }
  virtual std::string administrator_connection() const { return connection(); }
  // Makes both by the printed script, or gives them what it says besides.
  virtual void make_accounts(const std::string& /*script*/) {}

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
