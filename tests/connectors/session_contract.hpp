// What every session promises, whatever the database: run on PostgreSQL and on every ODBC driver.
//
// A test case makes a fresh subject (a database of its own) and calls one of the functions below,
// each of which holds several SECTIONs. Types and raw SQL are the subject's, everything else is the
// same text for all.
#pragma once

#include <memory>
#include <string>

#include "connectors/dialect.hpp"
#include "connectors/session.hpp"

namespace miroir::test {

// Another user's open transaction that has written all rows of a table; rolled back when it goes.
struct HeldRows {
  virtual ~HeldRows() = default;
};

struct SessionUnderTest {
  virtual ~SessionUnderTest() = default;
  virtual std::unique_ptr<Session> open() = 0;
  virtual void execute(const std::string& script) = 0;  // As another user, committed.
  virtual std::string type_of(
      ValueKind kind) const = 0;  // A column type that holds the kind exactly.
  // Of all 38 digits, how many may stand after the point.
  virtual int decimal_scale_max() const { return 38; }
  virtual std::unique_ptr<HeldRows> hold_rows(const std::string& quoted_table) = 0;
};

void values_round_trip(SessionUnderTest& subject);
void names_are_quoted(SessionUnderTest& subject);
void statements_report_what_they_did(SessionUnderTest& subject);
void transactions_are_atomic(SessionUnderTest& subject);
void snapshots_stand_still(SessionUnderTest& subject);
void errors_say_what_can_be_done(SessionUnderTest& subject);
void tables_are_described(SessionUnderTest& subject);
// Not for drivers that hold whole results (MariaDB's): what may be long is read in pages.
void long_results_stream(SessionUnderTest& subject);

}  // namespace miroir::test
