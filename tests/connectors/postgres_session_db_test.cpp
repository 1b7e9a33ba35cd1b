// The contract of every session on PostgreSQL.
#include <catch2/catch.hpp>

#include "connectors/postgres/postgres_session.hpp"
#include "tests/connectors/session_contract.hpp"
#include "tests/support/temporary_postgres.hpp"

namespace miroir::test {
namespace {

class HeldPostgresRows final : public HeldRows {
 public:
  HeldPostgresRows(const std::string& conninfo, const std::string& table) : client_{conninfo} {
    client_.execute("BEGIN; LOCK TABLE " + table + " IN ROW EXCLUSIVE MODE; DELETE FROM " + table);
  }

 private:
  PostgresClient client_;
};

class PostgresUnderTest final : public SessionUnderTest {
 public:
  std::unique_ptr<Session> open() override {
    return open_postgres(database_.conninfo(), SessionLimits{}, "miroir/test");
  }
  void execute(const std::string& script) override { database_.execute(script); }
  std::string type_of(ValueKind kind) const override {
    switch (kind) {
      case ValueKind::boolean:
        return "boolean";
      case ValueKind::integer:
        return "bigint";
      case ValueKind::decimal:
        return "numeric";
      case ValueKind::text:
        return "varchar";
      case ValueKind::date:
        return "date";
      case ValueKind::timestamp:
        return "timestamp";
      case ValueKind::instant:
        return "timestamptz";
      case ValueKind::uuid:
        return "uuid";
      case ValueKind::bytes:
        return "bytea";
    }
    return {};
  }
  std::unique_ptr<HeldRows> hold_rows(const std::string& table) override {
    return std::make_unique<HeldPostgresRows>(database_.conninfo(), table);
  }

 private:
  TemporaryPostgres database_;
};

}  // namespace

TEST_CASE("PostgreSQL: values come back as they were given", "[postgres]") {
  PostgresUnderTest subject;
  values_round_trip(subject);
}
TEST_CASE("PostgreSQL: names are quoted, whatever they hold", "[postgres]") {
  PostgresUnderTest subject;
  names_are_quoted(subject);
}
TEST_CASE("PostgreSQL: statements report what they did", "[postgres]") {
  PostgresUnderTest subject;
  statements_report_what_they_did(subject);
}
TEST_CASE("PostgreSQL: transactions are atomic", "[postgres]") {
  PostgresUnderTest subject;
  transactions_are_atomic(subject);
}
TEST_CASE("PostgreSQL: snapshots stand still", "[postgres]") {
  PostgresUnderTest subject;
  snapshots_stand_still(subject);
}
TEST_CASE("PostgreSQL: errors say what can still be done", "[postgres]") {
  PostgresUnderTest subject;
  errors_say_what_can_be_done(subject);
}
TEST_CASE("PostgreSQL: tables are described", "[postgres]") {
  PostgresUnderTest subject;
  tables_are_described(subject);
}
TEST_CASE("PostgreSQL: long results stream", "[postgres]") {
  PostgresUnderTest subject;
  long_results_stream(subject);
}

}  // namespace miroir::test
