// One text over several columns of a site: a name of 63 letters over Name and Name 2 of 50, or a
// name over first_name and last_name.
//
// The same laws as a lens: what a row holds already stays as it is divided there, and what was put
// reads back as itself, since whatever would not is refused. Pure; nothing throws.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "schema/lens.hpp"

namespace miroir {

struct Split {
  // filling: each column takes as many whole words as fit.
  // by_word: two columns, the first word and the rest; where one of the two stays as it was, the
  // words stay where they were.
  enum class How : std::uint8_t { filling, by_word };
  How how = How::filling;
  std::string separator = " ";
  std::vector<Lens> pieces;  // One for each column.

  // The columns that hold something, with the separator between them.
  Lensed get(const Cells& cells) const;
  // Of the row's cells in these columns, one for each piece.
  Lensed get(const Row& row, const std::vector<std::size_t>& columns) const;
  std::variant<Cells, Refusal> put(const Value& canonical, const Cells& old) const;
  std::variant<Cells, Refusal> give(const Value& canonical) const;
  // As Lens::keeps.
  bool keeps(const Value& canonical, const Row& row, const std::vector<std::size_t>& columns) const;

 private:
  bool says_the_same(const Value& canonical, const Row& row,
                     const std::vector<std::size_t>& columns) const;
  std::variant<Cells, Refusal> divide(const Value& canonical, const Cells* old) const;
  std::variant<std::vector<std::string>, Refusal> fill(std::string_view text) const;
  std::variant<std::vector<std::string>, Refusal> by_word(std::string_view text,
                                                          const Cells* old) const;
  std::variant<Cells, Refusal> give_pieces(const std::vector<std::string>& texts,
                                           bool nothing) const;
};

}  // namespace miroir
