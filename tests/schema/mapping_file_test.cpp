#include "schema/mapping_file.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "mapping_samples.hpp"

using namespace miroir;

namespace {

Mapping sample() {
  Checked<Mapping> read = read_mapping(testing::sample_mapping, "sample.json");
  if (auto* mistakes = std::get_if<std::vector<Mistake>>(&read)) {
    for (const Mistake& mistake : *mistakes) UNSCOPED_INFO(to_string(mistake));
  }
  REQUIRE(std::holds_alternative<Mapping>(read));
  return std::get<Mapping>(read);
}

std::vector<std::string> column_names(const SiteTable& table) {
  std::vector<std::string> names;
  for (const Column& column : table.columns) names.push_back(column.name);
  return names;
}

using Names = std::vector<std::string>;
constexpr std::size_t shop = 0;
constexpr std::size_t erp = 1;

}  // namespace

TEST_CASE("parents stand before children, parts right after their root") {
  const Mapping mapping = sample();
  Names names;
  for (const Entity& entity : mapping.entities) names.push_back(entity.name);
  CHECK(names == Names{"customer", "sales_order", "order_line", "stock"});
  for (std::size_t i = 0; i < names.size(); ++i) CHECK(mapping.entities[i].id == EntityId{i});
  CHECK(mapping.find("order_line")->root == mapping.find("sales_order")->id);
  CHECK(mapping.find("sales_order")->parts == std::vector{mapping.find("order_line")->id});
  CHECK(mapping.find("customer")->parts.empty());
}

TEST_CASE("a table's columns are its key, its fields, and what is filled, each once") {
  const Mapping mapping = sample();
  const Entity& line = *mapping.find("order_line");
  CHECK(column_names(line.table[shop]) == Names{"id", "qty", "order_id", "line_no"});
  CHECK(column_names(line.table[erp]) ==
        Names{"Document Type", "Document No_", "Line No_", "Quantity"});
  CHECK(column_names(mapping.find("stock")->table[erp]) == Names{"No_", "Quantity"});
  CHECK(mapping.find("customer")->table[shop].name == TableName{"public", "customer"});
}

TEST_CASE("each key's column knows where its value comes from") {
  const Mapping mapping = sample();
  const SiteTable& line = mapping.find("order_line")->table[erp];
  CHECK(std::get<Constant>(line.key[0].source).value == Value{std::int64_t{1}});
  CHECK(std::get<FromParent>(line.key[1].source).parent_key == 1);
  CHECK(std::get<Numbered>(line.key[2].source).step == 10000);
  CHECK(std::get<Rule>(mapping.find("customer")->table[erp].key[0].source).pattern == "W{id}");
  CHECK(std::holds_alternative<FromField>(mapping.find("stock")->table[shop].key[0].source));
  const SiteTable& shop_line = mapping.find("order_line")->table[shop];
  CHECK(shop_line.generated_column() == 0u);
  CHECK(shop_line.numbered_column() == 3u);
  CHECK(shop_line.number_step() == 1);
  using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;
  CHECK(shop_line.parent_columns() == Pairs{{0, 2}});
  CHECK(line.parent_columns() == Pairs{{1, 1}});
  CHECK(line.numbered_column() == 2u);
  CHECK_FALSE(line.generated_column());
  CHECK_FALSE(mapping.find("stock")->table[shop].numbered_column());
  CHECK(mapping.find("stock")->table[shop].number_step() == 0);
}

TEST_CASE("rows with another constant in their key are out of scope") {
  const Mapping mapping = sample();
  const SiteTable& order = mapping.find("sales_order")->table[erp];
  CHECK(order.in_scope({Value{std::int64_t{1}}, Value{"W1"}}));
  CHECK_FALSE(order.in_scope({Value{std::int64_t{0}}, Value{"W1"}}));
  const Row row{Value{std::int64_t{1}}, Value{"W1"}, Value{}, Value{}, Value{}};
  CHECK(order.key_of(row) == Key{Value{std::int64_t{1}}, Value{"W1"}});
}

TEST_CASE(
    "a field's policy is its own, its entity's, or the mapping's, and a counter's is counter") {
  const Mapping mapping = sample();
  const auto policy = [&](const char* entity, const char* field) {
    const Entity& e = *mapping.find(entity);
    return describe(e.fields[e.field_index(field).value()].policy, mapping.sites);
  };
  CHECK(policy("customer", "email") == "shop wins");
  CHECK(policy("customer", "name") == "erp wins");
  CHECK(policy("customer", "vat_number") == "hold");
  CHECK(policy("sales_order", "placed") == "max");
  CHECK(policy("sales_order", "state") == "shop wins");
  CHECK(policy("stock", "on_hand") == "counter");
}

TEST_CASE("a field's lens has what the mapping says of its column") {
  const Mapping mapping = sample();
  const Entity& customer = *mapping.find("customer");
  const Lens& name = customer.fields[*customer.field_index("name")].at[erp].lens;
  CHECK(name.type == FieldType::text);
  CHECK(name.blank == Value{""});
  CHECK(name.length == 50);
  CHECK(name.loss.length);
  CHECK_FALSE(name.loss.precision);
  const Entity& stock = *mapping.find("stock");
  const Column& on_hand = stock.table[erp].columns[1];
  CHECK(on_hand.counter);
  CHECK(on_hand.counter_scale == 3);
  CHECK(stock.fields[*stock.field_index("on_hand")].at[shop].lens.scale == 3);
  const Entity& order = *mapping.find("sales_order");
  const Lens& state = order.fields[*order.field_index("state")].at[erp].lens;
  CHECK(state.lookup.at("released") == std::vector<Value>{std::int64_t{1}});
}

TEST_CASE("a lens converts as the mapping says") {
  const auto at_shop = [](const char* type, const char* column) {
    const std::string text = miroir::testing::sample_with(
        R"("name": {
          "type": "text",
          "shop": "name")",
        "\"name\": {" + std::string{type} + ", \"shop\": " + column);
    auto read = read_mapping(text, "sample.json");
    if (const auto* wrong = std::get_if<std::vector<Mistake>>(&read))
      FAIL(to_string(wrong->front()));
    const Mapping mapping = std::get<Mapping>(read);
    const Entity& customer = *mapping.find("customer");
    return customer.fields[*customer.field_index("name")].at[shop];
  };
  const char* text = R"("type": "text")";
  const FieldAt split = at_shop(text, R"({"columns": ["a", "b"], "split": ", ", "length": 9})");
  REQUIRE(split.split);
  CHECK(split.columns.size() == 2);
  CHECK(split.split->how == Split::How::filling);
  CHECK(split.split->separator == ", ");
  CHECK(split.split->pieces[1].length == 9);
  CHECK(at_shop(text, R"({"columns": ["a", "b"], "join": " "})").split->how == Split::How::by_word);
  CHECK(at_shop(text, R"({"column": "a", "code_page": "cp850"})").lens.code_page->name == "cp850");
  const char* folded = R"("type": "text", "case": "lower", "trim": true)";
  CHECK(at_shop(folded, R"("a")").lens.folding == Folding{Folding::Letters::lower, true});
  const FieldAt table =
      at_shop(text, R"({"column": "a", "lookup": {"FR": ["", null], "BE": "B"}})");
  CHECK(table.lens.lookup.at("FR") == std::vector<Value>{"", Null{}});
  CHECK(table.lens.lookup.at("BE") == std::vector<Value>{"B"});
}

TEST_CASE("references and twin rules are resolved") {
  const Mapping mapping = sample();
  const EntityId customer = mapping.find("customer")->id;
  const EntityId order = mapping.find("sales_order")->id;
  const std::size_t field = mapping.entity(order).field_index("customer").value();
  CHECK(mapping.entity(order).fields[field].refers_to == customer);
  CHECK(mapping.referenced_by(customer) == std::vector{std::pair{order, field}});
  CHECK(mapping.referenced_by(order).empty());
  CHECK(mapping.reference_key(customer, SiteId::second) == 0);
  CHECK(mapping.reference_key(order, SiteId::second) == 1);
  using Rules = std::vector<std::vector<std::size_t>>;
  CHECK(mapping.entity(customer).match == Rules{{0}, {2}});
}

TEST_CASE("sites are found by their names") {
  const Mapping mapping = sample();
  CHECK(mapping.site("erp") == SiteId::second);
  CHECK_FALSE(mapping.site("crm"));
  CHECK(mapping.find("invoice") == nullptr);
  CHECK(&mapping.table(EntityId{0}, SiteId::first) == &mapping.entities[0].table[shop]);
}

TEST_CASE("a mapping file is read from where it is, or the mistake says that it cannot be") {
  const std::filesystem::path path = std::filesystem::temp_directory_path() /
                                     ("miroir_mapping_" + std::to_string(::getpid()) + ".json");
  std::ofstream{path} << testing::sample_mapping;
  CHECK(std::holds_alternative<Mapping>(read_mapping_file(path)));
  std::filesystem::remove(path);
  for (const std::filesystem::path& wrong : {path, std::filesystem::temp_directory_path()}) {
    const auto read = read_mapping_file(wrong);
    REQUIRE(std::holds_alternative<std::vector<Mistake>>(read));
    CHECK(to_string(std::get<1>(read).front()).starts_with(wrong.string() + "#: "));
  }
}
