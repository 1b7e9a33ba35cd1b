#include "schema/value.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace miroir {
namespace {

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

bool is_hyphen_place(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

// A long blob would drown the message it stands in.
constexpr std::size_t shown_bytes_max = 16;

struct Display {
  std::string operator()(Null) const { return "(nothing)"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(const Decimal& value) const { return value.to_string(); }
  std::string operator()(const std::string& value) const { return value.empty() ? "''" : value; }
  std::string operator()(Date value) const { return to_string(value); }
  std::string operator()(Timestamp value) const { return to_string(value); }
  std::string operator()(Instant value) const { return to_string(value); }
  std::string operator()(const Uuid& value) const { return to_string(value); }
  std::string operator()(const Bytes& value) const {
    std::string out{"0x"};
    const std::size_t shown = std::min(value.raw.size(), shown_bytes_max);
    for (const char c : value.raw.substr(0, shown)) {
      out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    }
    if (shown < value.raw.size()) out += fmt::format("... ({} bytes)", value.raw.size());
    return out;
  }
};

}  // namespace

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() == 38 && text.starts_with('{') && text.ends_with('}')) {
    text = text.substr(1, 36);
  }
  if (text.size() != 36) return std::nullopt;
  Uuid uuid;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_hyphen_place(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const std::optional<std::uint8_t> digit = hex_digit(text[i]);
    if (!digit) return std::nullopt;
    std::uint8_t& byte = uuid.bytes[digits / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | *digit);
    ++digits;
  }
  return uuid;
}

std::string to_string(const Uuid& uuid) {
  std::string out;
  for (const std::uint8_t byte : uuid.bytes) {
    if (is_hyphen_place(out.size())) out += '-';
    out += fmt::format("{:02x}", byte);
  }
  return out;
}

std::string_view name_of(ValueKind kind) {
  switch (kind) {
    case ValueKind::boolean:
      return "boolean";
    case ValueKind::integer:
      return "integer";
    case ValueKind::decimal:
      return "decimal";
    case ValueKind::text:
      return "text";
    case ValueKind::date:
      return "date";
    case ValueKind::timestamp:
      return "timestamp";
    case ValueKind::instant:
      return "instant";
    case ValueKind::uuid:
      return "uuid";
    case ValueKind::bytes:
      return "bytes";
  }
  return "unknown";
}

std::string display(const Value& value) { return std::visit(Display{}, value); }

}  // namespace miroir
