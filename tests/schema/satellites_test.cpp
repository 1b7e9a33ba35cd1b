// Satellites in a mapping: what is built of them, and what can be said wrongly about them.
#include <catch2/catch.hpp>

#include "mapping_slips.hpp"
#include "schema/mapping_changes.hpp"

using namespace miroir;
using namespace miroir::testing;

namespace {

const std::string line_key = R"({"column": "Line No_", "from": "number", "step": 10000}
        ])";
const std::string email = R"("shop": "email")";

// The shop's customers have a satellite with these words, in which the e-mail lives.
std::string with_satellite(const std::string& words, const std::string& name = "address") {
  std::string text = sample_with(R"("table": "customer",)",
                                 R"("table": "customer", "satellites": {"address": {"table": "address")" +
                                     words + "}},");
  const std::size_t at = text.find(email);
  REQUIRE(at != std::string::npos);
  return text.replace(at, email.size(),
                      R"("shop": {"column": "email", "satellite": ")" + name + "\"}");
}

Mapping mapping_of(const std::string& text) {
  auto read = read_mapping(text, "m.json");
  if (auto* mistakes = std::get_if<std::vector<Mistake>>(&read)) FAIL(to_string(mistakes->front()));
  return std::get<Mapping>(std::move(read));
}

CatalogTable table_of(std::vector<CatalogColumn> columns) {
  return {std::move(columns), {{"id"}}};
}
CatalogColumn column(const char* name, ValueKind kind, bool nullable = true) {
  CatalogColumn out;
  out.name = name;
  out.declared_type = name_of(kind);
  out.kind = kind;
  out.nullable = nullable;
  out.has_default = out.name == "id";
  return out;
}

struct Case {
  std::string words, name;
  const char *pointer, *wrong, *right;
};

const std::string there = "/entities/customer/shop/satellites/address";

}  // namespace

TEST_CASE("a satellite's columns stand behind the row's own, and how many rows it has before them") {
  const Mapping mapping = mapping_of(with_satellite(
      R"(, "key": {"customer_id": "id"}, "where": {"main": true}, "on_insert": {"label": "x"})"));
  const SiteTable& table = mapping.find("customer")->table[0];
  REQUIRE(table.satellites.size() == 1);
  const Satellite& address = table.satellites.front();
  CHECK(address.table.name == "address");
  CHECK(address.key.front().name == "customer_id");
  CHECK(address.where.front().value == Value{true});
  CHECK_FALSE(address.required);
  CHECK(address.rows == table.own_columns());
  CHECK(table.columns.size() == table.own_columns() + 2);
  CHECK(table.label(address.rows + 1) == "address.email");
  CHECK_FALSE(table.find("email"));
  const Entity& customer = *mapping.find("customer");
  CHECK(customer.fields[*customer.field_index("email")].at[0].column() == address.rows + 1);
}

TEST_CASE("a satellite without a key of its own has the row's") {
  const Mapping mapping = mapping_of(with_satellite(""));
  CHECK(mapping.find("customer")->table[0].satellites.front().key.front().name == "id");
}

TEST_CASE("what is wrong with a satellite is said, with what would be right") {
  const Case cases[] = {
      {R"(, "key": {"customer_id": "di"})", "address", "/key", "no column holds 'id' of the key",
       "one column of the satellite"},
      {R"(, "key": {"a": "id", "b": "id"})", "address", "/key", "two columns hold 'id' of the key",
       "one column of the satellite"},
      {R"(, "where": {"email": "x"})", "address", "", "column 'email' of 'address' is used twice",
       "each column once"},
      {"", "addres", "", "no field lives in it", "\"satellite\": \"address\""},
      {R"(, "requierd": true)", "address", "", "requierd", ""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.words, one.name);
    const std::vector<Mistake> found = mistakes_in(with_satellite(one.words, one.name));
    for (const Mistake& mistake : found) UNSCOPED_INFO(to_string(mistake));
    CHECK(std::any_of(found.begin(), found.end(), [&](const Mistake& mistake) {
      return mistake.pointer.starts_with(one.pointer[0] == 0 ? "/entities" : there + one.pointer) &&
             mistake.wrong.find(one.wrong) != std::string::npos &&
             mistake.right.find(one.right) != std::string::npos;
    }));
  }
}

TEST_CASE("a satellite that is also somebody else's table is refused") {
  std::string text = with_satellite("");
  const std::string table = R"("table": "address")";
  text.replace(text.find(table), table.size(), R"("table": "sales_order")");
  const auto found = mistakes_in(text);
  REQUIRE(found.size() == 1);
  CHECK(found.front().pointer == there + "/table");
  CHECK(found.front().wrong == "'sales_order' is also the table of 'sales_order'");
}

TEST_CASE("a part whose key the database hands out has no satellites") {
  std::string text = sample_with(R"("table": "order_line",)",
                                 R"("table": "order_line", "satellites": {"more": {"table": "more"}},)");
  const std::string qty = R"("shop": "qty")";
  text.replace(text.find(qty), qty.size(), R"("shop": {"column": "qty", "satellite": "more"})");
  const auto found = mistakes_in(text);
  REQUIRE(found.size() == 2);
  CHECK(found[0].wrong == "the database hands out 'id', and a part's satellite cannot wait for it");
  CHECK(found[1].wrong.find("does not name its root") != std::string::npos);
}

TEST_CASE("a satellite that comes or goes is a change of the fields that live in it") {
  const Mapping before = mapping_of(sample_mapping), now = mapping_of(with_satellite(""));
  CHECK(before.fingerprint != now.fingerprint);
  const MappingComparison comparison = compare_mappings(before, now);
  REQUIRE(comparison.changes.size() == 1);
  CHECK(comparison.changes.front().kind == MappingChangeKind::field_added);
  CHECK(comparison.changes.front().text.find(
            "customer.email is another field than before (shop address.email") == 0);
  CHECK(comparison.can_be_carried());
  CHECK(comparison.reads_more());
  CHECK(compare_mappings(now, now).changes.empty());
  const Mapping other = mapping_of(with_satellite(R"(, "where": {"main": true})"));
  CHECK(compare_mappings(now, other).changes.size() == 1);
}

TEST_CASE("a satellite is bound to its own table, and says what does not fit") {
  Mapping mapping = mapping_of(
      with_satellite(R"(, "key": {"customer_id": "id"}, "where": {"main": true})"));
  CatalogTable address = table_of({column("id", ValueKind::integer, false),
                                   column("customer_id", ValueKind::integer, false),
                                   column("main", ValueKind::boolean, false),
                                   column("email", ValueKind::text)});
  const auto mistakes = [&] {
    std::vector<std::string> said;
    for (const Mistake& one : bind_columns(
             mapping, SiteId::first,
             [&](const TableName& name) { return name.name == "address" ? address : CatalogTable{}; },
             "m.json")) {
      if (one.pointer.find("satellites") != std::string::npos ||
          one.pointer.find("email") != std::string::npos)
        said.push_back(one.wrong);
    }
    return said;
  };
  using Words = std::vector<std::string>;
  // The customers' table is not there, or its key would have a kind.
  mapping.entities[mapping.find("customer")->id.raw()].table[0].columns[0].kind =
      ValueKind::integer;
  CHECK(mistakes() == Words{});
  address.columns.push_back(column("label", ValueKind::text, false));
  address.columns[3].nullable = false;
  CHECK(mistakes().size() == 1);
  CHECK(mistakes().front().find("column 'label' is NOT NULL without a default") == 0);
  address.columns[1].kind = ValueKind::text;
  CHECK(mistakes().front() ==
        "column 'customer_id' is of type integer, but it holds the key's 'id'");
  address.columns[1].no_key = NoKey{"it has several texts", "BIGINT"};
  CHECK(mistakes().front().find("column 'customer_id' of 'address' is of type") == 0);
  address = {};
  CHECK(mistakes() == Words{"there is no table 'address', or this user may not see it"});
}
