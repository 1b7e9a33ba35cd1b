// install, uninstall and check, on SQLite through ODBC. cli_db_test.cpp does the same on
// PostgreSQL.
#include <catch2/catch.hpp>

#include "tests/scenarios/install_story.hpp"
#include "tests/support/pair.hpp"

using namespace miroir::test;

TEST_CASE("installing twice changes nothing the second time", "[cli][install]") {
  installing_twice_changes_nothing(Pair::sqlite_sqlite);
}

TEST_CASE("uninstalling leaves no trace", "[cli][install]") {
  uninstalling_leaves_no_trace(Pair::sqlite_sqlite);
}

TEST_CASE("uninstalling takes away what was mirrored before", "[cli][install]") {
  uninstalling_takes_what_was_mirrored_before(Pair::sqlite_sqlite);
}

TEST_CASE("what is printed takes away what was mirrored before", "[cli][install]") {
  printing_takes_what_was_mirrored_before(Pair::sqlite_sqlite);
}

TEST_CASE("what an earlier uninstall has left behind is taken away by the next", "[cli][install]") {
  Pair pair{Pair::sqlite_sqlite, Pair::installed};
  for (const char* table : {"journal", "marker", "site", "origin"})
    pair.shop().run(std::string{"DROP TABLE miroir_"} + table);
  CHECK(pair.verb({"uninstall", "--site", "shop", "--yes"}).exit_code == 0);
  CHECK_FALSE(says(pair.shop().schema(), "miroir"));
  CHECK_NOTHROW(pair.shop().run("UPDATE stock SET on_hand = 7"));
}

TEST_CASE("what no mapping and no state file knows is found at the site, and printed",
          "[cli][install]") {
  Pair pair{Pair::sqlite_sqlite, Pair::installed};
  pair.shop().run(
      "CREATE TRIGGER \"miroir_no \"\"such.one.insert\" AFTER INSERT ON stock BEGIN "
      "INSERT INTO miroir_journal (entity) VALUES (''); END");
  pair.shop().run("ALTER TABLE customer RENAME TO client");
  const std::string script = pair.verb({"uninstall", "--print", "--site", "shop"}).out;
  pair.shop().run(script);
  CHECK_FALSE(says(pair.shop().schema(), "miroir"));
}

TEST_CASE("check tells what was left of an earlier mapping, and install takes it away",
          "[cli][install][check]") {
  Pair pair{Pair::sqlite_sqlite};
  const std::string told = "warning      shop capture: ", remedy = "miroir install --site shop";
  mirror_no_stock(pair, true);
  const Ended check = pair.verb({"check"});
  CHECK(check.exit_code == 0);
  CHECK(says(check.out, told));
  CHECK(says(check.out, remedy));
  CHECK(pair.verb({"install"}).exit_code == 0);
  CHECK_FALSE(says(pair.shop().schema(), ".stock."));
  CHECK_FALSE(says(pair.verb({"check"}).out, told));
  CHECK(pair.try_cycle().exit_code == 0);
}

TEST_CASE("printing shows the SQL and does nothing", "[cli][install]") {
  printing_does_nothing(Pair::sqlite_sqlite);
}

TEST_CASE("a trigger that is missing is found by check and put back by install", "[cli][install]") {
  Pair pair{Pair::sqlite_sqlite, Pair::installed};
  CHECK(pair.verb({"check"}).exit_code == 0);
  const std::string trigger = pair.shop().value(
      "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'customer' LIMIT 1");
  const std::string before = pair.dump();
  pair.shop().run("DROP TRIGGER \"" + trigger + "\"");

  const Ended check = pair.verb({"check"});
  CHECK(check.exit_code == 2);
  CHECK(says(check.out, "miroir install --site shop"));
  CHECK(pair.verb({"install"}).exit_code == 0);
  CHECK(changes(before, pair.dump()) == nothing);
  CHECK(pair.verb({"check"}).exit_code == 0);
}

TEST_CASE("naming a site installs at that site only, and must be known", "[cli][install]") {
  Pair pair{Pair::sqlite_sqlite, Pair::filled};
  const std::string erp_before = pair.erp().dump();
  const Ended unknown = pair.verb({"install", "--site", "store"});
  CHECK(unknown.exit_code == 2);
  CHECK(says(unknown.err, "there is no site 'store'"));
  CHECK(says(unknown.err, "shop and erp"));

  CHECK(pair.verb({"install", "--site", "shop"}).exit_code == 0);
  CHECK(changes(erp_before, pair.erp().dump()) == nothing);
  CHECK(pair.shop().value("SELECT count(*) FROM miroir_journal") == "0");
}

TEST_CASE("uninstall without a terminal wants --yes", "[cli][install]") {
  Pair pair{Pair::sqlite_sqlite, Pair::installed};
  const std::string before = pair.dump();
  const Ended ended = pair.verb({"uninstall"});
  CHECK(ended.exit_code == 2);
  CHECK(says(ended.err, "hint: miroir uninstall --yes"));
  CHECK(changes(before, pair.dump()) == nothing);
}

TEST_CASE("check warns of a line to another machine that nobody verifies, also while it is cut",
          "[cli][check][tls]") {
  const Pair pair{Pair::sqlite_sqlite, Pair::bare};
  nlohmann::json config = pair.config();
  config["limits"]["connect_seconds"] = 1;
  const auto warned = [&](const std::string& connection) {
    config["sites"]["shop"] = {{"connector", "postgres"}, {"connection", connection}};
    pair.write_config(config);
    const Ended ended = pair.verb({"check"});
    CHECK(ended.exit_code != 0);
    return says(ended.out, "warning      shop line: ") && says(ended.out, "\"tls_ca\": \"ca.pem\"");
  };
  CHECK(warned("host=192.0.2.1 dbname=shop"));
  CHECK(warned("host=192.0.2.1 dbname=shop sslmode=require"));
  CHECK_FALSE(warned("host=192.0.2.1 dbname=shop sslmode=verify-full"));
  CHECK_FALSE(warned("host=127.0.0.1 port=1 dbname=shop"));
}

TEST_CASE("each cycle's log warns of a line to another machine that nobody verifies",
          "[cli][cycle][tls]") {
  const Pair pair{Pair::sqlite_sqlite};
  nlohmann::json config = pair.config();
  config["limits"]["connect_seconds"] = 1;
  const auto warned = [&](const std::string& connection) {
    config["sites"]["shop"] = {{"connector", "postgres"}, {"connection", connection}};
    pair.write_config(config);
    const Ended ended = pair.verb({"cycle"});
    CHECK(ended.exit_code == 3);
    const bool told = says(ended.err, "shop: the line to another machine");
    CHECK(told == says(ended.err, "\"tls_ca\": \"ca.pem\""));
    return told;
  };
  CHECK(warned("host=192.0.2.1 dbname=shop sslmode=require"));
  CHECK_FALSE(warned("host=192.0.2.1 dbname=shop sslmode=verify-full"));
}

TEST_CASE("check names what is missing and where, and changes nothing", "[cli][check]") {
  Pair pair{Pair::sqlite_sqlite, Pair::filled};
  pair.erp().run("PRAGMA journal_mode = DELETE");
  const std::string before = pair.dump();
  const Ended ended = pair.verb({"check", "--json"});
  CHECK(ended.exit_code == 2);
  CHECK(changes(before, pair.dump()) == nothing);

  const auto object = nlohmann::json::parse(ended.out);
  std::string findings;
  for (const auto& finding : object.at("findings")) {
    findings += finding.at("verdict").get<std::string>() + " " +
                finding.at("site").get<std::string>() + " " +
                finding.at("topic").get<std::string>() + "\n";
  }
  CHECK(says(findings, "ok shop columns"));
  CHECK(says(findings, "wrong shop capture"));
  CHECK(says(findings, "wrong erp capture"));
  CHECK(says(findings,
             "warning erp database"));  // Without WAL readers and writers wait for each other.
  CHECK(says(findings, "ok shop clock"));
}

TEST_CASE("check tells a site that is away from one that is wrong", "[cli][check]") {
  Pair pair{Pair::sqlite_sqlite, Pair::installed};
  pair.cut("erp");
  const Ended ended = pair.verb({"check"});
  CHECK(ended.exit_code == 3);
  CHECK(says(ended.out, "unreachable  erp connection"));
  CHECK(says(ended.out, "ok           shop capture"));
}
