// What the memory site does beyond the contract: faults, and commits that land when nobody waits
// for them any more.
#include <catch2/catch.hpp>

#include "tests/mirror/memory_site_under_test.hpp"

namespace miroir::test {
namespace {

struct OneCustomer {
  OneCustomer() {
    sut.insert(customer, {std::int64_t{1}, "anna", "Lyon", "", std::int64_t{0}, sut.amount("0")});
    site.claim({"store", CycleNumber{1}});
    sut.forget(customer, {{std::int64_t{1}}});
  }
  Batch to(const std::string& city) const {
    Row expected(6, Null{}), given(6, Null{});
    expected[at::city] = "Lyon";
    given[at::city] = city;
    RowChange change{RecordId{1}, customer, WriteOp::update, {std::int64_t{1}},
                     {at::city},  expected, given,           {at::city}};
    return {
        BatchId{7}, CycleNumber{2}, "store", customer, {{RecordId{1}, {std::int64_t{1}}, {change}}},
        {}};
  }
  Value city() const { return site.find(customer, {std::int64_t{1}})->at(at::city); }
  void fail_next(const std::string& call, Fault fault) {
    site.faults = [=](std::string_view name) { return name == call ? fault : Fault::none; };
  }
  MemorySiteUnderTest sut;
  MemorySite& site = sut.site();
};

Recovery deliver_and_fail(MemorySite& site, const Batch& batch) {
  try {
    site.deliver(batch);
  } catch (const DbError& error) {
    return error.recovery();
  }
  FAIL("the delivery did not fail");
  return Recovery::misconfigured;
}

}  // namespace

TEST_CASE("a line cut before a delivery leaves nothing, and every call fails until connect",
          "[memory]") {
  OneCustomer world;
  world.fail_next("deliver", Fault::before);
  CHECK(deliver_and_fail(world.site, world.to("Metz")) == Recovery::reconnect);
  CHECK(world.city() == Value{"Lyon"});
  CHECK_THROWS_AS(world.site.take_census(), DbError);
  world.site.connect();
  CHECK_NOTHROW(world.site.take_census());
}

TEST_CASE("a line cut after a delivery leaves it in doubt, and settling finds it", "[memory]") {
  OneCustomer world;
  world.fail_next("deliver", Fault::after);
  CHECK(deliver_and_fail(world.site, world.to("Metz")) == Recovery::in_doubt);
  CHECK(world.city() == Value{"Metz"});
  world.site.connect();
  CHECK(world.site.settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::happened);
}

TEST_CASE("a stalled delivery holds its rows and stays in doubt until it lands", "[memory]") {
  OneCustomer world;
  world.fail_next("deliver", Fault::stalled);
  CHECK(deliver_and_fail(world.site, world.to("Metz")) == Recovery::in_doubt);
  world.site.connect();
  CHECK(world.site.locked(customer, {std::int64_t{1}}));
  CHECK_THROWS_AS(world.sut.update(customer, {std::int64_t{1}}, at::city, "Nancy"),
                  std::logic_error);
  CHECK(world.site.settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::in_doubt);
  world.site.land();
  CHECK(world.city() == Value{"Metz"});
  CHECK(world.site.settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::happened);
}

TEST_CASE("a queued delivery that was settled before it landed never happens", "[memory]") {
  OneCustomer world;
  world.fail_next("deliver", Fault::queued);
  CHECK(deliver_and_fail(world.site, world.to("Metz")) == Recovery::in_doubt);
  world.site.connect();
  CHECK(world.site.settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::never);
  world.site.land();
  CHECK(world.city() == Value{"Lyon"});
}

TEST_CASE("settling over a line that is cut is in doubt, whether the marker was written or not",
          "[memory]") {
  OneCustomer world;
  world.fail_next("settle", GENERATE(Fault::before, Fault::after));
  CHECK(world.site.settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::in_doubt);
  world.site.faults = nullptr;
  world.site.connect();
  CHECK(world.site.settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::never);
}

TEST_CASE("a transaction that is rolled back leaves neither rows nor journal", "[memory]") {
  OneCustomer world;
  const std::size_t before = world.sut.journal_rows();
  world.site.begin();
  world.sut.update(customer, {std::int64_t{1}}, at::city, "Nancy");
  world.site.rollback();
  CHECK(world.city() == Value{"Lyon"});
  CHECK(world.sut.journal_rows() == before);
}

TEST_CASE("rows of one transaction carry its number", "[memory]") {
  OneCustomer world;
  world.sut.update(customer, {std::int64_t{1}}, at::city, "Metz");
  world.site.begin();
  world.sut.update(customer, {std::int64_t{1}}, at::city, "Nancy");
  world.sut.update(customer, {std::int64_t{1}}, at::email, "a@x");
  world.site.commit();
  const auto& journal = world.site.journal();
  CHECK(journal.rbegin()->second.row.transaction ==
        std::next(journal.rbegin())->second.row.transaction);
  CHECK(journal.rbegin()->second.row.transaction != journal.begin()->second.row.transaction);
}

TEST_CASE("a change that no trigger sees is not journaled", "[memory]") {
  OneCustomer world;
  const std::size_t before = world.sut.journal_rows();
  world.site.set_untriggered(customer, {std::int64_t{1}}, std::nullopt);
  CHECK(world.site.find(customer, {std::int64_t{1}}) == nullptr);
  CHECK(world.sut.journal_rows() == before);
}

}  // namespace miroir::test
