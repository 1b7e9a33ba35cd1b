// A whole run on one pair: its world, the storm, the healing, the verdict.
#pragma once

#include <filesystem>
#include <string>

#include "tests/support/pair.hpp"
#include "tests/turmoil/troubles.hpp"

namespace miroir::turmoil {

struct Plan {
  test::Pair::Kind pair = test::Pair::postgres_mariadb;
  double minutes = 1;
  std::uint64_t seed = 1;
  std::filesystem::path logs;  // Exists; everything that happens is written there.
};

// True if every promise was kept, and enough happened to say so. Prints a table, and every
// complaint.
bool run(const Plan& plan, test::Pair& pair, Surroundings& around);

// The world that all begins with, in the shop; then miroir is installed and both sites meet.
void furnish_and_seed(test::Pair& pair, const Surroundings& around, Book& book);

}  // namespace miroir::turmoil
