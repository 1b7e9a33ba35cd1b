// Which columns of PostgreSQL's can hold keys.
#include "connectors/postgres/postgres_session.hpp"
#include "tests/mirror/key_kinds.hpp"
#include "tests/support/temporary_postgres.hpp"

namespace miroir::test {
namespace {

// Users whose settings make other texts of values than miroir's.
class PostgresKey {
 public:
  PostgresKey(const std::string& type, const std::string& field) {
    users_.execute(
        "SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German'; SET bytea_output = 'escape'");
    users_.execute(
        "CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('z', 'x'); CREATE DOMAIN code AS "
        "varchar(10); CREATE DOMAIN amount AS numeric(10,2); CREATE COLLATION ci (provider = icu, "
        "locale = 'und-u-ks-level2', deterministic = false)");
    users_.execute(tables_of_key(type));
    key_.emplace(
        [this] { return open_postgres(database_.conninfo(), SessionLimits{}, "miroir/test/1"); },
        [this](const std::string& sql) { users_.execute(sql); }, field);
  }
  KeyUnderTest& operator*() { return *key_; }

 private:
  TemporaryPostgres database_;
  PostgresClient users_{database_.conninfo()};
  std::optional<KeyUnderTest> key_;
};

const std::vector<std::string> texts{"'b'", "'a'", "'A '", "E'\xC3\xA9\"\\\\\\n'"};
const std::vector<std::string> moments{"'2024-02-29 10:00:00'", "'2024-02-29 11:00:00.5'",
                                       "'1999-12-31 23:59:59'", "'2024-02-29 10:00:01'"};

}  // namespace

TEST_CASE("PostgreSQL: keys of these types are read and written", "[site][keys]") {
  const auto key = GENERATE(values<KeyType>({
      {"smallint", R"("integer")", {"1", "-20", "3", "100"}},
      {"bigint", R"("integer")", {"1", "20", "3", "9223372036854775807"}},
      {"boolean", R"("boolean")", {"true", "false"}},
      {"numeric(10,0)", R"("decimal", "scale": 0)", {"1", "-20", "3", "100"}},
      {"numeric(38)", R"("decimal", "scale": 0)", {"1", "10000000000000000000000", "3", "100"}},
      {"text", R"("text")", texts},
      {"text COLLATE \"en-x-icu\"", R"("text")", texts},
      {"varchar(20)", R"("text")", texts},
      {"char(5)", R"("text")", {"'b'", "'a'", "'12345'", "'B'"}},
      {"code", R"("text")", texts},
      {"name", R"("text")", texts},
      {"uuid",
       R"("uuid")",
       {"'10000000-0000-0000-0000-0000000000ab'", "'00000000-0000-0000-0000-000000000001'",
        "'20000000-0000-0000-0000-000000000001'", "'01000000-0000-0000-0000-000000000001'"}},
      {"date", R"("date")", {"'2024-02-29'", "'1999-12-31'", "'2025-01-01'", "'1753-01-01'"}},
      {"timestamp", R"("time")", moments},
      {"timestamp(0)", R"("time")", {moments[0], moments[2], moments[3]}},
      {"timestamptz", R"("instant")", moments},
      {"bytea", R"("bytes")", {R"('\x0001')", R"('\xff')", "'abc'", "'dd'"}},
  }));
  INFO(key.type);
  PostgresKey under{key.type, key.field};
  (*under).check(key.values);
}

TEST_CASE("PostgreSQL: keys of these types are refused, and why is said", "[site][keys]") {
  const auto key = GENERATE(values<RefusedKey>({
      {"numeric", R"("decimal", "scale": 2)", "5 and 5.00"},
      {"numeric(10,2)", R"("decimal", "scale": 2)", "numeric(18,0)"},
      {"amount", R"("decimal", "scale": 2)", "numeric(18,0)"},
      {"bpchar", R"("text")", "with and without blanks"},
      {"citext", R"("text")", "takes different texts for equal"},
      {"text COLLATE ci", R"("text")", "takes different texts for equal"},
      {"mood", R"("text")", "an enum"},
  }));
  PostgresKey under{key.type, key.field};
  check_refused(*under, key);
}

TEST_CASE("PostgreSQL: keys of these types cannot be mirrored at all", "[site][keys]") {
  const auto type = GENERATE("real", "double precision", "time", "timetz", "interval", "oid",
                             "inet", "\"char\"", "money", "jsonb", "int[]", "int4range", "bit(8)");
  INFO(type);
  PostgresKey under{type, R"("text")"};
  REQUIRE_FALSE((*under).mistakes().empty());
  CHECK_THAT((*under).mistakes()[0], Catch::Contains("which cannot be mirrored"));
}

}  // namespace miroir::test
