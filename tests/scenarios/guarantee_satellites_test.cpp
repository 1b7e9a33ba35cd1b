// A customer who is spread over two tables at each site: a profile in the shop, of which one is the
// current one, and the companion table of an extension in the ERP.
#include <signal.h>

#include "tests/scenarios/guarantee_pairs.hpp"
#include "tests/support/held_cycle.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

using Rows = std::vector<std::string>;

const std::string newsletter =
    R"("newsletter": {"type": "boolean", "shop": "newsletter", "erp": "Web Newsletter"},)";
const std::string fields = R"(
    "nickname": {"type": "text", "policy": "erp wins", "shop": {"column": "nickname", "satellite": "profile"},
                 "erp": {"column": "Nickname", "satellite": "tasting", "blank": "", "length": 20}},
    "taste": {"type": "text", "shop": {"column": "taste", "satellite": "profile"},
              "erp": {"column": "Taste", "satellite": "tasting", "blank": ""}},)";

void create_tables(Pair& pair) {
  const bool mariadb = pair.shop().dialect() == "mariadb";
  const std::string number = pair.shop().dialect() == "postgres" ? "bigserial PRIMARY KEY"
                             : mariadb ? "BIGINT AUTO_INCREMENT PRIMARY KEY"
                                       : "INTEGER PRIMARY KEY";
  pair.shop().run("CREATE TABLE profile (id " + number +
                  ", customer_id bigint NOT NULL REFERENCES customer ON DELETE CASCADE, state "
                  "varchar(10) NOT NULL, kind varchar(10) NOT NULL, nickname varchar(40), taste "
                  "varchar(40))");
  pair.erp().run(R"(CREATE TABLE "CRONUS France$Customer$tasting" ("No_" varchar(20) PRIMARY KEY,
      "Nickname" varchar(20) NOT NULL, "Taste" varchar(40) NOT NULL))");
}

void map_tables(Pair& pair) {
  pair.edit_mapping(R"("shop": {"table": "customer", )",
                    R"("shop": {"table": "customer", "satellites": {"profile": {"table": "profile",
                      "key": {"customer_id": "id"}, "where": {"state": "current"},
                      "on_insert": {"kind": "mirrored"}}}, )");
  pair.edit_mapping(R"("erp": {"table": "CRONUS France$Customer", )",
                    R"("erp": {"table": "CRONUS France$Customer", "satellites": {"tasting": {
                      "table": "CRONUS France$Customer$tasting"}}, )");
  pair.edit_mapping(newsletter, newsletter + fields);
}

std::string add_profile(int customer, const std::string& nickname, const std::string& taste,
                        const std::string& state = "current") {
  return "INSERT INTO profile (customer_id, state, kind, nickname, taste) VALUES (" +
         std::to_string(customer) + ", '" + state + "', 'own', '" + nickname + "', '" + taste + "')";
}

// With a profile for the first customer; installed and seeded.
class Tasters {
 public:
  explicit Tasters(Pair::Kind kind) : pair{kind, Pair::filled} {
    create_tables(pair);
    pair.shop().run(add_profile(1, "Nan", "red"));
    pair.shop().run(add_profile(1, "Old", "sweet", "past"));
    map_tables(pair);
    REQUIRE(pair.verb({"install", "--yes"}).exit_code == 0);
    REQUIRE(pair.verb({"seed"}).exit_code == 0);
    cycle_until_quiet(pair);
  }
  Rows at_shop(const std::string& customer) {
    return pair.shop().rows("SELECT nickname, taste FROM profile WHERE state = 'current' AND "
                            "customer_id = " +
                            customer);
  }
  Rows at_erp(const std::string& no) {
    return pair.erp().rows(
        R"(SELECT "Nickname", "Taste" FROM "CRONUS France$Customer$tasting" WHERE "No_" = ')" + no +
        "'");
  }
  void set_at_erp(const std::string& assignment, const std::string& no = "W1") {
    pair.erp().run(R"(UPDATE "CRONUS France$Customer$tasting" SET )" + assignment +
                   R"( WHERE "No_" = ')" + no + "'");
  }

  Pair pair;
};

std::string why_set_aside(const Pair& pair) {
  return json::parse(pair.verb({"status", "--json"}).out).at("set_aside").at(0).at("reason");
}

}  // namespace

TEST_CASE("a customer in two tables is one on both sides, whichever table is edited",
          "[guarantee][satellites]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Tasters world{kind};
    CHECK(world.at_erp("W1") == Rows{"Nan|red"});
    CHECK(world.at_erp("W2") == Rows{});  // It has nothing to say there.
    world.pair.shop().run("UPDATE profile SET taste = 'white' WHERE state = 'current'");
    world.pair.shop().run("UPDATE customer SET city = 'Metz' WHERE id = 1");
    world.set_at_erp(R"("Nickname" = 'Nana')");
    CHECK(world.pair.cycle().report.at("conflicts") == 0);
    CHECK(world.at_shop("1") == Rows{"Nana|white"});
    CHECK(world.at_erp("W1") == Rows{"Nana|white"});
    CHECK(world.pair.differences() == nothing);
    // The other rows of that table are nobody's.
    CHECK(world.pair.shop().rows("SELECT nickname FROM profile WHERE state = 'past'") == Rows{"Old"});
    cycle_until_quiet(world.pair);
    const std::string before = world.pair.dump();
    world.pair.cycle();
    CHECK(world.pair.dump() == before);
  }
}

TEST_CASE("a satellite that is deleted, and one that is made later, arrive",
          "[guarantee][satellites]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Tasters world{kind};
    world.pair.shop().run("DELETE FROM profile WHERE state = 'current'");
    world.pair.cycle();
    CHECK(world.at_erp("W1") == Rows{"|"});
    world.pair.shop().run(add_profile(2, "Ben", "dry"));
    world.set_at_erp(R"("Taste" = 'old')");
    world.pair.cycle();
    CHECK(world.at_erp("W2") == Rows{"Ben|dry"});
    CHECK(world.pair.shop().rows("SELECT taste, kind FROM profile WHERE customer_id = 1 AND "
                                 "state = 'current'") == Rows{"old|mirrored"});
    world.pair.shop().run(
        "INSERT INTO customer (last_name, email) VALUES ('Neuf', 'neuf@exemple.fr')");
    world.pair.shop().run(
        "INSERT INTO profile (customer_id, state, kind, nickname) SELECT id, 'current', 'own', "
        "'N9' FROM customer WHERE email = 'neuf@exemple.fr'");
    cycle_until_quiet(world.pair);
    CHECK(world.pair.erp().value(R"(SELECT "Nickname" FROM "CRONUS France$Customer$tasting" t
        JOIN "CRONUS France$Customer" c ON c."No_" = t."No_"
        WHERE c."E-Mail" = 'neuf@exemple.fr')") == "N9");
    CHECK(world.pair.differences() == nothing);
  }
}

TEST_CASE("a satellite that alone changes meanwhile is not overwritten",
          "[guarantee][satellites][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Tasters world{kind};
    world.pair.shop().run("UPDATE profile SET nickname = 'Nane' WHERE state = 'current'");
    HeldCycle cycle{world.pair};
    cycle.go_past("plan");
    world.set_at_erp(R"("Nickname" = 'Nino')");
    CHECK(cycle.finish().exit_code == 0);
    CHECK(world.at_erp("W1") == Rows{"Nino|red"});
    const json report = world.pair.cycle().report;
    CHECK(report.at("conflicts") == 1);
    CHECK(report.at("decisions").at(0).at("loser") == "Nane");
    CHECK(world.at_shop("1") == Rows{"Nino|red"});
  }
}

TEST_CASE("killed at any boundary, a row and its satellite arrive once, and together",
          "[guarantee][satellites][G2][G6]") {
  Tasters world{pairs_under_test().front()};
  bool came_so_far = true;
  int boundary = 0;
  for (; came_so_far; ++boundary) {
    CAPTURE(boundary);
    const std::string n = std::to_string(boundary);
    world.pair.shop().run("INSERT INTO customer (last_name, phone) VALUES ('K', '8" + n + "')");
    world.pair.shop().run("INSERT INTO profile (customer_id, state, kind, nickname, taste) SELECT "
                          "id, 'current', 'own', 'K" + n + "', 'x' FROM customer WHERE phone = '8" +
                          n + "'");
    world.set_at_erp(R"("Taste" = 'T)" + n + "'");
    HeldCycle cycle{world.pair};
    for (int i = 0; i < boundary && came_so_far; ++i) came_so_far = cycle.next();
    if (came_so_far) cycle.kill();
    CHECK(world.pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer" c WHERE
        c."Name" = 'K' AND NOT EXISTS (SELECT 1 FROM "CRONUS France$Customer$tasting" t
        WHERE t."No_" = c."No_"))") == "0");
    cycle_until_quiet(world.pair);
    CHECK(world.at_shop("1") == Rows{"Nan|T" + n});
    CHECK(world.pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer$tasting"
        WHERE "Nickname" LIKE 'K%')") == std::to_string(boundary + 1));
    CHECK(world.pair.differences() == nothing);
  }
  CHECK(boundary > 10);
}

TEST_CASE("two satellites of one customer set him aside, and nobody else",
          "[guarantee][satellites][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Tasters world{kind};
    world.pair.shop().run("UPDATE profile SET state = 'current' WHERE nickname = 'Old'");
    world.pair.shop().run(add_profile(2, "Ben", "dry"));
    CHECK(world.pair.cycle(4).report.at("set_aside") == 1);
    CHECK(why_set_aside(world.pair) ==
          "customer: 2 rows of profile belong to it, where one is expected (profile)");
    CHECK(world.at_erp("W1") == Rows{"Nan|red"});
    CHECK(world.at_erp("W2") == Rows{"Ben|dry"});
    world.pair.shop().run("DELETE FROM profile WHERE nickname = 'Nan'");
    CHECK(world.pair.cycle().report.at("set_aside") == 0);
    CHECK(world.at_erp("W1") == Rows{"Old|sweet"});
  }
}

TEST_CASE("a customer's number changes in both his tables, and he goes with both",
          "[guarantee][satellites]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Tasters world{kind};
    world.pair.shop().run("INSERT INTO customer (last_name, phone) VALUES ('Gone', '77')");
    world.pair.shop().run("INSERT INTO profile (customer_id, state, kind, nickname) SELECT id, "
                          "'current', 'own', 'Go' FROM customer WHERE phone = '77'");
    world.pair.cycle();
    const std::string no = world.pair.erp().value(
        R"(SELECT "No_" FROM "CRONUS France$Customer" WHERE "Phone No_" = '77')");
    world.pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "No_" = 'K77' WHERE "No_" = ')" +
                         no + "'");
    world.set_at_erp(R"("No_" = 'K77')", no);
    world.pair.cycle();
    world.pair.shop().run("UPDATE profile SET taste = 'rosé' WHERE nickname = 'Go'");
    cycle_until_quiet(world.pair);
    CHECK(world.at_erp("K77") == Rows{"Go|rosé"});
    world.pair.shop().run("DELETE FROM profile WHERE nickname = 'Go'");
    world.pair.shop().run("DELETE FROM customer WHERE phone = '77'");
    cycle_until_quiet(world.pair);
    CHECK(world.at_erp("K77") == Rows{});
    CHECK(world.pair.differences() == nothing);
  }
}

TEST_CASE("satellites are watched, and taken up by a pair that is in use",
          "[guarantee][satellites][G7]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    create_tables(pair);
    pair.shop().run(add_profile(1, "Nan", "red"));
    map_tables(pair);
    const Pair::Cycle asked = pair.try_cycle();
    CHECK(asked.exit_code == 5);
    REQUIRE(pair.verb({"install", "--yes"}).exit_code == 0);
    const json brake = asked.report.at("brakes").at(0);
    const Pair::Cycle accepted = pair.try_cycle({"--accept", brake.at("id")});
    CAPTURE(accepted.report.dump(), accepted.err);
    REQUIRE(accepted.exit_code == 0);
    cycle_until_quiet(pair);
    CHECK(pair.erp().rows(R"(SELECT "No_", "Taste" FROM "CRONUS France$Customer$tasting")") ==
          Rows{"W1|red"});
    CHECK(pair.verb({"check"}).exit_code == 0);
    pair.erp().run(R"(ALTER TABLE "CRONUS France$Customer$tasting" RENAME COLUMN "Taste" TO "Goût")");
    const Pair::Cycle braked = pair.try_cycle();
    CHECK(braked.exit_code == 5);
    CHECK(braked.report.dump().find("CRONUS France$Customer$tasting.Taste is gone") !=
          std::string::npos);
    pair.erp().run(R"(ALTER TABLE "CRONUS France$Customer$tasting" RENAME COLUMN "Goût" TO "Taste")");
    REQUIRE(pair.verb({"uninstall", "--yes"}).exit_code == 0);
    pair.shop().run("UPDATE profile SET taste = 'white'");  // No trigger is left that would fail.
  }
}
