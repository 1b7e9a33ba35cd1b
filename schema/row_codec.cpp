// The format: one byte 1 or 2 (the version), the number of values, then each value as one byte for
// its kind (0 for NULL) and its content. Numbers are written seven bits at a time, the lowest
// first, signed ones folded so that small ones of either sign stay short; texts and bytes with
// their length before them. Each row has exactly one encoding: what could have been written shorter
// is refused. In version 2 the byte 255 says that the text is one of the base's, and is followed by
// its place there.
#include "schema/row_codec.hpp"

#include <optional>

namespace miroir {
namespace {

constexpr char version = 1;
constexpr char version_with_base = 2;
constexpr std::uint8_t as_in_base = 255;
__extension__ typedef unsigned __int128 Wide;
using Narrow = Decimal::Coefficient;

// Enough for nearly every row, so that it is written without being moved.
std::size_t room_for(const Row& row) {
  constexpr std::size_t short_value = 12;
  std::size_t room = short_value;
  for (const Value& value : row) {
    const auto* text = std::get_if<std::string>(&value);
    room += short_value + (text == nullptr ? 0 : text->size());
  }
  return room;
}

class Writer {
 public:
  explicit Writer(const Row& row) { out_.reserve(room_for(row)); }

  void byte(std::uint8_t value) { out_ += static_cast<char>(value); }
  template <class Unsigned>
  void number(Unsigned value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>((value & 0x7F) | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  void signed_number(std::int64_t value) {
    const auto doubled = static_cast<std::uint64_t>(value) << 1;
    number(value < 0 ? ~doubled : doubled);
  }
  void wide_number(Narrow value) {
    const Wide doubled = static_cast<Wide>(value) << 1;
    number(value < 0 ? ~doubled : doubled);
  }
  void text(std::string_view value) {
    number(value.size());
    out_ += value;
  }
  std::string take() { return std::move(out_); }

  void operator()(Null) {}
  void operator()(bool value) { byte(value ? 1 : 0); }
  void operator()(std::int64_t value) { signed_number(value); }
  void operator()(const Decimal& value) {
    byte(static_cast<std::uint8_t>(value.scale()));
    wide_number(value.coefficient());
  }
  void operator()(const std::string& value) { text(value); }
  void operator()(Date value) { signed_number(value.days); }
  void operator()(Timestamp value) { signed_number(value.micros); }
  void operator()(Instant value) { signed_number(value.micros); }
  void operator()(const Uuid& value) {
    for (const std::uint8_t b : value.bytes) byte(b);
  }
  void operator()(const Bytes& value) { text(value.raw); }

 private:
  std::string out_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_{bytes} {}

  std::size_t left() const { return rest_.size(); }
  std::uint8_t byte() {
    if (rest_.empty()) throw CodecError{"a stored row ends too early"};
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  Wide number(int bits) {
    const bool is_short =
        bits > 7 && !rest_.empty() && static_cast<std::uint8_t>(rest_.front()) < 0x80;
    if (is_short) return byte();
    Wide value = 0;
    for (int shift = 0;; shift += 7) {
      const std::uint8_t b = byte();
      const Wide part = b & 0x7F;
      const int room = bits - shift;
      if (room <= 0 || (room < 7 && part >> room != 0)) too_large();
      value |= part << shift;
      if (b < 0x80) {
        if (b == 0 && shift > 0) throw CodecError{"a stored number is not in its shortest form"};
        return value;
      }
    }
  }
  Narrow signed_number(int bits) {
    const Wide folded = number(bits);
    const auto half = static_cast<Narrow>(folded >> 1);
    return folded % 2 == 0 ? half : -half - 1;
  }
  std::string text() {
    const Wide length = number(64);
    if (length > rest_.size()) throw CodecError{"a stored text ends too early"};
    const auto size = static_cast<std::size_t>(length);
    std::string out{rest_.substr(0, size)};
    rest_.remove_prefix(size);
    return out;
  }
  [[noreturn]] static void too_large() { throw CodecError{"a stored number is too large"}; }

 private:
  std::string_view rest_;
};

Value read_bool(Reader& in) {
  const std::uint8_t b = in.byte();
  if (b > 1) throw CodecError{"a stored boolean is neither yes nor no"};
  return b == 1;
}

Value read_decimal(Reader& in) {
  const int scale = in.byte();
  const Narrow coefficient = in.signed_number(128);
  try {
    return Decimal{coefficient, scale};
  } catch (const std::out_of_range&) {
    throw CodecError{"a stored decimal has more than 38 digits"};
  }
}

Value read_uuid(Reader& in) {
  Uuid uuid;
  for (std::uint8_t& b : uuid.bytes) b = in.byte();
  return uuid;
}

Value read_value(Reader& in, const Row* base) {
  const std::uint8_t kind = in.byte();
  if (kind == 0) return Null{};
  if (kind == as_in_base) {
    const Wide place = in.number(64);
    if (base == nullptr || place >= base->size())
      throw CodecError{"a stored row refers to a value that is not there"};
    return (*base)[static_cast<std::size_t>(place)];
  }
  switch (static_cast<ValueKind>(kind)) {
    case ValueKind::boolean:
      return read_bool(in);
    case ValueKind::integer:
      return static_cast<std::int64_t>(in.signed_number(64));
    case ValueKind::decimal:
      return read_decimal(in);
    case ValueKind::text:
      return in.text();
    case ValueKind::date:
      return Date{static_cast<std::int32_t>(in.signed_number(32))};
    case ValueKind::timestamp:
      return Timestamp{static_cast<std::int64_t>(in.signed_number(64))};
    case ValueKind::instant:
      return Instant{static_cast<std::int64_t>(in.signed_number(64))};
    case ValueKind::uuid:
      return read_uuid(in);
    case ValueKind::bytes:
      return Bytes{in.text()};
  }
  throw CodecError{"a stored value is of an unknown kind"};
}

void write_value(Writer& out, const Value& value) {
  out.byte(static_cast<std::uint8_t>(value.index()));
  std::visit(out, value);
}

// Only texts: other values are short, and equal ones need not be the same (1.0 and 1.00).
std::optional<std::size_t> place_in(const Row& base, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || text->size() < 2) return std::nullopt;
  for (std::size_t i = 0; i < base.size(); ++i) {
    const auto* other = std::get_if<std::string>(&base[i]);
    if (other != nullptr && *other == *text) return i;
  }
  return std::nullopt;
}

Row decode(std::string_view bytes, const Row* base) {
  Reader in{bytes};
  const std::uint8_t found = in.byte();
  if (found != version && (found != version_with_base || base == nullptr))
    throw CodecError{"a stored row is of an unknown version"};
  if (found == version) base = nullptr;
  const Wide count = in.number(64);
  // Every value takes a byte at least: a count beyond that must not make us reserve memory for it.
  if (count > in.left()) throw CodecError{"a stored row ends too early"};
  Row row;
  row.reserve(static_cast<std::size_t>(count));
  for (Wide i = 0; i < count; ++i) row.push_back(read_value(in, base));
  if (in.left() != 0) throw CodecError{"a stored row has bytes after its end"};
  return row;
}

}  // namespace

std::string encode_row(const Row& row) {
  Writer out{row};
  out.byte(version);
  out.number(row.size());
  for (const Value& value : row) write_value(out, value);
  return out.take();
}

std::string encode_row(const Row& row, const Row& base) {
  Writer out{row};
  out.byte(version_with_base);
  out.number(row.size());
  for (const Value& value : row) {
    if (const auto place = place_in(base, value)) {
      out.byte(as_in_base);
      out.number(*place);
    } else {
      write_value(out, value);
    }
  }
  return out.take();
}

Row decode_row(std::string_view bytes) { return decode(bytes, nullptr); }
Row decode_row(std::string_view bytes, const Row& base) { return decode(bytes, &base); }

}  // namespace miroir
