#include "tests/support/temporary_mariadb.hpp"

#include <mysql.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <stdexcept>

namespace miroir::test {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') {
    throw std::runtime_error{std::string{name} +
                             " is not set: run the tests by deploy/test, or source "
                             "deploy/servers.sh and start_mariadb"};
  }
  return value;
}

std::string fresh_name() {
  std::random_device random;
  return "miroir_test_" + std::to_string(getpid()) + "_" + std::to_string(random());
}

struct Free {
  void operator()(MYSQL_RES* result) const noexcept { mysql_free_result(result); }
};
using Result = std::unique_ptr<MYSQL_RES, Free>;

}  // namespace

void MariadbClient::Close::operator()(st_mysql* connection) const noexcept {
  mysql_close(connection);
}

MariadbClient::MariadbClient(const std::string& database, const std::string& account)
    : connection_{mysql_init(nullptr)} {
  const std::string socket = variable("MIROIR_TEST_MARIADB_SOCKET");
  mysql_options(connection_.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const char* chosen = database.empty() ? nullptr : database.c_str();
  if (mysql_real_connect(connection_.get(), nullptr, account.c_str(), "", chosen, 0, socket.c_str(),
                         CLIENT_MULTI_STATEMENTS) == nullptr) {
    throw std::runtime_error{mysql_error(connection_.get())};
  }
  execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES,PIPES_AS_CONCAT')");
}

void MariadbClient::execute(const std::string& script) {
  MYSQL* const connection = connection_.get();
  // -1 here: the server has gone away; from mysql_next_result it says that all is done.
  int status = mysql_real_query(connection, script.data(), script.size()) == 0 ? 0 : 1;
  while (status == 0) {
    const Result rows{mysql_store_result(connection)};
    status = mysql_next_result(connection);
  }
  if (status > 0) throw std::runtime_error{std::string{mysql_error(connection)} + ": " + script};
}

std::vector<std::string> MariadbClient::rows(const std::string& query) {
  MYSQL* const connection = connection_.get();
  if (mysql_real_query(connection, query.data(), query.size()) != 0) {
    throw std::runtime_error{std::string{mysql_error(connection)} + ": " + query};
  }
  const Result result{mysql_store_result(connection)};
  std::vector<std::string> list;
  if (!result) return list;
  const unsigned columns = mysql_num_fields(result.get());
  while (MYSQL_ROW row = mysql_fetch_row(result.get())) {
    const unsigned long* const lengths = mysql_fetch_lengths(result.get());
    std::string line;
    for (unsigned i = 0; i < columns; ++i) {
      if (i > 0) line += '|';
      if (row[i] != nullptr) line.append(row[i], lengths[i]);
    }
    list.push_back(std::move(line));
  }
  return list;
}

std::string MariadbClient::value(const std::string& query) {
  const auto found = rows(query);
  if (found.size() != 1) {
    throw std::runtime_error{std::to_string(found.size()) + " rows, not one: " + query};
  }
  return found.front();
}

TemporaryMariadb::TemporaryMariadb(const std::string& options) : name_{fresh_name()} {
  MariadbClient{""}.execute("CREATE DATABASE " + name_ + " " + options);
}

TemporaryMariadb::~TemporaryMariadb() {
  try {
    MariadbClient{""}.execute("DROP DATABASE " + name_);
  } catch (const std::exception& e) {
    // A destructor cannot throw; the server is thrown away after the tests anyhow.
    std::cerr << "left behind: " << name_ << ": " << e.what() << '\n';
  }
}

std::string TemporaryMariadb::connection_string() const {
  return variable("MIROIR_TEST_MARIADB") + ";Database=" + name_;
}

}  // namespace miroir::test
