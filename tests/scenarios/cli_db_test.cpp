// The program against a real PostgreSQL server, which MIROIR_TEST_POSTGRES names.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <random>

#include "tests/scenarios/install_story.hpp"
#include "tests/support/pair.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

// A role that the server lets in by its password only, for as long as the object lives. The server
// is shared with other tests: only rules that name this role, which nobody else has, are ever added
// or removed.
class RoleWithPassword {
 public:
  explicit RoleWithPassword(SiteDatabase& database)
      : database_{database}, name_{"miroir_clerk_" + std::to_string(std::random_device{}())} {
    database_.administer("CREATE ROLE " + name_ + " LOGIN PASSWORD 'right'");
    database_.administer("GRANT CONNECT ON DATABASE " +
                         database_.value("SELECT current_database()") + " TO " + name_);
    file_ = database_.value("SHOW hba_file");
    write_rules(
        {"local all " + name_ + " scram-sha-256", "host all " + name_ + " all scram-sha-256"});
  }
  ~RoleWithPassword() {
    write_rules({});
    database_.administer("DROP OWNED BY " + name_ + "; DROP ROLE " + name_);
  }
  RoleWithPassword(const RoleWithPassword&) = delete;
  RoleWithPassword& operator=(const RoleWithPassword&) = delete;
  const std::string& name() const { return name_; }

 private:
  // Read here before it is written: COPY empties the file before its query would read it.
  void write_rules(std::vector<std::string> rules) {
    for (std::string& rule : database_.rows("SELECT regexp_split_to_table(rtrim(pg_read_file('" +
                                            file_ + "'), E'\\n'), E'\\n')")) {
      if (!says(rule, name_)) rules.push_back(std::move(rule));
    }
    std::string values;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      values += (i == 0 ? "(" : ", (") + std::to_string(i) + ", $rule$" + rules[i] + "$rule$)";
    }
    database_.administer("COPY (SELECT rule FROM (VALUES " + values +
                  ") AS rules (n, rule) ORDER BY n) TO '" + file_ + "'");
    database_.administer("SELECT pg_reload_conf()");
    ::usleep(300'000);  // The reload is a signal: nothing tells when it has been obeyed.
  }

  SiteDatabase& database_;
  std::string name_, file_;
};

}  // namespace

TEST_CASE("installing twice on PostgreSQL changes nothing the second time", "[cli][install]") {
  installing_twice_changes_nothing(Pair::postgres_postgres);
}

TEST_CASE("uninstalling from PostgreSQL leaves no trace", "[cli][install]") {
  uninstalling_leaves_no_trace(Pair::postgres_postgres);
}

TEST_CASE("uninstalling from servers takes away what was mirrored before", "[cli][install]") {
  for (const Pair::Kind kind : {Pair::postgres_postgres, Pair::postgres_mariadb})
    uninstalling_takes_what_was_mirrored_before(kind);
  printing_takes_what_was_mirrored_before(Pair::postgres_postgres);
}

TEST_CASE("printing for PostgreSQL shows the SQL and does nothing", "[cli][install]") {
  printing_does_nothing(Pair::postgres_postgres);
}

TEST_CASE("a small world is the same on both sides after seed, whatever the databases",
          "[cli][seed]") {
  for (const Pair::Kind kind : {Pair::postgres_sqlite, Pair::postgres_postgres}) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    CHECK(pair.differences() == nothing);
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Sales Line")") == "4");
    const json report = pair.cycle().report;
    CHECK(report.at("delivered") == json{{"shop", 0}, {"erp", 0}});
    CHECK(pair.verb({"check"}).exit_code == 0);
  }
}

TEST_CASE("a wrong password is said as such, and never shown", "[cli][config]") {
  Pair pair{Pair::postgres_sqlite, Pair::filled};
  const RoleWithPassword role{pair.shop()};
  json config = pair.config();
  config["sites"]["shop"]["connection"] = pair.shop().connection() + " user=" + role.name();
  config["sites"]["shop"]["password_env"] = "MIROIR_SHOP_PASSWORD";
  config["sites"]["shop"].erase("installer");
  pair.write_config(config);
  const std::string before = pair.dump();
  for (const std::string verb : {"check", "install", "seed"}) {
    Program program = pair.program({verb});
    program.environment["MIROIR_SHOP_PASSWORD"] = "geheim ' \\ ";
    const Ended ended = run_program(program);
    CAPTURE(verb, ended.out, ended.err);
    CHECK(ended.exit_code == 2);
    CHECK(says(ended.out + ended.err, "password"));
    CHECK_FALSE(says(ended.out + ended.err, "geheim"));
  }
  CHECK(changes(before, pair.dump()) == nothing);

  Program program = pair.program({"check", "--json"});
  program.environment["MIROIR_SHOP_PASSWORD"] = "right";
  CHECK(says(run_program(program).out, R"("site":"shop","topic":"connection","verdict":"ok")"));
}

TEST_CASE("a host that does not answer ends the cycle with 3 within seconds", "[cli][away]") {
  Pair pair{Pair::postgres_sqlite};
  const std::string before = pair.dump();
  json config = pair.config();
  config["limits"]["connect_seconds"] = 1;
  for (const std::string host : {"192.0.2.1", "127.0.0.1 port=1"}) {
    CAPTURE(host);
    config["sites"]["shop"]["connection"] = pair.shop().connection() + " host=" + host;
    pair.write_config(config);
    const Pair::Cycle cycle = pair.try_cycle();
    CAPTURE(cycle.report.dump(), cycle.err);
    CHECK(cycle.exit_code == 3);
    CHECK(cycle.report.at("seconds") < 10);
    CHECK(cycle.report.at("troubles").at(0).at("site") == "shop");
    CHECK(pair.verb({"check"}).exit_code == 3);
  }
  CHECK(changes(before, pair.dump()) == nothing);
}
