#include <catch2/catch.hpp>
#include <stdexcept>

#include "connectors/odbc/connection_string.hpp"

namespace miroir {

TEST_CASE("a connection string is read into its options", "[odbc]") {
  const auto options =
      parse_connection_string(" Driver = SQLite3 ;;Database=/tmp/a b.db; PWD={a;}}b} ;");
  CHECK(options ==
        ConnectionOptions{{"Driver", "SQLite3"}, {"Database", "/tmp/a b.db"}, {"PWD", "a;}b"}});
  CHECK(option(options, "DATABASE") == "/tmp/a b.db");
  CHECK_FALSE(option(options, "Server"));
  CHECK(parse_connection_string("").empty());
}

TEST_CASE("a connection string survives being written again", "[odbc]") {
  const ConnectionOptions options{{"Driver", "/usr/lib/x.so"}, {"PWD", "{;}"}, {"Database", ""}};
  CHECK(to_connection_string(options) == "Driver=/usr/lib/x.so;PWD={{;}}};Database=;");
  CHECK(parse_connection_string(to_connection_string(options)) == options);
}

TEST_CASE("options that are forced replace those given, whatever their case", "[odbc]") {
  const auto options = with_options({{"stepapi", "0"}, {"Driver", "x"}}, {{"StepAPI", "1"}});
  CHECK(options == ConnectionOptions{{"Driver", "x"}, {"StepAPI", "1"}});
}

TEST_CASE("a connection string that cannot be read names the place and shows no value", "[odbc]") {
  CHECK_THROWS_WITH(parse_connection_string("Driver=x;secret"),
                    "connection string, character 10: expected KEY=VALUE");
  CHECK_THROWS_WITH(parse_connection_string("PWD={secret"),
                    "connection string, character 5: a brace that is never closed");
}

}  // namespace miroir
