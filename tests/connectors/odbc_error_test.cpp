#include <catch2/catch.hpp>

#include "connectors/odbc/dialects/mariadb_dialect.hpp"
#include "connectors/odbc/dialects/sqlite_dialect.hpp"
#include "connectors/odbc/odbc_error.hpp"

namespace miroir {

namespace {
struct Case {
  Diagnostic diagnostic;
  const char* sqlstate;
  Recovery recovery;
};
const Case cases[] = {
    {{"HY000", 5, "database is locked (5)"}, "HYT00", Recovery::retry},
    {{"HY000", 517, "database is locked"}, "HYT00", Recovery::retry},  // BUSY_SNAPSHOT
    {{"HY000", 9, "interrupted (9)"}, "57014", Recovery::retry},
    {{"HY000", 10, "disk I/O error"}, "08S01", Recovery::reconnect},
    {{"HY000", 14, "connect failed"}, "08001", Recovery::reconnect},
    {{"HY000", 19, "UNIQUE constraint failed: t.id (19)"}, "23000", Recovery::refused},
    {{"HY000", 1, "no such table: t (1)"}, "HY000", Recovery::misconfigured},
    {{"HY000", 1, "integer overflow (1)"}, "22003", Recovery::refused},
    {{"HY000", 8, "attempt to write a readonly database"}, "25006", Recovery::misconfigured},
    {{"HY000", 13, "database or disk is full"}, "53100", Recovery::misconfigured},
    {{"08S01", 0, "the line is down"}, "08S01", Recovery::reconnect},
    {{"IM002", 0, "Data source name not found"}, "IM002", Recovery::misconfigured},
};
}  // namespace

TEST_CASE("SQLite's codes say what can still be done", "[odbc][errors]") {
  for (const Case& c : cases) {
    CAPTURE(c.diagnostic.message, c.diagnostic.native);
    const DbError error = error_from({c.diagnostic}, sqlite_dialect(), "cannot");
    CHECK(error.recovery() == c.recovery);
    CHECK(error.sqlstate() == c.sqlstate);
    CHECK(error.what() == "cannot: " + c.diagnostic.message);
  }
}

// MariaDB's client library has numbers of its own, beside the server's, for a session that was
// killed while it was being written to.
TEST_CASE("a pipe that breaks towards MariaDB is a lost connection, no mistake in the settings",
          "[odbc][errors]") {
  const Diagnostic broken[] = {{"HY000", 5013, "Read error: Connection reset by peer (104)"},
                               {"HY000", 5014, "Write error: Broken pipe (32)"}};
  for (const Diagnostic& diagnostic : broken) {
    const DbError error = error_from({diagnostic}, mariadb_dialect(), "cannot");
    CHECK(error.recovery() == Recovery::reconnect);
    CHECK(error.sqlstate() == "08S01");
  }
}

TEST_CASE("a MariaDB that is read-only is away for a while: no record's fault, nor the settings'",
          "[odbc][errors]") {
  const Diagnostic read_only[] = {
      {"HY000", 1290,
       "The MariaDB server is running with the --read-only option so it cannot execute this "
       "statement"},
      {"HY000", 1836, "Running in read-only mode"}};
  for (const Diagnostic& diagnostic : read_only) {
    const DbError error = error_from({diagnostic}, mariadb_dialect(), "cannot");
    CHECK(error.recovery() == Recovery::reconnect);
    CHECK(error.sqlstate() == "25006");
    CHECK(std::string{error.hint()}.find("standby") != std::string::npos);
  }
  const Diagnostic other{"HY000", 1290,
                         "The MariaDB server is running with the --skip-grant-tables option so it "
                         "cannot execute this statement"};
  CHECK(error_from({other}, mariadb_dialect(), "cannot").recovery() == Recovery::misconfigured);
}

TEST_CASE("what a trigger of MariaDB signals, or cannot select into one value, is the row's fault",
          "[odbc][errors]") {
  const Diagnostic by_triggers[] = {
      {"45001", 1644, "blocked"},
      {"42000", 1644, "blocked"},
      {"42000", 1172, "Result consisted of more than one row"},
      {"21000", 1242, "Subquery returns more than 1 row"},
  };
  for (const Diagnostic& diagnostic : by_triggers) {
    CAPTURE(diagnostic.message);
    CHECK(error_from({diagnostic}, mariadb_dialect(), "cannot").recovery() == Recovery::refused);
  }
}

TEST_CASE("the record that the dialect knows decides, wherever it stands", "[odbc][errors]") {
  const DbError error = error_from({{"01000", 0, "a note"}, {"HY000", 5, "database is locked"}},
                                   sqlite_dialect(), "cannot");
  CHECK(error.recovery() == Recovery::retry);
}

TEST_CASE("a failure without a reason gives the connection up", "[odbc][errors]") {
  CHECK(error_from({}, sqlite_dialect(), "cannot").recovery() == Recovery::reconnect);
}

}  // namespace miroir
