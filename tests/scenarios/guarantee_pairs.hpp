// On which pairs the guarantees' stories run. They are compiled once and linked into two
// executables: guarantees_test needs no server, guarantees_db_test adds PostgreSQL and MariaDB.
#pragma once

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/pair.hpp"

namespace miroir::test {

std::vector<Pair::Kind> pairs_under_test();

// Cycles until one delivers nothing and is done; at most three may be needed after the last change.
inline void cycle_until_quiet(const Pair& pair, int exit_code = 0) {
  for (int n = 0; n < 3; ++n) {
    const Pair::Cycle cycle = pair.cycle(exit_code);
    const auto& delivered = cycle.report.at("delivered");
    if (delivered.at("shop") == 0 && delivered.at("erp") == 0) return;
  }
  FAIL("three cycles were not enough");
}

// miroir's own, at a site.
inline std::string journal_of(const SiteDatabase& site) {
  return site.dialect() == "postgres" ? "miroir.journal" : "miroir_journal";
}

// From now on the shop takes stock itself whenever a line is inserted, by miroir or by anybody
// else.
inline void take_stock_in_shop(Pair& pair) {
  std::ifstream file{std::string{MIROIR_SOURCE_FOLDER} + "/schema/ddl/shop/stock_trigger." +
                     pair.shop().dialect() + ".sql"};
  pair.shop().run({std::istreambuf_iterator<char>{file}, {}});
}

inline void refuse_city(SiteDatabase& erp, const std::string& city) {
  erp.run(erp.dialect() == "sqlite"
              ? R"(CREATE TRIGGER refuse BEFORE INSERT ON "CRONUS France$Customer"
                   WHEN NEW."City" = ')" +
                    city + "' BEGIN SELECT RAISE(ABORT, 'not there'); END"
              : R"(ALTER TABLE "CRONUS France$Customer" ADD CONSTRAINT refuse CHECK ("City" <> ')" +
                    city + "')");
}

inline void refuse_nothing(SiteDatabase& erp) {
  erp.run(erp.dialect() == "sqlite"
              ? "DROP TRIGGER refuse"
              : R"(ALTER TABLE "CRONUS France$Customer" DROP CONSTRAINT refuse)");
}

}  // namespace miroir::test
