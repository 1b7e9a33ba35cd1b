// What people do with orders and their lines, with items, and with what is mirrored at all.
#include <algorithm>

#include "tests/storm/users.hpp"

namespace miroir::storm {

void Users::insert_line(SiteId site, const Key& order, const std::string& mark, const Value& item) {
  const std::size_t s = index(site);
  Row row = t_.empty_row(site, t_.line);
  std::int64_t number = 0;
  for (const Key& line : lines_of(site, order)) {
    const Value& taken = (*at(site).find(t_.line, line))[t_.lines.number[s]];
    number = std::max(number, std::get<std::int64_t>(taken));
  }
  if (site == at_erp) row[0] = std::int64_t{1};
  row[t_.lines.order[s]] = order.back();
  row[t_.lines.number[s]] = number + (site == at_shop ? 1 : 10'000);
  row[t_.lines.mark[s]] = mark;
  row[t_.lines.what[s]] = mark + "w";
  if (!is_null(item)) row[t_.lines.item[s]] = item;
  ledger_.born(mark);
  ledger_.wrote(mark, "what", mark + "w", "");
  ledger_.wrote_reference(mark, "item", text_of(item), "");
  at(site).insert(t_.line, std::move(row));
}

bool Users::new_order(const Event& event) {
  const auto customer = choose(event, t_.customer);
  if (!customer) return false;
  const std::size_t s = index(event.site);
  MemorySite& site = at(event.site);
  const std::string mark = "o" + std::to_string(event.id);
  Row row = t_.empty_row(event.site, t_.order);
  if (event.site == at_erp) {
    row[0] = std::int64_t{1};
    row[1] = "O" + std::to_string(event.id);
  }
  row[t_.orders.mark[s]] = mark;
  row[t_.orders.customer[s]] = customer->key[0];
  row[t_.orders.state[s]] = text(event, "s");
  row[t_.orders.stage[s]] = Tables::stages(event.site).front();
  site.begin();
  ledger_.born(mark);
  ledger_.wrote(mark, "state", text(event, "s"), "");
  ledger_.wrote_reference(mark, "customer", customer->mark, "");
  const Key order = site.insert(t_.order, std::move(row));
  const auto item = choose(event, t_.item);
  for (int n = 0; n < 1 + event.choice % 3; ++n) {
    const std::string line = "l" + std::to_string(event.id) + "x" + std::to_string(n);
    ledger_.born_with(mark, line);
    insert_line(event.site, order, line,
                item && event.choice % 2 == 0 ? item->key[0] : Value{Null{}});
  }
  site.commit();
  return true;
}

std::vector<Key> Users::lines_of(SiteId site, const Key& order) {
  const Value& root = order.back();
  std::vector<Key> lines;
  for (const auto& [key, row] : at(site).rows(t_.line)) {
    if (row[t_.lines.order[index(site)]] == root) lines.push_back(key);
  }
  return lines;
}

bool Users::order_is_free(SiteId site, const Key& order) {
  const auto lines = lines_of(site, order);
  return is_free(site, t_.order, order) &&
         std::all_of(lines.begin(), lines.end(),
                     [&](const Key& line) { return is_free(site, t_.line, line); });
}

bool Users::edit_order(const Event& event) {
  const auto order = choose(event, t_.order);
  return order && write_text(event, t_.order, "state", t_.orders.state, *order,
                             event.choice % 8 == 0 ? "" : text(event, "s"));
}

// A step up; or one back from where both sides stand, which nobody may take, and which changes
// nothing in the end.
bool Users::step_stage(const Event& event) {
  const auto order = choose(event, t_.order);
  if (!order) return false;
  const std::size_t column = t_.orders.stage[index(event.site)];
  const auto& stages = Tables::stages(event.site);
  const std::size_t rank = Tables::rank_of(event.site, order->row[column]);
  const bool back = event.choice % 5 == 0;
  if (back ? rank == 0 || !stands_at(other(event.site), order->mark, rank)
           : rank + 1 == stages.size())
    return false;
  const std::size_t next = back ? rank - 1 : rank + 1;
  ledger_.stepped(order->mark, next);
  set(event.site, t_.order, order->key, column, stages[next]);
  return true;
}

bool Users::stands_at(SiteId site, const std::string& mark, std::size_t rank) {
  const auto& rows = at(site).rows(t_.order);
  return std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
    return text_of(row.second[t_.orders.mark[index(site)]]) == mark &&
           Tables::rank_of(site, row.second[t_.orders.stage[index(site)]]) == rank;
  });
}

// To another customer: known by his mark, since his key is another one at each site.
bool Users::move_order(const Event& event) {
  const auto order = choose(event, t_.order);
  if (!order) return false;
  const std::size_t column = t_.orders.customer[index(event.site)];
  const auto customer =
      choose(event, t_.customer, [&](const Row& row) { return row[0] != order->row[column]; });
  return customer && refer(event, t_.order, "customer", *order, *customer);
}

bool Users::add_line(const Event& event) {
  const auto order = choose(event, t_.order);
  if (!order || !order_is_free(event.site, order->key)) return false;
  insert_line(event.site, order->key, "l" + std::to_string(event.id), Null{});
  return true;
}

bool Users::edit_line(const Event& event) {
  const auto line = choose(event, t_.line);
  return line && write_text(event, t_.line, "what", t_.lines.what, *line,
                            event.choice % 8 == 0 ? "" : text(event, "w"));
}

bool Users::change_wine(const Event& event) {
  const auto line = choose(event, t_.line);
  const auto item = choose(event, t_.item);
  return line && item && refer(event, t_.line, "item", *line, *item);
}

void Users::note_line_deletion(SiteId site, const Row& row) {
  const std::string mark = text_of(row[t_.lines.mark[index(site)]]);
  Key order{row[t_.lines.order[index(site)]]};
  if (site == at_erp) order.insert(order.begin(), std::int64_t{1});
  const Row* root = at(site).find(t_.order, order);
  if (site == at_erp && root != nullptr && ledger_.has_left(text_of((*root)[t_.orders.mark[1]])))
    ledger_.deleted_unseen(mark);
  ledger_.deleted(mark, {ledger_.token_of(mark, "what", row[t_.lines.what[index(site)]]),
                         reference_in(site, t_.line, "item", row)});
}

bool Users::delete_line(const Event& event) {
  const auto line = choose(event, t_.line);
  if (!line) return false;
  note_line_deletion(event.site, line->row);
  at(event.site).erase(t_.line, line->key);
  return true;
}

void Users::note_order_deletion(SiteId site, const Key& order) {
  const Row& row = *at(site).find(t_.order, order);
  const std::string mark = text_of(row[t_.orders.mark[index(site)]]);
  ledger_.deleted(mark, {ledger_.token_of(mark, "state", row[t_.orders.state[index(site)]]),
                         reference_in(site, t_.order, "customer", row)});
  const bool unseen = site == at_erp && ledger_.has_left(mark);
  if (unseen) ledger_.deleted_out_of_sight(mark);
  for (const Key& line : lines_of(site, order)) {
    const Row& line_row = *at(site).find(t_.line, line);
    note_line_deletion(site, line_row);
    if (unseen) ledger_.deleted_out_of_sight(text_of(line_row[t_.lines.mark[index(site)]]));
  }
}

// Silently: the cascade of a foreign key, of which no trigger hears.
void Users::erase_order(SiteId site, const Key& order, bool silently) {
  if (!silently) return at(site).erase(t_.order, order);
  for (const Key& line : lines_of(site, order))
    at(site).set_untriggered(t_.line, line, std::nullopt);
  at(site).set_untriggered(t_.order, order, std::nullopt);
}

bool Users::delete_order(const Event& event) {
  const auto order = choose(event, t_.order);
  if (!order || !order_is_free(event.site, order->key)) return false;
  note_order_deletion(event.site, order->key);
  MemorySite& site = at(event.site);
  site.begin();
  if (event.choice % 3 == 0) {  // Of its lines no trigger hears.
    for (const Key& line : lines_of(event.site, order->key))
      site.set_untriggered(t_.line, line, std::nullopt);
  }
  site.erase(t_.order, order->key);
  site.commit();
  return true;
}

// At the ERP its lines' keys begin with the order's.
bool Users::rename_order(const Event& event) {
  const auto order = choose(event, t_.order);
  if (!order || !order_is_free(event.site, order->key)) return false;
  MemorySite& site = at(event.site);
  const Value renamed = event.site == at_shop ? Value{std::int64_t{1'000} * event.id}
                                              : Value{"Q" + std::to_string(event.id)};
  const std::size_t column = event.site == at_shop ? 0 : 1;
  const auto lines = lines_of(event.site, order->key);
  site.begin();
  site.update(t_.order, order->key, [&](Row& row) { row[column] = renamed; });
  for (const Key& line : lines)
    set(event.site, t_.line, line, t_.lines.order[index(event.site)], renamed);
  site.commit();
  return true;
}

bool Users::new_item(const Event& event) {
  const std::string mark = "i" + std::to_string(event.id);
  Row row = t_.empty_row(event.site, t_.item);
  row[t_.items.mark[index(event.site)]] = mark;
  row[t_.items.stock[index(event.site)]] =
      event.site == at_shop ? Value{std::int64_t{100}} : Value{Decimal{100, 0}};
  ledger_.born(mark);
  ledger_.counted(mark, 100);
  at(event.site).insert(t_.item, std::move(row));
  return true;
}

bool Users::sell(const Event& event) {
  const auto item = choose(event, t_.item);
  if (!item) return false;
  return count_at(event, t_.item, t_.items.stock, *item, event.choice % 7 - 7, false);
}

// Only the ERP's users take records out of what is mirrored.
bool Users::archive(const Event& event, bool out) {
  if (t_.customer_archived == 0) return false;
  Event there = event;
  there.site = at_erp;
  const bool customer = event.choice % 2 == 0;
  const EntityId entity = customer ? t_.customer : t_.order;
  const std::size_t column = customer ? t_.customer_archived : t_.order_archived;
  const Value value = std::int64_t{out};
  const auto row = choose(there, entity, [&](const Row& r) { return r[column] != value; });
  if (!row) return false;
  ledger_.left(row->mark);
  set(at_erp, entity, row->key, column, value);
  return true;
}

}  // namespace miroir::storm
