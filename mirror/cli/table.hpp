// Text for people: tables with aligned columns, amounts with their noun, and values of time.
// Pure: text in, text out. Widths are those of a terminal: 'é' takes one place, '葡' two, a
// combining accent none.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace miroir {

std::size_t display_width(std::string_view utf8);

// At most `width` places wide, with '…' where something was cut off; control characters become
// blanks.
std::string shortened(std::string_view utf8, std::size_t width);

class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_{std::move(header)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  // Two blanks between the columns, no blanks at the ends of lines; long cells are shortened, those
  // of the last column, which nothing stands behind, only where they are very long.
  std::string text() const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

std::string counted(std::size_t count, std::string_view one, std::string_view many);  // "1 record"

}  // namespace miroir
