// A site of which one write takes longer than a statement may: limits.statement_seconds.
#include "tests/scenarios/guarantee_pairs.hpp"
#include "tests/scenarios/guarantee_reasons.hpp"
#include "tests/support/site_user.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

// Many seconds, for a customer of this city: the ERP's trigger counts all that it can find.
void slow_down(SiteDatabase& erp, const std::string& city) {
  const std::string head =
      R"(CREATE TRIGGER slow AFTER INSERT ON "CRONUS France$Customer" FOR EACH ROW )";
  const std::string when = R"(NEW."City" = ')" + city + "'";
  if (erp.dialect() == "postgres") {
    return erp.administer(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF " + when +
        " THEN PERFORM count(*) FROM generate_series(1, 100000) a, "
        "generate_series(1, 10000) b; END IF; RETURN NULL; END $$; " +
        head + "EXECUTE FUNCTION slow()");
  }
  if (erp.dialect() == "mariadb") {
    return erp.administer(
        head + "BEGIN DECLARE n BIGINT; IF " + when +
        " THEN SELECT count(*) INTO n FROM seq_1_to_100000 a JOIN seq_1_to_100000 b ON "
        "a.seq <> b.seq; END IF; END");
  }
  erp.administer(
      head + "WHEN " + when +
      " BEGIN SELECT count(*) FROM (WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 "
      "FROM r WHERE n < 30000) SELECT a.n FROM r a, r b WHERE a.n <> b.n); END");
}

void be_quick(SiteDatabase& erp) {
  erp.administer(erp.dialect() == "postgres" ? "DROP FUNCTION slow CASCADE" : "DROP TRIGGER slow");
}

void set_limit(Pair& pair, const std::string& name, double seconds) {
  json config = pair.config();
  config["limits"][name] = seconds;
  pair.write_config(config);
}

constexpr auto arrived = R"(SELECT count(*) FROM "CRONUS France$Customer" WHERE "Name" = 'Client')";

}  // namespace

TEST_CASE("a record that the ERP does not finish in time is set aside, and the others arrive",
          "[guarantee][slow][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    slow_down(pair.erp(), "Lent");
    set_limit(pair, "statement_seconds", 2);
    std::string script = "BEGIN;";
    for (int n = 1; n <= 60; ++n) {
      script += "INSERT INTO customer (last_name, phone, city) VALUES ('Client', '" +
                std::to_string(n) + "', '" + (n == 20 ? "Lent" : "Nantes") + "');";
    }
    pair.shop().run(script + "COMMIT");
    const Pair::Cycle cycle = pair.try_cycle();
    CAPTURE(cycle.report.dump(), cycle.err);
    CHECK(cycle.exit_code == 4);
    CHECK(cycle.report.at("set_aside") == 1);
    CHECK(cycle.report.at("delivered").at("erp") == 59);
    CHECK(cycle.report.at("seconds") < 30);
    CHECK(pair.erp().value(arrived) == "59");
    check_reasons(pair, {"erp did not finish it within 2 s (limits.statement_seconds)"});
    for (int n = 0; n < 3; ++n) {
      pair.shop().run("INSERT INTO customer (last_name, city) VALUES ('Client', 'Nantes')");
      CHECK(pair.cycle(4).report.at("delivered").at("erp") == 1);
    }
    be_quick(pair.erp());
    CHECK(pair.verb({"held", "retry", "--all"}).exit_code == 0);
    cycle_until_quiet(pair);
    CHECK(pair.erp().value(arrived) == "63");
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE(
    "a record whose trigger waits for a user's lock is not set aside, however short a "
    "statement may be",
    "[guarantee][slow][G4][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    if (pair.erp().dialect() == "sqlite") continue;  // One lock for all, and a code of its own.
    pair.erp().administer(
        "CREATE TABLE counted (id integer PRIMARY KEY, n integer NOT NULL);"
        "INSERT INTO counted VALUES (1, 0)");
    const std::string count = "UPDATE counted SET n = n + 1 WHERE id = 1";
    const std::string head =
        R"(CREATE TRIGGER count_one AFTER INSERT ON "CRONUS France$Customer" FOR EACH ROW )";
    pair.erp().administer(
        pair.erp().dialect() == "postgres"
            ? "CREATE FUNCTION count_one() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ "
              "BEGIN " +
                  count + "; RETURN NULL; END $$; " + head + "EXECUTE FUNCTION count_one()"
            : head + count);
    set_limit(pair, "statement_seconds", 2);
    SiteUser user{pair.erp(), SiteUser::As::administrator};
    user.run("BEGIN");
    user.run("SELECT 1 FROM counted WHERE id = 1 FOR UPDATE");
    pair.shop().run("INSERT INTO customer (last_name, city) VALUES ('Client', 'Nantes')");
    const Pair::Cycle cycle = pair.try_cycle();
    CAPTURE(cycle.report.dump(), cycle.err);
    CHECK(cycle.report.at("set_aside") == 0);
    CHECK(pair.erp().value(arrived) == "0");
    user.run("COMMIT");
    cycle_until_quiet(pair);
    CHECK(pair.erp().value(arrived) == "1");
    CHECK(pair.differences() == nothing);
  }
}
