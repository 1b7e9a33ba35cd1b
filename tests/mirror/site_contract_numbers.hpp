// The contract of Site, fourth part: a site that hands out its own numbers. See site_contract.hpp.
#pragma once

#include "tests/mirror/site_contract_delivery.hpp"

namespace miroir::test {

// An invoice without a number, and its lines.
inline AggregateWrite invoice_of(const SiteUnderTest& sut, const std::string& remark,
                                 std::int64_t lines) {
  const Value type{std::int64_t{1}};
  AggregateWrite write = write_of({}, {insert_of(sut, invoice, {type, Null{}, remark})});
  for (std::int64_t n = 1; n <= lines; ++n) {
    write.rows.push_back(
        insert_of(sut, invoice_line, {type, Null{}, n * 10'000, remark + std::to_string(n)}));
  }
  return write;
}
inline std::map<std::pair<std::size_t, std::size_t>, Key> by_place(
    const std::vector<LearntKey>& keys) {
  std::map<std::pair<std::size_t, std::size_t>, Key> places;
  for (const LearntKey& one : keys)
    CHECK(places.emplace(std::pair{one.write, one.row}, one.key).second);
  return places;
}

TEMPLATE_LIST_TEST_CASE("numbers that the site's own trigger hands out are learnt, each once",
                        "[site][numbers]", SitesUnderTest) {
  Shop<TestType> shop;
  const Key before = shop.sut.insert(invoice, {std::int64_t{1}, Null{}, "typed"});
  CHECK(before == document_key("RE-101"));
  forget_all(shop.sut);
  const Delivered done = shop.deliver(
      invoice,
      {invoice_of(shop.sut, "a", 2), invoice_of(shop.sut, "b", 0), invoice_of(shop.sut, "c", 1)});
  CHECK(done.results == Results{written, written, written});
  CHECK(done.otherwise.empty());
  const auto learnt = by_place(done.keys);
  CHECK(learnt.at({0, 0}) == document_key("RE-102"));
  CHECK(learnt.at({1, 0}) == document_key("RE-103"));
  CHECK(learnt.at({2, 0}) == document_key("RE-104"));
  CHECK(shop.sut.find(invoice, document_key("RE-103")) == document_row("RE-103", "b"));
  CHECK(shop.sut.find(invoice_line, document_line_key("RE-102", 20'000)) ==
        document_line_row("RE-102", 20'000, "a2"));
  CHECK(shop.sut.find(invoice_line, document_line_key("RE-104", 10'000)) ==
        document_line_row("RE-104", 10'000, "c1"));
  CHECK(shop.sut.journal_rows() == 0);
  // Nothing was counted twice, and the next user goes on from there.
  CHECK(shop.sut.insert(invoice, {std::int64_t{1}, Null{}, "typed"}) == document_key("RE-105"));
}

TEMPLATE_LIST_TEST_CASE("a number that the answer did not bring stands in the marker",
                        "[site][settle][numbers]", SitesUnderTest) {
  Shop<TestType> shop;
  const Delivered done =
      shop.deliver(invoice, {invoice_of(shop.sut, "a", 1), invoice_of(shop.sut, "b", 2)});
  const Settled settled = shop.sut.site().settle(BatchId{7}, CycleNumber{3});
  CHECK(settled.kind == Settled::Kind::happened);
  CHECK(by_place(settled.keys) == by_place(done.keys));
  CHECK(by_place(settled.keys).at({1, 0}) == document_key("RE-102"));
  CHECK(shop.is_in_doubt([&] { shop.deliver(invoice, {invoice_of(shop.sut, "a", 1)}); }));
  CHECK_FALSE(shop.sut.find(invoice, document_key("RE-103")));
}

TEMPLATE_LIST_TEST_CASE("an invoice that comes back keeps the number that people know",
                        "[site][numbers]", SitesUnderTest) {
  Shop<TestType> shop;
  const Delivered done = shop.deliver(
      invoice, {invoice_of(shop.sut, "new", 0),
                write_of({}, {insert_of(shop.sut, invoice, document_row("RE-7", "back"))})});
  CHECK(done.results == Results{written, written});
  CHECK(by_place(done.keys).at({0, 0}) == document_key("RE-101"));
  CHECK(by_place(done.keys).at({1, 0}) == document_key("RE-7"));
  CHECK(shop.sut.find(invoice, document_key("RE-7")) == document_row("RE-7", "back"));
  CHECK(shop.sut.journal_rows() == 0);
}

TEMPLATE_LIST_TEST_CASE("an invoice that a user writes is listed with the number that it got",
                        "[site][numbers]", SitesUnderTest) {
  TestType sut;
  const Key first = sut.insert(invoice, {std::int64_t{1}, Null{}, "first"});
  const Key second = sut.insert(invoice, {std::int64_t{1}, Null{}, "second"});
  const auto rows = rows_of(sut.site().extract({invoice, listed(sut.site(), invoice), {}}));
  REQUIRE(rows.contains({invoice, first}));
  CHECK(rows.at({invoice, first}) == document_row("RE-101", "first"));
  REQUIRE(rows.contains({invoice, second}));
  CHECK(rows.at({invoice, second}) == document_row("RE-102", "second"));
  for (const auto& [name, row] : rows) CHECK((row || name.second == document_key("")));
}

}  // namespace miroir::test
