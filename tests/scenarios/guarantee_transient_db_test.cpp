// What passes by itself, on real servers: deadlocks, locks that are not free in time. The cycle that
// meets one tries again and ends well, and nobody hears of it.
#include <functional>
#include <thread>

#include "tests/scenarios/guarantee_pairs.hpp"
#include "tests/support/held_cycle.hpp"
#include "tests/support/process.hpp"
#include "tests/support/site_user.hpp"

using namespace miroir::test;
using namespace std::chrono_literals;

namespace {

// Whoever asks InnoDB more often than every 100 ms is always told the same.
bool wait_until(const std::function<bool()>& condition) {
  for (int n = 0; n < 200; ++n) {
    if (condition()) return true;
    std::this_thread::sleep_for(150ms);
  }
  return false;
}

// One site of a pair whose own trigger counts the changes of customers in a row that others write
// too. Anne's city is changed at the other site, and on its way.
struct Counting {
  SiteDatabase& site;
  std::string customers, is_anne, busy, deadlocks;

  void begin() {
    const bool postgres = site.dialect() == "postgres";
    site.administer(
        "CREATE TABLE counted (id integer PRIMARY KEY, n integer NOT NULL);"
        "INSERT INTO counted VALUES (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (8, 0);");
    site.administer(postgres ? R"(CREATE FUNCTION count_one() RETURNS trigger LANGUAGE plpgsql
      SECURITY DEFINER AS $$ BEGIN UPDATE counted SET n = n + 1 WHERE id = 1; RETURN NULL; END $$;
      CREATE TRIGGER count_one AFTER UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION count_one())"
                             : "CREATE TRIGGER count_one AFTER UPDATE ON " + customers +
                                   " FOR EACH ROW UPDATE counted SET n = n + 1 WHERE id = 1");
    // An InnoDB that must choose undoes whoever has written less: nobody but miroir.
    for (int doubling = 0; !postgres && doubling < 9; ++doubling)
      site.administer("INSERT INTO counted SELECT id + (SELECT max(id) FROM counted), 0 FROM counted");
  }
  // "1" while somebody waits for a lock there.
  bool is_blocked() { return site.value(busy) != "0"; }
  int met() { return std::stoi(site.value(deadlocks)); }
};

Counting shop_of(Pair& pair) {
  return {pair.shop(), "customer", "id = 1",
          "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
          "cardinality(pg_blocking_pids(pid)) > 0",
          "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"};
}
Counting erp_of(Pair& pair) {
  return {pair.erp(), R"("CRONUS France$Customer")", R"("E-Mail" = 'anne@exemple.fr')",
          "SELECT count(*) FROM information_schema.innodb_trx t JOIN information_schema.processlist "
          "p ON p.id = t.trx_mysql_thread_id WHERE p.db = DATABASE() AND t.trx_state = 'LOCK WAIT'",
          "SELECT variable_value FROM information_schema.global_status WHERE variable_name = "
          "'INNODB_DEADLOCKS'"};
}

void move_anne(Pair& pair, const Counting& to) {
  if (to.site.dialect() == "postgres")
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Nuits' WHERE
                      "E-Mail" = 'anne@exemple.fr')");
  else
    pair.shop().run("UPDATE customer SET city = 'Nuits' WHERE id = 1");
}

void must_wait(Running& cycle, Counting& at) {
  if (wait_until([&] { return at.is_blocked(); })) return;
  const Ended ended = cycle.wait();
  FAIL("the cycle met no lock: " << ended.out << ended.err);
}

// Done, with nothing to tell, and each change of it once.
void must_have_arrived(Pair& pair, Running& cycle, Counting& at) {
  const Ended ended = cycle.wait();
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 0);
  const auto report = nlohmann::json::parse(ended.out);
  CHECK(report.at("troubles").empty());
  const bool shop = at.site.dialect() == "postgres";
  CHECK(report.at("delivered").at(shop ? "shop" : "erp") == 1);
  CHECK(report.at("behind").at(shop ? "shop" : "erp") == 0);
  CHECK(at.site.value("SELECT n FROM counted WHERE id = 1") == "1");
  CHECK(pair.differences() == nothing);
}

}  // namespace

TEST_CASE("a deadlock with a user is tried again by the cycle that meets it",
          "[guarantee][transient][G4]") {
  Pair pair{Pair::postgres_mariadb};
  for (Counting at : {shop_of(pair), erp_of(pair)}) {
    CAPTURE(at.site.dialect());
    at.begin();
    const int before = at.met();
    SiteUser user{at.site, SiteUser::As::administrator};
    user.run("BEGIN; UPDATE counted SET n = n + 1 WHERE id > 1; UPDATE counted SET n = n WHERE id = 1");
    user.run("SELECT 1 FROM counted WHERE id = 1 FOR UPDATE");
    move_anne(pair, at);
    Running cycle{pair.program({"cycle", "--json"})};
    must_wait(cycle, at);
    // miroir waits for the user, and now the user for miroir.
    user.run("SELECT 1 FROM " + at.customers + " WHERE " + at.is_anne + " FOR UPDATE; COMMIT");
    must_have_arrived(pair, cycle, at);
    CHECK(wait_until([&] { return at.met() > before; }));
    at.site.administer("DROP TRIGGER count_one" +
                       std::string{at.site.dialect() == "postgres" ? " ON customer" : ""});
    cycle_until_quiet(pair);
    pair.shop().run("UPDATE customer SET city = 'Beaune' WHERE id = 1");
    cycle_until_quiet(pair);
  }
}

TEST_CASE("a lock that is not free in time is tried again by the cycle that waits for it",
          "[guarantee][transient][G4]") {
  Pair pair{Pair::postgres_mariadb};
  for (Counting at : {shop_of(pair), erp_of(pair)}) {
    CAPTURE(at.site.dialect());
    at.begin();
    SiteUser user{at.site, SiteUser::As::administrator};
    user.run("BEGIN");
    user.run("SELECT 1 FROM counted WHERE id = 1 FOR UPDATE");
    move_anne(pair, at);
    Running cycle{pair.program({"cycle", "--json"})};
    must_wait(cycle, at);
    std::this_thread::sleep_for(3'200ms);  // A lock is waited for two seconds, and then once more.
    user.run("COMMIT");
    must_have_arrived(pair, cycle, at);
    at.site.administer("DROP TRIGGER count_one" +
                       std::string{at.site.dialect() == "postgres" ? " ON customer" : ""});
    cycle_until_quiet(pair);
    pair.shop().run("UPDATE customer SET city = 'Beaune' WHERE id = 1");
    cycle_until_quiet(pair);
  }
}

TEST_CASE("a file that another program writes for three seconds is tried again",
          "[guarantee][transient][G4]") {
  Pair pair{Pair::sqlite_sqlite};
  SiteUser user{pair.erp()};
  user.run("BEGIN IMMEDIATE");
  pair.shop().run("UPDATE customer SET city = 'Nuits' WHERE id = 1");
  Running cycle{pair.program({"cycle", "--json"})};
  std::this_thread::sleep_for(3'200ms);
  user.run("COMMIT");
  const Ended ended = cycle.wait();
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 0);
  const auto report = nlohmann::json::parse(ended.out);
  CHECK(report.at("troubles").empty());
  CHECK(report.at("delivered").at("erp") == 1);
  CHECK(report.at("seconds") > 2);
  CHECK(pair.differences() == nothing);
}

// libpq prints it, from the site's own thread: the cycle is held by its steps alone.
TEST_CASE("a server that warns whoever connects keeps no cycle from its steps",
          "[guarantee][transient]") {
  Pair pair{Pair::postgres_mariadb};
  pair.shop().administer(
      "UPDATE pg_database SET datcollversion = '0' WHERE datname = current_database()");
  pair.shop().run("UPDATE customer SET city = 'Nuits' WHERE id = 1");
  HeldCycle cycle{pair};
  cycle.go_past("plan");
  CHECK(cycle.log().find("WARNING:") != std::string::npos);
  CHECK(pair.erp().value(R"(SELECT "City" FROM "CRONUS France$Customer" WHERE
                            "E-Mail" = 'anne@exemple.fr')") != "Nuits");
  CHECK(cycle.finish().exit_code == 0);
  CHECK(pair.differences() == nothing);
}
