// The contract of every session on SQLite, through unixODBC and Debian's driver.
#include <catch2/catch.hpp>

#include "connectors/odbc/dialects/sqlite_dialect.hpp"
#include "connectors/odbc/odbc_session.hpp"
#include "tests/connectors/session_contract.hpp"
#include "tests/support/temporary_sqlite.hpp"

namespace miroir::test {
namespace {

class HeldFile final : public HeldRows {
 public:
  explicit HeldFile(SqliteUser user) : user_{std::move(user)} { user_.run("BEGIN IMMEDIATE"); }

 private:
  SqliteUser user_;  // Closing it rolls back.
};

class SqliteUnderTest final : public SessionUnderTest {
 public:
  std::unique_ptr<Session> open() override {
    return open_odbc(database_.connection_string(), sqlite_dialect(), SessionLimits{});
  }
  void execute(const std::string& script) override { database_.user().run(script); }
  std::string type_of(ValueKind kind) const override {
    switch (kind) {
      case ValueKind::boolean:
        return "BOOLEAN";
      case ValueKind::integer:
        return "INTEGER";
      case ValueKind::bytes:
        return "BLOB";
      case ValueKind::decimal:
      case ValueKind::text:
      case ValueKind::date:
      case ValueKind::timestamp:
      case ValueKind::instant:
      case ValueKind::uuid:
        return "TEXT";
    }
    return {};
  }
  std::unique_ptr<HeldRows> hold_rows(const std::string&) override {
    return std::make_unique<HeldFile>(database_.user());
  }

 private:
  TemporarySqlite database_;
};

}  // namespace

TEST_CASE("SQLite: values come back as they were given", "[odbc][sqlite]") {
  SqliteUnderTest subject;
  values_round_trip(subject);
}
TEST_CASE("SQLite: names are quoted, whatever they hold", "[odbc][sqlite]") {
  SqliteUnderTest subject;
  names_are_quoted(subject);
}
TEST_CASE("SQLite: statements report what they did", "[odbc][sqlite]") {
  SqliteUnderTest subject;
  statements_report_what_they_did(subject);
}
TEST_CASE("SQLite: transactions are atomic", "[odbc][sqlite]") {
  SqliteUnderTest subject;
  transactions_are_atomic(subject);
}
TEST_CASE("SQLite: snapshots stand still", "[odbc][sqlite]") {
  SqliteUnderTest subject;
  snapshots_stand_still(subject);
}
TEST_CASE("SQLite: errors say what can be done", "[odbc][sqlite]") {
  SqliteUnderTest subject;
  errors_say_what_can_be_done(subject);
}
TEST_CASE("SQLite: tables are described", "[odbc][sqlite]") {
  SqliteUnderTest subject;
  tables_are_described(subject);
}
TEST_CASE("SQLite: long results stream", "[odbc][sqlite]") {
  SqliteUnderTest subject;
  long_results_stream(subject);
}

}  // namespace miroir::test
