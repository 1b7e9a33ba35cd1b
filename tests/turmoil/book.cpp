#include "tests/turmoil/book.hpp"

#include <algorithm>

#include "schema/instant.hpp"

namespace miroir::turmoil {
namespace {

constexpr std::size_t favourite_customers = 6;
constexpr std::size_t recent_orders = 40;
constexpr std::size_t recent_visitors = 20;

// Mostly one of those born last, so that both sites work on the same.
std::string recent_of(const std::vector<std::string>& list, std::size_t recent,
                      sample::Dice& dice) {
  if (list.empty()) return {};
  const std::size_t among = dice.one_in(4) ? list.size() : std::min(recent, list.size());
  return list[list.size() - 1 - dice.below(among)];
}

}  // namespace

double Book::now() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

void Book::keep(Deed deed, bool acknowledged) {
  deed.at = now();
  if (acknowledged) ++counts_[index(deed.side)];
  const std::scoped_lock lock{mutex_};
  deeds_.emplace_back(std::move(deed), acknowledged);
}

void Book::open(std::vector<std::string> customers, std::vector<std::string> products) {
  const std::scoped_lock lock{mutex_};
  customers_ = std::move(customers);
  products_ = std::move(products);
}

void Book::made_order(const std::string& mark) {
  const std::scoped_lock lock{mutex_};
  orders_.push_back(mark);
}

void Book::made_visitor(const std::string& mark) {
  const std::scoped_lock lock{mutex_};
  visitors_.push_back(mark);
}

void Book::known_as(const std::string& mark, const std::string& key) {
  const std::scoped_lock lock{mutex_};
  keys_[mark] = key;
}

std::string Book::key_of(const std::string& mark) const {
  const std::scoped_lock lock{mutex_};
  const auto found = keys_.find(mark);
  return found == keys_.end() ? std::string{} : found->second;
}

std::string Book::some_customer(sample::Dice& dice) const {
  const std::scoped_lock lock{mutex_};
  const std::size_t among = dice.one_in(2) ? favourite_customers : customers_.size();
  return customers_[dice.below(std::min(among, customers_.size()))];
}

std::string Book::some_product(sample::Dice& dice) const {
  const std::scoped_lock lock{mutex_};
  return products_[dice.below(products_.size())];
}

std::string Book::some_order(sample::Dice& dice) const {
  const std::scoped_lock lock{mutex_};
  return recent_of(orders_, recent_orders, dice);
}

std::string Book::some_visitor(sample::Dice& dice) const {
  const std::scoped_lock lock{mutex_};
  return recent_of(visitors_, recent_visitors, dice);
}

double Book::seconds_of(const std::string& instant) const {
  const auto parsed = parse_instant(instant);
  if (!parsed) return -1;
  const std::chrono::microseconds at{parsed->micros};
  return std::chrono::duration<double>(at - began_at_.time_since_epoch()).count();
}

std::vector<std::size_t> Book::by_second() const {
  const std::scoped_lock lock{mutex_};
  std::vector<std::size_t> seconds;
  for (const auto& [deed, acknowledged] : deeds_) {
    const auto second = static_cast<std::size_t>(deed.at);
    if (seconds.size() <= second) seconds.resize(second + 1);
    if (acknowledged) ++seconds[second];
  }
  return seconds;
}

std::size_t Book::doubts() const {
  const std::scoped_lock lock{mutex_};
  return static_cast<std::size_t>(
      std::count_if(deeds_.begin(), deeds_.end(), [](const auto& kept) { return !kept.second; }));
}

std::vector<Deed> Book::happened(const std::array<std::set<std::int64_t>, 2>& committed,
                                 std::vector<std::string>& lost) const {
  const std::scoped_lock lock{mutex_};
  std::vector<Deed> list;
  for (const auto& [deed, acknowledged] : deeds_) {
    const bool there = committed[index(deed.side)].contains(deed.id);
    if (acknowledged && !there)
      lost.push_back(std::to_string(deed.id) + " of the " + name_of(deed.side));
    if (there) list.push_back(deed);
  }
  return list;
}

}  // namespace miroir::turmoil
