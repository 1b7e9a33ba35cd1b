#include "schema/mistakes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

namespace miroir {
namespace {

// Levenshtein's distance; letters that differ only in case count as equal, because that is the
// likeliest slip.
std::size_t distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t k = 0; k < b.size(); ++k) {
      const std::size_t changed = diagonal + (lower(a[i]) == lower(b[k]) ? 0 : 1);
      diagonal = row[k + 1];
      row[k + 1] = std::min({changed, row[k] + 1, row[k + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string to_string(const Mistake& mistake) {
  return fmt::format("{}#{}: {}; {}", mistake.file, mistake.pointer, mistake.wrong, mistake.right);
}

std::string member(std::string_view pointer, std::string_view name) {
  std::string out{pointer};
  out += '/';
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string member(std::string_view pointer, std::size_t item) {
  return fmt::format("{}/{}", pointer, item);
}

std::optional<std::string> nearest(std::string_view name, const Names& names) {
  std::optional<std::string> best;
  // A third of the letters may be wrong: more is another word.
  std::size_t limit = std::max<std::size_t>(name.size() / 3, 1) + 1;
  for (const std::string& candidate : names) {
    const std::size_t d = distance(name, candidate);
    if (d >= limit || d >= candidate.size()) continue;
    limit = d;
    best = candidate;
  }
  return best;
}

std::string listed(const Names& names) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

std::string suggestion(std::string_view name, const Names& names) {
  if (names.empty()) return "there is none";
  const std::optional<std::string> meant = nearest(name, names);
  const std::string all = "one of: " + listed(names);
  return meant ? fmt::format("did you mean '{}'? {}", *meant, all) : all;
}

}  // namespace miroir
