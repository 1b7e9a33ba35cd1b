// Reads a mapping file (JSON, // comments allowed) into a Mapping.
//
// Every mistake in it is found in one go: the file is checked against mapping.schema.json first,
// then for what a JSON Schema cannot say (names that refer to nothing, cycles of references,
// policies that do not fit a type ...). Each is reported with the file, the JSON pointer, what is
// wrong, and what would be right. The only I/O of schema/ is reading the file. Throws nothing but
// std::bad_alloc.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "schema/mapping.hpp"

namespace miroir {

struct Mistake {
  std::string file;
  std::string pointer;  // "/entities/customer/fields/email/policy"; "" is the whole file
  std::string wrong;    // "'shop win' is no policy"
  std::string right;    // "one of: shop wins, erp wins, max, counter, hold"
};
std::string to_string(const Mistake& mistake);  // "file#pointer: wrong; right"

template <class T>
using Checked = std::variant<T, std::vector<Mistake>>;  // The mistakes are never empty.

Checked<Mapping> read_mapping_file(const std::filesystem::path& file);
// The same for text; `file` is only what the mistakes name.
Checked<Mapping> read_mapping(std::string_view text, const std::string& file);

// Why a column cannot be one of a key's.
struct NoKey {
  std::string because;  // "it takes different texts for equal"
  std::string right;
  bool sorted = false;  // Only where rows are read in its order; as a constant it will do.
};

// A column as a site's catalogue describes it.
struct CatalogColumn {
  std::string name;
  std::string declared_type;      // As the site writes it, for messages.
  std::optional<ValueKind> kind;  // nullopt: a type that cannot be mirrored.
  bool nullable = true;
  std::optional<int> length;      // Text: most characters.
  bool generated_always = false;  // Computed by the database; cannot be written.
  bool has_default = false;       // A value of its own, or identity.
  // A trigger of the table's may give it a value when a row is inserted without one.
  bool filled_by_trigger = false;
  std::optional<NoKey> no_key{};  // nullopt: any key may have it.
};
struct CatalogTable {
  std::vector<CatalogColumn> columns;  // Empty: no such table.
  // Primary key first; each a set of column names.
  std::vector<std::vector<std::string>> unique_keys;
};
using Catalog = std::function<CatalogTable(const TableName&)>;

// Fills in what only the site knows (the kinds of columns), and checks the mapping against it:
// tables and columns that are missing (with the nearest name that exists), keys that are not
// unique, types that a lens cannot hold, NOT NULL columns that an insert would leave empty. One
// site at a time.
std::vector<Mistake> bind_columns(Mapping& mapping, SiteId site, const Catalog& catalog,
                                  const std::string& file);

// Checks a JSON document against one of the published schemas; used for the configuration as well.
// Strips // and /* */ comments. Returns the document, or every mistake.
struct JsonDocument;  // Holds a nlohmann::json; only mapping_file.cpp and config.cpp look inside
                      // (json_document.hpp).
Checked<std::shared_ptr<const JsonDocument>> read_json(std::string_view text,
                                                       std::string_view schema,
                                                       const std::string& file);

}  // namespace miroir
