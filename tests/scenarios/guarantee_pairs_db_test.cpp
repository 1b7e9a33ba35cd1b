#include "tests/scenarios/guarantee_pairs.hpp"

std::vector<miroir::test::Pair::Kind> miroir::test::pairs_under_test() {
  return {Pair::postgres_sqlite, Pair::postgres_postgres, Pair::postgres_mariadb};
}
