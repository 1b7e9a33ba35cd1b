// The contract of Site, third part: removals, markers and settling. See site_contract.hpp.
#pragma once

#include "tests/mirror/site_contract_delivery.hpp"

namespace miroir::test {

TEMPLATE_LIST_TEST_CASE("an aggregate is removed with the parts that are known", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  const Delivered done =
      shop.deliver(order, {write_of(key(5), {removal_of(shop.sut, order, shop.bought),
                                             removal_of(shop.sut, order_line, shop.wine),
                                             removal_of(shop.sut, order_line, shop.glass)})});
  CHECK(done.results == Results{written});
  CHECK_FALSE(shop.sut.find(order, key(5)));
  CHECK_FALSE(shop.sut.find(order_line, key(50)));
  CHECK(shop.sut.journal_rows() == 0);
}

TEMPLATE_LIST_TEST_CASE("a root with a part that is not known is not removed", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  const Delivered done =
      shop.deliver(order, {write_of(key(5), {removal_of(shop.sut, order, shop.bought),
                                             removal_of(shop.sut, order_line, shop.wine)})});
  CHECK(done.results == Results{moved});
  CHECK(shop.sut.find(order, key(5)));
  CHECK(shop.sut.find(order_line, key(50)));
  CHECK(shop.sut.find(order_line, key(51)));
}

TEMPLATE_LIST_TEST_CASE("a row that another refers to is not removed", "[site]", SitesUnderTest) {
  Shop<TestType> shop;
  const Delivered done =
      shop.deliver(customer, {write_of(key(1), {removal_of(shop.sut, customer, shop.anna)}),
                              write_of(key(2), {removal_of(shop.sut, customer, shop.bert)})});
  CHECK(done.results == Results{moved, written});
  CHECK(shop.sut.find(customer, key(1)));
  CHECK_FALSE(shop.sut.find(customer, key(2)));
  CHECK(shop.sut.journal_rows() == 0);
}

TEMPLATE_LIST_TEST_CASE("a removal's guard is the whole row, counters included", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  SECTION("a text that changed") { shop.sut.update(customer, key(2), at::city, ""); }
  SECTION("a counter that changed") {
    shop.sut.update(customer, key(2), at::points, std::int64_t{11});
  }
  const Delivered done =
      shop.deliver(customer, {write_of(key(2), {removal_of(shop.sut, customer, shop.bert)})});
  CHECK(done.results == Results{moved});
  CHECK(shop.sut.find(customer, key(2)));
}

TEMPLATE_LIST_TEST_CASE("a row that has gone cannot be updated or removed", "[site]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.erase(customer, key(2));
  CHECK(shop.deliver(customer, {shop.move(shop.bert, "Brest")}).results == Results{moved});
  CHECK(shop.deliver(customer, {write_of(key(2), {removal_of(shop.sut, customer, shop.bert)})}, 8)
            .results == Results{moved});
  CHECK_FALSE(shop.sut.find(customer, key(2)));
}

TEMPLATE_LIST_TEST_CASE("a batch that was voided never happens", "[site][settle]", SitesUnderTest) {
  Shop<TestType> shop;
  CHECK(shop.sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::never);
  const Delivered done = shop.deliver(customer, {shop.move(shop.anna, "Metz")});
  CHECK(done.voided);
  CHECK(shop.stored(customer, 1, at::city) == Value{"Lyon"});
  CHECK(shop.sut.journal_rows() == 0);
  CHECK(shop.sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::never);
}

TEMPLATE_LIST_TEST_CASE(
    "settling a batch that happened tells what was lost and which keys were generated",
    "[site][settle]", SitesUnderTest) {
  Shop<TestType> shop;
  shop.sut.update(customer, key(1), at::city, "Nancy");
  const Delivered done = shop.deliver(
      customer, {shop.move(shop.anna, "Metz"),
                 write_of({}, {insert_of(shop.sut, customer,
                                         customer_row(shop.sut, Null{}, "carl", "Nice"))})});
  REQUIRE(done.keys.size() == 1);
  const Settled settled = shop.sut.site().settle(BatchId{7}, CycleNumber{3});
  CHECK(settled.kind == Settled::Kind::happened);
  CHECK(settled.not_written == std::vector<std::size_t>{0});
  REQUIRE(settled.keys.size() == 1);
  CHECK(settled.keys[0].write == 1);
  CHECK(settled.keys[0].row == 0);
  CHECK(settled.keys[0].key == done.keys[0].key);
}

TEMPLATE_LIST_TEST_CASE("a batch sent twice happens once", "[site][settle]", SitesUnderTest) {
  Shop<TestType> shop;
  const auto more = [&] {
    return write_of(key(1),
                    {update_of(shop.sut, customer, shop.anna, {{at::points, exactly("1")}})});
  };
  CHECK(shop.deliver(customer, {more()}).results == Results{written});
  // Its answer was lost, or wrong: nobody may take it for one that was never written.
  CHECK(shop.is_in_doubt([&] { shop.deliver(customer, {more()}); }));
  CHECK(shop.stored(customer, 1, at::points) == Value{std::int64_t{11}});
  CHECK(shop.sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::happened);
}

TEMPLATE_LIST_TEST_CASE("markers of recorded batches are forgotten, void ones never",
                        "[site][settle]", SitesUnderTest) {
  Shop<TestType> shop;
  CHECK(shop.sut.site().settle(BatchId{5}, CycleNumber{3}).kind == Settled::Kind::never);
  CHECK(shop.deliver(customer, {shop.move(shop.anna, "Metz")}, 6).results == Results{written});
  Batch next = batch_of(7, customer, {shop.move(shop.bert, "Brest")});
  next.forget_to = BatchId{6};
  CHECK(shop.sut.site().deliver(next).results == Results{written});
  CHECK(shop.sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::happened);
  // Its marker has gone, so that settling voids it anew; that of the void batch still stands.
  CHECK(shop.sut.site().settle(BatchId{6}, CycleNumber{3}).kind == Settled::Kind::never);
  CHECK(shop.deliver(customer, {shop.move(shop.anna, "Nancy")}, 5).voided);
}

TEMPLATE_LIST_TEST_CASE("an empty batch writes its marker and the site's mark", "[site][settle]",
                        SitesUnderTest) {
  Shop<TestType> shop;
  CHECK(shop.deliver(customer, {}).results.empty());
  CHECK(shop.sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::happened);
  CHECK(shop.sut.site().take_census().mark.cycle == CycleNumber{3});
}

TEMPLATE_LIST_TEST_CASE("a site goes over from a lost store, whose batches can be kept from it",
                        "[site][settle]", SitesUnderTest) {
  Shop<TestType> shop;
  CHECK_FALSE(shop.sut.site().take_over("another", {"new", CycleNumber{0}}));
  CHECK(shop.sut.site().take_census().mark.store == "store");
  CHECK(shop.sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::never);
  CHECK(shop.sut.site().take_over("store", {"new", CycleNumber{0}}));
  CHECK(shop.sut.site().take_census().mark.store == "new");
  CHECK(shop.sut.site().take_census().mark.cycle == CycleNumber{0});
  CHECK(shop.sut.site().take_census().last_batch == BatchId{0});
  CHECK_FALSE(shop.sut.site().claim({"store", CycleNumber{9}}));
  try {
    const Delivered late = shop.deliver(customer, {shop.move(shop.anna, "Metz")});
    CHECK(late.voided);
  } catch (const DbError& error) {
    CHECK(error.recovery() == Recovery::refused);
  }
  CHECK(shop.stored(customer, 1, at::city) == Value{"Lyon"});
  // The new store's numbers are its own.
  Batch next = batch_of(7, customer, {shop.move(shop.anna, "Nancy")});
  next.store = "new";
  CHECK(shop.sut.site().deliver(next).results == Results{written});
}

TEMPLATE_LIST_TEST_CASE("a void marker is forgotten when nobody can have its batch any more",
                        "[site][settle]", SitesUnderTest) {
  Shop<TestType> shop;
  CHECK(shop.sut.site().settle(BatchId{5}, CycleNumber{3}).kind == Settled::Kind::never);
  Batch much_later = batch_of(6, customer, {});
  much_later.cycle = CycleNumber{20'000};
  much_later.forget_to = BatchId{5};
  CHECK(shop.sut.site().deliver(much_later).results.empty());
  CHECK(shop.deliver(customer, {shop.move(shop.anna, "Metz")}, 5).results == Results{written});
}

TEMPLATE_LIST_TEST_CASE("a void marker at a site that was quiet for long is kept as any other",
                        "[site][settle]", SitesUnderTest) {
  Shop<TestType> shop;
  CHECK(shop.sut.site().settle(BatchId{5}, CycleNumber{20'000}).kind == Settled::Kind::never);
  Batch next = batch_of(6, customer, {});
  next.cycle = CycleNumber{20'000};
  next.forget_to = BatchId{5};
  CHECK(shop.sut.site().deliver(next).results.empty());
  CHECK(shop.deliver(customer, {shop.move(shop.anna, "Metz")}, 5).voided);
}

}  // namespace miroir::test
