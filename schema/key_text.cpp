// Keys as JSON arrays. Written by hand, because a text in a key may be any bytes, and a JSON
// library refuses what is not UTF-8. Reading is a little wider than writing: databases that build
// the same array in SQL put blanks between the parts, give decimals as numbers and booleans as 0
// and 1.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "schema/row_codec.hpp"

namespace miroir {
namespace {

constexpr std::string_view short_escapes = "\"\\\b\f\n\r\t";
constexpr std::string_view short_letters = "\"\\bfnrt";

void append_escaped(std::string& out, char c) {
  const std::size_t escape = short_escapes.find(c);
  if (escape == std::string_view::npos) {
    out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
  } else {
    out += '\\';
    out += short_letters[escape];
  }
}

void append_quoted(std::string& out, std::string_view text) {
  const auto is_special = [](char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
  };
  out += '"';
  for (auto from = text.begin();;) {
    const auto special = std::find_if(from, text.end(), is_special);
    out.append(from, special);
    if (special == text.end()) break;
    append_escaped(out, *special);
    from = special + 1;
  }
  out += '"';
}

std::string hex(const std::string& raw) {
  std::string out;
  for (const char c : raw) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

// Appends the text of a part.
struct PartWriter {
  std::string& out;

  void operator()(Null) const { out += "null"; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::int64_t value) const {
    const fmt::format_int digits{value};
    out.append(digits.data(), digits.size());
  }
  void operator()(const Decimal& value) const { append_quoted(out, normalize(value).to_string()); }
  void operator()(const std::string& value) const { append_quoted(out, value); }
  void operator()(const Bytes& value) const { append_quoted(out, hex(value.raw)); }
  template <class T>
  void operator()(const T& value) const {
    append_quoted(out, to_string(value));
  }
};

[[noreturn]] void refuse(const char* what) {
  throw CodecError{std::string{"a key's text "} + what};
}

// Either a JSON string's content, or a bare word or number.
struct Token {
  std::string text;
  bool is_string = false;
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_{text} {}

  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
  }
  bool take(char c) {
    skip_blanks();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) refuse("is no JSON array of as many parts as the key has");
  }
  Token token() {
    if (take('"')) return {string(), true};
    const std::size_t end = std::min(rest_.find_first_of(",] \t\r\n"), rest_.size());
    Token token{std::string{rest_.substr(0, end)}, false};
    rest_.remove_prefix(end);
    return token;
  }
  void expect_end() {
    skip_blanks();
    if (!rest_.empty()) refuse("goes on after its end");
  }

 private:
  char next() {
    if (rest_.empty()) refuse("ends too early");
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  std::string string() {
    std::string out;
    for (;;) {
      const char c = next();
      if (c == '"') return out;
      if (static_cast<unsigned char>(c) < 0x20) refuse("has a control character in a string");
      if (c == '\\') {
        escape(out);
      } else {
        out += c;
      }
    }
  }
  void escape(std::string& out) {
    const char c = next();
    const std::size_t letter = short_letters.find(c);
    if (letter != std::string_view::npos) {
      out += short_escapes[letter];
    } else if (c == '/') {
      out += c;
    } else if (c == 'u') {
      append_utf8(out, code_point());
    } else {
      refuse("has an unknown escape");
    }
  }
  std::uint32_t code_point() {
    const std::uint32_t first = four_digits();
    if (first < 0xD800 || first > 0xDFFF) return first;
    if (first > 0xDBFF || next() != '\\' || next() != 'u') refuse("has half a surrogate pair");
    const std::uint32_t second = four_digits();
    if (second < 0xDC00 || second > 0xDFFF) refuse("has half a surrogate pair");
    return 0x10000 + ((first - 0xD800) << 10 | (second - 0xDC00));
  }
  std::uint32_t four_digits() {
    std::uint32_t value = 0;
    const std::string_view digits = rest_.substr(0, 4);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc{} || end != digits.data() + 4) refuse("has an unknown escape");
    rest_.remove_prefix(4);
    return value;
  }
  static void append_utf8(std::string& out, std::uint32_t c) {
    const auto byte = [&out](std::uint32_t b) { out += static_cast<char>(b); };
    const auto tail = [&](int shift) { byte(0x80 | (c >> shift & 0x3F)); };
    if (c < 0x80) return byte(c);
    if (c < 0x800) return byte(0xC0 | c >> 6), tail(0);
    if (c < 0x10000) return byte(0xE0 | c >> 12), tail(6), tail(0);
    byte(0xF0 | c >> 18), tail(12), tail(6), tail(0);
  }

  std::string_view rest_;
};

Value read_integer(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    refuse("has a part that is no whole number");
  }
  return value;
}

Value read_boolean(const std::string& text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  refuse("has a part that is neither true nor false");
}

template <class T>
Value required(const std::optional<T>& value) {
  if (!value) refuse("has a part that is not of its column's kind");
  return *value;
}

// MariaDB's zero date is a value too: a row's key may hold it for "none".
template <class T>
Value read_day(const std::optional<T>& value, std::string_view text) {
  if (is_zero_date(text)) return T::zero();
  return required(value);
}

Value read_bytes(std::string_view text) {
  if (text.starts_with("\\x")) text.remove_prefix(2);  // As PostgreSQL writes them.
  if (text.size() % 2 != 0) refuse("has bytes with half a byte");
  Bytes bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, value, 16);
    if (error != std::errc{} || end != text.data() + i + 2) refuse("has bytes that are not hex");
    bytes.raw += static_cast<char>(value);
  }
  return bytes;
}

Value read_part(const Token& token, ValueKind kind) {
  if (!token.is_string && token.text == "null") return Null{};
  const bool bare = kind == ValueKind::boolean || kind == ValueKind::integer;
  if (token.is_string == bare && kind != ValueKind::decimal) {
    refuse("has a part that is not of its column's kind");
  }
  switch (kind) {
    case ValueKind::boolean:
      return read_boolean(token.text);
    case ValueKind::integer:
      return read_integer(token.text);
    case ValueKind::decimal:
      return required(parse_decimal(token.text));
    case ValueKind::text:
      return token.text;
    case ValueKind::date:
      return read_day(parse_date(token.text), token.text);
    case ValueKind::timestamp:
      return read_day(parse_timestamp(token.text), token.text);
    case ValueKind::instant:
      return read_day(parse_instant(token.text), token.text);
    case ValueKind::uuid:
      return required(parse_uuid(token.text));
    case ValueKind::bytes:
      return read_bytes(token.text);
  }
  refuse("has a part of an unknown kind");
}

}  // namespace

std::string key_text(const Key& key) {
  std::string out{'['};
  for (const Value& part : key) {
    if (out.size() > 1) out += ',';
    std::visit(PartWriter{out}, part);
  }
  return out += ']';
}

Key parse_key_text(std::string_view text, const std::vector<ValueKind>& kinds) {
  Scanner in{text};
  Key key;
  in.expect('[');
  for (const ValueKind kind : kinds) {
    if (!key.empty()) in.expect(',');
    key.push_back(read_part(in.token(), kind));
  }
  in.expect(']');
  in.expect_end();
  return key;
}

}  // namespace miroir
