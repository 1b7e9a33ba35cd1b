#include "connectors/postgres/postgres_values.hpp"

#include <array>
#include <charconv>

#include "connectors/errors.hpp"

namespace miroir::postgres {
namespace {

[[noreturn]] void refuse(const std::string& what, const char* sqlstate) {
  throw DbError{what, sqlstate, Recovery::refused,
                "correct the value at the site, or leave the column out of the mapping"};
}

// NaN, infinity, the year 10000, a 39th digit: the text that PostgreSQL has for it, of which its
// column's lens says what is wrong. One such value must not keep all others from being read.
template <auto parse>
Value read_parsed(std::string_view text) {
  const auto parsed = parse(text);
  return parsed ? Value{*parsed} : Value{std::string{text}};
}

Value read_boolean(std::string_view text) {
  if (text == "t") return true;
  if (text == "f") return false;
  refuse("a column read as boolean holds something else", "22P02");
}

Value read_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    refuse("a column read as integer holds something else", "22003");
  }
  return value;
}

Value read_text(std::string_view text) { return std::string{text}; }

Value read_uuid(std::string_view text) {
  const std::optional<Uuid> uuid = parse_uuid(text);
  if (!uuid) refuse("a column read as uuid holds something else", "22P02");
  return *uuid;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  refuse("a bytea is not in hex format", "22P02");
}

Value read_bytes(std::string_view text) {
  if (!text.starts_with("\\x") || text.size() % 2 != 0)
    refuse("a bytea is not in hex format", "22P02");
  Bytes bytes;
  bytes.raw.reserve(text.size() / 2 - 1);
  for (std::size_t i = 2; i < text.size(); i += 2) {
    bytes.raw += static_cast<char>(hex_digit(text[i]) * 16 + hex_digit(text[i + 1]));
  }
  return bytes;
}

using Reader = Value (*)(std::string_view);
constexpr std::array<Reader, 9> readers{read_boolean,
                                        read_integer,
                                        read_parsed<parse_decimal>,
                                        read_text,
                                        read_parsed<parse_date>,
                                        read_parsed<parse_timestamp>,
                                        read_parsed<parse_instant>,
                                        read_uuid,
                                        read_bytes};

std::string hex(const Bytes& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\\x";
  out.reserve(2 + bytes.raw.size() * 2);
  for (const char c : bytes.raw) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

struct Writer {
  std::optional<std::string> operator()(Null) const { return std::nullopt; }
  std::optional<std::string> operator()(bool value) const { return value ? "t" : "f"; }
  std::optional<std::string> operator()(std::int64_t value) const { return std::to_string(value); }
  std::optional<std::string> operator()(const Decimal& value) const { return value.to_string(); }
  std::optional<std::string> operator()(const std::string& value) const {
    if (value.find('\0') != std::string::npos) {
      refuse("a text holds a NUL character, which PostgreSQL cannot keep", "22021");
    }
    return value;
  }
  std::optional<std::string> operator()(const Bytes& value) const { return hex(value); }
  template <class T>  // Dates, times and uuids: to_string is what PostgreSQL reads.
  std::optional<std::string> operator()(const T& value) const {
    return to_string(value);
  }
};

}  // namespace

std::optional<std::string> write_value(const Value& value) { return std::visit(Writer{}, value); }

Value read_value(std::string_view text, ValueKind kind) {
  return readers.at(static_cast<std::size_t>(kind) - 1)(text);
}

void append_copy_field(std::string& line, const Value& value) {
  const std::optional<std::string> text = write_value(value);
  if (!text) {
    line += "\\N";
    return;
  }
  for (const char c : *text) {
    switch (c) {
      case '\\':
        line += "\\\\";
        break;
      case '\n':
        line += "\\n";
        break;
      case '\r':
        line += "\\r";
        break;
      case '\t':
        line += "\\t";
        break;
      default:
        line += c;
    }
  }
}

}  // namespace miroir::postgres
