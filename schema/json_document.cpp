#include "schema/json_document.hpp"

#include <fmt/core.h>

#include <set>

#include "schema/mistakes.hpp"

namespace miroir {
namespace {

using nlohmann::json;

// Follows the parser through the document and remembers which names each open object already has.
class DuplicateFinder {
 public:
  explicit DuplicateFinder(Mistakes& mistakes) : mistakes_{mistakes} {}

  bool operator()(int, json::parse_event_t event, json& parsed) {
    switch (event) {
      case json::parse_event_t::object_start:
        open(Level{});
        break;
      case json::parse_event_t::array_start:
        open(Level{.is_array = true});
        break;
      case json::parse_event_t::value:
        begin_item();
        break;
      case json::parse_event_t::key:
        see(parsed.get<std::string>());
        break;
      case json::parse_event_t::object_end:
      case json::parse_event_t::array_end:
        open_.pop_back();
        break;
    }
    return true;
  }

 private:
  struct Level {
    bool is_array = false;
    std::size_t items = 0;
    std::set<std::string> names{};
    std::string current{};
  };

  void open(Level level) {
    begin_item();
    open_.push_back(std::move(level));
  }

  void begin_item() {
    if (open_.empty() || !open_.back().is_array) return;
    open_.back().current = fmt::format("{}", open_.back().items++);
  }

  void see(const std::string& name) {
    open_.back().current = name;
    if (open_.back().names.insert(name).second) return;
    std::string pointer;
    for (const Level& level : open_) pointer = member(pointer, level.current);
    mistakes_.add(pointer, fmt::format("'{}' stands here twice", name), "keep one of the two");
  }

  Mistakes& mistakes_;
  std::vector<Level> open_;
};

// "[json.exception.parse_error.101] parse error at line 3, column 5: ...; last read: '...'; expected
// ..." without the library's prefix, and without what stands in the file: it may be a password.
std::string plain(const std::string& what) {
  const std::size_t start = what.find("line ");
  std::string text = start == std::string::npos ? what : what.substr(start);
  const std::string last = "; last read: '", next = "'; expected ";
  const std::size_t from = text.find(last);
  if (from == std::string::npos) return text;
  const std::size_t to = text.rfind(next);
  return text.substr(0, from) +
         (to == std::string::npos || to < from ? "" : "; " + text.substr(to + 3));
}

}  // namespace

Checked<json> parse_json(std::string_view text, const std::string& file) {
  Mistakes mistakes{file};
  try {
    json root = json::parse(text, DuplicateFinder{mistakes}, true, true);
    if (mistakes.empty()) return root;
  } catch (const json::exception& error) {
    mistakes.add("", plain(error.what()), "JSON, in which // and /* */ comments are allowed");
  }
  return mistakes.take();
}

Checked<std::shared_ptr<const JsonDocument>> read_json(std::string_view text,
                                                       std::string_view schema,
                                                       const std::string& file) {
  Checked<json> parsed = parse_json(text, file);
  if (auto* mistakes = std::get_if<std::vector<Mistake>>(&parsed)) return std::move(*mistakes);
  auto& root = std::get<json>(parsed);
  std::vector<Mistake> mistakes = check_schema(root, schema, file);
  if (!mistakes.empty()) return mistakes;
  return std::make_shared<const JsonDocument>(JsonDocument{std::move(root)});
}

}  // namespace miroir
