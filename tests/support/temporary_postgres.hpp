// A database of a test's own on the server that MIROIR_TEST_POSTGRES names (a libpq connection text
// of a superuser on a server started for the tests). It is dropped at the end, with whatever is
// still connected to it.
//
// Only tests run SQL as bare text, and only here. Throws std::runtime_error with the server's whole
// message; a missing MIROIR_TEST_POSTGRES fails the test, since a skipped test proves nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

struct pg_conn;

namespace miroir::test {

// What a variable of the environment says of a server; throws where it says nothing.
std::string server_of(const char* variable);

// A connection that runs scripts: what another user of the database does meanwhile.
class PostgresClient {
 public:
  explicit PostgresClient(const std::string& conninfo);
  void execute(const std::string& script);  // Any number of statements, in one message.
  // Every row's values joined by '|', NULL as "".
  std::vector<std::string> rows(const std::string& query);
  std::string value(
      const std::string& query);  // First column of the first row; "" for NULL or no row.

 private:
  struct Finish {
    void operator()(pg_conn* connection) const noexcept;
  };
  std::unique_ptr<pg_conn, Finish> connection_;
};

class TemporaryPostgres {
 public:
  // The server is named by a variable of the environment.
  explicit TemporaryPostgres(const char* server = "MIROIR_TEST_POSTGRES");
  ~TemporaryPostgres();
  TemporaryPostgres(const TemporaryPostgres&) = delete;
  TemporaryPostgres& operator=(const TemporaryPostgres&) = delete;

  const std::string& name() const { return name_; }
  std::string conninfo() const;
  // The same database as another user, or with another keyword: "user=clerk".
  std::string conninfo(const std::string& more) const { return conninfo() + " " + more; }

  void execute(const std::string& script) { client().execute(script); }
  std::string value(const std::string& query) { return client().value(query); }

 private:
  PostgresClient& client();  // Opened when first needed.

  std::string server_, name_;
  std::unique_ptr<PostgresClient> client_;
};

}  // namespace miroir::test
