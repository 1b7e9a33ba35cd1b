// G2 exactly once: the real program is killed at every boundary of its steps, and at random moments
// in between, with work on both sides.
#include <signal.h>

#include <array>
#include <cstdio>
#include <random>

#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/guarantee_pairs.hpp"
#include "tests/support/held_cycle.hpp"

using namespace miroir::test;

namespace {

// Navision's own numbers: one for each order, none of them twice, none of them lost.
void check_numbers(Pair& pair, int orders) {
  std::array<char, 16> last{};
  std::snprintf(last.data(), last.size(), "SO-%06d", orders);
  CHECK(pair.erp().value(R"(SELECT "Last No_ Used" FROM "CRONUS France$No_ Series Line")") ==
        last.data());
  CHECK(pair.erp().value(R"(SELECT count(DISTINCT "External Document No_")
    FROM "CRONUS France$Sales Header" WHERE "No_" LIKE 'SO-%')") == std::to_string(orders));
  CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Sales Header"
    WHERE "No_" LIKE 'SO-%')") == std::to_string(orders));
}

// A round leaves work of every kind on both sides; a double or a loss of any round shows in what
// all rounds together must have left.
class Rounds {
 public:
  explicit Rounds(Pair& pair) : pair_{pair} { take_stock_in_shop(pair); }

  void work() {
    ++done_;
    const std::string n = std::to_string(done_);
    pair_.shop().run(shop_order("A" + n));
    pair_.shop().run(sell_in_shop(1));
    pair_.shop().run("UPDATE customer SET city = 'Dijon " + n + "' WHERE id = 1");
    pair_.shop().run("INSERT INTO customer (last_name, phone) VALUES ('Né ici', '1" + n + "')");
    pair_.erp().run(erp_order("B" + n));
    pair_.erp().run(sell_in_erp(2));
    pair_.erp().run(R"(UPDATE "CRONUS France$Customer" SET "Phone No_" = ')" + n +
                    R"(' WHERE "E-Mail" = 'benoit@exemple.fr')");
    pair_.erp().run(R"(INSERT INTO "CRONUS France$Customer" ("No_", "Name", "Phone No_")
                       VALUES ('K)" +
                    n + "', 'Né là', '2" + n + "')");
  }

  void check() {
    cycle_until_quiet(pair_);
    const std::string orders = std::to_string(2 + 2 * done_);
    // In each round two orders of three bottles, and three that were sold otherwise.
    const std::string stock = std::to_string(24 - 9 * done_);
    CHECK(pair_.differences().empty());
    CHECK(pair_.shop().value("SELECT count(*) FROM sales_order") == orders);
    CHECK(pair_.shop().value("SELECT count(*) FROM customer") == std::to_string(3 + 2 * done_));
    CHECK(pair_.shop().value(web_stock_in_shop) == stock);
    CHECK(pair_.erp().value(web_stock_in_erp) == stock);
    check_numbers(pair_, 2 + done_);
    CHECK(pair_.shop().value(half_orders_in_shop) == "0");
    CHECK(pair_.erp().value(half_orders_in_erp) == "0");
  }

 private:
  Pair& pair_;
  int done_ = 0;
};

// True if the cycle came as far as that boundary.
bool kill_at(const Pair& pair, int boundary) {
  HeldCycle cycle{pair};
  for (int n = 0; n < boundary; ++n) {
    if (!cycle.next()) return false;
  }
  CHECK(cycle.kill().exit_code == 128 + SIGKILL);
  return true;
}

}  // namespace

TEST_CASE("a cycle killed at any boundary of its steps loses nothing and doubles nothing",
          "[guarantee][G2]") {
  const Pair::Kind kind = pairs_under_test().front();
  Pair pair{kind};
  Rounds rounds{pair};
  int boundary = 0;
  for (bool came_so_far = true; came_so_far; ++boundary) {
    CAPTURE(name_of(kind), boundary);
    rounds.work();
    came_so_far = kill_at(pair, boundary);
    rounds.check();
  }
  CHECK(boundary > 20);  // Fewer would mean that the cycle had not had work of every kind.
}

TEST_CASE("a cycle killed at any moment loses nothing and doubles nothing", "[guarantee][G2]") {
  const Pair::Kind kind = pairs_under_test().front();
  constexpr unsigned seed = 2026;
  std::mt19937 random{seed};
  Pair pair{kind};
  Rounds rounds{pair};
  for (int round = 0; round < 25; ++round) {
    const auto milliseconds = static_cast<int>(1 + random() % 200);
    CAPTURE(name_of(kind), seed, round, milliseconds);
    rounds.work();
    Running cycle{pair.program({"cycle", "--json"})};
    std::this_thread::sleep_for(std::chrono::milliseconds{milliseconds});
    cycle.send(SIGKILL);
    cycle.wait();
    rounds.check();
  }
}

TEST_CASE("an order that Navision numbers is numbered once, wherever the program is killed",
          "[guarantee][G2]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    Pair pair{kind};
    int orders = 2;
    bool came_so_far = true;
    for (int boundary = 0; came_so_far; ++boundary) {
      CAPTURE(name_of(kind), boundary);
      pair.shop().run(shop_order("A" + std::to_string(++orders)));
      pair.erp().run(erp_order_of_series("B" + std::to_string(++orders)));
      came_so_far = kill_at(pair, boundary);
      cycle_until_quiet(pair);
      CHECK(pair.differences().empty());
      CHECK(pair.erp().value(half_orders_in_erp) == "0");
      check_numbers(pair, orders);
    }
    CHECK(orders > 24);  // Fewer would mean that the cycle was never killed around its delivery.
  }
}
