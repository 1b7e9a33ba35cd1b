// A shop and an ERP in two databases of a test's own, the configuration that joins them, and the
// real program:
//
//   Pair pair{Pair::postgres_sqlite};                      // Installed and seeded, with a small
//   world in both. pair.shop().run("UPDATE customer SET city = 'Lyon' WHERE id = 1"); pair.cycle();
//   // Throws unless it is done (exit 0). CHECK(pair.erp().value("SELECT \"City\" ...") == "Lyon");
//   CHECK(pair.differences() == nothing);
//
// Nothing here uses miroir's code: both sides are compared with SQL of the fixture's own.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/process.hpp"
#include "tests/support/site_database.hpp"

namespace miroir::test {

class Pair {
 public:
  // Two PostgreSQL are on one server, or the ERP on that of MIROIR_TEST_POSTGRES_ERP where it is
  // set.
  enum Kind { sqlite_sqlite, postgres_sqlite, postgres_postgres, postgres_mariadb };
  // bare: tables without rows; filled: the small world in the shop; installed: and miroir's
  // journals.
  enum State { bare, filled, installed, seeded };

  explicit Pair(Kind kind, State state = seeded);
  ~Pair();

  SiteDatabase& shop() { return *shop_; }
  SiteDatabase& erp() { return *erp_; }

  // Runs a verb with this pair's --config: verb({"status", "--json"}).
  Ended verb(std::vector<std::string> arguments) const;
  Program program(std::vector<std::string> arguments) const;

  struct Cycle {
    int exit_code = -1;
    nlohmann::json report;  // What --json printed.
    std::string err;
  };
  Cycle try_cycle(std::vector<std::string> arguments = {}) const;
  // One that must be done, or done with questions waiting (`exit_code` 4); throws with what it said
  // otherwise.
  Cycle cycle(int exit_code = 0) const;

  // Cuts the line between miroir and a site ("shop", "erp"), and mends it; the site's users notice
  // nothing.
  void cut(const std::string& site);
  void redirect(const std::string& site, int port);
  void mend(const std::string& site);

  // From now on the program is started by this command: in a network namespace, under a limit.
  void start_by(std::vector<std::string> command) { starter_ = std::move(command); }

  // What differs between the sides, converted and compared by SQL of its own; empty: nothing.
  std::vector<std::string> differences();
  // Both databases with schema and rows; see changes().
  std::string dump() { return shop_->dump() + erp_->dump(); }

  std::filesystem::path folder() const { return folder_; }
  std::filesystem::path config_file() const { return folder_ / "miroir.json"; }
  std::filesystem::path mapping_file() const { return folder_ / "mapping.json"; }
  std::filesystem::path state_file() const { return folder_ / "state.db"; }

  // The configuration as it stands; write_config() replaces it.
  nlohmann::json config() const;
  void write_config(const nlohmann::json& config) const;
  // Replaces a text of the mapping file, which must be there, and gives miroir's accounts what they
  // need for it.
  void edit_mapping(const std::string& from, const std::string& to);
  // Makes miroir's accounts at both sites, by what `install --print-roles` prints. Again: gives them
  // what they lack, after tables or columns were made anew.
  void make_accounts();

 private:
  SiteDatabase& at(const std::string& site) { return site == "shop" ? *shop_ : *erp_; }

  std::vector<std::string> starter_;
  std::filesystem::path folder_;
  std::unique_ptr<SiteDatabase> shop_, erp_;
};

// One side, to whoever compares: what Pair::differences() asks of both.
struct ComparedSite {
  std::string dialect;
  std::function<std::vector<std::string>(const std::string& query)> rows;
};
std::vector<std::string> differences_between(const ComparedSite& shop, const ComparedSite& erp);

inline const std::vector<std::string>
    nothing{};  // CHECK(pair.differences() == nothing) prints what there is.

// The lines that stand in one dump only, as "- ..." and "+ ...": empty, nothing was changed.
std::vector<std::string> changes(const std::string& before, const std::string& after);

// The words of the test, as a name for messages.
std::string name_of(Pair::Kind kind);

}  // namespace miroir::test
