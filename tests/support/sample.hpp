// Believable French customers, wines and orders, as many as wanted, and always the same for the
// same seed.
//
// A row is a pure function of the seed and its number: nothing is kept, so that a hundred thousand
// customers stream in the memory of one, and both sites can show the same world without talking to
// each other. Only arithmetic on fixed-width integers, no std distribution: the same output with
// every standard library. Numbers count from 1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace miroir::sample {

// splitmix64. Seeded by what the stream is for and the row's number, so that rows do not depend on
// each other.
class Dice {
 public:
  Dice(std::uint64_t seed, std::string_view purpose, std::uint64_t number);
  std::uint64_t roll();
  std::uint64_t below(std::uint64_t sides);                   // 0 .. sides-1; sides > 0.
  std::int64_t between(std::int64_t low, std::int64_t high);  // Both included.
  bool one_in(std::uint64_t sides) { return below(sides) == 0; }

 private:
  std::uint64_t state_;
};

struct Address {
  std::string line1;
  std::optional<std::string> line2;
  std::string postcode, city, country;
};

// To whom, and where: what is printed on a parcel.
struct Recipient {
  std::string name;
  Address address;
};

// Where else a customer has wine delivered.
struct DeliveryAddress {
  std::string label, phone;
  Recipient to;
};

struct Customer {
  std::int64_t number = 0;
  std::string first_name, last_name, email, phone;
  std::optional<std::string> company, vat_number, payment_terms;
  Address address;
  bool newsletter = false;
  std::string changed_at;  // "2026-03-29T00:59:59Z"
};

struct Product {
  std::int64_t number = 0;
  std::string sku, name;
  std::optional<std::int64_t> vintage;
  std::int64_t bottle_cl = 75;
  std::optional<std::string> ean;
  std::int64_t price_cents = 0;
  bool published = true;
  std::int64_t stock_web = 0, stock_cellar = 0;  // Bottles.
};

struct OrderLine {
  std::int64_t number = 0;              // Within the order.
  std::optional<std::int64_t> product;  // Absent: a comment.
  std::string description;
  std::int64_t qty = 0, price_cents = 0, discount_pct = 0, total_cents = 0;
};

struct Order {
  std::int64_t number = 0, customer = 0;
  std::size_t state =
      0;  // 0 open, 1 released, 2 pending approval, 3 pending prepayment, as Navision counts.
  std::string placed_at, order_date;
  std::optional<std::string> requested_date, note;
  Recipient bill, ship;
  std::vector<OrderLine> lines;
  std::int64_t items_cents = 0, shipping_cents = 0;
};

Customer customer(std::uint64_t seed, std::int64_t number);
// One customer in three has one.
std::optional<DeliveryAddress> delivery_address(std::uint64_t seed, std::int64_t customer);
Product product(std::uint64_t seed, std::int64_t number);
// `products`: how many there are; lines refer to 1 .. products.
Order order(std::uint64_t seed, std::int64_t number, std::int64_t customer, std::int64_t products);
Address address(Dice& dice);
std::string phone(Dice& dice);
std::string street(Dice& dice);
OrderLine order_line(std::uint64_t seed, Dice& dice, std::int64_t number, std::int64_t products);

std::string money(std::int64_t cents);               // "12.50", "-0.05"
std::string padded(std::int64_t number, int width);  // "000042"
std::string order_no(std::int64_t number);           // The shop's number of an order.

}  // namespace miroir::sample
