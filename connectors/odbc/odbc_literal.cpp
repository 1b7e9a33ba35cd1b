#include <fmt/format.h>

#include "connectors/odbc/odbc_dialect.hpp"

namespace miroir {
namespace {

// As the values of a statement travel: see odbc_values.cpp.
struct Literal {
  const OdbcDialect& dialect;

  std::string operator()(const Null&) const { return "NULL"; }
  std::string operator()(bool truth) const { return truth ? "1" : "0"; }
  std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
  std::string operator()(const Decimal& decimal) const { return quoted_text(decimal.to_string()); }
  std::string operator()(const std::string& text) const { return quoted_text(text); }
  std::string operator()(Date date) const { return quoted_text(to_string(date)); }
  std::string operator()(Timestamp timestamp) const { return quoted_text(to_string(timestamp)); }
  std::string operator()(Instant instant) const {
    return quoted_text(dialect.instant_text(instant));
  }
  std::string operator()(const Uuid& uuid) const { return quoted_text(to_string(uuid)); }
  std::string operator()(const Bytes& bytes) const {
    std::string hex;
    for (const char c : bytes.raw) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return "X'" + hex + "'";
  }
};

}  // namespace

std::string OdbcDialect::literal(const Value& value, ValueKind) const {
  return std::visit(Literal{*this}, value);
}

}  // namespace miroir
