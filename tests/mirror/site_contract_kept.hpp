// The contract of a site: what its triggers and rules leave as it is, without a word, was not
// written.
#pragma once

#include "tests/mirror/site_contract_keys.hpp"

namespace miroir::test {

TEMPLATE_LIST_TEST_CASE("a count that the site leaves as it was is refused with its whole batch",
                        "[site]", SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.add_keeping_triggers();
  const auto change = [&](const std::map<std::size_t, Value>& given) {
    return write_of(key(1), {update_of(shop.sut, customer, shop.anna, given)});
  };
  const std::map<std::size_t, Value> kept =
      GENERATE(std::map<std::size_t, Value>{{at::city, "nowhere"}, {at::points, exactly("2")}},
               std::map<std::size_t, Value>{{at::email, "anna"}, {at::points, exactly("-20")}},
               std::map<std::size_t, Value>{{at::city, "LYON"}, {at::points, exactly("-20")}});
  CHECK_THAT(refusal_of(shop, customer, {change(kept), shop.move(shop.bert, "Brest")}),
             Catch::Contains("customer") && Catch::Contains("as it was"));
  CHECK(shop.sut.find(customer, key(1)) == shop.anna);
  CHECK(shop.sut.find(customer, key(2)) == shop.bert);
  CHECK(shop.sut.journal_rows() == 0);
  CHECK(shop.deliver(customer, {change({{at::city, "Metz"}, {at::points, exactly("2")}}),
                                shop.move(shop.bert, "Brest")})
            .results == Results{written, written});
}

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

// Nobody could tell that from a site that writes every telephone number in its own form.
TEMPLATE_LIST_TEST_CASE("any other value may be stored as what was there", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.add_keeping_triggers();
  const Delivered kept =
      shop.deliver(customer, {shop.move(shop.anna, "nowhere"), shop.move(shop.bert, "Brest")});
  CHECK(kept.results == Results{written, written});
  CHECK(kept.otherwise.size() == 1);
}

TEMPLATE_LIST_TEST_CASE("what was given in another form may be stored as it was", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.update(customer, key(1), at::city, "LYON");
  forget_all(shop.sut);
  shop.anna[at::city] = "LYON";
  shop.sut.add_capitals_trigger();
  const Delivered done =
      shop.deliver(customer, {shop.move(shop.anna, "Lyon"), shop.move(shop.bert, "Brest")});
  CHECK(done.results == Results{written, written});
  CHECK(done.otherwise.size() == 2);
  CHECK(shop.stored(customer, 1, at::city) == Value{"LYON"});

  const AggregateWrite finer = write_of(
      key(5), {update_of(shop.sut, order_line, shop.wine, {{at::qty, shop.sut.amount("2.5004")}})});
  CHECK(shop.deliver(order, {finer}, 8).results == Results{written});
}

}  // namespace miroir::test
