// miroir pause and resume, by the real program: what is left alone, what goes on, who is told.
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/install_story.hpp"
#include "tests/support/held_cycle.hpp"
#include "tests/support/pair.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

constexpr auto erp_customers = R"(SELECT count(*) FROM "CRONUS France$Customer")";
constexpr auto shop_orders = "SELECT count(*) FROM sales_order";
constexpr auto erp_orders = R"(SELECT count(*) FROM "CRONUS France$Sales Header")";

const std::string new_customer =
    "INSERT INTO customer (email, last_name, country) VALUES ('neuf@exemple.fr', 'Neuf', 'FR')";

Ended must_end_well(const Ended& ended) {
  CAPTURE(ended.out, ended.err);
  REQUIRE(ended.exit_code == 0);
  return ended;
}

// The database of a site, taken off its disk; its users' connections stay.
class Gone {
 public:
  explicit Gone(const SiteDatabase& site) {
    const std::string text = site.connection();
    const std::size_t from = text.find("Database=") + 9;
    file_ = text.substr(from, text.find(';', from) - from);
    fs::rename(file_.parent_path(), away());
  }
  // A test that failed meanwhile leaves nothing behind.
  ~Gone() {
    std::error_code ignored;
    if (fs::exists(away(), ignored)) fs::remove_all(away(), ignored);
  }
  Gone(const Gone&) = delete;
  Gone& operator=(const Gone&) = delete;

  bool something_there() const { return fs::exists(file_.parent_path()); }
  void bring_back() const { fs::rename(away(), file_.parent_path()); }

 private:
  fs::path away() const { return file_.parent_path().string() + ".away"; }
  fs::path file_;
};

void edit_both(Pair& pair, const std::string& number) {
  pair.shop().run(shop_order("A" + number));
  pair.shop().run("UPDATE customer SET city = 'Dijon " + number + "' WHERE id = 1");
  pair.shop().run(sell_in_shop(1));
  pair.erp().run(erp_order("B" + number));
  pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "Phone No_" = ')" + number + "'");
  pair.erp().run(sell_in_erp(2));
}

}  // namespace

TEST_CASE("an ERP that is paused may be gone: the shop is read, and all arrives once it is resumed",
          "[cli][pause]") {
  Pair pair{Pair::sqlite_sqlite};
  const Ended paused =
      must_end_well(pair.verb({"pause", "--site", "erp", "--reason", "clôture du mois"}));
  CHECK(says(paused.out, "erp is paused: clôture du mois"));
  CHECK(says(paused.out, "from the next cycle on"));
  CHECK(says(paused.out, "miroir resume --site erp"));
  edit_both(pair, "1");
  const Gone erp{pair.erp()};
  for (int n = 0; n < 2; ++n) {
    pair.shop().run(shop_order("C" + std::to_string(n)));
    const json report = pair.cycle(0).report;
    CAPTURE(report.dump());
    CHECK(report.at("outcome") == "done");
    CHECK(report.at("troubles").empty());
    CHECK(report.at("extracted") == json{{"shop", n == 0 ? 4 : 1}, {"erp", 0}});
    CHECK(report.at("behind") == json{{"shop", 0}, {"erp", n == 0 ? 4 : 5}});
    REQUIRE(report.at("paused").size() == 1);
    const json& pause = report.at("paused").at(0);
    CHECK(pause.at("site") == "erp");
    CHECK(pause.at("reason") == "clôture du mois");
    CHECK(pause.at("by") != "");
    CHECK(says(pause.at("since"), "T"));
    CHECK(pause.size() == 4);
  }
  const Ended plan = must_end_well(pair.verb({"plan", "--json"}));
  CHECK(json::parse(plan.out).at("paused").size() == 1);
  const Ended text = must_end_well(pair.verb({"cycle"}));
  CHECK(says(text.out, "erp is paused since 20"));
  CHECK(says(text.out, ": clôture du mois\n"));
  CHECK_FALSE(erp.something_there());  // Opening an SQLite file would have made one.
  erp.bring_back();
  pair.erp().run(erp_order("B2"));

  const Ended resumed = must_end_well(pair.verb({"resume", "--site", "erp"}));
  CHECK(says(resumed.out, "erp is resumed; it was paused since 20"));
  const json report = pair.cycle(0).report;
  CHECK(report.at("paused").empty());
  CHECK(report.at("held") == 0);
  CHECK(report.at("behind") == json{{"shop", 0}, {"erp", 0}});
  pair.cycle();
  CHECK(pair.differences() == nothing);
  CHECK(pair.shop().value(shop_orders) == "7");
  CHECK(pair.erp().value(web_stock_in_erp) == "21");
}

TEST_CASE("a cycle does not ask a paused site for its tables, even where it doubts them",
          "[cli][pause]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
  pair.erp().run(R"(ALTER TABLE "CRONUS France$Customer" RENAME COLUMN "City" TO "Town")");
  const json brake = pair.try_cycle().report.at("brakes").at(0);
  CHECK(pair.try_cycle({"--accept", brake.at("id")}).exit_code == 2);
  must_end_well(pair.verb({"pause", "--site", "erp", "--reason", "upgrade"}));
  pair.cut("erp");
  pair.shop().run(shop_order("A1"));
  CHECK(pair.cycle().report.at("behind").at("erp") == 2);
  pair.mend("erp");
  pair.erp().run(R"(ALTER TABLE "CRONUS France$Customer" RENAME COLUMN "Town" TO "City")");
  must_end_well(pair.verb({"resume", "--site", "erp"}));
  pair.cycle();
  CHECK(pair.differences() == nothing);
}

TEST_CASE("a paused entity waits with what refers to it, the others go on", "[cli][pause]") {
  Pair pair{Pair::sqlite_sqlite};
  const Ended paused =
      must_end_well(pair.verb({"pause", "--entity", "customer", "--reason", "ménage"}));
  CHECK(says(paused.out, "nor what refers to it: customer_address, sales_order"));
  pair.shop().run(new_customer);
  edit_both(pair, "1");
  const json report = pair.cycle().report;
  CAPTURE(report.dump());
  CHECK(report.at("extracted") == json{{"shop", 1}, {"erp", 1}});  // The stock, at both.
  CHECK(report.at("paused").at(0).at("entity") == "customer");
  CHECK_FALSE(report.at("paused").at(0).contains("site"));
  CHECK(pair.erp().value(web_stock_in_erp) == "21");
  CHECK(pair.erp().value(erp_customers) == "3");
  CHECK(pair.erp().value(erp_orders) == "3");
  CHECK(pair.shop().value(shop_orders) == "3");
  const Ended text = must_end_well(pair.verb({"plan"}));
  CHECK(says(text.out, "with it waits what refers to it: customer_address, sales_order"));
  CHECK_FALSE(says(text.out, "customer W"));

  must_end_well(pair.verb({"resume", "--entity", "customer"}));
  pair.cycle();
  pair.cycle();
  CHECK(pair.differences() == nothing);
  CHECK(pair.erp().value(erp_customers) == "4");
  CHECK(pair.erp().value(erp_orders) == "4");
}

TEST_CASE("status and check tell what is paused, since when, by whom and why", "[cli][pause]") {
  Pair pair{Pair::sqlite_sqlite};
  Program program = pair.program({"pause", "--site", "erp", "--reason", "upgrade", "--json"});
  program.environment["SUDO_USER"] = "anne";
  const json answer = json::parse(must_end_well(run_program(program)).out);
  CHECK(answer.at("outcome") == "done");
  CHECK(answer.at("paused").at("by") == "anne");
  CHECK(answer.at("replaced") == nullptr);
  must_end_well(pair.verb({"pause", "--entity", "product", "--reason", "inventory"}));

  const Ended status = must_end_well(pair.verb({"status"}));
  const std::string since = answer.at("paused").at("since");
  CHECK(says(status.out, "erp is paused since " + since + " by anne: upgrade\n"));
  CHECK(says(status.out, "product is paused since"));
  CHECK(says(status.out, "waits what refers to it: sales_order, stock"));
  CHECK(says(status.out, "miroir resume --entity product"));
  const json paused = json::parse(pair.verb({"status", "--json"}).out).at("paused");
  REQUIRE(paused.size() == 2);
  CHECK(paused.at(0) ==
        json{{"site", "erp"}, {"reason", "upgrade"}, {"since", since}, {"by", "anne"}});

  const Ended check = must_end_well(pair.verb({"check"}));
  CHECK(says(check.out, "erp pause: erp is paused since " + since + " by anne: upgrade"));
  CHECK(says(check.out, "erp connection: connected"));
  pair.cut("erp");
  CHECK(pair.verb({"check"}).exit_code == 3);  // Whoever asks is told.
}

TEST_CASE("pausing again replaces the reason, resuming twice says that there is nothing to do",
          "[cli][pause]") {
  Pair pair{Pair::sqlite_sqlite};
  Program first = pair.program({"pause", "--site", "erp", "--reason", "upgrade"});
  first.environment["SUDO_USER"] = "anne";
  must_end_well(run_program(first));
  const Ended again =
      must_end_well(pair.verb({"pause", "--site", "erp", "--reason", " longer\nupgrade "}));
  CHECK(says(again.out, "erp was paused already, since 20"));
  CHECK(says(again.out, "by anne; the reason was: upgrade\n  it is now: longer upgrade\n"));
  const json paused = json::parse(pair.verb({"status", "--json"}).out).at("paused");
  REQUIRE(paused.size() == 1);
  CHECK(paused.at(0).at("reason") == "longer upgrade");
  CHECK(paused.at(0).at("by") == "anne");

  const Ended other = must_end_well(pair.verb({"resume", "--entity", "product"}));
  CHECK(says(other.out, "product is not paused; nothing was changed"));
  CHECK(says(other.out, "erp is paused since"));
  const Ended resumed = must_end_well(pair.verb({"resume", "--site", "erp", "--json"}));
  CHECK(json::parse(resumed.out).at("resumed").at("reason") == "longer upgrade");
  const Ended twice = must_end_well(pair.verb({"resume", "--site", "erp", "--json"}));
  CHECK(json::parse(twice.out).at("resumed") == nullptr);
  CHECK(json::parse(twice.out).at("paused").empty());
}

TEST_CASE("what cannot be paused is refused with what can", "[cli][pause]") {
  Pair pair{Pair::sqlite_sqlite};
  struct Refused {
    std::vector<std::string> arguments;
    std::vector<std::string> words;
  };
  const std::vector<Refused> refused{
      {{"pause", "--site", "erpp", "--reason", "x"}, {"'erpp'", "shop and erp"}},
      {{"pause", "--entity", "invoice", "--reason", "x"},
       {"'invoice'", "customer, customer_address, product, sales_order, stock\n"}},
      {{"pause", "--entity", "order_line", "--reason", "x"},
       {"a part of sales_order", "--entity sales_order"}},
      {{"resume", "--entity", "order_line"}, {"a part of sales_order"}},
      {{"resume", "--site", "nowhere"}, {"'nowhere'", "shop and erp"}},
      {{"pause", "--site", "erp"}, {"--reason", "miroir pause --help"}},
      {{"pause", "--site", "erp", "--reason", ""}, {"reason"}},
      {{"pause", "--site", "erp", "--reason", " \t\n"}, {"needs a reason"}},
      {{"pause", "--site", "erp", "--reason", std::string(201, 'x')}, {"201", "at most 200"}},
      {{"pause", "--reason", "x"}, {"--site", "--entity"}},
      {{"pause", "--site", "erp", "--entity", "product", "--reason", "x"}, {"--site", "--entity"}},
      {{"resume"}, {"--site", "--entity"}}};
  for (const Refused& r : refused) {
    const Ended ended = pair.verb(r.arguments);
    CAPTURE(r.arguments, ended.out, ended.err);
    CHECK(ended.exit_code == 2);
    for (const std::string& words : r.words) CHECK(says(ended.err, words));
    CHECK(says(ended.err, "hint: "));
  }
  CHECK(json::parse(pair.verb({"status", "--json"}).out).at("paused").empty());
  CHECK(says(pair.verb({"pause", "--help"}).out, "miroir pause --site erp --reason"));
  CHECK(says(pair.verb({"resume", "--help"}).out, "miroir resume --site erp"));
}

TEST_CASE("nothing is paused before there is a state, nor seeded while something is paused",
          "[cli][pause]") {
  Pair pair{Pair::sqlite_sqlite, Pair::installed};
  const Ended early = pair.verb({"pause", "--site", "erp", "--reason", "upgrade"});
  CHECK(early.exit_code == 2);
  CHECK(says(early.err, "`miroir seed`"));
  CHECK_FALSE(fs::exists(pair.state_file()));

  // A first load that begins and fails: somebody works in the ERP.
  pair.erp().run("BEGIN IMMEDIATE");
  CHECK(pair.verb({"seed"}).exit_code == 3);
  pair.erp().run("COMMIT");
  REQUIRE(fs::exists(pair.state_file()));
  must_end_well(pair.verb({"pause", "--site", "erp", "--reason", "upgrade"}));
  CHECK(says(pair.verb({"status"}).out, "erp is paused"));
  const std::string before = pair.dump();
  pair.cut("erp");
  for (const std::vector<std::string>& verb :
       {std::vector<std::string>{"seed"}, {"seed", "--dry-run"}}) {
    const Ended ended = pair.verb(verb);
    CAPTURE(ended.out, ended.err);
    CHECK(ended.exit_code == 2);
    CHECK(says(ended.err, "erp is paused since"));
    CHECK(says(ended.err, "miroir resume --site erp"));
  }
  pair.mend("erp");
  CHECK(changes(before, pair.dump()) == nothing);
  must_end_well(pair.verb({"resume", "--site", "erp"}));
  must_end_well(pair.verb({"seed"}));
  CHECK(pair.differences() == nothing);

  must_end_well(pair.verb({"pause", "--entity", "product", "--reason", "inventory"}));
  const Ended again = pair.verb({"seed"});
  CHECK(again.exit_code == 2);
  CHECK(says(again.err, "seeded already\n  product is paused since"));
  CHECK(says(again.err, "miroir resume --entity product"));
}

TEST_CASE("pausing wherever a cycle stands still disturbs it not; it holds from the next one on",
          "[cli][pause]") {
  Pair pair{Pair::sqlite_sqlite};
  edit_both(pair, "1");
  HeldCycle cycle{pair};
  std::set<std::string> tried;  // Each kind of step once: programs take their time to start.
  while (cycle.next()) {
    if (cycle.steps().empty() || !tried.insert(cycle.steps().back()).second) continue;
    CAPTURE(cycle.steps());
    must_end_well(pair.verb({"pause", "--site", "erp", "--reason", "upgrade"}));
  }
  CHECK(tried.size() == 10);  // The steps of mirror/cycle.cpp and mirror/deliver.cpp.
  CHECK(json::parse(pair.verb({"status", "--json"}).out).at("paused").size() == 1);
  CHECK(cycle.finish().exit_code == 0);
  CHECK(pair.differences() == nothing);

  pair.shop().run(shop_order("A2"));
  const json report = pair.cycle().report;
  CHECK(report.at("paused").size() == 1);
  CHECK(report.at("behind").at("erp") == 1);
}
