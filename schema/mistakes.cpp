#include "schema/mistakes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

namespace miroir {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Letters changed, left out, added, or two neighbours swapped. Letters that differ only in case
// count as equal, because that is the likeliest slip.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;
  std::vector<std::size_t> row(b.size() + 1);
  std::vector<std::size_t> next(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  const auto same = [&](std::size_t i, std::size_t k) { return lower(a[i]) == lower(b[k]); };
  for (std::size_t i = 0; i < a.size(); ++i) {
    next[0] = i + 1;
    for (std::size_t k = 0; k < b.size(); ++k) {
      next[k + 1] = std::min({row[k] + (same(i, k) ? 0 : 1), row[k + 1] + 1, next[k] + 1});
      const bool swapped = i > 0 && k > 0 && same(i, k - 1) && same(i - 1, k);
      if (swapped) next[k + 1] = std::min(next[k + 1], before[k - 1] + 1);
    }
    before = row;
    std::swap(row, next);
  }
  return row.back();
}

// 'datetime' for 'date', 'vat' for 'vat_number'.
bool begins_with_other(std::string_view a, std::string_view b) {
  constexpr std::size_t shortest = 3;
  const std::size_t size = std::min(a.size(), b.size());
  return size >= shortest && distance(a.substr(0, size), b.substr(0, size)) == 0;
}

}  // namespace

std::string to_string(const Mistake& mistake) {
  return fmt::format("{}#{}: {}; {}", mistake.file, mistake.pointer, mistake.wrong, mistake.right);
}

void Mistakes::no_table(std::string pointer, std::string_view name, std::string_view site) {
  const std::string where = site.empty() ? "" : fmt::format(" at '{}'", site);
  add(std::move(pointer),
      fmt::format("there is no table '{}'{}, or this user may not see it", name, where),
      "the name as the database knows it, capitals and schema included");
}

void Mistakes::no_value(std::string pointer, std::string_view column) {
  add(std::move(pointer),
      fmt::format("column '{}' is NOT NULL without a default, and nothing fills it when a row is "
                  "inserted",
                  column),
      "a field with this column, a value for it in \"on_insert\", or a default in the database");
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
  if (best) return best;
  for (const std::string& candidate : names) {
    if (begins_with_other(name, candidate)) return candidate;
  }
  return std::nullopt;
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
  const std::string all = listed(names);
  return meant ? fmt::format("did you mean '{}'? One of: {}", *meant, all) : "one of: " + all;
}

}  // namespace miroir
