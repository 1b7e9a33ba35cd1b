#include "connectors/postgres/postgres_prepared.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace miroir::postgres {
namespace {

constexpr std::size_t texts_max = 200;  // The server keeps a plan for each.

// PREPARE takes nothing else, and of several statements only the first.
bool can_be_prepared(std::string_view text) {
  static constexpr std::array<std::string_view, 5> beginnings{"SELECT ", "INSERT ", "UPDATE ",
                                                              "DELETE ", "WITH "};
  return text.find(';') == std::string_view::npos &&
         std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view beginning) { return text.starts_with(beginning); });
}

}  // namespace

std::string PreparedTexts::call(const std::string& text) {
  if (!can_be_prepared(text)) return text;
  const auto known = names_.find(text);
  if (known == names_.end()) {
    new_.push_back(text);
    return text;
  }
  std::string& name = known->second;
  if (!name.empty()) return "EXECUTE " + name;
  name = "miroir_" + std::to_string(++last_);
  return "PREPARE " + name + " AS " + text + ";\nEXECUTE " + name;
}

void PreparedTexts::succeeded() {
  for (std::string& text : new_) {
    if (names_.size() >= texts_max)
      std::erase_if(names_, [](const auto& known) { return known.second.empty(); });
    if (names_.size() < texts_max) names_.emplace(std::move(text), "");
  }
  new_.clear();
}

void PreparedTexts::forget() {
  names_.clear();
  new_.clear();
}

}  // namespace miroir::postgres
