// The contract of Site, second half: guarded delivery and settling. See site_contract.hpp.
#pragma once

#include "tests/mirror/site_contract.hpp"

namespace miroir::test {

inline RowChange update_of(const SiteUnderTest& sut, EntityId entity, const Row& expected,
                           const std::map<std::size_t, Value>& given) {
  RowChange change{RecordId{1},
                   entity,
                   WriteOp::update,
                   sut.table(entity).key_of(expected),
                   {},
                   Row(expected.size(), Null{}),
                   Row(expected.size(), Null{})};
  for (const auto& [column, value] : given) {
    change.columns.push_back(column);
    change.given[column] = value;
    if (sut.table(entity).columns[column].counter) continue;
    change.expected[column] = expected[column];
    change.compared.push_back(column);
  }
  return change;
}
inline RowChange insert_of(const SiteUnderTest& sut, EntityId entity, const Row& given) {
  return {RecordId{1}, entity, WriteOp::insert, sut.table(entity).key_of(given), {}, {}, given};
}
inline RowChange removal_of(const SiteUnderTest& sut, EntityId entity, const Row& expected) {
  return {RecordId{1}, entity, WriteOp::remove, sut.table(entity).key_of(expected), {},
          expected,    {}};
}
inline AggregateWrite write_of(const Key& root, std::vector<RowChange> rows) {
  return {RecordId{1}, root, std::move(rows)};
}
inline Batch batch_of(std::int64_t id, EntityId entity, std::vector<AggregateWrite> writes) {
  return {BatchId{id}, CycleNumber{3}, "store", entity, std::move(writes), std::nullopt};
}
inline Decimal exactly(const std::string& text) { return parse_decimal(text).value(); }

// Anna (1) and Bert (2), Anna's order with two lines, and nothing in the journal.
template <class Sut>
struct Shop {
  Shop() {
    sut.site().claim({"store", CycleNumber{1}});
    anna = customer_row(sut, std::int64_t{1}, "anna", "Lyon");
    bert = customer_row(sut, std::int64_t{2}, "bert", Null{});
    bought = order_row(std::int64_t{5}, 1, "gift");
    wine = line_row(sut, std::int64_t{50}, std::int64_t{5}, 1, "wine");
    glass = line_row(sut, std::int64_t{51}, std::int64_t{5}, 2, "glass");
    sut.insert(customer, anna);
    sut.insert(customer, bert);
    sut.insert(order, bought);
    sut.insert(order_line, wine);
    sut.insert(order_line, glass);
    forget_all(sut);
  }
  Delivered deliver(EntityId entity, std::vector<AggregateWrite> writes, std::int64_t id = 7) {
    return sut.site().deliver(batch_of(id, entity, std::move(writes)));
  }
  AggregateWrite move(const Row& who, const Value& city) {
    return write_of(sut.table(customer).key_of(who),
                    {update_of(sut, customer, who, {{at::city, city}})});
  }
  // Whether it ends so; then the line is opened again, as the engine does.
  template <class Work>
  bool is_in_doubt(const Work& work) {
    try {
      work();
    } catch (const DbError& error) {
      sut.site().connect();
      return error.recovery() == Recovery::in_doubt;
    }
    return false;
  }
  Value stored(EntityId entity, std::int64_t id, std::size_t column) {
    return sut.find(entity, key(id)).value().at(column);
  }
  Sut sut;
  Row anna, bert, bought, wine, glass;
};
using Results = std::vector<WriteResult>;
inline constexpr WriteResult written = WriteResult::written;
inline constexpr WriteResult moved = WriteResult::moved;

TEMPLATE_LIST_TEST_CASE("a delivered update is stored, and leaves no echo in the journal", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  const Delivered done =
      shop.deliver(customer, {shop.move(shop.anna, "Metz"), shop.move(shop.bert, "Brest")});
  CHECK(done.results == Results{written, written});
  CHECK_FALSE(done.voided);
  CHECK(done.keys.empty());
  CHECK(done.otherwise.empty());
  Row expected = shop.anna;
  expected[at::city] = "Metz";
  CHECK(shop.sut.find(customer, key(1)) == expected);
  CHECK(shop.stored(customer, 2, at::city) == Value{"Brest"});
  CHECK(shop.sut.journal_rows() == 0);
  CHECK(shop.sut.site().take_census().mark.cycle == CycleNumber{3});
}

TEMPLATE_LIST_TEST_CASE("writes of different columns share a batch", "[site]", SitesUnderTest) {
  Shop<TestType> shop;
  const Delivered done =
      shop.deliver(customer, {shop.move(shop.anna, Null{}),
                              write_of(key(2), {update_of(shop.sut, customer, shop.bert,
                                                          {{at::email, "b@x"}, {at::city, ""}})})});
  CHECK(done.results == Results{written, written});
  CHECK(shop.stored(customer, 1, at::city) == Value{Null{}});
  CHECK(shop.stored(customer, 1, at::email) == Value{"anna"});
  CHECK(shop.stored(customer, 2, at::email) == Value{"b@x"});
  CHECK(shop.stored(customer, 2, at::city) == Value{""});
}

TEMPLATE_LIST_TEST_CASE(
    "what a user changed meanwhile is not overwritten, however small the change", "[site]",
    SitesUnderTest) {
  Shop<TestType> shop;
  const auto meanwhile = GENERATE(values<Value>({"Nancy", "LYON", "Lyon ", "", Null{}}));
  shop.sut.update(customer, key(1), at::city, meanwhile);
  const Delivered done =
      shop.deliver(customer, {shop.move(shop.anna, "Metz"), shop.move(shop.bert, "Brest")});
  CHECK(done.results == Results{moved, written});
  CHECK(shop.stored(customer, 1, at::city) == meanwhile);
  CHECK(shop.stored(customer, 2, at::city) == Value{"Brest"});
  CHECK(listed(shop.sut.site(), customer) == Keys{key(1)});
}

TEMPLATE_LIST_TEST_CASE("a change of a column that is not written stands in nobody's way", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.update(customer, key(1), at::email, "anna@x");
  CHECK(shop.deliver(customer, {shop.move(shop.anna, "Metz")}).results == Results{written});
  CHECK(shop.stored(customer, 1, at::email) == Value{"anna@x"});
  CHECK(shop.sut.journal_rows() == 1);
}

TEMPLATE_LIST_TEST_CASE("what is only compared is guarded, and not written", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  RowChange change = update_of(shop.sut, customer, shop.anna, {{at::city, "Metz"}});
  change.compared = {at::email};
  change.expected[at::email] = shop.anna[at::email];
  const std::string meanwhile = GENERATE("anna", "Anna");
  shop.sut.update(customer, key(1), at::email, meanwhile);
  const Results expected{meanwhile == "anna" ? written : moved};
  CHECK(shop.deliver(customer, {write_of(key(1), {change})}).results == expected);
  CHECK(shop.stored(customer, 1, at::email) == Value{meanwhile});
}

TEMPLATE_LIST_TEST_CASE("an aggregate with one line that moved is not written at all", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.update(order_line, key(51), at::item, "cup");
  const Delivered done = shop.deliver(
      order,
      {write_of(key(5), {update_of(shop.sut, order, shop.bought, {{at::note, "none"}}),
                         update_of(shop.sut, order_line, shop.wine, {{at::item, "beer"}}),
                         update_of(shop.sut, order_line, shop.glass, {{at::item, "mug"}}),
                         insert_of(shop.sut, order_line,
                                   line_row(shop.sut, Null{}, std::int64_t{5}, 3, "new"))})});
  CHECK(done.results == Results{moved});
  CHECK(done.keys.empty());
  CHECK(shop.stored(order, 5, at::note) == Value{"gift"});
  CHECK(shop.stored(order_line, 50, at::item) == Value{"wine"});
  CHECK(shop.sut.journal_rows() == 1);
}

TEMPLATE_LIST_TEST_CASE("a row that another transaction holds is busy, and the others are written",
                        "[site]", SitesUnderTest) {
  Shop<TestType> shop;
  if (!shop.sut.has_row_locks())
    return;  // One writer at a time: there the batch waits, or fails as a whole.
  shop.sut.lock(customer, key(1));
  const Delivered done =
      shop.deliver(customer, {shop.move(shop.anna, "Metz"), shop.move(shop.bert, "Brest")});
  shop.sut.unlock();
  CHECK(done.results == Results{WriteResult::busy, written});
  CHECK(shop.stored(customer, 1, at::city) == Value{"Lyon"});
  CHECK(shop.deliver(customer, {shop.move(shop.anna, "Metz")}, 8).results == Results{written});
}

TEMPLATE_LIST_TEST_CASE("generated keys are learnt and handed to the parts", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  const auto basket = [&](const std::string& note) {
    return write_of(
        {}, {insert_of(shop.sut, order, order_row(Null{}, 2, note)),
             insert_of(shop.sut, order_line, line_row(shop.sut, Null{}, Null{}, 1, note + " 1")),
             insert_of(shop.sut, order_line, line_row(shop.sut, Null{}, Null{}, 2, note + " 2"))});
  };
  const Delivered done = shop.deliver(order, {basket("first"), basket("second")});
  CHECK(done.results == Results{written, written});
  CHECK(done.otherwise.empty());
  REQUIRE(done.keys.size() == 6);
  std::map<std::pair<std::size_t, std::size_t>, Key> learnt;
  for (const LearntKey& one : done.keys) learnt[{one.write, one.row}] = one.key;
  const Key second = learnt.at({1, 0});
  CHECK(learnt.at({0, 0}) != second);
  CHECK(shop.sut.find(order, second) == order_row(second[0], 2, "second"));
  const Key line = learnt.at({1, 2});
  CHECK(shop.sut.find(order_line, line) == line_row(shop.sut, line[0], second[0], 2, "second 2"));
  CHECK(shop.sut.journal_rows() == 0);
  // What the database hands out to a user afterwards is another key.
  const Key next = shop.sut.insert(order, order_row(Null{}, 2, "next"));
  for (const auto& [where, one] : learnt) CHECK((where.second != 0 || one != next));
}

TEMPLATE_LIST_TEST_CASE("a key that miroir names is inserted as given, unless it is taken",
                        "[site]", SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.insert(document, document_row("W1", "taken"));
  const auto write = [&](const std::string& no) {
    return write_of(document_key(no),
                    {insert_of(shop.sut, document, document_row(no, "new")),
                     insert_of(shop.sut, document_line, document_line_row(no, 10'000, "cork"))});
  };
  const Delivered done = shop.deliver(document, {write("W1"), write("W2")});
  CHECK(done.results == Results{moved, written});
  CHECK(done.keys.empty());
  CHECK(shop.sut.find(document, document_key("W1")) == document_row("W1", "taken"));
  CHECK_FALSE(shop.sut.find(document_line, document_line_key("W1", 10'000)));
  CHECK(shop.sut.find(document_line, document_line_key("W2", 10'000)));
  forget_all(shop.sut);  // Nobody has just written it.
  CHECK(shop.deliver(document, {write("W1"), write("W3")}, 8).results ==
        Results{WriteResult::taken, written});
}

TEMPLATE_LIST_TEST_CASE("a line whose number is taken has moved, unless the write itself frees it",
                        "[site]", SitesUnderTest) {
  Shop<TestType> shop;
  const RowChange beer =
      insert_of(shop.sut, order_line, line_row(shop.sut, Null{}, std::int64_t{5}, 1, "beer"));
  CHECK(shop.deliver(order, {write_of(key(5), {beer})}).results == Results{moved});
  const Delivered done = shop.deliver(
      order, {write_of(key(5), {removal_of(shop.sut, order_line, shop.wine), beer})}, 8);
  CHECK(done.results == Results{written});
  REQUIRE(done.keys.size() == 1);
  CHECK(done.keys[0].row == 1);
  CHECK_FALSE(shop.sut.find(order_line, key(50)));
  CHECK(shop.sut.journal_rows() == 0);

  shop.sut.insert(document, document_row("W1", ""));
  shop.sut.insert(document_line, document_line_row("W1", 10'000, "cork"));
  forget_all(shop.sut);
  const RowChange bung =
      insert_of(shop.sut, document_line, document_line_row("W1", 10'000, "bung"));
  CHECK(shop.deliver(document, {write_of(document_key("W1"), {bung})}, 9).results ==
        Results{moved});
  const RowChange cork =
      removal_of(shop.sut, document_line, document_line_row("W1", 10'000, "cork"));
  CHECK(shop.deliver(document, {write_of(document_key("W1"), {cork, bung})}, 10).results ==
        Results{written});
  CHECK(shop.sut.find(document_line, document_line_key("W1", 10'000)) ==
        document_line_row("W1", 10'000, "bung"));
}

TEMPLATE_LIST_TEST_CASE("a part whose root has gone has moved", "[site]", SitesUnderTest) {
  Shop<TestType> shop;
  const RowChange cork =
      insert_of(shop.sut, document_line, document_line_row("W1", 10'000, "cork"));
  CHECK(shop.deliver(document, {write_of(document_key("W1"), {cork})}).results == Results{moved});
  CHECK_FALSE(shop.sut.find(document_line, document_line_key("W1", 10'000)));
}

TEMPLATE_LIST_TEST_CASE("a counter travels as an increment while a user changes it", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.update(customer, key(1), at::points, std::int64_t{7});
  const Delivered done =
      shop.deliver(customer, {write_of(key(1), {update_of(shop.sut, customer, shop.anna,
                                                          {{at::points, exactly("-2")},
                                                           {at::credit, exactly("0.25")}})})});
  CHECK(done.results == Results{written});
  CHECK(done.otherwise.empty());
  CHECK(shop.stored(customer, 1, at::points) == Value{std::int64_t{5}});
  CHECK(shop.stored(customer, 1, at::credit) == shop.sut.amount("5.25"));
  CHECK(shop.sut.journal_rows() == 1);
}

TEMPLATE_LIST_TEST_CASE("a counter that was never written counts as zero", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.update(customer, key(1), at::points, Null{});
  const Delivered done = shop.deliver(
      customer,
      {write_of(key(1), {update_of(shop.sut, customer, shop.anna, {{at::points, exactly("3")}})})});
  CHECK(done.results == Results{written});
  CHECK(done.otherwise.empty());
  CHECK(shop.stored(customer, 1, at::points) == Value{std::int64_t{3}});
}

TEMPLATE_LIST_TEST_CASE("what the site stored otherwise is reported", "[site]", SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.add_capitals_trigger();
  const Delivered done = shop.deliver(
      customer, {shop.move(shop.bert, "BREST"), shop.move(shop.anna, "Metz"),
                 write_of({}, {insert_of(shop.sut, customer,
                                         customer_row(shop.sut, Null{}, "carl", "Nice"))})});
  CHECK(done.results == Results{written, written, written});
  REQUIRE(done.otherwise.size() == 2);
  const bool in_order = done.otherwise[0].write == 1;
  const StoredOtherwise& update = done.otherwise[in_order ? 0 : 1];
  const StoredOtherwise& insert = done.otherwise[in_order ? 1 : 0];
  CHECK(update.write == 1);
  CHECK(update.row == 0);
  CHECK(update.stored.at(at::city) == Value{"METZ"});
  CHECK(insert.write == 2);
  CHECK(insert.stored.at(at::city) == Value{"NICE"});
  CHECK(insert.stored.at(at::email) == Value{"carl"});
  CHECK(insert.stored.at(at::points) == Value{std::int64_t{10}});
  CHECK(shop.sut.journal_rows() == 0);
}

TEMPLATE_LIST_TEST_CASE("a column that the site's trigger changed in our row stays journaled",
                        "[site]", SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.add_mark_trigger();
  CHECK(shop.deliver(customer, {shop.move(shop.anna, "Metz")}).results == Results{written});
  CHECK(listed(shop.sut.site(), customer) == Keys{key(1)});
  const auto rows = rows_of(shop.sut.site().extract({customer, {key(1)}, {}}));
  CHECK(rows.at({customer, key(1)})->at(at::seen_by) == Value{"seen"});
}

TEMPLATE_LIST_TEST_CASE("another row that the site's trigger changed is journaled with our origin",
                        "[site]", SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.add_points_trigger();
  const Delivered done = shop.deliver(
      order, {write_of(key(5), {insert_of(shop.sut, order_line,
                                          line_row(shop.sut, Null{}, std::int64_t{5}, 3, "x"))})});
  CHECK(done.results == Results{written});
  CHECK(listed(shop.sut.site(), order).empty());
  CHECK(listed(shop.sut.site(), customer) == Keys{key(1)});
  const Extract extract = shop.sut.site().extract({customer, {key(1)}, {}});
  REQUIRE(extract.journal.size() == 1);
  CHECK(rows_of(extract).at({customer, key(1)})->at(at::points) == Value{std::int64_t{9}});
  CHECK(shop.sut.site().take_census().entities.empty());  // Users journaled nothing.
}

TEMPLATE_LIST_TEST_CASE(
    "another row of the table that we write, changed by the site's trigger, stays "
    "journaled",
    "[site]", SitesUnderTest) {
  Shop<TestType> shop;
  if (!shop.sut.has_neighbour_trigger()) return;
  shop.sut.add_neighbour_trigger();
  CHECK(shop.deliver(customer, {shop.move(shop.anna, "Metz")}).results == Results{written});
  CHECK(shop.stored(customer, 2, at::city) == Value{"next door"});
  CHECK(listed(shop.sut.site(), customer) == Keys{key(2)});
}

TEMPLATE_LIST_TEST_CASE("a row that the site refuses leaves nothing of its batch", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.add_refusing_trigger();
  const Row bad = customer_row(shop.sut, Null{}, "!", "Lyon");
  bool refused = false;
  try {
    shop.deliver(customer, {shop.move(shop.anna, "Metz"),
                            write_of({}, {insert_of(shop.sut, customer, bad)})});
  } catch (const DbError& error) {
    refused = error.recovery() == Recovery::refused;
  }
  CHECK(refused);
  CHECK(shop.stored(customer, 1, at::city) == Value{"Lyon"});
  CHECK(shop.sut.journal_rows() == 0);
  CHECK(shop.deliver(customer, {shop.move(shop.anna, "Metz")}).results ==
        Results{written});  // No marker stayed.
}

}  // namespace miroir::test
