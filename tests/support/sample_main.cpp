// miroir_sample: prints the SQL that fills, or edits, one site of the sample pair.
#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>
#include <map>
#include <string>

#include "tests/support/sample_sql.hpp"

namespace {

using miroir::sample::Options;
using miroir::sample::Place;
using miroir::sample::SqlDialect;

struct Wanted {
  Options world;
  std::int64_t edits = 0;
  std::int64_t round = 1;
};

void add_options(CLI::App& app, Wanted& wanted) {
  const std::map<std::string, Place> places{{"shop", Place::shop}, {"erp", Place::erp}};
  const std::map<std::string, SqlDialect> dialects{{"postgres", SqlDialect::postgres},
                                                   {"sqlite", SqlDialect::sqlite},
                                                   {"mariadb", SqlDialect::mariadb}};
  app.add_option("--site", wanted.world.place, "shop or erp")
      ->required()
      ->transform(CLI::CheckedTransformer(places));
  app.add_option("--dialect", wanted.world.dialect, "postgres, sqlite, or for the ERP mariadb")
      ->required()
      ->transform(CLI::CheckedTransformer(dialects));
  app.add_option("--customers", wanted.world.customers, "how many")
      ->check(CLI::Range(1, 10'000'000));
  app.add_option("--orders-per-customer", wanted.world.orders_per_customer, "how many")
      ->check(CLI::Range(0, 1'000));
  app.add_option("--products", wanted.world.products, "how many")->check(CLI::Range(1, 999'999));
  app.add_option("--seed", wanted.world.seed, "the same seed gives the same world");
  app.add_option("--edits", wanted.edits, "print this many edits of such a world instead")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--round", wanted.round, "whose edits: every round has its own")
      ->check(CLI::Range(1, 1'000'000));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Prints sample data of the web shop or of the ERP as SQL."};
  Wanted wanted;
  add_options(app, wanted);
  CLI11_PARSE(app, argc, argv);
  std::ios::sync_with_stdio(false);
  if (wanted.edits > 0)
    write_edits(std::cout, wanted.world, wanted.edits, wanted.round);
  else
    write_sample(std::cout, wanted.world);
  std::cout.flush();
  return std::cout ? 0 : 1;
}
