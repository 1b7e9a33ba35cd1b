// A MariaDB database of a test's own, on the server that MIROIR_TEST_MARIADB names (an ODBC
// connection text of an administrator on a server started for the tests) and that listens on
// MIROIR_TEST_MARIADB_SOCKET. It is dropped at the end.
//
// Its users speak by MariaDB's own library, not ODBC, with ANSI_QUOTES and
// PIPES_AS_CONCAT. Throws std::runtime_error
// with the server's message; a missing variable fails the test, since a skipped test proves
// nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

struct st_mysql;

namespace miroir::test {

class MariadbClient {
 public:
  explicit MariadbClient(const std::string& database,  // "": none.
                         const std::string& account = "miroir_admin");
  void execute(const std::string& script);              // Any number of statements.
  // Every row's values joined by '|', NULL as "".
  std::vector<std::string> rows(const std::string& query);
  std::string value(const std::string& query);  // Of the only row.

 private:
  struct Close {
    void operator()(st_mysql* connection) const noexcept;
  };
  std::unique_ptr<st_mysql, Close> connection_;
};

class TemporaryMariadb {
 public:
  // `options` follow CREATE DATABASE name: "CHARACTER SET latin1".
  explicit TemporaryMariadb(const std::string& options = {});
  ~TemporaryMariadb();
  TemporaryMariadb(const TemporaryMariadb&) = delete;
  TemporaryMariadb& operator=(const TemporaryMariadb&) = delete;

  const std::string& name() const { return name_; }
  std::string connection_string() const;
  MariadbClient user() const { return MariadbClient{name_}; }

 private:
  std::string name_;
};

}  // namespace miroir::test
