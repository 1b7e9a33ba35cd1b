#include "tests/support/site_user.hpp"

#include "tests/support/temporary_mariadb.hpp"
#include "tests/support/temporary_postgres.hpp"
#include "tests/support/temporary_sqlite.hpp"

namespace miroir::test {
namespace {

std::string option_of(const std::string& connection, const std::string& member) {
  const std::size_t from = connection.find(member) + member.size();
  return connection.substr(from, connection.find(';', from) - from);
}

}  // namespace

SiteUser::SiteUser(const SiteDatabase& site, As as) {
  const std::string connection =
      as == As::clerk ? site.clerk_connection() : site.administrator_connection();
  if (site.dialect() == "postgres") {
    postgres_ = std::make_unique<PostgresClient>(connection);
  } else if (site.dialect() == "mariadb") {
    mariadb_ = std::make_unique<MariadbClient>(option_of(connection, "Database="),
                                               option_of(connection, "Uid="));
  } else {
    sqlite_ = std::make_unique<SqliteUser>(option_of(connection, "Database="));
    sqlite_->run("PRAGMA foreign_keys = ON");
  }
}
SiteUser::~SiteUser() = default;
SiteUser::SiteUser(SiteUser&&) noexcept = default;

void SiteUser::run(const std::string& script) {
  if (postgres_) return postgres_->execute(script);
  if (mariadb_) return mariadb_->execute(script);
  sqlite_->run(script);
}

std::vector<std::string> SiteUser::rows(const std::string& query) {
  if (postgres_) return postgres_->rows(query);
  return mariadb_ ? mariadb_->rows(query) : sqlite_->rows(query);
}

std::string SiteUser::value(const std::string& query) {
  if (postgres_) return postgres_->value(query);
  return mariadb_ ? mariadb_->value(query) : sqlite_->value(query);
}

// MariaDB counts whole seconds, and 0 would not even wait for a statement that is being run.
void SiteUser::wait_at_most(std::chrono::milliseconds limit) {
  const std::string number = std::to_string(limit.count());
  if (postgres_) return run("SET lock_timeout = " + number);
  if (sqlite_) return run("PRAGMA busy_timeout = " + number);
  run("SET SESSION innodb_lock_wait_timeout = " +
      std::to_string(std::chrono::ceil<std::chrono::seconds>(limit).count()));
}

}  // namespace miroir::test
