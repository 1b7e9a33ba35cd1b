// One person's place at a site: a connection, and the SQL of what he does there. Every deed is one
// transaction: he reads what he is going to change, locked, changes it, and notes the deed's number
// in a table of the site's own, so that a commit whose answer was lost can be looked up.
//
//   std::optional<Deed> deed = desk.edit(...);   // The transaction is open; nothing: the record is
//   not there. desk.commit(*deed);
//
// Throws std::runtime_error with the database's message; the desk is then to be thrown away.
#pragma once

#include <optional>
#include <string>

#include "tests/support/sample.hpp"
#include "tests/support/site_user.hpp"
#include "tests/turmoil/book.hpp"
#include "tests/turmoil/tables.hpp"

namespace miroir::turmoil {

// Once, before miroir is installed: the table of deeds, an index for people's searches, and what
// each site refuses.
void furnish(test::SiteDatabase& site, Side side);
// A file is never slow.
void slow_down(test::SiteUser& user, double seconds);
inline constexpr auto refused =
    "refused";  // No site takes a value that begins so, where the other does.

class Desk {
 public:
  Desk(const test::SiteDatabase& site, Side side, Book& book, std::string who);

  struct Field {
    std::string name, value;
  };
  std::optional<Deed> edit(Kind kind, const std::string& mark, const std::vector<Field>& fields);
  // One of an order's lines.
  std::optional<Deed> edit_line(const std::string& order, const std::string& field,
                                sample::Dice& dice);
  std::optional<Deed> add_line(const std::string& order, sample::Dice& dice);
  // One that was added; those typed with the order stay, so that a reader knows how many there must
  // be.
  std::optional<Deed> remove_line(const std::string& order, sample::Dice& dice);
  std::optional<Deed> remove_order(const std::string& order);
  std::optional<Deed> remove_customer(const std::string& mark);
  Deed new_customer(const std::string& mark);
  // With its lines, of which each takes a bottle from stock.
  Deed new_order(const std::string& mark, const std::string& customer, std::size_t lines,
                 sample::Dice& dice);
  Deed count(const std::string& product, std::int64_t amount);

  void commit(const Deed& deed);
  void give_up();

 private:
  struct Row {
    std::string key, mark;
    std::map<std::string, std::string> values;
  };
  struct Order {
    Row header;
    std::vector<Row> lines, added;
  };

  Deed begin();
  std::optional<Row> find(Kind kind, const std::string& mark);
  std::optional<Order> find_order(const std::string& mark);
  Row read_row(Kind kind, const std::string& row) const;
  void set(Kind kind, const std::string& where, const Row& row, const std::vector<Field>& fields,
           Deed& deed);
  void insert_line(const Order& order, std::size_t number, bool typed_with_it, sample::Dice& dice,
                   Deed& deed);
  void take(const std::string& product, std::int64_t amount, Deed& deed);
  std::string where_key(Kind kind, const std::string& key) const;
  std::string where_line(const Order& order, const std::string& key) const;
  static Removed removal_of(const Row& row);
  std::size_t at() const { return index(side_); }

  test::SiteUser user_;
  Side side_;
  Book& book_;
  std::string who_, begin_, locked_;
};

}  // namespace miroir::turmoil
