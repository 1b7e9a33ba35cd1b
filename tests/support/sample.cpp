#include "tests/support/sample.hpp"

#include <array>

#include <fmt/format.h>

#include "tests/support/sample_words.hpp"

namespace miroir::sample {
namespace {

std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

template <class T, std::size_t N>
const T& pick(Dice& dice, const std::array<T, N>& from) {
  return from[dice.below(N)];
}

// Day 28 at most: every month has it, and nobody misses the others.
// Dice are rolled one statement at a time everywhere: C++ leaves the order of arguments open.
std::string some_day(Dice& dice, std::int64_t first_year, std::int64_t last_year) {
  const std::int64_t year = dice.between(first_year, last_year);
  const std::int64_t month = dice.between(1, 12);
  return fmt::format("{}-{:02}-{:02}", year, month, dice.between(1, 28));
}

std::string some_time(Dice& dice) {
  const std::int64_t hour = dice.between(7, 21);
  const std::int64_t minute = dice.between(0, 59);
  return fmt::format("{:02}:{:02}:{:02}Z", hour, minute, dice.between(0, 59));
}

// As the tax authority builds it: two check digits from the company's nine.
std::string vat_number(std::int64_t number) {
  const std::int64_t siren = 300'000'000 + number * 7;
  return fmt::format("FR{:02}{:09}", (12 + 3 * (siren % 97)) % 97, siren);
}

void make_company(Dice& dice, Customer& customer) {
  const std::string_view kind = pick(dice, company_kinds);
  customer.company = fmt::format("{} {}", kind, pick(dice, company_names));
  customer.vat_number = vat_number(customer.number);
  customer.payment_terms = std::string{pick(dice, payment_terms)};
}

}  // namespace

Dice::Dice(std::uint64_t seed, std::string_view purpose, std::uint64_t number)
    : state_{mix(seed) ^ mix(fnv1a(purpose)) ^ mix(number * 0x9e3779b97f4a7c15ULL + 1)} {}

std::uint64_t Dice::roll() { return mix(state_ += 0x9e3779b97f4a7c15ULL); }

// The bias of the remainder is below 2^-40 for the small dice used here.
std::uint64_t Dice::below(std::uint64_t sides) { return roll() % sides; }

std::int64_t Dice::between(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
}

std::string money(std::int64_t cents) {
  const std::int64_t size = cents < 0 ? -cents : cents;
  return fmt::format("{}{}.{:02}", cents < 0 ? "-" : "", size / 100, size % 100);
}

std::string padded(std::int64_t number, int width) { return fmt::format("{:0{}}", number, width); }

std::string order_no(std::int64_t number) { return "B" + padded(number, 8); }

std::string street(Dice& dice) {
  const std::int64_t house = dice.between(1, 199);
  const bool bis = dice.one_in(9);
  return fmt::format("{}{} {}", house, bis ? " bis" : "", pick(dice, streets));
}

std::string phone(Dice& dice) {
  std::string number = fmt::format("+33 {}", dice.between(1, 7));
  for (int pair = 0; pair < 4; ++pair) number += fmt::format(" {:02}", dice.below(100));
  return number;
}

Address address(Dice& dice) {
  const Town& town = pick(dice, towns);
  Address made;
  made.line1 = street(dice);
  if (dice.one_in(5)) made.line2 = std::string{pick(dice, address_details)};
  made.postcode = town.postcode;
  made.city = town.city;
  made.country = town.country;
  return made;
}

Customer customer(std::uint64_t seed, std::int64_t number) {
  Dice dice{seed, "customer", static_cast<std::uint64_t>(number)};
  const Word& first = pick(dice, first_names);
  const Word& last = pick(dice, last_names);
  constexpr std::array domains{"example.com", "example.net", "example.org"};
  Customer made;
  made.number = number;
  made.first_name = first.text;
  made.last_name = last.text;
  made.email = fmt::format("{}.{}.{}@{}", first.ascii, last.ascii, number, pick(dice, domains));
  made.phone = phone(dice);
  if (dice.one_in(4)) make_company(dice, made);
  made.address = address(dice);
  made.newsletter = dice.one_in(3);
  made.changed_at = some_day(dice, 2024, 2025) + "T";
  made.changed_at += some_time(dice);
  return made;
}

std::optional<DeliveryAddress> delivery_address(std::uint64_t seed, std::int64_t customer_number) {
  Dice dice{seed, "delivery address", static_cast<std::uint64_t>(customer_number)};
  constexpr std::array labels{"Bureau", "Maison de campagne", "Dépôt", "Chez mes parents"};
  if (!dice.one_in(3)) return std::nullopt;
  DeliveryAddress made;
  made.label = pick(dice, labels);
  const Word& first = pick(dice, first_names);
  made.to.name = fmt::format("{} {}", first.text, customer(seed, customer_number).last_name);
  made.to.address = address(dice);
  made.phone = phone(dice);
  return made;
}

Product product(std::uint64_t seed, std::int64_t number) {
  Dice dice{seed, "product", static_cast<std::uint64_t>(number)};
  constexpr std::array<std::int64_t, 4> sizes{75, 75, 150, 37};
  Product made;
  made.number = number;
  if (!dice.one_in(8)) made.vintage = dice.between(1998, 2023);
  made.bottle_cl = pick(dice, sizes);
  const std::string_view estate = pick(dice, estates);
  made.name = fmt::format("{}, {}", estate, pick(dice, appellations));
  if (made.vintage) made.name += fmt::format(" {}", *made.vintage);
  made.sku = fmt::format("VIN-{:06}", number);
  if (!dice.one_in(6)) made.ean = fmt::format("3{:012}", number * 37 + 1'000'000);
  made.price_cents = dice.between(390, 14'990);
  made.published = !dice.one_in(10);
  made.stock_web = dice.between(0, 400);
  made.stock_cellar = dice.between(0, 4'000);
  return made;
}

OrderLine order_line(std::uint64_t seed, Dice& dice, std::int64_t number, std::int64_t products) {
  constexpr std::array<std::int64_t, 6> bottles{1, 2, 3, 6, 12, 24};
  constexpr std::array<std::int64_t, 5> discounts{0, 0, 0, 5, 10};
  const Product sold = product(seed, dice.between(1, products));
  OrderLine made;
  made.number = number;
  made.product = sold.number;
  made.description = sold.name;
  made.qty = pick(dice, bottles);
  made.price_cents = sold.price_cents;
  made.discount_pct = pick(dice, discounts);
  // Half a cent is rounded up, once for each line: the order's total is the sum of what is printed.
  made.total_cents = (made.qty * made.price_cents * (100 - made.discount_pct) + 50) / 100;
  return made;
}

Order order(std::uint64_t seed, std::int64_t number, std::int64_t customer, std::int64_t products) {
  Dice dice{seed, "order", static_cast<std::uint64_t>(number)};
  constexpr std::array<std::size_t, 6> states{0, 0, 1, 1, 2, 3};
  Order made;
  made.number = number;
  made.customer = customer;
  made.state = pick(dice, states);
  made.order_date = some_day(dice, 2024, 2025);
  made.placed_at = made.order_date + "T" + some_time(dice);
  if (dice.one_in(3)) made.requested_date = some_day(dice, 2026, 2026);
  if (dice.one_in(6)) made.note = std::string{pick(dice, notes)};
  const std::int64_t items = dice.between(1, 5);
  for (std::int64_t line = 1; line <= items; ++line) {
    made.lines.push_back(order_line(seed, dice, line, products));
    made.items_cents += made.lines.back().total_cents;
  }
  if (dice.one_in(8)) {
    OrderLine comment;
    comment.number = items + 1;
    comment.description = pick(dice, notes);
    made.lines.push_back(comment);
  }
  made.shipping_cents = made.items_cents > 15'000 ? 0 : 990;
  const Customer who = sample::customer(seed, customer);
  made.bill = {who.company.value_or(fmt::format("{} {}", who.first_name, who.last_name)),
               who.address};
  const auto elsewhere = delivery_address(seed, customer);
  made.ship = elsewhere ? elsewhere->to : made.bill;
  return made;
}

}  // namespace miroir::sample
