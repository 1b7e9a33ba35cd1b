// One customer at a site, and the batch that moves her: for tests of what becomes of a batch whose
// client or connection is lost on the way. For every site under test.
#pragma once

#include <poll.h>

#include <string>

#include "tests/mirror/site_under_test.hpp"

namespace miroir::test {

inline Batch move_anna(const std::string& city) {
  Row expected(6, Null{}), given(6, Null{});
  expected[at::city] = "Lyon";
  given[at::city] = city;
  RowChange change{RecordId{1}, customer, WriteOp::update, {std::int64_t{1}},
                   {at::city},  expected, given,           {at::city}};
  return {
      BatchId{7}, CycleNumber{2}, "store", customer, {{RecordId{1}, {std::int64_t{1}}, {change}}},
      {}};
}

template <class Sut>
void add_anna(Sut& sut) {
  sut.site().claim({"store", CycleNumber{1}});
  sut.insert(customer, {std::int64_t{1}, "anna", "Lyon", Null{}, std::int64_t{0}, sut.amount("0")});
  sut.forget(customer, {{std::int64_t{1}}});
}

template <class Sut>
Value city_of_anna(Sut& sut) {
  return sut.find(customer, {std::int64_t{1}}).value().at(at::city);
}

// For ten seconds at most.
template <class Condition>
bool wait_for(const Condition& condition) {
  for (int i = 0; i < 200; ++i) {
    if (condition()) return true;
    poll(nullptr, 0, 50);
  }
  return false;
}

}  // namespace miroir::test
