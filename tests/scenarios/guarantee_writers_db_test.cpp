// What only a server with several writers can show: transactions that stay open, rows that others
// hold, a client that dies while its batch is under way, writers who do not stop for a cycle.
#include <signal.h>

#include <atomic>
#include <functional>
#include <mutex>

#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/guarantee_pairs.hpp"
#include "tests/support/held_cycle.hpp"
#include "tests/support/site_user.hpp"
#include "tests/support/temporary_sqlite.hpp"

using namespace miroir::test;
using namespace std::chrono_literals;

namespace {

void set_limit(const Pair& pair, const std::string& name, double seconds) {
  auto config = pair.config();
  config["limits"][name] = seconds;
  pair.write_config(config);
}

bool wait_until(const std::function<bool()>& condition) {
  for (int n = 0; n < 600; ++n) {
    if (condition()) return true;
    std::this_thread::sleep_for(50ms);
  }
  return false;
}

// Sessions of the database that wait for somebody's lock.
std::string blocked_sessions(Pair& pair) {
  return pair.shop().value(
      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
      "AND cardinality(pg_blocking_pids(pid)) > 0");
}

// Batches that are on their way, or whose outcome the program has not written down yet.
std::string unrecorded_batches(const Pair& pair) {
  return SqliteUser{pair.state_file()}.value("SELECT count(*) FROM batch");
}

// Runs a body again and again in a thread of its own; what it throws ends the test.
class Repeatedly {
 public:
  explicit Repeatedly(std::function<bool()> body)
      : thread_{[this, body = std::move(body)] {
          try {
            while (!stopped_ && body()) {
            }
          } catch (const std::exception& error) {
            const std::scoped_lock lock{mutex_};
            error_ = error.what();
          }
          ended_ = true;
        }} {}
  ~Repeatedly() {
    stopped_ = true;
    thread_.join();
  }
  Repeatedly(const Repeatedly&) = delete;
  Repeatedly& operator=(const Repeatedly&) = delete;

  bool ended() const { return ended_; }
  std::string error() {
    const std::scoped_lock lock{mutex_};
    return error_;
  }

 private:
  std::atomic<bool> stopped_ = false, ended_ = false;
  std::mutex mutex_;
  std::string error_;
  std::thread thread_;
};

// A user who enters so many orders, one after the other.
std::function<bool()> enters_orders(SiteUser& user, int count,
                                    const std::function<std::string(int)>& order) {
  return [&user, count, order, done = 0]() mutable {
    user.run(order(++done));
    return done < count;
  };
}

// A user who looks at the orders, and remembers whether one was ever without all of its lines.
std::function<bool()> looks_for_halves(SiteUser& user, const char* query, std::atomic<int>& halves,
                                       std::atomic<int>& looks) {
  return [&user, query, &halves, &looks] {
    if (user.value(query) != "0") ++halves;
    ++looks;
    std::this_thread::sleep_for(5ms);
    return true;
  };
}

}  // namespace

TEST_CASE("a transaction that stays open across a cycle arrives with the next", "[guarantee][G1]") {
  Pair pair{Pair::postgres_sqlite};
  SiteUser slow{pair.shop()};
  slow.run("BEGIN; UPDATE customer SET city = 'Dijon' WHERE id = 1");
  // Its rows of the journal have greater numbers than the slow one's, and are acknowledged first.
  pair.shop().run("UPDATE customer SET city = 'Nuits' WHERE id = 2");
  pair.cycle();
  pair.cycle();
  CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer" WHERE "City" IN
                            ('Dijon', 'Nuits'))") == "1");
  slow.run("COMMIT");
  CHECK(pair.cycle().report.at("delivered").at("erp") == 1);
  CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer" WHERE "City" IN
                            ('Dijon', 'Nuits'))") == "2");
  CHECK(pair.differences().empty());
}

TEST_CASE("a batch whose client was killed while the server still works on it happens once",
          "[guarantee][G2]") {
  Pair pair{Pair::postgres_sqlite};
  take_stock_in_shop(pair);
  SiteUser other{pair.shop()};
  // The shop's own trigger has to wait for this row when the order is inserted.
  other.run("BEGIN; SELECT 1 FROM stock WHERE product_id = 1 FOR UPDATE");
  pair.erp().run(erp_order("B1"));
  pair.erp().run(sell_in_erp(2));
  set_limit(pair, "lock_wait_seconds", 30);
  Running killed{pair.program({"cycle", "--json"})};
  REQUIRE(wait_until([&] { return blocked_sessions(pair) == "1"; }));
  killed.send(SIGKILL);
  killed.wait();

  set_limit(pair, "lock_wait_seconds", 1);
  const Pair::Cycle in_doubt = pair.try_cycle();
  CAPTURE(in_doubt.report.dump());
  CHECK(in_doubt.exit_code == 3);
  CHECK(blocked_sessions(pair) == "1");
  CHECK(pair.shop().value("SELECT count(*) FROM sales_order") == "2");

  other.run("COMMIT");
  CHECK(wait_until([&] { return blocked_sessions(pair) == "0"; }));
  cycle_until_quiet(pair);
  CHECK(pair.shop().value("SELECT count(*) FROM sales_order") == "3");
  CHECK(pair.shop().value("SELECT count(*) FROM order_line") == "6");
  CHECK(pair.shop().value(web_stock_in_shop) == "19");  // 24, less 3 of the order, less 2.
  CHECK(pair.erp().value(web_stock_in_erp) == "19");
  CHECK(pair.differences().empty());
}

// The order goes with its customer and the lines with their order, and nobody notes it of either.
void delete_customer_unseen(SiteDatabase& shop, const std::string& id) {
  shop.run(
      "ALTER TABLE sales_order DROP CONSTRAINT sales_order_customer_id_fkey,"
      "ADD FOREIGN KEY (customer_id) REFERENCES customer (id) ON DELETE CASCADE");
  shop.run("DELETE FROM customer WHERE id = " + id);
  shop.administer("DELETE FROM " + journal_of(shop) + " WHERE part IN ('sales_order', 'order_line')");
}

TEST_CASE("what a cascade of two steps took away unseen goes on the other side too",
          "[guarantee][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    delete_customer_unseen(pair.shop(), "1");
    CHECK(pair.shop().value("SELECT count(*) FROM sales_order") == "1");
    CHECK(pair.shop().value("SELECT count(*) FROM order_line") == "1");
    cycle_until_quiet(pair);
    CHECK(pair.differences().empty());
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer")") == "2");
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Sales Line")") == "1");
  }
}

TEST_CASE("a row that another session holds is left behind, and the others are not",
          "[guarantee][G5]") {
  Pair pair{Pair::postgres_sqlite};
  SiteUser other{pair.shop()};
  other.run("BEGIN; SELECT 1 FROM customer WHERE id = 1 FOR UPDATE");
  pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Nuits')");
  const nlohmann::json report = pair.cycle().report;
  CAPTURE(report.dump());
  CHECK(report.at("seconds") < 4);
  CHECK(report.at("delivered").at("shop") == 2);
  CHECK(report.at("behind").at("shop") == 1);
  CHECK(pair.shop().value("SELECT count(*) FROM customer WHERE city = 'Nuits'") == "2");
  other.run("COMMIT");
  CHECK(pair.cycle().report.at("delivered").at("shop") == 1);
  CHECK(pair.differences().empty());
}

TEST_CASE("an order of which another session holds one line is written as a whole, or not yet",
          "[guarantee][G6]") {
  Pair pair{Pair::postgres_sqlite};
  SiteUser other{pair.shop()};
  other.run("BEGIN; SELECT 1 FROM order_line WHERE id = 2 FOR UPDATE");
  pair.erp().run(R"(UPDATE "CRONUS France$Sales Line" SET "Quantity" = '9')");
  pair.erp().run(R"(UPDATE "CRONUS France$Sales Header" SET "Web Comment" = 'Neuf')");
  const nlohmann::json report = pair.cycle().report;
  CAPTURE(report.dump());
  CHECK(report.at("behind").at("shop") == 1);
  CHECK(pair.shop().value("SELECT count(*) FROM order_line WHERE order_id = 1 AND qty = 9") == "0");
  CHECK(pair.shop().value("SELECT count(*) FROM sales_order WHERE customer_note = 'Neuf'") == "1");
  other.run("COMMIT");
  pair.cycle();
  CHECK(pair.shop().value("SELECT count(*) FROM order_line WHERE qty = 9") == "4");
  CHECK(pair.differences().empty());
}

TEST_CASE("a program that is stopped in the middle of a delivery holds nobody up",
          "[guarantee][G4]") {
  Pair pair{Pair::postgres_sqlite};
  SiteUser user{pair.shop()};
  user.wait_at_most(1s);  // The server ends the batch by itself; a held lock would last for ever.
  for (int round = 1; round <= 12; ++round) {
    CAPTURE(round);
    const std::string n = std::to_string(round);
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Nuits )" + n + "'");
    pair.erp().run(erp_order("B" + n));
    HeldCycle cycle{pair};
    cycle.go_past("deliver");                      // The customers' batch is on its way,
    if (round % 2 == 0) cycle.go_past("deliver");  // or the orders'.
    std::this_thread::sleep_for(round * 1ms);
    ::kill(cycle.pid(), SIGSTOP);
    CHECK(unrecorded_batches(pair) == "1");
    CHECK_NOTHROW(user.run("UPDATE customer SET lang = 'de'"));
    CHECK_NOTHROW(user.run("UPDATE sales_order SET payment_state = 'paid'"));
    CHECK_NOTHROW(user.run("UPDATE stock SET lead_days = lead_days + 1"));
    ::kill(cycle.pid(), SIGCONT);
    CHECK(cycle.finish().exit_code == 0);
  }
  cycle_until_quiet(pair);
  CHECK(pair.differences().empty());
}

TEST_CASE("no order is ever seen with half of its lines, however many are entered meanwhile",
          "[guarantee][G6]") {
  constexpr int orders = 1000;
  Pair pair{Pair::postgres_sqlite};
  SiteUser shop{pair.shop()}, erp{pair.erp()}, shop_reader{pair.shop()}, erp_reader{pair.erp()};
  std::atomic<int> halves = 0, looks = 0;
  {
    Repeatedly shop_looks{looks_for_halves(shop_reader, half_orders_in_shop, halves, looks)};
    Repeatedly erp_looks{looks_for_halves(erp_reader, half_orders_in_erp, halves, looks)};
    Repeatedly shop_writes{
        enters_orders(shop, orders, [](int n) { return shop_order("A" + std::to_string(n)); })};
    Repeatedly erp_writes{
        enters_orders(erp, orders, [](int n) { return erp_order("B" + std::to_string(n)); })};
    int cycles = 0;
    while (!shop_writes.ended() || !erp_writes.ended()) {
      const Pair::Cycle cycle = pair.try_cycle();
      CAPTURE(cycle.report.dump(), cycle.err);
      CHECK((cycle.exit_code == 0 || cycle.exit_code == 3));  // 3: a lock of SQLite's was not free.
      ++cycles;
    }
    CHECK(cycles > 1);
    cycle_until_quiet(pair);
    CHECK(shop_writes.error() == "");
    CHECK(erp_writes.error() == "");
    CHECK(shop_looks.error() == "");
    CHECK(erp_looks.error() == "");
  }
  CHECK(looks > 100);
  CHECK(halves == 0);
  const std::string all = std::to_string(2 * orders + 2);
  CHECK(pair.shop().value("SELECT count(*) FROM sales_order") == all);
  CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Sales Header")") == all);
  CHECK(pair.differences().empty());
}
