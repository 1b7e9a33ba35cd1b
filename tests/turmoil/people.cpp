#include "tests/turmoil/people.hpp"

#include <fmt/format.h>

#include <array>

namespace miroir::turmoil {
namespace {

using namespace std::chrono_literals;

constexpr auto pace = 45ms;  // From one deed to the next, if the site lets him.

struct At {
  Desk& desk;
  Book& book;
  sample::Dice& dice;
};
using Result = std::optional<Deed>;

std::vector<Desk::Field> valued(Book& book, std::initializer_list<const char*> fields) {
  std::vector<Desk::Field> list;
  for (const char* field : fields) list.push_back({field, value_for(field, book.number())});
  return list;
}

Result edit_customer(At a) {
  const std::string mark = a.book.some_customer(a.dice);
  switch (a.dice.below(8)) {
    case 0:
    case 1:
    case 2:
      return a.desk.edit(Kind::customer, mark, valued(a.book, {"phone"}));
    case 3:
      return a.desk.edit(Kind::customer, mark, valued(a.book, {"company"}));
    case 4:
      return a.desk.edit(Kind::customer, mark, valued(a.book, {"city"}));
    case 5:
      return a.desk.edit(Kind::customer, mark, valued(a.book, {"line1", "city"}));
    case 6:
      return a.desk.edit(Kind::customer, mark, valued(a.book, {"phone", "company", "line1"}));
    default:
      return a.dice.one_in(4)
                 ? a.desk.edit(Kind::customer, mark, valued(a.book, {"payment_terms"}))
                 : a.desk.edit(Kind::customer, mark, valued(a.book, {"phone", "city"}));
  }
}

Result edit_visitor(At a) {
  const std::string mark = a.book.some_visitor(a.dice);
  if (mark.empty()) return std::nullopt;
  return a.desk.edit(Kind::customer, mark, valued(a.book, {"phone", "line1"}));
}

Result remove_visitor(At a) {
  const std::string mark = a.book.some_visitor(a.dice);
  return mark.empty() ? std::nullopt : a.desk.remove_customer(mark);
}

Result new_visitor(At a) {
  const std::string mark = fmt::format("v{}@turmoil.example", a.book.number());
  a.book.made_visitor(mark);
  return a.desk.new_customer(mark);
}

Result new_order(At a) {
  const std::string mark = fmt::format("T{}", a.book.number());
  a.book.made_order(mark);
  return a.desk.new_order(mark, a.book.some_customer(a.dice), 2 + a.dice.below(3), a.dice);
}

Result edit_order(At a) {
  const std::string mark = a.book.some_order(a.dice);
  if (mark.empty()) return std::nullopt;
  return a.desk.edit(Kind::order, mark,
                     a.dice.one_in(2) ? valued(a.book, {"customer_note"})
                                      : valued(a.book, {"ship_line1", "ship_city"}));
}

Result edit_line(At a) {
  const std::string mark = a.book.some_order(a.dice);
  return mark.empty() ? std::nullopt
                      : a.desk.edit_line(mark, a.dice.one_in(2) ? "qty" : "description", a.dice);
}

Result add_line(At a) {
  const std::string mark = a.book.some_order(a.dice);
  return mark.empty() ? std::nullopt : a.desk.add_line(mark, a.dice);
}

Result remove_line(At a) {
  const std::string mark = a.book.some_order(a.dice);
  return mark.empty() ? std::nullopt : a.desk.remove_line(mark, a.dice);
}

Result remove_order(At a) {
  const std::string mark = a.book.some_order(a.dice);
  return mark.empty() ? std::nullopt : a.desk.remove_order(mark);
}

Result count_stock(At a) {
  const std::int64_t amount = a.dice.between(1, 9);
  return a.desk.count(a.book.some_product(a.dice), a.dice.one_in(2) ? amount : -amount);
}

Result edit_product(At a) {
  return a.desk.edit(Kind::product, a.book.some_product(a.dice),
                     valued(a.book, {a.dice.one_in(2) ? "price" : "name"}));
}

struct Habit {
  unsigned weight;
  Result (*deed)(At);
};
constexpr std::array habits{
    Habit{24, edit_customer}, Habit{6, new_visitor},  Habit{5, edit_visitor},
    Habit{3, remove_visitor}, Habit{12, new_order},   Habit{12, edit_order},
    Habit{8, edit_line},      Habit{7, add_line},     Habit{5, remove_line},
    Habit{3, remove_order},   Habit{12, count_stock}, Habit{3, edit_product}};

const Habit& drawn(sample::Dice& dice) {
  unsigned sum = 0;
  for (const Habit& habit : habits) sum += habit.weight;
  auto left = dice.below(sum);
  for (const Habit& habit : habits) {
    if (left < habit.weight) return habit;
    left -= habit.weight;
  }
  return habits.back();
}

}  // namespace

Person::Person(const test::SiteDatabase& site, Side side, Book& book, Diary& diary,
               std::uint64_t seed, const std::string& name)
    : site_{site},
      side_{side},
      book_{book},
      diary_{diary},
      seed_{seed},
      name_{name},
      thread_{[this] { work(); }} {}

Person::~Person() {
  over_ = true;
  thread_.join();
}

void Person::work() {
  auto next = std::chrono::steady_clock::now();
  for (std::uint64_t n = 1; !over_; ++n) {
    sample::Dice dice{seed_, name_, n};
    one_deed(dice);
    next = std::max(next + pace, std::chrono::steady_clock::now() - pace);
    std::this_thread::sleep_until(next);
  }
}

// What fails before its commit was sent has not happened. A new desk then, as after any error: a
// site that is being started again answers nobody for a while.
void Person::one_deed(sample::Dice& dice) {
  Result deed;
  bool sent = false;
  try {
    if (!desk_) desk_.emplace(site_, side_, book_, name_);
    deed = drawn(dice).deed({*desk_, book_, dice});
    if (!deed) return desk_->give_up();
    sent = true;
    desk_->commit(*deed);
    book_.acknowledged(std::move(*deed));
  } catch (const std::exception& error) {
    if (sent) book_.in_doubt(std::move(*deed));
    desk_.reset();
    diary_.note(sent ? "in doubt" : "deed failed", name_ + ": " + error.what());
    std::this_thread::sleep_for(50ms);
  }
}

Watcher::Watcher(const test::SiteDatabase& site, Side side, const Book& book)
    : site_{site}, side_{side}, book_{book}, thread_{[this] { watch(); }} {}

Watcher::~Watcher() {
  over_ = true;
  thread_.join();
}

std::vector<std::string> Watcher::complaints() const {
  const std::scoped_lock lock{mutex_};
  return complaints_;
}

void Watcher::watch() {
  std::optional<test::SiteUser> user;
  while (!over_) {
    try {
      if (!user) user.emplace(site_);
      look(*user);
    } catch (const std::exception&) {
      user.reset();  // The site is away.
    }
    std::this_thread::sleep_for(30ms);
  }
}

void Watcher::look(test::SiteUser& user) {
  constexpr auto shop_orders =
      R"(SELECT o.order_no AS no, CAST(o.shipping_total AS integer) AS wanted,
      count(l.id) AS there
    FROM sales_order o LEFT JOIN order_line l ON l.order_id = o.id AND CAST(l.discount_pct AS integer) = 5
    GROUP BY o.id, o.order_no, o.shipping_total)";
  constexpr auto erp_orders = R"(SELECT o."External Document No_" AS no,
      CAST(o."Web Shipping Total" AS integer) AS wanted, count(l."Line No_") AS there
    FROM "CRONUS France$Sales Header" o LEFT JOIN "CRONUS France$Sales Line" l ON l."Document Type" = 1
      AND l."Document No_" = o."No_" AND CAST(l."Line Discount _" AS integer) = 5
    WHERE o."Document Type" = 1
    GROUP BY o."No_", o."External Document No_", o."Web Shipping Total")";
  constexpr auto erp_lines_alone =
      R"(SELECT count(*) FROM "CRONUS France$Sales Line" l WHERE NOT EXISTS
    (SELECT 1 FROM "CRONUS France$Sales Header" o WHERE o."Document Type" = 1 AND o."No_" = l."Document No_"))";
  const auto seen = split(
      user
          .rows(fmt::format(
              "SELECT count(*), count(DISTINCT no), coalesce(max(CASE WHEN there <> wanted THEN no "
              "END), ''), "
              "coalesce(max(CASE WHEN there <> wanted THEN there END), 0) FROM ({}) AS orders",
              side_ == Side::shop ? shop_orders : erp_orders))
          .at(0));
  const std::string alone = side_ == Side::erp ? user.value(erp_lines_alone) : "0";
  ++looks_;
  orders_ += std::stoul(seen[0]);
  std::string wrong;
  if (!seen[2].empty())
    wrong = fmt::format("order {} was seen with {} of its lines", seen[2], seen[3]);
  if (seen[0] != seen[1]) wrong = fmt::format("{} orders have {} numbers", seen[0], seen[1]);
  if (alone != "0") wrong = fmt::format("{} lines were seen without their order", alone);
  if (wrong.empty()) return;
  const std::scoped_lock lock{mutex_};
  if (complaints_.size() < 20)
    complaints_.push_back(fmt::format("{:.1f} s, {}: {}", book_.now(), name_of(side_), wrong));
}

}  // namespace miroir::turmoil
