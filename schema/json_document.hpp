// A JSON document as it was read; included only where JSON is read, because the header is slow to
// compile.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "schema/mapping_file.hpp"

namespace miroir {

struct JsonDocument {
  nlohmann::json root;
};

// JSON with // and /* */ comments. A syntax error names its line and column; a name that stands
// twice in one object is a mistake too, since one of the two would be lost silently.
Checked<nlohmann::json> parse_json(std::string_view text, const std::string& file);

// Every mistake of the document by a JSON Schema of ours (draft 7; $ref only to
// "#/definitions/..."). What would be right comes from the schema's own descriptions.
std::vector<Mistake> check_schema(const nlohmann::json& document, std::string_view schema,
                                  const std::string& file);

}  // namespace miroir
