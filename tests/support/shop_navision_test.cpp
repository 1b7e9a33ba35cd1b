// The pair that is shipped: its mapping is sound, and fits the tables of both sites as SQLite's DDL
// makes them. (PostgreSQL's are met by the tests that have a server.)
#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "schema/mapping_file.hpp"

using namespace miroir;

namespace {

const std::string source_dir = MIROIR_SOURCE_DIR;
const std::string mapping_file = source_dir + "/schema/mappings/shop-navision/shop-navision.json";

std::string text_of(const std::vector<Mistake>& mistakes) {
  std::string text;
  for (const Mistake& mistake : mistakes) text += to_string(mistake) + "\n";
  return text;
}

Mapping shipped_mapping() {
  Checked<Mapping> read = read_mapping_file(mapping_file);
  if (const auto* mistakes = std::get_if<std::vector<Mistake>>(&read)) FAIL(text_of(*mistakes));
  return std::get<Mapping>(std::move(read));
}

SQLite::Database database_of(const std::string& site) {
  std::ifstream file{source_dir + "/schema/ddl/" + site + "/sqlite.sql"};
  std::ostringstream ddl;
  ddl << file.rdbuf();
  SQLite::Database database{":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  database.exec(ddl.str());
  return database;
}

std::vector<std::string> names(SQLite::Database& database, const std::string& sql,
                               const std::string& argument) {
  SQLite::Statement statement{database, sql};
  statement.bind(1, argument);
  std::vector<std::string> found;
  while (statement.executeStep()) found.push_back(statement.getColumn(0).getString());
  return found;
}

CatalogTable described(SQLite::Database& database, const std::string& table) {
  CatalogTable catalog;
  std::vector<std::string> key;
  SQLite::Statement columns{database,
                            "SELECT name, type, \"notnull\" OR pk, dflt_value IS NOT NULL, pk"
                            " FROM pragma_table_info(?)"};
  columns.bind(1, table);
  while (columns.executeStep()) {
    const std::string type = columns.getColumn(1).getString();
    CatalogColumn column;
    column.name = columns.getColumn(0).getString();
    column.declared_type = type;
    column.kind = type == "TEXT" ? ValueKind::text : ValueKind::integer;
    column.nullable = columns.getColumn(2).getInt() == 0;
    column.has_default = columns.getColumn(3).getInt() != 0 || column.name == "id";
    if (columns.getColumn(4).getInt() != 0) key.push_back(column.name);
    catalog.columns.push_back(std::move(column));
  }
  catalog.unique_keys.push_back(std::move(key));
  for (const std::string& index :
       names(database, "SELECT name FROM pragma_index_list(?) WHERE \"unique\" AND origin = 'u'",
             table))
    catalog.unique_keys.push_back(names(database, "SELECT name FROM pragma_index_info(?)", index));
  return catalog;
}

}  // namespace

TEST_CASE("the mapping of shop and Navision has no mistake", "[sample]") {
  const Mapping mapping = shipped_mapping();
  CHECK(mapping.sites == std::array<std::string, 2>{"shop", "erp"});
  for (const std::string_view name :
       {"customer", "customer_address", "product", "stock", "sales_order", "order_line"})
    CHECK(mapping.find(name) != nullptr);
}

TEST_CASE("the mapping of shop and Navision fits the tables of both", "[sample]") {
  Mapping mapping = shipped_mapping();
  for (const SiteId site : both_sites) {
    SQLite::Database database = database_of(mapping.sites[index(site)]);
    const auto catalog = [&](const TableName& table) { return described(database, table.name); };
    CHECK(text_of(bind_columns(mapping, site, catalog, mapping_file)).empty());
  }
}

TEST_CASE("a table that is missing from a site is named", "[sample]") {
  Mapping mapping = shipped_mapping();
  SQLite::Database database = database_of("erp");
  database.exec("DROP TABLE \"CRONUS France$Item\"");
  const auto catalog = [&](const TableName& table) { return described(database, table.name); };
  const auto mistakes = bind_columns(mapping, SiteId::second, catalog, mapping_file);
  CHECK_THAT(text_of(mistakes), Catch::Contains("CRONUS France$Item"));
}
