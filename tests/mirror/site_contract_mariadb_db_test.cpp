// The contract of Site on MariaDB through ODBC.
#include "tests/mirror/mariadb_site_under_test.hpp"

using SitesUnderTest = std::tuple<miroir::test::MariadbSiteUnderTest>;
using SqlSitesUnderTest = SitesUnderTest;

#include "tests/mirror/installation_contract.hpp"
#include "tests/mirror/site_contract.hpp"
#include "tests/mirror/site_contract_brakes.hpp"
#include "tests/mirror/site_contract_delivery.hpp"
#include "tests/mirror/site_contract_kept.hpp"
#include "tests/mirror/site_contract_keys.hpp"
#include "tests/mirror/site_contract_known.hpp"
#include "tests/mirror/site_contract_look.hpp"
#include "tests/mirror/site_contract_numbers.hpp"
#include "tests/mirror/site_contract_satellites.hpp"
#include "tests/mirror/site_contract_settle.hpp"
#include "tests/mirror/site_contract_times.hpp"

namespace miroir::test {

TEST_CASE("the census of deletions waits for no user who is writing, and lets users write",
          "[site][mariadb]") {
  MariadbSiteUnderTest sut;
  const auto add = [&](const char* email) {
    return sut.insert(customer, {Null{}, email, Null{}, Null{}, Null{}, Null{}});
  };
  const Key anna = add("anna");
  const Key bert = add("bert");
  sut.erase(customer, anna);
  sut.update_later(customer, bert, at::city, "Nice");  // Its row of the journal is not committed.
  const auto begin = std::chrono::steady_clock::now();
  const Census census = sut.site().take_census();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds{800});
  CHECK(census.entities.at(customer.raw()).deleted_roots == 1);
  sut.land();
  CHECK_NOTHROW(add("zoe"));
}

}  // namespace miroir::test
