#include "connectors/postgres/postgres_errors.hpp"

#include <array>
#include <pqxx/except>

namespace miroir::postgres {
namespace {

struct Hint {
  std::string_view prefix;
  std::string_view text;
};
constexpr std::array<Hint, 15> hints{{
    {"08", "check that the server runs and that the line is up; the next cycle tries again"},
    {"23",
     "the row breaks a constraint of the site: correct it on the other site, or the constraint"},
    {"25006", "the server or the database is read-only: connect to the primary, not to a standby"},
    {"28", "check user and password, and the server's pg_hba.conf"},
    {"3D000", "check dbname in the configuration"},
    {"3F000",
     "check the schema's name in the mapping; miroir's own tables are made by: miroir install"},
    {"42501",
     "miroir check names each right that its account lacks, BYPASSRLS for row level security "
     "included, with what to type; for the account that installs: miroir install --print-roles"},
    {"42P01",
     "check the table's name in the mapping; miroir's own tables are made by: miroir install"},
    {"42703",
     "check the column's name in the mapping; the table may have been altered: run miroir check"},
    {"53100", "the server's disk is full"},
    {"53300", "the server has no free connection: raise max_connections or close others"},
    {"55P03", "another session holds the lock; the next cycle tries again"},
    {"57014", "the statement took longer than its limit; the next cycle tries again"},
    {"57P", "the server is stopping or starting; the next cycle tries again"},
    {"P0001", "a trigger of the site refused the row"},
}};

// What servers and libpq say when no SQLSTATE can be had; French too, since a server speaks its own
// language.
struct ConnectFailure {
  std::string_view needle;
  std::string_view sqlstate;
  Recovery recovery;
  std::string_view hint;
};
constexpr std::string_view check_password =
    "check user and password in the configuration, and the method in the server's pg_hba.conf";
constexpr std::string_view check_user = "check user in the configuration";
constexpr std::string_view check_database = "check dbname in the configuration";
constexpr std::string_view check_host =
    "check host and port in the configuration, that the server runs, and the firewall";
constexpr std::string_view no_free_connection = "the server has no free connection";
constexpr std::string_view not_up =
    "the server is starting, stopping or recovering; tried again next cycle";
// The first whose needle is in the message decides. Needles are ASCII: not every server's messages
// are UTF-8.
constexpr auto connect_failures = std::to_array<ConnectFailure>({
    {"password authentication failed", "28P01", Recovery::misconfigured, check_password},
    {"authentification par mot de passe", "28P01", Recovery::misconfigured, check_password},
    {"no password supplied", "28P01", Recovery::misconfigured, check_password},
    {"authentication failed", "28000", Recovery::misconfigured, check_password},
    {"pg_hba.conf", "28000", Recovery::misconfigured,
     "let this machine and user in by a line in the server's pg_hba.conf"},
    {"pour l'utilisateur ", "28000", Recovery::misconfigured, check_password},
    {"too many", "53300", Recovery::reconnect, no_free_connection},
    {"trop de ", "53300", Recovery::reconnect, no_free_connection},
    {"remaining connection slots", "53300", Recovery::reconnect, no_free_connection},
    {"emplacements de connexions restants", "53300", Recovery::reconnect, no_free_connection},
    {"the database system is ", "57P03", Recovery::reconnect, not_up},
    {"me de base de donn", "57P03", Recovery::reconnect, not_up},  // Le systeme de ...
    {"me de bases de donn", "57P03", Recovery::reconnect, not_up},
    {"role \"", "28000", Recovery::misconfigured, check_user},
    {"database \"", "3D000", Recovery::misconfigured, check_database},
    {"base de donn", "3D000", Recovery::misconfigured, check_database},
    {"n'existe pas", "28000", Recovery::misconfigured, check_user},
    {"se connecter", "28000", Recovery::misconfigured, check_user},
    {"certificate verify failed", "08001", Recovery::misconfigured,
     "the server's certificate has expired, or another authority than the one in tls_ca (or "
     "sslrootcert) signed it"},
    {"does not match host name", "08001", Recovery::misconfigured,
     "host in the configuration must be a name that stands in the server's certificate"},
    {"does not support SSL", "08001", Recovery::misconfigured,
     "switch TLS on at the server: ssl = on in postgresql.conf"},
    {"could not translate host name", "08001", Recovery::reconnect,
     "check host in the configuration, and the name service"},
    {"Connection refused", "08001", Recovery::reconnect, check_host},
    {"timeout expired", "08001", Recovery::reconnect, check_host},
    {"No such file or directory", "08001", Recovery::reconnect,
     "check the socket's directory given as host, and that the server runs"},
    {"SSL connection has been closed", "08001", Recovery::reconnect, check_host},
    {"SSL SYSCALL", "08001", Recovery::reconnect, check_host},  // The line broke while greeting.
    {"SSL", "08001", Recovery::misconfigured, "check sslmode and the certificates"},
    {"certificate", "08001", Recovery::misconfigured, "check sslmode and the certificates"},
    {"", "08001", Recovery::reconnect, check_host},
});

std::string without_quoted_values(std::string_view message) {
  std::string out;
  bool inside = false;
  for (const char c : message) {
    if (c == '"') {
      out += inside ? "...\"" : "\"";
      inside = !inside;
    } else if (!inside) {
      out += c;
    }
  }
  return out;
}

struct Failure {
  std::string report;
  std::string sqlstate;
};

// libpqxx has classes of its own for some SQLSTATEs, and these forget the code.
Failure caught(bool still_connected) {
  try {
    throw;
  } catch (const pqxx::deadlock_detected& e) {
    return {e.what(), "40P01"};
  } catch (const pqxx::serialization_failure& e) {
    return {e.what(), "40001"};
  } catch (const pqxx::statement_completion_unknown& e) {
    return {e.what(), "40003"};
  } catch (const pqxx::transaction_rollback& e) {
    return {e.what(), "40000"};
  } catch (const pqxx::too_many_connections& e) {
    return {e.what(), "53300"};
  } catch (const pqxx::insufficient_privilege& e) {
    return {e.what(), "42501"};
  } catch (const pqxx::sql_error& e) {
    return {e.what(), e.sqlstate()};
  } catch (const pqxx::broken_connection& e) {
    // Also what a trigger raises with class 08, over a connection that stands.
    return {e.what(), still_connected ? "08000" : "08006"};
  } catch (const pqxx::failure& e) {
    return {e.what(), ""};
  } catch (const pqxx::internal_error& e) {
    // COPY over a connection that is gone; on one that stands it is a mistake of this program's.
    if (still_connected) throw;
    return {e.what(), "08006"};
  }
}

}  // namespace

std::string primary_message(std::string_view report, std::string_view sqlstate) {
  // The first line: what follows is DETAIL, HINT, CONTEXT in the server's language, or libpq's
  // advice.
  std::string_view line = report.substr(0, report.find('\n'));
  const std::size_t severity = line.find(":  ");
  if (severity < 16) line.remove_prefix(severity + 3);
  if (sqlstate.starts_with("22")) return without_quoted_values(line);
  return std::string{line};
}

std::string hint_for(std::string_view sqlstate) {
  for (const Hint& hint : hints) {
    if (sqlstate.starts_with(hint.prefix)) return std::string{hint.text};
  }
  return {};
}

DbError connect_error(std::string_view report, const std::string& password) {
  std::string message = primary_message(report, "");
  for (std::size_t at = 0;
       !password.empty() && (at = message.find(password, at)) != std::string::npos; at += 3) {
    message.replace(at, password.size(), "***");
  }
  for (const ConnectFailure& failure : connect_failures) {
    if (message.find(failure.needle) != std::string::npos) {
      return {message, std::string{failure.sqlstate}, failure.recovery, std::string{failure.hint}};
    }
  }
  return {message, "08001", Recovery::reconnect, std::string{check_host}};
}

DbError translated(bool still_connected, IfLost if_lost) {
  try {
    throw;
  } catch (const DbError& e) {
    return e;
  } catch (const pqxx::pqxx_exception&) {
    Failure failure = caught(still_connected);
    if (failure.sqlstate.empty()) failure.sqlstate = still_connected ? "58000" : "08006";
    std::string message = primary_message(failure.report, failure.sqlstate);
    const Recovery recovery = recovery_of(failure.sqlstate);
    if (still_connected && recovery != Recovery::reconnect) {
      return {message, failure.sqlstate, recovery, hint_for(failure.sqlstate)};
    }
    // A server that lives to tell it of a write tells of another line: one that a trigger needs.
    if (still_connected && if_lost == IfLost::unknown) {
      return {message, failure.sqlstate, Recovery::misconfigured,
              "a trigger or a function of the site's needs another server, which is away: make it "
              "reach that, or do without"};
    }
    const bool doubt = if_lost == IfLost::unknown;
    return {message, failure.sqlstate, doubt ? Recovery::in_doubt : Recovery::reconnect,
            hint_for(failure.sqlstate)};
  }
}

DbError translated_connect(const std::string& password) {
  try {
    throw;
  } catch (const pqxx::failure& e) {
    return connect_error(e.what(), password);
  }
}

}  // namespace miroir::postgres
