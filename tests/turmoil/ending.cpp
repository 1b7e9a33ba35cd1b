#include "tests/turmoil/ending.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tests/support/site_user.hpp"

namespace miroir::turmoil {
namespace {

using nlohmann::json;

std::string text_of(const json& value) {
  if (value.is_null()) return {};
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool is_number(const std::string& field) { return field == "qty" || field == "price"; }

}  // namespace

std::array<std::set<std::int64_t>, 2> EndingReader::committed() {
  std::array<std::set<std::int64_t>, 2> ids;
  for (const Side side : both_sides) {
    test::SiteUser user{side == Side::shop ? pair_.shop() : pair_.erp()};
    for (const std::string& id : user.rows("SELECT id FROM turmoil_deed"))
      ids[index(side)].insert(std::stoll(id));
  }
  return ids;
}

std::vector<std::string> EndingReader::differences() {
  test::SiteUser shop{pair_.shop()}, erp{pair_.erp()};
  shop.run("SET TimeZone = 'UTC'");
  if (pair_.erp().dialect() == "postgres") erp.run("SET TimeZone = 'UTC'");
  auto found = test::differences_between(
      {pair_.shop().dialect(), [&](const std::string& query) { return shop.rows(query); }},
      {pair_.erp().dialect(), [&](const std::string& query) { return erp.rows(query); }});
  for (const std::string& order : shop.rows(R"(
      SELECT o.order_no, o.items_total, sum(l.line_total)
        FROM sales_order o JOIN order_line l ON l.order_id = o.id GROUP BY o.id
      HAVING o.items_total <> sum(round(l.qty * l.unit_price * (100 - l.discount_pct) / 100, 2))
          OR o.items_total <> sum(l.line_total) OR o.grand_total <> o.items_total + o.shipping_total)"))
    found.push_back("the totals of an order are wrong: " + order);
  return found;
}

void EndingReader::see(Side side, const std::string& mark, Found found, Ending& ending) const {
  Found& kept = ending.rows[index(side)][mark];
  found.times = kept.times + 1;
  kept = std::move(found);
}

void EndingReader::read_rows(test::SiteUser& user, Side side, Kind kind, Ending& ending) {
  const Table& table = table_of(kind);
  std::string query = select_rows(kind, side);
  if (*table.also[index(side)] != '\0') query += std::string{" WHERE "} + table.also[index(side)];
  for (const std::string& row : user.rows(query)) {
    const std::vector<std::string> values = split(row);
    Found found;
    std::size_t at = 2;
    for (const Column& column : table.columns) {
      const std::string& value = values.at(at++);
      found.values[column.field] = column.is_number ? plain_number(value) : value;
    }
    marks_[{table.entity, values.at(0)}] = values.at(1);
    see(side, values.at(1), std::move(found), ending);
  }
}

void EndingReader::read_lines(test::SiteUser& user, Side side, Ending& ending) {
  const char* query =
      side == Side::shop
          ? "SELECT l.id, l.unit_price, o.order_no, l.description, l.qty FROM order_line l "
            "LEFT JOIN sales_order o ON o.id = l.order_id"
          : R"(SELECT 0, l."Unit Price", o."External Document No_", l."Description", l."Quantity"
                 FROM "CRONUS France$Sales Line" l LEFT JOIN "CRONUS France$Sales Header" o
                   ON o."Document Type" = 1 AND o."No_" = l."Document No_" WHERE l."Document Type" = 1)";
  for (const std::string& row : user.rows(query)) {
    const std::vector<std::string> values = split(row);
    const std::string mark = line_mark(values.at(1));
    if (side == Side::shop) marks_[{"order_line", values.at(0)}] = mark;
    see(side, mark,
        {.root = values.at(2),
         .values = {{"description", values.at(3)}, {"qty", plain_number(values.at(4))}}},
        ending);
  }
}

void EndingReader::read_stock(test::SiteUser& user, Side side, Ending& ending) {
  const char* query =
      side == Side::shop
          ? "SELECT p.sku, s.on_hand FROM stock s JOIN product p ON p.id = s.product_id"
          : R"(SELECT "Item No_", "Quantity" FROM "CRONUS France$Web Stock")";
  for (const std::string& row : user.rows(query)) {
    const std::vector<std::string> values = split(row);
    const std::string amount = plain_number(values.at(1));
    std::size_t read = 0;
    ending.counters[index(side)][values.at(0)] = std::stoll(amount, &read);
    if (read != amount.size())
      throw std::runtime_error{"people count whole bottles, and there are " + row};
  }
}

void EndingReader::read_rows(Ending& ending) {
  marks_.clear();
  for (const Side side : both_sides) {
    ending.rows[index(side)].clear();
    ending.counters[index(side)].clear();
    test::SiteUser user{side == Side::shop ? pair_.shop() : pair_.erp()};
    for (const Kind kind : {Kind::customer, Kind::product, Kind::order})
      read_rows(user, side, kind, ending);
    read_lines(user, side, ending);
    read_stock(user, side, ending);
  }
}

namespace {

// Values are unique in the whole run: each says to which record it was written.
std::map<std::pair<std::string, std::string>, std::string> owners_of(
    const std::vector<Deed>& deeds) {
  std::map<std::pair<std::string, std::string>, std::string> owners;
  for (const Deed& deed : deeds) {
    for (const Act& act : deed.acts) {
      if (const auto* wrote = std::get_if<Wrote>(&act))
        owners[{wrote->cell.field, wrote->value}] = wrote->cell.mark;
    }
  }
  return owners;
}

}  // namespace

void EndingReader::list(const std::string& field, const json& value, const Owners& owners,
                        Ending& ending) const {
  const std::string text = is_number(field) ? plain_number(text_of(value)) : text_of(value);
  const auto owner = owners.find({field, text});
  if (owner != owners.end()) ending.listed[{owner->second, field}].insert(text);
}

std::vector<std::vector<std::string>> EndingReader::read_questions(const std::vector<Deed>& deeds,
                                                                   Ending& ending) {
  const auto owners = owners_of(deeds);
  const json held = json::parse(verb_({"held", "list", "--json"}).out).at("held");
  std::vector<std::vector<std::string>> answers;
  for (const json& item : held) {
    const std::string id = item.at("id").dump(), field = text_of(item.at("field"));
    if (item.at("rule") == "deletion") {
      const auto mark = marks_.find({text_of(item.at("entity")), text_of(item.at("key"))});
      if (mark != marks_.end()) ending.disputed.insert(mark->second);
      answers.push_back({"held", "answer", id, "--keep"});
      continue;
    }
    for (const auto& [site, value] : item.at("candidates").items())
      list(field, value, owners, ending);
    answers.push_back({"held", "answer", id, "--take", "shop"});
  }
  return answers;
}

void EndingReader::read_story(const std::string& entity, const std::string& key,
                              const std::string& mark, const Owners& owners, Ending& ending) {
  const test::Ended ended = verb_({"trace", entity, key, "--json"});
  const json story = json::parse(ended.out, nullptr, false);
  if (!story.is_object() || !story.contains("story")) return;  // miroir never knew it.
  for (const json& event : story.at("story")) {
    if (event.at("event") == "held") {
      for (const auto& [site, value] : event.at("candidates").items())
        list(text_of(event.at("field")), value, owners, ending);
    }
    if (event.at("event") != "decided") continue;
    const std::string field = text_of(event.at("field"));
    decisions_.push_back({field, text_of(event.at("time"))});
    if (!field.empty()) {
      list(field, event.at("loser"), owners, ending);
      continue;
    }
    const std::string of = text_of(event.at("of"));  // "order_line 12", or the record itself.
    if (of.empty()) {
      ending.disputed.insert(mark);
      continue;
    }
    const auto part = marks_.find({of.substr(0, of.find(' ')), of.substr(of.find(' ') + 1)});
    if (part != marks_.end()) ending.disputed.insert(part->second);
  }
}

void EndingReader::read_stories(const std::set<std::string>& marks, const std::vector<Deed>& deeds,
                                Ending& ending) {
  const auto owners = owners_of(deeds);
  std::map<std::string, std::string> roots;
  for (const Deed& deed : deeds) {
    for (const Act& act : deed.acts) {
      if (const auto* born = std::get_if<Born>(&act); born != nullptr && !born->root.empty())
        roots[born->mark] = born->root;
    }
  }
  std::set<std::string> wanted;
  for (const std::string& mark : marks) wanted.insert(roots.contains(mark) ? roots.at(mark) : mark);
  for (const std::string& mark : wanted) {
    const std::string key = book_.key_of(mark);
    if (key.empty()) continue;
    const char* entity = mark.find('@') != std::string::npos ? "customer"
                         : mark.front() == 'P'               ? "product"
                                                             : "sales_order";
    read_story(entity, key, mark, owners, ending);
  }
}

}  // namespace miroir::turmoil
