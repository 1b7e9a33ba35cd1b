#include "tests/support/temporary_postgres.hpp"

#include <libpq-fe.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <stdexcept>

namespace miroir::test {
namespace {

struct Clear {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Clear>;

std::string fresh_name() {
  std::random_device random;
  return "miroir_test_" + std::to_string(getpid()) + "_" + std::to_string(random());
}

Result run(PGconn* connection, const std::string& script) {
  Result result{PQexec(connection, script.c_str())};
  const ExecStatusType status = PQresultStatus(result.get());
  const bool done =
      status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
  if (!done) {
    throw std::runtime_error{PQerrorMessage(connection)};
  }
  return result;
}

}  // namespace

std::string server_of(const char* variable) {
  const char* conninfo = std::getenv(variable);
  if (conninfo == nullptr || *conninfo == '\0') {
    throw std::runtime_error{
        std::string{variable} +
        " is not set: run the tests by deploy/test, or give the connection "
        "text of a "
        "superuser on a server of your own, as in MIROIR_TEST_POSTGRES=\"host=/tmp/pg port=55432 "
        "user=postgres\""};
  }
  return conninfo;
}

void PostgresClient::Finish::operator()(pg_conn* connection) const noexcept {
  PQfinish(connection);
}

PostgresClient::PostgresClient(const std::string& conninfo)
    : connection_{PQconnectdb((conninfo + " client_encoding=UTF8").c_str())} {
  if (PQstatus(connection_.get()) != CONNECTION_OK) {
    throw std::runtime_error{PQerrorMessage(connection_.get())};
  }
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
}

void PostgresClient::execute(const std::string& script) { run(connection_.get(), script); }

std::vector<std::string> PostgresClient::rows(const std::string& query) {
  const Result result = run(connection_.get(), query);
  std::vector<std::string> list;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    std::string line;
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      line += (column == 0 ? "" : "|") + std::string{PQgetvalue(result.get(), row, column)};
    }
    list.push_back(std::move(line));
  }
  return list;
}

std::string PostgresClient::value(const std::string& query) {
  const Result result = run(connection_.get(), query);
  return PQntuples(result.get()) == 0 ? "" : PQgetvalue(result.get(), 0, 0);
}

TemporaryPostgres::TemporaryPostgres(const char* server)
    : server_{server_of(server)}, name_{fresh_name()} {
  PostgresClient{server_}.execute("CREATE DATABASE " + name_);
}

TemporaryPostgres::~TemporaryPostgres() {
  client_.reset();
  try {
    PostgresClient{server_}.execute("DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::exception& e) {
    // A destructor cannot throw; the server is thrown away after the tests anyhow.
    std::cerr << "left behind: " << name_ << ": " << e.what() << '\n';
  }
}

std::string TemporaryPostgres::conninfo() const { return server_ + " dbname=" + name_; }

PostgresClient& TemporaryPostgres::client() {
  if (!client_) client_ = std::make_unique<PostgresClient>(conninfo());
  return *client_;
}

}  // namespace miroir::test
