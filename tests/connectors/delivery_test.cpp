// A batch's staging tables and its transaction, as text.
#include "connectors/delivery.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "connectors/odbc/dialects/sqlite_dialect.hpp"
#include "tests/connectors/document_mapping.hpp"

namespace miroir::test {
namespace {

const Shape remark{1, document, Verb::update, {2}, false, {2}};
const Shape points{2, document, Verb::update, {3}, false};
const Shape new_line{3, line, Verb::insert, {}, false};
const Shape old_line{4, line, Verb::remove, {}, false};
const Shape old_document{5, document, Verb::remove, {}, false};

struct World {
  std::vector<std::string> transaction(EntityId root, std::vector<Shape> shapes) const {
    std::vector<std::string> texts;
    for (const Statement& one :
         DeliverySql{sqlite_dialect(), mapping, SiteId::first, root, std::move(shapes)}
             .transaction()) {
      CHECK(one.parameters.empty());
      texts.push_back(one.text);
    }
    return texts;
  }
  Mapping mapping = document_mapping();
};

// The place of the first statement that begins so and says so; fails if there is none.
std::size_t place(const std::vector<std::string>& texts, const std::string& begin,
                  const std::string& says = "") {
  const auto found = std::find_if(texts.begin(), texts.end(), [&](const std::string& text) {
    return text.starts_with(begin) && text.find(says) != std::string::npos;
  });
  INFO(begin << " ... " << says);
  REQUIRE(found != texts.end());
  return static_cast<std::size_t>(found - texts.begin());
}

bool says(const std::vector<std::string>& texts, const std::string& part) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("only what a shape needs is uploaded", "[delivery]") {
  const World world;
  const DeliverySql sql{
      sqlite_dialect(), world.mapping, SiteId::first, document, {remark, points, new_line}};
  using Names = std::vector<std::string>;
  CHECK(sql.rows_columns(remark) == Names{"seq", "w", "r", "shape", "k0", "k1", "o2", "n2"});
  CHECK(sql.rows_columns(points) ==
        Names{"seq", "w", "r", "shape", "k0", "k1", "n3"});  // No guard for a counter.
  CHECK(sql.rows_columns(new_line) == Names{"seq", "w", "r", "shape", "k0", "k1", "k2", "n3"});
  CHECK(sql.rows_columns(old_document) == Names{"seq", "w", "r", "shape", "k0", "k1", "o2", "o3"});
}

TEST_CASE("the marker comes first, then locks, guards, writes, and the outcome last",
          "[delivery]") {
  const auto texts = World{}.transaction(document, {remark, new_line, old_line});
  const std::size_t marker = place(texts, "INSERT INTO \"miroir_marker\"");
  const std::size_t lock = place(texts, "UPDATE \"temp\".\"miroir_rows_0\"", "\"locked\"");
  const std::size_t guard =
      place(texts, "INSERT INTO \"temp\".\"miroir_lost\"", "\"miroir_rows_0\"");
  const std::size_t drop = place(texts, "DELETE FROM \"temp\".\"miroir_rows_0\"");
  const std::size_t removal = place(texts, "DELETE FROM \"Sales Line\"");
  const std::size_t update = place(texts, "UPDATE \"Sales \"\"Header\"\"\"");
  const std::size_t insert = place(texts, "INSERT INTO \"Sales Line\"");
  const std::size_t echo = place(texts, "DELETE FROM \"miroir_journal\"");
  const std::size_t outcome = place(texts, "UPDATE \"miroir_marker\"");
  CHECK(marker == 0);
  const std::vector<std::size_t> order{marker, lock,   guard, drop,   removal,
                                       update, insert, echo,  outcome};
  CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("a counter is written as an increment and stands in no update's guard", "[delivery]") {
  const auto texts = World{}.transaction(document, {points});
  const std::string update = texts[place(texts, "UPDATE \"Sales \"\"Header\"\"\"")];
  CHECK(update.find("\"Points\" = " +
                    sqlite_dialect().incremented("coalesce(\"Sales \"\"Header\"\"\".\"Points\", 0)",
                                                 "s.\"n3\"", 2)) != std::string::npos);
  CHECK_FALSE(says(texts, "\"o3\""));
}

TEST_CASE("a removal's guard is the whole row, what refers to it and its other parts",
          "[delivery]") {
  const auto texts = World{}.transaction(document, {old_document, old_line});
  CHECK(says(texts, "\"o2\""));
  CHECK(says(texts, "\"o3\""));
  CHECK(says(texts, "EXISTS (SELECT 1 FROM \"Note\" AS t WHERE t.\"document\" = s.\"k1\")"));
  const std::size_t parts =
      place(texts, "INSERT INTO \"temp\".\"miroir_lost\"", "FROM \"Sales Line\" AS t");
  CHECK(parts < place(texts, "DELETE FROM \"Sales Line\""));
  CHECK(place(texts, "DELETE FROM \"Sales Line\"") <
        place(texts, "DELETE FROM \"Sales \"\"Header\"\"\""));
}

TEST_CASE(
    "a key of the database's own is allocated before the row is inserted and noted in the outcome",
    "[delivery]") {
  const auto texts = World{}.transaction(note, {Shape{1, note, Verb::insert, {}, false}});
  const std::size_t keys = place(texts, "UPDATE \"temp\".\"miroir_rows_2\" SET \"k0\"");
  CHECK(keys < place(texts, "INSERT INTO \"Note\""));
  CHECK(texts[place(texts, "UPDATE \"miroir_marker\"")].find("json_array(s.\"k0\")") !=
        std::string::npos);
}

TEST_CASE("a batch of one shape asks nothing of tables that it does not touch", "[delivery]") {
  const auto texts = World{}.transaction(document, {remark});
  CHECK_FALSE(says(texts, "\"Note\""));
  CHECK_FALSE(says(texts, "INSERT INTO \"Sales Line\""));
  CHECK_FALSE(says(texts, "DELETE FROM \"Sales Line\""));
}

}  // namespace miroir::test
