#include "schema/mapping_file.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "schema/mapping_reader.hpp"
#include "schema/mapping_schema.hpp"
#include "schema/mapping_stages.hpp"

namespace miroir {
namespace {

// A name that is neither a site nor a property is reported once, and as that: the schema took it
// for a site, and would complain that its content is none.
std::vector<Mistake> without_shadowed(std::vector<Mistake> by_schema,
                                      const std::vector<Mistake>& unknown_names) {
  std::erase_if(by_schema, [&](const Mistake& mistake) {
    return std::any_of(unknown_names.begin(), unknown_names.end(), [&](const Mistake& unknown) {
      return mistake.pointer == unknown.pointer ||
             mistake.pointer.starts_with(unknown.pointer + '/');
    });
  });
  return by_schema;
}

std::optional<std::string> contents(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in) return std::nullopt;
  try {
    return std::string{std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
  } catch (const std::ios_base::failure&) {  // A directory opens, but cannot be read.
    return std::nullopt;
  }
}

}  // namespace

Checked<Mapping> read_mapping(std::string_view text, const std::string& file) {
  Checked<nlohmann::json> parsed = parse_json(text, file);
  if (auto* mistakes = std::get_if<std::vector<Mistake>>(&parsed)) return std::move(*mistakes);
  const auto& root = std::get<nlohmann::json>(parsed);

  Mistakes unknown_names{file};
  const std::optional<MappingDraft> draft = read_draft(root, unknown_names);
  Mistakes mistakes{file};
  std::vector<std::size_t> order;
  if (draft) {
    check_draft(*draft, mistakes);
    order = order_entities(*draft, mistakes);
  }
  std::vector<Mistake> all =
      without_shadowed(check_schema(root, mapping_schema, file), unknown_names.list());
  for (const auto* more : {&unknown_names.list(), &mistakes.list()}) {
    all.insert(all.end(), more->begin(), more->end());
  }
  if (!all.empty()) return all;
  Mapping mapping = build_mapping(*draft, order);
  mapping.source = text;
  return mapping;
}

Checked<Mapping> read_mapping_file(const std::filesystem::path& file) {
  const std::optional<std::string> text = contents(file);
  if (!text) {
    return std::vector<Mistake>{{file.string(), "", "the file cannot be read",
                                 "check that it exists and that this user may read it"}};
  }
  return read_mapping(*text, file.string());
}

}  // namespace miroir
