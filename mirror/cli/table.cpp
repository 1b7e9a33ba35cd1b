#include "mirror/cli/table.hpp"

#include <algorithm>
#include <array>

namespace miroir {
namespace {

constexpr std::size_t cell_width_max = 60;
constexpr std::size_t last_width_max = 600;  // Why something waits is read to its end.

struct CodePoint {
  char32_t value = 0xFFFD;
  std::size_t bytes = 1;
};

// The code point at `at`; a byte that is no UTF-8 counts as one replacement character.
CodePoint code_point(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 0 || at + length > text.size()) return {};
  char32_t value = first & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0u) != 0x80u) return {};
    value = (value << 6) | (byte(at + i) & 0x3Fu);
  }
  return {value, length};
}

struct Range {
  char32_t from, to;
};
constexpr std::array no_place{Range{0x0300, 0x036F}, Range{0x200B, 0x200F}, Range{0x20D0, 0x20FF},
                              Range{0xFE00, 0xFE0F}};
constexpr std::array two_places{
    Range{0x1100, 0x115F}, Range{0x2E80, 0xA4CF},   Range{0xAC00, 0xD7A3},
    Range{0xF900, 0xFAFF}, Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},
    Range{0xFFE0, 0xFFE6}, Range{0x1F300, 0x1FAFF}, Range{0x20000, 0x3FFFD}};

template <std::size_t n>
bool within(const std::array<Range, n>& ranges, char32_t value) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& r) { return value >= r.from && value <= r.to; });
}

std::size_t width_of(char32_t value) {
  if (within(no_place, value)) return 0;
  return within(two_places, value) ? 2 : 1;
}

// Control characters would move the cursor: C0, DEL and C1 all become blanks.
bool is_control(char32_t value) { return value < 0x20 || (value >= 0x7F && value < 0xA0); }

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point(text, at);
    if (is_control(point.value)) {
      out += ' ';
    } else if (point.value == 0xFFFD && point.bytes == 1) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(at, point.bytes);
    }
    at += point.bytes;
  }
  return out;
}

}  // namespace

std::size_t display_width(std::string_view utf8) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    const CodePoint point = code_point(utf8, at);
    width += width_of(point.value);
    at += point.bytes;
  }
  return width;
}

std::string shortened(std::string_view utf8, std::size_t width) {
  std::string text = printable(utf8);
  if (display_width(text) <= width) return text;
  std::string out;
  std::size_t used = 1;  // The ellipsis takes one.
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point(text, at);
    used += width_of(point.value);
    if (used > width) break;
    out += text.substr(at, point.bytes);
    at += point.bytes;
  }
  return out + "…";
}

std::string Table::text() const {
  std::vector<std::vector<std::string>> lines{header_};
  lines.insert(lines.end(), rows_.begin(), rows_.end());
  std::vector<std::size_t> widths(header_.size(), 0);
  for (auto& line : lines) {
    line.resize(header_.size());
    for (std::size_t i = 0; i < line.size(); ++i) {
      line[i] = shortened(line[i], i + 1 < line.size() ? cell_width_max : last_width_max);
      widths[i] = std::max(widths[i], display_width(line[i]));
    }
  }
  std::string out;
  for (const auto& line : lines) {
    std::string joined;
    for (std::size_t i = 0; i < line.size(); ++i) {
      joined += line[i] + std::string(widths[i] - display_width(line[i]) + 2, ' ');
    }
    joined.erase(joined.find_last_not_of(' ') + 1);
    out += joined + '\n';
  }
  return out;
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + ' ' + std::string{count == 1 ? one : many};
}

}  // namespace miroir
