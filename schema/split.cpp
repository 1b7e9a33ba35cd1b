#include "schema/split.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "schema/lens_converters.hpp"
#include "schema/utf8.hpp"

namespace miroir {
namespace {

using Texts = std::vector<std::string>;

std::string text_of(const Lens& piece, const Value& cell) {
  const Lensed read = piece.get(cell);
  const auto* value = std::get_if<Value>(&read);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? std::string{} : *text;
}

// The last place where a separator can stand so that at most `length` units are before it; it
// follows something else than a separator, so that no column ends with one.
std::size_t last_break(std::string_view text, std::string_view separator, std::size_t length) {
  const std::size_t fitting = cut_to_units(text, length).size();
  std::size_t at = text.rfind(separator, fitting);
  while (at != std::string_view::npos && at > 0) {
    if (!text.substr(0, at).ends_with(separator)) return at;
    at = text.rfind(separator, at - 1);
  }
  return std::string_view::npos;
}

bool fits(std::string_view text, const Lens& piece) {
  return !piece.length || utf16_units(text).value_or(0) <= static_cast<std::size_t>(*piece.length);
}

bool loses(const Lens& piece) { return piece.loss.length; }

template <class CellOf>
Lensed join(const Split& split, CellOf cell_of) {
  std::string text;
  bool nothing = true;
  for (std::size_t i = 0; i < split.pieces.size(); ++i) {
    Lensed read = split.pieces[i].get(cell_of(i));
    if (std::holds_alternative<Refusal>(read)) return read;
    if (is_null(std::get<Value>(read))) continue;
    nothing = false;
    const auto& piece = std::get<std::string>(std::get<Value>(read));
    if (!text.empty() && !piece.empty()) text += split.separator;
    text += piece;
  }
  return nothing ? Value{} : Value{std::move(text)};
}

// Whether a text that is neither empty nor the column's blank surely reads as it stands there.
bool reads_as_it_is(const Lens& piece, std::string_view text) {
  if (piece.type != FieldType::text || piece.column != ValueKind::text ||
      piece.folding.letters != Folding::Letters::as_written)
    return false;
  // A blank has more spellings where it is trimmed.
  return !piece.folding.trim ||
         (trimmed(text) == text && piece.blank.value_or(Value{""}) == Value{""});
}

bool starts_with_and_drop(std::string_view& text, std::string_view start) {
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  return true;
}

}  // namespace

Lensed Split::get(const Cells& cells) const {
  return join(*this, [&](std::size_t i) -> const Value& { return cells[i]; });
}

Lensed Split::get(const Row& row, const std::vector<std::size_t>& columns) const {
  return join(*this, [&](std::size_t i) -> const Value& { return row[columns[i]]; });
}

// Whether the cells surely read as the text, as far as can be told without joining them.
bool Split::says_the_same(const Value& canonical, const Row& row,
                          const std::vector<std::size_t>& columns) const {
  const auto* text = std::get_if<std::string>(&canonical);
  if (text == nullptr || text->empty()) return false;
  std::string_view rest{*text};
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Value& cell = row[columns[i]];
    const auto* piece = std::get_if<std::string>(&cell);
    const bool is_known = piece != nullptr || (is_null(cell) && pieces[i].nullable);
    if (!is_known || !pieces[i].lookup.empty()) return false;
    if (piece == nullptr || piece->empty() || cell == pieces[i].blank) continue;
    const bool is_first = rest.size() == text->size();
    if (!reads_as_it_is(pieces[i], *piece) ||
        !(is_first || starts_with_and_drop(rest, separator)) || !starts_with_and_drop(rest, *piece))
      return false;
  }
  return rest.empty();
}

bool Split::keeps(const Value& canonical, const Row& row,
                  const std::vector<std::size_t>& columns) const {
  if (says_the_same(canonical, row, columns)) return true;
  Cells cells;
  for (const std::size_t column : columns) cells.push_back(row[column]);
  const auto given = put(canonical, cells);
  return std::holds_alternative<Cells>(given) && std::get<Cells>(given) == cells;
}

std::variant<Cells, Refusal> Split::put(const Value& canonical, const Cells& old) const {
  bool may_stay = true;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    may_stay = may_stay && (pieces[i].nullable || !is_null(old[i]));
  }
  const Lensed held = get(old);
  const auto* value = std::get_if<Value>(&held);
  if (may_stay && value != nullptr && *value == canonical) return old;
  return divide(canonical, &old);
}

std::variant<Cells, Refusal> Split::give(const Value& canonical) const {
  return divide(canonical, nullptr);
}

std::variant<Cells, Refusal> Split::divide(const Value& canonical, const Cells* old) const {
  if (is_null(canonical)) return give_pieces(Texts(pieces.size()), true);
  const auto* given = std::get_if<std::string>(&canonical);
  if (given == nullptr) return Refusal{"the value is no text"};
  if (!is_text(*given)) return no_text();
  const std::string text = pieces.front().folding(*given);
  auto texts = how == How::by_word ? by_word(text, old) : fill(text);
  if (auto* refusal = std::get_if<Refusal>(&texts)) return std::move(*refusal);
  auto cells = give_pieces(std::get<Texts>(texts), false);
  if (std::holds_alternative<Refusal>(cells) || text.empty()) return cells;
  const Lensed back = get(std::get<Cells>(cells));
  const bool whole = std::holds_alternative<Value>(back) && std::get<Value>(back) == Value{text};
  if (whole || std::any_of(pieces.begin(), pieces.end(), loses)) return cells;
  return Refusal{fmt::format("divided at '{}' the value would not read back as it is", separator)};
}

std::variant<Texts, Refusal> Split::fill(std::string_view text) const {
  Texts out(pieces.size());
  std::string_view rest = text;
  for (std::size_t i = 0; i + 1 < pieces.size() && !rest.empty(); ++i) {
    if (fits(rest, pieces[i])) {
      out[i] = rest;
      return out;
    }
    const auto length = static_cast<std::size_t>(*pieces[i].length);
    const std::size_t at = last_break(rest, separator, length);
    if (at == std::string_view::npos) {
      return Refusal{
          fmt::format("the value has {} characters, and no '{}' to divide it at within "
                      "the {} that the {}column takes",
                      *utf16_units(text), separator, length, i == 0 ? "" : "next ")};
    }
    out[i] = rest.substr(0, at);
    rest.remove_prefix(at + separator.size());
  }
  out.back() = rest;
  if (fits(rest, pieces.back()) || loses(pieces.back())) return out;
  std::string sizes;
  for (const Lens& piece : pieces)
    sizes += fmt::format("{}{}", sizes.empty() ? "" : " and ", piece.length.value_or(0));
  return Refusal{
      fmt::format("the value has {} characters; divided at '{}' it does not fit the "
                  "columns, which take {}",
                  *utf16_units(text), separator, sizes)};
}

std::variant<Texts, Refusal> Split::by_word(std::string_view text, const Cells* old) const {
  if (old != nullptr) {
    const std::string first = text_of(pieces[0], (*old)[0]);
    const std::string last = text_of(pieces[1], (*old)[1]);
    const auto leaves_some = [&](const std::string& part) {
      return !part.empty() && text.size() > part.size() + separator.size();
    };
    if (leaves_some(last) && text.ends_with(separator + last))
      return Texts{std::string{text.substr(0, text.size() - last.size() - separator.size())}, last};
    if (leaves_some(first) && text.starts_with(first + separator))
      return Texts{first, std::string{text.substr(first.size() + separator.size())}};
  }
  const std::size_t at = text.find(separator);
  const bool inside = at != std::string_view::npos && at > 0 && at + separator.size() < text.size();
  if (!inside) return Texts{"", std::string{text}};
  return Texts{std::string{text.substr(0, at)}, std::string{text.substr(at + separator.size())}};
}

// A column that nothing is left for gets nothing, or '' where it cannot say that.
std::variant<Cells, Refusal> Split::give_pieces(const Texts& texts, bool nothing) const {
  const bool empty =
      !nothing && std::all_of(texts.begin(), texts.end(), [](const auto& t) { return t.empty(); });
  Cells cells;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const bool is_text = !texts[i].empty() || (empty && i == 0);
    Lensed given = pieces[i].give(is_text ? Value{texts[i]} : Value{});
    if (std::holds_alternative<Refusal>(given) && !is_text && !nothing)
      given = pieces[i].give(Value{""});
    if (auto* refusal = std::get_if<Refusal>(&given)) return std::move(*refusal);
    cells.push_back(std::get<Value>(std::move(given)));
  }
  return cells;
}

}  // namespace miroir
