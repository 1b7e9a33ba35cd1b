// The sample data: the same for the same seed, believable, exact, and quoted so that both databases
// take it.
#include <catch2/catch.hpp>

#include <set>
#include <sstream>
#include <string>

#include "tests/support/sample.hpp"
#include "tests/support/sample_sql.hpp"

using namespace miroir::sample;

namespace {

std::string sample_of(const Options& options) {
  std::ostringstream out;
  write_sample(out, options);
  return out.str();
}

std::string edits_of(const Options& options, std::int64_t round) {
  std::ostringstream out;
  write_edits(out, options, 50, round);
  return out.str();
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("the dice are splitmix64, on whatever machine", "[sample]") {
  Dice dice{1, "test", 1};
  CHECK(dice.roll() == 0x1f5867075854b6e3ULL);
  CHECK(dice.roll() == 0x6651cd7734e031a9ULL);
}

TEST_CASE("the same seed prints the same world and the same edits, another seed others",
          "[sample]") {
  for (const Place place : {Place::shop, Place::erp}) {
    Options options{.place = place, .dialect = SqlDialect::sqlite};
    const std::string world = sample_of(options);
    const std::string edits = edits_of(options, 3);
    CHECK(sample_of(options) == world);
    CHECK(edits_of(options, 3) == edits);
    CHECK(edits_of(options, 4) != edits);
    options.seed = 2;
    CHECK(sample_of(options) != world);
    CHECK(edits_of(options, 3) != edits);
  }
}

TEST_CASE("a row does not depend on how many rows there are", "[sample]") {
  const std::string few = sample_of({.customers = 3});
  const std::string many = sample_of({.customers = 300});
  const std::string mail = quoted(customer(1, 3).email);
  CHECK(contains(few, mail));
  CHECK(contains(many, mail));
}

TEST_CASE("an apostrophe is doubled and a backslash left alone", "[sample]") {
  CHECK(quoted("L'Étoile d'Or") == "'L''Étoile d''Or'");
  CHECK(quoted(R"(a\b)") == R"('a\b')");
  CHECK(quoted("") == "''");
  CHECK(quoted_or(std::nullopt, "NULL") == "NULL");
}

TEST_CASE("a world has accents, apostrophes and postcodes with a leading zero", "[sample]") {
  const std::string world = sample_of({});
  for (const std::string_view part : {"'01000'", "Bourg-en-Bresse", "L''Étoile d''Or",
                                      "rue de l''Église", "Château", "Œ", "Côtes-du-Rhône"})
    CHECK(contains(world, part));
}

TEST_CASE("e-mail addresses and VAT numbers are unique", "[sample]") {
  std::set<std::string> mails, vats;
  std::size_t companies = 0;
  for (std::int64_t i = 1; i <= 5'000; ++i) {
    const Customer made = customer(7, i);
    mails.insert(made.email);
    if (!made.vat_number) continue;
    ++companies;
    vats.insert(*made.vat_number);
    CHECK(made.vat_number->size() == 13);
  }
  CHECK(mails.size() == 5'000);
  CHECK(companies > 500);
  CHECK(vats.size() == companies);
}

TEST_CASE("an order's total is the sum of its lines, and each line's its quantity at its price",
          "[sample]") {
  bool several = false;
  for (std::int64_t i = 1; i <= 500; ++i) {
    const Order made = order(1, i, 1, 60);
    std::int64_t sum = 0;
    for (const OrderLine& line : made.lines) {
      const std::int64_t hundredfold = line.qty * line.price_cents * (100 - line.discount_pct);
      CHECK(line.total_cents * 100 - hundredfold <= 50);
      CHECK(hundredfold - line.total_cents * 100 < 50);
      sum += line.total_cents;
    }
    CHECK(sum == made.items_cents);
    several = several || made.lines.size() > 3;
  }
  CHECK(several);
}

TEST_CASE("money prints cents with two digits", "[sample]") {
  CHECK(money(1250) == "12.50");
  CHECK(money(5) == "0.05");
  CHECK(money(-5) == "-0.05");
}

TEST_CASE("text fits the ERP's columns", "[sample]") {
  for (std::int64_t i = 1; i <= 2'000; ++i) {
    const Customer made = customer(3, i);
    CHECK(made.email.size() <= 80);
    CHECK(made.address.line1.size() <= 50);
    CHECK(made.company.value_or("").size() <= 50);
    CHECK(product(3, i).name.size() <= 100);
    CHECK(product(3, i).sku.size() <= 20);
    const Order placed = order(3, i, i, 60);
    for (const Recipient& to : {placed.bill, placed.ship}) {
      CHECK(to.name.size() <= 50);
      CHECK(to.address.line1.size() <= 50);
      CHECK(to.address.city.size() <= 30);
    }
  }
}

TEST_CASE("an order goes to its customer's delivery address, or else where he lives", "[sample]") {
  int elsewhere = 0;
  for (std::int64_t i = 1; i <= 300; ++i) {
    const Order placed = order(5, i, i, 60);
    CHECK(placed.bill.address.line1 == customer(5, i).address.line1);
    const auto other = delivery_address(5, i);
    CHECK(placed.ship.name == (other ? other->to.name : placed.bill.name));
    CHECK(placed.ship.address.line1 == (other ? other->to.address : placed.bill.address).line1);
    if (other) ++elsewhere;
  }
  CHECK(elsewhere > 50);
  CHECK(elsewhere < 150);
}

TEST_CASE("only PostgreSQL's shop spells booleans", "[sample]") {
  CHECK(boolean(true, {.place = Place::shop, .dialect = SqlDialect::postgres}) == "true");
  CHECK(boolean(true, {.place = Place::shop, .dialect = SqlDialect::sqlite}) == "1");
  CHECK(boolean(false, {.place = Place::erp, .dialect = SqlDialect::postgres}) == "0");
}

TEST_CASE("a world of no orders has none, and a large one comes in statements of limited size",
          "[sample]") {
  CHECK(count(sample_of({.orders_per_customer = 0}), "INSERT INTO sales_order") == 0);
  CHECK(count(sample_of({.customers = 401, .orders_per_customer = 0}), "INSERT INTO customer (") ==
        3);
}
