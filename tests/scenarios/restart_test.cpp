// Servers that are restarted while a cycle is on its way: it connects again, settles what was in
// doubt, and ends well. Started by tests/scenarios/restarted, on servers that are nobody else's.
#include <signal.h>

#include <functional>
#include <thread>

#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/guarantee_pairs.hpp"
#include "tests/support/held_cycle.hpp"
#include "tests/support/site_user.hpp"
#include "tests/support/temporary_mariadb.hpp"
#include "tests/support/temporary_postgres.hpp"
#include "tests/turmoil/server.hpp"

using namespace miroir::test;
using namespace std::chrono_literals;
using miroir::turmoil::Server;

namespace {

bool answers(const std::function<void()>& connect) {
  try {
    connect();
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

struct Restartable {
  std::string site;
  Server server;
  int signal;  // That asks for a restart as an administrator does.
};

std::vector<Restartable> both_servers() {
  return {{"shop",
           {server_of("MIROIR_TEST_POSTGRES_PID_FILE"), server_of("MIROIR_TEST_SERVER_LOG"),
            [] { return answers([] { PostgresClient{server_of("MIROIR_TEST_POSTGRES")}; }); }},
           SIGINT},
          {"erp",
           {server_of("MIROIR_TEST_MARIADB_PID_FILE"), server_of("MIROIR_TEST_SERVER_LOG"),
            [] { return answers([] { MariadbClient{""}; }); }},
           SIGTERM}};
}

// What both sides' people did before the cycle: an order each, and bottles sold.
class Day {
 public:
  explicit Day(Pair& pair) : pair_{pair} {}

  void goes_by() {
    const std::string number = std::to_string(++orders_);
    shop().run(shop_order("A" + number));
    shop().run(sell_in_shop(1));
    erp().run(erp_order("B" + number));
    erp().run(sell_in_erp(1));
  }
  // Connections of before a restart are gone.
  SiteUser shop() { return SiteUser{pair_.shop()}; }
  SiteUser erp() { return SiteUser{pair_.erp()}; }

  void must_be_equal() {
    cycle_until_quiet(pair_);
    CHECK(shop().value("SELECT count(*) FROM sales_order") == std::to_string(2 + 2 * orders_));
    const std::string stock = std::to_string(24 - 2 * orders_);
    CHECK(shop().value(web_stock_in_shop) == stock);
    CHECK(erp().value(web_stock_in_erp) == stock);
    const auto side = [](SiteDatabase& site) {
      return ComparedSite{site.dialect(), [&site](const std::string& query) {
                            return SiteUser{site, SiteUser::As::administrator}.rows(query);
                          }};
    };
    CHECK(differences_between(side(pair_.shop()), side(pair_.erp())) == nothing);
  }

 private:
  Pair& pair_;
  int orders_ = 0;
};

void must_be_done(const Ended& ended) {
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 0);
  CHECK(nlohmann::json::parse(ended.out).at("troubles").empty());
}

}  // namespace

TEST_CASE("a server that is restarted while a cycle stands still is connected to again",
          "[.restart][transient]") {
  Pair pair{Pair::postgres_mariadb};
  Day day{pair};
  for (Restartable& one : both_servers()) {
    for (const std::string step : {"census", "extract", "incorporate", "plan", "deliver"}) {
      CAPTURE(one.site, step);
      day.goes_by();
      HeldCycle cycle{pair};
      cycle.go_past(step);
      one.server.restart(one.signal);
      must_be_done(cycle.finish());
    }
  }
  day.must_be_equal();
}

TEST_CASE("a server that is down for seconds while a cycle goes on is waited for",
          "[.restart][transient]") {
  Pair pair{Pair::postgres_mariadb};
  Day day{pair};
  for (Restartable& one : both_servers()) {
    CAPTURE(one.site);
    // On a machine so busy that it takes longer than a site is waited for, the cycle may give it up.
    std::chrono::duration<double> down{};
    for (int attempt = 0; attempt < 5 && (attempt == 0 || down > 5s); ++attempt) {
      day.goes_by();
      HeldCycle cycle{pair};
      cycle.go_past("census");
      const auto began = std::chrono::steady_clock::now();
      std::thread restarting{[&] { one.server.restart(one.signal); }};
      while (one.server.runs() && std::chrono::steady_clock::now() - began < 20s)
        std::this_thread::sleep_for(10ms);
      const Ended ended = cycle.finish();
      restarting.join();
      down = std::chrono::steady_clock::now() - began;
      if (down <= 5s) must_be_done(ended);
    }
    CHECK(down <= 5s);
  }
  day.must_be_equal();
}

TEST_CASE("a server that is restarted while it works on a batch is sent it again, once",
          "[.restart][transient][G2]") {
  Pair pair{Pair::postgres_mariadb};
  pair.shop().run(R"(CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
    $f$ BEGIN PERFORM pg_sleep(1.5); RETURN NULL; END $f$;
    CREATE TRIGGER slow AFTER UPDATE ON stock FOR EACH ROW WHEN (current_user LIKE '%runner')
    EXECUTE FUNCTION slow())");
  pair.erp().administer(
      R"(CREATE TRIGGER slow AFTER UPDATE ON "CRONUS France$Web Stock" FOR EACH ROW
         DO IF(SESSION_USER() LIKE '%runner@%', SLEEP(1.5), 0))");
  const std::string is_sleeping[] = {
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
      "SELECT count(*) FROM information_schema.processlist WHERE state = 'User sleep'"};
  Day day{pair};
  for (Restartable& one : both_servers()) {
    CAPTURE(one.site);
    const bool shop = one.site == "shop";
    day.goes_by();
    SiteUser looks{shop ? pair.shop() : pair.erp(), SiteUser::As::administrator};
    Running cycle{pair.program({"cycle", "--json"})};
    for (int n = 0; n < 1'000 && looks.value(is_sleeping[shop ? 0 : 1]) == "0"; ++n)
      std::this_thread::sleep_for(10ms);
    REQUIRE(looks.value(is_sleeping[shop ? 0 : 1]) != "0");
    one.server.restart(one.signal);
    must_be_done(cycle.wait());
  }
  day.must_be_equal();
}

TEST_CASE("a MariaDB that is read-only for a while is away, and gets its due afterwards",
          "[.restart][transient][G5]") {
  Pair pair{Pair::postgres_mariadb};
  Day day{pair};
  day.goes_by();
  MariadbClient{""}.execute("SET GLOBAL read_only = 1");
  const Pair::Cycle cycle = pair.try_cycle();
  MariadbClient{""}.execute("SET GLOBAL read_only = 0");
  CAPTURE(cycle.report.dump(1));
  CHECK(cycle.exit_code == 3);
  CHECK(cycle.report.at("set_aside") == 0);
  CHECK(cycle.report.at("delivered").at("shop") > 0);
  CHECK(cycle.report.at("troubles").dump().find("standby") != std::string::npos);
  day.must_be_equal();
}
