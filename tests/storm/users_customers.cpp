// What people do with customers.
#include <algorithm>

#include "tests/storm/users.hpp"

namespace miroir::storm {

std::string Users::customer_mark(SiteId site, const Event& event) {
  return (site == at_shop ? "c" : "k") + std::to_string(event.id);
}

void Users::insert_customer(SiteId site, const Event& event, const std::string& email,
                            std::optional<Value> key) {
  const std::string mark = customer_mark(site, event);
  const std::string name = text(event, site == at_shop ? "a" : "b");
  const std::string city = text(event, site == at_shop ? "c" : "d");
  const std::size_t s = index(site);
  Row row = t_.empty_row(site, t_.customer);
  if (site == at_erp) row[0] = mark;
  if (key) row[0] = *key;
  row[t_.customers.mark[s]] = mark;
  row[t_.customers.email[s]] = email;
  row[t_.customers.name[s]] = name;
  row[t_.customers.city[s]] = city;
  row[t_.customers.points[s]] = site == at_shop ? Value{std::int64_t{10}} : Value{Decimal{10, 0}};
  row[t_.customers.changed[s]] = std::int64_t{0};
  ledger_.born(mark);
  ledger_.counted(mark, 10);
  ledger_.wrote(mark, "name", name, "");
  ledger_.wrote(mark, "city", city, "");
  for (const char* blank : {"phone", "street", "zip"}) ledger_.wrote(mark, blank, Null{}, "");
  at(site).insert(t_.customer, std::move(row));
}

bool Users::new_customer(const Event& event) {
  insert_customer(event.site, event, std::to_string(event.id) + "@x.fr", std::nullopt);
  return true;
}

// One customer, known to both sides before they knew of each other.
bool Users::new_twins(const Event& event) {
  ledger_.same(customer_mark(at_erp, event), customer_mark(at_shop, event));
  for (const SiteId site : both_sites)
    insert_customer(site, event, std::to_string(event.id) + "@x.fr", std::nullopt);
  return true;
}

bool Users::edit_text(const Event& event) {
  const auto customer = choose(event, t_.customer);
  if (!customer) return false;
  const bool name = event.choice % 2 == 0;
  const int how = event.choice / 2 % 8;
  std::string value = text(event, name ? "n" : "t");
  if (how == 0) value.clear();
  if (how == 1 && !name && event.site == at_shop) value += "-sur-Mer-et-Saint-Jean";
  return write_text(event, t_.customer, name ? "name" : "city",
                    name ? t_.customers.name : t_.customers.city, *customer, value);
}

// Often somebody else writes another one at the other side, and a person has to decide.
bool Users::edit_note(const Event& event) {
  const auto customer = choose(event, t_.customer);
  if (!customer) return false;
  Event there = event;
  there.site = other(event.site);
  if (const auto same = same_at(there.site, *customer);
      same && event.choice % 2 == 0 && is_free(there.site, t_.customer, same->key))
    write_text(there, t_.customer, "note", t_.customers.note, *same, text(event, "u"));
  return write_text(event, t_.customer, "note", t_.customers.note, *customer, text(event, "o"));
}

// He has talked to the other side, and takes what it says there.
bool Users::agree_on_note(const Event& event) {
  const auto customer = choose(event, t_.customer);
  const auto there = customer ? same_at(other(event.site), *customer) : std::nullopt;
  if (!there) return false;
  const std::string note = text_of(there->row[t_.customers.note[index(other(event.site))]]);
  return !note.empty() &&
         write_text(event, t_.customer, "note", t_.customers.note, *customer, note);
}

std::optional<Users::Chosen> Users::same_at(SiteId site, const Chosen& customer) {
  const std::size_t mark = t_.customers.mark[index(site)];
  for (const auto& [key, row] : at(site).rows(t_.customer)) {
    if (text_of(row[mark]) == customer.mark) return Chosen{key, row, customer.mark};
  }
  return std::nullopt;
}

bool Users::add_points(const Event& event, bool late) {
  const auto customer = choose(event, t_.customer);
  if (!customer) return false;
  return count_at(event, t_.customer, t_.customers.points, *customer, 1 + event.choice % 5, late);
}

// The greatest wins, so that nobody's is lost who wrote a smaller one later.
bool Users::raise_change(const Event& event) {
  const auto customer = choose(event, t_.customer);
  if (!customer) return false;
  const std::size_t column = t_.customers.changed[index(event.site)];
  const Value value = std::int64_t{event.id};
  if (customer->row[column] == value) return false;
  ledger_.wrote(customer->mark, "changed", value,
                ledger_.token_of(customer->mark, "changed", customer->row[column]));
  set(event.site, t_.customer, customer->key, column, value);
  return true;
}

bool Users::edit_phone(const Event& event) {
  const auto customer = choose(event, t_.customer);
  return customer && write_text(event, t_.customer, "phone", t_.customers.phone, *customer,
                                event.choice % 8 == 0 ? "" : text(event, "p"));
}

// A street goes with its town: nobody writes the one without the other.
bool Users::edit_address(const Event& event) {
  const auto customer = choose(event, t_.customer);
  if (!customer) return false;
  const bool blank = event.choice % 8 == 0;
  MemorySite& site = at(event.site);
  site.begin();
  const bool street = write_text(event, t_.customer, "street", t_.customers.street, *customer,
                                 blank ? "" : text(event, "r"));
  const bool zip = write_text(event, t_.customer, "zip", t_.customers.zip, *customer,
                              blank ? "" : text(event, "z"));
  site.commit();
  return street || zip;
}

std::vector<Key> Users::orders_of(SiteId site, const Key& customer) {
  const std::size_t column = t_.orders.customer[index(site)];
  std::vector<Key> orders;
  for (const auto& [key, row] : at(site).rows(t_.order)) {
    if (row[column] == customer[0]) orders.push_back(key);
  }
  return orders;
}

bool Users::all_free(SiteId site, const std::vector<Key>& orders) {
  return std::all_of(orders.begin(), orders.end(),
                     [&](const Key& order) { return order_is_free(site, order); });
}

// To a key that another may have had before. His orders go along, as a foreign key's cascade does
// it: with triggers or without.
bool Users::rename_customer(const Event& event) {
  const auto customer = choose(event, t_.customer);
  if (!customer) return false;
  const bool fresh = event.choice % 2 == 0;
  const Value renamed =
      event.site == at_shop
          ? Value{std::int64_t{1'000} * event.id}
          : Value{"R" + std::to_string(fresh ? 100 + event.id : event.choice % 4)};
  MemorySite& site = at(event.site);
  const auto orders = orders_of(event.site, customer->key);
  if (site.find(t_.customer, {renamed}) != nullptr ||
      !is_free(event.site, t_.customer, {renamed}) || !all_free(event.site, orders))
    return false;
  const std::size_t column = t_.orders.customer[index(event.site)];
  site.begin();
  site.update(t_.customer, customer->key, [&](Row& row) { row[0] = renamed; });
  for (const Key& order : orders) {
    if (event.choice % 3 == 0) {
      Row row = *site.find(t_.order, order);
      row[column] = renamed;
      site.set_untriggered(t_.order, order, row);
    } else {
      set(event.site, t_.order, order, column, renamed);
    }
  }
  site.commit();
  return true;
}

void Users::note_deletion(SiteId site, const Chosen& customer) {
  const std::size_t s = index(site);
  std::vector<Token> seen;
  for (const auto& [field, columns] :
       {std::pair{"name", t_.customers.name}, std::pair{"city", t_.customers.city},
        std::pair{"note", t_.customers.note}, std::pair{"changed", t_.customers.changed},
        std::pair{"phone", t_.customers.phone}, std::pair{"street", t_.customers.street},
        std::pair{"zip", t_.customers.zip}})
    seen.push_back(ledger_.token_of(customer.mark, field, customer.row[columns[s]]));
  ledger_.deleted(customer.mark, seen);
}

bool Users::erase_customer(const Event& event, const Chosen& customer, bool with_orders) {
  const auto orders = orders_of(event.site, customer.key);
  if (event.site == at_erp && ledger_.has_left(customer.mark)) return false;
  if (!orders.empty() && (!with_orders || !all_free(event.site, orders))) return false;
  MemorySite& site = at(event.site);
  site.begin();
  for (const Key& order : orders) {
    note_order_deletion(event.site, order);
    erase_order(event.site, order, event.choice % 2 == 0);
  }
  note_deletion(event.site, customer);
  site.erase(t_.customer, customer.key);
  site.commit();
  return true;
}

bool Users::delete_customer(const Event& event) {
  const auto customer = choose(event, t_.customer);
  return customer && erase_customer(event, *customer, event.choice % 3 == 0);
}

// Deleted and typed anew by another transaction: with the same e-mail it is the same customer,
// under whatever key; with another one it is somebody else who got the key.
bool Users::customer_comes_again(const Event& event, bool same_person) {
  const auto customer = choose(event, t_.customer);
  if (!customer || !erase_customer(event, *customer, false)) return false;
  const bool same_key = !same_person || event.choice % 2 == 0;
  const std::string email = same_person
                                ? text_of(customer->row[t_.customers.email[index(event.site)]])
                                : std::to_string(event.id) + "@x.fr";
  const std::string mark = customer_mark(event.site, event);
  if (same_person) ledger_.same(mark, customer->mark);
  insert_customer(event.site, event, email,
                  same_key ? std::optional{customer->key[0]} : std::nullopt);
  return true;
}

// His number and his orders go to somebody else, one transaction after the other: the orders wait
// with a third one, and refer in the end to what they referred to before.
bool Users::replace_customer(const Event& event) {
  const auto customer = choose(event, t_.customer);
  if (!customer) return false;
  const auto third =
      choose(event, t_.customer, [&](const Row& row) { return row[0] != customer->key[0]; });
  const auto orders = orders_of(event.site, customer->key);
  if (!third || orders.empty() || !all_free(event.site, orders)) return false;
  if (event.site == at_erp && ledger_.has_left(customer->mark)) return false;
  const auto give = [&](const Chosen& to) {
    for (const Key& order : orders) {
      const Row& row = *at(event.site).find(t_.order, order);
      refer(event, t_.order, "customer",
            {order, row, text_of(row[t_.orders.mark[index(event.site)]])}, to);
    }
  };
  give(*third);
  erase_customer(event, *customer, false);
  const Value number = customer->key[0];
  insert_customer(event.site, event, std::to_string(event.id) + "@x.fr", number);
  give({{number}, *at(event.site).find(t_.customer, {number}), customer_mark(event.site, event)});
  return true;
}

}  // namespace miroir::storm
