// The contract of Site, first half: what is listed, read, forgotten and counted. Every
// implementation must pass it.
//
// The including file defines SitesUnderTest, a std::tuple of default-constructible kinds of
// SiteUnderTest.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/mirror/site_under_test.hpp"

namespace miroir::test {

using Keys = std::vector<Key>;
using Rows = std::vector<Row>;

inline Key key(std::int64_t id) { return {id}; }
inline Key document_key(const std::string& no, std::int64_t type = 1) { return {type, no}; }
inline Key document_line_key(const std::string& no, std::int64_t number) {
  return {std::int64_t{1}, no, number};
}

inline Row customer_row(const SiteUnderTest& sut, const Value& id, const Value& email,
                        const Value& city) {
  return {id, email, city, std::string{}, std::int64_t{10}, sut.amount("5.00")};
}
inline Row order_row(const Value& id, std::int64_t customer_id, const std::string& note) {
  return {id, customer_id, note};
}
inline Row line_row(const SiteUnderTest& sut, const Value& id, const Value& order_id,
                    std::int64_t number, const std::string& item) {
  return {id, order_id, number, item, sut.amount("2.5")};
}
inline Row document_row(const std::string& no, const std::string& remark, std::int64_t type = 1) {
  return {type, no, remark};
}
inline Row document_line_row(const std::string& no, std::int64_t number, const std::string& thing) {
  return {std::int64_t{1}, no, number, thing};
}

inline std::vector<Key> listed(Site& site, EntityId entity) {
  std::vector<Key> keys;
  for (const ListedRoot& root : site.list_roots(entity, "", 100)) keys.push_back(root.root);
  return keys;
}
inline std::vector<JournalId> ids_of(const Extract& extract) {
  std::vector<JournalId> ids;
  for (const JournalRow& row : extract.journal) ids.push_back(row.id);
  return ids;
}
inline std::map<std::pair<EntityId, Key>, std::optional<Row>> rows_of(const Extract& extract) {
  std::map<std::pair<EntityId, Key>, std::optional<Row>> rows;
  for (const ReadRow& row : extract.rows) {
    const bool is_new = rows.emplace(std::pair{row.entity, row.key}, row.row).second;
    CHECK(is_new);  // No key twice.
  }
  return rows;
}
// Reads and forgets everything, so that a test begins with an empty journal.
inline void forget_all(SiteUnderTest& sut) {
  Site& site = sut.site();
  for (const EntityId entity : {customer, order, document, invoice, member}) {
    sut.forget(entity, listed(site, entity));
  }
  REQUIRE(sut.journal_rows() == 0);
}

TEMPLATE_LIST_TEST_CASE("what users change is listed, and read with its rows", "[site]",
                        SitesUnderTest) {
  TestType sut;
  const Key anna = sut.insert(customer, customer_row(sut, Null{}, "anna", "Lyon"));
  const Key bert = sut.insert(customer, customer_row(sut, Null{}, "bert", Null{}));
  CHECK(listed(sut.site(), customer) == Keys{anna, bert});
  CHECK(listed(sut.site(), order).empty());

  const Extract extract = sut.site().extract({customer, {anna}, {}});
  REQUIRE(extract.journal.size() == 1);
  CHECK(extract.journal[0].op == JournalOp::insert);
  CHECK(extract.journal[0].entity == customer);
  CHECK(extract.journal[0].new_key == anna);
  CHECK(extract.journal[0].new_root == anna);
  CHECK_FALSE(extract.journal[0].old_key);
  CHECK(rows_of(extract) == std::map<std::pair<EntityId, Key>, std::optional<Row>>{
                                {{customer, anna}, customer_row(sut, anna[0], "anna", "Lyon")}});
}

TEMPLATE_LIST_TEST_CASE("roots are listed page by page", "[site]", SitesUnderTest) {
  TestType sut;
  std::set<Key> wanted, found;
  for (int i = 0; i < 5; ++i) {
    wanted.insert(sut.insert(document, document_row("D" + std::to_string(i), "x")));
  }
  std::string cursor;
  for (auto page = sut.site().list_roots(document, cursor, 2); !page.empty();
       page = sut.site().list_roots(document, cursor, 2)) {
    CHECK(page.size() <= 2);
    for (const ListedRoot& root : page) CHECK(found.insert(root.root).second);
    cursor = page.back().cursor;
  }
  CHECK(found == wanted);
}

TEMPLATE_LIST_TEST_CASE("a deleted row is read as absent", "[site]", SitesUnderTest) {
  TestType sut;
  const Key anna = sut.insert(customer, customer_row(sut, Null{}, "anna", "Lyon"));
  forget_all(sut);
  sut.erase(customer, anna);
  const Extract extract = sut.site().extract({customer, {anna}, {}});
  REQUIRE(extract.journal.size() == 1);
  CHECK(extract.journal[0].op == JournalOp::remove);
  CHECK(extract.journal[0].old_key == anna);
  CHECK_FALSE(extract.journal[0].new_key);
  REQUIRE(extract.rows.size() == 1);
  CHECK_FALSE(extract.rows[0].row);
}

TEMPLATE_LIST_TEST_CASE("an update that differs only in case or a trailing blank is noted",
                        "[site]", SitesUnderTest) {
  TestType sut;
  const Key anna = sut.insert(customer, customer_row(sut, Null{}, "anna", "Lyon"));
  const auto after = GENERATE(values<std::string>({"LYON", "Lyon ", ""}));
  forget_all(sut);
  sut.update(customer, anna, at::city, after);
  CHECK(listed(sut.site(), customer) == Keys{anna});
  CHECK(rows_of(sut.site().extract({customer, {anna}, {}})).at({customer, anna})->at(at::city) ==
        Value{after});
}

TEMPLATE_LIST_TEST_CASE("acknowledging forgets exactly what it names", "[site]", SitesUnderTest) {
  TestType sut;
  const Key anna = sut.insert(customer, customer_row(sut, Null{}, "anna", "Lyon"));
  const Key bert = sut.insert(customer, customer_row(sut, Null{}, "bert", "Nice"));
  const Extract extract = sut.site().extract({customer, {bert}, {}});
  sut.update(customer, bert, at::city, "Cannes");  // After the extraction: must be found next time.
  sut.site().acknowledge(ids_of(extract), {"store", CycleNumber{7}});
  CHECK(listed(sut.site(), customer) == Keys{anna, bert});
  CHECK(sut.site().extract({customer, {bert}, {}}).journal.size() == 1);
  const SiteMark mark = sut.site().take_census().mark;
  CHECK(mark.store == "store");
  CHECK(mark.cycle == CycleNumber{7});
}

TEMPLATE_LIST_TEST_CASE("a commit that lands late with a smaller number is not lost", "[site]",
                        SitesUnderTest) {
  TestType sut;
  if (!sut.has_row_locks())
    return;  // With a single writer no number is smaller than one committed before.
  const Key anna = sut.insert(customer, customer_row(sut, Null{}, "anna", "Lyon"));
  const Key bert = sut.insert(customer, customer_row(sut, Null{}, "bert", "Nice"));
  forget_all(sut);
  sut.update_later(customer, anna, at::city, "Metz");
  sut.update(customer, bert, at::city, "Brest");
  const Extract extract = sut.site().extract({customer, {anna, bert}, {}});
  CHECK(extract.journal.size() == 1);
  sut.land();
  sut.site().acknowledge(ids_of(extract), {"store", CycleNumber{1}});
  CHECK(listed(sut.site(), customer) == Keys{anna});
}

TEMPLATE_LIST_TEST_CASE("a part's change is listed under its root, and only it is read", "[site]",
                        SitesUnderTest) {
  TestType sut;
  sut.insert(customer, customer_row(sut, std::int64_t{1}, "anna", "Lyon"));
  const Key bought = sut.insert(order, order_row(Null{}, 1, ""));
  const Key wine = sut.insert(order_line, line_row(sut, Null{}, bought[0], 1, "wine"));
  const Key glass = sut.insert(order_line, line_row(sut, Null{}, bought[0], 2, "glass"));
  forget_all(sut);
  sut.update(order_line, glass, at::item, "two glasses");

  CHECK(listed(sut.site(), order) == Keys{bought});
  const auto named = rows_of(sut.site().extract({order, {bought}, {}}));
  CHECK(named.size() == 1);
  CHECK(named.at({order_line, glass})->at(at::item) == Value{"two glasses"});

  const auto whole = rows_of(sut.site().extract({order, {bought}, {bought}}));
  CHECK(whole.size() == 3);
  CHECK(whole.at({order, bought}) == order_row(bought[0], 1, ""));
  CHECK(whole.at({order_line, wine}) == line_row(sut, wine[0], bought[0], 1, "wine"));
}

TEMPLATE_LIST_TEST_CASE("a root that is read whole and is not there is absent", "[site]",
                        SitesUnderTest) {
  TestType sut;
  const auto rows = rows_of(sut.site().extract({order, {}, {key(99)}}));
  REQUIRE(rows.size() == 1);
  CHECK_FALSE(rows.at({order, key(99)}));
}

TEMPLATE_LIST_TEST_CASE("lines that go with their order are journaled under it", "[site]",
                        SitesUnderTest) {
  TestType sut;
  sut.insert(customer, customer_row(sut, std::int64_t{1}, "anna", "Lyon"));
  const Key bought = sut.insert(order, order_row(Null{}, 1, ""));
  const Key wine = sut.insert(order_line, line_row(sut, Null{}, bought[0], 1, "wine"));
  forget_all(sut);
  sut.erase(order, bought);  // The foreign key cascades.
  const Extract extract = sut.site().extract({order, {bought}, {}});
  const auto rows = rows_of(extract);
  CHECK_FALSE(rows.at({order, bought}));
  if (!sut.journals_cascades()) return;
  REQUIRE(extract.journal.size() == 2);
  CHECK_FALSE(rows.at({order_line, wine}));
  if (extract.tells_transactions)
    CHECK(extract.journal[0].transaction == extract.journal[1].transaction);
}

TEMPLATE_LIST_TEST_CASE("what two transactions delete is told apart, where the site can tell",
                        "[site]", SitesUnderTest) {
  TestType sut;
  const Key anna = sut.insert(customer, customer_row(sut, std::int64_t{1}, "anna", "Lyon"));
  const Key bert = sut.insert(customer, customer_row(sut, std::int64_t{2}, "bert", "Lyon"));
  forget_all(sut);
  sut.erase(customer, anna);
  sut.erase(customer, bert);
  const Extract extract = sut.site().extract({customer, {anna, bert}, {}});
  REQUIRE(extract.journal.size() == 2);
  CHECK(extract.journal[0].transaction != "");
  CHECK(extract.journal[0].transaction != extract.journal[1].transaction);
}

TEMPLATE_LIST_TEST_CASE("what is out of scope is journaled and never read", "[site]",
                        SitesUnderTest) {
  TestType sut;
  sut.insert(document, document_row("Q1", "a quote", 0));
  CHECK(listed(sut.site(), document) == Keys{document_key("Q1", 0)});
  const Extract extract = sut.site().extract({document, {document_key("Q1", 0)}, {}});
  CHECK(extract.journal.size() == 1);
  CHECK(extract.rows.empty());
  sut.site().acknowledge(ids_of(extract), {"store", CycleNumber{1}});
  CHECK(sut.journal_rows() == 0);
}

TEMPLATE_LIST_TEST_CASE("a renamed root is listed under both keys, and either brings both",
                        "[site]", SitesUnderTest) {
  TestType sut;
  sut.insert(document, document_row("W1", "x"));
  forget_all(sut);
  sut.update(document, document_key("W1"), at::no, "W2");
  CHECK(listed(sut.site(), document) == Keys{document_key("W1"), document_key("W2")});
  const Key asked = GENERATE(document_key("W1"), document_key("W2"));
  const Extract extract = sut.site().extract({document, {asked}, {}});
  for (const JournalRow& row : extract.journal) {
    CHECK(row.op == JournalOp::update);
    CHECK(row.old_key == document_key("W1"));
    CHECK(row.new_key == document_key("W2"));
  }
  const auto rows = rows_of(extract);
  CHECK_FALSE(rows.at({document, document_key("W1")}));
  CHECK(rows.at({document, document_key("W2")}) == document_row("W2", "x"));
  sut.site().acknowledge(ids_of(extract), {"store", CycleNumber{1}});
  CHECK(sut.journal_rows() == 0);
}

TEMPLATE_LIST_TEST_CASE("a part that moves to another root is listed under both", "[site]",
                        SitesUnderTest) {
  TestType sut;
  for (const char* no : {"W1", "W2"}) sut.insert(document, document_row(no, ""));
  sut.insert(document_line, document_line_row("W1", 10'000, "corkscrew"));
  forget_all(sut);
  sut.update(document_line, document_line_key("W1", 10'000), at::document_no, "W2");
  CHECK(listed(sut.site(), document) == Keys{document_key("W1"), document_key("W2")});
  const auto rows = rows_of(sut.site().extract({document, {document_key("W1")}, {}}));
  CHECK_FALSE(rows.at({document_line, document_line_key("W1", 10'000)}));
  CHECK(rows.at({document_line, document_line_key("W2", 10'000)}));
}

TEMPLATE_LIST_TEST_CASE("keys with quotes, accents and brackets survive the journal", "[site]",
                        SitesUnderTest) {
  TestType sut;
  const auto no = GENERATE(values<std::string>(
      {"L'Étoile", "a\"b", "[1,2]", "tab\there", "\\", "x'); --", "snow \u2603 \U0001F377"}));
  sut.insert(document, document_row(no, "odd"));
  CHECK(listed(sut.site(), document) == Keys{document_key(no)});
  const Extract extract = sut.site().extract({document, {document_key(no)}, {}});
  CHECK(rows_of(extract).at({document, document_key(no)}) == document_row(no, "odd"));
  sut.site().acknowledge(ids_of(extract), {"store", CycleNumber{1}});
  CHECK(sut.journal_rows() == 0);
}

TEMPLATE_LIST_TEST_CASE("an emptied table is named by the census, and can be acknowledged",
                        "[site]", SitesUnderTest) {
  TestType sut;
  if (!sut.has_truncate()) return;  // There DELETE without a condition fires for every row.
  sut.insert(document, document_row("W1", ""));
  sut.insert(document_line, document_line_row("W1", 10'000, "cork"));
  forget_all(sut);
  sut.truncate(GENERATE(document, document_line));
  const Census census = sut.site().take_census();
  REQUIRE(census.entities.at(document.raw()).truncations.size() == 1);
  CHECK(listed(sut.site(), document).empty());
  sut.site().acknowledge(census.entities.at(document.raw()).truncations, {"store", CycleNumber{1}});
  CHECK(sut.journal_rows() == 0);
}

TEMPLATE_LIST_TEST_CASE("the census counts what users journaled", "[site]", SitesUnderTest) {
  TestType sut;
  CHECK(sut.site().take_census().entities.empty());
  for (const char* no : {"W1", "W2", "W3", "W4"}) {
    sut.insert(document, document_row(no, ""));
    sut.insert(document_line, document_line_row(no, 10'000, "cork"));
  }
  forget_all(sut);
  sut.erase(document, document_key("W1"));
  sut.erase(document, document_key("W2"));
  sut.insert(document, document_row("W2", "here again"));
  sut.update(document, document_key("W3"), at::no, "W9");
  for (const char* no : {"W4", "W2"}) {
    if (sut.find(document_line, document_line_key(no, 10'000))) {
      sut.erase(document_line, document_line_key(no, 10'000));
    }
  }
  const Census census = sut.site().take_census();
  CHECK(census.entities.size() == 1);
  const EntityCensus& counted = census.entities.at(document.raw());
  CHECK(counted.deleted_roots == 2);  // W1, and W3 under its old key.
  CHECK(counted.cut_roots == 2);
  CHECK(counted.journaled >= 7);
  CHECK(counted.truncations.empty());
}

TEMPLATE_LIST_TEST_CASE("a site belongs to the first store that claims it", "[site]",
                        SitesUnderTest) {
  TestType sut;
  CHECK(sut.site().take_census().mark.store.empty());
  CHECK(sut.site().claim({"mine", CycleNumber{1}}));
  CHECK(sut.site().claim({"mine", CycleNumber{2}}));
  CHECK_FALSE(sut.site().claim({"yours", CycleNumber{1}}));
  CHECK(sut.site().take_census().mark.store == "mine");
}

TEMPLATE_LIST_TEST_CASE("pages give what is in scope, in the order of keys, and every row once",
                        "[site]", SitesUnderTest) {
  TestType sut;
  for (const char* no : {"W2", "W1", "W3"}) sut.insert(document, document_row(no, ""));
  sut.insert(document, document_row("Q1", "", 0));
  const auto first = sut.site().read_page(document, std::nullopt, 2);
  CHECK(first == Rows{document_row("W1", ""), document_row("W2", "")});
  const Key last = sut.table(document).key_of(first.back());
  CHECK(sut.site().read_page(document, last, 2) == Rows{document_row("W3", "")});
  CHECK(sut.site().read_page(document, Key{std::int64_t{1}, "W3"}, 2).empty());
  CHECK(sut.site().count(document) == 3);

  // A key of several columns, none of them constant but the first.
  for (const std::int64_t n : {10'000, 20'000}) {
    for (const char* no : {"W1", "W2"}) sut.insert(document_line, document_line_row(no, n, ""));
  }
  Rows lines;
  std::optional<Key> after;
  for (Rows page; !(page = sut.site().read_page(document_line, after, 1)).empty();) {
    REQUIRE(page.size() == 1);
    after = sut.table(document_line).key_of(page.front());
    lines.push_back(page.front());
  }
  CHECK(lines == Rows{document_line_row("W1", 10'000, ""), document_line_row("W1", 20'000, ""),
                      document_line_row("W2", 10'000, ""), document_line_row("W2", 20'000, "")});
}

// Who reads a table for hours, page by page, is in nobody's way meanwhile.
TEMPLATE_LIST_TEST_CASE("between pages nothing is locked, not even the table's shape", "[site]",
                        SitesUnderTest) {
  TestType sut;
  for (const char* email : {"anna", "bert"})
    sut.insert(customer, customer_row(sut, Null{}, email, "Lyon"));
  const auto first = sut.site().read_page(customer, std::nullopt, 1);
  REQUIRE(first.size() == 1);
  sut.drop_triggers();
  sut.restore_triggers();
  const Key last = sut.table(customer).key_of(first.back());
  CHECK(sut.site().read_page(customer, last, 1).size() == 1);
}

}  // namespace miroir::test
