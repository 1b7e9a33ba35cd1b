// What MariaDB's driver and server are told, and what their error codes mean.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "connectors/lock_wait.hpp"
#include "connectors/odbc/dialects/mariadb_dialect.hpp"

namespace miroir {
namespace {

// The server's codes where the driver's SQLSTATE says too little. All others: recovery_of().
struct NativeCode {
  int code;
  const char* sqlstate;
  Recovery recovery;
  const char* hint;
};
constexpr auto lacks_right =
    "miroir check names each right that its account lacks, with the GRANT to type; for the account "
    "that installs: miroir install --print-roles";
// A value that its column cannot take: an error, and yet with a warning's SQLSTATE, 01000.
constexpr int truncated = 1265;
// The server takes no writes; 1290 says so as well, and names whichever option forbids something.
constexpr int read_only = 1836, forbidden_by_option = 1290;
constexpr std::array native_codes{
    NativeCode{1020, "40001", Recovery::retry, ""},  // Changed since it was read.
    NativeCode{1040, "08004", Recovery::reconnect, "too many connections"},
    NativeCode{1044, "42000", Recovery::misconfigured, lacks_right},
    NativeCode{1045, "28000", Recovery::misconfigured, "are user and password right?"},
    NativeCode{1048, "23000", Recovery::refused, ""},
    NativeCode{1049, "3D000", Recovery::misconfigured, "Database= must name one that is there"},
    NativeCode{1053, "57P01", Recovery::reconnect, "the server is going down"},
    NativeCode{1114, "53100", Recovery::misconfigured, "make room on the server's disk"},
    NativeCode{1142, "42000", Recovery::misconfigured, lacks_right},
    NativeCode{1143, "42000", Recovery::misconfigured, lacks_right},  // A column.
    NativeCode{1172, "21000", Recovery::refused, ""},  // SELECT INTO found several, in a trigger.
    NativeCode{1205, "HYT00", Recovery::retry, "another session holds the row or the table"},
    NativeCode{1213, "40001", Recovery::retry, ""},
    NativeCode{1227, "42000", Recovery::misconfigured, lacks_right},
    NativeCode{1264, "22003", Recovery::refused, ""},
    NativeCode{truncated, "22001", Recovery::refused,
               "has the column's list (ENUM, SET) this value?"},
    NativeCode{1292, "22007", Recovery::refused, ""},
    NativeCode{1317, "57014", Recovery::retry, "it was cancelled, or ran longer than the limit"},
    NativeCode{1364, "23502", Recovery::refused, ""},
    NativeCode{1366, "22018", Recovery::refused, "has the column's character set this character?"},
    NativeCode{1406, "22001", Recovery::refused, ""},
    NativeCode{1411, "22007", Recovery::refused, ""},
    NativeCode{1419, "42000", Recovery::misconfigured,
               "with binary logging, triggers need SUPER or log_bin_trust_function_creators=1"},
    NativeCode{1644, "45000", Recovery::refused, ""},  // SIGNAL, whatever SQLSTATE it gives.
    NativeCode{read_only, "25006", Recovery::reconnect,
               "the server is read-only: a standby, or somebody switched read_only on"},
    NativeCode{1927, "08S01", Recovery::reconnect, "the server ended the connection"},
    NativeCode{1969, "57014", Recovery::retry, "it ran longer than the limit"},
    NativeCode{2002, "08001", Recovery::reconnect, "does the server run, and listen there?"},
    NativeCode{2003, "08001", Recovery::reconnect, "does the server run, and listen there?"},
    NativeCode{2005, "08001", Recovery::reconnect, "is the server's name right?"},
    NativeCode{2006, "08S01", Recovery::reconnect, ""},
    NativeCode{2012, "08S01", Recovery::reconnect, ""},
    NativeCode{2013, "08S01", Recovery::reconnect, ""},
    NativeCode{2055, "08S01", Recovery::reconnect, ""},
    NativeCode{4025, "23514", Recovery::refused, ""},  // CHECK
    NativeCode{4031, "08S01", Recovery::reconnect, ""},
    NativeCode{5013, "08S01", Recovery::reconnect, ""},  // The client library's own: reading,
    NativeCode{5014, "08S01", Recovery::reconnect, ""},  // and writing.
};

// What 2026, «TLS/SSL error», is about. Anything else is a line that broke while greeting.
constexpr int tls_error = 2026;
struct TlsFailure {
  std::string_view needle;
  const char* hint;
};
constexpr std::array tls_failures{
    TlsFailure{"has expired", "give the server a new certificate"},
    TlsFailure{"Validation of SSL server certificate",
               "Server= must be a name that stands in the server's certificate"},
    TlsFailure{"SSL is required", "switch TLS on at the server: ssl_cert and ssl_key"},
    TlsFailure{"certificate",
               "tls_ca must hold the authority that signed the server's certificate"},
};

Judgement judge_tls(std::string_view message) {
  for (const TlsFailure& failure : tls_failures) {
    if (message.find(failure.needle) != std::string_view::npos)
      return {"08001", Recovery::misconfigured, failure.hint};
  }
  return {"08001", Recovery::reconnect, "does the server run, and speak TLS there?"};
}

// Everything that miroir's SQL means depends on these. A zero date must be writable, since it is
// some sites' blank.
constexpr std::string_view sql_mode =
    "STRICT_ALL_TABLES,ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,NO_AUTO_VALUE_ON_ZERO,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,SIMULTANEOUS_ASSIGNMENT";

long long seconds_of(std::chrono::milliseconds limit) {
  return std::max<long long>(std::chrono::ceil<std::chrono::seconds>(limit).count(), 1);
}

// Whole seconds, and yet less than a statement may take: 0 is not to wait at all.
long long lock_seconds(const SessionLimits& limits) {
  const auto statement = std::chrono::ceil<std::chrono::seconds>(limits.statement).count();
  return std::min<long long>(seconds_of(lock_wait_of(limits)), statement - 1);
}

// These end the open transaction and commit by themselves. Nothing of ours mixes them with writes.
bool is_ddl(const Statement& statement) {
  constexpr std::array beginnings{"CREATE TABLE ", "CREATE /*M!", "DROP TRIGGER ", "DROP TABLE "};
  return std::ranges::any_of(
      beginnings, [&](const char* beginning) { return statement.text.starts_with(beginning); });
}

// How a transaction that is one message ends.
constexpr std::string_view committed = "COMMIT; SELECT 'committed'; END";

constexpr std::size_t parameters_max = 4'000;  // Of one INSERT; the protocol takes 65,535.
constexpr std::size_t rows_max = 200;

}  // namespace

std::optional<Judgement> MariadbDialect::judge(const Diagnostic& diagnostic) const {
  if (diagnostic.native == tls_error) return judge_tls(diagnostic.message);
  const bool is_read_only = diagnostic.native == forbidden_by_option &&
                            diagnostic.message.find("--read-only") != std::string::npos;
  const int code = is_read_only ? read_only : diagnostic.native;
  const auto* known = std::ranges::find(native_codes, code, &NativeCode::code);
  if (diagnostic.native == 0 || known == native_codes.end()) return std::nullopt;
  return Judgement{known->sqlstate, known->recovery, known->hint};
}

// "Duplicate entry 'a@x.fr' for key ...": the first that stands in quotes is the row's. Whatever is
// in the value, the quote before " for " ends it.
std::string MariadbDialect::without_values(const Diagnostic& diagnostic) const {
  constexpr std::array codes{1062, 1292, 1366, 1411, 1525};
  const std::string& message = diagnostic.message;
  if (std::ranges::find(codes, diagnostic.native) == codes.end()) return message;
  const std::size_t from = message.find('\'');
  if (from == std::string::npos) return message;
  std::size_t to = message.rfind("' for ");
  if (to == std::string::npos || to <= from) to = message.rfind('\'');
  return to <= from ? message : message.substr(0, from + 1) + "..." + message.substr(to);
}

std::vector<std::pair<std::string, std::string>> MariadbDialect::connection_options(
    const SessionLimits& limits) const {
  constexpr std::chrono::seconds answer_after_limit{5};
  const auto patience = std::max(limits.statement, limits.dead_line) + answer_after_limit;
  return {
      {"Option", "2"},  // Count the rows that match, not those whose values differ.
      {"Charset", "utf8mb4"},
      {"Auto_Reconnect", "0"},  // Staging tables and settings would be gone unnoticed.
      {"Conn_Timeout", std::to_string(seconds_of(limits.connect))},
      // A line that is dead gives no error: these do.
      {"Read_Timeout", std::to_string(seconds_of(patience))},
      {"Write_Timeout", std::to_string(seconds_of(patience))},
  };
}

std::vector<std::string> MariadbDialect::prologue(const SessionLimits& limits) const {
  // READ COMMITTED: under REPEATABLE READ, forgetting exact rows of the journal would lock the gaps
  // between them, and the shop's next insert would wait.
  return {fmt::format(
              "SET SESSION sql_mode = '{}', time_zone = '+00:00', autocommit = 1, "
              "innodb_lock_wait_timeout = {}, lock_wait_timeout = {}, max_statement_time = {}, "
              "idle_transaction_timeout = {}, net_read_timeout = {}, net_write_timeout = {}, "
              "group_concat_max_len = 1073741824, foreign_key_checks = 1, unique_checks = 1, "
              "sql_safe_updates = 0, sql_auto_is_null = 0, tx_read_only = 0, completion_type = 0, "
              "sql_select_limit = 18446744073709551615, "
              "max_join_size = 18446744073709551615, sql_big_selects = 1",
              sql_mode, lock_seconds(limits), lock_seconds(limits),
              static_cast<double>(limits.statement.count()) / 1000,
              seconds_of(limits.idle_in_transaction), seconds_of(limits.dead_line),
              seconds_of(limits.dead_line)),
          "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"};
}

std::string MariadbDialect::instant_text(Instant instant) const {
  return to_string(Timestamp{instant.micros});
}

std::size_t MariadbDialect::rows_per_insert(std::size_t columns) const {
  return std::clamp<std::size_t>(parameters_max / std::max<std::size_t>(columns, 1), 1, rows_max);
}

std::vector<std::string> MariadbDialect::begin_snapshot() const {
  return {"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
          "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"};
}

std::vector<std::string> MariadbDialect::write_messages(
    std::span<const Statement> statements) const {
  if (std::ranges::any_of(statements, is_ddl)) {
    std::vector<std::string> messages;
    for (const Statement& statement : statements) messages.push_back(statement.text);
    return messages;
  }
  // What fails with a warning's code, or with that of what was not found, is no SQLEXCEPTION. The
  // handlers for those are called for mere warnings, too, after which all goes on; but the body of
  // an IF whose condition warned is left out.
  constexpr std::string_view undo = "ROLLBACK; SET @miroir_origin = NULL; RESIGNAL";
  std::string message = fmt::format(
      "BEGIN NOT ATOMIC DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN {0}; END; "
      "DECLARE CONTINUE HANDLER FOR SQLWARNING BEGIN IF @@error_count > 0 THEN "
      "{0} SQLSTATE '22001' SET MYSQL_ERRNO = {1}; END IF; END; "
      "DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN IF @@error_count > 0 THEN "
      "{0} SQLSTATE '45000'; END IF; END; START TRANSACTION; ",
      undo, truncated);
  for (const Statement& statement : statements) message += statement.text + "; ";
  return {message + std::string{committed}};
}

bool MariadbDialect::answers(std::string_view message) const {
  return message.ends_with(committed);
}

bool MariadbDialect::is_failure(const Diagnostic& diagnostic) const {
  return diagnostic.native == truncated;
}

std::string MariadbDialect::as_script(const std::vector<std::vector<Statement>>& steps) const {
  std::string script = fmt::format("SET SESSION sql_mode = '{}';\nDELIMITER $$\n", sql_mode);
  for (const std::vector<Statement>& step : steps) {
    for (const Statement& statement : step) script += statement.text + "$$\n";
  }
  return script + "DELIMITER ;\n";
}

}  // namespace miroir
