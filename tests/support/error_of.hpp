// The DbError that something must throw, for a test to look at.
#pragma once

#include <catch2/catch.hpp>
#include <stdexcept>

#include "connectors/errors.hpp"

namespace miroir::test {

template <class Action>
DbError error_of(const Action& action) {
  try {
    action();
  } catch (const DbError& error) {
    return error;
  }
  FAIL("no DbError was thrown");
  throw std::logic_error{"unreachable"};
}

}  // namespace miroir::test
