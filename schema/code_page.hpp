// Code pages: which characters a column takes that does not hold Unicode.
//
// Only pages of one byte for each character, as old databases have them. Asked of iconv once, byte
// by byte, when a mapping is read: a page is then a list of characters, a plain value that threads
// share. (iconv's own conversion keeps a state, and may replace what it does not know.)
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace miroir {

struct CodePage {
  std::string name;           // "cp850"
  std::u32string characters;  // In order.
  bool has(char32_t character) const;
  friend bool operator==(const CodePage&, const CodePage&) = default;
};

// nullopt if iconv does not know it, or it has characters of several bytes.
std::optional<CodePage> find_code_page(const std::string& name);

// The first character of valid UTF-8 text that the page does not have.
std::optional<char32_t> first_missing(const CodePage& page, std::string_view utf8);

}  // namespace miroir
