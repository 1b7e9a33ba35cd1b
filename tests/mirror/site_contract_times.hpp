// The contract of Site, fifth part: its clock, and when its rows were changed. See
// site_contract.hpp.
#pragma once

#include <chrono>

#include "tests/mirror/site_contract.hpp"

namespace miroir::test {

TEMPLATE_LIST_TEST_CASE("the journal says by the site's clock when each row was changed",
                        "[site][times]", SitesUnderTest) {
  TestType sut;
  const Instant before = sut.site().clock();
  sut.insert(customer, customer_row(sut, std::int64_t{1}, "a@x.fr", "Dijon"));
  const Instant between = sut.site().clock();
  sut.update(customer, key(1), at::city, "Nuits");
  const Instant after = sut.site().clock();
  const Extract extract = sut.site().extract({customer, {key(1)}, {}});
  REQUIRE(extract.journal.size() == 2);
  const auto &inserted = extract.journal[0].at, &updated = extract.journal[1].at;
  REQUIRE(inserted);
  REQUIRE(updated);
  CHECK(before <= *inserted);
  CHECK(*inserted <= between);
  CHECK(between <= *updated);
  CHECK(*updated <= after);
}

TEMPLATE_LIST_TEST_CASE("the clock shows UTC, as this machine's does", "[site][times]",
                        SitesUnderTest) {
  TestType sut;
  if (!sut.has_clock()) return;
  using namespace std::chrono;
  const microseconds there{sut.site().clock().micros};
  const auto here = system_clock::now().time_since_epoch();
  CHECK(abs(there - here) < minutes{1});
}

}  // namespace miroir::test
