#include <catch2/catch.hpp>

#include "mapping_samples.hpp"
#include "schema/mapping_file.hpp"

using namespace miroir;
using miroir::testing::sample_with;

namespace {

std::string fingerprint(const std::string& text) {
  return std::get<Mapping>(read_mapping(text, "sample.json")).fingerprint;
}

}  // namespace

TEST_CASE("a fingerprint does not change with policies, twin rules, comments or order") {
  const std::string sample = fingerprint(testing::sample_mapping);
  CHECK(sample.size() == 16);
  CHECK(fingerprint(sample_with("\"conflicts\": \"shop wins\"", "\"conflicts\": \"hold\"")) ==
        sample);
  CHECK(fingerprint(sample_with("\"policy\": \"hold\"", "\"policy\": \"erp wins\"")) == sample);
  CHECK(fingerprint(sample_with("[\"email\"], ", "")) == sample);
  CHECK(fingerprint(sample_with("// A shop and a Navision.", "/* another comment */")) == sample);
  CHECK(fingerprint(sample_with(R"("shop": "on_hand", "erp": "Quantity")",
                                R"("erp": "Quantity", "shop": "on_hand")")) == sample);
}

TEST_CASE("a fingerprint changes with all that heads and shadows depend on") {
  const std::pair<const char*, const char*> changes[] = {
      {"\"sites\": [\"shop\", \"erp\"]", "\"sites\": [\"erp\", \"shop\"]"},
      {"\"schema\": \"public\"", "\"schema\": \"other\""},
      {"\"CRONUS France$Item\"", "\"CRONUS Italia$Item\""},
      {"\"shop\": \"name\"", "\"shop\": \"full_name\""},
      {"\"length\": 50", "\"length\": 100"},
      {", \"loss\": [\"length\"]", ""},
      {"\"blank\": \"1753-01-01\"", "\"blank\": \"1754-01-01\""},
      {"\"released\": 1}", "\"released\": 2}"},
      {"\"step\": 10000", "\"step\": 1000"},
      {"\"type\": \"counter\", \"scale\": 3", "\"type\": \"counter\", \"scale\": 2"},
      {"\"type\": \"date\", \"policy\": \"max\"", "\"type\": \"instant\", \"policy\": \"max\""},
      {"\"table\": \"sales_order\",", "\"table\": \"sales_order\", \"where\": {\"state\": \"a\"},"},
      {"\"table\": \"sales_order\",",
       "\"table\": \"sales_order\", \"ready_when\": {\"state\": \"a\"},"},
      {"\"type\": \"date\", ", "\"type\": \"date\", \"direction\": \"to erp\", "},
      {"\"type\": \"date\", ", "\"type\": \"date\", \"direction\": \"at creation\", "},
      {"\"name\": {", "\"title\": {"},
      {"\"stock\": {", "\"items\": {"},
      {"\"shop\": \"name\"", "\"shop\": {\"columns\": [\"name\", \"more\"], \"split\": \" \"}"},
      {"\"shop\": \"name\"", "\"shop\": {\"column\": \"name\", \"code_page\": \"cp850\"}"},
      {"\"shop\": \"qty\"", "\"shop\": {\"column\": \"qty\", \"times\": 6}"},
      {"\"shop\": \"placed_on\"",
       "\"shop\": {\"column\": \"placed_on\", \"time_zone\": \"Europe/Paris\"}"},
      {"\"released\": 1}", "\"released\": [1, 2]}"},
      {"\"type\": \"text\", \"policy\"", "\"type\": \"text\", \"case\": \"lower\", \"policy\""},
      {"\"type\": \"text\", \"policy\"", "\"type\": \"text\", \"trim\": true, \"policy\""},
  };
  const std::string sample = fingerprint(testing::sample_mapping);
  for (const auto& [from, to] : changes) {
    INFO(from << " -> " << to);
    CHECK(fingerprint(sample_with(from, to)) != sample);
  }
}

TEST_CASE("fingerprints of two ways to convert are not the same either") {
  const auto name = [](const std::string& column) {
    return fingerprint(sample_with("\"shop\": \"name\"", "\"shop\": " + column));
  };
  CHECK(name(R"({"columns": ["a", "b"], "split": " "})") !=
        name(R"({"columns": ["a", "b"], "join": " "})"));
  CHECK(name(R"({"columns": ["a", "b"], "split": " "})") !=
        name(R"({"columns": ["a", "b"], "split": ", "})"));
  CHECK(name(R"({"column": "a", "code_page": "cp850"})") !=
        name(R"({"column": "a", "code_page": "cp1252"})"));
}
