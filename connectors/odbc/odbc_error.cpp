#include "connectors/odbc/odbc_error.hpp"

#include <sqlext.h>

#include <array>

#include "connectors/odbc/odbc_handle.hpp"

namespace miroir {
namespace {

constexpr SQLSMALLINT records_max = 16;  // A driver that reports more only repeats itself.

std::string_view without_vendors(std::string_view message) {
  while (message.starts_with('[')) {
    const auto end = message.find(']');
    if (end == std::string_view::npos) break;
    message.remove_prefix(end + 1);
  }
  return message;
}

Judgement by_sqlstate(const Diagnostic& diagnostic) {
  if (is_driver_missing(diagnostic)) {
    return {diagnostic.sqlstate, Recovery::misconfigured,
            "is the driver installed, and named as odbcinst -q -d names it?"};
  }
  return {diagnostic.sqlstate, recovery_of(diagnostic.sqlstate), {}};
}

}  // namespace

std::vector<Diagnostic> diagnostics_of(SQLSMALLINT handle_type, SQLHANDLE handle) {
  std::vector<Diagnostic> records;
  std::array<SQLCHAR, 6> state{};
  std::array<SQLCHAR, 1024> text{};
  for (SQLSMALLINT i = 1; i <= records_max; ++i) {
    SQLINTEGER native = 0;
    SQLSMALLINT length = 0;
    const SQLRETURN code = SQLGetDiagRec(handle_type, handle, i, state.data(), &native, text.data(),
                                         static_cast<SQLSMALLINT>(text.size()), &length);
    if (!succeeded(code)) break;
    records.push_back({reinterpret_cast<const char*>(state.data()), native,
                       std::string{without_vendors(reinterpret_cast<const char*>(text.data()))}});
  }
  return records;
}

bool is_driver_missing(const Diagnostic& diagnostic) {
  return diagnostic.sqlstate == "IM002" || diagnostic.sqlstate == "IM003" ||
         (diagnostic.sqlstate == "01000" && diagnostic.message.starts_with("Can't open lib"));
}

DbError error_from(const std::vector<Diagnostic>& diagnostics, const OdbcDialect& dialect,
                   std::string_view doing) {
  const std::string prefix = std::string{doing} + ": ";
  for (const Diagnostic& record : diagnostics) {
    if (const auto verdict = dialect.judge(record)) {
      return {prefix + dialect.without_values(record), verdict->sqlstate, verdict->recovery,
              verdict->hint};
    }
  }
  // A call that fails without saying why leaves a connection that nothing more can be said about.
  if (diagnostics.empty()) return {prefix + "no reason given", "HY000", Recovery::reconnect};
  const Diagnostic& first = diagnostics.front();
  const Judgement verdict = by_sqlstate(first);
  return {prefix + dialect.without_values(first), verdict.sqlstate, verdict.recovery, verdict.hint};
}

}  // namespace miroir
