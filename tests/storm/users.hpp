// The people at both sites, who know nothing of each other nor of the mirror, and the sites' own
// triggers. Whatever they do is told to the ledger, with what they saw.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/storm/event.hpp"
#include "tests/storm/ledger.hpp"
#include "tests/storm/tables.hpp"
#include "tests/support/memory_site.hpp"

namespace miroir::storm {

using test::Fault;
using test::MemorySite;

// The number that a mark ends with: that of the event that made it.
int number_of(const std::string& mark);
std::string text_of(const Value& value);  // "" where it is none.

// The mark of the row that a reference's value names at the site; "" where it names none.
std::string mark_referred_to(const Tables& tables, const MemorySite& site, SiteId at,
                             EntityId entity, const Value& value);

class Users {
 public:
  Users(const Tables& tables, PerSite<MemorySite*> sites, Ledger& ledger);

  // Whether it had any effect: a row may not be there, or be held by another transaction.
  bool act(const Event& event);

 private:
  struct Chosen {
    Key key;
    Row row;
    std::string mark;
  };

  MemorySite& at(SiteId site) { return *sites_[index(site)]; }
  // The row whose number follows `pick`, among those that nobody holds.
  std::optional<Chosen> choose(const Event& event, EntityId entity);
  std::optional<Chosen> choose(const Event& event, EntityId entity,
                               const std::function<bool(const Row&)>& suits);
  bool is_free(SiteId site, EntityId entity, const Key& key);
  void set(SiteId site, EntityId entity, const Key& key, std::size_t column, const Value& value);
  bool write_text(const Event& event, EntityId entity, const std::string& field,
                  const Columns& columns, const Chosen& chosen, const std::string& text);
  // What a row's reference says, as the site's people see it.
  Token reference_in(SiteId site, EntityId entity, const std::string& field, const Row& row);
  bool refer(const Event& event, EntityId entity, const std::string& field, const Chosen& from,
             const Chosen& to);
  bool count_at(const Event& event, EntityId entity, const Columns& columns, const Chosen& chosen,
                std::int64_t amount, bool late);
  std::string text(const Event& event, const char* kind) const;

  // users_customers.cpp
  bool new_customer(const Event& event);
  bool new_twins(const Event& event);
  bool edit_text(const Event& event);
  bool edit_note(const Event& event);
  bool agree_on_note(const Event& event);
  bool add_points(const Event& event, bool late);
  bool raise_change(const Event& event);
  bool edit_phone(const Event& event);
  bool edit_address(const Event& event);
  bool rename_customer(const Event& event);
  bool delete_customer(const Event& event);
  bool customer_comes_again(const Event& event, bool same_person);
  bool replace_customer(const Event& event);
  // The same customer's row at the site, by its mark.
  std::optional<Chosen> same_at(SiteId site, const Chosen& customer);
  static std::string customer_mark(SiteId site, const Event& event);
  void insert_customer(SiteId site, const Event& event, const std::string& email,
                       std::optional<Value> key);
  std::vector<Key> orders_of(SiteId site, const Key& customer);
  bool all_free(SiteId site, const std::vector<Key>& orders);
  void note_deletion(SiteId site, const Chosen& customer);
  bool erase_customer(const Event& event, const Chosen& customer, bool with_orders);

  // users_orders.cpp
  bool new_order(const Event& event);
  bool edit_order(const Event& event);
  bool step_stage(const Event& event);
  bool stands_at(SiteId site, const std::string& order, std::size_t rank);
  bool move_order(const Event& event);
  bool add_line(const Event& event);
  bool edit_line(const Event& event);
  bool change_wine(const Event& event);
  bool delete_line(const Event& event);
  bool delete_order(const Event& event);
  bool rename_order(const Event& event);
  bool new_item(const Event& event);
  bool sell(const Event& event);
  bool archive(const Event& event, bool out);
  void insert_line(SiteId site, const Key& order, const std::string& mark, const Value& item);
  std::vector<Key> lines_of(SiteId site, const Key& order);
  bool order_is_free(SiteId site, const Key& order);
  void note_order_deletion(SiteId site, const Key& order);
  void erase_order(SiteId site, const Key& order, bool silently);
  void note_line_deletion(SiteId site, const Row& row);

  const Tables& t_;
  PerSite<MemorySite*> sites_;
  Ledger& ledger_;
};

}  // namespace miroir::storm
