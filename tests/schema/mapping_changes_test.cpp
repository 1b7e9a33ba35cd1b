#include "schema/mapping_changes.hpp"

#include <catch2/catch.hpp>

#include "mapping_samples.hpp"
#include "schema/mapping_file.hpp"

using namespace miroir;
using miroir::testing::sample_mapping;
using miroir::testing::sample_with;
using Kind = MappingChangeKind;

namespace {

Mapping mapping_of(const std::string& text) {
  return std::get<Mapping>(read_mapping(text, "sample.json"));
}

struct Compared {
  Mapping before = mapping_of(sample_mapping), now;
  MappingComparison comparison;
  explicit Compared(const std::string& text)
      : now{mapping_of(text)}, comparison{compare_mappings(before, now)} {}
  const EntityOrigin& origin(const char* entity) const {
    return comparison.entities[now.find(entity)->id.raw()];
  }
};

std::vector<Kind> kinds(const MappingComparison& comparison) {
  std::vector<Kind> list;
  for (const MappingChange& change : comparison.changes) list.push_back(change.kind);
  return list;
}

const std::string vat = R"("vat_number": {
          "type": "code", "policy": "hold",
          "shop": "vat_number", "erp": {"column": "VAT Registration No_", "blank": "", "length": 20}
        })";

}  // namespace

TEST_CASE("comments, order and policies are no change; twin rules are one without consent") {
  CHECK(Compared{sample_mapping}.comparison.changes.empty());
  CHECK(Compared{sample_with("// A shop and a Navision.", "")}.comparison.changes.empty());
  CHECK(Compared{sample_with("\"policy\": \"hold\"", "\"policy\": \"erp wins\"")}
            .comparison.changes.empty());
  const Compared twins{sample_with("[\"email\"], ", "")};
  CHECK(kinds(twins.comparison) == std::vector<Kind>{Kind::twins_changed});
  CHECK_FALSE(twins.comparison.needs_consent());
  const Compared spelling{sample_with("\"email\": {", "\"email\": {\"match\": \"any case\",")};
  CHECK(kinds(spelling.comparison) == std::vector<Kind>{Kind::twins_changed});
}

TEST_CASE("a new field is told with both columns and what decides, and moves what is stored") {
  const Compared c{
      sample_with(vat, vat + R"(, "fax": {"type": "text", "shop": "fax", "erp": "Fax No_"})")};
  REQUIRE(kinds(c.comparison) == std::vector<Kind>{Kind::field_added});
  const std::string& text = c.comparison.changes.front().text;
  CHECK(text.find("customer.fax is new (shop fax, erp Fax No_)") == 0);
  CHECK(text.find("erp wins") != std::string::npos);
  const EntityOrigin& origin = c.origin("customer");
  CHECK(origin.moved);
  CHECK(origin.reads_more(SiteId::first));
  CHECK(c.comparison.reads_more());
  // "fax" stands between e-mail and name.
  CHECK(origin.fields[0].before == 0u);
  CHECK_FALSE(origin.fields[1].before);
  CHECK(origin.fields[2].before == 1u);
  CHECK_FALSE(c.origin("stock").moved);
}

TEST_CASE("a removed field is told, and needs nothing from the sites") {
  const std::string name = R"("name": {
          "type": "text",
          "shop": "name", "erp": {"column": "Name", "blank": "", "length": 50, "loss": ["length"]}
        },)";
  const Compared c{sample_with(name, "")};
  REQUIRE(kinds(c.comparison) == std::vector<Kind>{Kind::field_removed});
  CHECK(c.comparison.changes.front().text ==
        "customer.name is mirrored no more: both sites keep what they hold");
  CHECK(c.origin("customer").moved);
  CHECK_FALSE(c.comparison.reads_more());
}

TEST_CASE("a lens that changed is told with its site and what is other") {
  const std::tuple<const char*, const char*, const char*> changes[] = {
      {"\"length\": 50", "\"length\": 100", "customer.name converts otherwise at erp (length)"},
      {", \"loss\": [\"length\"]", "", "customer.name converts otherwise at erp (loss)"},
      {"\"released\": 1}", "\"released\": 2}",
       "sales_order.state converts otherwise at erp (lookup)"},
      {"\"blank\": \"1753-01-01\"", "\"blank\": \"1754-01-01\"",
       "placed converts otherwise at erp (blank)"},
      {"\"type\": \"date\", \"policy\": \"max\"", "\"type\": \"instant\", \"policy\": \"max\"",
       "type instant instead of date"},
      {"\"released\": 1}", "\"released\": [1, 2]}",
       "sales_order.state converts otherwise at erp (lookup)"},
      {"\"shop\": \"qty\"", "\"shop\": {\"column\": \"qty\", \"times\": 6}",
       "order_line.quantity converts otherwise at shop (times 6 instead of 1)"},
      {"\"shop\": \"placed_on\"",
       "\"shop\": {\"column\": \"placed_on\", \"time_zone\": \"Europe/Paris\"}",
       "at shop (time zone Europe/Paris instead of none)"},
      {"\"shop\": \"name\"", "\"shop\": {\"column\": \"name\", \"code_page\": \"cp850\"}",
       "customer.name converts otherwise at shop (code page cp850 instead of none)"},
      {"\"type\": \"text\", \"policy\"", "\"type\": \"text\", \"case\": \"lower\", \"policy\"",
       "customer.email converts otherwise at shop (case) and erp (case)"},
      {"\"type\": \"text\", \"policy\"", "\"type\": \"text\", \"trim\": true, \"policy\"",
       "customer.email converts otherwise at shop (trim) and erp (trim)"},
  };
  for (const auto& [from, to, told] : changes) {
    INFO(from << " -> " << to);
    const Compared c{sample_with(from, to)};
    REQUIRE(kinds(c.comparison) == std::vector<Kind>{Kind::lens_changed});
    CHECK(c.comparison.changes.front().text.find(told) != std::string::npos);
    CHECK(c.comparison.needs_consent());
    CHECK_FALSE(c.comparison.reads_more());
  }
}

TEST_CASE("a field with the same columns was renamed; another column makes another field") {
  const Compared renamed{sample_with("\"name\": {", "\"title\": {")};
  REQUIRE(kinds(renamed.comparison) == std::vector<Kind>{Kind::field_renamed});
  CHECK(renamed.comparison.changes.front().text == "customer.title was called name");
  const Compared moved{sample_with("\"shop\": \"name\"", "\"shop\": \"full_name\"")};
  REQUIRE(kinds(moved.comparison) == std::vector<Kind>{Kind::field_added});
  CHECK(moved.comparison.changes.front().text.find("is another field than before") !=
        std::string::npos);
}

TEST_CASE("a text that is divided otherwise is told, and one over other columns is another field") {
  const auto mapping = [](const char* how) {
    return mapping_of(sample_with(
        "\"shop\": \"name\"", "\"shop\": {\"columns\": [\"a\", \"b\"], " + std::string{how} + "}"));
  };
  const auto told = compare_mappings(mapping(R"("split": " ")"), mapping(R"("join": " ")"));
  REQUIRE(kinds(told) == std::vector<Kind>{Kind::lens_changed});
  CHECK(told.changes.front().text.starts_with(
      "customer.name converts otherwise at shop (joined at ' ' instead of split at ' ')"));
  const auto more = compare_mappings(mapping_of(sample_mapping), mapping(R"("split": " ")"));
  REQUIRE(kinds(more) == std::vector<Kind>{Kind::field_added});
  CHECK(more.changes.front().text.starts_with(
      "customer.name is another field than before (shop a, b, erp Name)"));
}

TEST_CASE("keys and tables cannot be followed, and the remedy is told") {
  const std::pair<const char*, const char*> changes[] = {
      {"\"schema\": \"public\"", "\"schema\": \"other\""},
      {"\"CRONUS France$Item\"", "\"CRONUS Italia$Item\""},
      {"\"stock\": {", "\"items\": {"},
  };
  for (const auto& [from, to] : changes) {
    INFO(from << " -> " << to);
    const Compared c{sample_with(from, to)};
    CHECK_FALSE(c.comparison.can_be_carried());
    for (const MappingChange& change : c.comparison.changes) {
      if (change.kind == Kind::not_carried)
        CHECK(change.remedy.find("seed anew with another state file") != std::string::npos);
    }
  }
}

TEST_CASE("a new step of numbers is carried, and told") {
  const Compared c{sample_with("\"step\": 10000", "\"step\": 1000")};
  CHECK(kinds(c.comparison) == std::vector<Kind>{Kind::numbering_changed});
  CHECK(c.comparison.can_be_carried());
}

TEST_CASE("other rows and another way are told") {
  const Compared scope{sample_with(R"({"table": "stock", "key")",
                                   R"({"table": "stock", "where": {"kind": "wine"}, "key")")};
  REQUIRE(kinds(scope.comparison) == std::vector<Kind>{Kind::scope_changed});
  CHECK(scope.comparison.reads_more());
  CHECK(scope.origin("stock").scope_changed);
  const Compared way{
      sample_with(R"("policy": "hold",)", R"("policy": "hold", "direction": "to erp",)")};
  REQUIRE(kinds(way.comparison) == std::vector<Kind>{Kind::direction_changed});
  CHECK(way.comparison.changes.front().text ==
        "customer.vat_number goes only to erp, and went both ways before");
}

TEST_CASE("an id stands for two mappings and their policies") {
  const Mapping sample = mapping_of(sample_mapping);
  const Mapping longer = mapping_of(sample_with("\"length\": 50", "\"length\": 100"));
  Mapping other_policy = longer;
  other_policy.entities[0].fields[0].policy = Hold{};
  CHECK(change_id(sample, longer) == change_id(sample, longer));
  CHECK(change_id(sample, longer) != change_id(longer, sample));
  CHECK(change_id(sample, longer) != change_id(sample, other_policy));
  CHECK(change_id(sample, longer).starts_with(change_id_prefix));
}
