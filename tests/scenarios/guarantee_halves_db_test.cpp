// Values that MariaDB refuses with the code of a warning, which neither its handlers for errors nor
// its driver take for an error: G1, G5 and G6 all the same.
#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/guarantee_reasons.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

const std::string customers = R"("CRONUS France$Customer")";

// One of them is as long as the mapping says that they may be.
const std::string cities =
    "'', 'Beaune', 'Lyon', 'Nantes', 'Nice', 'Saint-Germain-la-Blanche-Herbe'";

void type_of_city(SiteDatabase& erp, const std::string& type) {
  erp.administer("ALTER TABLE " + customers + R"( MODIFY "City" )" + type + "(" + cities +
                 ") NOT NULL DEFAULT ''");
}

// The site's own trigger notes a column's values in a table where they must be one of these.
void note_values(SiteDatabase& erp, const std::string& event, const std::string& table,
                 const std::string& column, const std::string& values) {
  erp.administer("CREATE TABLE IF NOT EXISTS noted (what ENUM(" + values +
                 ")); CREATE TRIGGER note_" + event + " BEFORE " + event + " ON " + table +
                 " FOR EACH ROW INSERT INTO noted VALUES (NEW." + column + ")");
}

std::string in_erp(Pair& pair, const std::string& city) {
  return pair.erp().value("SELECT count(*) FROM " + customers +
                          R"( WHERE "Name" = 'Client' AND "City" = ')" + city + "'");
}

// Nine of ten arrive, now and in whatever cycle; then all of them.
void must_set_one_aside(Pair& pair, const std::string& city, const std::string& column) {
  const json report = pair.cycle(4).report;
  CAPTURE(report.dump());
  CHECK(report.at("set_aside") == 1);
  CHECK(report.at("delivered").at("erp") == 9);
  CHECK(in_erp(pair, city) == "9");
  check_reasons(pair, {"column '" + column + "'"});
  CHECK(pair.cycle(4).report.at("delivered").at("erp") == 0);
  pair.shop().run("UPDATE customer SET city = '" + city + "' WHERE city = 'Interdit'");
  CHECK(pair.cycle().report.at("set_aside") == 0);
  CHECK(in_erp(pair, city) == "10");
  cycle_until_quiet(pair);
  CHECK(pair.differences() == nothing);
}

}  // namespace

TEST_CASE("a value that is not in the list of the ERP's column sets its record aside, and no other",
          "[guarantee][G1][G5]") {
  const std::string list = GENERATE("ENUM", "SET", "a trigger's");
  CAPTURE(list);
  Pair pair{Pair::postgres_mariadb, Pair::filled};
  const bool by_trigger = list == "a trigger's";
  if (by_trigger) {
    for (const char* event : {"INSERT", "UPDATE"})
      note_values(pair.erp(), event, customers, R"("City")", cities);
  } else {
    type_of_city(pair.erp(), list);
  }
  const std::string column = by_trigger ? "what" : "City";
  for (const std::vector<std::string>& verb :
       std::vector<std::vector<std::string>>{{"install", "--yes"}, {"seed"}}) {
    const Ended ended = pair.verb(verb);
    INFO(ended.out << ended.err);
    REQUIRE(ended.exit_code == 0);
  }
  cycle_until_quiet(pair);
  std::string script = "BEGIN;";
  for (int n = 1; n <= 10; ++n) {
    script += "INSERT INTO customer (last_name, phone, city) VALUES ('Client', '" +
              std::to_string(n) + "', '" + (n == 5 ? "Interdit" : "Nantes") + "');";
  }
  pair.shop().run(script + "COMMIT");
  must_set_one_aside(pair, "Nantes", column);
  pair.shop().run(
      "UPDATE customer SET city = CASE phone WHEN '7' THEN 'Interdit' ELSE 'Nice' END "
      "WHERE last_name = 'Client'");
  must_set_one_aside(pair, "Nice", column);
}

TEST_CASE("an order with a line that the ERP's trigger cannot note waits as a whole, and alone",
          "[guarantee][G1][G5][G6]") {
  Pair pair{Pair::postgres_mariadb};
  note_values(pair.erp(), "INSERT", R"("CRONUS France$Sales Line")", R"("Description")",
              "'Chassagne', 'Chassagne, en cadeau'");
  for (const std::string number : {"S-2000", "S-2001", "S-2002"}) {
    std::string order = shop_order(number);
    const std::string gift = "'Chassagne, en cadeau'";
    if (number == "S-2001") order.replace(order.find(gift), gift.size(), "'Interdit'");
    pair.shop().run(order);
  }
  const json report = pair.cycle(4).report;
  CAPTURE(report.dump());
  CHECK(report.at("set_aside") == 1);
  const std::string orders = R"(SELECT count(*) FROM "CRONUS France$Sales Header"
    WHERE "External Document No_" LIKE 'S-200_')";
  CHECK(pair.erp().value(orders) == "2");
  CHECK(pair.erp().value(half_orders_in_erp) == "0");
  check_reasons(pair, {"column 'what'"});
  CHECK(pair.cycle(4).report.at("delivered").at("erp") == 0);
  pair.shop().run("UPDATE order_line SET description = 'Chassagne' WHERE description = 'Interdit'");
  cycle_until_quiet(pair);
  CHECK(pair.erp().value(orders) == "3");
  CHECK(pair.differences() == nothing);
}
