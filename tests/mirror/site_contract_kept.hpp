// The contract of a site: what its triggers and rules leave as it is, without a word, was not
// written.
#pragma once

#include "tests/mirror/site_contract_keys.hpp"

namespace miroir::test {

TEMPLATE_LIST_TEST_CASE("a row that the site does not delete is refused with its whole batch",
                        "[site]", SitesUnderTest) {
  Shop<TestType> shop;
  if (!shop.sut.has_dropping_trigger()) return;
  const Row kept = line_row(shop.sut, std::int64_t{52}, std::int64_t{5}, 3, "kept");
  shop.sut.insert(order_line, kept);
  shop.sut.insert(document, document_row("W1", ""));
  shop.sut.insert(document_line, document_line_row("W1", 10'000, "kept"));
  forget_all(shop.sut);
  shop.sut.add_keeping_triggers();
  const auto without = [&](const Row& line) {
    return write_of(key(5),
                    {update_of(shop.sut, order, shop.bought, {{at::note, std::string{"smaller"}}}),
                     removal_of(shop.sut, order_line, line)});
  };
  CHECK_THAT(refusal_of(shop, order, {without(kept)}),
             Catch::Contains("order line") && Catch::Contains("still there"));
  CHECK(refusal_of(shop, document,
                   {write_of(document_key("W1"),
                             {removal_of(shop.sut, document_line,
                                         document_line_row("W1", 10'000, "kept"))})}) != "");
  CHECK(shop.stored(order, 5, at::note) == Value{"gift"});
  CHECK(shop.sut.find(order_line, key(52)));
  CHECK(shop.sut.journal_rows() == 0);
  CHECK(shop.deliver(order, {without(shop.wine)}, 8).results == Results{written});
}

}  // namespace miroir::test
