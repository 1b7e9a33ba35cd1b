// The contract of Site on MariaDB through ODBC.
#include "tests/mirror/mariadb_site_under_test.hpp"

using SitesUnderTest = std::tuple<miroir::test::MariadbSiteUnderTest>;
using SqlSitesUnderTest = SitesUnderTest;

#include "tests/mirror/installation_contract.hpp"
#include "tests/mirror/site_contract.hpp"
#include "tests/mirror/site_contract_delivery.hpp"
#include "tests/mirror/site_contract_settle.hpp"
