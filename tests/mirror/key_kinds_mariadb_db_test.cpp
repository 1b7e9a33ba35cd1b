// Which columns of MariaDB's can hold keys.
#include "connectors/odbc/dialects/mariadb_dialect.hpp"
#include "connectors/odbc/odbc_session.hpp"
#include "tests/mirror/key_kinds.hpp"
#include "tests/support/temporary_mariadb.hpp"

namespace miroir::test {
namespace {

class MariadbKey {
 public:
  MariadbKey(const std::string& type, const std::string& field) {
    users_.execute("SET NAMES utf8mb4; SET time_zone = '+05:00'");
    users_.execute(tables_of_key(type));
    key_.emplace(
        [this] {
          return open_odbc(database_.connection_string(), mariadb_dialect(), SessionLimits{});
        },
        [this](const std::string& sql) { users_.execute(sql); }, field);
  }
  KeyUnderTest& operator*() { return *key_; }

 private:
  TemporaryMariadb database_;
  MariadbClient users_ = database_.user();
  std::optional<KeyUnderTest> key_;
};

const std::vector<std::string> numbers{"1", "20", "3", "100"};
const std::vector<std::string> texts{"'b'", "'a'", "'D '", "'\xC3\xA9\"\\\\\\n'"};
const std::vector<std::string> moments{"'2024-02-29 10:00:00'", "'2024-02-29 11:00:00.5'",
                                       "'0000-00-00 00:00:00'", "'2024-02-29 10:00:01'"};

}  // namespace

TEST_CASE("MariaDB: keys of these types are read and written", "[site][mariadb][keys]") {
  const auto key = GENERATE(values<KeyType>({
      {"TINYINT", R"("integer")", {"1", "-20", "3", "100"}},
      {"BIGINT UNSIGNED", R"("integer")", {"1", "20", "3", "9223372036854775807"}},
      {"BOOLEAN", R"("boolean")", {"1", "0"}},
      {"VARCHAR(20)", R"("text")", texts},
      {"VARCHAR(20) CHARACTER SET latin1", R"("text")", texts},
      {"VARCHAR(20) COLLATE utf8mb4_bin", R"("code")", {"'a'", "'B'", "'A'", "'b'"}},
      {"CHAR(5)", R"("text")", {"'b'", "'a '", "'12345'", "'\xC3\xA9'"}},
      {"UUID",
       R"("uuid")",
       {"'10000000-0000-0000-0000-0000000000ab'", "'00000000-0000-0000-0000-000000000001'",
        "'20000000-0000-0000-0000-000000000001'", "'01000000-0000-0000-0000-000000000001'"}},
      {"DATE", R"("date")", {"'2024-02-29'", "'0000-00-00'", "'2025-01-01'", "'1753-01-01'"}},
      {"DATETIME(6)", R"("time")", moments},
  }));
  INFO(key.type);
  MariadbKey under{key.type, key.field};
  (*under).check(key.values);
}

TEST_CASE("MariaDB: keys of these types are refused, and why is said", "[site][mariadb][keys]") {
  const auto key = GENERATE(values<RefusedKey>({
      {"BIGINT ZEROFILL", R"("integer")", "the same type without ZEROFILL"},
      {"DECIMAL(10,0) ZEROFILL", R"("integer")", "the same type without ZEROFILL"},
      {"DECIMAL(10,0)", R"("decimal", "scale": 0)", "BIGINT"},
      {"DECIMAL(10,2)", R"("decimal", "scale": 2)", "BIGINT"},
      {"DATETIME", R"("time")", "DATETIME(6)"},
      {"DATETIME(3)", R"("time")", "DATETIME(6)"},
      {"TIMESTAMP", R"("instant")", "time zone of whoever writes"},
      {"TIMESTAMP(6)", R"("instant")", "time zone of whoever writes"},
      {"BINARY(16)", R"("bytes")", "fail in the journal's trigger"},
      {"VARBINARY(16)", R"("bytes")", "fail in the journal's trigger"},
      {"VARCHAR(20) CHARACTER SET utf16", R"("text")", "utf8mb4"},
      {"CHAR(20) CHARACTER SET ucs2", R"("text")", "utf8mb4"},
      {"ENUM('z','x')", R"("text")", "VARCHAR"},
      {"SET('z','x')", R"("text")", "VARCHAR"},
  }));
  MariadbKey under{key.type, key.field};
  check_refused(*under, key);
}

TEST_CASE("MariaDB: keys of these types cannot be mirrored at all", "[site][mariadb][keys]") {
  const auto type =
      GENERATE("FLOAT", "DOUBLE", "BIT(8)", "TIME", "YEAR", "INET6", "DECIMAL(60,28)");
  INFO(type);
  MariadbKey under{type, R"("text")"};
  REQUIRE_FALSE((*under).mistakes().empty());
  CHECK_THAT((*under).mistakes()[0], Catch::Contains("which cannot be mirrored"));
}

}  // namespace miroir::test
