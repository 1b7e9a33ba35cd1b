#include <fmt/format.h>

#include <stdexcept>

#include "tests/turmoil/arena.hpp"
#include "tests/turmoil/desk.hpp"

namespace miroir::turmoil {
namespace {

constexpr int customers = 30, products = 10, orders = 20;

// Short limits: in a minute there is no time to wait half of it for a dead line.
const nlohmann::json limits{{"connect_seconds", 1},   {"lock_wait_seconds", 1},
                            {"statement_seconds", 4}, {"idle_in_transaction_seconds", 3},
                            {"dead_line_seconds", 4}, {"cycle_seconds", 25}};

std::vector<std::string> make_products(test::SiteDatabase& shop, Book& book) {
  std::vector<std::string> marks;
  Deed deed{.id = book.number(), .side = Side::shop, .who = "founder"};
  for (int n = 1; n <= products; ++n) {
    const std::int64_t number = book.number();
    const std::string mark = fmt::format("P{}", n);
    shop.run(
        fmt::format("INSERT INTO product (id, sku, name, price) VALUES ({0}, '{1}', '{2}', '{3}'); "
                    "INSERT INTO stock (product_id, location) VALUES ({0}, 'WEB')",
                    n, mark, value_for("name", number), value_for("price", number)));
    deed.acts.emplace_back(Born{mark, ""});
    deed.acts.emplace_back(Wrote{{mark, "name"}, value_for("name", number), ""});
    deed.acts.emplace_back(Wrote{{mark, "price"}, value_for("price", number), ""});
    deed.acts.emplace_back(Counted{mark, 0});
    book.known_as(mark, std::to_string(n));
    marks.push_back(mark);
  }
  shop.run(fmt::format("INSERT INTO turmoil_deed VALUES ({})", deed.id));
  book.acknowledged(std::move(deed));
  return marks;
}

void must_end_well(const test::Ended& ended, const std::string& what) {
  if (ended.exit_code != 0)
    throw std::runtime_error{
        fmt::format("{} ended with {}: {}{}", what, ended.exit_code, ended.out, ended.err)};
}

}  // namespace

void furnish_and_seed(test::Pair& pair, const Surroundings& around, Book& book) {
  furnish(pair.shop(), Side::shop);
  furnish(pair.erp(), Side::erp);
  pair.make_accounts();  // The clerks may write what has just been made.
  const auto marks = make_products(pair.shop(), book);
  book.open({}, marks);
  Desk founder{pair.shop(), Side::shop, book, "founder"};
  sample::Dice dice{1, "founder", 1};
  std::vector<std::string> people;
  for (int n = 0; n < customers; ++n) {
    people.push_back(fmt::format("c{}@turmoil.example", book.number()));
    const Deed deed = founder.new_customer(people.back());
    founder.commit(deed);
    book.acknowledged(deed);
  }
  for (int n = 0; n < orders; ++n) {
    const std::string mark = fmt::format("T{}", book.number());
    const Deed deed = founder.new_order(mark, people.at(dice.below(people.size())), 3, dice);
    founder.commit(deed);
    book.acknowledged(deed);
    book.made_order(mark);
  }
  book.open(people, marks);

  auto config = pair.config();
  config["limits"] = limits;
  // What people delete here is meant. What the brakes promise is shown elsewhere.
  config["brakes"]["deletions"]["count"] = 1'000'000;
  config["log"]["level"] = "debug";
  config["state"] = (around.disk->folder() / "state.db").string();
  for (const Side side : both_sides) {
    auto& connection = config["sites"][name_of(side)]["connection"];
    connection = around.line->through(side, connection.get<std::string>());
  }
  pair.write_config(config);
  pair.start_by(around.line->starter());
  must_end_well(pair.verb({"install", "--yes"}), "install");
  must_end_well(pair.verb({"seed"}), "seed");
}

}  // namespace miroir::turmoil
