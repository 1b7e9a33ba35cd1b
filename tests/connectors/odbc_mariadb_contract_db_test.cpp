// The contract of every session on MariaDB, through unixODBC and Debian's driver.
#include <array>
#include <catch2/catch.hpp>

#include "connectors/odbc/dialects/mariadb_dialect.hpp"
#include "connectors/odbc/odbc_session.hpp"
#include "tests/connectors/session_contract.hpp"
#include "tests/support/temporary_mariadb.hpp"

namespace miroir::test {
namespace {

class HeldTransaction final : public HeldRows {
 public:
  HeldTransaction(MariadbClient user, const std::string& table) : user_{std::move(user)} {
    user_.execute("START TRANSACTION; SELECT count(*) FROM " + table + " FOR UPDATE");
  }

 private:
  MariadbClient user_;  // Closing it rolls back.
};

class MariadbUnderTest final : public SessionUnderTest {
 public:
  std::unique_ptr<Session> open() override {
    return open_odbc(database_.connection_string(), mariadb_dialect(), SessionLimits{});
  }
  void execute(const std::string& script) override { database_.user().execute(script); }
  std::string type_of(ValueKind kind) const override {
    switch (kind) {
      case ValueKind::boolean:
        return "BOOLEAN";
      case ValueKind::integer:
        return "BIGINT";
      case ValueKind::decimal:
        return "DECIMAL(65,27)";
      case ValueKind::text:
        return texts_;
      case ValueKind::date:
        return "DATE";
      case ValueKind::timestamp:
        return "DATETIME(6)";
      case ValueKind::instant:
        return "DATETIME(6)";  // A TIMESTAMP ends in 2038.
      case ValueKind::uuid:
        return "UUID";
      case ValueKind::bytes:
        return "LONGBLOB";
    }
    return {};
  }
  int decimal_scale_max() const override { return 27; }
  std::unique_ptr<HeldRows> hold_rows(const std::string& quoted_table) override {
    return std::make_unique<HeldTransaction>(database_.user(), quoted_table);
  }

  std::string texts_ = "LONGTEXT";

 private:
  TemporaryMariadb database_;
};

}  // namespace

TEST_CASE("MariaDB: values come back as they were given", "[odbc][mariadb]") {
  MariadbUnderTest subject;
  values_round_trip(subject);
}
TEST_CASE("MariaDB: names are quoted, whatever they hold", "[odbc][mariadb]") {
  MariadbUnderTest subject;
  names_are_quoted(subject);
}
TEST_CASE("MariaDB: statements report what they did", "[odbc][mariadb]") {
  MariadbUnderTest subject;
  statements_report_what_they_did(subject);
}
TEST_CASE("MariaDB: transactions are atomic", "[odbc][mariadb]") {
  MariadbUnderTest subject;
  transactions_are_atomic(subject);
}
TEST_CASE("MariaDB: snapshots stand still", "[odbc][mariadb]") {
  MariadbUnderTest subject;
  snapshots_stand_still(subject);
}
// As a server may be set that others share; here by the first statement of the session alone.
TEST_CASE(
    "MariaDB: how much a server lets others read, and how they commit, is not miroir's affair",
    "[odbc][mariadb]") {
  TemporaryMariadb database;
  database.user().execute("CREATE TABLE t (a BIGINT); INSERT INTO t SELECT seq FROM seq_1_to_300");
  const auto session = open_odbc(
      database.connection_string() +
          ";InitStmt=SET SESSION sql_select_limit = 0, completion_type = 2, sql_big_selects = 0, "
          "max_join_size = 1",
      mariadb_dialect(), SessionLimits{});
  constexpr std::array kinds{ValueKind::integer};
  const auto count = [&](const std::string& query) {
    return all_rows(*session, {query, {}}, kinds).size();
  };
  CHECK(count("SELECT a FROM t") == 300);
  CHECK(count("SELECT t.a FROM t JOIN t AS u ON t.a < u.a") == 44'850);
  session->run_transaction(std::vector<Statement>{{"DELETE FROM t", {}}});
  CHECK(session->connected());
  CHECK(count("SELECT a FROM t") == 0);
}
TEST_CASE("MariaDB: errors say what can be done", "[odbc][mariadb]") {
  MariadbUnderTest subject;
  errors_say_what_can_be_done(subject);
}
TEST_CASE("MariaDB: tables are described", "[odbc][mariadb]") {
  MariadbUnderTest subject;
  subject.texts_ = "VARCHAR(50)";  // A longer one cannot be unique.
  tables_are_described(subject);
}

}  // namespace miroir::test
