#include "tests/support/site_database.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <random>
#include <stdexcept>

#include "tests/support/temporary_mariadb.hpp"
#include "tests/support/temporary_postgres.hpp"
#include "tests/support/temporary_sqlite.hpp"

namespace miroir::test {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

class SqliteSite final : public SiteDatabase {
 public:
  // Applications that keep their references whole switch this on, for each connection.
  SqliteSite() { user_.run("PRAGMA foreign_keys = ON"); }

  void run(const std::string& script) override { user_.run(script); }
  std::vector<std::string> rows(const std::string& query) override { return user_.rows(query); }

  std::string connector() const override { return "odbc"; }
  std::string dialect() const override { return "sqlite"; }
  std::string connection() const override { return file_.connection_string(); }
  std::string at_port(int) const override { return connection() + ".away"; }

  std::string schema() override {
    // sqlite_sequence is SQLite's own: made with the first AUTOINCREMENT and never to be dropped.
    // Its rows count.
    std::string text = joined(
        rows("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name <> 'sqlite_sequence' "
             "ORDER BY 1, 2"));
    if (value("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'") == "1") {
      text += joined(rows("SELECT 'sequence', name, seq FROM sqlite_sequence ORDER BY 2"));
    }
    return text;
  }
  std::vector<std::string> tables() override {
    return rows(
        "SELECT '\"' || name || '\"' FROM sqlite_master WHERE type = 'table' AND name <> "
        "'sqlite_sequence' ORDER BY 1");
  }

 private:
  TemporarySqlite file_;
  SqliteUser user_ = file_.user();
};

// One name for each account of one database: a server has them all in one list.
struct AccountNames {
  std::string clerk, runner, installer;
  AccountNames() {
    const std::string all = "miroir_test_" + std::to_string(::getpid()) + "_" +
                            std::to_string(std::random_device{}()) + "_";
    clerk = all + "clerk", runner = all + "runner", installer = all + "installer";
  }
};

// Outlives the database, which belongs to the clerk.
class PostgresRoles {
 public:
  explicit PostgresRoles(const char* server) : server_{server_of(server)} {
    PostgresClient{server_}.execute("CREATE ROLE " + names_.clerk + " LOGIN");
  }
  ~PostgresRoles() {
    try {
      PostgresClient{server_}.execute("DROP ROLE IF EXISTS " + names_.runner + ", " +
                                      names_.installer + ", " + names_.clerk);
    } catch (const std::exception& error) {
      std::cerr << "left behind: " << names_.clerk << ": " << error.what() << '\n';
    }
  }
  PostgresRoles(const PostgresRoles&) = delete;
  PostgresRoles& operator=(const PostgresRoles&) = delete;
  const AccountNames& names() const { return names_; }

 private:
  std::string server_;
  AccountNames names_;
};

class PostgresSite final : public SiteDatabase {
 public:
  explicit PostgresSite(const char* server)
      : roles_{server}, database_{server}, administrator_{database_.conninfo()} {
    // What PUBLIC has by itself would hide what the accounts lack.
    administer("ALTER DATABASE " + database_.name() + " OWNER TO " + names().clerk +
               "; REVOKE ALL ON DATABASE " + database_.name() + " FROM PUBLIC");
    clerk_ = std::make_unique<PostgresClient>(clerk_connection());
    const std::string settings = "SET TimeZone = 'UTC'; SET client_min_messages = warning";
    administer(settings);
    run(settings);
  }

  void run(const std::string& script) override { clerk_->execute(script); }
  void administer(const std::string& script) override { administrator_.execute(script); }
  std::vector<std::string> rows(const std::string& query) override {
    return administrator_.rows(query);
  }

  std::string connector() const override { return "postgres"; }
  std::string dialect() const override { return "postgres"; }
  // libpq takes the last of two users, or ports.
  std::string connection() const override { return as(names().runner); }
  std::string installer() const override { return names().installer; }
  std::string clerk_connection() const override { return as(names().clerk); }
  std::string administrator_connection() const override { return database_.conninfo(); }
  void make_accounts(const std::string& script) override { administer(script); }
  std::string at_port(int port) const override {
    return connection() + " host=127.0.0.1 port=" + std::to_string(port);
  }

  std::string schema() override;
  std::vector<std::string> tables() override {
    return rows(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
        "WHERE schemaname !~ '^pg_|^information_schema$' ORDER BY 1");
  }

 private:
  const AccountNames& names() const { return roles_.names(); }
  std::string as(const std::string& account) const { return database_.conninfo("user=" + account); }

  PostgresRoles roles_;
  TemporaryPostgres database_;
  PostgresClient administrator_;
  std::unique_ptr<PostgresClient> clerk_;
};

class MariadbSite final : public SiteDatabase {
 public:
  MariadbSite() {
    administer("CREATE USER " + names_.clerk +
               "; GRANT CREATE, ALTER, DROP, INDEX, REFERENCES, "
               "TRIGGER ON " +
               database_.name() + ".* TO " + names_.clerk);
    clerk_ = std::make_unique<MariadbClient>(database_.name(), names_.clerk);
  }
  ~MariadbSite() override {
    try {
      // The server may have been started anew since.
      database_.user().execute("DROP USER IF EXISTS " + names_.clerk + ", " + names_.runner + ", " +
                               names_.installer);
    } catch (const std::exception& error) {
      std::cerr << "left behind: " << names_.clerk << ": " << error.what() << '\n';
    }
  }

  void run(const std::string& script) override { clerk_->execute(script); }
  void administer(const std::string& script) override { administrator_.execute(script); }
  std::vector<std::string> rows(const std::string& query) override {
    return administrator_.rows(query);
  }

  std::string connector() const override { return "odbc"; }
  std::string dialect() const override { return "mariadb"; }
  std::string connection() const override { return as(names_.runner); }
  std::string installer() const override { return names_.installer; }
  std::string clerk_connection() const override { return as(names_.clerk); }
  std::string administrator_connection() const override { return database_.connection_string(); }
  // The accounts are locked until they have a password. Nothing can be taken from a right on a
  // whole database: the clerk gets his table by table.
  void make_accounts(const std::string& script) override {
    for (const std::string& table : tables()) {
      if (table.starts_with("\"miroir_")) continue;
      administer("GRANT ALL ON " + database_.name() + "." + table + " TO " + names_.clerk);
    }
    administer(script);
    administer("ALTER USER " + names_.runner + " ACCOUNT UNLOCK; ALTER USER " + names_.installer +
               " ACCOUNT UNLOCK");
  }
  std::string at_port(int port) const override;

  std::string schema() override {
    return joined(
        rows("SELECT 'table', TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE "
             "TABLE_SCHEMA = DATABASE() UNION ALL SELECT 'trigger', TRIGGER_NAME, "
             "MD5(ACTION_STATEMENT) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = "
             "DATABASE() UNION ALL SELECT 'routine', ROUTINE_NAME, MD5(ROUTINE_DEFINITION) FROM "
             "information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() ORDER BY 1, 2"));
  }
  std::vector<std::string> tables() override {
    return rows(
        "SELECT '\"' || REPLACE(TABLE_NAME, '\"', '\"\"') || '\"' FROM information_schema.TABLES "
        "WHERE TABLE_SCHEMA = "
        "DATABASE() ORDER BY 1");
  }

 private:
  std::string as(const std::string& account) const {
    const std::string administrator = "Uid=miroir_admin";
    std::string text = database_.connection_string();
    return text.replace(text.find(administrator), administrator.size(), "Uid=" + account);
  }

  AccountNames names_;
  TemporaryMariadb database_;
  MariadbClient administrator_ = database_.user();
  std::unique_ptr<MariadbClient> clerk_;
};

std::string MariadbSite::at_port(int port) const {
  std::string text = connection();
  const std::size_t at = text.find("Port=");
  return text.replace(at, text.find(';', at) - at, "Port=" + std::to_string(port));
}

std::string PostgresSite::schema() {
  return joined(rows(R"sql(
    SELECT 'schema', nspname::text, '' FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'
    UNION ALL
    SELECT 'relation', n.nspname || '.' || c.relname, c.relkind::text
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname !~ '^pg_|^information_schema$'
    UNION ALL
    SELECT 'function', n.nspname || '.' || p.proname, md5(p.prosrc)
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname !~ '^pg_|^information_schema$'
    UNION ALL
    SELECT 'trigger', t.tgname::text, pg_get_triggerdef(t.oid) || t.tgenabled::text
      FROM pg_trigger t WHERE NOT t.tgisinternal
    ORDER BY 1, 2, 3)sql"));
}

}  // namespace

std::string SiteDatabase::value(const std::string& query) {
  const auto found = rows(query);
  if (found.size() != 1) {
    throw std::runtime_error{std::to_string(found.size()) + " rows, not one: " + query};
  }
  return found.front();
}

std::string SiteDatabase::dump() {
  std::string text = schema();
  for (const std::string& table : tables()) {
    std::vector<std::string> lines = rows("SELECT * FROM " + table);
    std::sort(lines.begin(), lines.end());
    text += "\n" + table + "\n" + joined(lines);
  }
  return text;
}

std::unique_ptr<SiteDatabase> new_sqlite_database() { return std::make_unique<SqliteSite>(); }
std::unique_ptr<SiteDatabase> new_postgres_database(const char* server) {
  return std::make_unique<PostgresSite>(server);
}
std::unique_ptr<SiteDatabase> new_mariadb_database() { return std::make_unique<MariadbSite>(); }

}  // namespace miroir::test
