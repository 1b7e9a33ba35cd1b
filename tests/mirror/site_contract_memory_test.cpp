// The contract of Site on the memory site; its own behaviour beyond it is in memory_site_test.cpp.
#include "tests/mirror/memory_site_under_test.hpp"

using SitesUnderTest = std::tuple<miroir::test::MemorySiteUnderTest>;

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
