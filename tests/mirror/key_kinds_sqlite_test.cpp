// Which columns of SQLite's can hold keys.
#include "connectors/odbc/dialects/sqlite_dialect.hpp"
#include "connectors/odbc/odbc_session.hpp"
#include "tests/mirror/key_kinds.hpp"
#include "tests/support/temporary_sqlite.hpp"

namespace miroir::test {
namespace {

class SqliteKey {
 public:
  SqliteKey(const std::string& type, const std::string& field) : database_{tables_of_key(type)} {
    key_.emplace(
        [this] {
          return open_odbc(database_.connection_string(), sqlite_dialect(), SessionLimits{});
        },
        [this](const std::string& sql) { users_.run(sql); }, field);
  }
  KeyUnderTest& operator*() { return *key_; }

 private:
  TemporarySqlite database_;
  SqliteUser users_ = database_.user();
  std::optional<KeyUnderTest> key_;
};

const std::vector<std::string> texts{"'b'", "'a'", "'A '", "'\xC3\xA9\"\\'"};
const std::vector<std::string> digits{"'12'", "'012'", "'1e3'", "'1.50'"};

}  // namespace

TEST_CASE("SQLite: keys of these types are read and written", "[site][keys]") {
  const auto key = GENERATE(values<KeyType>({
      {"INTEGER", R"("integer")", {"1", "-20", "3", "9223372036854775807"}},
      {"UNSIGNED BIG INT", R"("integer")", {"1", "20", "3", "100"}},
      {"BOOLEAN", R"("boolean")", {"1", "0"}},
      {"TEXT", R"("text")", texts},
      {"TEXT", R"("text")", digits},
      {"VARCHAR(20)", R"("code")", digits},
      {"TEXT COLLATE NOCASE", R"("text")", {"'b'", "'A'", "'C'", "'d'"}},
      {"DATE", R"("date")", {"'2024-02-29'", "'1999-12-31'", "'2025-01-01'", "'1753-01-01'"}},
      {"DATETIME", R"("text")", {"'2024-02-29 10:00:00'", "'1999-12-31 23:59:59'", "'2024-02-29'"}},
  }));
  INFO(key.type);
  SqliteKey under{key.type, key.field};
  (*under).check(key.values);
}

TEST_CASE("SQLite: keys of bytes are refused, and why is said", "[site][keys]") {
  const RefusedKey key{"BLOB", R"("bytes")", "fail in the journal's trigger"};
  SqliteKey under{key.type, key.field};
  check_refused(*under, key);
}

TEST_CASE("SQLite: keys of these types cannot be mirrored at all", "[site][keys]") {
  const auto type = GENERATE("REAL", "FLOAT", "DOUBLE", "NUMERIC", "DECIMAL(10,2)", "");
  INFO(type);
  SqliteKey under{type, R"("text")"};
  REQUIRE_FALSE((*under).mistakes().empty());
  CHECK_THAT((*under).mistakes()[0], Catch::Contains("which cannot be mirrored"));
}

}  // namespace miroir::test
