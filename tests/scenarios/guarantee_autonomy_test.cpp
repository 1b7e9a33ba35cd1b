// G4 autonomy: wherever a cycle stands still, the users of both sites work on.
#include <signal.h>

#include "tests/scenarios/guarantee_brakes.hpp"
#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/guarantee_pairs.hpp"
#include "tests/support/held_cycle.hpp"
#include "tests/support/site_user.hpp"

using namespace miroir::test;
using namespace std::chrono_literals;

namespace {

// Rows that the cycle reads, writes or has just written.
void use_shop(SiteUser& shop, int n) {
  shop.run("UPDATE customer SET lang = 'de' WHERE id <= 3");
  shop.run("UPDATE customer SET company = 'Maison " + std::to_string(n) + "' WHERE id = 3");
  shop.run("UPDATE sales_order SET payment_state = 'paid'");
  shop.run(sell_in_shop(1));
}

void use_erp(SiteUser& erp, int n) {
  erp.run(R"(UPDATE "CRONUS France$Customer" SET "Salesperson Code" = 'JR')");
  erp.run(R"(UPDATE "CRONUS France$Sales Header" SET "Shipment Method Code" = 'CAF')");
  erp.run(R"(UPDATE "CRONUS France$Sales Line" SET "Location Code" = ')" + std::to_string(n) + "'");
  erp.run(sell_in_erp(1));
}

bool is_stopped(pid_t process) {
  std::ifstream stat{"/proc/" + std::to_string(process) + "/stat"};
  const std::string text{std::istreambuf_iterator<char>{stat}, {}};
  return text.find(") T ") != std::string::npos;
}

}  // namespace

TEST_CASE("wherever a cycle stands still, users of both sites write at once", "[guarantee][G4]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    Pair pair{kind};
    pair.shop().run(shop_order("A1"));
    pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
    pair.erp().run(erp_order("B1"));
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "Phone No_" = '1')");
    SiteUser shop{pair.shop()}, erp{pair.erp()};
    shop.wait_at_most(100ms);
    erp.wait_at_most(100ms);
    HeldCycle cycle{pair};
    int boundaries = 0;
    do {
      ++boundaries;
      CAPTURE(name_of(kind), cycle.steps());
      CHECK_NOTHROW(use_shop(shop, boundaries));
      CHECK_NOTHROW(use_erp(erp, boundaries));
    } while (cycle.next());
    CHECK(boundaries > 25);
    CHECK(cycle.finish().exit_code == 0);
    cycle_until_quiet(pair);
    CHECK(pair.differences().empty());
    CHECK(pair.shop().value(web_stock_in_shop) == std::to_string(24 - 2 * boundaries));
  }
}

// Stopped at any moment: before its first page, while a site sends one, or while it looks again.
TEST_CASE("wherever verify stands still, users of both sites write at once", "[guarantee][G4]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    add_customers(pair, 4'000);
    SiteUser shop{pair.shop()}, erp{pair.erp()};
    shop.wait_at_most(100ms);
    erp.wait_at_most(100ms);
    const auto alone = pair.verb({"verify"}).seconds;
    int stood = 0;
    for (int n = 0; n < 16; ++n) {
      CAPTURE(n);
      Running verify{pair.program({"verify"})};
      std::this_thread::sleep_for(std::chrono::duration<double>{alone * n / 16});
      verify.send(SIGSTOP);
      CHECK_NOTHROW(use_shop(shop, n));
      CHECK_NOTHROW(use_erp(erp, n));
      if (is_stopped(verify.pid())) ++stood;
      verify.send(SIGCONT);
      const Ended ended = verify.wait();
      CAPTURE(ended.out, ended.err);
      CHECK(ended.exit_code == 0);
    }
    CHECK(stood > 8);
  }
}
