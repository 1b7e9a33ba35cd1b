// The contract of Site, ninth part: what tells the census that a site is not as it was left. See
// site_contract.hpp.
#pragma once

#include <chrono>
#include <thread>

#include "tests/mirror/site_contract.hpp"

namespace miroir::test {

// A claimed site with a customer, whose journal is empty.
template <class Sut>
void begin_claimed(Sut& sut) {
  REQUIRE(sut.site().claim({"store", CycleNumber{1}}));
  sut.insert(customer, customer_row(sut, key(1)[0], "anna", "Lyon"));
  forget_all(sut);
}

TEMPLATE_LIST_TEST_CASE("the census counts what was inserted and updated, each record once",
                        "[site][brakes]", SitesUnderTest) {
  TestType sut;
  for (const char* no : {"W1", "W2", "W3"}) sut.insert(document, document_row(no, ""));
  sut.insert(document_line, document_line_row("W1", 10'000, "cork"));
  for (const char* remark : {"a", "b", "c"})
    sut.update(document, document_key("W1"), at::remark, remark);
  const EntityCensus first = sut.site().take_census().entities.at(document.raw());
  CHECK(first.inserted_roots == 3);
  CHECK(first.updated_roots == 1);
  forget_all(sut);
  for (const char* thing : {"a", "b"})
    sut.update(document_line, document_line_key("W1", 10'000), at::thing, thing);
  const EntityCensus second = sut.site().take_census().entities.at(document.raw());
  CHECK(second.inserted_roots == 0);
  CHECK(second.updated_roots == 1);
}

TEMPLATE_LIST_TEST_CASE("the census tells which tables have no row", "[site][brakes]",
                        SitesUnderTest) {
  TestType sut;
  begin_claimed(sut);
  CHECK_FALSE(sut.site().take_census().empty.contains(customer.raw()));
  CHECK(sut.site().take_census().empty.contains(order.raw()));
  sut.empty_customers();
  const Census census = sut.site().take_census();
  CHECK(census.empty.contains(customer.raw()));
  CHECK(census.entities.empty());
}

TEMPLATE_LIST_TEST_CASE("triggers that are off, or were, are told", "[site][brakes]",
                        SitesUnderTest) {
  TestType sut;
  begin_claimed(sut);
  const std::string before = sut.site().take_census().catalogue;
  const auto tables = sut.site().describe_tables();
  CHECK(tables.size() == sut.mapping().entities.size());
  CHECK(tables.at(customer.raw()).watched);
  CHECK(sut.site().take_census().catalogue == before);

  sut.drop_triggers();
  CHECK(sut.site().take_census().catalogue != before);
  const auto off = sut.site().describe_tables();
  CHECK_FALSE(off.at(customer.raw()).watched);
  CHECK(off.at(order.raw()).watched);

  std::this_thread::sleep_for(std::chrono::milliseconds{30});  // A catalogue may count in hundredths.
  sut.restore_triggers();
  CHECK(sut.site().take_census().catalogue != before);
  const auto on = sut.site().describe_tables();
  CHECK(on.at(customer.raw()).watched);
  CHECK(on.at(customer.raw()).triggers != tables.at(customer.raw()).triggers);
  CHECK(on.at(order.raw()).triggers == tables.at(order.raw()).triggers);
}

TEMPLATE_LIST_TEST_CASE("a mirrored column of another type is told", "[site][brakes]",
                        SitesUnderTest) {
  TestType sut;
  begin_claimed(sut);
  const std::string before = sut.site().take_census().catalogue;
  const auto columns = sut.site().describe_tables().at(customer.raw()).columns;
  CHECK(columns.size() == sut.table(customer).columns.size());
  sut.change_city();
  CHECK(sut.site().take_census().catalogue != before);
  auto now = sut.site().describe_tables().at(customer.raw()).columns;
  CHECK(now.at("city") != columns.at("city"));
  now["city"] = columns.at("city");
  CHECK(now == columns);
}

TEMPLATE_LIST_TEST_CASE("the journal's anchor is there from the claim on, and goes with the journal",
                        "[site][brakes]", SitesUnderTest) {
  TestType sut;
  begin_claimed(sut);
  const Census before = sut.site().take_census();
  REQUIRE(before.anchor);
  sut.site().acknowledge({}, {"store", CycleNumber{2}});
  CHECK(sut.site().take_census().anchor == before.anchor);
  sut.empty_journal();
  CHECK_FALSE(sut.site().take_census().anchor);
  sut.site().acknowledge({}, {"store", CycleNumber{3}});
  const Census after = sut.site().take_census();
  REQUIRE(after.anchor);
  CHECK(*after.anchor > *before.anchor);
  CHECK(after.entities.empty());
  CHECK(sut.journal_rows() == 0);
}

TEMPLATE_LIST_TEST_CASE("the census tells the journal's last number", "[site][brakes]",
                        SitesUnderTest) {
  TestType sut;
  begin_claimed(sut);
  const Census before = sut.site().take_census();
  REQUIRE(before.last_id);
  sut.update(customer, key(1), at::city, "Nice");
  const Extract extract = sut.site().extract({customer, {key(1)}, {}});
  const Census after = sut.site().take_census();
  CHECK(*after.last_id > *before.last_id);
  CHECK(*after.last_id >= extract.journal.at(0).id);
  sut.site().acknowledge(ids_of(extract), {"store", CycleNumber{2}});
  CHECK(sut.site().take_census().last_id == after.last_id);
}

TEMPLATE_LIST_TEST_CASE("the mark never goes back to an earlier cycle", "[site][brakes]",
                        SitesUnderTest) {
  TestType sut;
  begin_claimed(sut);
  sut.site().acknowledge({}, {"store", CycleNumber{7}});
  sut.site().acknowledge({}, {"store", CycleNumber{6}});
  CHECK(sut.site().take_census().mark.cycle == CycleNumber{7});
}

TEMPLATE_LIST_TEST_CASE("what was noted until a moment is told apart from what came later",
                        "[site][brakes]", SitesUnderTest) {
  TestType sut;
  begin_claimed(sut);
  sut.update(customer, key(1), at::city, "Nice");
  const Extract early = sut.site().extract({customer, {key(1)}, {}});
  std::this_thread::sleep_for(std::chrono::milliseconds{5});
  const Instant moment = sut.site().take_census().clock;
  CHECK(sut.site().noted_until({moment.micros - 3'600'000'000}).empty());
  if (!sut.has_clock()) return;
  CHECK(sut.site().noted_until(moment) == ids_of(early));
  std::this_thread::sleep_for(std::chrono::milliseconds{5});
  sut.update(customer, key(1), at::city, "Metz");
  CHECK(sut.site().noted_until(moment) == ids_of(early));
}

}  // namespace miroir::test
