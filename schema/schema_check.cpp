// The only file that knows valijson, whose headers take half a minute to compile.
#include <fmt/core.h>

#include <algorithm>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "schema/json_document.hpp"
#include "schema/mistakes.hpp"

namespace miroir {
namespace {

using nlohmann::json;
using Path = std::vector<std::string>;

const json* resolved(const json& root, const json* schema) {
  const auto reference = schema->find("$ref");
  if (reference == schema->end()) return schema;
  return &root.at(json::json_pointer{reference->get<std::string>().substr(1)});
}

const json* child_schema(const json& root, const json& schema, const std::string& name) {
  if (schema.contains("properties") && schema["properties"].contains(name)) {
    return resolved(root, &schema["properties"][name]);
  }
  for (const char* keyword : {"additionalProperties", "items"}) {
    if (schema.contains(keyword) && schema[keyword].is_object()) {
      return resolved(root, &schema[keyword]);
    }
  }
  for (const char* keyword : {"anyOf", "oneOf", "allOf"}) {
    if (!schema.contains(keyword)) continue;
    for (const json& branch : schema[keyword]) {
      const json* found = child_schema(root, *resolved(root, &branch), name);
      if (found != nullptr) return found;
    }
  }
  return nullptr;
}

// The part of the schema that speaks of the place; an empty one where the path leads out of the
// schema.
const json& schema_at(const json& root, const Path& path) {
  static const json nothing = json::object();
  const json* schema = &root;
  for (const std::string& name : path) {
    schema = child_schema(root, *schema, name);
    if (schema == nullptr) return nothing;
  }
  return *schema;
}

Names property_names(const json& schema) {
  Names names;
  const auto properties = schema.find("properties");
  if (properties == schema.end()) return names;
  for (const auto& [name, child] : properties->items()) names.push_back(name);
  return names;
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string hint(const json& schema) {
  return schema.value("description", schema.value("title", std::string{"see the schema"}));
}

// valijson's path: "<root>", "[entities]", "[customer]" ...
Path path_of(const std::vector<std::string>& context) {
  Path path;
  for (std::size_t i = 1; i < context.size(); ++i) {
    path.push_back(context[i].substr(1, context[i].size() - 2));
  }
  return path;
}

std::string pointer_of(const Path& path) {
  std::string pointer;
  for (const std::string& name : path) pointer = member(pointer, name);
  return pointer;
}

// The name that a message ends with: "...: 'name'." A name may hold quotes itself.
std::string quoted_after(std::string_view text, std::string_view before) {
  const std::size_t start = text.rfind(before) + before.size() + 1;
  const std::size_t end = text.rfind('\'');
  return start < end ? std::string{text.substr(start, end - start)} : std::string{};
}

// The validator's words, without the zeros that it gives whole limits and the full stop.
std::string plain(std::string text) {
  const std::string zeros = ".000000";
  if (const std::size_t place = text.find(zeros); place != std::string::npos) {
    text.erase(place, zeros.size());
  }
  return text.substr(0, text.find_last_not_of('.') + 1);
}

class SchemaCheck {
 public:
  // Parentheses: nlohmann's braces would make an array of the document.
  SchemaCheck(const json& document, const json& schema, const std::string& file)
      : document_(document), schema_{schema}, mistakes_{file} {
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter{schema_}, compiled_);
  }

  // Only the first unknown name of an object is reported by the validator: each is taken out, and
  // the rest looked at again, until none is left.
  std::vector<Mistake> run() {
    while (validate()) {
    }
    return mistakes_.take();
  }

 private:
  // True when unknown names were found and taken out.
  bool validate() {
    valijson::ValidationResults results;
    valijson::Validator{}.validate(compiled_, valijson::adapters::NlohmannJsonAdapter{document_},
                                   &results);
    bool again = false;
    for (const auto& error : results) {
      if (error.description.starts_with("Object contains a property")) {
        again = take_out_unknown(path_of(error.context), error.description) || again;
      }
    }
    if (again) return true;
    for (const auto& error : results) describe(path_of(error.context), error.description);
    return false;
  }

  bool take_out_unknown(const Path& path, const std::string& description) {
    const std::string name = quoted_after(description, "constraints: ");
    json& object = document_.at(json::json_pointer{pointer_of(path)});
    if (!object.is_object() || object.erase(name) == 0) return false;
    mistakes_.add(member(pointer_of(path), name), fmt::format("'{}' is no property here", name),
                  suggestion(name, property_names(schema_at(schema_, path))));
    return true;
  }

  void describe(const Path& path, const std::string& description) {
    // These only say that something inside is wrong, which is reported by itself.
    if (description.starts_with("Failed to validate")) return;
    const json& schema = schema_at(schema_, path);
    const json& value = document_.at(json::json_pointer{pointer_of(path)});
    const auto begins = [&](const char* text) { return description.starts_with(text); };
    if (begins("Missing required property")) {
      const std::string name = quoted_after(description, "property ");
      Path inner = path;
      inner.push_back(name);
      add(path, fmt::format("'{}' is missing", name), hint(schema_at(schema_, inner)));
    } else if (begins("Value type not permitted")) {
      add(path, fmt::format("a value of type {} stands here", value.type_name()), hint(schema));
    } else if (begins("Failed to match against any enum")) {
      Names choices;
      for (const json& choice : schema.value("enum", json::array())) {
        choices.push_back(text_of(choice));
      }
      const std::string given = text_of(value);
      add(path, fmt::format("'{}' is none of the choices", given), suggestion(given, choices));
    } else if (begins("Failed to match regex")) {
      add(path, fmt::format("'{}' has not the right form", text_of(value)), hint(schema));
    } else {
      add(path, plain(description), hint(schema));
    }
  }

  void add(const Path& path, const std::string& wrong, const std::string& right) {
    const std::string pointer = pointer_of(path);
    const auto same = [&](const Mistake& m) { return m.pointer == pointer && m.wrong == wrong; };
    const std::vector<Mistake>& list = mistakes_.list();
    if (std::none_of(list.begin(), list.end(), same)) mistakes_.add(pointer, wrong, right);
  }

  json document_;
  const json& schema_;
  valijson::Schema compiled_;
  Mistakes mistakes_;
};

}  // namespace

std::vector<Mistake> check_schema(const json& document, std::string_view schema,
                                  const std::string& file) {
  const json parsed = json::parse(schema);
  return SchemaCheck{document, parsed, file}.run();
}

}  // namespace miroir
