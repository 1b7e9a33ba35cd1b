#include "connectors/errors.hpp"

#include <array>
#include <string>
#include <utility>

namespace miroir {
namespace {

// The first rule whose prefix fits decides; a whole SQLSTATE therefore stands before its class.
constexpr std::array<std::pair<std::string_view, Recovery>, 16> rules{{
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
    {"21", Recovery::refused},  // One row was expected, in a trigger of the site's own.
    {"22", Recovery::refused},
    {"23", Recovery::refused},
    {"44", Recovery::refused},
    {"54", Recovery::refused},  // Too large: for an index, for a page.
    {"P0", Recovery::refused},  // PL/pgSQL: RAISE EXCEPTION, ASSERT, INTO STRICT.
}};

// The classes of the standard, of PostgreSQL, MariaDB and ODBC that stand in no rule above. A
// trigger's author who makes up a code for what he refuses takes another one: 45000, SH001.
constexpr std::string_view known_classes =
    "00 01 02 03 07 09 0A 0B 0D 0E 0F 0K 0L 0M 0N 0P 0S 0T 0U 0V 0W 0X 0Y 0Z 10 20 24 25 26 27 "
    "28 2B 2C 2D 2E 2F 2H 30 33 34 35 36 38 39 3B 3C 3D 3F 42 46 53 55 57 58 70 72 F0 HV HW HY "
    "HZ IM S0 S1 XA XX ";

bool is_made_up(std::string_view sqlstate) {
  constexpr std::size_t length = 5;
  return sqlstate.size() == length &&
         known_classes.find(std::string{sqlstate.substr(0, 2)} + " ") == std::string_view::npos;
}

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
  return is_made_up(sqlstate) ? Recovery::refused : Recovery::misconfigured;
}

}  // namespace miroir
