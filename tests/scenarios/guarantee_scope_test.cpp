// Which rows are mirrored: conditions and constants on real databases.
#include "tests/scenarios/guarantee_orders.hpp"
#include "tests/scenarios/guarantee_pairs.hpp"

using namespace miroir::test;

namespace {

// Orders come in when they are released, and leave with the archive; what miroir inserts gets what
// the ERP's code would have filled in.
constexpr auto scoped = R"("erp": {"table": "CRONUS France$Sales Header",
  "where": {"Location Code": {"not": ["ARCHIVE", "TEST"]}},
  "ready_when": {"Status": 1},
  "on_insert": {"Payment Terms Code": "L'Été", "Posting Date": "2026-01-31", "Prices Including VAT": 1},)";

class ScopedPair : public Pair {
 public:
  explicit ScopedPair(Kind kind) : Pair{kind, filled} {
    edit_mapping(R"("erp": {"table": "CRONUS France$Sales Header",)", scoped);
    REQUIRE(verb({"install"}).exit_code == 0);
  }
  void seed() const {
    const Ended ended = verb({"seed"});
    INFO(ended.out << ended.err);
    REQUIRE(ended.exit_code == 0);
  }
  void type_header(const std::string& no, const std::string& place, int status) {
    erp().run(R"(INSERT INTO "CRONUS France$Sales Header" ("Document Type", "No_", "Status",
                 "External Document No_", "Location Code") VALUES (1, ')" +
              no + "', " + std::to_string(status) + ", '" + no + "', '" + place + "')");
  }
  void type_line(const std::string& no, int number) {
    erp().run(
        R"(INSERT INTO "CRONUS France$Sales Line" ("Document Type", "Document No_", "Line No_",
                 "Description") VALUES (1, ')" +
        no + "', " + std::to_string(number) + ", 'Ligne " + std::to_string(number) + "')");
  }
  void set(const std::string& no, const std::string& assignment) {
    erp().run(R"(UPDATE "CRONUS France$Sales Header" SET )" + assignment + R"( WHERE "No_" = ')" +
              no + "'");
  }
  std::vector<std::string> orders(const std::string& numbers) {
    return shop().rows(
        "SELECT o.order_no, count(l.id) FROM sales_order o LEFT JOIN order_line l ON l.order_id = "
        "o.id WHERE o.order_no IN (" +
        numbers + ") GROUP BY o.order_no ORDER BY o.order_no");
  }
};

}  // namespace

TEST_CASE("a first meeting reads what is mirrored only, and exactly that", "[guarantee][scope]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    ScopedPair pair{kind};
    for (const auto& [no, place, status] :
         {std::tuple{"S1", "", 1}, {"S2", "archive", 1}, {"S3", "ARCHIVE", 1}, {"S4", "", 0}}) {
      pair.type_header(no, place, status);
      pair.type_line(no, 10000);
    }
    pair.seed();
    cycle_until_quiet(pair);
    CHECK(pair.orders("'S1', 'S2', 'S3', 'S4'") == std::vector<std::string>{"S1|1", "S2|1"});
  }
}

TEST_CASE("an order typed line by line at the ERP arrives once it is released",
          "[guarantee][scope][G6]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    ScopedPair pair{kind};
    pair.seed();
    pair.type_header("S5", "", 0);
    pair.cycle();
    pair.type_line("S5", 10000);
    pair.cycle();
    pair.type_line("S5", 20000);
    CHECK(pair.cycle().report.at("set_aside") == 0);
    CHECK(pair.orders("'S5'").empty());
    pair.set("S5", R"("Status" = 1)");
    CHECK(pair.cycle().report.at("delivered").at("shop") == 1);
    CHECK(pair.orders("'S5'") == std::vector<std::string>{"S5|2"});
    cycle_until_quiet(pair);
    CHECK(pair.differences().empty());
  }
}

TEST_CASE("what is inserted at the ERP gets the mapping's constants", "[guarantee][scope]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    ScopedPair pair{kind};
    pair.seed();
    pair.shop().run("INSERT INTO sales_order (order_no, customer_id) VALUES ('S6', 1)");
    cycle_until_quiet(pair);
    const auto given = [&](const std::string& column) {
      return pair.erp().value("SELECT " + column + R"( FROM "CRONUS France$Sales Header" WHERE
                              "External Document No_" = 'S6')");
    };
    CHECK(given(R"("Payment Terms Code")") == "L'Été");
    CHECK(given(R"("Posting Date")").starts_with("2026-01-31"));
    CHECK(given(R"("Prices Including VAT")") == "1");
    CHECK(pair.differences().empty());
  }
}

TEST_CASE("an order that goes to the archive and comes back loses nothing on either side",
          "[guarantee][scope][G1]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    ScopedPair pair{kind};
    pair.seed();
    pair.type_header("S7", "", 1);
    pair.type_line("S7", 10000);
    cycle_until_quiet(pair);
    pair.set("S7", R"("Location Code" = 'ARCHIVE', "Web Comment" = 'archivée')");
    pair.shop().run("UPDATE sales_order SET promised_date = '2026-02-01' WHERE order_no = 'S7'");
    cycle_until_quiet(pair);
    CHECK(pair.orders("'S7'") == std::vector<std::string>{"S7|1"});
    CHECK(pair.erp().value(R"(SELECT "Web Comment" FROM "CRONUS France$Sales Header" WHERE
                              "No_" = 'S7')") == "archivée");
    pair.set("S7", R"("Location Code" = '')");
    cycle_until_quiet(pair);
    CHECK(pair.shop().value("SELECT customer_note FROM sales_order WHERE order_no = 'S7'") ==
          "archivée");
    CHECK(pair.differences().empty());
  }
}
