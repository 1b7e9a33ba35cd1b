// The contract of Site, fifth part: rows that are in their table no more. See site_contract.hpp.
#pragma once

#include "tests/mirror/site_contract.hpp"

namespace miroir::test {

using Places = std::vector<std::optional<std::size_t>>;

TEMPLATE_LIST_TEST_CASE("a row that left its table is found where the mapping says to look",
                        "[site][moved]", SitesUnderTest) {
  TestType sut;
  sut.archive("W1", 3);
  sut.archive("W2", 4);
  sut.archive("W3", 5);
  sut.archive("L'\u00c9toile", 3);
  CHECK(sut.site().look_elsewhere(
            document, {document_row("W1", ""), document_row("W2", ""), document_row("W3", ""),
                       document_row("W4", ""), document_row("L'\u00c9toile", "")}) ==
        Places{0, 1, std::nullopt, std::nullopt, 0});
}

TEMPLATE_LIST_TEST_CASE("of several places the first counts", "[site][moved]", SitesUnderTest) {
  TestType sut;
  sut.archive("W1", 4);
  sut.archive("W1", 3);
  sut.archive("W1", 3);
  CHECK(sut.site().look_elsewhere(document, {document_row("W1", "")}) == Places{0});
}

TEMPLATE_LIST_TEST_CASE("what a database merely takes for equal is not found", "[site][moved]",
                        SitesUnderTest) {
  TestType sut;
  sut.archive("w1", 3);
  sut.archive("W2 ", 3);
  CHECK(sut.site().look_elsewhere(document, {document_row("W1", ""), document_row("W2", "")}) ==
        Places{std::nullopt, std::nullopt});
}

TEMPLATE_LIST_TEST_CASE("many rows are looked for at once, and those that say nothing not at all",
                        "[site][moved]", SitesUnderTest) {
  TestType sut;
  Rows rows;
  for (int n = 0; n < 120; ++n) rows.push_back(document_row("W" + std::to_string(n), ""));
  sut.archive("W7", 3);
  sut.archive("W119", 4);
  rows.push_back({std::int64_t{1}, Null{}, Null{}});
  Places expected(121);
  expected[7] = 0;
  expected[119] = 1;
  CHECK(sut.site().look_elsewhere(document, rows) == expected);
}

}  // namespace miroir::test
