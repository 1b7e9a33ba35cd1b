// The accounts of `install --print-roles` on real servers: enough, no more, and what check says of
// others.
#include <catch2/catch.hpp>

#include "tests/scenarios/install_story.hpp"
#include "tests/support/pair.hpp"
#include "tests/support/site_user.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

std::vector<json> told(const Pair& pair, const std::string& site) {
  const Ended ended = pair.verb({"check", "--json"});
  const json report = json::parse(ended.out);
  std::vector<json> found;
  for (const json& one : report.at("findings")) {
    if (one.at("topic") == "rights" && one.at("site") == site) found.push_back(one);
  }
  return found;
}

// The account that miroir comes with.
std::string runner_of(const SiteDatabase& site) {
  const std::string text = site.connection(),
                    member = site.dialect() == "postgres" ? "user=" : "Uid=";
  const std::size_t from = text.rfind(member) + member.size();
  return text.substr(from, text.find_first_of("; ", from) - from);
}

struct Taken {
  const char* revoke;  // Without the account.
  const char* words;   // Of what check says.
};

// One after the other: each is missed, named, and given back by what check says to type.
void each_is_missed(Pair& pair, SiteDatabase& site, const std::string& name,
                    const std::vector<Taken>& all) {
  for (const auto& [revoke, words] : all) {
    CAPTURE(revoke);
    site.administer(std::string{revoke} + " FROM " + runner_of(site));
    const auto found = told(pair, name);
    REQUIRE(found.size() == 1);
    CAPTURE(found.front().dump());
    CHECK(found.front().at("verdict") == "wrong");
    CHECK(says(found.front().at("message"), words));
    CHECK(pair.verb({"check"}).exit_code == 2);
    site.administer(found.front().at("remedy"));
    CHECK(told(pair, name).front().at("verdict") == "ok");
  }
}

}  // namespace

TEST_CASE("the printed accounts are enough and not too much, and check says so", "[cli][rights]") {
  for (const Pair::Kind kind : {Pair::postgres_postgres, Pair::postgres_mariadb}) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    for (const char* site : {"shop", "erp"}) {
      const auto found = told(pair, site);
      REQUIRE(found.size() == 1);
      CAPTURE(found.front().dump());
      CHECK(found.front().at("verdict") == "ok");
    }
    CHECK(pair.verb({"check"}).exit_code == 0);
  }
}

TEST_CASE("a right that PostgreSQL's account lacks is named with the GRANT that gives it",
          "[cli][rights]") {
  Pair pair{Pair::postgres_postgres};
  each_is_missed(pair, pair.shop(), "shop",
                 {{"REVOKE SELECT ON customer", "SELECT on \"customer\""},
                  {"REVOKE UPDATE (city, line1) ON customer", "UPDATE (city, line1)"},
                  {"REVOKE INSERT (email) ON customer", "INSERT (email)"},
                  {"REVOKE DELETE ON order_line", "DELETE on \"order_line\""},
                  {"REVOKE USAGE ON SEQUENCE customer_id_seq", "USAGE on SEQUENCE customer_id_seq"},
                  {"REVOKE DELETE ON miroir.journal", "DELETE on \"miroir\".\"journal\""},
                  {"REVOKE USAGE ON SCHEMA miroir", "USAGE on SCHEMA \"miroir\""}});
  const std::string database = pair.shop().value("SELECT current_database()");
  const std::string revoke = "REVOKE TEMPORARY ON DATABASE " + database;
  each_is_missed(pair, pair.shop(), "shop", {{revoke.c_str(), "TEMPORARY on DATABASE"}});
}

TEST_CASE("a right that MariaDB's account lacks is named with the GRANT that gives it",
          "[cli][rights]") {
  Pair pair{Pair::postgres_mariadb};
  const std::string temporary = "REVOKE CREATE TEMPORARY TABLES ON `" +
                                pair.erp().value("SELECT REPLACE(DATABASE(), '_', '\\\\_')") +
                                "`.*";
  each_is_missed(pair, pair.erp(), "erp",
                 {{R"(REVOKE SELECT ON "CRONUS France$Customer")", "SELECT on"},
                  {R"(REVOKE UPDATE ("City") ON "CRONUS France$Customer")", "UPDATE (`City`)"},
                  {R"(REVOKE INSERT ("City") ON "CRONUS France$Customer")", "INSERT (`City`)"},
                  {R"(REVOKE DELETE ON "CRONUS France$Sales Line")", "DELETE on"},
                  {R"(REVOKE TRIGGER ON "CRONUS France$Sales Line")", "TRIGGER on"},
                  {"REVOKE INSERT ON miroir_marker", "INSERT on"},
                  {temporary.c_str(), "CREATE TEMPORARY TABLES on"}});
}

TEST_CASE("a cycle that lacks a right fails whole, and says how to find it", "[cli][rights]") {
  for (const Pair::Kind kind : {Pair::postgres_postgres, Pair::postgres_mariadb}) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.erp().administer(R"(REVOKE UPDATE ("City") ON "CRONUS France$Customer" FROM )" +
                          runner_of(pair.erp()));
    pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
    const Ended ended = pair.verb({"cycle"});
    CAPTURE(ended.out, ended.err);
    CHECK(ended.exit_code == 2);
    CHECK(says(ended.out + ended.err, "miroir check"));
    pair.make_accounts();
    pair.cycle();
    CHECK(pair.differences() == nothing);
  }
}

// From everybody but those who own the table.
constexpr auto hidden_address =
    "ALTER TABLE customer_address ENABLE ROW LEVEL SECURITY;"
    "CREATE POLICY most ON customer_address USING (id > 1);"
    "UPDATE customer_address SET city = 'Dijon' WHERE id = 1";

TEST_CASE("rows that the database hides from the account are never taken for deleted",
          "[cli][rights]") {
  for (const Pair::Kind kind : {Pair::postgres_postgres, Pair::postgres_mariadb}) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    const std::string addresses = R"(SELECT count(*) FROM "CRONUS France$Ship-to Address")";
    REQUIRE(pair.erp().value(addresses) == "2");
    pair.shop().run(hidden_address);
    for (const char* verb : {"cycle", "verify", "resync"}) {
      CAPTURE(verb);
      const Ended ended = pair.verb({verb});
      CAPTURE(ended.out, ended.err);
      CHECK(ended.exit_code == 2);
      CHECK(says(ended.out + ended.err, "BYPASSRLS"));
      CHECK(pair.erp().value(addresses) == "2");
    }
    pair.shop().run("ALTER TABLE customer_address FORCE ROW LEVEL SECURITY");
    CHECK(pair.verb({"install", "--yes"}).exit_code == 0);
    const auto found = told(pair, "shop");
    REQUIRE(found.size() == 1);
    CHECK(found.front().at("verdict") == "wrong");
    CHECK(says(found.front().at("message"), "hide rows of customer_address"));
    pair.shop().administer(found.front().at("remedy"));
    CHECK(told(pair, "shop").front().at("verdict") == "ok");
    pair.cycle();
    CHECK(pair.erp().value(addresses + R"( WHERE "City" = 'Dijon')") == "1");
    CHECK(pair.verb({"verify"}).exit_code == 0);
  }
}

TEST_CASE("rows that the database hides are not left out of the first meeting", "[cli][rights]") {
  Pair pair{Pair::postgres_mariadb, Pair::installed};
  pair.shop().run(hidden_address);
  const Ended ended = pair.verb({"seed"});
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 2);
  CHECK(says(ended.out + ended.err, "BYPASSRLS"));
  pair.make_accounts();
  CHECK(pair.verb({"seed"}).exit_code == 0);
  CHECK(pair.differences() == nothing);
}

TEST_CASE("the printed account sees all rows, where a mirrored table hides some", "[cli][rights]") {
  Pair pair{Pair::postgres_mariadb};
  const std::string sees =
      "SELECT rolbypassrls FROM pg_roles WHERE rolname = '" + runner_of(pair.shop()) + "'";
  pair.shop().run("CREATE TABLE note (id int); ALTER TABLE note ENABLE ROW LEVEL SECURITY");
  pair.make_accounts();
  CHECK(pair.shop().value(sees) == "f");
  pair.shop().run("ALTER TABLE order_line ENABLE ROW LEVEL SECURITY");
  pair.make_accounts();
  CHECK(pair.shop().value(sees) == "t");
  CHECK(told(pair, "shop").front().at("verdict") == "ok");
}

TEST_CASE("an account that may do everything is warned of", "[cli][rights]") {
  Pair pair{Pair::postgres_mariadb};
  json config = pair.config();
  config["sites"]["shop"]["connection"] = pair.shop().administrator_connection();
  config["sites"]["erp"]["connection"] = pair.erp().administrator_connection();
  pair.write_config(config);
  CHECK(told(pair, "shop").front().at("verdict") == "warning");
  CHECK(says(told(pair, "shop").front().at("message"), "is a superuser"));
  CHECK(says(told(pair, "erp").front().at("message"), "ALL PRIVILEGES on all databases"));
  CHECK(says(told(pair, "erp").back().at("message"), "WITH GRANT OPTION"));
  CHECK(says(told(pair, "erp").front().at("remedy"), "miroir install --print-roles"));
  CHECK(pair.verb({"check"}).exit_code == 0);
}

TEST_CASE("a site's users write without a right to what is miroir's", "[cli][rights]") {
  for (const Pair::Kind kind : {Pair::postgres_postgres, Pair::postgres_mariadb}) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    SiteUser clerk{pair.erp()};
    const std::string journal =
        kind == Pair::postgres_mariadb ? "miroir_journal" : "miroir.journal";
    const std::string before = pair.erp().value("SELECT count(*) FROM " + journal);
    clerk.run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Nuits')");
    CHECK(pair.erp().value("SELECT count(*) FROM " + journal) != before);
    CHECK_THROWS(clerk.rows("SELECT * FROM " + journal));
    CHECK_THROWS(clerk.run("DELETE FROM " + journal));
    pair.cycle();
    CHECK(pair.differences() == nothing);
  }
}

// Only a table's owner may ask for that; without it a journal that grew is planned for as if empty.
TEST_CASE("a journal that has grown is analyzed, whoever mirrors", "[cli][rights]") {
  Pair pair{Pair::postgres_postgres};
  const std::string known =
      "SELECT reltuples > 1000 FROM pg_class WHERE oid = 'miroir.journal'::regclass";
  REQUIRE(pair.shop().value(known) == "f");
  pair.shop().run(
      "INSERT INTO customer (last_name) SELECT 'Client ' || n FROM generate_series(1, 1500) AS n");
  pair.cycle();
  CHECK(pair.shop().value(known) == "t");
}

TEST_CASE("the account that mirrors can install nothing, and take nothing away", "[cli][rights]") {
  for (const Pair::Kind kind : {Pair::postgres_postgres, Pair::postgres_mariadb}) {
    CAPTURE(name_of(kind));
    Pair pair{kind, Pair::filled};
    const json config = pair.config();
    json without = config;
    for (const char* site : {"shop", "erp"}) without["sites"][site].erase("installer");
    pair.write_config(without);
    const Ended refused = pair.verb({"install", "--site", "erp", "--yes"});
    CAPTURE(refused.err);
    CHECK(refused.exit_code == 2);
    CHECK(says(refused.err, "miroir install --print-roles"));
    pair.write_config(config);
    CHECK(pair.verb({"install", "--yes"}).exit_code == 0);
    pair.write_config(without);
    CHECK(pair.verb({"uninstall", "--site", "erp", "--yes"}).exit_code == 2);
    pair.write_config(config);
    CHECK(pair.verb({"uninstall", "--yes"}).exit_code == 0);
    CHECK(pair.verb({"install", "--yes"}).exit_code == 0);
    CHECK(pair.verb({"seed"}).exit_code == 0);
  }
}
