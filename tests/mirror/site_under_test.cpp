#include "tests/mirror/site_under_test.hpp"

namespace miroir::test {
namespace {

Entity entity_named(std::string name, EntityId id, std::string table, std::vector<Column> columns,
                    std::vector<KeyColumn> key) {
  Entity entity;
  entity.name = std::move(name);
  entity.id = id;
  SiteTable& here = entity.table[0];
  here.name = {"", std::move(table)};
  here.columns = std::move(columns);
  here.key = std::move(key);
  return entity;
}

// Decided by times, so that the journal's are read.
Field last_city() {
  Field city{"city", FieldType::text, Latest{}, {}, {}, {}, {}};
  city.at[0].columns = city.at[1].columns = {at::city};
  return city;
}

Entity customers(ValueKind amounts) {
  Entity entity = entity_named("customer", customer, "customer",
                               {{"id", ValueKind::integer, false, 0},
                                {"email", ValueKind::text, false, 0},
                                {"city", ValueKind::text, false, 0},
                                {"seen_by", ValueKind::text, false, 0},
                                {"points", ValueKind::integer, true, 0},
                                {"credit", amounts, true, 2}},
                               {{at::id, Generated{}}});
  entity.fields.push_back(last_city());
  return entity;
}

Entity orders() {
  Entity entity = entity_named("order", order, "sales_order",
                               {{"id", ValueKind::integer, false, 0},
                                {"customer_id", ValueKind::integer, false, 0},
                                {"note", ValueKind::text, false, 0}},
                               {{at::id, Generated{}}});
  Field refers{"customer", FieldType::reference, Hold{}, {}, customer, {}, {}};
  refers.at[0].columns = refers.at[1].columns = {at::customer_id};
  entity.fields.push_back(refers);
  entity.parts = {order_line};
  return entity;
}

Entity order_lines(ValueKind amounts) {
  Entity entity = entity_named("order line", order_line, "order_line",
                               {{"id", ValueKind::integer, false, 0},
                                {"order_id", ValueKind::integer, false, 0},
                                {"line_no", ValueKind::integer, false, 0},
                                {"item", ValueKind::text, false, 0},
                                {"qty", amounts, false, 0}},
                               {{at::id, Generated{}}});
  entity.root = order;
  entity.table[0].filled = {{at::order_id, FromParent{0}}, {at::line_no, Numbered{1}}};
  return entity;
}

Entity documents(const char* name, EntityId id, EntityId line, const char* table,
                 const KeySource& number) {
  Entity entity = entity_named(name, id, table,
                               {{"Document Type", ValueKind::integer, false, 0},
                                {"No_", ValueKind::text, false, 0},
                                {"Remark", ValueKind::text, false, 0}},
                               {{at::type, Constant{std::int64_t{1}}}, {at::no, number}});
  entity.parts = {line};
  if (id != document) return entity;
  const Sought no{{"Old No_", ValueKind::text}, std::size_t{at::no}};
  const auto kind = [](std::int64_t n) { return Sought{{"Kind", ValueKind::integer}, Value{n}}; };
  entity.table[0].moved = {{{"", "archive"}, {no, kind(3)}, {}},
                           {{"", "archive"}, {no, kind(4)}, {}}};
  return entity;
}

Entity document_lines(const char* name, EntityId id, EntityId root, const char* table) {
  Entity entity = entity_named(name, id, table,
                               {{"Document Type", ValueKind::integer, false, 0},
                                {"Document No_", ValueKind::text, false, 0},
                                {"Line No_", ValueKind::integer, false, 0},
                                {"Thing", ValueKind::text, false, 0}},
                               {{at::type, Constant{std::int64_t{1}}},
                                {at::document_no, FromParent{1}},
                                {at::number, Numbered{10'000}}});
  entity.root = root;
  return entity;
}

Entity members() {
  Entity entity = entity_named("member", member, "member",
                               {{"id", ValueKind::integer},
                                {"name", ValueKind::text},
                                {"", ValueKind::integer, false, 0, false, 1},
                                {"street", ValueKind::text, false, 0, false, 1},
                                {"city", ValueKind::text, false, 0, false, 1},
                                {"", ValueKind::integer, false, 0, false, 2},
                                {"level", ValueKind::text, false, 0, false, 2},
                                {"visits", ValueKind::integer, true, 0, false, 2}},
                               {{at::id, Generated{}}});
  entity.table[0].satellites = {
      {"address", {"", "member_address"}, {{"member_id", ValueKind::integer}},
       {{{"is_main", ValueKind::boolean}, true}}, {{{"label", ValueKind::text}, "made"}}, false,
       at::addresses},
      {"card", {"", "member_card"}, {{"member_id", ValueKind::integer}}, {}, {}, true, at::cards}};
  entity.parts = {stay};
  return entity;
}

Entity stays() {
  Entity entity = entity_named("stay", stay, "stay",
                               {{"member_id", ValueKind::integer},
                                {"no", ValueKind::integer},
                                {"room", ValueKind::text},
                                {"", ValueKind::integer, false, 0, false, 1},
                                {"wish", ValueKind::text, false, 0, false, 1}},
                               {{at::member_id, FromParent{0}}, {at::stay_no, Numbered{1}}});
  entity.root = member;
  entity.table[0].satellites = {{"extra", {"", "stay_extra"},
                                 {{"member_id", ValueKind::integer}, {"no", ValueKind::integer}},
                                 {}, {}, false, at::extras}};
  return entity;
}

}  // namespace

Mapping contract_mapping(ValueKind amounts) {
  Mapping mapping;
  mapping.sites = {"here", "there"};
  mapping.entities = {
      customers(amounts),
      orders(),
      order_lines(amounts),
      documents("document", document, document_line, "It's a $Header", Rule{"W{id}"}),
      document_lines("document line", document_line, document, "It's a $Line"),
      documents("invoice", invoice, invoice_line, "invoice", Generated{}),
      document_lines("invoice line", invoice_line, invoice, "invoice_line"),
      members(),
      stays()};
  for (Entity& entity : mapping.entities) entity.table[1] = entity.table[0];
  return mapping;
}

void SiteUnderTest::forget(EntityId root, const std::vector<Key>& keys) {
  std::vector<JournalId> read;
  for (const JournalRow& row : site().extract({root, keys, {}}).journal) read.push_back(row.id);
  site().acknowledge(read, {"store", CycleNumber{1}});
}

Value SiteUnderTest::amount(const std::string& text) const {
  if (table(order_line).columns[at::qty].kind == ValueKind::text) return text;
  return parse_decimal(text).value();
}

}  // namespace miroir::test
