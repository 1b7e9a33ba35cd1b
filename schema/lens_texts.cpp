#include <fmt/core.h>

#include <charconv>

#include "schema/lens_converters.hpp"
#include "schema/utf8.hpp"

namespace miroir {
namespace {

Refusal too_long(std::size_t units, int length) {
  return Refusal{fmt::format("the value has {} characters, the column takes {}", units, length)};
}

// Upper case "U+0153" beside the character itself, which a console may not show.
Refusal not_in_page(const CodePage& page, char32_t character, std::string_view text) {
  std::string shown;
  for (std::size_t i = 0; i < text.size(); i += sequence_length(text, i)) {
    if (code_point(text, i) == character) shown = text.substr(i, sequence_length(text, i));
  }
  return Refusal{fmt::format("the column's code page {} has no '{}' (U+{:04X})", page.name, shown,
                             static_cast<std::uint32_t>(character))};
}

}  // namespace

std::string Folding::operator()(std::string_view text) const {
  if (trim) text = trimmed(text);
  if (letters == Letters::upper) return upper_case(text);
  if (letters == Letters::lower) return lower_case(text);
  return std::string{text};
}

Refusal no_text() {
  return Refusal{"these bytes are no text: not valid UTF-8, or with a NUL character among them"};
}

Lensed fit_exactly(const Lens& lens, std::string text) {
  if (!is_text(text)) return no_text();
  if (lens.length) {
    const std::size_t units = utf16_units(text).value_or(0);
    if (units > static_cast<std::size_t>(*lens.length)) return too_long(units, *lens.length);
  }
  return Value{std::move(text)};
}

Lensed read_text(const Lens& lens, const Value& site) {
  return lens.folding.any() ? Value{lens.folding(std::get<std::string>(site))} : site;
}

Lensed write_text(const Lens& lens, const Value& canonical) {
  std::string text = lens.folding(std::get<std::string>(canonical));
  if (!is_text(text)) return no_text();
  if (lens.length && lens.loss.length)
    text = cut_to_units(text, static_cast<std::size_t>(*lens.length));
  if (lens.code_page) {
    const auto missing = first_missing(*lens.code_page, text);
    if (missing) return not_in_page(*lens.code_page, *missing, text);
  }
  return fit_exactly(lens, std::move(text));
}

Lensed read_code(const Lens&, const Value& site) {
  return Value{fold_code(std::get<std::string>(site))};
}

Lensed read_code_number(const Lens&, const Value& site) {
  return Value{fmt::format("{}", std::get<std::int64_t>(site))};
}

// A number column would change '00042' to 42: only what it gives back as it was may go in.
Lensed write_code_number(const Lens&, const Value& canonical) {
  const auto& code = std::get<std::string>(canonical);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), number);
  if (error != std::errc{} || end != code.data() + code.size() ||
      fmt::format("{}", number) != code) {
    return Refusal{"the column holds whole numbers, and the code is not one as it is written"};
  }
  return Value{number};
}

Lensed read_uuid_text(const Lens&, const Value& site) {
  const std::optional<Uuid> uuid = parse_uuid(std::get<std::string>(site));
  if (!uuid) return Refusal{"the text is no UUID"};
  return Value{*uuid};
}

Lensed write_uuid_text(const Lens& lens, const Value& canonical) {
  return fit_exactly(lens, to_string(std::get<Uuid>(canonical)));
}

}  // namespace miroir
