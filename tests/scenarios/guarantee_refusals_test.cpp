// What a site refuses, and a site that says nothing at all: G5 and G4.
#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/guarantee_reasons.hpp"
#include "tests/scenarios/silent_port.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

void insert_customers(SiteDatabase& shop, int count) {
  std::string script = "BEGIN;";
  for (int n = 1; n <= count; ++n) {
    script += "INSERT INTO customer (last_name, phone, city) VALUES ('Client', '" +
              std::to_string(n) + "', '" + (n == 50 ? "Interdit" : "Nantes") + "');";
  }
  shop.run(script + "COMMIT");
}

constexpr auto arrived = R"(SELECT count(*) FROM "CRONUS France$Customer" WHERE "Name" = 'Client')";

constexpr auto refusal = "the account is blocked";

// The ERP refuses to update, or delete, a customer like this.
void refuse(SiteDatabase& erp, const std::string& what, const std::string& condition) {
  const std::string head = "CREATE TRIGGER guard_" + what + " BEFORE " + what +
                           R"( ON "CRONUS France$Customer" FOR EACH ROW )";
  const std::string words = std::string{"'"} + refusal + "'";
  if (erp.dialect() == "postgres") {
    return erp.run("CREATE FUNCTION guard_" + what +
                   "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF " + condition +
                   " THEN RAISE " + words + "; END IF; RETURN COALESCE(NEW, OLD); END $$; " + head +
                   "EXECUTE FUNCTION guard_" + what + "()");
  }
  erp.run(head + (erp.dialect() == "sqlite"
                      ? "WHEN " + condition + " BEGIN SELECT RAISE(ABORT, " + words + "); END"
                      : "BEGIN IF " + condition +
                            " THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = " + words +
                            "; END IF; END"));
}

void refuse_no_more(SiteDatabase& erp, const std::string& what) {
  erp.run(erp.dialect() == "postgres" ? "DROP FUNCTION guard_" + what + " CASCADE"
                                      : "DROP TRIGGER guard_" + what);
}

}  // namespace

TEST_CASE(
    "one of a thousand records that the ERP refuses stops none of the others, and follows when "
    "mended",
    "[guarantee][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    refuse_city(pair.erp(), "Interdit");
    insert_customers(pair.shop(), 1000);
    const json report = pair.cycle(4).report;
    CAPTURE(report.dump());
    CHECK(pair.erp().value(arrived) == "999");
    CHECK(report.at("set_aside") == 1);
    CHECK(report.at("delivered").at("erp") == 999);
    const json listed = listed_set_aside(pair);
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].at("site") == "erp");
    CHECK(listed[0].at("entity") == "customer");
    const std::string id = pair.shop().value("SELECT id FROM customer WHERE city = 'Interdit'");
    CHECK(listed[0].at("key") == "[" + id + "]");
    check_reasons(pair, {pair.erp().dialect() == "sqlite" ? "not there" : "refuse"});
    pair.cycle(4);
    pair.shop().run("UPDATE customer SET city = 'Nantes' WHERE city = 'Interdit'");
    CHECK(pair.cycle().report.at("set_aside") == 0);
    CHECK(pair.erp().value(arrived) == "1000");
    CHECK(pair.differences().empty());
  }
}

TEST_CASE("a record that the ERP refused arrives by itself when the ERP takes it at last",
          "[guarantee][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    refuse_city(pair.erp(), "Interdit");
    insert_customers(pair.shop(), 50);
    pair.cycle(4);
    pair.cycle(4);
    refuse_nothing(pair.erp());
    int cycles = 1;
    while (pair.try_cycle().exit_code == 4 && cycles < 10) ++cycles;
    CHECK(cycles <= 3);
    CHECK(pair.erp().value(arrived) == "50");
    CHECK(pair.differences().empty());
  }
}

TEST_CASE("what the ERP refused is tried in the very next cycle when somebody changes it there",
          "[guarantee][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "Phone No_" = '0' WHERE "No_" = 'W2')");
    cycle_until_quiet(pair);
    const std::string locked = R"(NEW."Phone No_" = '0')";
    refuse(pair.erp(), "UPDATE", locked);
    pair.shop().run("UPDATE customer SET city = 'Brest' WHERE id = 2");
    const auto tries = [&] {
      const json listed = listed_set_aside(pair);
      return listed.size() == 1 ? listed[0].at("tries").get<int>() : 0;
    };
    // After one cycle, then two, then four: the last of these does not try.
    for (int n = 0; n < 5; ++n) pair.cycle(4);
    CHECK(tries() == 3);
    // Still refused, and yet tried.
    refuse_no_more(pair.erp(), "UPDATE");
    pair.erp().run(
        R"(UPDATE "CRONUS France$Customer" SET "Company Name" = 'X' WHERE "No_" = 'W2')");
    refuse(pair.erp(), "UPDATE", locked);
    pair.cycle(4);
    CHECK(tries() == 4);
    pair.cycle(4);
    CHECK(tries() == 4);
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "Phone No_" = '1' WHERE "No_" = 'W2')");
    pair.cycle();
    CHECK(pair.erp().value(R"(SELECT "City" FROM "CRONUS France$Customer" WHERE "No_" = 'W2')") ==
          "Brest");
    CHECK(pair.shop().value("SELECT phone FROM customer WHERE id = 2") == "1");
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("a change and a deletion that the ERP refuses wait with its reason, and the rest goes on",
          "[guarantee][G5]") {
  const auto refused = GENERATE("UPDATE customer SET city = 'Brest' WHERE email = 'un@x.fr'",
                                "DELETE FROM customer WHERE email = 'un@x.fr'");
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind), refused);
    Pair pair{kind};
    pair.shop().run(
        "INSERT INTO customer (last_name, email, city) VALUES ('Un', 'un@x.fr', 'Nice'), "
        "('Deux', 'deux@x.fr', 'Nice'), ('Trois', 'trois@x.fr', 'Nice')");
    cycle_until_quiet(pair);
    for (const std::string what : {"UPDATE", "DELETE"})
      refuse(pair.erp(), what, R"(OLD."E-Mail" = 'un@x.fr')");
    pair.shop().run(refused);
    pair.shop().run("UPDATE customer SET city = 'Brest' WHERE email = 'deux@x.fr'");
    pair.shop().run("DELETE FROM customer WHERE email = 'trois@x.fr'");
    const json report = pair.cycle(4).report;
    CAPTURE(report.dump());
    CHECK(report.at("set_aside") == 1);
    const std::string in_erp = R"(SELECT count(*) FROM "CRONUS France$Customer" WHERE )";
    CHECK(pair.erp().value(in_erp + R"("E-Mail" = 'un@x.fr' AND "City" = 'Nice')") == "1");
    CHECK(pair.erp().value(in_erp + R"("E-Mail" = 'deux@x.fr' AND "City" = 'Brest')") == "1");
    CHECK(pair.erp().value(in_erp + R"("E-Mail" = 'trois@x.fr')") == "0");
    CHECK(pair.verb({"held", "list"}).out.find(refusal) != std::string::npos);
    for (const std::string what : {"UPDATE", "DELETE"}) refuse_no_more(pair.erp(), what);
    CHECK(pair.verb({"held", "retry", "--all"}).exit_code == 0);
    cycle_until_quiet(pair);
    CHECK(pair.erp().value(in_erp + R"("City" = 'Nice')") == "0");
    CHECK(pair.differences().empty());
  }
}

TEST_CASE("a site that takes connections and says nothing is given up, and the other gets its due",
          "[guarantee][G4]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    for (const std::string silent : {"erp", "shop"}) {
      const std::string other = silent == "erp" ? "shop" : "erp";
      CAPTURE(name_of(kind), silent);
      Pair pair{kind};
      SilentPort port;
      auto& site = silent == "erp" ? pair.erp() : pair.shop();
      if (site.dialect() == "sqlite") continue;  // No line, nothing to be silent.
      // What the other one is still to get was taken in while it was away.
      pair.cut(other);
      if (silent == "erp") pair.erp().run(sell_in_erp(2));
      if (silent == "shop") pair.shop().run(sell_in_shop(2));
      CHECK(pair.try_cycle().exit_code == 3);
      pair.mend(other);
      pair.redirect(silent, port.port());
      const Pair::Cycle cycle = pair.try_cycle();
      CAPTURE(cycle.report.dump(), cycle.err);
      CHECK(cycle.exit_code == 3);
      CHECK(cycle.report.at("seconds") < 15);
      CHECK(cycle.report.at("delivered").at(other) == 1);
      pair.mend(silent);
      cycle_until_quiet(pair);
      CHECK(pair.differences().empty());
    }
  }
}
