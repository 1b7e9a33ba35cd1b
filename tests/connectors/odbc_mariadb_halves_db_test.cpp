// A transaction on MariaDB happens as a whole, or not at all and says so: also where an error has a
// warning's code, which neither the server's handlers for errors nor the driver take for one.
#include <array>
#include <catch2/catch.hpp>

#include "connectors/odbc/dialects/mariadb_dialect.hpp"
#include "connectors/odbc/odbc_session.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/temporary_mariadb.hpp"

namespace miroir::test {
namespace {

// The site's triggers do what an item's name says; strict ones, and one that is not.
constexpr const char* tables = R"(
CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(20), kind ENUM('a', 'b'), tags SET('x', 'y'), n INT,
  more INT, price DECIMAL(12, 2));
INSERT INTO item (id, n) VALUES (1, 0), (2, 0), (3, 0);
CREATE TABLE log (kind ENUM('a', 'b'), n INT, short VARCHAR(3));
CREATE TABLE nothing (a INT);
SET SESSION sql_mode = 'STRICT_ALL_TABLES';
CREATE TRIGGER strict_one BEFORE UPDATE ON item FOR EACH ROW BEGIN
  IF NEW.name = 'not in list' THEN INSERT INTO log (kind) VALUES ('z'); END IF;
  IF NEW.name = 'not a number' THEN BEGIN DECLARE m INT; SET m = '12 pieces'; END; END IF;
  IF NEW.name = 'no row' THEN BEGIN DECLARE m INT; DECLARE c CURSOR FOR SELECT a FROM nothing;
    OPEN c; FETCH c INTO m; CLOSE c; END; END IF;
  IF NEW.name = 'not found' THEN SIGNAL SQLSTATE '02777' SET MESSAGE_TEXT = 'there is none'; END IF;
  IF NEW.name = 'warned' THEN SIGNAL SQLSTATE '01777' SET MESSAGE_TEXT = 'take care'; END IF;
  IF NEW.name = 'into' THEN SELECT a INTO @miroir_test FROM nothing; END IF;
  IF NEW.name = 'handled' THEN BEGIN DECLARE m INT; DECLARE CONTINUE HANDLER FOR 1265 BEGIN END;
    SET m = '12 pieces'; SIGNAL SQLSTATE '01777'; END; END IF;
END;
SET SESSION sql_mode = '';
CREATE TRIGGER loose_one AFTER UPDATE ON item FOR EACH ROW
  IF NEW.name = 'loose' THEN INSERT INTO log VALUES ('z', '12 pieces', 'too long'); END IF;
)";

constexpr std::array one_text{ValueKind::text};
const TableName item{"", "item"};

struct Shop {
  explicit Shop(const OdbcDialect& dialect = mariadb_dialect()) {
    database.user().execute(tables);
    session = open_odbc(database.connection_string(), dialect, SessionLimits{});
  }
  // Three updates, of which the second sets this.
  void write(const std::string& second) const {
    session->run_transaction(
        std::vector<Statement>{{"UPDATE item SET n = 7 WHERE id = 1", {}},
                               {"UPDATE item SET n = n + 1, " + second + " WHERE id = 2", {}},
                               {"UPDATE item SET n = 7 WHERE id = 3", {}}});
  }
  std::string numbers() const {
    return database.user().value("SELECT GROUP_CONCAT(n ORDER BY id) FROM item");
  }
  bool in_transaction() const {
    const auto rows = all_rows(*session, {"SELECT CONCAT(@@in_transaction)", {}}, one_text);
    return rows.at(0).at(0) != Value{"0"};
  }

  TemporaryMariadb database;
  std::unique_ptr<Session> session;
};

bool says(const DbError& error, const std::string& part) {
  return std::string{error.what()}.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("MariaDB: what fails with a warning's code is undone at once, and says what failed",
          "[mariadb][G1]") {
  const auto [second, words] = GENERATE(table<const char*, const char*>(
      {{"kind = 'z'", "column 'kind'"},
       {"kind = ''", "column 'kind'"},
       {"tags = 'x,z'", "column 'tags'"},
       {"more = '12 pieces'", "column 'more'"},
       {"price = '1.5 EUR'", "column 'price'"},
       {"price = CAST('1.239' AS DECIMAL(20, 9)), kind = 'z'", "column 'kind'"},
       {"name = 'not in list'", "column 'kind'"},
       {"name = 'not a number'", "column 'm'"},
       {"name = 'no row'", "zero rows fetched"},
       {"name = 'not found'", "there is none"}}));
  CAPTURE(second);
  // The server says so: the driver's warning is not needed.
  class Trusting final : public MariadbDialect {
    bool is_failure(const Diagnostic&) const override { return false; }
  };
  const Trusting trusting;
  const Shop shop{trusting};
  const DbError error = error_of([&] { shop.write(second); });
  CAPTURE(error.what(), std::string{error.sqlstate()});
  CHECK(error.recovery() == Recovery::refused);
  CHECK(says(error, words));
  CHECK_FALSE(shop.in_transaction());
  shop.session->run_transaction(std::vector<Statement>{{"UPDATE item SET n = 1 WHERE id = 3", {}}});
  CHECK(shop.numbers() == "0,0,1");
}

TEST_CASE("MariaDB: a mere warning, or a note, keeps no transaction from its end", "[mariadb]") {
  const auto* const second =
      GENERATE("name = 'loose'", "name = 'warned'", "name = 'into'", "name = 'handled'",
               "price = CAST('1.239' AS DECIMAL(20, 9))");
  CAPTURE(second);
  const Shop shop;
  shop.write(second);
  CHECK(shop.numbers() == "7,1,7");
}

TEST_CASE("MariaDB: what asks whether to refuse does so although it warns", "[mariadb][G1]") {
  const Shop shop;
  const auto texts =
      mariadb_dialect().refuse_where("item", "s.id = CAST('2 pieces' AS INT)", "not this one");
  std::vector<Statement> statements{{"UPDATE item SET n = 7", {}}};
  for (const std::string& text : texts) statements.push_back({text, {}});
  const DbError error = error_of([&] { shop.session->run_transaction(statements); });
  CHECK(says(error, "not this one"));
  CHECK(shop.numbers() == "0,0,0");
}

TEST_CASE("MariaDB: a transaction that says nothing of its commit is in doubt, and undone",
          "[mariadb][G1]") {
  // As a server would that ends a compound statement in its midst, and calls that success.
  class Silent final : public MariadbDialect {
    std::vector<std::string> write_messages(std::span<const Statement> of) const override {
      return {"BEGIN NOT ATOMIC START TRANSACTION; " + of[0].text + "; END"};
    }
    bool answers(std::string_view message) const override { return message.starts_with("BEGIN "); }
  };
  const Silent silent;
  const Shop shop{silent};
  CHECK(error_of([&] { shop.write("kind = 'a'"); }).recovery() == Recovery::in_doubt);
  CHECK_FALSE(shop.session->connected());
  CHECK(shop.numbers() == "0,0,0");
}

TEST_CASE("MariaDB: a statement that fails with a warning's code is no success", "[mariadb][G1]") {
  const Shop shop;
  const Statement update{"UPDATE item SET kind = ? WHERE id = 1", {std::string{"z"}}};
  const std::vector<std::string> names{"id", "kind"};
  int rows = 0;
  const auto upload = [&](Row& out) {
    out = {std::int64_t{10 + rows}, std::string{rows == 1 ? "z" : "a"}};
    return rows++ < 3;
  };
  for (const DbError& error : {error_of([&] { shop.session->run(update); }),
                               error_of([&] { shop.session->upload(item, names, upload); })}) {
    CHECK(error.recovery() == Recovery::refused);
    CHECK(says(error, "column 'kind'"));
  }
  CHECK(shop.numbers() == "0,0,0");
}

}  // namespace miroir::test
