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

// What the ERP's trigger does to a customer of this city has no code that says whose fault it is;
// the database's words for it.
std::string fail_oddly(SiteDatabase& erp) {
  if (erp.dialect() == "postgres") {
    erp.run(R"(CREATE FUNCTION oddly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW."City" = 'Interdit' THEN PERFORM nowhere(); END IF; RETURN NEW; END $$;
      CREATE TRIGGER oddly BEFORE INSERT ON "CRONUS France$Customer" FOR EACH ROW
        EXECUTE FUNCTION oddly())");
    return "nowhere";
  }
  if (erp.dialect() == "sqlite") {
    erp.run(R"(CREATE TRIGGER oddly AFTER INSERT ON "CRONUS France$Customer"
      WHEN NEW."City" = 'Interdit' BEGIN SELECT json(NEW."City"); END)");
    return "malformed JSON";
  }
  erp.run(R"(CREATE TRIGGER oddly BEFORE INSERT ON "CRONUS France$Customer" FOR EACH ROW
    BEGIN DECLARE n INTEGER; IF NEW."City" = 'Interdit' THEN
    SELECT 1 INTO n FROM (SELECT 1 UNION ALL SELECT 2) AS two; END IF; END)");
  return "more than one row";
}

// The ERP's trigger asks another server, which is away: whoever writes hears of a lost line.
void fail_like_a_lost_line(SiteDatabase& erp, const std::string& code) {
  const std::string head =
      R"(CREATE TRIGGER lost BEFORE INSERT ON "CRONUS France$Customer" FOR EACH ROW )";
  const std::string condition = R"(IF NEW."City" = 'Interdit' THEN )";
  if (erp.dialect() == "postgres") {
    erp.run("CREATE FUNCTION lost() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + condition +
            "RAISE 'the other is away' USING ERRCODE = '" + code +
            "'; END IF; RETURN NEW; END $$; " + head + "EXECUTE FUNCTION lost()");
  } else {
    erp.run(head + "BEGIN " + condition + "SIGNAL SQLSTATE '" + code +
            "' SET MESSAGE_TEXT = 'the other is away'; END IF; END");
  }
}

// A table that the ERP's trigger writes is not there: no customer can be written, whoever he is.
void fail_always(SiteDatabase& erp) {
  const std::string head =
      R"(CREATE TRIGGER always AFTER INSERT ON "CRONUS France$Customer" FOR EACH ROW )";
  const std::string write = "INSERT INTO nowhere VALUES (1); ";
  if (erp.dialect() == "postgres")
    erp.run("CREATE FUNCTION always() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + write +
            "RETURN NULL; END $$; " + head + "EXECUTE FUNCTION always()");
  else
    erp.run(head + "BEGIN " + write + "END");
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

// A trigger that leaves a row out says nothing. Taken for written, the line would count as deleted
// by the ERP when the order is read there again.
TEST_CASE("an order of which the ERP leaves out a line is set aside as a whole",
          "[guarantee][G1][G5][G6]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    if (pair.erp().dialect() == "mariadb") continue;  // There a trigger cannot leave a row out.
    const bool sqlite = pair.erp().dialect() == "sqlite";
    const std::string when = R"( BEFORE INSERT ON "CRONUS France$Sales Line" )";
    const std::string second = R"(NEW."Line No_" = 20000)";
    pair.erp().run(sqlite ? "CREATE TRIGGER drop_line" + when + "WHEN " + second +
                                " BEGIN SELECT RAISE(IGNORE); END"
                          : "CREATE FUNCTION drop_line() RETURNS trigger LANGUAGE plpgsql AS $$ "
                            "BEGIN IF " +
                                second + " THEN RETURN NULL; END IF; RETURN NEW; END $$; " +
                                "CREATE TRIGGER drop_line" + when +
                                "FOR EACH ROW EXECUTE FUNCTION drop_line()");
    pair.shop().run(shop_order("S-2000"));
    CHECK(pair.try_cycle().exit_code == 4);
    CHECK(pair.erp().value(half_orders_in_erp) == "0");
    check_reasons(pair, {"order_line"});
    pair.erp().run(sqlite ? "DROP TRIGGER drop_line" : "DROP FUNCTION drop_line CASCADE");
    CHECK(pair.verb({"held", "retry", "--all"}).exit_code == 0);
    cycle_until_quiet(pair);
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

TEST_CASE("an error without a code for one record sets that one aside, and the others arrive",
          "[guarantee][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    const std::string words = fail_oddly(pair.erp());
    pair.shop().run(
        "INSERT INTO customer (last_name, city) VALUES ('Client', 'Interdit'), ('Client', 'Nantes'), "
        "('Client', 'Brest')");
    const json report = pair.cycle(4).report;
    CAPTURE(report.dump());
    CHECK(report.at("set_aside") == 1);
    CHECK(report.at("delivered").at("erp") == 2);
    CHECK(pair.erp().value(arrived) == "2");
    check_reasons(pair, {words});
    for (int n = 0; n < 3; ++n) {
      pair.shop().run("INSERT INTO customer (last_name, city) VALUES ('Client', 'Nantes')");
      CHECK(pair.cycle(4).report.at("delivered").at("erp") == 1);
    }
    pair.shop().run("UPDATE customer SET city = 'Nantes' WHERE city = 'Interdit'");
    pair.cycle();
    CHECK(pair.erp().value(arrived) == "6");
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("what one record's trigger says of a lost line stops no other record",
          "[guarantee][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    for (const std::string code : {"08001", "57P01"}) {
      CAPTURE(name_of(kind), code);
      Pair pair{kind};
      if (pair.erp().dialect() == "sqlite") continue;  // Its triggers give no code.
      fail_like_a_lost_line(pair.erp(), code);
      pair.shop().run(
          "INSERT INTO customer (last_name, city) VALUES ('Client', 'Interdit'), "
          "('Client', 'Nantes'), ('Client', 'Brest')");
      const json report = pair.cycle(4).report;
      CAPTURE(report.dump());
      CHECK(report.at("set_aside") == 1);
      CHECK(pair.erp().value(arrived) == "2");
      check_reasons(pair, {"the other is away"});
      pair.erp().run(pair.erp().dialect() == "postgres" ? "DROP FUNCTION lost CASCADE"
                                                        : "DROP TRIGGER lost");
      CHECK(pair.verb({"held", "retry", "--all"}).exit_code == 0);
      cycle_until_quiet(pair);
      CHECK(pair.erp().value(arrived) == "3");
      CHECK(pair.differences() == nothing);
    }
  }
}

TEST_CASE("a value that is too large for an index of the shop sets its record aside, and no other",
          "[guarantee][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    if (pair.shop().dialect() != "postgres") continue;
    pair.shop().run(R"(CREATE FUNCTION long(city text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
      SELECT CASE WHEN city = 'Interdit' THEN string_agg(md5(n::text), '') END
      FROM generate_series(1, 200) AS n $$;
      CREATE INDEX long ON customer (long(city)))");
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Interdit' WHERE "No_" = 'W1';
      UPDATE "CRONUS France$Customer" SET "City" = 'Nantes' WHERE "No_" = 'W2')");
    const json report = pair.cycle(4).report;
    CAPTURE(report.dump());
    CHECK(report.at("set_aside") == 1);
    CHECK(pair.shop().value("SELECT count(*) FROM customer WHERE city = 'Nantes'") == "1");
    check_reasons(pair, {"index row"});
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Brest' WHERE "No_" = 'W2')");
    pair.cycle(4);
    CHECK(pair.shop().value("SELECT count(*) FROM customer WHERE city = 'Brest'") == "1");
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Nantes' WHERE "No_" = 'W1')");
    cycle_until_quiet(pair);
    CHECK(pair.differences() == nothing);
  }
}

TEST_CASE("a trigger that fails for every record is one matter for a person, and not one for each",
          "[guarantee][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    fail_always(pair.erp());
    insert_customers(pair.shop(), 200);
    const Pair::Cycle cycle = pair.try_cycle();
    CAPTURE(cycle.report.dump(), cycle.err);
    CHECK(cycle.exit_code == 2);
    CHECK(cycle.report.at("set_aside") == 0);
    CHECK(cycle.report.at("troubles").dump().find("nowhere") != std::string::npos);
    pair.erp().run(pair.erp().dialect() == "postgres" ? "DROP FUNCTION always CASCADE"
                                                      : "DROP TRIGGER always");
    pair.cycle();
    CHECK(pair.erp().value(arrived) == "200");
    CHECK(pair.differences() == nothing);
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
