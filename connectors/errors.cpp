#include "connectors/errors.hpp"

#include <array>
#include <utility>

namespace miroir {
namespace {

// The first rule whose prefix fits decides; a whole SQLSTATE therefore stands before its class.
constexpr std::array<std::pair<std::string_view, Recovery>, 14> rules{{
    {"40003", Recovery::in_doubt},  // Statement completion unknown: the one of class 40 that may
                                    // have happened.
    {"40", Recovery::retry},        // Rolled back by the server: deadlock, serialization.
    {"55P03", Recovery::retry},     // The lock was not available in time.
    {"57014", Recovery::retry},     // Cancelled: statement timeout.
    {"HYT00", Recovery::retry},     // ODBC's timeout.
    {"08", Recovery::reconnect},
    {"57P01", Recovery::reconnect},  // The server shuts down, or a DBA ended the session.
    {"57P02", Recovery::reconnect},
    {"57P03", Recovery::reconnect},
    {"53300", Recovery::reconnect},  // Too many connections now.
    {"22", Recovery::refused},
    {"23", Recovery::refused},
    {"44", Recovery::refused},
    {"P0001", Recovery::refused},  // RAISE EXCEPTION in a trigger of the site's own.
}};

}  // namespace

std::string_view name_of(Recovery recovery) {
  switch (recovery) {
    case Recovery::retry:
      return "retry";
    case Recovery::reconnect:
      return "reconnect";
    case Recovery::in_doubt:
      return "in_doubt";
    case Recovery::refused:
      return "refused";
    case Recovery::misconfigured:
      return "misconfigured";
  }
  return "unknown";
}

Recovery recovery_of(std::string_view sqlstate) {
  for (const auto& [prefix, recovery] : rules) {
    if (sqlstate.starts_with(prefix)) return recovery;
  }
  // SIGNAL SQLSTATE '45000' is how MariaDB's triggers refuse a row.
  return sqlstate == "45000" ? Recovery::refused : Recovery::misconfigured;
}

}  // namespace miroir
