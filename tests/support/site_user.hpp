// Another user of a site: a connection of its own, for what happens at the same time, from another
// thread or in a transaction that stays open. Throws std::runtime_error with the database's
// message.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/site_database.hpp"

namespace miroir::test {

class MariadbClient;
class PostgresClient;
class SqliteUser;

class SiteUser {
 public:
  enum class As { clerk, administrator };
  explicit SiteUser(const SiteDatabase& site, As as = As::clerk);
  ~SiteUser();
  SiteUser(SiteUser&&) noexcept;

  void run(const std::string& script);
  // Every row's values joined by '|', NULL as "".
  std::vector<std::string> rows(const std::string& query);
  std::string value(const std::string& query);  // Of the only row's only column.
  // From now on a statement that waits longer than this for somebody's lock fails.
  void wait_at_most(std::chrono::milliseconds limit);

 private:
  std::unique_ptr<PostgresClient> postgres_;  // One of the three.
  std::unique_ptr<MariadbClient> mariadb_;
  std::unique_ptr<SqliteUser> sqlite_;
};

}  // namespace miroir::test
