#include "schema/json_document.hpp"

#include <catch2/catch.hpp>

using namespace miroir;

namespace {

const std::string schema = R"({
  "type": "object", "additionalProperties": false, "required": ["name"],
  "properties": {
    "name": {"type": "string", "description": "a name"},
    "port": {"type": "integer", "minimum": 1, "description": "a port, from 1"},
    "mode": {"enum": ["fast", "safe"]},
    "sites": {"type": "array", "items": {"$ref": "#/definitions/site"}}
  },
  "definitions": {"site": {
    "type": "object", "additionalProperties": false,
    "properties": {"host": {"type": "string", "pattern": "^[a-z]+$", "description": "a host"}}}}
})";

std::vector<std::string> mistakes_in(const std::string& text) {
  const auto read = read_json(text, schema, "f.json");
  std::vector<std::string> out;
  if (const auto* mistakes = std::get_if<std::vector<Mistake>>(&read)) {
    for (const Mistake& mistake : *mistakes) out.push_back(to_string(mistake));
  }
  return out;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a document with comments is read") {
  const auto read = read_json("// first\n{\"name\": /* why */ \"x\"} // last\n", schema, "f.json");
  REQUIRE(std::holds_alternative<std::shared_ptr<const JsonDocument>>(read));
  CHECK(std::get<0>(read)->root.at("name") == "x");
}

TEST_CASE("a syntax error names its line and column, comments counted") {
  const Lines found = mistakes_in("{\n  // a comment\n  \"name\" \"x\"\n}");
  REQUIRE(found.size() == 1);
  CHECK_THAT(found[0], Catch::StartsWith("f.json#: line 3, column 12: "));
  CHECK_THAT(found[0], Catch::EndsWith("; JSON, in which // and /* */ comments are allowed"));
}

TEST_CASE("nothing at all is a syntax error") {
  CHECK(mistakes_in("").size() == 1);
  CHECK(mistakes_in("{\"name\": \"\xFF\"}").size() == 1);
  CHECK(mistakes_in("{\"name\": \"x\"} x").size() == 1);
}

TEST_CASE("a name that stands twice in an object is a mistake") {
  CHECK(mistakes_in(R"({"name": "x", "sites": [{}, {"host": "a", "host": "b"}], "name": "y"})") ==
        Lines{"f.json#/sites/1/host: 'host' stands here twice; keep one of the two",
              "f.json#/name: 'name' stands here twice; keep one of the two"});
}

TEST_CASE("every mistake of shape is reported at once, with what would be right") {
  CHECK(
      mistakes_in(
          R"({"nam": 1, "prt": 2, "port": 0, "mode": "fsat", "sites": [{"host": "A"}, 5]})") ==
      Lines{"f.json#/nam: 'nam' is no property here; did you mean 'name'? One of: mode, name, "
            "port, sites",
            "f.json#/prt: 'prt' is no property here; did you mean 'port'? One of: mode, name, "
            "port, sites",
            "f.json#/mode: 'fsat' is none of the choices; did you mean 'fast'? One of: fast, safe",
            "f.json#/port: Expected number greater than or equal to 1; a port, from 1",
            "f.json#/sites/0/host: 'A' has not the right form; a host",
            "f.json#/sites/1: a value of type number stands here; see the schema",
            "f.json#: 'name' is missing; a name"});
}
