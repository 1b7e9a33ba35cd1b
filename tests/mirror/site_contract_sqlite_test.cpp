// The contract of Site on an SQLite file through ODBC: needs the driver, and no server.
#include "tests/mirror/sqlite_site_under_test.hpp"

using SitesUnderTest = std::tuple<miroir::test::SqliteSiteUnderTest>;
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
