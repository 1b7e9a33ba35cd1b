#include "tests/support/site_user.hpp"

#include "tests/support/temporary_postgres.hpp"
#include "tests/support/temporary_sqlite.hpp"

namespace miroir::test {
namespace {

std::string file_of(const std::string& connection) {
  const std::string member = "Database=";
  return connection.substr(connection.find(member) + member.size());
}

}  // namespace

SiteUser::SiteUser(const SiteDatabase& site) {
  if (site.dialect() == "postgres") {
    postgres_ = std::make_unique<PostgresClient>(site.connection());
  } else {
    sqlite_ = std::make_unique<SqliteUser>(file_of(site.connection()));
    sqlite_->run("PRAGMA foreign_keys = ON");
  }
}
SiteUser::~SiteUser() = default;
SiteUser::SiteUser(SiteUser&&) noexcept = default;

void SiteUser::run(const std::string& script) {
  postgres_ ? postgres_->execute(script) : sqlite_->run(script);
}

std::string SiteUser::value(const std::string& query) {
  return postgres_ ? postgres_->value(query) : sqlite_->value(query);
}

void SiteUser::wait_at_most(std::chrono::milliseconds limit) {
  const std::string number = std::to_string(limit.count());
  run(postgres_ ? "SET lock_timeout = " + number : "PRAGMA busy_timeout = " + number);
}

}  // namespace miroir::test
