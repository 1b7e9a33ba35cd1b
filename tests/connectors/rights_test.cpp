// Which rights a mapping asks for, and how MariaDB's grants are read.
#include "connectors/rights.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "connectors/odbc/dialects/mariadb_rights.hpp"
#include "connectors/odbc/dialects/sqlite_rights.hpp"
#include "connectors/postgres/postgres_rights.hpp"
#include "schema/mapping_file.hpp"

using namespace miroir;

namespace {

constexpr auto text_of_mapping = R"json({
  "sites": ["shop", "erp"], "conflicts": "shop wins",
  "entities": {
    "customer": {
      "shop": {"table": "customer", "key": [{"column": "id", "from": "database"}],
               "where": {"kind": "client"}, "on_insert": {"origin": "erp"}},
      "erp": {"table": "Customer", "key": [{"column": "No_", "from": "rule", "rule": "W{id}"}],
              "satellites": {"taste": {"table": "Taste", "where": {"State": "current"}}},
              "moved": [{"table": "Archive", "where": {"No_": "{No_}"}, "then": {"city": "gone"}}]},
      "fields": {
        "city": {"type": "text", "shop": "city", "erp": {"column": "City", "length": 30}},
        "blocked": {"type": "boolean", "direction": "to shop", "shop": "blocked", "erp": "Blocked"},
        "wine": {"type": "text", "shop": "wine", "erp": {"column": "Wine", "satellite": "taste"}},
        "born": {"type": "date", "direction": "at creation", "shop": "born", "erp": "Born"}
      }
    },
    "price": {
      "direction": "to shop",
      "shop": {"table": "price", "key": [{"column": "sku"}]},
      "erp": {"table": "Price", "key": [{"column": "Item"}]},
      "fields": {"sku": {"type": "code", "shop": {"column": "sku", "length": 20}, "erp": {"column": "Item", "length": 20}},
                 "net": {"type": "decimal", "scale": 2, "shop": "net", "erp": "Net"}}
    }
  }
})json";

Mapping mapping() {
  auto read = read_mapping(text_of_mapping, "mapping.json");
  if (auto* mistakes = std::get_if<std::vector<Mistake>>(&read)) FAIL(to_string(mistakes->front()));
  return std::get<Mapping>(std::move(read));
}

TableRights rights_at(SiteId site, const std::string& table) {
  const auto all = needed_rights(mapping(), site);
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const TableRights& one) { return one.table.name == table; });
  if (found == all.end()) FAIL("no rights for " << table);
  return *found;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("what goes both ways is read, inserted, updated and deleted; a key is never changed",
          "[rights]") {
  const TableRights rights = rights_at(SiteId::first, "customer");
  CHECK(rights.inserted == Names{"id", "blocked", "born", "city", "wine", "kind", "origin"});
  CHECK(rights.updated == Names{"blocked", "city", "wine"});
  CHECK(rights.deletes);
}

TEST_CASE("a field that goes the other way, or at creation only, is inserted and not updated",
          "[rights]") {
  const TableRights rights = rights_at(SiteId::second, "Customer");
  CHECK(rights.inserted == Names{"No_", "Blocked", "Born", "City"});
  CHECK(rights.updated == Names{"City"});
}

TEST_CASE("a satellite is inserted and deleted with its row, and its key is never changed",
          "[rights]") {
  const TableRights rights = rights_at(SiteId::second, "Taste");
  CHECK(rights.mirrored);
  CHECK(rights.inserted == Names{"No_", "State", "Wine"});
  CHECK(rights.updated == Names{"Wine"});
  CHECK(rights.deletes);
}

TEST_CASE("an entity that goes one way is only read at its source", "[rights]") {
  const TableRights source = rights_at(SiteId::second, "Price");
  CHECK(source.inserted.empty());
  CHECK(source.updated.empty());
  CHECK_FALSE(source.deletes);
  CHECK(source.mirrored);
  const TableRights target = rights_at(SiteId::first, "price");
  CHECK(target.inserted == Names{"sku", "net"});
  CHECK(target.deletes);
}

TEST_CASE("where a record may have gone is only read, and has no trigger", "[rights]") {
  const TableRights archive = rights_at(SiteId::second, "Archive");
  CHECK_FALSE(archive.mirrored);
  CHECK(archive.inserted.empty());
  CHECK_FALSE(archive.deletes);
}

TEST_CASE("the printed accounts have no password, and one that nobody has set lets nobody in",
          "[rights]") {
  const AccountNames accounts{.runner = "mi\"ro`ir", .installer = "inst", .database = "my_shop"};
  const auto rights = needed_rights(mapping(), SiteId::second);
  const std::string postgres = postgres_accounts().script(accounts, rights);
  const std::string mariadb = mariadb_accounts().script(accounts, rights);
  for (const std::string& script : {postgres, mariadb}) {
    CAPTURE(script);
    CHECK(script.find("PASSWORD '") == std::string::npos);
    CHECK(script.find("GRANT SELECT") != std::string::npos);
    CHECK(script.find("Archive") != std::string::npos);
  }
  CHECK(postgres.find(R"(GRANT SELECT ON "Price" TO "mi""ro`ir";)") != std::string::npos);
  CHECK(mariadb.find("GRANT SELECT, TRIGGER ON `my_shop`.`Price` TO `mi\"ro``ir`@`%`;") !=
        std::string::npos);
  CHECK(mariadb.find("CREATE USER IF NOT EXISTS `inst`@`%` ACCOUNT LOCK") != std::string::npos);
  CHECK(mariadb.find("ON `my\\_shop`.* TO") != std::string::npos);
  CHECK(sqlite_accounts().script(accounts, rights).find("no accounts") != std::string::npos);
}

TEST_CASE("MariaDB's grants are read as SHOW GRANTS writes them", "[rights][mariadb]") {
  const auto columns = parse_grant(
      "GRANT SELECT, INSERT (\"a\", \"b,\"\"(c\"), UPDATE (\"b\") ON \"shop\".\"a.t\" TO "
      "\"m\"@\"%\"");
  REQUIRE(columns);
  CHECK(columns->covers("shop", "a.t"));
  CHECK_FALSE(columns->covers("shop", "t"));
  CHECK(columns->gives("SELECT"));
  CHECK(columns->gives("SELECT", "a"));
  CHECK(columns->gives("INSERT", "b,\"(c"));
  CHECK_FALSE(columns->gives("UPDATE", "a"));
  CHECK_FALSE(columns->gives("UPDATE"));
  CHECK_FALSE(columns->gives("DELETE"));
  const auto pattern = parse_grant("GRANT CREATE TEMPORARY TABLES ON `my\\_sh_p%`.* TO `m`@`%`");
  REQUIRE(pattern);
  CHECK(pattern->gives("CREATE TEMPORARY TABLES"));
  CHECK(pattern->covers("my_shop2", "any"));
  CHECK_FALSE(pattern->covers("my-shop", "any"));
  const auto all = parse_grant(
      "GRANT ALL PRIVILEGES ON *.* TO `m`@`%` IDENTIFIED BY PASSWORD '*AB' WITH GRANT OPTION");
  REQUIRE(all);
  CHECK(all->gives("TRIGGER", "x"));
  CHECK(all->covers("any", "any"));
  CHECK(all->may_grant);
  CHECK_FALSE(parse_grant("GRANT `clerks` TO `m`@`%`"));
  CHECK_FALSE(parse_grant("GRANT PROXY ON ''@'%' TO 'm'@'%'"));
  CHECK_FALSE(parse_grant("GRANT EXECUTE ON PROCEDURE `d`.`p` TO `m`@`%`"));
  CHECK_FALSE(parse_grant("SET DEFAULT ROLE `clerks` FOR `m`@`%`"));
}
