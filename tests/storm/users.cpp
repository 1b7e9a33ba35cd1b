#include "tests/storm/users.hpp"

#include <charconv>

namespace miroir::storm {

int number_of(const std::string& mark) {
  const auto digit = mark.find_first_of("0123456789");
  int number = 0;
  if (digit != std::string::npos)
    std::from_chars(mark.data() + digit, mark.data() + mark.size(), number);
  return number;
}

std::string text_of(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::string{} : *text;
}

std::string mark_referred_to(const Tables& tables, const MemorySite& site, SiteId at,
                             EntityId entity, const Value& value) {
  if (is_null(value)) return {};
  const Row* row = site.find(entity, key_of_reference(tables.mapping, entity, at, value));
  return row == nullptr ? std::string{} : text_of((*row)[tables.mark_of(entity)[index(at)]]);
}

Users::Users(const Tables& tables, PerSite<MemorySite*> sites, Ledger& ledger)
    : t_{tables}, sites_{sites}, ledger_{ledger} {}

bool Users::act(const Event& event) {
  switch (event.kind) {
    case Kind::new_customer:
      return new_customer(event);
    case Kind::new_twins:
      return new_twins(event);
    case Kind::edit_text:
      return edit_text(event);
    case Kind::edit_note:
      return edit_note(event);
    case Kind::agree_on_note:
      return agree_on_note(event);
    case Kind::add_points:
      return add_points(event, false);
    case Kind::add_points_late:
      return add_points(event, true);
    case Kind::raise_change:
      return raise_change(event);
    case Kind::edit_phone:
      return edit_phone(event);
    case Kind::edit_address:
      return edit_address(event);
    case Kind::rename_customer:
      return rename_customer(event);
    case Kind::delete_customer:
      return delete_customer(event);
    case Kind::reuse_customer_key:
      return customer_comes_again(event, false);
    case Kind::customer_comes_again:
      return customer_comes_again(event, true);
    case Kind::replace_customer:
      return replace_customer(event);
    case Kind::new_order:
      return new_order(event);
    case Kind::edit_order:
      return edit_order(event);
    case Kind::step_stage:
      return step_stage(event);
    case Kind::move_order:
      return move_order(event);
    case Kind::add_line:
      return add_line(event);
    case Kind::edit_line:
      return edit_line(event);
    case Kind::change_wine:
      return change_wine(event);
    case Kind::delete_line:
      return delete_line(event);
    case Kind::delete_order:
      return delete_order(event);
    case Kind::rename_order:
      return rename_order(event);
    case Kind::new_item:
      return new_item(event);
    case Kind::sell:
      return sell(event);
    case Kind::leave:
      return archive(event, true);
    case Kind::come_back:
      return archive(event, false);
    default:
      return false;
  }
}

std::optional<Users::Chosen> Users::choose(const Event& event, EntityId entity) {
  return choose(event, entity, [](const Row&) { return true; });
}

std::optional<Users::Chosen> Users::choose(const Event& event, EntityId entity,
                                           const std::function<bool(const Row&)>& suits) {
  const std::size_t mark = t_.mark_of(entity)[index(event.site)];
  const std::pair<const Key, Row>* best = nullptr;
  std::pair<bool, int> best_rank;
  for (const auto& candidate : at(event.site).rows(entity)) {
    if (!suits(candidate.second) || !is_free(event.site, entity, candidate.first)) continue;
    const int number = number_of(text_of(candidate.second[mark]));
    const std::pair<bool, int> rank{number < event.pick, number};
    if (best == nullptr || rank < best_rank) {
      best = &candidate;
      best_rank = rank;
    }
  }
  if (best == nullptr) return std::nullopt;
  return Chosen{best->first, best->second, text_of(best->second[mark])};
}

bool Users::is_free(SiteId site, EntityId entity, const Key& key) {
  return !at(site).locked(entity, key);
}

void Users::set(SiteId site, EntityId entity, const Key& key, std::size_t column,
                const Value& value) {
  at(site).update(entity, key, [&](Row& row) { row[column] = value; });
}

std::string Users::text(const Event& event, const char* kind) const {
  return std::to_string(event.id) + kind;
}

bool Users::write_text(const Event& event, EntityId entity, const std::string& field,
                       const Columns& columns, const Chosen& chosen, const std::string& text) {
  const std::size_t column = columns[index(event.site)];
  Value value = text;
  if (text.empty() && event.site == at_shop) value = Null{};
  if (chosen.row[column] == value) return false;
  ledger_.wrote(chosen.mark, field, value,
                ledger_.token_of(chosen.mark, field, chosen.row[column]));
  set(event.site, entity, chosen.key, column, value);
  return true;
}

Token Users::reference_in(SiteId site, EntityId entity, const std::string& field, const Row& row) {
  const Entity& e = t_.mapping.entity(entity);
  const Field& f = e.fields[e.field_index(field).value()];
  const std::string mark = text_of(row[t_.mark_of(entity)[index(site)]]);
  const Value& value = row[f.at[index(site)].column()];
  return ledger_.reference(mark, field, mark_referred_to(t_, at(site), site, *f.refers_to, value));
}

bool Users::refer(const Event& event, EntityId entity, const std::string& field, const Chosen& from,
                  const Chosen& to) {
  const std::size_t column = t_.columns_of(entity, field)[index(event.site)];
  if (from.row[column] == to.key[0]) return false;
  ledger_.wrote_reference(from.mark, field, to.mark,
                          reference_in(event.site, entity, field, from.row));
  set(event.site, entity, from.key, column, to.key[0]);
  return true;
}

bool Users::count_at(const Event& event, EntityId entity, const Columns& columns,
                     const Chosen& chosen, std::int64_t amount, bool late) {
  const std::size_t column = columns[index(event.site)];
  const ValueKind kind = t_.mapping.table(entity, event.site).columns[column].kind;
  const auto edit = [=](Row& row) {
    row[column] = test::add_to_counter(row[column], Decimal{amount, 0}, kind);
  };
  ledger_.counted(chosen.mark, amount);
  if (late)
    at(event.site).update_later(entity, chosen.key, edit);
  else
    at(event.site).update(entity, chosen.key, edit);
  return true;
}

}  // namespace miroir::storm
