#include "schema/code_page.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "schema/utf8.hpp"

namespace miroir {
namespace {

class Iconv {
 public:
  explicit Iconv(const std::string& from)
      : handle_{iconv_open(std::endian::native == std::endian::little ? "UTF-32LE" : "UTF-32BE",
                           from.c_str())} {}
  Iconv(const Iconv&) = delete;
  Iconv& operator=(const Iconv&) = delete;
  ~Iconv() {
    if (known()) iconv_close(handle_);
  }
  bool known() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  // nullopt where the page has no character for the byte, or none by itself.
  std::optional<char32_t> character(char byte) {
    char32_t out = 0;
    char* from = &byte;
    char* to = reinterpret_cast<char*>(&out);
    std::size_t from_left = 1, to_left = sizeof out;
    const std::size_t done = iconv(handle_, &from, &from_left, &to, &to_left);
    const bool whole = done == 0 && from_left == 0 && to_left == 0;
    iconv(handle_, nullptr, nullptr, nullptr, nullptr);
    return whole ? std::optional{out} : std::nullopt;
  }

 private:
  iconv_t handle_;
};

}  // namespace

bool CodePage::has(char32_t character) const {
  return std::binary_search(characters.begin(), characters.end(), character);
}

std::optional<CodePage> find_code_page(const std::string& name) {
  Iconv from{name};
  if (!from.known()) return std::nullopt;
  CodePage page{name, {}};
  for (int byte = 0; byte < 256; ++byte) {
    const auto character = from.character(static_cast<char>(byte));
    if (character) page.characters += *character;
    if (byte < 0x80 && character != static_cast<char32_t>(byte)) return std::nullopt;
  }
  std::sort(page.characters.begin(), page.characters.end());
  return page;
}

std::optional<char32_t> first_missing(const CodePage& page, std::string_view utf8) {
  for (std::size_t i = 0; i < utf8.size(); i += sequence_length(utf8, i)) {
    const char32_t character = code_point(utf8, i);
    if (!page.has(character)) return character;
  }
  return std::nullopt;
}

}  // namespace miroir
