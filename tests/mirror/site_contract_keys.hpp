// The contract of a site: keys that have changed hands since they were read. The journal tells.
#pragma once

#include "mirror/taken_over.hpp"
#include "tests/mirror/site_contract_delivery.hpp"

namespace miroir::test {

TEMPLATE_LIST_TEST_CASE("whoever got a key that was deleted is not written, though he is alike",
                        "[site]", SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.erase(customer, key(2));
  shop.sut.insert(customer, shop.bert);
  const AggregateWrite gone = write_of(key(2), {removal_of(shop.sut, customer, shop.bert)});
  CHECK(shop.deliver(customer, {shop.move(shop.bert, "Brest"), shop.move(shop.anna, "Metz")})
            .results == Results{moved, written});
  CHECK(shop.deliver(customer, {gone}, 8).results == Results{moved});
  CHECK(shop.sut.find(customer, key(2)) == shop.bert);
  forget_all(shop.sut);  // Now he was read.
  CHECK(shop.deliver(customer, {shop.move(shop.bert, "Brest")}, 9).results == Results{written});
}

TEMPLATE_LIST_TEST_CASE("a key whose row left it unread is not given to another", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  const auto insert = [&](std::int64_t id) {
    Row row = shop.anna;
    row[at::id] = id;
    row[at::email] = "carl";
    return write_of({}, {insert_of(shop.sut, customer, row)});
  };
  shop.sut.update(customer, key(2), at::id, std::int64_t{9});
  CHECK(shop.deliver(customer, {insert(2), insert(3)}).results == Results{moved, written});
  forget_all(shop.sut);  // Now it is known where he went.
  CHECK(shop.deliver(customer, {insert(2)}, 8).results == Results{written});
}

TEMPLATE_LIST_TEST_CASE("what would refer to whoever got a key meanwhile is not written", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.insert(order, order_row(std::int64_t{6}, 1, ""));
  forget_all(shop.sut);
  shop.sut.erase(customer, key(2));
  shop.sut.insert(customer, shop.bert);
  const auto order_of = [&](std::int64_t id, std::int64_t who) {
    return write_of({}, {insert_of(shop.sut, order, order_row(id, who, ""))});
  };
  const AggregateWrite handed_over =
      write_of(key(6), {update_of(shop.sut, order, order_row(std::int64_t{6}, 1, ""),
                                  {{at::customer_id, std::int64_t{2}}})});
  CHECK(shop.deliver(order, {order_of(7, 2), order_of(8, 1), handed_over}).results ==
        Results{moved, written, moved});
  forget_all(shop.sut);  // Now it is known who he is.
  CHECK(shop.deliver(order, {order_of(7, 2)}, 8).results == Results{written});
}

TEMPLATE_LIST_TEST_CASE("a reference to whoever got a key meanwhile is not overwritten", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  const Row his = order_row(std::int64_t{6}, 2, "");
  shop.sut.insert(order, his);
  forget_all(shop.sut);
  // It is moved away and back, and means somebody else by then.
  shop.sut.update(order, key(6), at::customer_id, std::int64_t{1});
  shop.sut.erase(customer, key(2));
  shop.sut.insert(customer, shop.bert);
  shop.sut.update(order, key(6), at::customer_id, std::int64_t{2});
  const AggregateWrite to_her =
      write_of(key(6), {update_of(shop.sut, order, his, {{at::customer_id, std::int64_t{1}}})});
  const AggregateWrite note =
      write_of(key(6), {update_of(shop.sut, order, his, {{at::note, std::string{"soon"}}})});
  const AggregateWrite gone = write_of(key(6), {removal_of(shop.sut, order, his)});
  CHECK(shop.deliver(order, {to_her}).results == Results{moved});
  CHECK(shop.deliver(order, {gone}, 8).results == Results{moved});
  // Where whom it refers to is not written, that stays.
  CHECK(shop.deliver(order, {note}, 9).results == Results{written});
  forget_all(shop.sut);
  Row noted = his;
  noted[at::note] = std::string{"soon"};
  const AggregateWrite again =
      write_of(key(6), {update_of(shop.sut, order, noted, {{at::customer_id, std::int64_t{1}}})});
  CHECK(shop.deliver(order, {again}, 10).results == Results{written});
}

TEMPLATE_LIST_TEST_CASE("who got a key that rows refer to is told, as long as he is not read",
                        "[site]", SitesUnderTest) {
  Shop<TestType> shop;
  Extract orders;
  for (const auto& [id, who] : {std::pair{6, 2}, std::pair{7, 1}, std::pair{8, 9}})
    orders.rows.push_back({order, key(id), order_row(std::int64_t{id}, who, "")});
  const auto told = [&] {
    std::set<Value> keys;
    for (const TakenOver& key :
         keys_taken_over(shop.sut.site(), SiteId::first, order, orders, shop.sut.mapping())) {
      CHECK(key.entity == customer);
      keys.insert(key.raw);
    }
    return keys;
  };
  const auto of = [](std::initializer_list<std::int64_t> keys) {
    return std::set<Value>(keys.begin(), keys.end());
  };
  CHECK(told().empty());
  shop.sut.update(customer, key(1), at::city, std::string{"Metz"});
  CHECK(told().empty());  // She is who she was.
  shop.sut.erase(customer, key(2));
  CHECK(told().empty());
  shop.sut.insert(customer, shop.bert);
  CHECK(told() == of({2}));
  shop.sut.update(customer, key(2), at::id, std::int64_t{9});
  CHECK(told() == of({2, 9}));
  // What of the row was not read does not say whom it refers to.
  orders.rows[0].columns = std::vector<std::size_t>{at::note};
  CHECK(told() == of({9}));
  forget_all(shop.sut);  // Now they were read.
  CHECK(told().empty());
}

// What it was refused for; "" if it was not.
template <class Sut>
std::string refusal_of(Shop<Sut>& shop, EntityId entity, std::vector<AggregateWrite> writes) {
  try {
    shop.deliver(entity, std::move(writes));
  } catch (const DbError& error) {
    CHECK(error.recovery() == Recovery::refused);
    return error.what();
  }
  return "";
}

TEMPLATE_LIST_TEST_CASE("a row that the site leaves out is refused with its whole batch", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  if (!shop.sut.has_dropping_trigger()) return;
  shop.sut.add_dropping_trigger();
  const auto write = [&](const std::string& thing) {
    return write_of(document_key("W1"),
                    {insert_of(shop.sut, document, document_row("W1", "new")),
                     insert_of(shop.sut, document_line, document_line_row("W1", 10'000, "cork")),
                     insert_of(shop.sut, document_line, document_line_row("W1", 20'000, thing))});
  };
  const auto line = [&](const std::string& item) {
    return write_of(key(5), {insert_of(shop.sut, order_line,
                                       line_row(shop.sut, Null{}, std::int64_t{5}, 3, item))});
  };
  CHECK_THAT(refusal_of(shop, document, {write("nothing")}),
             Catch::Contains("document line") && Catch::Contains("'Line No_'"));
  CHECK(refusal_of(shop, order, {line("nothing")}) != "");
  CHECK_FALSE(shop.sut.find(document, document_key("W1")));
  CHECK_FALSE(shop.sut.find(document_line, document_line_key("W1", 10'000)));
  CHECK(shop.sut.journal_rows() == 0);
  CHECK(refusal_of(shop, document, {write("bung")}) == "");
  CHECK(shop.deliver(order, {line("beer")}, 8).results == Results{written});
}

TEMPLATE_LIST_TEST_CASE("a row that the site gives another key is refused", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.add_renaming_trigger();
  const auto write = [&](const std::string& no) {
    return write_of({}, {insert_of(shop.sut, document, document_row(no, "new"))});
  };
  CHECK_THAT(refusal_of(shop, document, {write("W1"), write("w2")}),
             Catch::Contains("document") && Catch::Contains("'No_'"));
  CHECK_FALSE(shop.sut.find(document, document_key("W1")));
  CHECK_FALSE(shop.sut.find(document, document_key("W2")));
  CHECK(shop.sut.journal_rows() == 0);
  CHECK(refusal_of(shop, document, {write("W1")}) == "");
}

}  // namespace miroir::test
