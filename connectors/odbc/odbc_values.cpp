#include "connectors/odbc/odbc_values.hpp"

#include <sqlext.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "connectors/errors.hpp"
#include "connectors/odbc/odbc_handle.hpp"

namespace miroir {
namespace {

using Slot = Parameters::Slot;

// Drivers cut what is longer than these when it is bound as the short type.
constexpr std::size_t short_text_bytes_max = 4000;
constexpr std::size_t short_binary_bytes_max = 8000;
// Most values are short, and SQLite's driver fills the whole room with zeros for each: the first
// room is small.
constexpr std::size_t first_chunk_bytes = 256;
constexpr std::size_t chunk_bytes = 64UL * 1024;

// ODBC takes a pointer to non-const also for what it only reads.
SQLPOINTER pointer_to(const void* data) { return const_cast<void*>(data); }

SQLRETURN bind_at(SQLHSTMT statement, SQLUSMALLINT at, SQLSMALLINT c_type, SQLSMALLINT sql_type,
                  std::string_view data, Slot& slot) {
  slot.length = static_cast<SQLLEN>(data.size());
  const auto size = static_cast<SQLULEN>(std::max<std::size_t>(data.size(), 1));
  return SQLBindParameter(statement, at, SQL_PARAM_INPUT, c_type, sql_type, size, 0,
                          pointer_to(data.data()), slot.length, &slot.length);
}

struct Binder {
  SQLHSTMT statement;
  SQLUSMALLINT at;
  Slot& slot;
  const OdbcDialect& dialect;

  SQLRETURN operator()(const Null&) const {
    slot.length = SQL_NULL_DATA;
    return SQLBindParameter(statement, at, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_WVARCHAR, 1, 0, nullptr,
                            0, &slot.length);
  }
  SQLRETURN operator()(std::int64_t number) const {
    slot.number = number;
    slot.length = 0;
    return SQLBindParameter(statement, at, SQL_PARAM_INPUT, SQL_C_SBIGINT, SQL_BIGINT, 0, 0,
                            &slot.number, 0, &slot.length);
  }
  SQLRETURN operator()(bool truth) const { return (*this)(std::int64_t{truth}); }
  SQLRETURN operator()(const std::string& text) const {
    if (goes_as_bytes(text, dialect)) return bind_bytes(text);
    const bool is_long = text.size() > short_text_bytes_max;
    return bind_at(statement, at, SQL_C_CHAR, is_long ? SQL_WLONGVARCHAR : SQL_WVARCHAR, text,
                   slot);
  }
  SQLRETURN operator()(const Bytes& bytes) const { return bind_bytes(bytes.raw); }
  SQLRETURN operator()(const Decimal& decimal) const {
    if (normalize(decimal).scale() > dialect.scale_max()) {
      throw DbError{"a number with more than " + std::to_string(dialect.scale_max()) +
                        " digits after the point would be rounded",
                    "22003", Recovery::refused, "give the field a \"scale\" in the mapping"};
    }
    return as_text(decimal.to_string());
  }
  SQLRETURN operator()(Date date) const { return as_text(to_string(date)); }
  SQLRETURN operator()(Timestamp timestamp) const { return as_text(to_string(timestamp)); }
  SQLRETURN operator()(Instant instant) const { return as_text(dialect.instant_text(instant)); }
  SQLRETURN operator()(const Uuid& uuid) const { return as_text(to_string(uuid)); }

 private:
  SQLRETURN bind_bytes(const std::string& bytes) const {
    const bool is_long = bytes.size() > short_binary_bytes_max;
    return bind_at(statement, at, SQL_C_BINARY, is_long ? SQL_LONGVARBINARY : SQL_VARBINARY, bytes,
                   slot);
  }
  SQLRETURN as_text(std::string text) const {
    slot.text = std::move(text);
    return bind_at(statement, at, SQL_C_CHAR, SQL_WVARCHAR, slot.text, slot);
  }
};

// What cannot be read as the column's kind (SQLite holds anything anywhere; MariaDB's unsigned
// numbers go beyond 64 bits) stays the text that the driver gives, of which the column's lens says
// what is wrong: one such value must not keep all others from being read.
using Read = Value (*)(std::string&& text);

Value read_boolean(std::string&& text) {
  if (text == "0") return false;
  if (text == "1") return true;
  return std::move(text);
}
Value read_integer(std::string&& text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || last != end) return std::move(text);
  return number;
}
Value read_text(std::string&& text) { return std::move(text); }
Value read_bytes(std::string&& text) { return Bytes{std::move(text)}; }

template <auto parse>
Value read_parsed(std::string&& text) {
  if (auto value = parse(text)) return *std::move(value);
  return std::move(text);
}

// MariaDB has a date that is none, and takes days and months that are none.
template <auto parse, class Time>
Value read_time(std::string&& text) {
  if (is_zero_date(text)) return Time::zero();
  if (const auto read = parse(text)) return *read;
  if (text.find_first_not_of("0123456789-: .TZ") != std::string::npos) return std::move(text);
  return Time::unreadable();
}

struct Reader {
  ValueKind kind;
  SQLSMALLINT c_type;
  Read read;
};
constexpr std::array readers{
    Reader{ValueKind::boolean, SQL_C_CHAR, read_boolean},
    Reader{ValueKind::integer, SQL_C_CHAR, read_integer},
    Reader{ValueKind::decimal, SQL_C_CHAR, read_parsed<parse_decimal>},
    Reader{ValueKind::text, SQL_C_CHAR, read_text},
    Reader{ValueKind::date, SQL_C_CHAR, read_time<parse_date, Date>},
    Reader{ValueKind::timestamp, SQL_C_CHAR, read_time<parse_timestamp, Timestamp>},
    Reader{ValueKind::instant, SQL_C_CHAR, read_time<parse_instant, Instant>},
    Reader{ValueKind::uuid, SQL_C_CHAR, read_parsed<parse_uuid>},
    Reader{ValueKind::bytes, SQL_C_BINARY, read_bytes},
};
static_assert([] {
  for (std::size_t i = 0; i < readers.size(); ++i) {
    if (static_cast<std::size_t>(readers[i].kind) != i + 1) return false;
  }
  return readers.size() + 1 == std::variant_size_v<Value>;
}());  // Looked up by index.

}  // namespace

bool goes_as_bytes(const Value& value, const OdbcDialect& dialect) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr && dialect.texts_end_at_nul() && text->find('\0') != std::string::npos;
}

std::string places_for(const Row& row, const OdbcDialect& dialect) {
  std::string places;
  for (const Value& value : row) {
    places += places.empty() ? "(" : ", ";
    places += goes_as_bytes(value, dialect) ? dialect.placeholder(1, ValueKind::text) : "?";
  }
  return places + ")";
}

void refuse_longer(std::size_t bytes, std::size_t most) {
  if (bytes < most) return;
  throw DbError{"a row of " + std::to_string(bytes) +
                    " bytes is longer than the server takes at a " + "time, " +
                    std::to_string(most),
                "22001", Recovery::refused, "raise max_allowed_packet at the server"};
}

std::size_t bytes_of(const Row& row) {
  constexpr std::size_t others = 64;  // Numbers and times, and what tells a value's length.
  std::size_t bytes = others * row.size();
  for (const Value& value : row) {
    if (const auto* text = std::get_if<std::string>(&value)) bytes += text->size();
    if (const auto* raw = std::get_if<Bytes>(&value)) bytes += raw->raw.size();
  }
  return bytes;
}

SQLRETURN Parameters::bind(SQLHSTMT statement, const std::vector<Value>& values,
                           const OdbcDialect& dialect) {
  slots_.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Binder binder{statement, static_cast<SQLUSMALLINT>(i + 1), slots_[i], dialect};
    const SQLRETURN code = std::visit(binder, values[i]);
    if (!succeeded(code)) return code;
  }
  return SQL_SUCCESS;
}

Value odbc_value(std::string&& text, ValueKind kind, const OdbcDialect& dialect) {
  if (kind == ValueKind::text) return dialect.read_text(std::move(text));
  return readers.at(static_cast<std::size_t>(kind) - 1).read(std::move(text));
}

ColumnReader::ColumnReader(const OdbcDialect& dialect) : dialect_{dialect}, chunk_(chunk_bytes) {}

ColumnReader::Got ColumnReader::fetch_text(SQLHSTMT statement, SQLUSMALLINT column,
                                           SQLSMALLINT c_type) {
  text_.clear();
  for (std::size_t bytes = first_chunk_bytes;; bytes = chunk_bytes) {
    // A chunk of text ends with a NUL of the driver's.
    const std::size_t room = bytes - (c_type == SQL_C_CHAR ? 1 : 0);
    SQLLEN left = 0;
    const SQLRETURN code =
        SQLGetData(statement, column, c_type, chunk_.data(), static_cast<SQLLEN>(bytes), &left);
    if (code == SQL_NO_DATA) return Got::value;  // The last chunk filled the room exactly.
    if (!succeeded(code)) return Got::failed;
    if (left == SQL_NULL_DATA) return Got::null;
    const bool more = left == SQL_NO_TOTAL || static_cast<std::size_t>(left) > room;
    text_.append(chunk_.data(), more ? room : static_cast<std::size_t>(left));
    if (!more) return Got::value;
  }
}

bool ColumnReader::read(SQLHSTMT statement, std::size_t one_based, ValueKind kind, Value& value) {
  const Reader& reader = readers.at(static_cast<std::size_t>(kind) - 1);
  switch (fetch_text(statement, static_cast<SQLUSMALLINT>(one_based), reader.c_type)) {
    case Got::failed:
      return false;
    case Got::null:
      value = Null{};
      return true;
    case Got::value:
      break;
  }
  value = odbc_value(std::move(text_), kind, dialect_);
  return true;
}

}  // namespace miroir
