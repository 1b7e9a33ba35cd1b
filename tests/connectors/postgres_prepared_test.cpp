#include <catch2/catch.hpp>

#include "connectors/postgres/postgres_prepared.hpp"

namespace miroir::postgres {
namespace {

std::string run(PreparedTexts& texts, const std::string& text) {
  std::string given = texts.call(text);
  texts.succeeded();
  return given;
}

}  // namespace

TEST_CASE("what is run again is prepared, and then called by its name", "[postgres]") {
  PreparedTexts texts;
  CHECK(run(texts, "DELETE FROM a") == "DELETE FROM a");
  CHECK(run(texts, "DELETE FROM a") == "PREPARE miroir_1 AS DELETE FROM a;\nEXECUTE miroir_1");
  CHECK(run(texts, "DELETE FROM b") == "DELETE FROM b");
  CHECK(run(texts, "DELETE FROM a") == "EXECUTE miroir_1");
  CHECK(run(texts, "DELETE FROM b") == "PREPARE miroir_2 AS DELETE FROM b;\nEXECUTE miroir_2");
}

TEST_CASE("what did not run is not known, and no name is given twice", "[postgres]") {
  PreparedTexts texts;
  texts.call("SELECT 1");
  texts.forget();
  CHECK(run(texts, "SELECT 1") == "SELECT 1");
  CHECK(texts.call("SELECT 1") == "PREPARE miroir_1 AS SELECT 1;\nEXECUTE miroir_1");
  CHECK(texts.call("SELECT 1") == "EXECUTE miroir_1");  // Later in the same transaction.
  texts.forget();
  CHECK(run(texts, "SELECT 1") == "SELECT 1");
  CHECK(run(texts, "SELECT 1") == "PREPARE miroir_2 AS SELECT 1;\nEXECUTE miroir_2");
}

TEST_CASE("neither commands nor several statements at once are prepared", "[postgres]") {
  PreparedTexts texts;
  for (const char* text : {"SET LOCAL miroir.origin = ''", "TRUNCATE a", "DO $m$ BEGIN END $m$",
                           "DELETE FROM a; DELETE FROM b", "CREATE TABLE a (b text)"}) {
    for (int n = 0; n < 3; ++n) CHECK(run(texts, text) == text);
  }
}

TEST_CASE("of what was run once only the latest is remembered", "[postgres]") {
  PreparedTexts texts;
  const auto numbered = [](int n) { return "SELECT " + std::to_string(n); };
  run(texts, "DELETE FROM a");
  run(texts, "DELETE FROM a");
  for (int n = 0; n < 1'000; ++n) CHECK(run(texts, numbered(n)) == numbered(n));
  CHECK(run(texts, "DELETE FROM a") == "EXECUTE miroir_1");
  CHECK(run(texts, numbered(999)).starts_with("PREPARE miroir_2 AS "));
  CHECK(run(texts, numbered(0)) == numbered(0));
  for (int n = 2'000; n < 2'500; ++n) {
    run(texts, numbered(n));
    run(texts, numbered(n));
  }
  CHECK(run(texts, numbered(2'001)) == "EXECUTE miroir_4");
  CHECK(run(texts, numbered(2'499)) == numbered(2'499));  // 200 are prepared: no more are.
}

}  // namespace miroir::postgres
