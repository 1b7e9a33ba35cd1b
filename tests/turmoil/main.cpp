// turmoil: the driver of tests/chaos, which starts the servers and makes the line for it.
#include <CLI/CLI.hpp>
#include <iostream>

#include "tests/support/site_user.hpp"
#include "tests/turmoil/arena.hpp"

namespace {

using namespace miroir::turmoil;
using miroir::test::Pair;

struct Wanted {
  Plan plan;
  std::string logs, namespace_name, router, state;
  bool own_disk = false;
  std::array<std::string, 2> pid_files, addresses;
};

void add_options(CLI::App& app, Wanted& wanted) {
  const std::map<std::string, Pair::Kind> pairs{{"postgres-mariadb", Pair::postgres_mariadb},
                                                {"postgres-sqlite", Pair::postgres_sqlite},
                                                {"postgres-postgres", Pair::postgres_postgres}};
  app.add_option("--pair", wanted.plan.pair)->transform(CLI::CheckedTransformer(pairs))->required();
  app.add_option("--minutes", wanted.plan.minutes)->check(CLI::Range(0.05, 10'000.0));
  app.add_option("--seed", wanted.plan.seed);
  app.add_option("--logs", wanted.logs, "a folder that exists")->required();
  app.add_option("--state", wanted.state, "the folder for miroir's state")->required();
  app.add_flag("--own-disk", wanted.own_disk, "that folder is a small disk of its own");
  app.add_option("--shop-pid-file", wanted.pid_files[0])->required();
  app.add_option("--erp-pid-file", wanted.pid_files[1], "none: a file has no server");
  app.add_option("--namespace", wanted.namespace_name, "miroir's; none: a relay is the line");
  app.add_option("--router", wanted.router);
  app.add_option("--shop-address", wanted.addresses[0]);
  app.add_option("--erp-address", wanted.addresses[1]);
}

bool answers(const miroir::test::SiteDatabase& site) {
  try {
    miroir::test::SiteUser{site}.run("SELECT 1");
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

bool run_as(const Wanted& wanted) {
  const auto line = wanted.namespace_name.empty()
                        ? relayed_line()
                        : routed_line(wanted.namespace_name, wanted.router, wanted.addresses);
  Disk disk{wanted.state, wanted.own_disk};
  Pair pair{wanted.plan.pair, Pair::bare};
  Surroundings around{
      .sites = {&pair.shop(), &pair.erp()}, .servers = {}, .line = line.get(), .disk = &disk};
  for (const Side side : both_sides) {
    const std::string& pid_file = wanted.pid_files[index(side)];
    if (pid_file.empty()) continue;
    around.servers[index(side)].emplace(
        pid_file, wanted.plan.logs / (std::string{name_of(side)} + ".log"),
        [&site = *around.sites[index(side)]] { return answers(site); });
  }
  return run(wanted.plan, pair, around);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Turmoil around a pair of real databases; see tests/chaos."};
  Wanted wanted;
  add_options(app, wanted);
  CLI11_PARSE(app, argc, argv);
  wanted.plan.logs = wanted.logs;
  try {
    return run_as(wanted) ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "turmoil: " << error.what() << '\n';
    return 1;
  }
}
