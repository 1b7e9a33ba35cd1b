// What a mapping says, rightly and wrongly, about rows that are no more.
#include <catch2/catch.hpp>

#include "mapping_samples.hpp"
#include "schema/mapping_file.hpp"

using namespace miroir;
using miroir::testing::sample_with;

namespace {

// Put at the head of an entity, or of the ERP's table of orders.
std::string with_order(const std::string& words) {
  return sample_with(R"("sales_order": {
      "shop")",
                     R"("sales_order": {
      )" + words + R"(,
      "shop")");
}
std::string with_part(const std::string& words) {
  return sample_with(R"("part_of": "sales_order",)", R"("part_of": "sales_order", )" + words + ",");
}
std::string with_header(const std::string& words) {
  return sample_with(R"("table": "CRONUS France$Sales Header",)",
                     R"("table": "CRONUS France$Sales Header", )" + words + ",");
}
std::string with_place(const std::string& where, const std::string& then) {
  return with_header(R"("moved": [{"table": "Posted", "where": {)" + where + R"(}, "then": {)" +
                     then + "}}]");
}

struct Slip {
  std::string text;
  const char *pointer, *wrong, *right;
};

const char* const by_no = R"("Order No_": "{No_}")";

const Slip slips[] = {
    {with_order(R"("deletion": "ignroe")"), "/entities/sales_order/deletion",
     "'ignroe' is no meaning of a deletion", "did you mean 'ignore'?"},
    {with_order(R"("deletion": {"crm": "hold"})"), "/entities/sales_order/deletion/crm",
     "'crm' is no site", "one of: shop, erp, set"},
    {with_order(R"("deletion": {"erp": "keep"})"), "/entities/sales_order/deletion/erp",
     "'keep' is no meaning of a deletion", "propagate, ignore, hold"},
    {with_order(R"("deletion": {"set": {"stat": "open"}})"),
     "/entities/sales_order/deletion/set/stat", "there is no field 'stat'",
     "did you mean 'state'?"},
    {with_order(R"("deletion": {"erp": {"set": {"state": "gone"}}})"),
     "/entities/sales_order/deletion/erp/set/state", "gone does not fit the type enumeration",
     "one of: open, released"},
    {with_order(R"("deletion": {"erp": {"set": {"placed": "soon"}}})"),
     "/entities/sales_order/deletion/erp/set/placed", "soon does not fit the type date",
     "a date, as"},
    {with_order(R"("deletion": {"set": {"customer": 5}})"),
     "/entities/sales_order/deletion/set/customer", "'customer' cannot be set: it is a reference",
     "what became of the record"},
    {with_part(R"("deletion": "hold")"), "/entities/order_line/deletion",
     "a part is deleted with its root", "the deletion of 'sales_order'"},
    {sample_with(R"("stock": {)", R"("stock": {"deletion": {"shop": {"set": {"sku": "X"}}},)"),
     "/entities/stock/deletion/shop/set/sku", "the other site's key is made of it",
     "what became of the record"},
    {sample_with(R"("stock": {)", R"("stock": {"deletion": {"set": {"on_hand": 0}},)"),
     "/entities/stock/deletion/set/on_hand", "it is a counter", "what became of the record"},
    {with_order(R"("deletion_conflict": "delete wins")"), "/entities/sales_order/deletion_conflict",
     "'delete wins' does not say who wins", "did you mean 'deletion wins'?"},
    {with_header(R"("moved": [{"table": "Posted", "where": {"Order No_": "{No_}"}}])"),
     "/entities/sales_order/erp/moved/0", "'then' is missing", ""},
    {with_place(R"("Order No_": "{No_")", R"("state": "released")"),
     "/entities/sales_order/erp/moved/0/where/Order No_", "'{No_' is no column in braces",
     "as \"{No_}\""},
    {with_place(R"("Kind": 3)", R"("state": "released")"),
     "/entities/sales_order/erp/moved/0/where", "nothing here depends on the row",
     "a column of the row in braces"},
    {with_place(by_no, R"("state": "posted")"), "/entities/sales_order/erp/moved/0/then/state",
     "posted does not fit the type enumeration", "one of: open, released"},
};

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

Mapping read(const std::string& text) {
  auto read = read_mapping(text, "m.json");
  if (const auto* mistakes = std::get_if<std::vector<Mistake>>(&read))
    FAIL(to_string(mistakes->front()));
  return std::get<Mapping>(std::move(read));
}

}  // namespace

TEST_CASE("a mistake about deletions is reported alone, with what would be right") {
  for (const Slip& slip : slips) {
    INFO(slip.text);
    const auto read = read_mapping(slip.text, "m.json");
    const auto* found = std::get_if<std::vector<Mistake>>(&read);
    REQUIRE(found != nullptr);
    for (const Mistake& mistake : *found) UNSCOPED_INFO(to_string(mistake));
    REQUIRE(found->size() == 1);
    CHECK(found->front().pointer == slip.pointer);
    CHECK(has(found->front().wrong, slip.wrong));
    CHECK(has(found->front().right, slip.right));
  }
}

TEST_CASE("what goes one way is not asked what its deletion there means") {
  const std::string stock = R"("stock": {"direction": "to shop",)";
  const std::string text = sample_with(R"("stock": {)", stock + R"("deletion": {"shop": "hold"},)");
  const auto read = read_mapping(text, "m.json");
  const auto* found = std::get_if<std::vector<Mistake>>(&read);
  REQUIRE(found != nullptr);
  const bool said = std::any_of(found->begin(), found->end(), [](const Mistake& mistake) {
    return has(mistake.wrong, "what is deleted at 'shop' is put back");
  });
  CHECK(said);
}

TEST_CASE("a deletion means for each site what the mapping says, and otherwise a deletion") {
  const Mapping plain = read(testing::sample_mapping);
  for (const Deletion& deletion : plain.find("sales_order")->deletion)
    CHECK(std::holds_alternative<Propagate>(deletion));
  const Mapping mapping = read(with_order(
      R"("deletion": {"erp": {"set": {"state": "released"}}}, "deletion_conflict": "erp wins")"));
  const Entity& order = *mapping.find("sales_order");
  CHECK(std::holds_alternative<Propagate>(order.deletion[0]));
  const auto& set = std::get<SetFields>(order.deletion[1]).values;
  REQUIRE(set.size() == 1);
  CHECK(set[0].field == order.field_index("state"));
  CHECK(set[0].value == Value{"released"});
  // An order's rule is that of its lines.
  for (const char* name : {"sales_order", "order_line"})
    CHECK(std::get<SiteWins>(mapping.find(name)->deletion_conflict).site == SiteId::second);
  CHECK(mapping.fingerprint == plain.fingerprint);
}

TEST_CASE("a place that a row may have moved to is looked at by columns of the row") {
  const Mapping mapping = read(with_place(
      std::string{by_no} + R"(, "Kind": 3, "Sent": "{Posting No_}")", R"("state": "released")"));
  const SiteTable& table = mapping.find("sales_order")->table[1];
  REQUIRE(table.moved.size() == 1);
  const Place& place = table.moved[0];
  CHECK(place.name.name == "Posted");
  // A column that is mirrored by no field is read as well, and never written.
  const std::size_t posting = table.find("Posting No_").value();
  CHECK(table.columns[posting].only_read);
  Row row(table.columns.size(), Null{});
  CHECK_FALSE(place.sought_for(row));
  row[table.find("No_").value()] = "W1";
  row[posting] = "P7";
  CHECK(place.sought_for(row) == Row{std::int64_t{3}, "W1", "P7"});
}
